//! The course of a replay: step after step on the same hardware, with what the runtime has learnt on the way.

use pim_dram::device::Device;
use pim_dram::memo::Memo;
use workloads::Step;

use crate::config::ConfigError;
use crate::cost_table::{CostTable, TableError, Took};
use crate::policy::{Observed, Policy};
use crate::replay::attentions::Attentions;
use crate::replay::batch::Split;
use crate::replay::list::replay;
use crate::replay::oracle::{Gap, Oracle};
use crate::replay::plan::Plan;
use crate::replay::rig::Rig;
use crate::replay::step::{Builder, Inputs, Ledger, StepGraph};
use crate::time::{Femtos, ZERO};

/// Hardware and runtime between two steps.
pub(super) struct Course<'p, 'm, 'd> {
    plan: &'p Plan<'p>,
    split: &'p Split,
    policy: Box<dyn Policy>,
    pub(super) rig: Rig<'m, 'd>,
    table: CostTable,
    observed: Observed,
    /// Of a search, which simulates layers by themselves.
    layers: Memo<'d>,
    now: Femtos,
}

/// A step that has run; what the hardware did meanwhile stands in the rig until the next one.
pub(super) struct Done {
    pub(super) start: Femtos,
    pub(super) end: Femtos,
    /// The graph, whose ledgers are in the rig.
    pub(super) built: StepGraph,
    /// `[mini-batch][gpu][layer group]`.
    pub(super) attentions: Vec<Vec<Vec<Attentions>>>,
    /// How far the cost table was from what the step took.
    pub(super) table_error: TableError,
}

impl<'p, 'm, 'd> Course<'p, 'm, 'd> {
    /// Before the first step.
    ///
    /// # Errors
    /// A device without commands for a host.
    pub(super) fn new(
        plan: &'p Plan<'p>,
        split: &'p Split,
        memo: &'m mut Memo<'d>,
        policy: Box<dyn Policy>,
    ) -> Result<Self, ConfigError> {
        let layers = Memo::new(memo.device());
        Ok(Self {
            plan,
            split,
            policy,
            rig: Rig::new(plan, memo)?,
            table: plan.cost_table(),
            observed: Observed::default(),
            layers,
            now: ZERO,
        })
    }

    /// Runs the next step, with notes for a timeline if they are wanted, and learns from it. With `search` experts are placed by the
    /// best partitions that are found, and what these gain is entered there.
    ///
    /// # Errors
    /// Simulated time that does not fit, and what a search needs of the hardware and does not find.
    pub(super) fn step(
        &mut self,
        step: &Step,
        search: Option<&mut Vec<Gap>>,
        noted: bool,
    ) -> Result<Done, ConfigError> {
        let (plan, runtime) = (self.plan, self.plan.runtime);
        let percent = runtime.attention_on_gpu_percent;
        let attentions = Attentions::of_step(plan, self.rig.memo, step, self.split, percent);
        let mut built = self.build(step, &attentions, search, noted)?;
        self.rig.load(&mut built);
        let start = self.now;
        let end = replay(&built.graph, start, &mut self.rig)
            .map_err(|error| ConfigError::Invalid(error.to_string()))?;
        let took = took(&self.rig.ledgers, plan.device);
        let table_error = self.table.error(&took);
        self.table.learn(&took);
        self.rig.seen.enter(&mut self.observed, built.attention, runtime.cost_weight_percent);
        self.now = end;
        Ok(Done { start, end, built, attentions, table_error })
    }

    fn build(
        &mut self,
        step: &Step,
        attentions: &[Vec<Vec<Attentions>>],
        search: Option<&mut Vec<Gap>>,
        noted: bool,
    ) -> Result<StepGraph, ConfigError> {
        let Self { plan, split, policy, table, observed, layers, .. } = self;
        let inputs = Inputs { plan, step, split, table, observed: *observed, attentions };
        let build = if noted { Builder::noted } else { Builder::build };
        let Some(all_gaps) = search else { return Ok(build(inputs, policy.as_mut())) };
        let (mut best, gaps) = Oracle::new(inputs, layers).best_of_step(policy.as_mut())?;
        all_gaps.extend(gaps);
        Ok(build(inputs, &mut best))
    }
}

/// What every expert on PIM took.
pub(super) fn took(ledgers: &[Ledger], device: &Device) -> Vec<Took> {
    let of = |ledger: &Ledger| {
        let tokens = ledger.tokens.iter().flatten().copied();
        let times = ledger.times.iter().flatten().map(|&time| device.clock.femtos(time));
        tokens.zip(times).collect::<Vec<_>>()
    };
    ledgers.iter().flat_map(of).collect()
}
