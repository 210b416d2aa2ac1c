//! Adds up what the steps of a point did, and prices it.

use gpu_model::GpuEnergySpec;
use noc::LinkSpec;
use pim_dram::device::Device;
use pim_dram::energy::Draw;
use pim_dram::tally::Tally;

use super::account::{Draws, Energy, add};
use super::jobs::JobPrices;
use crate::config::Config;
use crate::replay::attentions::Attentions;
use crate::replay::graph::{Graph, Takes};
use crate::replay::plan::Plan;
use crate::replay::step::Ledger;
use crate::time::Femtos;

/// Counts steps on all GPUs.
#[derive(Debug)]
pub struct Meter<'a> {
    plan: &'a Plan<'a>,
    gpu: GpuEnergySpec,
    /// Of a bit inside of domains and between them.
    link_pj_per_bit: [f64; 2],
    /// Of a pseudo-channel.
    background_mw: f64,
    prices: JobPrices<'a>,
    flops: u64,
    bytes: u64,
    link_bytes: [u64; 2],
    attention: Draws,
    experts: Draws,
}

impl<'a> Meter<'a> {
    /// Nothing counted; `None` if GPU, channels or links that are used have no numbers. `calm` is the device of the plan
    /// [without refresh](super::without_refresh).
    #[must_use]
    pub fn new(config: &Config, plan: &'a Plan<'a>, calm: &'a Device) -> Option<Self> {
        let none = [0; Draw::ALL.len()];
        Some(Self {
            plan,
            gpu: config.system.gpu.energy?,
            link_pj_per_bit: of_links(&config.system.link, plan.gpus)?,
            background_mw: config.system.pim.energy.as_ref()?.background_mw,
            prices: JobPrices::new(calm),
            flops: 0,
            bytes: 0,
            link_bytes: [0; 2],
            attention: none,
            experts: none,
        })
    }

    /// Counts a step: its graph, its experts on PIM, its bytes between GPUs (inside of domains, between them), and who attends where
    /// (`[mini-batch][gpu][layer group]`).
    pub fn step(
        &mut self,
        graph: &Graph,
        experts: &[Ledger],
        link_bytes: [u64; 2],
        attentions: &[Vec<Vec<Attentions>>],
    ) {
        for op in graph.node_weights() {
            let (flops, bytes) = match op.takes {
                Takes::Kernel { flops, bytes, .. } => (flops, bytes),
                Takes::Read { bytes } => (0, bytes),
                Takes::Vector { flops, .. } => (flops, 0),
                Takes::Uses(_) | Takes::Pim(_) => (0, 0),
            };
            self.flops = self.flops.saturating_add(flops);
            self.bytes = self.bytes.saturating_add(bytes);
        }
        let bytes = self.link_bytes.iter_mut().zip(link_bytes);
        bytes.for_each(|(sum, more)| *sum = sum.saturating_add(more));
        for (at, group) in self.plan.groups.iter().enumerate() {
            let Some(heads) = self.plan.heads_on_pim(group.attention) else { continue };
            let parts = attentions.iter().flatten().flat_map(|groups| &groups[at].in_memory);
            let kv: Vec<u32> =
                parts.map(|&tokens| group.attention.kv_tokens_read(tokens)).collect();
            let block_tokens = self.plan.runtime.kv_block_tokens;
            let layer = self.prices.attention(heads, &kv, block_tokens);
            add(&mut self.attention, &layer, group.layers.into());
        }
        let layouts = &self.plan.layouts;
        for &tokens in experts.iter().flat_map(|ledger| &ledger.tokens).flatten() {
            for (job, layout) in
                [(layouts.up_job(tokens), &layouts.up), (layouts.down_job(tokens), &layouts.down)]
            {
                add(&mut self.experts, &self.prices.job(job), layout.busy_lanes().into());
            }
        }
    }

    /// The energy of what was counted, which took so long. `tallies` are those of all channels before and after.
    #[must_use]
    pub fn read(&self, time: Femtos, tallies: [&Tally; 2]) -> Energy {
        let (device, gpus) = (self.plan.device, self.plan.gpus as f64);
        // A milliwatt over a femtosecond is a thousandth of a femtojoule.
        let over_time = |mw: f64| (mw / 1e3 * gpus * time.as_ticks() as f64).round() as u128;
        let [inside, between] = [0, 1]
            .map(|level| femtojoules(8.0 * self.link_pj_per_bit[level], self.link_bytes[level]));
        let lanes = f64::from(device.spec.geometry.total_pseudo_channels());
        Energy {
            gpu_compute: femtojoules(self.gpu.flop_pj, self.flops),
            gpu_on_chip: femtojoules(self.gpu.on_chip_pj_per_byte, self.bytes),
            gpu_static: over_time(1e3 * self.gpu.static_w),
            hbm: of_host(device, tallies),
            hbm_background: over_time(self.background_mw * lanes),
            pim_attention: self.attention,
            pim_experts: self.experts,
            links: inside + between,
        }
    }
}

/// So many times a number of picojoules.
fn femtojoules(pj: f64, times: u64) -> u128 {
    (1e3 * pj * times as f64).round() as u128
}

/// Picojoules of a bit on each level that so many GPUs use.
fn of_links(link: &LinkSpec, gpus: usize) -> Option<[f64; 2]> {
    let between = link.between_domains.filter(|between| gpus > between.gpus_per_domain as usize);
    Some([
        if gpus > 1 { link.pj_per_bit? } else { 0.0 },
        between.map_or(Some(0.0), |between| between.pj_per_bit)?,
    ])
}

/// What the host's commands and refreshes drew between two tallies.
fn of_host(device: &Device, [before, after]: [&Tally; 2]) -> Draws {
    let mut sum = [0; Draw::ALL.len()];
    let refresh = Draw::Refresh as usize;
    sum[refresh] = after.energy_fj[refresh] - before.energy_fj[refresh];
    let Some(host) = device.host else { return sum };
    let count = |command| after.count(command) - before.count(command);
    let (reads, writes) = (count(host.read), count(host.write));
    // Where the units open rows by the same command, the host's are those of whole rows.
    let bursts_per_row = device.spec.geometry.row_bytes / device.spec.geometry.burst_bytes;
    let rows = if host.activate == device.roles.activate {
        (reads + writes).div_ceil(bursts_per_row.into())
    } else {
        count(host.activate)
    };
    for (command, times) in [(host.activate, rows), (host.read, reads), (host.write, writes)] {
        // They address one bank each, all at the same price.
        if let Some(draws) = device.energy_fj(command, 0) {
            add(&mut sum, &draws.map(u128::from), times);
        }
    }
    sum
}
