//! PIMSimulator's commands, transcribed from its own runs, and the legality of what its front end issues.

use pim_dram::checker;
use pim_dram::device::CommandId;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::sequencer::Issued;
use pim_dram::{Device, DeviceSpec, Ticks};
use proptest::prelude::*;
use validation::golden::hbm_pim::Gemv;
use validation::golden::{Switch, runs};
use validation::peers::{Peer, PeerError, Product};

/// Commands of 64x512 on one pseudo-channel in its trace, which stamps row commands one cycle after their issue and column
/// commands two.
const TRACE: &str = include_str!("../golden/hbm_pim_trace.csv");

fn device(refresh: bool) -> Device {
    let spec = Peer::HbmPim.spec(Some(refresh)).expect("shipped preset");
    Device::new(&spec).expect("valid device")
}

fn product(outputs: u32, inputs: u32, tokens: u32, channels: u32) -> Product {
    Product { matrix: Matrix { outputs, inputs }, tokens, channels, order: None }
}

fn run(device: &Device, product: &Product) -> (u64, Vec<Issued>) {
    let mut list = Vec::new();
    let cycles = Peer::HbmPim.gemv(device, product, &mut list).expect("no loop order given");
    (cycles, list)
}

fn named(device: &Device, name: &str) -> CommandId {
    let at = device.commands.iter().position(|command| command.name == name);
    let at = at.expect("a command of the family");
    CommandId(at as u8)
}

fn count(device: &Device, list: &[Issued], name: &str) -> u64 {
    let command = named(device, name);
    list.iter().filter(|issued| issued.command == command).count() as u64
}

/// Its cycles are a claim.
#[test]
fn reads_and_writes_equal_the_simulators() {
    let devices = [device(false), device(true)];
    for row in runs::<Gemv>().unwrap() {
        let device = &devices[usize::from(row.refresh == Switch::On)];
        let (_, list) = run(device, &row.product());
        let channels = u64::from(row.channels);
        assert_eq!(count(device, &list, "RD") * channels, row.reads, "{row:?}");
        assert_eq!(count(device, &list, "WR") * channels, row.writes, "{row:?}");
    }
}

#[test]
fn commands_go_when_its_trace_says() {
    let device = device(true);
    let (_, list) = run(&device, &product(64, 512, 1, 1));
    let mut rest = list.iter();
    for line in TRACE.lines().skip(1) {
        let fields: Vec<_> = line.split(',').collect();
        let (command, row) = (named(&device, fields[1]), fields[3].parse().ok());
        let number = |at: usize| fields[at].parse::<u32>().unwrap();
        let found = rest.find(|issued| {
            (issued.command, issued.target, issued.row, issued.column)
                == (command, number(2), row, number(4))
        });
        let later = if matches!(fields[1], "RD" | "WR") { 2 } else { 1 };
        assert_eq!(
            found.map(|issued| issued.at + Ticks(later)),
            Some(Ticks(number(5).into())),
            "{line}"
        );
    }
}

/// Whatever the device keeps of the real one's rules, the front end waits for it.
#[test]
fn streams_are_legal_with_every_deviation_taken_back() {
    let products = [
        product(1, 1, 1, 1),
        product(65, 300, 2, 1),
        product(4096, 512, 3, 64),
        product(20, 900, 2, 3),
    ];
    for refresh in [false, true] {
        let spec = Peer::HbmPim.spec(Some(refresh)).unwrap();
        let strict = DeviceSpec { deviations: Vec::new(), ..spec.clone() };
        let without = (0..spec.deviations.len()).map(|at| {
            let mut spec = spec.clone();
            spec.deviations.remove(at);
            spec
        });
        for spec in without.chain([spec.clone(), strict]) {
            let device = Device::new(&spec).unwrap();
            for product in &products {
                let (_, list) = run(&device, product);
                assert_eq!(checker::check(&device, &list), Ok(()), "{product:?}");
            }
        }
    }
}

#[test]
fn there_is_no_loop_order_to_choose() {
    let product = Product { order: Some(Order::OutputStationary), ..product(64, 128, 1, 1) };
    let found = Peer::HbmPim.gemv(&device(true), &product, &mut ());
    assert!(matches!(found, Err(PeerError::Order { peer: "hbm-pim", .. })), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_product_gives_a_legal_stream_that_ends_with_it(
        (outputs, inputs) in (1_u32..200, 1_u32..700),
        tokens in 1_u32..4,
        channels in 1_u32..5,
        refresh in any::<bool>(),
    ) {
        let device = device(refresh);
        let (cycles, list) = run(&device, &product(outputs, inputs, tokens, channels));
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        prop_assert_eq!(list.last().map(|last| last.at.0 + 24), Some(cycles));
        let mut slots: Vec<_> = list.iter().map(|issued| issued.at).collect();
        slots.dedup();
        prop_assert_eq!(slots.len(), list.len(), "one command a cycle");
    }
}
