//! `--set path=value`, an assignment a line: what is set can be written, read and set again.

#![no_main]

use std::sync::LazyLock;

use fuzz::{round_trips, titled, told};
use libfuzzer_sys::fuzz_target;
use pim_dram::{Device, DeviceSpec};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sieve_sched::config::{Assignment, Config, apply, combinations, load_device, settle};

static CONFIG: LazyLock<Config> =
    LazyLock::new(|| Config::of("b200-hbm-pim", "qwen3-30b-a3b").expect("presets"));
static DEVICE: LazyLock<DeviceSpec> =
    LazyLock::new(|| load_device("sieve-hbm3e").expect("a preset"));

/// Combinations of a list that are tried here.
const POINTS: usize = 4;

fuzz_target!(|input: &[u8]| {
    let Some((kind, text)) = titled(input) else { return };
    let set: Option<Vec<Assignment>> = text.lines().map(|line| told(line.parse())).collect();
    let Some(set) = set else { return };
    match kind {
        "config" => {
            if let Some(config) = assigned(&*CONFIG, &set) {
                told(config.check());
            }
        }
        "device" => {
            for point in told(combinations(&set)).unwrap_or_default().iter().take(POINTS) {
                if let Some(device) = assigned(&*DEVICE, point) {
                    told(Device::new(&device));
                }
            }
        }
        _ => {}
    }
});

/// With the assignments made; they come to the same with their whole paths.
fn assigned<T>(config: &T, set: &[Assignment]) -> Option<T>
where
    T: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug,
{
    let changed = told(apply(config, set))?;
    round_trips(&changed);
    let settled = told(settle(config, set.to_vec()))?;
    if settled.len() == set.len() {
        let again = apply(config, &settled).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(ron::to_string(&again), ron::to_string(&changed));
    }
    Some(changed)
}
