//! What jobs of the PIM units draw.

use std::collections::BTreeMap;

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::energy::Draw;
use pim_dram::job::{Job, Worker};
use pim_dram::memo::Memo;
use pim_dram::spec::{DeviceSpec, Refresh};
use pim_dram::tally::Tally;

use super::account::{Draws, add};
use crate::config::ConfigError;
use crate::pim::{Heads, Shape};

/// A device that is never refreshed. What a job draws on it does not depend on when it begins.
///
/// # Errors
/// A device that cannot do without refresh.
pub fn without_refresh(device: &Device) -> Result<Device, ConfigError> {
    let spec = DeviceSpec { refresh: Refresh::None, ..device.spec.clone() };
    Device::new(&spec).map_err(|e| ConfigError::Invalid(e.to_string()))
}

/// Femtojoules of jobs on one pseudo-channel, each job simulated once. Rows that a refresh closes under a job are opened a second
/// time; that is not counted.
#[derive(Debug)]
pub struct JobPrices<'d> {
    memo: Memo<'d>,
    worker: Worker,
    known: BTreeMap<Job, Draws>,
}

impl<'d> JobPrices<'d> {
    /// None known yet.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let mut memo = Memo::new(device);
        let worker = Worker::new(&mut memo);
        Self { memo, worker, known: BTreeMap::new() }
    }

    /// What a job draws.
    pub fn job(&mut self, job: Job) -> Draws {
        if let Some(known) = self.known.get(&job) {
            return *known;
        }
        let device = self.memo.device();
        let mut tally = Tally::new(device);
        self.worker.run(&mut self.memo, &job, false, Ticks(0), &mut tally);
        // All lanes of the channel did it.
        let draws = tally.energy_fj.map(|fj| fj / u128::from(device.lanes()));
        self.known.insert(job, draws);
        draws
    }

    /// What decode attention of requests draws that have `kv_tokens` tokens each (window-limited), wherever their KV blocks lie:
    /// the blocks of a pseudo-channel are worked off one after the other, so that only their sizes matter.
    pub fn attention(&mut self, heads: Heads, kv_tokens: &[u32], block_tokens: u32) -> Draws {
        let mut blocks: BTreeMap<u32, u64> = BTreeMap::new();
        for tokens in kv_tokens {
            *blocks.entry(block_tokens).or_default() += u64::from(tokens / block_tokens);
            *blocks.entry(tokens % block_tokens).or_default() += 1;
        }
        blocks.remove(&0);
        let mut sum = [0; Draw::ALL.len()];
        for (tokens, count) in blocks {
            let block = self.block(heads, tokens);
            add(&mut sum, &block, count * u64::from(heads.kv));
        }
        sum
    }

    /// A block of one KV head.
    fn block(&mut self, heads: Heads, tokens: u32) -> Draws {
        let shape = Shape::new(self.memo.device(), heads);
        let mut sum = [0; Draw::ALL.len()];
        for job in shape.scores(&[tokens]).into_iter().chain(shape.context(&[tokens])) {
            add(&mut sum, &self.job(job), 1);
        }
        sum
    }
}
