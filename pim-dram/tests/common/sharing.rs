//! Channels that units and host share, at random.

use std::num::NonZeroU32;

use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::sequencer::Arbitration;
use pim_dram::spec::ColumnPath;
use proptest::prelude::*;

pub(crate) fn any_arbitration() -> impl Strategy<Value = Arbitration> {
    prop_oneof![
        Just(Arbitration::PimFirst),
        Just(Arbitration::HostFirst),
        (1_u32..40).prop_filter_map("above 0", NonZeroU32::new).prop_map(Arbitration::Batched)
    ]
}

/// A device with one row buffer, or with two and one column path or two. `None` if it would do nothing but refresh.
pub(crate) fn shared_device(mut spec: DeviceSpec, single: bool, shared: bool) -> Option<Device> {
    if single {
        spec.family = "single-row-pim".to_owned();
    }
    if let Some(pim) = &mut spec.pim {
        pim.column_path = if shared || single { ColumnPath::Shared } else { ColumnPath::Separate };
    }
    Device::of_family(&spec, &super::families::family(&spec)).ok()
}
