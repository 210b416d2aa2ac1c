//! The shipped devices as random ones: every delay moved a little.

use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::spec::{DERIVED, Delay, PRESETS, Refresh};
use pim_dram::{Device, DeviceSpec};
use proptest::prelude::*;

use super::any_order;

/// Every shipped device, whole or derived.
pub(crate) fn all() -> impl Iterator<Item = DeviceSpec> {
    let names = PRESETS.iter().chain(DERIVED).map(|(name, _)| *name);
    names.map(|name| DeviceSpec::preset(name).expect("a shipped preset"))
}

/// Those with PIM units.
pub(crate) fn shipped() -> impl Iterator<Item = DeviceSpec> {
    all().filter(|spec| spec.pim.is_some())
}

/// A shipped device with units, each delay up to a quarter shorter or longer, refreshed often enough for short jobs to see it, or not at
/// all.
pub(crate) fn any_shipped() -> impl Strategy<Value = DeviceSpec> {
    let refresh = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Refresh::None)),
        1 => Just(Some(Refresh::AllBank)),
        1 => Just(Some(Refresh::PerBank)),
        1 => Just(Some(Refresh::SameBank)),
    ];
    let shipped: Vec<_> = shipped().collect();
    let percent = proptest::collection::vec(75_u64..=125, 40);
    (prop::sample::select(shipped), percent, refresh, prop_oneof![Just(1_u64), 2_u64..=6])
        .prop_map(|(mut spec, percent, refresh, often)| {
            let own = spec.deviations.iter_mut().map(|deviation| &mut deviation.timing);
            let all = own.chain([&mut spec.timing]).flat_map(|timing| timing.iter_mut());
            for ((name, delay), percent) in all.zip(percent.iter().cycle()) {
                let divisor = if name == "tREFI" { 100 * often } else { 100 };
                let moved = |value: u64| (value * percent).div_ceil(divisor);
                *delay = match *delay {
                    Delay::Ck(clocks) => Delay::Ck(moved(clocks)),
                    Delay::Ns(ns) => Delay::Ps(moved(1000 * ns)),
                    Delay::Ps(ps) => Delay::Ps(moved(ps)),
                };
            }
            spec.refresh = refresh.unwrap_or(spec.refresh);
            spec
        })
        // A family may lack the scheme, a sum of delays be negative, and refresh leave no time for work.
        .prop_filter("no valid device", |spec| Device::new(spec).is_ok())
}

/// Jobs of all orders, of several rows and vector buffers.
pub(crate) fn any_job() -> impl Strategy<Value = Job> {
    (1_u32..=12, 1_u32..=72, 1_u32..=4, any_order()).prop_map(
        |(outputs, columns, vectors, order)| {
            // With rows kept open an output fits in one vector buffer, the shortest of which has 8 bursts.
            let columns = if order == Order::RowOpen { columns.div_ceil(9) } else { columns };
            Job { tile: Tile { outputs, columns, order }, vectors }
        },
    )
}
