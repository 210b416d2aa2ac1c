//! The layout planner: how a weight matrix is cut over pseudo-channels.

use std::str::FromStr;

use thiserror::Error;

use crate::device::Device;
use crate::job::Job;
use crate::pass::{Order, Pass, Tile};
use crate::sequencer::Sequencer;
use crate::time::Ticks;

/// A weight matrix of `outputs` x `inputs` elements, as in y = W x.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Matrix {
    /// Rows of W.
    pub outputs: u32,
    /// Columns of W.
    pub inputs: u32,
}

/// A text that is no [`Matrix`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected OUTxIN with both sides at least 1, such as 4096x4096")]
pub struct MalformedMatrix;

impl FromStr for Matrix {
    type Err = MalformedMatrix;

    /// `OUTxIN`.
    fn from_str(text: &str) -> Result<Self, MalformedMatrix> {
        let (outputs, inputs) = text.split_once('x').ok_or(MalformedMatrix)?;
        match (outputs.parse(), inputs.parse()) {
            (Ok(outputs @ 1..), Ok(inputs @ 1..)) => Ok(Self { outputs, inputs }),
            _ => Err(MalformedMatrix),
        }
    }
}

/// A matrix cut into input slices x output groups; a pseudo-channel holds one (slice, group) tile and each of its banks a
/// disjoint set of the tile's output rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// The matrix.
    pub matrix: Matrix,
    /// Pseudo-channels that it may take.
    pub pseudo_channels: u32,
    /// Cuts of the inputs; above 1 the host adds partial sums.
    pub slices: u32,
    /// Cuts of the outputs.
    pub groups: u32,
    /// The largest tile; every pseudo-channel is given the time of this one.
    pub tile: Tile,
}

/// A matrix that cannot be placed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// A side of zero.
    #[error("a matrix of {outputs} x {inputs} has no elements; both sides must be at least 1")]
    Empty {
        /// Its outputs.
        outputs: u32,
        /// Its inputs.
        inputs: u32,
    },
    /// It does not fit the banks.
    #[error(
        "{outputs} x {inputs} on {pseudo_channels} pseudo-channels needs {needed} rows a bank, \
         at most {allowed} (half of a bank) are allowed"
    )]
    TooLarge {
        /// Its outputs.
        outputs: u32,
        /// Its inputs.
        inputs: u32,
        /// Pseudo-channels that it may take.
        pseudo_channels: u32,
        /// Rows of the best cut.
        needed: u64,
        /// Rows that a matrix may take.
        allowed: u32,
    },
}

impl Layout {
    /// The cut with the least simulated time of one vector from idle; ties go to fewer slices.
    ///
    /// # Errors
    /// An empty matrix, or one that no cut fits into half of the banks' rows.
    pub fn plan(
        device: &Device,
        matrix: Matrix,
        pseudo_channels: u32,
    ) -> Result<Self, LayoutError> {
        let Matrix { outputs, inputs } = matrix;
        if outputs == 0 || inputs == 0 {
            return Err(LayoutError::Empty { outputs, inputs });
        }
        let allowed = (device.spec.geometry.rows / 2).max(1);
        let mut tried = Vec::new();
        let mut best: Option<(Ticks, Self)> = None;
        let mut needed = u64::MAX;
        for slices in 1..=pseudo_channels.min(inputs.div_ceil(device.spec.pim.lanes)) {
            let layout = Self::cut(device, matrix, pseudo_channels, slices);
            let rows = layout.rows(device);
            needed = needed.min(rows);
            if rows > u64::from(allowed) || tried.contains(&layout.tile) {
                continue;
            }
            tried.push(layout.tile);
            let time = layout.time_of_one(device);
            if best.is_none_or(|(least, _)| time < least) {
                best = Some((time, layout));
            }
        }
        let too_large = LayoutError::TooLarge { outputs, inputs, pseudo_channels, needed, allowed };
        best.map(|(_, layout)| layout).ok_or(too_large)
    }

    fn cut(device: &Device, matrix: Matrix, pseudo_channels: u32, slices: u32) -> Self {
        let spec = &device.spec;
        let groups = (pseudo_channels / slices).min(matrix.outputs).max(1);
        let per_group = matrix.outputs.div_ceil(groups);
        let tile = Tile {
            outputs: per_group.div_ceil(spec.geometry.banks_per_pseudo_channel()),
            columns: matrix.inputs.div_ceil(slices).div_ceil(spec.pim.lanes),
            order: Order::TokenByToken,
        };
        Self { matrix, pseudo_channels, slices, groups, tile }
    }

    fn rows(&self, device: &Device) -> u64 {
        let bursts = u64::from(self.tile.outputs) * u64::from(self.tile.columns);
        bursts.div_ceil(u64::from(device.spec.geometry.columns()))
    }

    fn time_of_one(&self, device: &Device) -> Ticks {
        let mut sequencer = Sequencer::new(device);
        let passes: Vec<Pass> =
            Job { tile: self.tile, vectors: 1 }.passes(device, 0, None).collect();
        let mut end = Ticks(0);
        for pass in &passes {
            end = sequencer.run(pass, end, &mut ()).done;
        }
        end
    }

    /// Share of the multiply-accumulates that work on padding or in idle banks and channels, of all that the pseudo-channels
    /// could do in that time.
    #[must_use]
    pub fn padding(&self, device: &Device) -> f64 {
        let spec = &device.spec;
        let slots = u64::from(self.pseudo_channels)
            * u64::from(spec.geometry.banks_per_pseudo_channel())
            * u64::from(self.tile.outputs)
            * u64::from(self.tile.columns)
            * u64::from(spec.pim.lanes);
        let useful = u64::from(self.matrix.outputs) * u64::from(self.matrix.inputs);
        1.0 - useful as f64 / slots as f64
    }

    /// Banks of all pseudo-channels that hold no output row.
    #[must_use]
    pub fn idle_banks(&self, device: &Device) -> u64 {
        let banks = device.spec.geometry.banks_per_pseudo_channel();
        let total = u64::from(self.pseudo_channels) * u64::from(banks);
        let per_group = self.matrix.outputs.div_ceil(self.groups);
        let groups = self.matrix.outputs.div_ceil(per_group);
        let last = self.matrix.outputs - (groups - 1) * per_group;
        let busy =
            u64::from(groups - 1) * u64::from(per_group.min(banks)) + u64::from(last.min(banks));
        total - busy * u64::from(self.slices)
    }
}
