//! The layout planner: how a weight matrix is cut over lanes.

use std::ops::RangeInclusive;
use std::str::FromStr;

use rustc_hash::FxHashSet;
use thiserror::Error;

use crate::device::Device;
use crate::job::{Job, Worker};
use crate::memo::Memo;
use crate::order::Order;
use crate::pass::{Tile, buffer_columns};
use crate::tally::Tally;
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

/// A matrix cut into input slices x output groups; a lane holds one (slice, group) tile and each of its banks a
/// disjoint set of the tile's output rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// The matrix.
    pub matrix: Matrix,
    /// Lanes that it may take, of all channels together.
    pub lanes: u32,
    /// Cuts of the inputs; above 1 the host adds partial sums.
    pub slices: u32,
    /// Cuts of the outputs.
    pub groups: u32,
    /// The largest tile; every lane is given the time of this one.
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
        "{outputs} x {inputs} on {lanes} lanes of banks needs {needed} rows a bank, at most {allowed} (half of a bank) \
         are allowed"
    )]
    TooLarge {
        /// Its outputs.
        outputs: u32,
        /// Its inputs.
        inputs: u32,
        /// Lanes that it may take.
        lanes: u32,
        /// Rows of the best cut.
        needed: u64,
        /// Rows that a matrix may take.
        allowed: u32,
    },
    /// More outputs held than there are accumulators.
    #[error("{order} holds {asked} outputs at once, a PIM unit has {has} accumulators")]
    Accumulators {
        /// The order.
        order: Order,
        /// Outputs that it holds.
        asked: u32,
        /// Accumulators of a unit.
        has: u32,
    },
    /// No input slice is short enough to keep rows open over vectors.
    #[error(
        "row-open needs an output's inputs within one row and one vector buffer: at most {most} bursts, the shortest of \
         {lanes} slices has {least}"
    )]
    Straddles {
        /// Bursts that fit.
        most: u32,
        /// Lanes, the most slices that there can be.
        lanes: u32,
        /// Bursts of an output in the shortest slice.
        least: u32,
    },
}

impl Layout {
    /// Lanes that hold a part of the matrix; the others have nothing to do.
    #[must_use]
    pub fn busy_lanes(&self) -> u32 {
        let per_group = self.matrix.outputs.div_ceil(self.groups);
        self.slices * self.matrix.outputs.div_ceil(per_group)
    }

    /// The cut with the least simulated time of `vectors` vectors from idle; ties go to fewer slices. Of a number of slices there
    /// are as many groups as the lanes allow: fewer only make the tiles larger.
    ///
    /// # Errors
    /// An empty matrix, one that no cut fits into half of the banks' rows, or an order that the units cannot follow.
    pub fn plan(
        device: &Device,
        matrix: Matrix,
        lanes: u32,
        order: Order,
        vectors: u32,
    ) -> Result<Self, LayoutError> {
        Self::fastest(device, matrix, lanes, order, vectors).map(|(_, layout)| layout)
    }

    /// The order and cut with the least simulated time of `vectors` vectors from idle; ties go to the earlier order.
    ///
    /// # Errors
    /// As [`Layout::plan`], if no order has a cut.
    pub fn search(
        device: &Device,
        matrix: Matrix,
        lanes: u32,
        vectors: u32,
    ) -> Result<Self, LayoutError> {
        let mut best: Result<(Ticks, Self), LayoutError> =
            Self::fastest(device, matrix, lanes, Order::held(device), vectors);
        for order in [Order::OutputStationary, Order::RowOpen] {
            let other = Self::fastest(device, matrix, lanes, order, vectors);
            if let (Ok((least, _)), Ok((time, layout))) = (&best, &other)
                && time < least
            {
                best = Ok((*time, *layout));
            }
        }
        best.map(|(_, layout)| layout)
    }

    /// The cut into so many slices, at least 1 and at most `lanes`, whatever it takes.
    ///
    /// # Errors
    /// As [`Layout::plan`], if this cut does not do.
    pub fn sliced(
        device: &Device,
        matrix: Matrix,
        lanes: u32,
        slices: u32,
        order: Order,
    ) -> Result<Self, LayoutError> {
        Self::among(device, matrix, lanes, order, 1, slices..=slices).map(|(_, layout)| layout)
    }

    fn fastest(
        device: &Device,
        matrix: Matrix,
        lanes: u32,
        order: Order,
        vectors: u32,
    ) -> Result<(Ticks, Self), LayoutError> {
        let most = lanes.min(matrix.inputs.div_ceil(device.pim.lanes));
        Self::among(device, matrix, lanes, order, vectors, 1..=most)
    }

    /// The fastest of the cuts into so many slices.
    fn among(
        device: &Device,
        matrix: Matrix,
        lanes: u32,
        order: Order,
        vectors: u32,
        slices: RangeInclusive<u32>,
    ) -> Result<(Ticks, Self), LayoutError> {
        let Matrix { outputs, inputs } = matrix;
        if outputs == 0 || inputs == 0 {
            return Err(LayoutError::Empty { outputs, inputs });
        }
        let has = device.pim.accumulators;
        if let Order::ReuseBuffer(asked) = order
            && asked.get() > has
        {
            return Err(LayoutError::Accumulators { order, asked: asked.get(), has });
        }
        let allowed = (device.spec.geometry.rows / 2).max(1);
        let most = device.spec.geometry.columns().min(buffer_columns(device));
        let mut tried = FxHashSet::default();
        let mut best: Option<(Ticks, Self)> = None;
        let (mut needed, mut least) = (u64::MAX, u32::MAX);
        for slices in slices {
            let layout = Self::cut(device, matrix, lanes, slices, order);
            least = least.min(layout.tile.columns);
            if order == Order::RowOpen && layout.tile.columns > most {
                continue;
            }
            let rows = layout.rows(device);
            needed = needed.min(rows);
            if rows > u64::from(allowed) || !tried.insert(layout.tile) {
                continue;
            }
            let time = layout.time(device, vectors);
            if best.is_none_or(|(least, _)| time < least) {
                best = Some((time, layout));
            }
        }
        best.ok_or(if needed == u64::MAX {
            LayoutError::Straddles { most, lanes, least }
        } else {
            LayoutError::TooLarge { outputs, inputs, lanes, needed, allowed }
        })
    }

    fn cut(device: &Device, matrix: Matrix, lanes: u32, slices: u32, order: Order) -> Self {
        let groups = (lanes / slices).min(matrix.outputs).max(1);
        let per_group = matrix.outputs.div_ceil(groups);
        let tile = Tile {
            outputs: per_group.div_ceil(device.banks_per_lane()),
            columns: matrix.inputs.div_ceil(slices).div_ceil(device.pim.lanes),
            order,
        };
        Self { matrix, lanes, slices, groups, tile }
    }

    fn rows(&self, device: &Device) -> u64 {
        let bursts = u64::from(self.tile.outputs) * u64::from(self.tile.columns);
        match self.tile.order {
            // No output straddles two rows.
            Order::RowOpen => u64::from(self.tile.rows(device)),
            _ => bursts.div_ceil(u64::from(device.spec.geometry.columns())),
        }
    }

    fn time(&self, device: &Device, vectors: u32) -> Ticks {
        let mut memo = Memo::new(device);
        let job = Job { tile: self.tile, vectors };
        let mut tally = Tally::new(device);
        Worker::new(&mut memo).run(&mut memo, &job, false, Ticks(0), &mut tally).done
    }

    /// Share of the multiply-accumulates that work on padding or in idle banks and channels, of all that the lanes
    /// could do in that time.
    #[must_use]
    pub fn padding(&self, device: &Device) -> f64 {
        let slots = u64::from(self.lanes)
            * u64::from(device.banks_per_lane())
            * u64::from(self.tile.outputs)
            * u64::from(self.tile.columns)
            * u64::from(device.pim.lanes);
        let useful = u64::from(self.matrix.outputs) * u64::from(self.matrix.inputs);
        1.0 - useful as f64 / slots as f64
    }

    /// Banks of all lanes that hold no output row.
    #[must_use]
    pub fn idle_banks(&self, device: &Device) -> u64 {
        let banks = device.banks_per_lane();
        let total = u64::from(self.lanes) * u64::from(banks);
        let per_group = self.matrix.outputs.div_ceil(self.groups);
        let groups = self.matrix.outputs.div_ceil(per_group);
        let last = self.matrix.outputs - (groups - 1) * per_group;
        let busy =
            u64::from(groups - 1) * u64::from(per_group.min(banks)) + u64::from(last.min(banks));
        total - busy * u64::from(self.slices)
    }
}
