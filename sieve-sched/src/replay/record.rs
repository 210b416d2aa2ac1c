//! One step of a replay kept whole, for a timeline. A replay that keeps none does not pay for it, and one that does gives the same
//! numbers.

use petgraph::graph::NodeIndex;

use crate::replay::course::Done;
use crate::replay::graph::Graph;
use crate::replay::list::Span;
use crate::replay::notes::Notes;
use crate::replay::point::Busy;
use crate::replay::rig::Rig;
use crate::replay::step::StepGraph;
use crate::time::{Femtos, ZERO};

/// A step as it ran.
#[derive(Clone, Debug)]
pub struct Record {
    /// The step began; time is that of the replay, warm-up included.
    pub start: Femtos,
    /// Its last operation ended.
    pub end: Femtos,
    /// Operations.
    pub graph: Graph,
    /// Layers, tokens, experts and bytes of them.
    pub notes: Notes,
    /// When they ran.
    pub ran: Ran,
    /// Busy time by layer group, the language-model head last.
    pub busy: Vec<Busy>,
}

/// When the operations of a step ran, each by its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// From when it could have begun to its end.
    pub spans: Vec<Span>,
    /// When the channels had brought what it read.
    pub read: Vec<Option<Femtos>>,
}

impl Ran {
    /// Nothing yet of so many operations.
    pub(super) fn new(operations: usize) -> Self {
        let span = Span { ready: ZERO, start: ZERO, end: ZERO };
        Self { spans: vec![span; operations], read: vec![None; operations] }
    }

    pub(super) fn span(&mut self, node: NodeIndex, span: Span) {
        self.spans[node.index()] = span;
    }

    pub(super) fn read(&mut self, node: NodeIndex, end: Femtos) {
        self.read[node.index()] = Some(end);
    }
}

/// Keeps one step of a replay, or none.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    step: Option<usize>,
    /// The step, once it has run.
    pub record: Option<Record>,
}

impl Recorder {
    /// Keeps the step of that index, warm-up included.
    #[must_use]
    pub fn of(step: usize) -> Self {
        Self { step: Some(step), record: None }
    }

    pub(super) fn wants(&self, step: usize) -> bool {
        self.step == Some(step)
    }

    /// Keeps the step that has just run, if it was noted.
    pub(super) fn keep(&mut self, done: Done, rig: &mut Rig<'_, '_>) {
        let Done { start, end, built: StepGraph { graph, notes, .. }, .. } = done;
        if let (Some(notes), Some(ran)) = (notes, rig.ran.take()) {
            let busy = rig.busy.clone();
            self.record = Some(Record { start, end, graph, notes, ran, busy });
        }
    }
}
