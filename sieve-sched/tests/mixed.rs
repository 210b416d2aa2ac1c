//! Prompts beside a decode batch: their tokens are computed like others, their attention on the GPU, and no method is faster than
//! arithmetic allows.

use proptest::prelude::*;
use sieve_sched::config::{Config, Minibatches};
use sieve_sched::method::Method;
use sieve_sched::replay::batch::Split;
use sieve_sched::replay::graph::Unit;
use sieve_sched::replay::point::Point;
use sieve_sched::report::Summary;
use workloads::prefill::{Prefill, PrefillSpec, Prefills};
use workloads::{Decode, GeneratorSpec, KvLengths, ModelSpec, RoutingSource};

use crate::common::replay::{config, results};

fn prompts(tokens: u32, chunk_tokens: u32, prefills: u32) -> PrefillSpec {
    let preset = PrefillSpec::preset("sieve").unwrap();
    let requests = vec![Prefills { batch: 1, prefills }];
    PrefillSpec { prompt_tokens: KvLengths::Constant(tokens), chunk_tokens, requests, ..preset }
}

/// Every method on few layers, with prompts of 48 tokens in chunks of 32.
fn mixed(model: &str, layers: u32, batch: u32) -> Config {
    let mut config = config(model, layers, &[batch]);
    config.run.prefill = Some(prompts(48, 32, 3));
    config
}

#[test]
fn every_pair_of_a_mixed_batch_is_computed_exactly_once() {
    for (model, layers, batch) in [
        ("qwen3-30b-a3b", 2, 5),
        ("gpt-oss-120b", 2, 6),
        ("qwen3.5-397b-a17b", 4, 9),
        ("deepseek-v2-lite", 3, 5),
    ] {
        let config = mixed(model, layers, batch);
        let results = results(&config);
        let shared = config.model.shared.map_or(0, |shared| shared.count);
        let visited = f64::from((config.model.experts.top_k + shared) * config.model.moe_layers());
        let tokens = f64::from(batch) + results.routing[0].prefill_tokens;
        for point in results.points {
            let pairs: u64 = point.placed.iter().map(|placed| placed.pairs).sum();
            assert_eq!(pairs as f64, visited * tokens * 2.0, "{model} {}", point.method);
        }
    }
}

#[test]
fn no_method_is_faster_than_arithmetic_allows() {
    for minibatches in [Minibatches::Auto, Minibatches::Fixed(1)] {
        let mut config = mixed("qwen3-30b-a3b", 2, 16);
        config.runtime.minibatches = minibatches;
        config.runtime.scheduler_ns_per_256_experts = 0;
        let results = results(&config);
        let [peak, alone] = results.routing[0].bounds.unwrap();
        assert!(peak.least < alone.least && alone.least < alone.noexp);
        assert_eq!(peak.noexp, alone.noexp);
        for point in &results.points {
            // On a GPU without PIM mini-batches do not read experts twice.
            if point.minibatches == results.points[1].minibatches {
                assert!(point.time > peak.least, "{}", point.method);
            }
            if point.method == Method::Noexp {
                assert!(point.time > peak.noexp);
            }
        }
        let summary = Summary::new(&[results]);
        let most = summary.models[0].points[0].most_over_noexp.unwrap();
        assert_eq!(most, [peak.most_over_noexp(), alone.most_over_noexp()]);
    }
}

#[test]
fn prompts_cost_what_they_bring_and_nothing_without_them() {
    let mut config = config("qwen3-30b-a3b", 2, &[16]);
    config.run.methods = vec![Method::GpuOnly, Method::Noexp];
    let decode = results(&config);
    assert_eq!((decode.routing[0].prefill_tokens, decode.routing[0].bounds), (0.0, None));
    // No prompts at all give what a decode batch gives.
    config.run.prefill = Some(prompts(48, 32, 0));
    assert_eq!(results(&config).points, decode.points);
    config.run.prefill = Some(prompts(32, 32, 2));
    let mixed = results(&config);
    let routing = &mixed.routing[0];
    assert_eq!((routing.prefill_tokens, routing.prompts_finished), (64.0, 2.0));
    assert!(routing.counts.activated > decode.routing[0].counts.activated);
    // In each of two layers 64 tokens take the projections, the router and eight experts, and attend to 1 to 32 tokens; both prompts
    // take the head.
    let weights = 2048 * (32 + 2 * 4) * 128 + 32 * 128 * 2048 + 2048 * 128 + 8 * 3 * 2048 * 768;
    let attention = 2 * 4 * 32 * 128 * (32 * 33 / 2);
    let flops = 2 * (64 * 2 * weights + attention) + 2 * 2 * 2048 * 151_936_u64;
    let expected = 2.0 * flops as f64 / 2.25;
    for (with, without) in mixed.points.iter().zip(&decode.points) {
        let busy = |point: &Point| {
            point.busy.iter().map(|busy| busy[Unit::Gpu as usize].as_ticks()).sum::<u64>()
        };
        let added = (busy(with) - busy(without)) as f64;
        assert!((added / expected - 1.0).abs() < 1e-6, "{}: {added} {expected}", with.method);
    }
    // Each prompt gives a token when it ends.
    let points = &Summary::new(&[mixed]).models[0].points;
    let generated = points[0].throughput_tokens_per_s_per_gpu * points[0].step_time_us / 1e6;
    assert!((generated - 18.0).abs() < 1e-9, "{generated}");
}

proptest! {
    /// However a mixed batch is cut, each token has one home, and the tokens counted are those that are routed.
    #[test]
    fn every_token_has_one_place(
        batch in 1_usize..12, prefills in 0_u32..7, gpus in 1_usize..5, minibatches in 1_u32..4, seed in any::<u64>(),
    ) {
        let mut model = ModelSpec::preset("qwen3-30b-a3b").unwrap();
        model.layers = 1;
        let routing = GeneratorSpec::preset("uniform").unwrap();
        let mut prefill = Prefill::new(&prompts(7, 3, prefills), &routing, &model, batch as u32, seed).unwrap();
        let source = RoutingSource::Synthetic(routing);
        let mut decode = Decode::new(source, &model, batch, KvLengths::Constant(9), seed).unwrap();
        let step = decode.next_step().beside(prefill.next_step());
        let fixed = Minibatches::Fixed(minibatches);
        let split = Split::new(batch, prefills as usize, gpus, fixed, Method::Sieve);
        let (mut all, mut generated) = (Vec::new(), 0);
        for minibatch in 0..split.minibatches {
            let routed: Vec<_> = split.tokens(&step, 0, minibatch).collect();
            for gpu in 0..gpus {
                let here = routed.iter().filter(|(home, _)| *home == gpu).count();
                prop_assert_eq!(here, split.token_count(&step, minibatch, gpu) as usize);
                generated += split.generated(&step, minibatch, gpu) as usize;
            }
            all.extend(routed.into_iter().map(|(_, experts)| experts.as_ptr()));
        }
        all.sort_unstable();
        let expected: Vec<_> = step.layer(0).chunks(8).map(<[u16]>::as_ptr).collect();
        prop_assert_eq!(all, expected);
        prop_assert_eq!(generated, batch + step.chunks.iter().filter(|chunk| chunk.last).count());
    }
}
