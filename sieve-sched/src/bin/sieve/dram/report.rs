//! What `sieve dram` says about a run.

use pim_dram::Dram;
use pim_dram::controller::{ControllerSpec, MapperSpec, Record, Run, Spread, Stats, time_lines};
use pim_dram::spec::Refresh;
use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::serve::{Served, hex};
use super::{Feed, Options};

/// A run as printed.
#[derive(Serialize)]
pub(super) struct Report {
    /// Device.
    pub(super) device: String,
    /// Set of strategies.
    pub(super) controller: String,
    /// Address mapper.
    pub(super) mapper: String,
    /// File of the requests.
    pub(super) trace: String,
    /// Refresh scheme.
    pub(super) refresh: Refresh,
    /// Channels that serve the requests.
    pub(super) channels: usize,
    /// Who offers requests to several channels.
    pub(super) feed: Feed,
    /// Requests of the trace.
    pub(super) requests: usize,
    /// When the last request departed. Unit: ticks.
    pub(super) ticks_total: u64,
    /// As `stats.bandwidth.fraction`. Unit: 0 to 1.
    pub(super) bandwidth_fraction: f64,
    /// Hash of the commands as [lines](../model/controller.md#what-the-figures-mean); with several channels, of the
    /// hexadecimal hashes of all of them, one after the other.
    pub(super) cmdtrace_sha256: String,
    /// Hash of the requests' arrivals and departures as lines, in the order of the trace.
    pub(super) arrive_depart_sha256: String,
    /// Of all channels together.
    pub(super) stats: Stats,
    /// Of each channel, over its own time, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) per_channel: Vec<ChannelReport>,
}

/// One of several channels, over its own time.
#[derive(Serialize)]
pub(super) struct ChannelReport {
    /// Hash of the commands of the channel.
    pub(super) cmdtrace_sha256: String,
    /// Of the channel alone.
    pub(super) stats: Stats,
}

impl Report {
    pub(super) fn new(
        options: &Options,
        dram: &Dram,
        controller: &ControllerSpec,
        mapper: &MapperSpec,
        spread: &Spread,
        served: &[Served],
    ) -> Self {
        let channels = served.iter().zip(&spread.accesses);
        let runs: Vec<Run<'_>> = channels
            .map(|(Served { record, tally, .. }, accesses)| Run { accesses, record, tally })
            .collect();
        let per_channel = |(run, served): (&Run<'_>, &Served)| ChannelReport {
            cmdtrace_sha256: served.commands_sha256.clone(),
            stats: Stats::of(dram, std::slice::from_ref(run)),
        };
        let several = || match runs.len() {
            1 => Vec::new(),
            _ => runs.par_iter().zip(served).map(per_channel).collect(),
        };
        let times = || {
            let records: Vec<&Record> = served.iter().map(|served| &served.record).collect();
            let mut hash = Sha256::new();
            time_lines(spread.times(&records), |lines| hash.update(lines));
            hex(&hash.finalize())
        };
        // In the order of the trace, so that one thread does it, while others count.
        let (arrive_depart_sha256, (stats, per_channel)) =
            rayon::join(times, || rayon::join(|| Stats::of(dram, &runs), several));
        Self {
            device: dram.spec.name.clone(),
            controller: controller.name.clone(),
            mapper: mapper.name.clone(),
            trace: options.trace.display().to_string(),
            refresh: dram.spec.refresh,
            channels: served.len(),
            feed: options.feed,
            requests: spread.channel_of.len(),
            ticks_total: stats.time_ticks,
            bandwidth_fraction: stats.bandwidth.fraction,
            cmdtrace_sha256: match served {
                [one] => one.commands_sha256.clone(),
                several => sha256(several.iter().map(|served| &served.commands_sha256)),
            },
            arrive_depart_sha256,
            stats,
            per_channel,
        }
    }
}

fn sha256(parts: impl Iterator<Item = impl AsRef<[u8]>>) -> String {
    let hash = parts.fold(Sha256::new(), |hash, part| hash.chain_update(part));
    hex(&hash.finalize())
}
