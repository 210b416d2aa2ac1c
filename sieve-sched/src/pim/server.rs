//! The PIM channels of one GPU as a server of work.

use pim_dram::Ticks;
use pim_dram::job::{Job, Worker};
use pim_dram::memo::Memo;
use pim_dram::tally::Tally;

use crate::time::Femtos;

/// Jobs for the channels of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Jobs by channel group; a single entry is for every group alike.
    pub jobs: Vec<Vec<Job>>,
    /// Where the times of expert jobs are entered; `None` for attention.
    pub ledger: Option<usize>,
}

/// The channels of one GPU, cut into groups whose channels always do alike. Groups in equal states with equal jobs are
/// simulated once.
#[derive(Debug)]
pub struct Server {
    groups: Vec<Worker>,
    /// Command channels of a group.
    channels_per_group: u64,
    /// Per group, time spent on experts.
    expert_busy: Vec<Femtos>,
    tally: Tally,
}

/// What a group made of its jobs.
struct Done {
    before: Worker,
    jobs: usize,
    after: Worker,
    end: Ticks,
    job_times: Vec<Ticks>,
    tally: Tally,
}

impl Server {
    /// Channels at tick 0.
    pub fn new(memo: &mut Memo<'_>, groups: usize) -> Self {
        let channels = memo.device().spec.geometry.channels;
        Self {
            groups: vec![Worker::new(memo); groups],
            channels_per_group: u64::from(channels) / groups as u64,
            expert_busy: vec![Femtos::from_ticks(0); groups],
            tally: Tally::new(memo.device()),
        }
    }

    /// Simulates work from `start` on: when the last result is with the GPU, and the time of each job, as in [`Work::jobs`].
    pub fn run(
        &mut self,
        memo: &mut Memo<'_>,
        work: &Work,
        start: Femtos,
    ) -> (Femtos, Vec<Vec<Ticks>>) {
        let clock = memo.device().clock;
        let from = clock.tick_at(start);
        let mut done: Vec<Done> = Vec::new();
        let mut end = from;
        let mut times = vec![Vec::new(); work.jobs.len()];
        for (group, worker) in self.groups.iter_mut().enumerate() {
            let index = if work.jobs.len() == 1 { 0 } else { group };
            let jobs = &work.jobs[index];
            let same = |d: &Done| work.jobs[d.jobs] == *jobs && d.before == *worker;
            let at = done.iter().position(same).unwrap_or_else(|| {
                done.push(run_group(memo, worker, index, jobs, from));
                done.len() - 1
            });
            let result = &done[at];
            *worker = result.after.clone();
            end = end.max(result.end);
            self.tally.add(&result.tally, self.channels_per_group);
            if work.ledger.is_some() {
                self.expert_busy[group] += clock.femtos(result.end - from);
            }
            times[index].clone_from(&result.job_times);
        }
        (clock.femtos(end).max(start), times)
    }

    /// Commands of all channels, and attributed time summed over them.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Per group, the time spent on experts.
    #[must_use]
    pub fn expert_busy(&self) -> &[Femtos] {
        &self.expert_busy
    }
}

fn run_group(
    memo: &mut Memo<'_>,
    worker: &Worker,
    index: usize,
    jobs: &[Job],
    from: Ticks,
) -> Done {
    let mut after = worker.clone();
    let mut tally = Tally::new(memo.device());
    let mut end = from;
    let mut last = from;
    let mut job_times = Vec::with_capacity(jobs.len());
    for (place, job) in jobs.iter().enumerate() {
        let result = after.run(memo, job, place + 1 < jobs.len(), from, &mut tally);
        job_times.push(result.issued - last.min(result.issued));
        last = result.issued;
        end = end.max(result.done);
    }
    Done { before: worker.clone(), jobs: index, after, end, job_times, tally }
}
