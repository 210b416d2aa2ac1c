//! What is shown of a point, by level.

use serde_json::Value;

use super::level::Level;

/// A column: its name, which ends in its unit, and where its value stands in the result of a point.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// JSON pointer.
    pub pointer: &'static str,
}

macro_rules! columns {
    ($($name:literal: $pointer:literal,)*) => { &[$(Column { name: $name, pointer: $pointer },)*] };
}

/// Of a product.
pub const GEMV: &[Column] = columns! {
    "cycles": "/cycles",
    "time_ns": "/time_ns",
    "time_over_roofline": "/time_over_roofline",
    "activation_cycles": "/breakdown/activation",
    "mac_cycles": "/breakdown/mac",
    "refresh_cycles": "/breakdown/refresh",
    "result_read_cycles": "/breakdown/result_read",
    "vector_write_cycles": "/breakdown/vector_write",
    "padding_share": "/layout/padding_share",
    "idle_banks": "/layout/idle_banks",
    "energy_pj": "/energy_pj",
    "pj_per_bit": "/pj_per_bit",
    "average_power_mw": "/average_power_mw",
    "peak_power_mw": "/peak_power_mw",
    "capacity_bytes": "/capacity_bytes",
    "capacity_lost_share": "/capacity_lost_share",
};

/// Of a replay.
pub const REPLAY: &[Column] = columns! {
    "step_time_us": "/point/step_time_us",
    "interactivity_tokens_per_s_per_user": "/point/interactivity_tokens_per_s_per_user",
    "throughput_tokens_per_s_per_gpu": "/point/throughput_tokens_per_s_per_gpu",
    "mj_per_token": "/point/energy/mj_per_token",
    "watts_per_gpu": "/point/energy/watts_per_gpu",
    "experts_on_pim_share": "/point/experts_on_pim_share",
    "pairs_on_pim_share": "/point/pairs_on_pim_share",
    "gpu_busy_share": "/busy_share/gpu",
    "hbm_busy_share": "/busy_share/hbm",
    "vector_busy_share": "/busy_share/vector",
    "pim_busy_share": "/busy_share/pim",
    "link_busy_share": "/busy_share/link",
    "scheduler_busy_share": "/busy_share/scheduler",
    "slowest_gpu_wait_us": "/point/slowest_gpu_wait_us_per_step",
    "capacity_bytes": "/capacity_bytes",
    "capacity_lost_share": "/capacity_lost_share",
};

impl Column {
    /// Its number in a result; `None` where nothing is known.
    #[must_use]
    pub fn number<'r>(&self, result: &'r Value) -> Option<&'r Value> {
        result.pointer(self.pointer).filter(|value| value.is_number())
    }
}

impl Level {
    pub(super) fn columns(&self) -> &'static [Column] {
        match self {
            Self::Gemv { .. } => GEMV,
            Self::Replay { .. } => REPLAY,
        }
    }
}
