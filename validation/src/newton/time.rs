//! How long a layer takes.

use gpu_model::{Activations, GpuSpec, Roofline, dense_gemm};
use pim_dram::device::Device;
use pim_dram::gemv::{Gemv, weight_bytes};
use pim_dram::layout::{Layout, LayoutError, Matrix};
use pim_dram::order::Order;
use pim_dram::peaks::burst_interval;
use pim_dram::time::{Femtos, Ticks};
use sieve_sched::config::load;

use super::Placement;
use crate::measure::MeasureError;

/// `vectors` products with one matrix on all channels of the device, from idle, command by command and with refresh.
///
/// # Errors
/// A matrix that cannot be placed.
pub fn product(
    device: &Device,
    matrix: Matrix,
    vectors: u32,
    placement: Placement,
) -> Result<Gemv, LayoutError> {
    let lanes = device.total_lanes();
    let layout = match placement {
        Placement::RowMajor => Layout::sliced(device, matrix, lanes, 1, Order::OutputStationary)?,
        Placement::Interleaved => Layout::sliced(device, matrix, lanes, 1, Order::NoReuse)?,
        Placement::Planned => Layout::plan(device, matrix, lanes, Order::NoReuse, vectors)?,
        Placement::RowsOpen => Layout::plan(device, matrix, lanes, Order::RowOpen, vectors)?,
    };
    Ok(Gemv::of_layout(device, layout, vectors))
}

/// A host that reads each weight once at the peak rate of the data buses: no activation, no refresh, and arithmetic in no time,
/// so that more vectors take no longer.
#[must_use]
pub fn ideal_host(device: &Device, matrix: Matrix) -> Femtos {
    let geometry = &device.spec.geometry;
    let bursts = weight_bytes(device, matrix).div_ceil(geometry.burst_bytes.into());
    let of_bus = bursts.div_ceil(geometry.total_pseudo_channels().into());
    device.clock.femtos(Ticks(of_bus * burst_interval(device).0))
}

/// The roofline of a GPU preset.
///
/// # Errors
/// A name that no preset has.
pub fn gpu(name: &str) -> Result<Roofline, MeasureError> {
    let gpu: GpuSpec = load("GPU", name, gpu_model::PRESETS)?;
    Ok(Roofline::new(&gpu)?)
}

/// The same products on a GPU at its peak rates, vectors on chip.
#[must_use]
pub fn on_gpu(gpu: &Roofline, matrix: Matrix, vectors: u32) -> Femtos {
    gpu.time(dense_gemm(vectors, matrix.outputs, matrix.inputs, 16, Activations::OnChip))
}

/// How many times as long the first takes.
#[must_use]
pub fn ratio(one: Femtos, other: Femtos) -> f64 {
    one.as_ticks() as f64 / other.as_ticks() as f64
}

/// Geometric mean; no number of none.
#[must_use]
pub fn geomean(ratios: &[f64]) -> f64 {
    libm::exp(ratios.iter().map(|&ratio| libm::log(ratio)).sum::<f64>() / ratios.len() as f64)
}
