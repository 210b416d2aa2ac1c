//! Timelines of replays: they show the times that the replay sums up, one thing at a time on every unit.

use std::collections::BTreeSet;

use sieve_sched::config::{Config, Minibatches};
use sieve_sched::method::Method;
use sieve_sched::replay::graph::Unit;
use sieve_sched::replay::point::Point;
use sieve_sched::replay::record::{Record, Recorder};
use sieve_sched::run::{Job, Session};
use sieve_sched::time::{Femtos, ZERO};
use sieve_sched::timeline::replay::{Sample, timeline};
use sieve_sched::timeline::{Shows, Slice, Timeline, Window, perfetto};

use crate::common::perfetto::{File, Read};
use crate::common::replay::{config, results};

/// The tracks of the units.
const TRACKS: [(&str, Unit); Unit::ALL.len()] = [
    ("GPU kernels", Unit::Gpu),
    ("HBM reads", Unit::Hbm),
    ("small GPU kernels", Unit::Vector),
    ("PIM units", Unit::Pim),
    ("link", Unit::Link),
    ("scheduler", Unit::Scheduler),
];

/// The only measured step of the first batch.
fn recorded(config: &Config, method: Method) -> (Point, Record) {
    let mut config = config.clone();
    (config.run.steps, config.run.methods) = (1, vec![method]);
    let mut recorder = Recorder::of(config.run.warmup_steps as usize);
    let job = Job { config: &config, batch: 0, method };
    let session = Session::new(&config).unwrap();
    let point = session.recorded(&job, &Method::policy, &mut recorder).unwrap();
    // Nobody who watches changes anything.
    assert_eq!(results(&config).points, std::slice::from_ref(&point), "{method}");
    (point, recorder.record.unwrap())
}

fn shown(record: &Record, sample: &Sample) -> Timeline {
    timeline(
        record,
        sample,
        "a step",
        Slice::new("step", ZERO, ZERO).with("batch", 1_u32),
        &["all"],
    )
}

fn busy(busy: &[[Femtos; Unit::ALL.len()]], unit: Unit) -> u64 {
    busy.iter().map(|group| group[unit as usize].as_ticks()).sum()
}

/// Time of the slices of tracks of that name, before anything is rounded.
fn femtos(timeline: &Timeline, name: &str) -> u64 {
    let tracks = timeline.groups.iter().flat_map(|group| &group.tracks);
    let slices = tracks.filter(|track| track.name == name).flat_map(|track| match &track.shows {
        Shows::Slices(slices) => slices.as_slice(),
        Shows::Counter { .. } => &[],
    });
    slices.map(|slice| (slice.end - slice.start).as_ticks()).sum()
}

#[test]
fn every_unit_does_one_thing_at_a_time_for_as_long_as_the_replay_says() {
    // One GPU and several, experts by whole channels, layers without experts, methods that search.
    for (model, layers, batch, methods) in [
        ("qwen3-30b-a3b", 2, 12, &Method::ALL[..]),
        ("gpt-oss-120b", 2, 24, &[Method::Sieve, Method::GpuOnly, Method::SievePlus]),
        ("deepseek-v2-lite", 3, 9, &[Method::Sieve, Method::Allexp]),
        ("qwen3-30b-a3b", 1, 4, &[Method::Optimal]),
    ] {
        for &method in methods {
            let (point, record) = recorded(&config(model, layers, &[batch]), method);
            let took = record.end - record.start;
            assert_eq!((&record.busy, took), (&point.busy, point.time));
            let timeline = shown(&record, &Sample::ALL);
            let bytes = perfetto::encode(&timeline);
            let file = File::check(&bytes);
            for (track, unit) in TRACKS {
                let (shown, slices) = file.busy(track);
                let told = busy(&record.busy, unit);
                assert_eq!(femtos(&timeline, track), told, "{model} {method} {track}");
                // Both ends of a slice are rounded down by less than a picosecond.
                let apart = (shown * 1000).abs_diff(told);
                assert!(apart < 1000 * slices.max(1), "{model} {method} {track}: {apart} fs");
            }
            let step = file.on("step").next().unwrap();
            assert_eq!((step.start, step.end), (0, took.as_ticks() / 1000));
            assert!(file.groups[0].ends_with("(1 ns shown = 1 ps simulated)"));
            assert_eq!(file.groups.len(), 1 + point.gpus);
            let again = recorded(&config(model, layers, &[batch]), method).1;
            assert_eq!(bytes, perfetto::encode(&shown(&again, &Sample::ALL)));
        }
    }
}

#[test]
fn tokens_flow_from_the_router_over_dispatch_and_experts_to_the_sum() {
    let mut config = config("gpt-oss-120b", 1, &[24]);
    config.runtime.minibatches = Minibatches::Fixed(1);
    let (point, record) = recorded(&config, Method::Sieve);
    let file = File::check(&perfetto::encode(&shown(&record, &Sample::ALL)));
    let steps: BTreeSet<(&str, &str)> = file
        .flows
        .values()
        .map(|&(from, to)| (file.slices[from].name.as_str(), file.slices[to].name.as_str()))
        .collect();
    for pair in [
        ("output and router L0 M0", "all-gather L0 M0"),
        ("all-gather L0 M0", "metadata L0 M0"),
        ("metadata L0 M0", "scheduler L0 M0"),
        ("metadata L0 M0", "dispatch L0 M0"),
        ("dispatch L0 M0", "experts L0 M0"),
        ("scheduler L0 M0", "experts L0 M0"),
        ("dispatch L0 M0", "PIM gate and up L0 M0"),
        ("PIM gate and up L0 M0", "activation L0 M0"),
        ("activation L0 M0", "PIM down L0 M0"),
        ("PIM down L0 M0", "combine L0 M0"),
        ("experts L0 M0", "combine L0 M0"),
        ("combine L0 M0", "weighted sum L0 M0"),
        ("weighted sum L0 M0", "lm_head M0"),
    ] {
        assert!(steps.contains(&pair), "no flow for {pair:?} in {steps:?}");
    }
    // Every GPU waits before a collective for the one that is ready last, here with its experts.
    let name = |at: usize| file.slices[at].name.as_str();
    let into_combine = file.flows.values().filter(|&&(_, to)| name(to) == "combine L0 M0");
    let sources: Vec<usize> = into_combine.map(|&(from, _)| from).collect();
    let last = *sources.iter().max_by_key(|&&at| file.slices[at].end).unwrap();
    assert_eq!(sources.iter().filter(|&&at| at == last).count(), point.gpus);
    // The others only hold up their own.
    assert_eq!(sources.len(), 2 * point.gpus + point.gpus - 1);
}

#[test]
fn slices_say_what_was_computed() {
    let batch = 24;
    let mut config = config("gpt-oss-120b", 1, &[batch]);
    config.runtime.minibatches = Minibatches::Fixed(1);
    let (point, record) = recorded(&config, Method::Sieve);
    let file = File::check(&perfetto::encode(&shown(&record, &Sample::ALL)));
    let number = |slice: &Read, name: &str| slice.args[name].parse::<u64>().unwrap();
    let sum = |track: &str, op: &str, name: &str| -> u64 {
        file.on(track).filter(|s| s.name.starts_with(op)).map(|s| number(s, name)).sum()
    };
    let placed = point.placed[0];
    assert_eq!(sum("PIM units", "PIM down", "expert_tokens"), placed.pairs_on_pim);
    assert_eq!(sum("PIM units", "PIM down", "experts"), placed.experts_on_pim);
    let on_gpu = placed.pairs - placed.pairs_on_pim;
    assert_eq!(sum("HBM reads", "experts", "expert_tokens"), on_gpu);
    assert_eq!(sum("link", "dispatch", "bytes_sent"), sum("link", "dispatch", "bytes_received"));
    assert_eq!(sum("link", "dispatch", "bytes_sent"), sum("link", "combine", "bytes_sent"));
    assert_eq!(sum("HBM reads", "projections", "tokens"), u64::from(batch));
    // Each expert stands by its number in the model, on one GPU: 128 of them, four tokens' worth of experts a token.
    let of = |track: &str, op: &str| -> Vec<(u64, u64)> {
        let slices = file.on(track).filter(|slice| slice.name.starts_with(op));
        let pairs = slices.flat_map(|slice| slice.args["tokens_by_expert"].split(' '));
        let split = |pair: &str| {
            pair.split_once(':').map(|(e, n)| (e.parse().unwrap(), n.parse().unwrap()))
        };
        pairs.filter_map(split).collect()
    };
    let all = [of("PIM units", "PIM down"), of("HBM reads", "experts")].concat();
    let experts: BTreeSet<u64> = all.iter().map(|&(expert, _)| expert).collect();
    assert_eq!(experts.len() as u64, placed.experts);
    assert!(experts.iter().all(|&expert| expert < 128));
    assert_eq!(all.iter().map(|&(_, n)| n).sum::<u64>(), u64::from(batch) * 4);
    // The counter steps up to the tokens of each product and down to none.
    for gpu in 0..point.gpus {
        let counter = &file.counters[&(format!("GPU {gpu}"), "tokens on PIM".to_owned())];
        assert!(counter.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        assert_eq!(counter.last().unwrap().1, 0);
        let of_gpu = file.on("PIM units").filter(|s| s.track.0 == format!("GPU {gpu}"));
        let most = of_gpu.filter_map(|s| s.args.get("expert_tokens")?.parse::<i64>().ok()).max();
        assert_eq!(counter.iter().map(|&(_, n)| n).max(), most);
    }
}

#[test]
fn samples_hold_what_runs_in_them() {
    let (point, record) = recorded(&config("gpt-oss-120b", 3, &[24]), Method::Sieve);
    let all = File::check(&perfetto::encode(&shown(&record, &Sample::ALL)));
    let units: Vec<_> = TRACKS.iter().flat_map(|(track, _)| all.on(track)).collect();
    let middle = Sample { layers: 1..2, ..Sample::ALL };
    let file = File::check(&perfetto::encode(&shown(&record, &middle)));
    let of_layer = units.iter().filter(|slice| slice.name.contains(" L1 ")).count();
    assert_eq!(TRACKS.iter().map(|(track, _)| file.on(track).count()).sum::<usize>(), of_layer);
    assert!(of_layer > 20 && file.flows.len() > of_layer / 2);
    assert!(file.on("layers of mini-batch 0").all(|slice| slice.name == "layer 1"));
    // The head follows the last layer.
    let head = Sample { layers: 3..4, ..Sample::ALL };
    let file = File::check(&perfetto::encode(&shown(&record, &head)));
    assert!(file.on("GPU kernels").all(|slice| slice.name.starts_with("lm_head")));
    assert_eq!(file.on("HBM reads").count(), point.gpus * point.minibatches);
    let window = Window { from: point.time / 3, to: point.time / 2 };
    let sample = Sample { window, ..Sample::ALL };
    let file = File::check(&perfetto::encode(&shown(&record, &sample)));
    let stamps = [window.from, window.to].map(|at| at.as_ticks() / 1000);
    // Instants of the file are rounded down, so that one at an end of the window may seem to lie outside.
    let near = |slice: &&&Read| slice.start <= stamps[1] && slice.end >= stamps[0];
    let inside = |slice: &&&Read| slice.start < stamps[1] && slice.end > stamps[0] + 1;
    let shown: usize = TRACKS.iter().map(|(track, _)| file.on(track).count()).sum();
    assert!(
        (units.iter().filter(inside).count()..=units.iter().filter(near).count()).contains(&shown)
    );
    assert!(shown > 5 && shown < units.len() / 2);
}
