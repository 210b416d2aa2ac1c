//! Peak rates of a device, from its own numbers.

use crate::device::Device;
use crate::dram::Dram;
use crate::rules::Rule;
use crate::time::{Femtos, Ticks};

/// Peak rates of one pseudo-channel and of the whole memory system, in bytes or operations per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks {
    /// Of the data bus of one pseudo-channel: a burst every tCCD_S, or nBL if that is longer.
    pub external_bytes_per_s_per_pseudo_channel: f64,
    /// Of all data buses.
    pub external_bytes_per_s: f64,
    /// Of the banks to their PIM units: a burst a unit at each multiply-accumulate.
    pub internal_bytes_per_s: f64,
    /// Of all PIM units, a multiply and an add per element.
    pub pim_ops_per_s: f64,
}

impl Peaks {
    /// The peaks of a device; zero where it lacks the parameter.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let g = &device.spec.geometry;
        let units = f64::from(device.pim.units(g));
        let internal = units * bursts_per_s(device, cadence(device));
        Self {
            internal_bytes_per_s: internal,
            pim_ops_per_s: 2.0 * internal / f64::from(device.pim.element_bytes),
            ..Self::external(device)
        }
    }

    /// Those of the data buses alone; zero for PIM units.
    #[must_use]
    pub fn external(dram: &Dram) -> Self {
        let external = bursts_per_s(dram, burst_interval(dram));
        let pseudo_channels = f64::from(dram.spec.geometry.total_pseudo_channels());
        Self {
            external_bytes_per_s_per_pseudo_channel: external,
            external_bytes_per_s: pseudo_channels * external,
            internal_bytes_per_s: 0.0,
            pim_ops_per_s: 0.0,
        }
    }
}

/// Least distance between two bursts on a data bus: tCCD_S, or nBL if that is longer; zero where the device lacks both.
#[must_use]
pub fn burst_interval(dram: &Dram) -> Ticks {
    let delays = ["tCCD_S", "nBL"].iter().filter_map(|name| dram.spec.timing.get(*name));
    delays.map(|&delay| dram.ticks(delay)).max().unwrap_or_default()
}

/// Bytes per second of a burst in so many ticks.
fn bursts_per_s(dram: &Dram, distance: Ticks) -> f64 {
    match dram.clock.femtos(distance).as_ticks() {
        0 => 0.0,
        femtos => f64::from(dram.spec.geometry.burst_bytes) * 1e15 / femtos as f64,
    }
}

/// Least distance between two multiply-accumulates of a unit, those of the other units of its lane having gone between them.
fn cadence(device: &Device) -> Ticks {
    let mac = device.roles.mac;
    let paces = |rule: &&Rule| rule.after.contains(&mac) && rule.before.contains(&mac);
    let round = |rule: &Rule| Ticks(rule.wait.0 * u64::from(device.macs_within(rule.scope)));
    device.rules.iter().filter(paces).map(round).max().unwrap_or_default()
}

/// Roofline time of streaming `bytes` of weights through the PIM units of so many lanes: bytes over their internal
/// bandwidth, which is also operations over their peak.
#[must_use]
pub fn roofline(device: &Device, bytes: u64, lanes: u32) -> Femtos {
    let (spec, g) = (&device.spec, &device.spec.geometry);
    let period = u128::from(spec.clock.femtos(cadence(device)).as_ticks());
    let rate = u128::from(lanes) * u128::from(device.banks_per_lane()) * u128::from(g.burst_bytes);
    let shared = u128::from(device.pim.banks_per_unit);
    let fs = (u128::from(bytes) * period * shared).div_ceil(rate.max(1));
    Femtos::from_ticks(u64::try_from(fs).unwrap_or(u64::MAX))
}
