//! Dependencies between operations as flows between their slices.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::busy::on_units;
use crate::replay::graph::Unit;
use crate::replay::record::Record;

/// Flows by number, from 1.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// Of each operation the unit whose slice flows leave and reach: the one that is busy longest.
    pub(super) anchors: BTreeMap<NodeIndex, Unit>,
    /// Flows that leave an operation.
    pub(super) to: BTreeMap<NodeIndex, Vec<u64>>,
    /// Flows that reach it.
    pub(super) from: BTreeMap<NodeIndex, Vec<u64>>,
}

/// Flows between operations that are shown.
///
/// What keeps no unit busy, such as the meeting points before a collective, has no slice; flows go through it. Of all that an operation
/// waits for behind such points, only what ran on its own GPU and what ended last are joined to it.
pub(super) fn flows(record: &Record, shown: impl Fn(NodeIndex) -> bool) -> Flows {
    let mut flows = Flows::default();
    for node in record.graph.node_indices() {
        // Of two that are busy as long, the first.
        let longest = on_units(record, node).into_iter().rev().max_by_key(|&(_, _, end)| end);
        flows.anchors.extend(longest.map(|(unit, ..)| (node, unit)));
    }
    let mut pairs = Vec::new();
    for &node in flows.anchors.keys().filter(|&&node| shown(node)) {
        let sources = sources(record, &flows.anchors, node);
        pairs.extend(sources.into_iter().filter(|&source| shown(source)).map(|from| (from, node)));
    }
    for ((from, to), id) in pairs.into_iter().zip(1..) {
        flows.to.entry(from).or_default().push(id);
        flows.from.entry(to).or_default().push(id);
    }
    flows
}

/// What an operation waited for.
fn sources(
    record: &Record,
    anchors: &BTreeMap<NodeIndex, Unit>,
    node: NodeIndex,
) -> BTreeSet<NodeIndex> {
    let before = |node| record.graph.neighbors_directed(node, Direction::Incoming);
    let (mut direct, mut through) = (BTreeSet::new(), BTreeSet::new());
    let mut left: Vec<(NodeIndex, bool)> = before(node).map(|source| (source, true)).collect();
    let mut seen = BTreeSet::new();
    while let Some((source, is_direct)) = left.pop() {
        if anchors.contains_key(&source) {
            let found = if is_direct { &mut direct } else { &mut through };
            found.insert(source);
        } else if seen.insert(source) {
            left.extend(before(source).map(|source| (source, false)));
        }
    }
    let end = |source: NodeIndex| record.ran.spans[source.index()].end;
    let last = through.iter().copied().rev().max_by_key(|&source| end(source));
    let own = |source: NodeIndex| record.graph[source].gpu == record.graph[node].gpu;
    direct.extend(through.into_iter().filter(|&source| own(source) || Some(source) == last));
    direct
}
