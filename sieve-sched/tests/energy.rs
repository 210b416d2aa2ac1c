//! Energy of replays: parts add up, and follow what is done and nothing else.

use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::energy::Draw;
use pim_dram::spec::Refresh;
use proptest::prelude::*;
use sieve_sched::config::{Config, Minibatches};
use sieve_sched::energy::{Energy, JobPrices, without_refresh};
use sieve_sched::method::Method;
use sieve_sched::pim::{Heads, KvPlacement};
use sieve_sched::report::{EnergyRow, Summary};
use workloads::KvLengths;

use crate::common::replay::{config, results};

/// Energy of the only point of a configuration.
fn energy(config: &Config) -> Energy {
    results(config).points.remove(0).energy.expect("a preset gives every number")
}

fn with(model: &str, layers: u32, batch: u32, method: Method) -> Config {
    let mut config = config(model, layers, &[batch]);
    config.run.methods = vec![method];
    config
}

#[test]
fn parts_add_up_and_stand_where_work_is_done() {
    for (model, layers) in [("qwen3-30b-a3b", 2), ("gpt-oss-120b", 2), ("qwen3.5-397b-a17b", 4)] {
        let results = results(&config(model, layers, &[1, 9]));
        let summary = Summary::new(std::slice::from_ref(&results)).models.remove(0);
        let rows = EnergyRow::of(&results);
        for (point, record) in results.points.iter().zip(&summary.points) {
            let energy = point.energy.as_ref().unwrap();
            let components = ["gpu", "hbm", "pim_attention", "pim_experts", "links"];
            let of = |component| energy.component_fj(component);
            assert_eq!(components.map(of).iter().sum::<u128>(), energy.total_fj());

            let traits = point.method.traits();
            let on_pim: u64 = point.placed.iter().map(|placed| placed.pairs_on_pim).sum();
            assert_eq!(of("pim_attention") > 0, traits.pim, "{model} {}", point.method);
            assert_eq!(of("pim_experts") > 0, on_pim > 0, "{model} {}", point.method);
            assert_eq!(of("links") > 0, point.gpus > 1, "{model} {}", point.method);

            let tokens = f64::from(2 * point.batch);
            let written = record.energy.as_ref().unwrap();
            let mj = |part: f64, whole: f64| (part / whole - 1.0).abs() < 1e-12;
            assert!(mj(written.mj_per_token * tokens, energy.total_fj() as f64 / 1e12));
            let own =
                rows.iter().filter(|r| (r.batch, r.method.as_str()) == (point.batch, traits.name));
            let (sum, shares) =
                own.fold((0.0, 0.0), |(mj, share), row| (mj + row.mj_per_token, share + row.share));
            assert!(mj(sum, written.mj_per_token) && mj(shares, 1.0), "{sum} {shares}");
        }
    }
}

#[test]
fn steps_add() {
    let of = |warmup, steps| {
        let mut config = with("qwen3-30b-a3b", 2, 6, Method::Sieve);
        (config.run.warmup_steps, config.run.steps) = (warmup, steps);
        energy(&config)
    };
    let mut sum = of(1, 1);
    sum += &of(2, 1);
    let both = of(1, 2);
    assert_eq!(
        (sum.hbm, sum.pim_attention, sum.pim_experts),
        (both.hbm, both.pim_attention, both.pim_experts)
    );
    // What is priced by a float is rounded once more.
    for (two, one) in sum.parts().zip(both.parts()) {
        assert!(two.fj.abs_diff(one.fj) <= 1, "{two:?} {one:?}");
    }
}

/// Layers whose attention is on the GPU, so that whatever the units do is for experts.
fn experts_alone(method: Method) -> Config {
    let mut config = with("qwen3.5-397b-a17b", 3, 16, method);
    config.run.warmup_steps = 0;
    config
}

#[test]
fn experts_draw_what_the_channels_do() {
    let mut config = experts_alone(Method::Allexp);
    config.system.pim.refresh = Refresh::None;
    let point = results(&config).points.remove(0);
    let energy = point.energy.unwrap();
    assert_eq!(energy.component_fj("pim_attention"), 0);
    for draw in Draw::ALL {
        let all = energy.hbm[draw as usize] + energy.pim_experts[draw as usize];
        assert_eq!(all, point.tally.energy_fj[draw as usize], "{}", draw.name());
    }
    // Rows that refreshes close are opened again: a little more than the jobs' own.
    let point = results(&experts_alone(Method::Allexp)).points.remove(0);
    let refreshed = point.energy.unwrap();
    assert_eq!(refreshed.pim_experts, energy.pim_experts);
    let rows = Draw::Activation as usize;
    let again = point.tally.energy_fj[rows] - refreshed.hbm[rows] - refreshed.pim_experts[rows];
    assert!(100 * again < refreshed.component_fj("pim_experts"), "{again}");
}

#[test]
fn an_expert_by_hand() {
    // One token through one expert of 2,048 x 768: three matrices, 16 weights a burst. Qwen3's tiles are padded: 1,536 outputs
    // over the banks that hold a slice, 2,048 over the others.
    let point = results(&with("qwen3-30b-a3b", 1, 1, Method::Allexp)).points.remove(0);
    let energy = point.energy.unwrap();
    let bursts = energy.pim_experts[Draw::Mac as usize] / (16 * 460);
    assert_eq!(energy.pim_experts[Draw::Column as usize], bursts * 256 * 440);
    let useful = 2 * 8 * 3 * 2048 * 768 / 16;
    let padded = bursts as f64 / f64::from(useful);
    assert!((1.0..1.5).contains(&padded), "{padded}");
}

#[test]
fn capacity_and_places_of_blocks_change_nothing() {
    let plain = with("qwen3-30b-a3b", 2, 5, Method::Allexp);
    let mut large = plain.clone();
    large.system.pim.geometry.rows *= 2;
    assert_eq!(energy(&large), energy(&plain));
    let mut packed = plain.clone();
    packed.runtime.kv_placement = KvPlacement::Request;
    let [spread, packed] = [&plain, &packed].map(energy);
    assert_eq!(packed.pim_attention, spread.pim_attention);
    assert!(packed.gpu_static > spread.gpu_static);
}

#[test]
fn longer_contexts_draw_more_under_every_method() {
    for method in [Method::GpuOnly, Method::Noexp, Method::Sieve] {
        let of = |tokens| {
            let mut config = with("qwen3-30b-a3b", 2, 4, method);
            config.run.kv_tokens = KvLengths::Constant(tokens);
            config.runtime.minibatches = Minibatches::Fixed(1);
            energy(&config).total_fj()
        };
        let totals = [100, 400, 1600].map(of);
        assert!(totals.is_sorted_by(|a, b| a < b), "{method}: {totals:?}");
    }
}

#[test]
fn without_numbers_there_is_no_energy() {
    let plain = with("gpt-oss-120b", 1, 4, Method::Sieve);
    let known = |edit: &dyn Fn(&mut Config)| {
        let mut config = plain.clone();
        edit(&mut config);
        results(&config).points.remove(0).energy.is_some()
    };
    assert!(known(&|_| {}));
    assert!(!known(&|config| config.system.gpu.energy = None));
    assert!(!known(&|config| config.system.pim.energy = None));
    assert!(!known(&|config| config.system.link.pj_per_bit = None));
    // A single GPU has no links.
    assert!(known(&|config| (config.system.link.pj_per_bit, config.run.gpus) = (None, 1)));
}

#[test]
fn more_than_the_gpu_may_draw_is_a_warning() {
    let mut config = with("qwen3-30b-a3b", 1, 4, Method::GpuOnly);
    assert_eq!(results(&config).warnings, Vec::<String>::new());
    config.system.gpu.energy.as_mut().unwrap().limit_w = 200.0;
    let warnings = results(&config).warnings;
    assert!(
        warnings[0].contains("gpu-only draws") && warnings[0].contains("200 W"),
        "{warnings:?}"
    );
}

proptest! {
    #[test]
    fn a_longer_cache_never_draws_less(tokens in 1_u32..2000, more in 1_u32..200) {
        let device = Device::new(&DeviceSpec::preset("sieve-hbm3e").unwrap()).unwrap();
        let calm = without_refresh(&device).unwrap();
        let mut prices = JobPrices::new(&calm);
        let heads = Heads { queries_per_kv: 8, kv: 4, key_dim: 128, value_dim: 128 };
        let mut of = |kv: &[u32]| prices.attention(heads, kv, 128);
        let (short, long) = (of(&[tokens]), of(&[tokens + more]));
        prop_assert!(short.iter().zip(&long).all(|(a, b)| a <= b), "{:?} {:?}", short, long);
        // Requests add.
        let both = of(&[tokens, tokens + more]);
        let sum: Vec<u128> = short.iter().zip(&long).map(|(a, b)| a + b).collect();
        prop_assert_eq!(both.to_vec(), sum);
    }
}
