//! Peak rates of a device, from its own numbers.

use crate::device::{Device, ticks};
use crate::time::{Femtos, Ticks};

/// Peak rates of one pseudo-channel and of the whole memory system, in bytes or operations per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks {
    /// Of the data bus of one pseudo-channel: a burst every tCCD_S.
    pub external_bytes_per_s_per_pseudo_channel: f64,
    /// Of all data buses.
    pub external_bytes_per_s: f64,
    /// Of the banks to their PIM units: a burst a unit every tCCD_L.
    pub internal_bytes_per_s: f64,
    /// Of all PIM units, a multiply and an add per element.
    pub pim_ops_per_s: f64,
}

impl Peaks {
    /// The peaks of a device; zero where it lacks the parameter.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let (spec, g) = (&device.spec, &device.spec.geometry);
        let per_s = |name: &str| {
            let delay = spec.timing.get(name).map(|&delay| ticks(spec.clock, delay));
            delay.filter(|d| d.0 > 0).map_or(0.0, |d| {
                f64::from(g.burst_bytes) * 1e15 / spec.clock.femtos(d).as_ticks() as f64
            })
        };
        let pseudo_channels = f64::from(g.total_pseudo_channels());
        let banks = pseudo_channels * f64::from(g.banks_per_pseudo_channel());
        let units = banks / f64::from(spec.pim.banks_per_unit);
        let internal = units * per_s("tCCD_L");
        Self {
            external_bytes_per_s_per_pseudo_channel: per_s("tCCD_S"),
            external_bytes_per_s: pseudo_channels * per_s("tCCD_S"),
            internal_bytes_per_s: internal,
            pim_ops_per_s: 2.0 * internal / f64::from(spec.pim.element_bytes),
        }
    }
}

/// Roofline time of streaming `bytes` of weights through the PIM units of so many lanes: bytes over their internal
/// bandwidth, which is also operations over their peak.
#[must_use]
pub fn roofline(device: &Device, bytes: u64, lanes: u32) -> Femtos {
    let (spec, g) = (&device.spec, &device.spec.geometry);
    let cadence = spec.timing.get("tCCD_L").map_or(Ticks(0), |&delay| ticks(spec.clock, delay));
    let period = u128::from(spec.clock.femtos(cadence).as_ticks());
    let rate = u128::from(lanes) * u128::from(device.banks_per_lane()) * u128::from(g.burst_bytes);
    let shared = u128::from(spec.pim.banks_per_unit);
    let fs = (u128::from(bytes) * period * shared).div_ceil(rate.max(1));
    Femtos::from_ticks(u64::try_from(fs).unwrap_or(u64::MAX))
}
