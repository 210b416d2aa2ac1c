//! The generator against statistics computed independently for the same laws, and against real routing.

use std::path::Path;
use std::sync::Arc;

use workloads::generator::{Generator, GeneratorSpec, PRESETS};
use workloads::stats::Counts;
use workloads::{Decode, KvLengths, ModelSpec, Source, Trace};

fn routing(name: &str) -> GeneratorSpec {
    ron::from_str(PRESETS.iter().find(|(known, _)| *known == name).unwrap().1).unwrap()
}

fn model(name: &str) -> ModelSpec {
    ron::from_str(workloads::model::PRESETS.iter().find(|(known, _)| *known == name).unwrap().1).unwrap()
}

/// Mean statistics over layers; `shared` adds an expert with all tokens.
fn statistics(name: &str, experts: u32, top_k: u32, batch: usize, shared: bool) -> (f64, Counts) {
    const LAYERS: u32 = 400;
    let generator = Generator::new(routing(name).popularity, LAYERS, experts, top_k, 11);
    let (mut routed, mut all) = (0.0, Vec::new());
    for layer in 0..LAYERS as usize {
        let mut ids = Vec::new();
        generator.draw(layer, 0, batch, &mut ids);
        let mut counts = vec![0; experts as usize];
        ids.iter().for_each(|&e| counts[usize::from(e)] += 1);
        routed += Counts::of(&counts).activated / f64::from(LAYERS);
        if shared {
            counts.push(batch as u32);
        }
        all.push(Counts::of(&counts));
    }
    (routed, Counts::mean(&all))
}

/// (batch, activated, share of N = 1, share of N <= 4).
type Row = (usize, f64, f64, f64);

#[track_caller]
fn check(name: &str, experts: u32, top_k: u32, shared: bool, golden: &[Row]) {
    for &(batch, activated, single, at_most_four) in golden {
        let (routed, found) = statistics(name, experts, top_k, batch, shared);
        assert!((routed / activated - 1.0).abs() < 0.03, "{name} B={batch}: {routed} activated, not {activated}");
        assert!((found.single - single).abs() < 0.015, "{name} B={batch}: {} single, not {single}", found.single);
        let four = found.at_most_four;
        assert!((four - at_most_four).abs() < 0.015, "{name} B={batch}: {four} at most four, not {at_most_four}");
    }
}

// Golden values: means of an independent implementation of the same laws over many layers.
#[test]
fn qwen3_dirichlet() {
    check("qwen3", 128, 8, false, &[
        (1, 8.0, 1.0, 1.0), (4, 20.5, 0.609, 1.0), (16, 37.3, 0.341, 0.730), (32, 46.7, 0.275, 0.598),
        (64, 54.2, 0.209, 0.476), (128, 62.0, 0.167, 0.386), (256, 68.3, 0.135, 0.311),
    ]);
}

#[test]
fn gpt_oss_generalised_gamma() {
    check("gpt-oss", 128, 4, false, &[
        (1, 4.0, 1.0, 1.0), (4, 10.9, 0.673, 1.0), (16, 23.5, 0.481, 0.826), (32, 32.2, 0.407, 0.745),
        (64, 41.6, 0.341, 0.659), (128, 51.5, 0.282, 0.577), (256, 60.8, 0.223, 0.486),
    ]);
}

#[test]
fn qwen3_next_bimodal_with_its_shared_expert() {
    check("qwen3-next", 512, 10, true, &[
        (4, 36.8, 0.903, 0.974), (16, 117.4, 0.736, 0.985), (32, 186.1, 0.598, 0.959),
        (64, 265.1, 0.444, 0.876), (128, 344.9, 0.314, 0.728), (256, 415.1, 0.214, 0.557),
    ]);
}

/// Mean of activated experts per layer over the steps of a batch.
fn activated(source: &Source, model: &ModelSpec, batch: usize, steps: usize) -> f64 {
    let mut decode = Decode::new(source, model, batch, KvLengths::AZURE_LIKE, 1).unwrap();
    let mut all = Vec::new();
    for _ in 0..steps {
        let step = decode.next_step();
        for layer in 0..model.layers {
            let mut counts = vec![0; model.experts.count as usize];
            step.layer(layer).iter().for_each(|&e| counts[usize::from(e)] += 1);
            all.push(Counts::of(&counts));
        }
    }
    Counts::mean(&all).activated
}

#[test]
fn real_requests_activate_the_published_number_of_experts() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/traces/gptoss20b_decode.npz"));
    if !path.exists() {
        println!("skipped: ../shared/traces/gptoss20b_decode.npz is not there");
        return;
    }
    let source = Source::Trace(Arc::new(Trace::read(path).unwrap()));
    for (batch, expected) in [(16, 23.0), (64, 29.2)] {
        let found = activated(&source, &model("gpt-oss-20b"), batch, 64);
        assert!((found / expected - 1.0_f64).abs() < 0.03, "B={batch}: {found}, not {expected}");
    }
}

#[test]
fn same_seed_same_batch() {
    let model = model("qwen3-30b-a3b");
    let run = |seed| {
        let source = Source::Synthetic(routing("qwen3"));
        let mut decode = Decode::new(&source, &model, 5, KvLengths::AZURE_LIKE, seed).unwrap();
        (0..3).map(|_| decode.next_step()).collect::<Vec<_>>()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
