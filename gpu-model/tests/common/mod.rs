//! Shipped presets, for tests.

use gpu_model::calibrate::Known;
use gpu_model::law::calibrated;
use gpu_model::{CalibratedSpec, GpuSpec};
use serde::de::DeserializeOwned;

fn shipped<T: DeserializeOwned>(presets: &[(&str, &str)], name: &str) -> T {
    let (_, text) = presets.iter().find(|(known, _)| *known == name).expect("a preset");
    ron::from_str(text).expect("a preset parses")
}

pub(crate) fn law(name: &str) -> CalibratedSpec {
    shipped(calibrated::PRESETS, name)
}

pub(crate) fn gpu(name: &str) -> GpuSpec {
    shipped(gpu_model::PRESETS, name)
}

/// As `sieve calibrate gpu --gpu` does.
pub(crate) fn known_of(name: &str) -> Known {
    let gpu = gpu(name);
    Known {
        tile: None,
        bytes_per_s: Some(gpu.hbm_bytes_per_s),
        flops_per_s: Some(gpu.peak_flops_per_s),
    }
}
