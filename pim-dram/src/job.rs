//! Jobs: a matrix tile times a number of vectors, lowered to passes.

use crate::device::Device;
use crate::memo::{Cursor, Memo};
use crate::order::Order;
use crate::pass::{Pass, Tile};
use crate::sequencer::End;
use crate::tally::Tally;
use crate::time::Ticks;

/// A tile and the vectors that it is multiplied with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Job {
    /// The tile of one lane.
    pub tile: Tile,
    /// Vectors, for an expert its tokens.
    pub vectors: u32,
}

impl Job {
    /// The passes of the job. Its rows start at `base_row`, those of the job that follows at once at `next_row`.
    pub fn passes(
        self,
        device: &Device,
        base_row: u32,
        next_row: Option<u32>,
    ) -> impl Iterator<Item = Pass> {
        let per_pass = self.tile.vectors_per_pass(device);
        let passes = self.vectors.div_ceil(per_pass);
        let double = device.pim.vector_buffers > 1 && self.tile.order != Order::RowOpen;
        (0..passes).map(move |index| {
            let last = index + 1 == passes;
            Pass {
                tile: self.tile,
                vectors: per_pass.min(self.vectors - index * per_pass),
                base_row,
                next_row: if last { next_row } else { Some(base_row) },
                loaded: double && index > 0,
                prefetch: double && !last,
                first: index == 0,
                last,
            }
        })
    }

    /// The passes of so many such jobs on ever different matrices, each with the first row of the next opened ahead.
    pub fn repeated(self, device: &Device, jobs: u32) -> impl Iterator<Item = Pass> {
        let mut half = Half { upper: true };
        (1..=jobs).flat_map(move |index| {
            let (base_row, next_row) = half.turn(device, index < jobs);
            self.passes(device, base_row, next_row)
        })
    }
}

/// Where matrices lie that follow each other: in two halves of the banks by turns, as only whether two of them share their rows
/// matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Half {
    /// The last one lies in the upper half.
    pub(crate) upper: bool,
}

impl Half {
    /// First row of the next matrix, and of the one after it if there are more.
    pub(crate) fn turn(&mut self, device: &Device, more: bool) -> (u32, Option<u32>) {
        let half = device.spec.geometry.rows / 2;
        let base = |upper: bool| if upper { half } else { 0 };
        self.upper = !self.upper;
        (base(self.upper), more.then(|| base(!self.upper)))
    }
}

/// A channel that works off jobs on ever different matrices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    cursor: Cursor,
    half: Half,
}

impl Worker {
    /// A worker at tick 0.
    pub fn new(memo: &mut Memo<'_>) -> Self {
        Self { cursor: memo.cursor(), half: Half::default() }
    }

    /// Tick up to which it has worked.
    #[must_use]
    pub fn now(&self) -> Ticks {
        self.cursor.now()
    }

    /// Runs a job from tick `from` on, or from where the last one ended. `more` says that another follows at once, whose rows
    /// are opened ahead.
    pub fn run(
        &mut self,
        memo: &mut Memo<'_>,
        job: &Job,
        more: bool,
        from: Ticks,
        tally: &mut Tally,
    ) -> End {
        let device = memo.device();
        let (base_row, next_row) = self.half.turn(device, more);
        let start = from.max(self.cursor.now());
        let mut end = End { issued: start, done: start };
        for pass in job.passes(device, base_row, next_row) {
            end = memo.run(&mut self.cursor, &pass, end.issued, tally);
        }
        end
    }
}
