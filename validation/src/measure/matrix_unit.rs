//! Products on PIM against a matrix unit that reads the weights over the data buses of the same memory.

use pim_dram::device::Device;
use pim_dram::gemv::{Gemv, weight_bytes};
use pim_dram::layout::Matrix;
use pim_dram::order::Order;
use pim_dram::time::Ticks;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::peers::{PeerError, Product, aim};
use crate::presets::Presets;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Products on the first channels of a device and the same on a matrix unit. On PIM each vector is a product of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverMatrixUnit {
    device: String,
    channels: u32,
    host: Host,
    unit: MatrixUnit,
    quantity: OverMatrixUnitQuantity,
}

/// Who issues the commands of PIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// Our layout planner and sequencer, in the fastest loop order.
    Sequencer,
    /// The host of aim_simulator, chunk of the vector by chunk.
    ChunkByChunk,
    /// The host of aim_simulator, output by output.
    OutputByOutput,
}

/// A unit whose time is the longer of reading the weights and computing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixUnit {
    /// Of the memory's data buses.
    pub bytes_per_s: f64,
    /// A multiply-accumulate being two.
    pub ops_per_s: f64,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverMatrixUnitQuantity {
    /// How many times as long the unit takes for all products of one vector.
    SpeedUp {
        /// Outputs and inputs of each.
        products: Vec<(u32, u32)>,
    },
    /// Which is faster, 1 where PIM is and 0 where it is not.
    Winner {
        /// Rows of the table.
        products: Vec<Contest>,
        /// What is made of them.
        rows: RowsQuantity,
    },
}

/// A product and who is said to win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contest {
    outputs: u32,
    inputs: u32,
    tokens: u32,
    pim_wins: bool,
}

impl MatrixUnit {
    /// Seconds for a product of so many vectors. Its reads lose the share of time that refresh takes, as PIM does.
    fn seconds(self, device: &Device, matrix: Matrix, tokens: u32) -> f64 {
        let bytes = weight_bytes(device, matrix) as f64;
        let ops = 2.0 * f64::from(matrix.outputs) * f64::from(matrix.inputs) * f64::from(tokens);
        let refreshed = device.refresh_interval.map_or(0.0, |interval| {
            let busy = device.spec.timing.get("tRFC").map(|&delay| device.ticks(delay));
            busy.unwrap_or_default().0 as f64 / interval.0 as f64
        });
        (bytes / self.bytes_per_s / (1.0 - refreshed)).max(ops / self.ops_per_s)
    }
}

impl OverMatrixUnit {
    pub(super) fn take(&self, presets: &Presets) -> Result<Measured, MeasureError> {
        let device = presets.device(&self.device, None)?;
        match &self.quantity {
            OverMatrixUnitQuantity::SpeedUp { products } => {
                let (mut unit, mut pim) = (0.0, 0.0);
                for &(outputs, inputs) in products {
                    let matrix = Matrix { outputs, inputs };
                    unit += self.unit.seconds(&device, matrix, 1);
                    pim += self.pim(&device, matrix)?;
                }
                Ok((unit / pim).into())
            }
            OverMatrixUnitQuantity::Winner { products, rows } => {
                let compared: Result<Vec<_>, _> =
                    products.iter().map(|contest| self.contest(&device, contest)).collect();
                Ok(rows.of(compared?))
            }
        }
    }

    fn contest(&self, device: &Device, contest: &Contest) -> Result<Compared, MeasureError> {
        let &Contest { outputs, inputs, tokens, pim_wins } = contest;
        let matrix = Matrix { outputs, inputs };
        let unit = self.unit.seconds(device, matrix, tokens);
        let pim = f64::from(tokens) * self.pim(device, matrix)?;
        let name =
            format!("{outputs}x{inputs}, {tokens} tokens: {:.3} of the unit's time", pim / unit);
        let ours = f64::from(u8::from(pim < unit));
        Ok(Compared { name, published: f64::from(u8::from(pim_wins)), ours })
    }

    /// Seconds of one vector on PIM.
    fn pim(&self, device: &Device, matrix: Matrix) -> Result<f64, MeasureError> {
        let ticks = match self.host {
            Host::Sequencer => Gemv::simulate(device, matrix, 1, self.channels, None)?.ticks,
            Host::ChunkByChunk => self.peer(device, matrix, Order::NoReuse)?,
            Host::OutputByOutput => self.peer(device, matrix, Order::OutputStationary)?,
        };
        Ok(device.clock.femtos(ticks).as_ticks() as f64 / 1e15)
    }

    fn peer(&self, device: &Device, matrix: Matrix, order: Order) -> Result<Ticks, PeerError> {
        let product = Product { matrix, tokens: 1, channels: self.channels, order: Some(order) };
        Ok(device.clock.ticks(aim::gemv(device, &product, &mut ())?))
    }
}
