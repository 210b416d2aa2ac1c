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
    /// What it is.
    pub about: &'static str,
}

macro_rules! columns {
    ($($name:literal: $pointer:literal, $about:literal;)*) => {
        &[$(Column { name: $name, pointer: $pointer, about: $about },)*]
    };
}

/// Columns of every level beside axes and figures: name and what it is.
pub const BESIDE: [(&str, &str); 3] = [
    (
        "status",
        "`done`, `impossible`, `skipped` by a filter, or `missing`. Stands before the figures, all axes before it.",
    ),
    ("reason", "Why a point is impossible or skipped."),
    ("key", "Hash of all that decides the numbers of the point, under which its result is kept."),
];

/// Of a product.
pub const GEMV: &[Column] = columns! {
    "cycles": "/cycles", "Time in clocks of the device's command clock, rounded up.";
    "time_ns": "/time_ns", "From the first command to the last result at the host.";
    "time_over_roofline": "/time_over_roofline", "`time_ns` / time of the useful work at the peak rates.";
    "activation_cycles": "/breakdown/activation", "Clocks for closing and opening rows.";
    "mac_cycles": "/breakdown/mac", "Clocks for multiplying.";
    "refresh_cycles": "/breakdown/refresh", "Clocks for refresh, with the closing and opening of rows that it causes.";
    "result_read_cycles": "/breakdown/result_read", "Clocks for adder tree, result bursts, and the last data on their way.";
    "vector_write_cycles": "/breakdown/vector_write", "Clocks for writing vectors, and accumulators before they are used.";
    "padding_share": "/layout/padding_share", "Share of the multiply-accumulates that is padding.";
    "idle_banks": "/layout/idle_banks", "Banks without work.";
    "energy_pj": "/energy_pj", "Energy of all channels of the product over its time.";
    "pj_per_bit": "/pj_per_bit", "`energy_pj` / bits of the weights used.";
    "average_power_mw": "/average_power_mw", "`energy_pj` / `time_ns`, all channels together.";
    "peak_power_mw": "/peak_power_mw", "Highest power of one command channel over the device's window; empty unless `peak` is set.";
    "capacity_bytes": "/capacity_bytes", "Capacity of the memory system.";
    "capacity_lost_share": "/capacity_lost_share", "Share of the capacity that units take the place of.";
};

/// Of a replay.
pub const REPLAY: &[Column] = columns! {
    "step_time_us": "/point/step_time_us", "Mean time of a decode step.";
    "interactivity_tokens_per_s_per_user": "/point/interactivity_tokens_per_s_per_user", "10⁶ / `step_time_us`.";
    "throughput_tokens_per_s_per_gpu": "/point/throughput_tokens_per_s_per_gpu", "Generated tokens a second and GPU, the first one of each prompt included.";
    "mj_per_token": "/point/energy/mj_per_token", "Energy of all GPUs, HBM and links / generated tokens.";
    "watts_per_gpu": "/point/energy/watts_per_gpu", "Mean power of a GPU with its HBM and its share of links.";
    "experts_on_pim_share": "/point/experts_on_pim_share", "Activated experts placed on PIM / activated experts.";
    "pairs_on_pim_share": "/point/pairs_on_pim_share", "(token, expert) pairs on PIM / all pairs.";
    "gpu_busy_share": "/busy_share/gpu", "Busy time of the GPU / `step_time_us`.";
    "hbm_busy_share": "/busy_share/hbm", "Busy time of the HBM / `step_time_us`.";
    "vector_busy_share": "/busy_share/vector", "Busy time of the small kernels beside the GPU's main stream / `step_time_us`.";
    "pim_busy_share": "/busy_share/pim", "Busy time of the PIM channels / `step_time_us`.";
    "link_busy_share": "/busy_share/link", "Busy time of the links / `step_time_us`.";
    "scheduler_busy_share": "/busy_share/scheduler", "Time of placement decisions / `step_time_us`.";
    "slowest_gpu_wait_us": "/point/slowest_gpu_wait_us_per_step", "Before each collective, the time of the last GPU that is ready less the mean of all; the sum over a step.";
    "capacity_bytes": "/capacity_bytes", "Capacity of the memory system.";
    "capacity_lost_share": "/capacity_lost_share", "Share of the capacity that units take the place of.";
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
