//! NewtonSim's requests, in both of its modes, and the legality of what its front end issues.

use assert_cmd::Command;
use pim_dram::checker;
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::Issued;
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;
use serde_json::Value;
use validation::golden::newton::Gemv;
use validation::golden::runs;
use validation::peers::{Peer, PeerError, Product};

/// Makes no difference to a product: a row that is closed early waits for tRC to be opened again, and gangs that are closed one
/// bank a cycle have been open for long enough.
const HIDDEN: &str = "no-row-active-time";

const PEERS: [Peer; 2] = [Peer::Newton, Peer::Neupims];

fn device(peer: Peer, refresh: bool) -> Device {
    let spec = peer.spec(Some(refresh)).expect("shipped preset");
    Device::new(&spec).expect("valid device")
}

fn product(outputs: u32, inputs: u32, tokens: u32, channels: u32) -> Product {
    Product { matrix: Matrix { outputs, inputs }, tokens, channels, order: None }
}

fn run(device: &Device, peer: Peer, product: &Product) -> (u64, Vec<Issued>) {
    let mut list = Vec::new();
    let cycles = peer.gemv(device, product, &mut list).expect("a product without an order");
    (cycles, list)
}

/// Its cycles are a claim.
#[test]
fn products_take_the_measured_requests() {
    for row in runs::<Gemv>().unwrap() {
        let peer = row.mode.peer();
        let device = Device::new(&peer.spec(None).unwrap()).unwrap();
        let (_, list) = run(&device, peer, &row.product());
        let offered = ["GWRITE", "P_HEADER", "COMP", "READRES", "COMPS_READRES"];
        let of_host =
            |issued: &&Issued| offered.contains(&device.command(issued.command).name.as_str());
        let of_channel = list.iter().filter(of_host).count() as u64;
        assert_eq!(of_channel * u64::from(row.used), row.requests, "{row:?}");
    }
}

#[test]
fn what_is_issued_is_legal_over_several_refreshes_of_both_ranks() {
    let shapes = [(200, 700, 2, 1), (32, 500, 9, 1), (64, 4600, 2, 1), (1, 1, 60, 1)];
    for (outputs, inputs, tokens, channels) in shapes {
        for (peer, refresh) in PEERS.into_iter().flat_map(|p| [(p, false), (p, true)]) {
            let device = device(peer, refresh);
            let (_, list) = run(&device, peer, &product(outputs, inputs, tokens, channels));
            let found = checker::check(&device, &list);
            assert_eq!(found, Ok(()), "{} {outputs}x{inputs} x {tokens}", peer.name());
        }
    }
}

/// A vector of one page with one tile: only the first bank, whose row the vector takes, is opened anew.
#[test]
fn with_one_row_buffer_a_vector_costs_the_first_bank_its_weights() {
    let device = device(Peer::Newton, false);
    let (_, list) = run(&device, Peer::Newton, &product(32, 16, 2, 1));
    let second = list.iter().rposition(|i| device.command(i.command).name == "GWRITE").unwrap();
    let names: Vec<_> =
        list[second..].iter().map(|i| device.command(i.command).name.as_str()).collect();
    assert_eq!(names, ["GWRITE", "PRE", "P_HEADER", "B_ACT", "COMP", "READRES"]);
    // 96 to the precharge, the header and the activation in the next two cycles, tRCD, 6 for the tree.
    let at = |index: usize| list[second + index].at.0 - list[second].at.0;
    assert_eq!([at(1), at(2), at(3), at(4), at(5)], [96, 97, 98, 112, 118]);
}

#[test]
fn every_deviation_can_be_left_out_and_all_but_one_matter() {
    let products = [
        product(64, 512, 1, 1),
        product(96, 16, 1, 1),
        product(32, 16, 3, 1),
        product(32, 4600, 2, 1),
    ];
    for peer in PEERS {
        let spec = peer.spec(Some(false)).unwrap();
        let cycles = |device: &Device| products.map(|product| run(device, peer, &product).0);
        let all = cycles(&Device::new(&spec).unwrap());
        for left_out in 0..spec.deviations.len() {
            let mut fewer = spec.clone();
            let deviation = fewer.deviations.remove(left_out);
            let device = Device::new(&fewer).unwrap();
            let hidden = deviation.name == HIDDEN;
            assert_eq!(cycles(&device) == all, hidden, "{}: {}", peer.name(), deviation.name);
            let (_, list) = run(&device, peer, &products[2]);
            assert_eq!(checker::check(&device, &list), Ok(()), "{}", deviation.name);
        }
    }
}

#[test]
fn the_strict_devices_are_never_faster() {
    for (peer, strict) in [(Peer::Newton, "newton-hbm2"), (Peer::Neupims, "neupims-hbm2")] {
        let mut spec = DeviceSpec::preset(strict).unwrap();
        spec.refresh = Refresh::None;
        let strict = Device::new(&spec).unwrap();
        for product in [product(64, 512, 1, 1), product(32, 16, 3, 1), product(100, 4600, 2, 1)] {
            let (slow, list) = run(&strict, peer, &product);
            assert_eq!(checker::check(&strict, &list), Ok(()));
            assert!(slow > run(&device(peer, false), peer, &product).0, "{product:?}");
        }
    }
}

#[test]
fn a_loop_order_is_refused() {
    for peer in PEERS {
        let product = Product { order: Some(Order::NoReuse), ..product(32, 16, 1, 1) };
        let found = peer.gemv(&device(peer, false), &product, &mut ());
        assert!(matches!(found, Err(PeerError::Order { peer: name, .. }) if name == peer.name()));
    }
}

#[test]
fn the_command_line_reports_the_cycles_as_json() {
    let arguments =
        ["peer", "neupims", "--shape", "4096x1024", "--tokens", "2", "--channels", "32", "--json"];
    let output = Command::new(env!("CARGO_BIN_EXE_validate")).args(arguments).assert().success();
    let value: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(value["cycles"], 3197);
    assert_eq!(value["commands"]["COMPS_READRES"], 16);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_product_is_legal(
        neupims in any::<bool>(),
        refresh in any::<bool>(),
        outputs in 1_u32..=300,
        inputs in 1_u32..=1200,
        tokens in 1_u32..=4,
        channels in 1_u32..=4,
    ) {
        let peer = PEERS[usize::from(neupims)];
        let device = device(peer, refresh);
        let (cycles, list) = run(&device, peer, &product(outputs, inputs, tokens, channels));
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        // One command a cycle, and the last result is read, complete and seen.
        prop_assert!(list.windows(2).all(|pair| pair[0].at < pair[1].at));
        let last = list.last().map_or(Ticks(0), |issued| issued.at);
        prop_assert_eq!(cycles, last.0 + 18);
    }
}
