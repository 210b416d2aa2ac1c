//! One expert on PIM, in a steady stream of experts.

use std::collections::BTreeMap;

use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::gemv::weight_bytes;
use pim_dram::job::Worker;
use pim_dram::layout::LayoutError;
use pim_dram::memo::Memo;
use pim_dram::peaks::roofline;
use pim_dram::tally::{Category, Tally};
use serde::Serialize;
use workloads::ModelSpec;

use crate::pim::ExpertLayouts;

/// Refresh intervals that the stream is long, so that the mean holds refresh at its share.
const INTERVALS: u64 = 100;

/// Mean time of an expert with a number of tokens, experts following each other without a gap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpertReport {
    /// Model.
    pub model: String,
    /// Device.
    pub device: String,
    /// How PIM rows are opened.
    pub activation: String,
    /// Tokens of each expert.
    pub tokens: u32,
    /// Mean time of both products of an expert, experts following each other without a gap.
    pub time_ns: f64,
    /// Bytes of the weights / internal bandwidth.
    pub roofline_ns: f64,
    /// `time_ns` / `roofline_ns`.
    pub time_over_roofline: f64,
    /// Time by what it went into, which adds up to `time_ns`.
    pub breakdown_ns: BTreeMap<&'static str, f64>,
    /// Input slices x output groups of gate-and-up and of down.
    pub slices_x_groups: [[u32; 2]; 2],
    /// Share of the multiply-accumulates on padding or idle banks, of gate-and-up and of down.
    pub padding_share: [f64; 2],
    /// Experts in the stream.
    pub experts: u64,
}

impl ExpertReport {
    /// Simulates the stream on all channels of a GPU.
    ///
    /// # Errors
    /// A matrix that cannot be placed.
    pub fn new(device: &Device, model: &ModelSpec, tokens: u32) -> Result<Self, LayoutError> {
        let lanes = device.total_lanes();
        let layouts = ExpertLayouts::plan(device, model.hidden, model.experts.intermediate, lanes)?;
        let mut memo = Memo::new(device);
        let mut worker = Worker::new(&mut memo);
        let mut tally = Tally::new(device);
        let long_enough =
            device.refresh_interval.map_or(Ticks(0), |interval| Ticks(INTERVALS * interval.0));
        let mut experts = 0;
        while experts < INTERVALS || worker.now() < long_enough {
            for job in [layouts.up_job(tokens), layouts.down_job(tokens)] {
                worker.run(&mut memo, &job, true, Ticks(0), &mut tally);
            }
            experts += 1;
        }
        let per_expert =
            |ticks: Ticks| device.clock.femtos(ticks).as_ticks() as f64 / 1e6 / experts as f64;
        let bytes: u64 = [layouts.up.matrix, layouts.down.matrix]
            .iter()
            .map(|&matrix| weight_bytes(device, matrix))
            .sum();
        let time_ns = per_expert(worker.now());
        let roofline = roofline(device, bytes * u64::from(tokens), lanes);
        let roofline_ns = roofline.as_ticks() as f64 / 1e6;
        Ok(Self {
            model: model.name.clone(),
            device: device.spec.name.clone(),
            activation: ron::to_string(&device.pim.activation).unwrap_or_default(),
            tokens,
            time_ns,
            roofline_ns,
            time_over_roofline: time_ns / roofline_ns,
            breakdown_ns: Category::ALONE.map(|c| (c.name(), per_expert(tally.time(c)))).into(),
            slices_x_groups: [&layouts.up, &layouts.down].map(|l| [l.slices, l.groups]),
            padding_share: [&layouts.up, &layouts.down].map(|l| l.padding(device)),
            experts,
        })
    }
}
