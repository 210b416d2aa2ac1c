//! Random devices and jobs for the property tests.

pub(crate) mod families;
pub(crate) mod plain;
pub(crate) mod presets;
pub(crate) mod sharing;

use pim_dram::device::DeviceError;
use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::spec::{Activation, ColumnPath, Delay, PimSpec, Refresh};
use pim_dram::{Device, DeviceSpec, Dram};
use proptest::prelude::*;
use std::num::NonZeroU32;

/// So many cases, of which few devices are assumed away; many more than that would be a generator that is wrong.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig { max_global_rejects: 4 * count, ..ProptestConfig::with_cases(count) }
}

pub(crate) fn preset() -> DeviceSpec {
    DeviceSpec::preset("sieve-hbm3e").expect("shipped preset")
}

/// The PIM units of a device that has some.
pub(crate) fn units(spec: &mut DeviceSpec) -> &mut PimSpec {
    spec.pim.as_mut().expect("PIM units")
}

/// As they are.
pub(crate) fn pim(spec: &DeviceSpec) -> PimSpec {
    spec.pim.expect("PIM units")
}

/// A device of a shipped family, or of one that the random devices have.
pub(crate) fn resolve(spec: &DeviceSpec) -> Result<Device, DeviceError> {
    Device::of_family(spec, &families::family(spec))
}

/// The same without what only units need.
pub(crate) fn dram(spec: &DeviceSpec) -> Dram {
    Dram::of_family(spec, &families::family(spec)).expect("valid device")
}

pub(crate) fn device(spec: &DeviceSpec) -> Device {
    resolve(spec).expect("valid device")
}

/// Devices around the preset: any small geometry, buffers, policy, refresh, edges and bus times, every delay moved.
pub(crate) fn any_device() -> impl Strategy<Value = DeviceSpec> {
    let geometry = (1_u32..=3, 1_u32..=2, 1_u32..=4, 1_u32..=6, 2_u32..=6);
    let pim = (1_u32..=8, 1_u32..=2, 1_u32..=3, 1_u32..=8);
    let policy = prop_oneof![
        Just(Activation::PerBank),
        (1_u32..=4).prop_map(Activation::Ganged),
        Just(Activation::AllBank)
    ];
    let refresh = prop_oneof![
        Just(Refresh::None),
        Just(Refresh::AllBank),
        Just(Refresh::PerBank),
        Just(Refresh::SameBank)
    ];
    let delays = (proptest::collection::vec(1_u64..=60, 24), 400_u64..=2000, 1_u64..=2);
    (geometry, pim, policy, refresh, delays, families::any_changes())
        .prop_map(
            |(
                (lanes, ranks, groups, per_group, columns),
                (buffer, buffers, accumulators, result),
                activation,
                refresh,
                (delays, interval, edges),
                changes,
            )| {
                let mut spec = preset();
                spec.clock.ticks_per_clock = edges;
                spec.family = changes.name(&spec.family, edges);
                let g = &mut spec.geometry;
                (g.pseudo_channels, g.ranks, g.bank_groups) = (lanes, ranks, groups);
                (g.banks, g.row_bytes, g.rows) = (groups * per_group, columns * 32, 64);
                let banks = g.banks;
                let pim = units(&mut spec);
                pim.vector_buffer_bytes = buffer * 32;
                (pim.vector_buffers, pim.accumulators) = (buffers, accumulators);
                pim.result_bytes = result;
                pim.activation = match activation {
                    Activation::Ganged(gang) => Activation::Ganged(gang.min(banks)),
                    other => other,
                };
                pim.column_path = ColumnPath::Separate;
                spec.refresh = refresh;
                for (delay, ck) in spec.timing.values_mut().zip(delays) {
                    *delay = Delay::Ck(ck);
                }
                spec.timing.insert("tREFI".into(), Delay::Ck(interval));
                spec
            },
        )
        .prop_filter("refresh leaves no time for work", |spec| resolve(spec).is_ok())
}

/// The same, multiply-accumulates reaching a part of a lane.
pub(crate) fn any_split_device() -> impl Strategy<Value = DeviceSpec> {
    let reach = prop::sample::select(&["rank", "bank_group", "gang", "same_bank", "bank"][..]);
    (any_device(), reach)
        .prop_map(|(mut spec, reach)| {
            let text = format!(
                "(name: \"split\", says: \"by turns\", commands: {{\"MAC\": (reach: Some({reach}))}})"
            );
            spec.deviations.push(ron::from_str(&text).expect("a deviation"));
            spec
        })
        .prop_filter("refresh leaves no time for work", |spec| resolve(spec).is_ok())
}

/// Every shipped device as it is.
pub(crate) fn any_preset() -> impl Strategy<Value = DeviceSpec> {
    proptest::sample::select(presets::all().collect::<Vec<_>>())
}

/// Every loop order.
pub(crate) fn any_order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::NoReuse),
        (1_u32..=3).prop_filter_map("above 0", NonZeroU32::new).prop_map(Order::ReuseBuffer),
        Just(Order::OutputStationary),
        Just(Order::RowOpen),
    ]
}

/// Small jobs of all orders.
pub(crate) fn any_job() -> impl Strategy<Value = Job> {
    (1_u32..=4, 1_u32..=5, 1_u32..=4, any_order()).prop_map(|(outputs, columns, vectors, order)| {
        // With rows kept open an output fits in one row of at least two columns.
        let columns = if order == Order::RowOpen { columns.min(2) } else { columns };
        Job { tile: Tile { outputs, columns, order }, vectors }
    })
}
