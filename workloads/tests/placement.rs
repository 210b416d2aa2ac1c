//! Placements against the imbalance of expert parallelism, and what balancing does to it.
//!
//! The imbalance of contiguous placement was computed independently (Gumbel top-k over hundreds of layers) for the laws fitted to
//! the shares published in arXiv 2605.11277.

use workloads::generator::Generator;
use workloads::model::{Experts, WeightFormat};
use workloads::placement::{GpuLoads, Placement};
use workloads::{GeneratorSpec, PlacementSpec};

const LAYERS: u32 = 400;

/// `[layer][token][k]`.
struct Routing {
    experts: u32,
    top_k: usize,
    layers: Vec<Vec<u16>>,
}

/// Two batches of the same layers.
fn route(routing: &str, experts: u32, top_k: u32, batch: u32) -> [Routing; 2] {
    let law = GeneratorSpec::preset(routing).unwrap();
    let shape = Experts { count: experts, top_k, intermediate: 1, weights: WeightFormat::Bf16 };
    let requests = batch as usize;
    let mut generator = Generator::new(&law, &shape, LAYERS, requests, 1).unwrap();
    [(); 2].map(|()| {
        let mut ids = Vec::new();
        generator.route(0..requests, &mut ids);
        let layers = ids.chunks((batch * top_k) as usize).map(<[u16]>::to_vec).collect();
        Routing { experts, top_k: top_k as usize, layers }
    })
}

impl Routing {
    fn loads(&self) -> Vec<Vec<u64>> {
        let of = |ids: &Vec<u16>| {
            let mut loads = vec![0; self.experts as usize];
            ids.iter().for_each(|&expert| loads[usize::from(expert)] += 1);
            loads
        };
        self.layers.iter().map(of).collect()
    }

    /// Token i is at home on GPU i modulo their number.
    fn on(&self, placement: &Placement, gpus: usize) -> GpuLoads {
        let of = self.layers.iter().zip(placement.layers()).map(|(ids, layer)| {
            let tokens = ids.chunks(self.top_k).enumerate().map(|(at, ids)| (at % gpus, ids));
            GpuLoads::of(&layer.tokens(tokens))
        });
        GpuLoads::mean(of).unwrap()
    }
}

/// Routing, experts, k, GPUs; batch, activated a GPU, on the fullest, tokens on the fullest over the mean.
type Golden = (&'static str, u32, u32, usize, &'static [(u32, f64, f64, f64)]);

const GOLDEN: [Golden; 4] = [
    (
        "gpt-oss",
        128,
        4,
        4,
        &[(16, 6.1, 8.4, 1.59), (64, 10.6, 13.3, 1.54), (256, 15.3, 18.0, 1.57)],
    ),
    (
        "qwen3-next",
        512,
        10,
        8,
        &[(16, 14.7, 19.6, 1.41), (64, 33.4, 39.0, 1.30), (256, 51.9, 56.1, 1.25)],
    ),
    // With even routing the fullest GPU has close to all of its 32 or 64 experts activated, as every other one.
    ("uniform", 128, 4, 4, &[(256, 32.0, 32.0, 1.06)]),
    ("uniform", 512, 10, 8, &[(256, 63.6, 64.0, 1.08)]),
];

#[test]
fn contiguous_and_permuted_placements_have_the_imbalance_of_independent_experts() {
    for (routing, experts, top_k, gpus, rows) in GOLDEN {
        for &(batch, activated, most, tokens) in rows {
            let [routed, _] = route(routing, experts, top_k, batch);
            for spec in [PlacementSpec::Contiguous, PlacementSpec::Permuted] {
                let placement = spec.place(experts, gpus, &routed.loads(), 1).unwrap();
                let found = routed.on(&placement, gpus);
                for (what, found, golden) in [
                    ("activated", found.activated, activated),
                    ("activated most", found.activated_most, most),
                    ("tokens", found.tokens_most_over_mean, tokens),
                ] {
                    let off = (found / golden - 1.0).abs();
                    assert!(
                        off < 0.05,
                        "{routing} {spec} B = {batch}: {what} {found}, not {golden}"
                    );
                }
            }
        }
    }
}

/// Placed by the loads of one batch, another batch of the same layers is spread better, and better still with replicas.
#[test]
fn balancing_evens_out_batches_that_it_has_not_seen() {
    for (routing, experts, top_k, gpus, rows) in &GOLDEN[..2] {
        let &(batch, ..) = rows.last().unwrap();
        let [seen, unseen] = route(routing, *experts, *top_k, batch);
        let imbalance = |text: &str| {
            let spec: PlacementSpec = text.parse().unwrap();
            let placement = spec.place(*experts, *gpus, &seen.loads(), 1).unwrap();
            unseen.on(&placement, *gpus).tokens_most_over_mean
        };
        let steps = ["contiguous", "balanced", "balanced+2", "balanced+8"].map(imbalance);
        assert!(steps.windows(2).all(|two| two[0] > two[1]), "{routing}: {steps:?}");
        assert!(steps[2] < 1.15, "{routing}: {steps:?}");
    }
}

/// Whatever the replicas, every pair is served once, by a GPU that holds the expert.
#[test]
fn every_pair_is_served_once() {
    let [routed, _] = route("gpt-oss", 128, 4, 64);
    for text in ["contiguous", "balanced", "balanced+3", "balanced+96"] {
        let spec: PlacementSpec = text.parse().unwrap();
        let placement = spec.place(128, 4, &routed.loads(), 1).unwrap();
        for (ids, layer) in routed.layers.iter().zip(placement.layers()).take(20) {
            let tokens = || ids.chunks(4).enumerate().map(|(at, ids)| (at % 4, ids));
            let counts = layer.tokens(tokens());
            assert_eq!(counts.iter().flatten().sum::<u32>() as usize, ids.len());
            let mut turns = layer.turns();
            for (home, experts) in tokens() {
                for &expert in experts {
                    let gpu = turns.gpu(home, expert);
                    assert!(layer.experts(gpu).contains(&expert), "{text}");
                    assert!(gpu == home || !layer.experts(home).contains(&expert), "{text}");
                }
            }
        }
    }
}
