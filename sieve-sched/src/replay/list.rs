//! The list scheduler: first come, first served on every unit, ties to the operation that was added first.
//!
//! How long an operation takes may depend on what begins while it runs, so that time goes from event to event and operations
//! end when the machine behind them says.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;
use thiserror::Error;

use crate::replay::graph::{Graph, Op, Unit};
use crate::time::{Femtos, seconds};

/// Why a graph cannot be run to its end.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ListError {
    /// The graph has a cycle.
    #[error("operation `{0}` waits for itself")]
    Cyclic(String),
    /// A sum over the GPUs would not fit in [`Femtos`].
    #[error(
        "operation `{name}` ends {seconds:.0} s or more after the start, and at most {most:.0} s of {gpus} GPUs are simulated: \
         faster hardware, smaller batches or fewer steps are needed"
    )]
    TooLong {
        /// The operation.
        name: String,
        /// When it ends.
        seconds: f64,
        /// The last second.
        most: f64,
        /// GPUs of the graph.
        gpus: usize,
    },
}

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

/// Runs the operations.
pub trait Machine {
    /// An operation begins; when it ends, if nothing can change that.
    fn begin(&mut self, node: NodeIndex, op: &Op, start: Femtos) -> Option<Femtos>;
    /// Of the operations whose end was left open, the first whose end is certain by `until`, unless others begin before, and that
    /// end. Each is told once.
    fn next(&mut self, until: Option<Femtos>) -> Option<(NodeIndex, Femtos)>;
    /// An operation has ended.
    fn span(&mut self, node: NodeIndex, op: &Op, span: Span);
}

/// Runs a graph whose operations may begin at `from`; the end of the last one.
///
/// # Errors
/// Those of [`ListError`].
pub fn replay(
    graph: &Graph,
    from: Femtos,
    machine: &mut impl Machine,
) -> Result<Femtos, ListError> {
    let name = |node: NodeIndex| graph[node].name.to_owned();
    toposort(graph, None).map_err(|cycle| ListError::Cyclic(name(cycle.node_id())))?;
    let gpus = graph.node_weights().map(|op| op.gpu + 1).max().unwrap_or(1);
    let most = Femtos::from_ticks(u64::MAX / gpus as u64);
    let mut list = List::new(graph, from);
    let mut now = from;
    loop {
        list.begin(now, machine);
        let mut until = list.next_end();
        while let Some((node, end)) = machine.next(until) {
            list.ends.push(Reverse((end, node)));
            until = list.next_end();
        }
        now = match list.ends.peek() {
            None => return Ok(now),
            Some(&Reverse((end, node))) if end >= most => {
                let (name, [seconds, most]) = (name(node), [end, most].map(seconds));
                return Err(ListError::TooLong { name, seconds, most, gpus });
            }
            Some(&Reverse((end, _))) => end,
        };
        while list.next_end() == Some(now) {
            list.end(now, machine);
        }
    }
}

/// Operations by what they wait for.
struct List<'g> {
    graph: &'g Graph,
    /// Operations that each still waits for, and when the last of those done was.
    waits: Vec<usize>,
    ready_at: Vec<Femtos>,
    start: Vec<Femtos>,
    /// Those that wait for nothing, not yet in the queues of their units.
    ready: BinaryHeap<Reverse<(Femtos, NodeIndex)>>,
    /// Per unit: the one that holds it, then those that wait for it.
    queues: BTreeMap<(usize, Unit), VecDeque<NodeIndex>>,
    /// Those that run and whose end is known.
    ends: BinaryHeap<Reverse<(Femtos, NodeIndex)>>,
}

impl<'g> List<'g> {
    fn new(graph: &'g Graph, from: Femtos) -> Self {
        let waits = |n| graph.neighbors_directed(n, Direction::Incoming).count();
        let waits: Vec<usize> = graph.node_indices().map(waits).collect();
        let free = graph.node_indices().filter(|n| waits[n.index()] == 0);
        let ready = free.map(|n| Reverse((from, n))).collect();
        let times = vec![from; graph.node_count()];
        let (queues, ends) = (BTreeMap::new(), BinaryHeap::new());
        Self { graph, waits, ready_at: times.clone(), start: times, ready, queues, ends }
    }

    fn next_end(&self) -> Option<Femtos> {
        self.ends.peek().map(|Reverse((end, _))| *end)
    }

    /// Puts those that are ready into the queues of their units and begins what comes first in all of its queues.
    fn begin(&mut self, now: Femtos, machine: &mut impl Machine) {
        while let Some(Reverse((_, node))) = self.ready.pop() {
            let op = &self.graph[node];
            for unit in op.takes.units() {
                self.queues.entry((op.gpu, unit)).or_default().push_back(node);
            }
            self.try_begin(node, now, machine);
            // What takes no time makes others ready at once.
            while self.next_end() == Some(now) {
                self.end(now, machine);
            }
        }
    }

    fn try_begin(&mut self, node: NodeIndex, now: Femtos, machine: &mut impl Machine) {
        let op = &self.graph[node];
        let first = |unit| self.queues[&(op.gpu, unit)].front() == Some(&node);
        if op.takes.units().into_iter().all(first) {
            self.start[node.index()] = now;
            if let Some(end) = machine.begin(node, op, now) {
                self.ends.push(Reverse((end, node)));
            }
        }
    }

    /// Ends the next operation: others are ready, and those next in its queues may begin.
    fn end(&mut self, now: Femtos, machine: &mut impl Machine) {
        let Some(Reverse((end, node))) = self.ends.pop() else { return };
        let op = &self.graph[node];
        let (ready, start) = (self.ready_at[node.index()], self.start[node.index()]);
        machine.span(node, op, Span { ready, start, end });
        for next in self.graph.neighbors_directed(node, Direction::Outgoing) {
            let index = next.index();
            self.ready_at[index] = self.ready_at[index].max(end);
            self.waits[index] -= 1;
            if self.waits[index] == 0 {
                self.ready.push(Reverse((self.ready_at[index], next)));
            }
        }
        let units = op.takes.units();
        let mut next = Vec::new();
        for unit in units {
            if let Some(queue) = self.queues.get_mut(&(op.gpu, unit)) {
                queue.pop_front();
                next.extend(queue.front().copied());
            }
        }
        next.sort_unstable();
        next.dedup();
        next.into_iter().for_each(|node| self.try_begin(node, now, machine));
    }
}
