//! What a user should know before trusting the numbers.

use pim_dram::device::Device;
use pim_dram::peaks::Peaks;

use crate::config::{Config, GpuLaw};
use crate::replay::point::Point;

/// How far a GPU's bandwidth may be from that of its memory before it is worth a warning; a data sheet rounds.
const MOST_APART: f64 = 0.05;

/// All that is to be said of a configuration and its points.
pub(super) fn of(config: &Config, device: &Device, points: &[Point]) -> Vec<String> {
    [capacity(config, device), bandwidth(config, device), law(config), power(config, points)]
        .concat()
}

/// The GPU's bandwidth is what placement expects, the channels are what replays read from.
fn bandwidth(config: &Config, device: &Device) -> Vec<String> {
    let [expected, peak] =
        [config.system.gpu.hbm_bytes_per_s as f64, Peaks::external(device).external_bytes_per_s]
            .map(|b| b / 1e12);
    let off = (expected / peak - 1.0).abs() > MOST_APART;
    off.then(|| {
        format!(
            "GPU `{}` has {expected:.2} TB/s, the channels of `{}` carry {peak:.2} TB/s at peak; placement expects the one, reads take the other",
            config.system.gpu.name, device.spec.name
        )
    })
    .into_iter()
    .collect()
}

/// A measured law that was not measured on this GPU, or not for all kinds of kernels.
fn law(config: &Config) -> Vec<String> {
    let (gpu, GpuLaw::Calibrated(law)) = (&config.system.gpu, &config.system.gpu_law) else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if law.gpu != gpu.name {
        warnings.push(format!(
            "GPU law `{}` was measured on `{}`, the system has `{}`",
            law.name, law.gpu, gpu.name
        ));
    }
    let missing = law.missing();
    if !missing.is_empty() {
        warnings.push(format!(
            "GPU law `{}` was not measured for {}; these follow the roofline of `{}`, which is faster than any measurement",
            law.name,
            missing.join(", "),
            gpu.name
        ));
    }
    let fastest = law.fastest_bytes_per_s();
    if fastest > gpu.hbm_bytes_per_s {
        warnings.push(format!(
            "GPU law `{}` reads up to {:.2} TB/s, the HBM of `{}` has {:.2} TB/s",
            law.name,
            fastest as f64 / 1e12,
            gpu.name,
            gpu.hbm_bytes_per_s as f64 / 1e12
        ));
    }
    warnings
}

/// Points that no cooling of the GPU is made for.
fn power(config: &Config, points: &[Point]) -> Vec<String> {
    let gpu = &config.system.gpu;
    let over = |point: &Point| {
        let limit = gpu.energy?.limit_w;
        let watts = point.energy.as_ref()?.watts(point.time, point.gpus);
        (watts > limit).then(|| {
            format!(
                "{} at batch {}: {} draws {watts:.0} W a GPU on average, `{}` may draw {limit} W",
                config.model.name, point.batch, point.method, gpu.name
            )
        })
    };
    points.iter().filter_map(over).collect()
}

/// A model that does not fit is simulated all the same: the paper's own Qwen3.5 setup barely does or does not.
fn capacity(config: &Config, device: &Device) -> Vec<String> {
    let model = &config.model;
    let bytes = model.parameter_bytes();
    let replicas = u64::from(config.run.placement.replicas()) * u64::from(model.moe_layers());
    let weights = bytes.routed_experts.div_ceil(u64::from(config.run.gpus))
        + replicas * model.expert_bytes()
        + bytes.other;
    let memories = [
        (true, "HBM-PIM", device.spec.geometry.capacity_bytes()),
        (false, "HBM", config.system.gpu.hbm_capacity_bytes),
    ];
    let gb = |bytes: u64| bytes as f64 / 1e9;
    memories
        .iter()
        .filter(|(pim, _, capacity)| {
            weights > *capacity && config.run.methods.iter().any(|m| m.traits().pim == *pim)
        })
        .map(|(_, name, capacity)| {
            format!(
                "{}: {:.1} GB of weights a GPU do not fit {:.1} GB of {name}; simulated as if they did",
                model.name,
                gb(weights),
                gb(*capacity)
            )
        })
        .collect()
}
