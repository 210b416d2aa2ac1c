//! One (model, batch, method): decode steps replayed, and what they show.

use pim_dram::memo::Memo;
use pim_dram::tally::Tally;
use workloads::Step;

use crate::config::{Config, ConfigError};
use crate::cost_table::TableError;
use crate::energy::{self, Energy, Meter};
use crate::method::Method;
use crate::policy::Policy;
use crate::replay::batch::Split;
use crate::replay::course::{Course, Done};
use crate::replay::decisions::Decisions;
use crate::replay::graph::Unit;
use crate::replay::oracle::Gap;
use crate::replay::plan::Plan;
use crate::replay::record::Recorder;
use crate::replay::rig::Rig;
use crate::replay::step::Placed;
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

/// What is replayed.
#[derive(Clone, Copy)]
pub struct Replay<'a> {
    /// Model, system and runtime.
    pub config: &'a Config,
    /// Requests.
    pub batch: u32,
    /// Method.
    pub method: Method,
    /// Makes the policy that places experts of the method.
    pub policies: &'a Policies<'a>,
    /// The steps of the batch, warm-up first.
    pub steps: &'a [Step],
}

impl Point {
    /// Replays a batch. What `memo` knows from other points saves time and changes nothing.
    ///
    /// # Errors
    /// A configuration that the method cannot run on.
    pub fn run(replay: Replay<'_>, memo: &mut Memo<'_>) -> Result<Self, ConfigError> {
        Self::recorded(replay, memo, &mut Recorder::default())
    }

    /// As [`Point::run`], while a recorder keeps one of the steps.
    ///
    /// # Errors
    /// Those of [`Point::run`].
    pub fn recorded(
        replay: Replay<'_>,
        memo: &mut Memo<'_>,
        recorder: &mut Recorder,
    ) -> Result<Self, ConfigError> {
        if !replay.method.traits().tunes {
            return Self::replay(replay, memo, recorder);
        }
        let warmup = (replay.config.run.warmup_steps as usize).min(replay.steps.len());
        let config = &tuned(Replay { steps: &replay.steps[..warmup], ..replay }, memo)?;
        Self::replay(Replay { config, ..replay }, memo, recorder)
    }

    /// The same, of a runtime that changes nothing of its configuration.
    pub(super) fn replay(
        replay: Replay<'_>,
        memo: &mut Memo<'_>,
        recorder: &mut Recorder,
    ) -> Result<Self, ConfigError> {
        let Replay { config, batch, method, policies, steps } = replay;
        let device = memo.device();
        let warmup = config.run.warmup_steps as usize;
        let plan = Plan::new(config, device, method, &steps[..warmup.min(steps.len())])?;
        let prompts = steps.first().map_or(0, |step| step.chunks.len());
        let minibatches = config.runtime.minibatches;
        let split = Split::new(batch as usize, prompts, plan.gpus, minibatches, method);
        let calm = energy::without_refresh(device)?;
        let mut meter = Meter::new(config, &plan, &calm);
        let mut course = Course::new(&plan, &split, memo, policies(method, plan.channel_groups))?;
        let mut point = Self::nothing(batch, &plan, &split);
        let mut warm = Tally::new(device);
        for (index, step) in steps.iter().enumerate() {
            if index == warmup {
                warm = course.rig.so_far();
            }
            let search = (method.traits().searches && index >= warmup).then_some(&mut point.gaps);
            let done = course.step(step, search, recorder.wants(index))?;
            point.table_error.push(done.table_error);
            if index >= warmup {
                point.add(&done, &course.rig, &plan);
                if let Some(meter) = &mut meter {
                    let (graph, links) = (&done.built.graph, done.built.link_bytes);
                    meter.step(graph, &course.rig.ledgers, links, &done.attentions);
                }
            }
            recorder.keep(done, &mut course.rig);
        }
        let mut rig = course.rig;
        rig.count();
        point.energy = meter.map(|meter| meter.read(point.time, [&warm, &rig.tally]));
        point.tally = rig.tally;
        point.channel_busy = rig.expert_busy.swap_remove(0);
        Ok(point)
    }

    /// Before the first step.
    fn nothing(batch: u32, plan: &Plan<'_>, split: &Split) -> Self {
        Self {
            batch,
            method: plan.method,
            gpus: plan.gpus,
            minibatches: split.minibatches,
            attention_on_gpu_percent: plan.runtime.attention_on_gpu_percent,
            steps: 0,
            time: ZERO,
            busy: vec![[ZERO; Unit::ALL.len()]; plan.groups.len() + 1],
            placed: vec![Placed::default(); plan.groups.len()],
            decisions: Decisions::default(),
            tally: Tally::new(plan.device),
            channel_busy: Vec::new(),
            slices: [plan.layouts.up.slices, plan.layouts.down.slices],
            table_error: Vec::new(),
            gaps: Vec::new(),
            energy: None,
            slowest_gpu_wait: ZERO,
        }
    }

    /// Adds a step that is measured.
    fn add(&mut self, done: &Done, rig: &Rig<'_, '_>, plan: &Plan<'_>) {
        self.steps += 1;
        self.time += done.end - done.start;
        self.slowest_gpu_wait += rig.waits.mean(plan.gpus);
        for (sum, more) in self.busy.iter_mut().flatten().zip(rig.busy.iter().flatten()) {
            *sum += *more;
        }
        self.decisions += &done.built.decisions;
        self.placed.iter_mut().zip(&done.built.placed).for_each(|(sum, more)| *sum += *more);
    }
}
