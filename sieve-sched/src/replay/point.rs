//! One (model, batch, method): decode steps replayed, and what they show.

use pim_dram::device::Device;
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;
use workloads::Step;

use crate::config::{Config, ConfigError};
use crate::cost_table::{TableError, Took};
use crate::energy::{self, Energy, Meter};
use crate::method::Method;
use crate::policy::{Observed, Policy};
use crate::replay::attentions::Attentions;
use crate::replay::batch::Split;
use crate::replay::decisions::Decisions;
use crate::replay::graph::Unit;
use crate::replay::list::replay;
use crate::replay::oracle::{Gap, Oracle};
use crate::replay::plan::Plan;
use crate::replay::record::{Record, Recorder};
use crate::replay::rig::Rig;
use crate::replay::step::{Builder, Inputs, Ledger, Placed, StepGraph};
use crate::replay::tune::tuned;
use crate::time::{Femtos, ZERO};

/// Busy time per unit, in the order of [`Unit::ALL`].
pub type Busy = [Femtos; Unit::ALL.len()];

/// Makes the policy of a method for a GPU whose channels form so many groups; [`Method::policy`] unless others are tried.
pub type Policies<'a> = dyn Fn(Method, usize) -> Box<dyn Policy> + Sync + 'a;

/// What a replay of one (model, batch, method) shows. Sums are over the measured steps and all GPUs.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Requests.
    pub batch: u32,
    /// Method.
    pub method: Method,
    /// GPUs.
    pub gpus: usize,
    /// Mini-batches.
    pub minibatches: usize,
    /// Share of the cached tokens that were attended to on the GPU although PIM could.
    pub attention_on_gpu_percent: u32,
    /// Steps measured.
    pub steps: u32,
    /// Time of all steps.
    pub time: Femtos,
    /// Busy time per layer group, the language-model head last.
    pub busy: Vec<Busy>,
    /// Placement per layer group.
    pub placed: Vec<Placed>,
    /// What placement expected.
    pub decisions: Decisions,
    /// Commands of PIM and of reads, and attributed time of PIM, all channels, warm-up included.
    pub tally: Tally,
    /// Per channel of the first GPU, time spent on experts, warm-up included.
    pub channel_busy: Vec<Femtos>,
    /// Input slices of an expert's two matrices on PIM.
    pub slices: [u32; 2],
    /// How far the cost table was from what it should foretell, step by step, warm-up included.
    pub table_error: Vec<TableError>,
    /// What a method that searches found, layer by layer and step by step; empty for others.
    pub gaps: Vec<Gap>,
    /// Energy; `None` if GPU, links or channels have no numbers for it.
    pub energy: Option<Energy>,
    /// Before each collective, the time of the last GPU that is ready less the mean of all; the sum over all collectives.
    pub slowest_gpu_wait: Femtos,
}

impl Point {
    /// Replays the steps of a batch, placing experts with the policy that `policies` makes of the method. What `memo` knows from
    /// other points saves time and changes nothing.
    ///
    /// # Errors
    /// A configuration that the method cannot run on.
    pub fn run(
        config: &Config,
        memo: &mut Memo<'_>,
        batch: u32,
        method: Method,
        policies: &Policies<'_>,
        steps: &[Step],
    ) -> Result<Self, ConfigError> {
        let nothing = &mut Recorder::default();
        Self::recorded(config, memo, batch, method, policies, steps, nothing)
    }

    /// As [`Point::run`], while a recorder keeps one of the steps.
    ///
    /// # Errors
    /// Those of [`Point::run`].
    pub fn recorded(
        config: &Config,
        memo: &mut Memo<'_>,
        batch: u32,
        method: Method,
        policies: &Policies<'_>,
        steps: &[Step],
        recorder: &mut Recorder,
    ) -> Result<Self, ConfigError> {
        if !method.traits().tunes {
            return Self::replay(config, memo, batch, method, policies, steps, recorder);
        }
        let warmup = (config.run.warmup_steps as usize).min(steps.len());
        let tuned = tuned(config, memo, batch, method, policies, &steps[..warmup])?;
        Self::replay(&tuned, memo, batch, method, policies, steps, recorder)
    }

    /// The same, of a runtime that changes nothing of its configuration.
    pub(super) fn replay(
        config: &Config,
        memo: &mut Memo<'_>,
        batch: u32,
        method: Method,
        policies: &Policies<'_>,
        steps: &[Step],
        recorder: &mut Recorder,
    ) -> Result<Self, ConfigError> {
        let device = memo.device();
        let warmup = config.run.warmup_steps as usize;
        let plan = Plan::new(config, device, method, &steps[..warmup.min(steps.len())])?;
        let prompts = steps.first().map_or(0, |step| step.chunks.len());
        let minibatches = config.runtime.minibatches;
        let split = Split::new(batch as usize, prompts, plan.gpus, minibatches, method);
        let calm = energy::without_refresh(device)?;
        let mut meter = Meter::new(config, &plan, &calm);
        let mut rig = Rig::new(&plan, memo)?;
        let mut policy = policies(method, plan.channel_groups);
        let mut table = plan.cost_table();
        let mut observed = Observed::default();
        let mut layers = Memo::new(device);
        let percent = config.runtime.attention_on_gpu_percent;
        let mut now = ZERO;
        let mut point = Self {
            batch,
            method,
            gpus: plan.gpus,
            minibatches: split.minibatches,
            attention_on_gpu_percent: percent,
            steps: 0,
            time: now,
            busy: vec![[ZERO; Unit::ALL.len()]; plan.groups.len() + 1],
            placed: vec![Placed::default(); plan.groups.len()],
            decisions: Decisions::default(),
            tally: Tally::new(device),
            channel_busy: Vec::new(),
            slices: [plan.layouts.up.slices, plan.layouts.down.slices],
            table_error: Vec::new(),
            gaps: Vec::new(),
            energy: None,
            slowest_gpu_wait: now,
        };
        let mut warm = Tally::new(device);
        for (index, step) in steps.iter().enumerate() {
            if index == warmup {
                warm = rig.so_far();
            }
            let attentions = &Attentions::of_step(&plan, rig.memo, step, &split, percent);
            let (plan, split, table_now) = (&plan, &split, &table);
            let inputs = Inputs { plan, step, split, table: table_now, observed, attentions };
            let build = if recorder.wants(index) { Builder::noted } else { Builder::build };
            let mut built = if method.traits().searches && index >= warmup {
                let mut oracle = Oracle::new(inputs, &mut layers);
                let (mut best, gaps) = oracle.best_of_step(policy.as_mut())?;
                point.gaps.extend(gaps);
                build(inputs, &mut best)
            } else {
                build(inputs, policy.as_mut())
            };
            rig.load(&mut built);
            let StepGraph { graph, placed, attention, link_bytes, decisions, notes, .. } = built;
            let end =
                replay(&graph, now, &mut rig).map_err(|e| ConfigError::Invalid(e.to_string()))?;
            let took = took(&rig.ledgers, device);
            point.table_error.push(table.error(&took));
            table.learn(&took);
            let weight = config.runtime.cost_weight_percent;
            rig.seen.enter(&mut observed, attention, weight);
            if index >= warmup {
                point.steps += 1;
                point.time += end - now;
                point.slowest_gpu_wait += rig.waits.mean(plan.gpus);
                add_busy(&mut point.busy, &rig.busy);
                point.decisions += &decisions;
                point.placed.iter_mut().zip(placed).for_each(|(sum, more)| *sum += more);
                if let Some(meter) = &mut meter {
                    meter.step(&graph, &rig.ledgers, link_bytes, attentions);
                }
            }
            if let (Some(notes), Some(ran)) = (notes, rig.ran.take()) {
                let busy = rig.busy.clone();
                recorder.record = Some(Record { start: now, end, graph, notes, ran, busy });
            }
            now = end;
        }
        rig.count();
        point.energy = meter.map(|meter| meter.read(point.time, [&warm, &rig.tally]));
        point.tally = rig.tally;
        point.channel_busy = rig.expert_busy.swap_remove(0);
        Ok(point)
    }
}

fn add_busy(sum: &mut [Busy], more: &[Busy]) {
    for (sum, more) in sum.iter_mut().flatten().zip(more.iter().flatten()) {
        *sum += *more;
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
