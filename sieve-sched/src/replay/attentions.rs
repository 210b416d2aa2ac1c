//! Decode attention of a step: which requests attend in memory, as which jobs.

use std::cmp::Reverse;

use pim_dram::Ticks;
use pim_dram::job::Worker;
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;
use workloads::Step;
use workloads::model::Attention;

use crate::config::RuntimeSpec;
use crate::pim::{AttentionJobs, kv};
use crate::replay::batch::Split;
use crate::replay::plan::Plan;
use crate::time::{Femtos, ZERO};

/// Decode attention of one mini-batch on one GPU in one kind of layer.
#[derive(Clone, Debug)]
pub struct Attentions {
    /// What PIM units do, if any request attends there.
    pub pim: Option<OnUnits>,
    /// KV lengths of the requests that attend in memory.
    pub in_memory: Vec<u32>,
    /// Of those that attend on the GPU.
    pub on_gpu: Vec<u32>,
}

/// Attention by PIM units.
#[derive(Clone, Debug)]
pub struct OnUnits {
    /// Their jobs.
    pub jobs: AttentionJobs,
    /// Time of the longest list of them on an idle channel, which the runtime knows from the layers before.
    pub time: Femtos,
}

impl Attentions {
    /// Of every part of a step, `[mini-batch][gpu][layer group]`. Where PIM attends, the longest requests do so on the GPU until those
    /// hold `gpu_percent` of the cached tokens.
    #[must_use]
    pub fn of_step(
        plan: &Plan<'_>,
        memo: &mut Memo<'_>,
        step: &Step,
        split: &Split,
        gpu_percent: u32,
    ) -> Vec<Vec<Vec<Self>>> {
        let mut of_gpu = |minibatch, gpu| {
            let kv = split.kv_tokens(step, minibatch, gpu);
            let groups = plan.groups.iter();
            groups.map(|group| Self::new(plan, memo, group.attention, &kv, gpu_percent)).collect()
        };
        (0..split.minibatches)
            .map(|minibatch| (0..split.gpus).map(|gpu| of_gpu(minibatch, gpu)).collect())
            .collect()
    }

    fn new(
        plan: &Plan<'_>,
        memo: &mut Memo<'_>,
        attention: &Attention,
        kv_tokens: &[u32],
        gpu_percent: u32,
    ) -> Self {
        let Some(heads) = plan.heads_on_pim(attention) else {
            return Self { pim: None, in_memory: Vec::new(), on_gpu: kv_tokens.to_vec() };
        };
        let (in_memory, on_gpu) = divide(kv_tokens, gpu_percent);
        let read: Vec<u32> = in_memory.iter().map(|&n| attention.kv_tokens_read(n)).collect();
        let RuntimeSpec { kv_block_tokens, kv_placement, attention_channels, .. } = *plan.runtime;
        let lanes = plan.device.total_lanes();
        let held = kv::place(&read, heads.kv, kv_block_tokens, kv_placement, lanes);
        let jobs = AttentionJobs::new(plan.device, heads, &held, attention_channels);
        let time = time_alone(memo, &jobs);
        // Without requests there still is an operation, which takes no time.
        let units = !in_memory.is_empty() || on_gpu.is_empty();
        Self { pim: units.then_some(OnUnits { jobs, time }), in_memory, on_gpu }
    }

    /// Time that PIM units need, alone.
    pub(super) fn units_time(&self) -> Femtos {
        self.pim.as_ref().map_or(ZERO, |pim| pim.time)
    }
}

/// Requests that attend in memory, and the longest ones, which hold at least so much of all tokens.
fn divide(kv_tokens: &[u32], gpu_percent: u32) -> (Vec<u32>, Vec<u32>) {
    let mut requests = kv_tokens.to_vec();
    requests.sort_unstable_by_key(|&tokens| Reverse(tokens));
    let all: u64 = requests.iter().map(|&tokens| u64::from(tokens)).sum();
    let mut moved = 0;
    let enough = |tokens: &u32| {
        let more = 100 * moved < all * u64::from(gpu_percent);
        moved += u64::from(*tokens);
        more
    };
    let on_gpu: Vec<u32> = requests.iter().copied().take_while(enough).collect();
    (requests.split_off(on_gpu.len()), on_gpu)
}

fn time_alone(memo: &mut Memo<'_>, jobs: &AttentionJobs) -> Femtos {
    let mut worker = Worker::new(memo);
    let mut tally = Tally::new(memo.device());
    let mut end = Ticks(0);
    for job in jobs.scores[jobs.longest].iter().chain(&jobs.context[jobs.longest]) {
        end = worker.run(memo, job, false, Ticks(0), &mut tally).done;
    }
    memo.device().clock.femtos(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_requests_go_to_the_gpu() {
        assert_eq!(divide(&[10, 40, 30, 20], 0), (vec![40, 30, 20, 10], vec![]));
        assert_eq!(divide(&[10, 40, 30, 20], 41), (vec![20, 10], vec![40, 30]));
        assert_eq!(divide(&[10, 40], 100), (vec![], vec![40, 10]));
        assert_eq!(divide(&[], 50), (vec![], vec![]));
    }
}
