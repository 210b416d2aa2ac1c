//! AttAcc's simulator on our engine: its published table, and command lists that keep the rules.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use flate2::read::GzDecoder;
use pim_dram::checker;
use pim_dram::device::Device;
use pim_dram::layout::Matrix;
use pim_dram::sequencer::Issued;
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;
use rayon::prelude::*;
use validation::golden::attacc::Attention;
use validation::golden::{Run, parse};
use validation::peers::attacc::attention::{self, Revision, Unit};
use validation::peers::{Peer, Product};
use validation::presets::Presets;

fn device(peer: Peer, refresh: bool) -> Device {
    Device::new(&peer.spec(Some(refresh)).expect("a shipped preset")).expect("a sound device")
}

fn product(outputs: u32, inputs: u32, tokens: u32, channels: u32) -> Product {
    Product { matrix: Matrix { outputs, inputs }, tokens, channels, order: None }
}

#[test]
fn a_loop_order_is_refused() {
    let device = device(Peer::Attacc, true);
    let ordered = Product { order: Some("no-reuse".parse().unwrap()), ..product(64, 64, 1, 1) };
    let error = Peer::Attacc.gemv(&device, &ordered, &mut ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "attacc has no loop order `no-reuse`; it has none to choose from"
    );
}

#[test]
fn every_deviation_can_be_left_out() {
    for peer in [Peer::Attacc, Peer::AttaccNpc] {
        let spec = peer.spec(None).unwrap();
        assert!(!spec.deviations.is_empty());
        for left_out in 0..spec.deviations.len() {
            let mut spec = spec.clone();
            spec.deviations.remove(left_out);
            let device = Device::new(&spec).unwrap();
            assert_legal(&device, |list| {
                peer.gemv(&device, &product(96, 1024, 1, 1), list).unwrap()
            });
        }
    }
}

#[track_caller]
fn assert_legal(device: &Device, run: impl FnOnce(&mut Vec<Issued>) -> u64) {
    let mut list = Vec::new();
    let cycles = run(&mut list);
    assert_eq!(checker::check(device, &list), Ok(()));
    assert!(list.last().is_none_or(|last| last.at <= Ticks(cycles)));
}

#[test]
fn long_products_keep_the_rules_with_and_without_refresh() {
    for (peer, refresh) in [(Peer::Attacc, true), (Peer::Attacc, false), (Peer::AttaccNpc, true)] {
        let device = device(peer, refresh);
        assert_legal(&device, |list| peer.gemv(&device, &product(160, 4096, 3, 1), list).unwrap());
    }
}

/// The host's order is legal on the device without deviations, too.
#[test]
fn the_strict_devices_can_be_driven() {
    for name in ["attacc-hbm3", "attacc-hbm3-npc"] {
        let device = Device::new(&DeviceSpec::preset(name).unwrap()).unwrap();
        assert_legal(&device, |list| {
            Peer::Attacc.gemv(&device, &product(160, 4096, 2, 1), list).unwrap()
        });
    }
}

#[test]
fn attention_keeps_the_rules() {
    let device = device(Peer::Attacc, true);
    for (unit, length) in [(Unit::Bank, 1100), (Unit::BankGroup, 300), (Unit::Buffer, 40)] {
        for revision in [Revision::C600051, Revision::LaterTable, Revision::EarlierTable] {
            let step = attention::Attention {
                unit,
                heads: 50,
                length,
                head_elements: 128,
                element_bytes: 2,
            };
            assert_legal(&device, |list| attention::run(&device, &step, revision, list).unwrap());
        }
    }
}

/// The peer's table with our columns; what stands before the first row that is not for banks is the earlier part.
fn with_parts(text: &str) -> String {
    let rows = text.lines().skip(1).scan(true, |earlier, row| {
        *earlier &= row.contains("BA,");
        let part = if *earlier { "earlier" } else { "later" };
        let ours: Vec<_> = row.split(',').take(7).chain([part]).collect();
        Some(ours.join(",") + "\n")
    });
    let columns = "length,heads,head_elements,element_bytes,unit,power_limit,cycles,part\n";
    [columns.to_owned()].into_iter().chain(rows).collect()
}

/// At least 99 % of the rows for units at banks lie within 3 %. `ATTACC_TABLE` names the peer's table, ramulator.out of
/// attacc_simulator; without it a fifteenth of the runs of the copy beside the project is taken, where there is one. Rows of
/// one number of keys a unit are the same run.
#[test]
fn the_published_table_is_met() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/golden/attacc_ramulator_out.csv.gz");
    let (text, stride) = if let Some(path) = std::env::var_os("ATTACC_TABLE") {
        (std::fs::read_to_string(Path::new(&path)).unwrap(), 1)
    } else if let Ok(file) = File::open(&beside) {
        (std::io::read_to_string(GzDecoder::new(file)).unwrap(), 15)
    } else {
        // Not by `println!`, which tests that pass keep to themselves.
        let note =
            format!("skipped: ATTACC_TABLE names no table and there is no {}\n", beside.display());
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    };
    let table = parse::<Attention>(&with_parts(&text)).unwrap();
    let mut same: BTreeMap<_, Vec<Attention>> = BTreeMap::new();
    for row in table.into_iter().filter(|row| row.unit() == Unit::Bank) {
        let keys = row.length.div_ceil(16);
        let key =
            (row.part, row.power_limit, row.heads, row.head_elements, row.element_bytes, keys);
        same.entry(key).or_default().push(Attention { length: keys * 16, ..row });
    }
    let runs: Vec<_> = same.into_values().step_by(stride).collect();
    let errors: Vec<f64> = runs
        .par_iter()
        .flat_map_iter(|rows| {
            let cycles = rows[0].cycles(&Presets::default()).unwrap() as f64;
            rows.iter().map(move |row| cycles / row.cycles as f64 - 1.0)
        })
        .collect();
    let within = |bound: f64| {
        errors.iter().filter(|error| error.abs() <= bound).count() as f64 / errors.len() as f64
    };
    let largest = errors.iter().fold(0.0_f64, |largest, error| largest.max(error.abs()));
    println!(
        "{} rows: exact {:.4}, within 0.1 % {:.4}, 0.5 % {:.4}, 1 % {:.4}, 3 % {:.4}; largest {:.2} %",
        errors.len(),
        within(0.0),
        within(0.001),
        within(0.005),
        within(0.01),
        within(0.03),
        largest * 100.0
    );
    assert!(within(0.03) >= 0.99);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_product_keeps_the_rules(
        outputs in 1_u32..600,
        inputs in 1_u32..1500,
        tokens in 1_u32..4,
        channels in 1_u32..5,
        power_limited: bool,
        refresh: bool,
    ) {
        let peer = if power_limited { Peer::Attacc } else { Peer::AttaccNpc };
        let device = device(peer, refresh);
        let mut list = Vec::new();
        let run = product(outputs, inputs, tokens, channels);
        let cycles = peer.gemv(&device, &run, &mut list).unwrap();
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
        let last = list.last().map_or(0, |issued| issued.at.0);
        prop_assert!(last <= cycles && cycles <= last + 1);
    }
}
