//! The shipped measurements against the tables that they were taken from.
//!
//! Tables: ai-dynamo/aiconfigurator @ 095f58a (Apache-2.0), NCCL 2.29.2 and DeepEP. A part of them is in `data`; the whole ones are
//! looked for beside the repository.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use noc::measured::alpha_beta::AlphaBeta;
use noc::measured::fit::{Misfit, collectives, micros};
use noc::measured::read::{Key, Row, Series, Subject, read};
use noc::measured::{Collective, Measured, PRESETS, Way};
use noc::{Collectives, MoeExchange, MoeShape};

fn preset(name: &str) -> Collectives {
    let (_, text) = PRESETS.iter().find(|(known, _)| *known == name).unwrap();
    ron::from_str(text).unwrap()
}

fn tables(folder: &Path, names: [&str; 2]) -> Option<Series> {
    let mut series = Series::new();
    for name in names {
        let path = folder.join(name);
        if !path.exists() {
            let line = format!("skipped: {name} is not beside the repository\n");
            // Not by `println!`, which tests that pass keep to themselves.
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        }
        read(name, File::open(path).unwrap(), &mut series).unwrap();
    }
    Some(series)
}

fn part() -> Series {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    tables(&folder, ["nccl.csv", "deepep.csv"]).unwrap()
}

fn whole() -> Option<Series> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden/gpu");
    tables(&folder, ["nccl_2.29.2.csv", "deepep_ll_8gpu.csv"])
}

/// Time of the shipped law in us.
fn law(key: &Key) -> impl Fn(u64) -> f64 {
    let curve = match key.subject {
        Subject::Nccl(collective) => {
            let tables = preset(&key.device).nccl;
            let found =
                tables.into_iter().find(|t| (t.collective, t.ranks) == (collective, key.ranks));
            found.unwrap().knots
        }
        Subject::DeepEp(way, shape) => {
            let tables = preset(&key.device).deepep;
            let key = (way, shape, key.ranks);
            tables.into_iter().find(|t| (t.way, t.shape, t.ranks) == key).unwrap().knots
        }
    };
    move |bytes| micros(&curve, bytes)
}

fn meets_the_measurements(series: &Series, tables: usize) {
    assert_eq!(series.len(), tables);
    for (key, rows) in series {
        let misfit = Misfit::of(rows, law(key));
        assert!(misfit.mean <= 0.15, "{key:?}: {misfit:?}");
    }
}

/// Four collectives, three numbers of GPUs, two devices; sixteen shapes, two ways.
#[test]
fn the_shipped_laws_are_within_15_percent_of_every_table() {
    meets_the_measurements(&part(), 24 + 32);
    let Some(series) = whole() else { return };
    // Both types of elements.
    meets_the_measurements(&series, 48 + 32);
}

#[test]
fn the_shipped_points_are_those_that_the_rule_chooses() {
    let Some(series) = whole() else { return };
    for (name, _) in PRESETS {
        let shipped = preset(name);
        let fitted = collectives(name, name, &series, shipped.sources.clone());
        assert_eq!(fitted, shipped);
        assert_eq!(shipped.check(), Ok(()));
    }
}

/// Latency in us and bandwidth in GB/s as fitted by others to the same tables (half).
#[test]
fn latency_and_bandwidth_are_found_as_by_others() {
    use Collective::{AllGather, AllReduce, AllToAll, ReduceScatter};
    let Some(series) = whole() else { return };
    let fitted = [
        ("b200", 4, AllToAll, 11.9, 435.0),
        ("b200", 4, AllGather, 12.8, 501.0),
        ("b200", 4, ReduceScatter, 12.6, 493.0),
        ("b200", 4, AllReduce, 16.4, 278.0),
        ("b200", 8, AllToAll, 13.0, 483.0),
        ("b200", 8, AllGather, 18.5, 541.0),
        ("b200", 8, ReduceScatter, 17.7, 538.0),
        ("b200", 8, AllReduce, 27.2, 292.0),
        ("h100", 8, AllToAll, 9.4, 274.0),
        ("h100", 8, AllGather, 11.8, 289.0),
        ("h100", 8, ReduceScatter, 11.0, 300.0),
        ("h100", 8, AllReduce, 17.5, 187.0),
    ];
    let find = |device: &str, ranks, subject: Subject, dtype: &str| {
        let (device, dtype) = (device.to_owned(), dtype.to_owned());
        let key = Key { device, subject, ranks, dtype };
        AlphaBeta::of(&key, &series[&key]).unwrap()
    };
    let near = |found: AlphaBeta, alpha: f64, beta: f64| {
        assert!((found.alpha_us / alpha - 1.0).abs() < 0.01, "{found:?}, not {alpha} us");
        assert!((found.beta_gb_per_s / beta - 1.0).abs() < 0.01, "{found:?}, not {beta} GB/s");
    };
    for (device, ranks, collective, alpha, beta) in fitted {
        near(find(device, ranks, Subject::Nccl(collective), "half"), alpha, beta);
    }
    for (hidden_size, num_topk, num_experts, there, back) in [
        (4096, 10, 512, (27.6, 589.0), (20.5, 716.0)),
        (6144, 4, 128, (16.9, 545.0), (16.9, 736.0)),
        (2048, 8, 128, (16.5, 498.0), (16.2, 677.0)),
        (7168, 8, 256, (21.2, 595.0), (21.6, 714.0)),
    ] {
        let shape = MoeShape { hidden_size, num_topk, num_experts };
        let of = |way, dtype| find("b200", 8, Subject::DeepEp(way, shape), dtype);
        near(of(Way::Dispatch, "fp8"), there.0, there.1);
        near(of(Way::Combine, "bf16"), back.0, back.1);
    }
}

/// A shape that was not measured takes the times of the nearest one: tried on each that was, without its own table.
#[test]
fn the_nearest_shape_stands_in_for_one_that_was_not_measured() {
    let mut off = Vec::new();
    for (key, rows) in part() {
        let Subject::DeepEp(way, shape) = key.subject else { continue };
        let mut tables = preset("b200");
        tables.deepep.retain(|table| table.shape != shape);
        let law = Measured::new(&tables, 8, MoeExchange::Deepep, shape).unwrap();
        // The part of the buffer that leaves the GPU.
        let time = |bytes: u64| law.moe(way, bytes - bytes / 8).as_ticks() as f64 / 1e9;
        off.push(Misfit::of(&rows, time).mean);
    }
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    assert_eq!(off.len(), 32);
    assert!(mean < 0.08, "{mean}");
    assert!(off.iter().all(|&off| off < 0.3), "{off:?}");
}

#[test]
fn contradictions_are_reported_at_once() {
    let mut tables = preset("h100");
    let first = tables.nccl[0].clone();
    tables.nccl.push(first);
    tables.nccl[1].ranks = 1;
    tables.nccl[2].knots = noc::measured::curve::Curve::new(vec![(1, 2), (2, 1)]);
    assert_eq!(
        tables.check().unwrap_err().to_string(),
        "collectives `h100` are not usable: nccl.1.ranks: 1; at least 2 GPUs talk to each other; \
         nccl.2.knots: 1 ns after 2; more bytes do not take less time; nccl.12: measures the same as nccl.0"
    );
    let text = PRESETS[0].1.replace("ranks", "rank");
    assert!(ron::from_str::<Collectives>(&text).unwrap_err().to_string().contains("`rank`"));
}

/// Rows as read keep their order and their bytes.
#[test]
fn rows_are_as_in_the_table() {
    let series = part();
    let key = Key {
        device: "b200".to_owned(),
        subject: Subject::Nccl(Collective::AllToAll),
        ranks: 8,
        dtype: "half".to_owned(),
    };
    assert_eq!(series[&key][0], Row { bytes: 512, micros: 10.65 });
    assert_eq!(series[&key][4], Row { bytes: 1 << 29, micros: 834.17 });
}
