//! The list scheduler: first come, first served on every unit, ties to the operation that was added first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;
use thiserror::Error;

use crate::replay::graph::{Graph, Op, Takes, Unit};
use crate::time::Femtos;

/// The graph has a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("operation `{0}` waits for itself")]
pub struct Cyclic(pub String);

/// When an operation ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// All that it waits for was done.
    pub ready: Femtos,
    /// It began.
    pub start: Femtos,
    /// It ended.
    pub end: Femtos,
}

/// Runs the operations whose time is simulated, and watches all of them.
pub trait Machine {
    /// Simulates PIM work that begins at `start`; when it ends.
    fn pim(&mut self, op: &Op, start: Femtos) -> Femtos;
    /// An operation has been placed in time.
    fn span(&mut self, op: &Op, span: Span);
}

/// Runs a graph whose operations may begin at `from`; the end of the last one.
///
/// # Errors
/// A cycle in the graph.
pub fn replay(graph: &Graph, from: Femtos, machine: &mut impl Machine) -> Result<Femtos, Cyclic> {
    toposort(graph, None).map_err(|cycle| Cyclic(graph[cycle.node_id()].name.to_owned()))?;
    let mut waits: Vec<usize> = graph
        .node_indices()
        .map(|n| graph.neighbors_directed(n, Direction::Incoming).count())
        .collect();
    let mut ready: BinaryHeap<Reverse<(Femtos, NodeIndex)>> = graph
        .node_indices()
        .filter(|n| waits[n.index()] == 0)
        .map(|n| Reverse((from, n)))
        .collect();
    let mut ready_at = vec![from; graph.node_count()];
    let mut free: BTreeMap<(usize, Unit), Femtos> = BTreeMap::new();
    let mut last = from;
    while let Some(Reverse((ready_time, node))) = ready.pop() {
        let op = &graph[node];
        let units: &[Unit] = match &op.takes {
            Takes::Uses(uses) => {
                &uses.iter().map(|u| u.unit).collect::<smallvec::SmallVec<[_; 2]>>()
            }
            Takes::Pim(_) => &[Unit::Pim],
        };
        let start = units
            .iter()
            .filter_map(|&unit| free.get(&(op.gpu, unit)))
            .fold(ready_time, |start, &free| start.max(free));
        let end = match &op.takes {
            Takes::Uses(uses) => {
                start + uses.iter().map(|u| u.busy).max().unwrap_or(Femtos::from_ticks(0))
            }
            Takes::Pim(_) => machine.pim(op, start),
        };
        for &unit in units {
            free.insert((op.gpu, unit), end);
        }
        machine.span(op, Span { ready: ready_time, start, end });
        last = last.max(end);
        for next in graph.neighbors_directed(node, Direction::Outgoing) {
            let index = next.index();
            ready_at[index] = ready_at[index].max(end);
            waits[index] -= 1;
            if waits[index] == 0 {
                ready.push(Reverse((ready_at[index], next)));
            }
        }
    }
    Ok(last)
}
