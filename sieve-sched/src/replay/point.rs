//! One (model, batch, method): decode steps replayed, and what they show.

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::job::Worker;
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;
use workloads::Step;
use workloads::model::Attention;

use crate::config::{Config, ConfigError};
use crate::cost_table::{TableError, Took};
use crate::method::Method;
use crate::pim::AttentionJobs;
use crate::policy::Policy;
use crate::replay::batch::Split;
use crate::replay::graph::Unit;
use crate::replay::list::replay;
use crate::replay::plan::Plan;
use crate::replay::rig::Rig;
use crate::replay::step::{Attentions, Builder, Ledger, Placed, StepGraph};
use crate::time::Femtos;

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
    /// Steps measured.
    pub steps: u32,
    /// Time of all steps.
    pub time: Femtos,
    /// Busy time per layer group, the language-model head last.
    pub busy: Vec<Busy>,
    /// Placement per layer group.
    pub placed: Vec<Placed>,
    /// Commands of PIM and of reads, and attributed time of PIM, all channels, warm-up included.
    pub tally: Tally,
    /// Per channel group of the first GPU, time spent on experts, warm-up included.
    pub channel_busy: Vec<Femtos>,
    /// Input slices of an expert's two matrices on PIM.
    pub slices: [u32; 2],
    /// How far the cost table was from what it should foretell, step by step, warm-up included.
    pub table_error: Vec<TableError>,
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
        let device = memo.device();
        let warmup = config.run.warmup_steps as usize;
        let plan = Plan::new(config, device, method, &steps[..warmup.min(steps.len())])?;
        let split = Split::new(batch as usize, plan.gpus, config.runtime.minibatches, method);
        let mut rig = Rig::new(&plan, memo)?;
        let mut policy = policies(method, plan.channel_groups);
        let mut table = plan.cost_table();
        let mut now = Femtos::from_ticks(0);
        let mut point = Self {
            batch,
            method,
            gpus: plan.gpus,
            minibatches: split.minibatches,
            steps: 0,
            time: now,
            busy: vec![zero_busy(); plan.groups.len() + 1],
            placed: vec![Placed::default(); plan.groups.len()],
            tally: Tally::new(device),
            channel_busy: Vec::new(),
            slices: [plan.layouts.up.slices, plan.layouts.down.slices],
            table_error: Vec::new(),
        };
        for (index, step) in steps.iter().enumerate() {
            let attentions = attentions(&plan, rig.memo, step, &split);
            let StepGraph { graph, ledgers, placed } =
                Builder::build(&plan, step, &split, policy.as_mut(), &table, &attentions);
            rig.ledgers = ledgers;
            rig.busy = vec![zero_busy(); plan.groups.len() + 1];
            let end =
                replay(&graph, now, &mut rig).map_err(|e| ConfigError::Invalid(e.to_string()))?;
            let took = took(&rig.ledgers, device);
            point.table_error.push(table.error(&took));
            table.learn(&took);
            if index >= warmup {
                point.steps += 1;
                point.time += end - now;
                add_busy(&mut point.busy, &rig.busy);
                point.placed.iter_mut().zip(placed).for_each(|(sum, more)| *sum += more);
            }
            now = end;
        }
        rig.count();
        point.tally = rig.tally;
        point.channel_busy = rig.expert_busy.swap_remove(0);
        Ok(point)
    }
}

fn zero_busy() -> Busy {
    [Femtos::from_ticks(0); Unit::ALL.len()]
}

fn add_busy(sum: &mut [Busy], more: &[Busy]) {
    for (sum, more) in sum.iter_mut().flatten().zip(more.iter().flatten()) {
        *sum += *more;
    }
}

/// Decode attention on PIM, [mini-batch][gpu][layer group].
fn attentions(
    plan: &Plan<'_>,
    memo: &mut Memo<'_>,
    step: &Step,
    split: &Split,
) -> Vec<Vec<Vec<Option<Attentions>>>> {
    let mut of = |minibatch, gpu, attention: &Attention| {
        let heads = plan.heads_on_pim(attention)?;
        let kv = split.kv_tokens(step, minibatch, gpu);
        let read: Vec<u32> = kv.iter().map(|&tokens| attention.kv_tokens_read(tokens)).collect();
        let (block, placement) = (plan.runtime.kv_block_tokens, plan.runtime.kv_placement);
        let jobs = AttentionJobs::new(plan.device, heads, &read, block, placement);
        let time = time_alone(memo, &jobs);
        Some(Attentions { jobs, time })
    };
    (0..split.minibatches)
        .map(|minibatch| {
            (0..split.gpus)
                .map(|gpu| {
                    plan.groups.iter().map(|group| of(minibatch, gpu, group.attention)).collect()
                })
                .collect()
        })
        .collect()
}

fn time_alone(memo: &mut Memo<'_>, jobs: &AttentionJobs) -> Femtos {
    let mut worker = Worker::new(memo);
    let mut tally = Tally::new(memo.device());
    let mut end = Ticks(0);
    for job in jobs.scores.iter().chain(&jobs.context) {
        end = worker.run(memo, job, false, Ticks(0), &mut tally).done;
    }
    memo.device().clock.femtos(end)
}

/// What every expert on PIM took.
fn took(ledgers: &[Ledger], device: &Device) -> Vec<Took> {
    let of = |ledger: &Ledger| {
        let tokens = ledger.tokens.iter().flatten().copied();
        let times = ledger.times.iter().flatten().map(|&time| device.clock.femtos(time));
        tokens.zip(times).collect::<Vec<_>>()
    };
    ledgers.iter().flat_map(of).collect()
}
