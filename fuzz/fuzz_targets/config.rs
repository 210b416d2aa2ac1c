//! All other RON files, and the `config.json` that becomes one: models, GPUs, links, their laws, routing, prompts, systems,
//! sweeps and figures, as the commands read and check them.

#![no_main]

use std::path::Path;

use fuzz::{in_file, round_trips, titled, told, told_of};
use gpu_model::{Calibrated, CalibratedSpec, GpuSpec, Roofline};
use libfuzzer_sys::fuzz_target;
use noc::measured::Collectives;
use noc::{IdealLink, LawSpec, LinkSpec, MoeExchange};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sieve_sched::config::{Config, GpuLaw, Routing, System, SystemSpec, load};
use sieve_sched::figure;
use sieve_sched::sweep::{Plan, Sweep};
use workloads::model::import;
use workloads::prefill::PrefillSpec;
use workloads::{GeneratorSpec, ModelSpec};

/// Rows of a sweep that are resolved here.
const ROWS: usize = 32;

fuzz_target!(|input: &[u8]| {
    let Some((kind, text)) = titled(input) else { return };
    let extension = if kind == "import" { ".json" } else { ".ron" };
    in_file(extension, text.as_bytes(), |path| read(kind, text, path));
});

fn read(kind: &str, text: &str, path: &Path) {
    let origin = path.display().to_string();
    let mut config = Config::of("b200-hbm-pim", "qwen3-30b-a3b").expect("presets");
    match kind {
        "model" => {
            let Some(model) = file::<ModelSpec>(path) else { return };
            config.model = model;
        }
        "import" => {
            let Some(model) = told_of(path, import::import(text, &origin, None)) else { return };
            round_trips(&model);
            config.model = model;
        }
        "gpu" => {
            let Some(gpu) = file::<GpuSpec>(path) else { return };
            told(Roofline::new(&gpu));
            config.system.gpu = gpu;
        }
        "gpu law" => {
            let Some(law) = file::<CalibratedSpec>(path) else { return };
            told(Calibrated::new(&law, &config.system.gpu, "bf16"));
            config.system.gpu_law = GpuLaw::Calibrated(Box::new(law));
        }
        "link" => {
            let Some(link) = file::<LinkSpec>(path) else { return };
            told(IdealLink::new(&link));
            config.system.link = link;
        }
        "collectives" => {
            let Some(collectives) = file::<Collectives>(path) else { return };
            told(collectives.check());
            config.run.gpus = 8;
            config.system.link_law =
                LawSpec::Measured { collectives, moe_exchange: MoeExchange::Nccl };
        }
        "routing" => {
            let Some(law) = file::<GeneratorSpec>(path) else { return };
            config.run.routing = Routing::Synthetic(law);
        }
        "prompts" => {
            let Some(prompts) = file::<PrefillSpec>(path) else { return };
            config.run.prefill = Some(prompts);
        }
        "system" => {
            if file::<SystemSpec>(path).is_some() {
                told(System::load(&origin));
            }
            return;
        }
        "sweep" => return sweep(path),
        "figure" => {
            if let Some(figure) = told_of(path, figure::Spec::load(&origin)) {
                round_trips(&figure);
                let _points = figure.points();
            }
            return;
        }
        _ => return,
    }
    if told(config.check()).is_some() {
        round_trips(&config);
        usable(&config);
    }
}

fn file<T: Serialize + DeserializeOwned + std::fmt::Debug>(path: &Path) -> Option<T> {
    let value = told_of(path, load("file", &path.display().to_string(), &[]))?;
    round_trips(&value);
    Some(value)
}

/// What a checked configuration promises: laws that give times, and sizes that fit their types.
fn usable(config: &Config) {
    let model = &config.model;
    let _sizes = (model.parameter_bytes(), model.active_params(), model.layer_groups().len());
    for group in model.layer_groups() {
        let _attention = (
            model.kv_bytes_per_token(group.attention),
            model.state_bytes_per_request(group.attention),
        );
    }
    config.gpu_law().expect("a law of kernels");
    let links = config.link_law().expect("a law of links");
    let gpus = config.run.gpus as usize;
    for bytes in [0, 1, 1 << 30] {
        let _times = (links.all_gather(&vec![bytes; gpus]), links.all_reduce(bytes));
    }
    let _mean = config.run.kv_tokens.mean();
}

fn sweep(path: &Path) {
    let Some((sweep, _)) = told_of(path, Sweep::load(&path.display().to_string())) else { return };
    let lengths =
        sweep.axes.iter().map(|axis| axis.0.first().map_or(1, |(_, values)| values.len()));
    if lengths.product::<usize>() <= ROWS {
        told(Plan::new(&sweep));
    }
}
