//! The simulated hardware behind a graph.

use petgraph::graph::NodeIndex;
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;

use crate::config::ConfigError;
use crate::memory::{Memory, Side, Work};
use crate::replay::graph::{Op, Takes, Unit};
use crate::replay::list::{Machine, Span};
use crate::replay::plan::Plan;
use crate::replay::point::Busy;
use crate::replay::record::Ran;
use crate::replay::seen::Seen;
use crate::replay::step::{Ledger, StepGraph};
use crate::replay::waits::Waits;
use crate::time::{Femtos, ZERO};

/// What the memory of a GPU does for an operation.
#[derive(Clone, Debug)]
struct Task {
    node: NodeIndex,
    group: usize,
    start: Femtos,
    /// When the GPU has computed.
    computed: Femtos,
    /// Of the units.
    work: Option<Work>,
    /// What the GPU reads, at the bandwidth of its data sheet.
    expected: Femtos,
    /// How long the other side was at work meanwhile, without what it is at now.
    beside: Femtos,
}

/// The memories of all GPUs, and what is counted on the way.
pub(super) struct Rig<'m, 'd> {
    pub(super) memo: &'m mut Memo<'d>,
    /// Per GPU.
    memories: Vec<Memory<'d>>,
    /// Per GPU and side.
    tasks: Vec<[Option<Task>; 2]>,
    /// Experts of the step on PIM.
    pub(super) ledgers: Vec<Ledger>,
    /// Per layer group of the step.
    pub(super) busy: Vec<Busy>,
    /// Per operation of the step.
    pub(super) ended: Vec<Femtos>,
    /// Of the step.
    pub(super) seen: Seen,
    hbm_bytes_per_s: u64,
    /// Per GPU and channel, time spent on experts.
    pub(super) expert_busy: Vec<Vec<Femtos>>,
    /// Commands of all channels.
    pub(super) tally: Tally,
    /// Before the collectives of the step.
    pub(super) waits: Waits,
    /// When the operations of the step ran, where somebody wants to know.
    pub(super) ran: Option<Ran>,
}

impl<'m, 'd> Rig<'m, 'd> {
    /// Hardware at the start of time.
    ///
    /// # Errors
    /// A device without commands for a host.
    pub(super) fn new(plan: &Plan<'_>, memo: &'m mut Memo<'d>) -> Result<Self, ConfigError> {
        let device = memo.device();
        let channels = device.spec.geometry.channels as usize;
        let memory = Memory::new(device, channels, plan.runtime.arbitration);
        let memory = memory.ok_or_else(|| {
            let name = &device.spec.name;
            ConfigError::Invalid(format!(
                "device `{name}`: its family has no commands for a host, so that the GPU cannot read weights from it"
            ))
        })?;
        Ok(Self {
            memo,
            memories: vec![memory; plan.gpus],
            tasks: vec![[None, None]; plan.gpus],
            ledgers: Vec::new(),
            busy: Vec::new(),
            ended: Vec::new(),
            seen: Seen::NOTHING,
            hbm_bytes_per_s: plan.hbm_bytes_per_s,
            expert_busy: vec![vec![ZERO; channels]; plan.gpus],
            tally: Tally::new(device),
            waits: Waits::default(),
            ran: None,
        })
    }

    /// Takes the ledgers of a step that is about to run.
    pub(super) fn load(&mut self, step: &mut StepGraph) {
        self.ledgers = std::mem::take(&mut step.ledgers);
        self.busy = vec![[ZERO; Unit::ALL.len()]; step.placed.len() + 1];
        self.ended = vec![ZERO; step.graph.node_count()];
        self.seen = Seen::NOTHING;
        self.waits = Waits::default();
        self.ran = step.notes.is_some().then(|| Ran::new(step.graph.node_count()));
    }

    /// Time of so many bytes at the bandwidth of the data sheet.
    fn at_peak(&self, bytes: u64) -> Femtos {
        let femtos = u128::from(bytes) * 1_000_000_000_000_000 / u128::from(self.hbm_bytes_per_s);
        Femtos::from_ticks(u64::try_from(femtos).unwrap_or(u64::MAX))
    }

    /// What all channels have done so far, which stays to be counted.
    pub(super) fn so_far(&self) -> Tally {
        let mut tally = self.tally.clone();
        self.memories.iter().for_each(|memory| tally += &memory.clone().take_tally());
        tally
    }

    /// Adds up what all channels did.
    pub(super) fn count(&mut self) {
        self.memories.iter_mut().for_each(|memory| self.tally += &memory.take_tally());
    }

    /// What the units did is through: enters what it took.
    fn worked(&mut self, gpu: usize, work: &Work, taken: Femtos) {
        let worked = self.memories[gpu].worked(work);
        let Some(ledger) = work.ledger else {
            self.seen.attention += taken;
            return;
        };
        let clock = self.memo.device().clock;
        for (sum, time) in self.expert_busy[gpu].iter_mut().zip(worked.groups) {
            *sum += clock.femtos(time);
        }
        let times = &mut self.ledgers[ledger].times;
        if times.is_empty() {
            *times = worked.jobs;
        } else {
            let pairs = times.iter_mut().flatten().zip(worked.jobs.into_iter().flatten());
            pairs.for_each(|(sum, time)| *sum += time);
        }
    }
}

impl Machine for Rig<'_, '_> {
    fn begin(&mut self, node: NodeIndex, op: &Op, start: Femtos) -> Option<Femtos> {
        let (gpu, group) = (op.gpu, op.group);
        let beside = ZERO;
        let task = |computed, work, expected| {
            Some(Task { node, group, start, computed, work, expected, beside })
        };
        match &op.takes {
            Takes::Uses(uses) => {
                let longest = uses.iter().map(|held| held.busy).max();
                Some(start.saturating_add(longest.unwrap_or(ZERO)))
            }
            Takes::Kernel { compute, bytes: 0, .. } | Takes::Vector { compute, .. } => {
                Some(start.saturating_add(*compute))
            }
            Takes::Kernel { compute, bytes, .. } => {
                self.memories[gpu].read(self.memo, *bytes, start);
                self.tasks[gpu][Side::Host as usize] =
                    task(start.saturating_add(*compute), None, self.at_peak(*bytes));
                None
            }
            Takes::Read { bytes } => {
                self.memories[gpu].read(self.memo, *bytes, start);
                self.tasks[gpu][Side::Host as usize] = task(start, None, self.at_peak(*bytes));
                None
            }
            Takes::Pim(work) => {
                self.memories[gpu].work(self.memo, work, start);
                self.tasks[gpu][Side::Pim as usize] = task(start, Some(work.clone()), ZERO);
                None
            }
        }
    }

    fn next(&mut self, until: Option<Femtos>) -> Option<(NodeIndex, Femtos)> {
        Memory::trim(&mut self.memories, self.memo);
        let clock = self.memo.device().clock;
        let mut first: Option<(Femtos, usize, Side)> = None;
        for (gpu, memory) in self.memories.iter_mut().enumerate() {
            let limit = first.map(|(end, ..)| end).into_iter().chain(until).min();
            let limit = limit.unwrap_or(Femtos::from_ticks(u64::MAX));
            let Some((side, tick)) = memory.next(self.memo, clock.tick_at(limit)) else { continue };
            let end = clock.femtos(tick);
            if end <= limit && first.is_none_or(|(least, ..)| end < least) {
                first = Some((end, gpu, side));
            }
        }
        let (end, gpu, side) = first?;
        let mut task = self.tasks[gpu][side as usize].take()?;
        let end = end.max(task.start);
        if let Some(other) = self.tasks[gpu].iter_mut().flatten().next() {
            let both = end - task.start.max(other.start).min(end);
            task.beside += both;
            other.beside += both;
        }
        match &task.work {
            Some(work) => self.worked(gpu, work, end - task.start),
            None => {
                self.memories[gpu].was_read();
                self.busy[task.group][Unit::Hbm as usize] += end - task.start;
                self.seen.read(task.expected, end - task.start, task.beside);
                if let Some(ran) = &mut self.ran {
                    ran.read(task.node, end);
                }
            }
        }
        Some((task.node, end.max(task.computed)))
    }

    fn span(&mut self, node: NodeIndex, op: &Op, span: Span) {
        self.ended[node.index()] = span.end;
        self.waits.span(op, span);
        if let Some(ran) = &mut self.ran {
            ran.span(node, span);
        }
        let busy = &mut self.busy[op.group];
        match &op.takes {
            Takes::Uses(uses) => uses.iter().for_each(|held| busy[held.unit as usize] += held.busy),
            Takes::Kernel { compute, .. } => busy[Unit::Gpu as usize] += *compute,
            Takes::Read { .. } => {}
            Takes::Vector { compute, .. } => busy[Unit::Vector as usize] += *compute,
            Takes::Pim(_) => busy[Unit::Pim as usize] += span.end - span.start,
        }
    }
}
