//! Options of a matrix-vector product.

use clap::Args;
use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use pim_dram::order::Order;

use super::device::DeviceOptions;
use crate::config::{Assignment, ConfigError, combinations, settle};
use crate::explore::{self, Point};
use crate::report::ProductReport;
use crate::stop::Stop;

/// A product on a device, or on every combination of the values that are listed with `--set`.
#[derive(Args, Clone, Debug)]
pub struct GemvOptions {
    /// Device.
    #[command(flatten)]
    pub device: DeviceOptions,
    /// Matrix as OUTxIN: outputs (rows) x inputs (columns)
    #[arg(long, value_name = "OUTxIN")]
    pub shape: Matrix,
    /// Vectors, one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    pub tokens: u32,
    /// Command channels to spread the matrix over [default: all of the device]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    pub channels: Option<u32>,
    /// Loop order: no-reuse, reuse-gb:R, output-stationary or row-open [default: the fastest]
    #[arg(long)]
    pub order: Option<Order>,
    /// Do not look for the peak power, which takes every command to be simulated instead of passes looked up
    #[arg(long)]
    pub no_peak: bool,
}

impl GemvOptions {
    /// The combinations that were asked for: one, unless values are listed.
    ///
    /// # Errors
    /// Unknown devices and paths, files that do not parse, unbalanced brackets.
    pub fn grid(&self) -> Result<Vec<Vec<Assignment>>, ConfigError> {
        combinations(&settle(&self.device.spec()?, self.device.assignments())?)
    }

    /// The product on a device.
    ///
    /// # Errors
    /// More channels than it has, and a matrix that does not fit it.
    pub fn product(&self, device: &Device) -> Result<Gemv, ConfigError> {
        let channels = DeviceOptions::channels(device, self.channels)?;
        Gemv::simulate(device, self.shape, self.tokens, channels, self.order)
            .map_err(|error| ConfigError::Invalid(error.to_string()))
    }

    /// Simulates a grid, in parallel; a point that cannot be says why.
    ///
    /// # Errors
    /// Unknown devices, files that do not parse, and being stopped.
    pub fn points(&self, grid: &[Vec<Assignment>], stop: &Stop) -> Result<Vec<Point>, ConfigError> {
        let points = explore::run(&self.device.spec()?, grid, |device| {
            stop.check()?;
            Ok(ProductReport::new(device, &self.product(device)?, self.tokens, !self.no_peak))
        });
        stop.check().map(|()| points)
    }
}
