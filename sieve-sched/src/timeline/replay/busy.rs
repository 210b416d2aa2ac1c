//! When an operation keeps which unit busy: the times that a replay sums up.

use petgraph::graph::NodeIndex;
use smallvec::SmallVec;

use crate::replay::graph::{Takes, Unit};
use crate::replay::record::Record;
use crate::time::{Femtos, ZERO};

/// Units of an operation with begin and end of their work, counted from the begin of the step; none that does nothing. An operation
/// may hold a unit for longer than it keeps it busy, such as the GPU while HBM is still reading.
pub(super) fn on_units(record: &Record, node: NodeIndex) -> SmallVec<[(Unit, Femtos, Femtos); 2]> {
    let span = record.ran.spans[node.index()];
    let whole = span.end - span.start;
    let read = record.ran.read[node.index()].map_or(ZERO, |end| end - span.start);
    let busy: SmallVec<[(Unit, Femtos); 2]> = match &record.graph[node].takes {
        Takes::Uses(uses) => uses.iter().map(|held| (held.unit, held.busy)).collect(),
        Takes::Kernel { compute, .. } => {
            SmallVec::from_slice(&[(Unit::Gpu, *compute), (Unit::Hbm, read)])
        }
        Takes::Vector { compute, .. } => SmallVec::from_slice(&[(Unit::Vector, *compute)]),
        Takes::Read { .. } => SmallVec::from_slice(&[(Unit::Hbm, read)]),
        Takes::Pim(_) => SmallVec::from_slice(&[(Unit::Pim, whole)]),
    };
    let start = span.start - record.start;
    let worked = busy.into_iter().filter(|&(_, busy)| busy > ZERO);
    worked.map(|(unit, busy)| (unit, start, start + busy)).collect()
}
