//! Whole replays: every (token, expert) pair is computed once, results repeat, methods differ where they should.

use pim_dram::DeviceSpec;
use pim_dram::sequencer::Arbitration;
use pim_dram::spec::{ColumnPath, PimSpec, Refresh};
use sieve_sched::config::{Config, ExpertChannels, Minibatches, apply};
use sieve_sched::cost_table::TableError;
use sieve_sched::method::Method;
use sieve_sched::report::{LayerGroupRow, Summary};

use workloads::PlacementSpec;

use crate::common::replay::{config, results};

#[test]
fn a_law_of_routing_with_other_numbers_is_not_called_as_the_preset() {
    let mut config = config("qwen3-30b-a3b", 1, &[1]);
    config.run.methods = vec![Method::GpuOnly];
    let named = |config: &Config| Summary::new(&[results(config)]).models[0].routing.clone();
    assert_eq!(named(&config), "qwen3");
    let change = "popularity=dirichlet(shape: 0.5)".parse().unwrap();
    assert_eq!(named(&apply(&config, &[change]).unwrap()), "qwen3, changed");
}

#[test]
fn every_pair_is_computed_exactly_once() {
    // Odd batches, several GPUs, shared experts, sliding windows, layers without experts.
    for (model, layers, batch) in [
        ("qwen3-30b-a3b", 2, 5),
        ("gpt-oss-120b", 2, 7),
        ("qwen3.5-397b-a17b", 4, 9),
        ("deepseek-v2-lite", 3, 5),
        ("llama-4-maverick", 4, 7),
    ] {
        let mut config = config(model, layers, &[batch]);
        assert_pairs(&config, batch);
        // Replicas share the tokens of their expert.
        config.run.placement = PlacementSpec::Balanced(u32::from(config.run.gpus > 1));
        assert_pairs(&config, batch);
    }
}

#[track_caller]
fn assert_pairs(config: &Config, batch: u32) {
    let shared = config.model.shared.map_or(0, |shared| shared.count);
    let visited = u64::from(config.model.experts.top_k + shared);
    for point in results(config).points {
        let pairs: u64 = point.placed.iter().map(|p| p.pairs).sum();
        let expected = u64::from(batch) * visited * u64::from(config.model.moe_layers()) * 2;
        assert_eq!(pairs, expected, "{} {}", config.model.name, point.method);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let config = config("qwen3-30b-a3b", 3, &[1, 6, 32]);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let results = pool.install(|| results(&config));
        (Summary::new(std::slice::from_ref(&results)), LayerGroupRow::of(&results))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn placements_are_those_of_the_methods() {
    let results = results(&config("qwen3-30b-a3b", 3, &[32]));
    let on_pim = |method| {
        let point = results.points.iter().find(|p| p.method == method).unwrap();
        point.placed.iter().map(|p| p.experts_on_pim as f64 / p.experts as f64).sum::<f64>()
    };
    assert_eq!(
        (on_pim(Method::GpuOnly), on_pim(Method::Noexp), on_pim(Method::Allexp)),
        (0.0, 0.0, 1.0)
    );
    assert!((0.2..0.9).contains(&on_pim(Method::Sieve)));
}

#[test]
fn experts_on_channels_of_their_own_load_them_unevenly() {
    let mut config = config("gpt-oss-120b", 2, &[64]);
    config.runtime.minibatches = Minibatches::Fixed(1);
    let summary = Summary::new(&[results(&config)]);
    let variation = |method| {
        let points = &summary.models[0].points;
        points.iter().find(|p| p.method == method).unwrap().pim.expert_time_variation
    };
    assert!(variation("pimoe") > 0.3, "{}", variation("pimoe"));
    // Sums of floats.
    assert!(variation("sieve") < 1e-9, "{}", variation("sieve"));
}

#[test]
fn channels_of_an_expert_are_those_asked_for() {
    let with = |model, channels| {
        let mut config = config(model, 2, &[8]);
        config.run.methods = vec![Method::Pimoe];
        config.runtime.pimoe_channels_per_expert = channels;
        config
    };
    let points = |model, channels| results(&with(model, channels)).points;
    // By default 256 pseudo-channels over 128 experts, or over the 32 of each of four GPUs.
    for (model, default) in [("qwen3-30b-a3b", 2), ("gpt-oss-120b", 8)] {
        let auto = points(model, ExpertChannels::Auto);
        assert_eq!(auto, points(model, ExpertChannels::Fixed(default)), "{model}");
    }
    // Two pseudo-channels are a channel; those of an expert do alike, and others not.
    for n in [2, 16, 256] {
        let busy = points("qwen3-30b-a3b", ExpertChannels::Fixed(n)).swap_remove(0).channel_busy;
        let alike = |channels: &[_]| channels.iter().all(|busy| *busy == channels[0]);
        assert!(busy.chunks(n as usize / 2).all(alike) && (alike(&busy) == (n == 256)), "{n}");
    }
    for odd in [0, 1, 3, 12, 512] {
        let config = with("qwen3-30b-a3b", ExpertChannels::Fixed(odd));
        let error = sieve_sched::run::run(&config, &|| {}).unwrap_err().to_string();
        assert!(
            error.contains(&format!("pimoe_channels_per_expert: {odd}; 128 command")),
            "{error}"
        );
        assert!(error.ends_with("groups of 2, 4, 8, 16, 32, 64, 128, 256"), "{error}");
    }
}

#[test]
fn gpus_wait_for_each_other_within_a_step() {
    let wait = |model, batch| {
        let config = config(model, 2, &[batch]);
        results(&config).points.into_iter().map(|point| {
            let most = point.time * u32::try_from(point.minibatches).unwrap();
            (point.slowest_gpu_wait, most)
        })
    };
    assert!(wait("qwen3-30b-a3b", 8).all(|(waited, _)| waited.as_ticks() == 0));
    assert!(wait("gpt-oss-120b", 16).all(|(waited, most)| waited.as_ticks() > 0 && waited < most));
}

#[test]
fn a_model_that_does_not_fit_is_a_warning() {
    let mut config = config("qwen3.5-397b-a17b", 60, &[1]);
    config.run.methods = vec![Method::Noexp];
    config.run.steps = 1;
    let warnings = results(&config).warnings;
    assert!(
        warnings.len() == 1 && warnings[0].contains("do not fit 103.1 GB of HBM-PIM"),
        "{warnings:?}"
    );
}

/// Busy time of HBM and of PIM at a batch of 16, as a method makes it.
fn busy(method: Method, edit: &dyn Fn(&mut Config)) -> [f64; 2] {
    let mut config = config("qwen3-30b-a3b", 2, &[16]);
    config.run.methods = vec![method];
    edit(&mut config);
    let summary = Summary::new(&[results(&config)]);
    let busy = &summary.models[0].points[0].busy_us_per_step;
    [busy["hbm"], busy["pim"]]
}

#[test]
fn reads_take_what_the_channels_take() {
    let of = |refresh| busy(Method::GpuOnly, &|config| config.system.pim.refresh = refresh)[0];
    let (free, refreshed) = (of(Refresh::None), of(Refresh::AllBank));
    // 400 of every 3,900 ns, and the rows closed before and opened after.
    assert!((1.0 / (1.0 - 400.0 / 3900.0)..1.14).contains(&(refreshed / free)));
    // All of two layers' experts with tokens, 9.4 MB each, and the rest, at 32 B a ns from each of 256 pseudo-channels.
    let config = config("qwen3-30b-a3b", 2, &[16]);
    let results = results(&config);
    let experts: u64 = results.points[0].placed.iter().map(|placed| placed.experts).sum();
    let weights = 3 * 2048 * 768 * 2;
    let head = 2048 * 151_936 * 2;
    let least = (experts / 2 * weights + head) as f64 / (256.0 * 32.0) / 1e3;
    assert!((1.0..1.25).contains(&(free / least)), "{free} {least}");
}

#[test]
fn reads_and_pim_slow_each_other_as_the_memory_says() {
    let plain = busy(Method::Sieve, &|_| {});
    let host_first =
        busy(Method::Sieve, &|config| config.runtime.arbitration = Arbitration::HostFirst);
    assert!(host_first[0] < plain[0] && host_first[1] > plain[1], "{plain:?} {host_first:?}");
    let shared = busy(Method::Sieve, &|config| {
        units(&mut config.system.pim).column_path = ColumnPath::Shared;
    });
    assert!(shared[0] > plain[0], "{plain:?} {shared:?}");
    // One mini-batch on PIM alone, the other one's reads gone: nothing to wait for.
    let alone = busy(Method::Allexp, &|config| config.runtime.minibatches = Minibatches::Fixed(1));
    let other = busy(Method::Allexp, &|config| {
        config.runtime.minibatches = Minibatches::Fixed(1);
        config.runtime.arbitration = Arbitration::HostFirst;
    });
    assert_eq!(alone, other);
}

#[test]
fn a_gpu_whose_bandwidth_is_not_that_of_its_memory_is_a_warning() {
    let mut config = config("qwen3-30b-a3b", 1, &[1]);
    config.run.methods = vec![Method::GpuOnly];
    assert_eq!(results(&config).warnings, Vec::<String>::new());
    config.system.gpu.hbm_bytes_per_s /= 2;
    let warnings = results(&config).warnings;
    assert!(warnings[0].contains("4.00 TB/s") && warnings[0].contains("8.19 TB/s"), "{warnings:?}");
}

fn units(device: &mut DeviceSpec) -> &mut PimSpec {
    device.pim.as_mut().expect("PIM units")
}

/// A change to a device.
type Edit = Box<dyn Fn(&mut DeviceSpec)>;

#[test]
fn every_knob_of_the_device_moves_the_result() {
    let base = config("qwen3-30b-a3b", 2, &[32]);
    let time = |edit: &dyn Fn(&mut DeviceSpec)| {
        let mut config = base.clone();
        config.run.methods = vec![Method::Allexp];
        edit(&mut config.system.pim);
        results(&config).points[0].time
    };
    let plain = time(&|_| {});
    let mut knobs: Vec<(&str, Edit)> = vec![
        ("banks", Box::new(|d| d.geometry.banks = 16)),
        ("vector_buffers", Box::new(|d| units(d).vector_buffers = 2)),
        ("accumulators", Box::new(|d| units(d).accumulators = 2)),
        ("result_bytes", Box::new(|d| units(d).result_bytes = 2)),
        ("activation", Box::new(|d| units(d).activation = pim_dram::spec::Activation::AllBank)),
        ("refresh", Box::new(|d| d.refresh = pim_dram::spec::Refresh::None)),
    ];
    // Long enough to bind: a row is open longer than a short tRAS, and a write followed by more than a short tWTR.
    let delays = [
        ("tRCD", 40),
        ("tRP", 40),
        ("tRAS", 300),
        ("tCCD_S", 40),
        ("tCCD_L", 40),
        ("tFAW", 40),
        ("tRFC", 40),
        ("tREFI", 5000),
        ("tCL", 300),
        ("tCWL", 40),
        ("tRTP", 40),
        ("tRTW", 40),
        ("tWTR_S", 300),
        ("tTREE", 40),
        ("nBL", 40),
    ];
    for (name, ck) in delays {
        let delay = pim_dram::spec::Delay::Ck(ck);
        knobs.push((
            name,
            Box::new(move |d| {
                d.timing.insert(name.into(), delay);
            }),
        ));
    }
    for (name, edit) in &knobs {
        assert_ne!(time(&**edit), plain, "{name}");
    }
}

#[test]
fn the_cost_table_foretells_what_experts_take_after_one_step() {
    let mut config = config("qwen3-30b-a3b", 4, &[32]);
    config.run.methods = vec![Method::Noexp, Method::Sieve];
    let [noexp, sieve] = results(&config).points.try_into().unwrap();
    assert_eq!(noexp.table_error, [TableError::default(); 3]);
    let [cold, warm, last] = sieve.table_error.try_into().unwrap();
    assert!(cold.experts > 0 && cold.unseen == cold.experts && warm.unseen < warm.experts / 10);
    // The roofline is too short by 1.8 to 4.2 times.
    assert!((-0.77..-0.44).contains(&cold.of_sum), "{cold:?}");
    for error in [warm, last] {
        assert!(error.of_sum.abs() < 0.02 && error.of_counts < 0.08, "{error:?}");
        // One expert meets a refresh, the next does not.
        assert!(error.mean > error.of_counts && error.max > error.mean, "{error:?}");
    }
}
