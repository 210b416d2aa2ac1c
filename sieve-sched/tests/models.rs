//! Every shipped model runs, and takes the time of what it reads.

use gpu_model::Kernel;
use gpu_model::launch::total;
use pim_dram::Device;
use sieve_sched::config::{Config, Minibatches};
use sieve_sched::method::Method;
use sieve_sched::pim::Heads;
use sieve_sched::replay::graph::Unit;
use sieve_sched::replay::kernels::Launches;
use sieve_sched::replay::plan::Plan;
use sieve_sched::replay::point::Point;
use workloads::ModelSpec;
use workloads::model::{Attention, FeedForward, PRESETS, SharedExperts, Span, WeightFormat};
use workloads::prefill::Chunk;

use crate::common::replay::{config, results};

/// All layers of a model on one GPU under one method, one step of two requests with 300 tokens each.
fn whole(name: &str, method: Method) -> Config {
    let layers = ModelSpec::preset(name).unwrap().layers;
    let mut config = config(name, layers, &[2]);
    config.run.gpus = 1;
    config.run.methods = vec![method];
    (config.run.steps, config.run.warmup_steps) = (1, 0);
    config
}

fn one_point(config: &Config) -> Point {
    results(config).points.remove(0)
}

/// Bytes that a step reads on one GPU that does everything, but for activations.
fn read_by_a_step(model: &ModelSpec, point: &Point) -> u64 {
    let (requests, tokens) = (2, 300);
    let visited: u64 = point.placed.iter().map(|placed| placed.experts).sum();
    let shared = u64::from(model.shared.map_or(0, |shared| shared.count) * model.moe_layers());
    // An embedding is a row a token.
    let weights = model.parameter_bytes().other - model.lm_head().bytes(model.weights)
        + (visited - shared) * model.expert_bytes();
    let cache = model.decoder().map(|layer| {
        let read = u64::from(layer.attention.kv_tokens_read(tokens));
        read * model.kv_bytes_per_token(layer.attention)
            + 2 * model.state_bytes_per_request(layer.attention)
    });
    weights + requests * cache.sum::<u64>()
}

#[test]
fn every_model_takes_the_time_of_what_it_reads() {
    // All channels at 32 B a ns each; refresh takes 400 of every 3,900 ns, and some more for closing and opening rows. Reads of a
    // few bursts a channel find rows closed.
    for (name, _) in PRESETS {
        let config = whole(name, Method::GpuOnly);
        let point = one_point(&config);
        let least = read_by_a_step(&config.model, &point) as f64 / (256.0 * 32.0) / 1e3;
        let ratio = point.time.as_ticks() as f64 / 1e9 / least;
        assert!((1.0..1.35).contains(&ratio), "{name}: {ratio}");
    }
}

#[test]
fn every_model_runs_on_pim() {
    for (name, _) in PRESETS {
        let mut config = config(name, 4, &[3]);
        config.run.methods = vec![Method::Sieve];
        (config.run.steps, config.run.warmup_steps) = (1, 0);
        let point = one_point(&config);
        for (group, (busy, placed)) in
            config.model.layer_groups().iter().zip(point.busy.iter().zip(&point.placed))
        {
            let on_pim = busy[Unit::Pim as usize].as_ticks() > 0;
            let cached = !matches!(group.attention, Attention::GatedDeltaNet { .. });
            let moe = group.feed_forward == FeedForward::Moe;
            assert_eq!(on_pim, group.layers > 0 && (cached || placed.experts_on_pim > 0), "{name}");
            assert_eq!(placed.experts > 0, moe && group.layers > 0, "{name} {}", group.name);
            // Without experts nothing travels.
            assert!(moe || busy[Unit::Link as usize].as_ticks() == 0, "{name}");
        }
    }
}

/// What kernels of a model's plan do together, models being changed first.
#[track_caller]
fn kernel(name: &str, edit: impl Fn(&mut ModelSpec), of: impl Fn(&Plan<'_>) -> Launches) -> Kernel {
    let mut config = config(name, 1, &[1]);
    edit(&mut config.model);
    let device = Device::new(&config.system.pim).unwrap();
    total(&of(&Plan::new(&config, &device, Method::GpuOnly, &[]).unwrap()))
}

#[test]
fn formats_change_bytes_and_nothing_else() {
    let experts = |format| {
        let edit = |model: &mut ModelSpec| model.experts.weights = format;
        kernel("gpt-oss-20b", edit, |plan| plan.kernels.experts(&[1, 0, 2]))
    };
    let (bf16, mxfp4) = (experts(WeightFormat::Bf16), experts(WeightFormat::Mxfp4));
    assert_eq!(bf16.flops, mxfp4.flops);
    // Two experts of 3 x 2880 x 2880 weights, 16 bits against 4.25.
    let weights = 2 * 3 * 2880 * 2880;
    assert_eq!(bf16.bytes - mxfp4.bytes, weights * 2 - weights * 17 / 32);

    let dense = |format| {
        let edit = |model: &mut ModelSpec| model.weights = format;
        kernel("deepseek-v3", edit, |plan| plan.kernels.dense_ffn(18432, 5)).bytes
    };
    // 3 x 7168 x 18432 weights, a 4-byte scale for each 128 x 128.
    assert_eq!(dense(WeightFormat::Bf16), 2 * 3 * 7168 * 18432);
    assert_eq!(dense(WeightFormat::Fp8Block), 3 * 7168 * 18432 + 4 * 3 * 56 * 144);
    let none = kernel(
        "deepseek-v3",
        |m| m.weights = WeightFormat::Fp8Block,
        |p| p.kernels.dense_ffn(18432, 0),
    );
    assert_eq!(none, Kernel::default());
}

#[test]
fn latent_attention_on_the_gpu_by_hand() {
    let of = |of: &dyn Fn(&Plan<'_>, &Attention) -> Launches| {
        kernel("deepseek-v3", |_| (), |plan| of(plan, plan.model().attention(0)))
    };
    let attention = of(&|plan, kind| plan.kernels.attention(kind, &[99, 9]));
    let (flops, bytes) = (108 * 2 * 128 * (576 + 512), (108 + 2) * 576 * 2);
    assert_eq!(attention, Kernel { flops, bytes });
    // Every matrix is read once and takes two flops a weight and request.
    let input = of(&|plan, kind| plan.kernels.input_projections(kind, 3));
    let weights = 7168 * (1536 + 576) + 1536 * 128 * 192 + 128 * 128 * 512;
    assert_eq!(input, Kernel { flops: 3 * 2 * weights, bytes: 2 * weights });
    let output = of(&|plan, kind| plan.kernels.output_projections(kind, 3));
    let weights = 512 * 128 * 128 + 128 * 128 * 7168;
    assert_eq!(output, Kernel { flops: 3 * 2 * weights, bytes: 2 * weights });
}

#[test]
fn latent_attention_on_pim_is_one_head_that_all_queries_share() {
    let config = config("kimi-k2", 1, &[1]);
    let device = Device::new(&config.system.pim).unwrap();
    let heads = |method| {
        let plan = Plan::new(&config, &device, method, &[]).unwrap();
        plan.heads_on_pim(config.model.attention(0))
    };
    let shared = Heads { queries_per_kv: 64, kv: 1, key_dim: 576, value_dim: 512 };
    assert_eq!((heads(Method::GpuOnly), heads(Method::Noexp)), (None, Some(shared)));
}

#[test]
fn shared_experts_of_another_size_stay_on_the_gpu() {
    let mut small = whole("qwen3.5-397b-a17b", Method::Allexp);
    small.model.layers = 4;
    small.runtime.minibatches = Minibatches::Fixed(1);
    let placed = |config: &Config| {
        let placed = one_point(config).placed;
        let sum =
            |of: fn(&sieve_sched::replay::step::Placed) -> u64| placed.iter().map(of).sum::<u64>();
        [sum(|p| p.experts), sum(|p| p.experts_on_pim)]
    };
    let [all, on_pim] = placed(&small);
    assert_eq!(all, on_pim);
    small.model.shared = Some(SharedExperts { count: 2, intermediate: 256 });
    // One more in each of four layers, both on the GPU.
    assert_eq!(placed(&small), [all + 4, on_pim - 4]);
    // By its own size: 3 x 4096 x 256 weights of 2 B; three tokens of 2 x (4096 + 256) activations.
    let edit = |model: &mut ModelSpec| model.shared = small.model.shared;
    let kernel = kernel("qwen3.5-397b-a17b", edit, |plan| plan.kernels.shared_experts(&[3]));
    let weights = 3 * 4096 * 256;
    assert_eq!(
        kernel,
        Kernel { flops: 3 * 2 * weights, bytes: 2 * weights + 3 * 2 * (4096 + 256) * 2 }
    );
}

#[test]
fn chunks_of_prompts_attend_on_the_gpu_by_hand() {
    // 512 tokens of context, then four tokens.
    let chunk = Chunk { request: 0, context: 512, tokens: 4, last: false };
    let of = |name: &str, group: usize| {
        kernel(
            name,
            |model| model.layers = 4,
            |plan| plan.kernels.prefill_attention(plan.groups[group].attention, &[chunk]),
        )
    };
    let pairs = 513 + 514 + 515 + 516;
    // 516 tokens read and four written, 2 x 4 heads x 128 x 2 B each.
    let full = Kernel { flops: 4 * 32 * 128 * pairs, bytes: (516 + 4) * 2048 };
    assert_eq!(of("qwen3-30b-a3b", 0), full);
    let gpt = ModelSpec::preset("gpt-oss-120b").unwrap();
    let sliding = gpt.layer_groups().iter().position(|group| {
        matches!(group.attention, Attention::GroupedQuery { span: Span::Sliding(128), .. })
    });
    // Each sees 128 tokens, the first of all from 127 before it on.
    let window = Kernel { flops: 4 * 64 * 64 * 4 * 128, bytes: (127 + 4 + 4) * 2048 };
    assert_eq!(of("gpt-oss-120b", sliding.unwrap()), window);
    // Entries of 576 elements are expanded again for 128 heads of 128 and 128.
    let flops = 2 * 128 * (192 + 128) * pairs + 2 * 128 * 256 * 512 * 512;
    assert_eq!(of("deepseek-v3", 0), Kernel { flops, bytes: 516 * 576 * 2 });
    // A block of four tokens for 64 value heads, whose states of 128 x 128 are read and written.
    let block = 6 * 4 * 128 * 128 + 2 * 4 * 4 * (3 * 128 + 2 * 128) + 4 * 4 * 4 / 3;
    let delta = of("qwen3.5-397b-a17b", 0);
    assert_eq!((delta.flops, delta.bytes % (64 * 128 * 128 * 2)), (64 * block, 0));
}
