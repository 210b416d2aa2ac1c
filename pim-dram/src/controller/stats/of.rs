//! From records and counts to figures.

use std::collections::BTreeMap;
use std::iter::Sum;

use super::{Bandwidth, Busy, ByKind, EnergyStats, Latency, Requests, Run, Stats};
use crate::controller::record::{Record, Rows};
use crate::dram::{CommandId, Dram};
use crate::energy::Energy;
use crate::family::{Bus, CommandSpec};
use crate::geometry::{Level, Node};
use crate::peaks::burst_interval;
use crate::spec::Refresh;
use crate::tally::Tally;
use crate::time::Ticks;

impl Stats {
    /// Figures of channels of one device that ran side by side.
    #[must_use]
    pub fn of(dram: &Dram, runs: &[Run<'_>]) -> Self {
        let geometry = &dram.spec.geometry;
        let time = runs.iter().map(|run| run.record.end).max().unwrap_or_default();
        let mut tally = Tally::new(dram);
        runs.iter().for_each(|run| tally += run.tally);
        let sum = |of: fn(&Record) -> u64| runs.iter().map(|run| of(run.record)).sum();
        let requests = Requests {
            reads: runs.iter().map(|run| run.count(false)).sum(),
            writes: runs.iter().map(|run| run.count(true)).sum(),
            bursts: dram.host.iter().flat_map(|host| host.bursts()).map(|&c| tally.count(c)).sum(),
            forwarded: sum(|record| record.forwarded),
            merged: sum(|record| record.coalesced),
        };
        let (channels, banks) = (runs.len() as u64, u64::from(dram.topology.count(Level::Bank)));
        let lanes = channels * u64::from(geometry.pseudo_channels);
        let share = |ticks: u64, buses: u64| ratio(ticks as f64, buses as f64 * time as f64);
        let nbl = dram.spec.timing.get("nBL").map_or(0, |&delay| dram.ticks(delay).0);
        Self {
            time_ticks: time,
            time_ns: ns(dram, time as f64),
            bandwidth: Bandwidth::of(dram, requests.bursts, lanes, time),
            rows: ByKind {
                reads: runs.iter().map(|run| run.record.reads).sum(),
                writes: runs.iter().map(|run| run.record.writes).sum(),
            },
            latency: ByKind {
                reads: Latency::of(dram, runs.iter().flat_map(|run| run.latencies(false))),
                writes: Latency::of(dram, runs.iter().flat_map(|run| run.latencies(true))),
            },
            refresh_share: share(refreshing(dram, &tally), channels * banks),
            busy: Busy {
                row_bus: share(on_bus(dram, &tally, Bus::Row), channels),
                column_bus: share(on_bus(dram, &tally, Bus::Column), channels),
                data_bus: share(requests.bursts * nbl, lanes),
            },
            commands: named(dram, &tally),
            energy: Energy::of(dram, &tally, Ticks(time * channels))
                .map(|energy| EnergyStats::of(dram, &energy, requests.bursts)),
            requests,
        }
    }
}

impl Run<'_> {
    fn count(&self, write: bool) -> u64 {
        self.accesses.iter().filter(|(access, _)| access.write == write).count() as u64
    }

    fn latencies(&self, write: bool) -> impl Iterator<Item = u64> {
        let times = self.record.arrive.iter().zip(&self.record.depart);
        let of_kind = times.zip(self.accesses).filter(move |(_, (a, _))| a.write == write);
        of_kind.map(|((arrive, depart), _)| depart.saturating_sub(*arrive))
    }
}

impl Bandwidth {
    fn of(dram: &Dram, bursts: u64, pseudo_channels: u64, time: u64) -> Self {
        let bytes = f64::from(dram.spec.geometry.burst_bytes);
        let interval = burst_interval(dram).0 as f64;
        let per_s = |bursts: f64, ticks: f64| ratio(1e9 * bytes * bursts, ns(dram, ticks));
        let (bursts, lanes, time) = (bursts as f64, pseudo_channels as f64, time as f64);
        Self {
            bytes_per_s: per_s(bursts, time),
            peak_bytes_per_s: per_s(lanes, interval),
            fraction: ratio(bursts * interval, lanes * time),
        }
    }
}

impl EnergyStats {
    fn of(dram: &Dram, energy: &Energy, bursts: u64) -> Self {
        let pj = |fj: u128| fj as f64 / 1e3;
        let bits = 8.0 * f64::from(dram.spec.geometry.burst_bytes) * bursts as f64;
        let total = pj(energy.total_fj());
        let parts = energy.parts().filter(|(_, fj)| *fj > 0);
        Self {
            total_pj: total,
            pj_per_bit: (bursts > 0).then(|| total / bits),
            parts_pj: parts.map(|(part, fj)| (part, pj(fj))).collect(),
        }
    }
}

impl Sum for Rows {
    fn sum<I: Iterator<Item = Self>>(rows: I) -> Self {
        rows.fold(Self::default(), |sum, rows| Self {
            hits: sum.hits + rows.hits,
            misses: sum.misses + rows.misses,
            conflicts: sum.conflicts + rows.conflicts,
        })
    }
}

/// Ids and counts of all commands.
fn counts<'t>(
    dram: &'t Dram,
    tally: &'t Tally,
) -> impl Iterator<Item = (CommandId, &'t CommandSpec, u64)> {
    let ids = (0..).map(CommandId).zip(&dram.commands);
    ids.map(|(id, command)| (id, command, tally.count(id)))
}

fn named(dram: &Dram, tally: &Tally) -> BTreeMap<String, u64> {
    let issued = counts(dram, tally).filter(|(_, _, count)| *count > 0);
    issued.map(|(_, command, count)| (command.name.clone(), count)).collect()
}

/// Ticks for which commands hold a bus.
fn on_bus(dram: &Dram, tally: &Tally, bus: Bus) -> u64 {
    let of_bus = counts(dram, tally).filter(|(_, command, _)| command.bus == bus);
    of_bus.map(|(_, command, count)| count * command.clocks.ticks(dram.clock).0).sum()
}

/// Ticks that banks spend under refresh, the sum over the banks.
fn refreshing(dram: &Dram, tally: &Tally) -> u64 {
    let Some(plan) = &dram.refresh else { return 0 };
    let takes = match dram.spec.refresh {
        Refresh::None => return 0,
        Refresh::AllBank => "tRFC",
        Refresh::PerBank => "tRFCpb",
        Refresh::SameBank => "tRFCsb",
    };
    let takes = dram.spec.timing.get(takes).map_or(0, |&delay| dram.ticks(delay).0);
    let reach = Node { level: dram.command(plan.command).reach, index: 0 };
    let banks = dram.topology.banks(reach).len() as u64;
    tally.count(plan.command) * takes * banks
}

pub(super) fn ns(dram: &Dram, ticks: f64) -> f64 {
    ticks * dram.clock.period_ps as f64 / (1e3 * dram.clock.ticks_per_clock as f64)
}

/// 0 where nothing was to be had.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
