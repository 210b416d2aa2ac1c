//! Figures of a finished run. Time is that of the record: from tick 0 to the departure of the last request.

use std::collections::BTreeMap;
use std::iter::Sum;

use serde::Serialize;

use super::access::Access;
use super::record::{Record, Rows};
use crate::dram::{CommandId, Dram};
use crate::energy::Energy;
use crate::family::{Bus, CommandSpec};
use crate::geometry::{Level, Node};
use crate::peaks::burst_interval;
use crate::sequencer::{Issued, Sink};
use crate::spec::Refresh;
use crate::tally::Tally;
use crate::time::Ticks;

/// Counts commands and adds up what they draw.
#[derive(Clone, Debug)]
pub struct Counter<'d> {
    dram: &'d Dram,
    /// So far; no time is attributed.
    pub tally: Tally,
}

impl<'d> Counter<'d> {
    /// Nothing yet.
    #[must_use]
    pub fn new(dram: &'d Dram) -> Self {
        Self { dram, tally: Tally::new(dram) }
    }
}

impl Sink for Counter<'_> {
    fn issued(&mut self, issued: &Issued) {
        self.tally.commands[usize::from(issued.command.0)] += 1;
        if let Some(draws) = self.dram.energy_fj(issued.command, issued.target) {
            for (sum, fj) in self.tally.energy_fj.iter_mut().zip(draws) {
                *sum += u128::from(fj);
            }
        }
    }
}

/// What one channel was asked for and what it did.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    /// Its requests.
    pub accesses: &'r [(Access, u64)],
    /// What became of them.
    pub record: &'r Record,
    /// Its commands.
    pub tally: &'r Tally,
}

/// Figures of one channel or of several together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// From tick 0 to the departure of the last request, the longest of the channels.
    pub time_ticks: u64,
    /// The same.
    pub time_ns: f64,
    /// Requests by what answered them.
    pub requests: Requests,
    /// Data moved.
    pub bandwidth: Bandwidth,
    /// Requests by what their first command found.
    pub rows: ByKind<Rows>,
    /// Ticks from acceptance to departure, forwarded and merged requests included; `None` without such requests.
    pub latency: ByKind<Option<Latency>>,
    /// Share of the banks' time under refresh: refreshes x tRFC (tRFCpb, tRFCsb) x banks that each reaches / (banks x time).
    pub refresh_share: f64,
    /// How busy buses were.
    pub busy: Busy,
    /// Commands issued, by mnemonic; those that never were are left out.
    pub commands: BTreeMap<String, u64>,
    /// `None` if the device does not give it.
    pub energy: Option<EnergyStats>,
}

/// The same for reads and for writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ByKind<T> {
    /// Of reads.
    pub reads: T,
    /// Of writes.
    pub writes: T,
}

/// Requests by what answered them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// All reads.
    pub reads: u64,
    /// All writes.
    pub writes: u64,
    /// Requests that moved a burst, all but the next two.
    pub bursts: u64,
    /// Reads answered by a waiting write.
    pub forwarded: u64,
    /// Writes merged with a waiting write.
    pub merged: u64,
}

/// Data moved over the data buses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bandwidth {
    /// Bursts x bytes of a burst / time.
    pub bytes_per_s: f64,
    /// Pseudo-channels x bytes of a burst / tCCD_S, or nBL if that is longer.
    pub peak_bytes_per_s: f64,
    /// Bursts x tCCD_S / (pseudo-channels x time), the quotient of the two. Unit: 0 to 1.
    pub fraction: f64,
}

/// How long requests took. Quantiles are the smallest latency that so many percent of the requests do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Requests.
    pub count: u64,
    /// The shortest.
    pub min_ticks: u64,
    /// Sum / `count`.
    pub mean_ticks: f64,
    /// Median.
    pub p50_ticks: u64,
    /// 90 %.
    pub p90_ticks: u64,
    /// 99 %.
    pub p99_ticks: u64,
    /// The longest.
    pub max_ticks: u64,
    /// The shortest.
    pub min_ns: f64,
    /// Sum / `count`.
    pub mean_ns: f64,
    /// Median.
    pub p50_ns: f64,
    /// 90 %.
    pub p90_ns: f64,
    /// 99 %.
    pub p99_ns: f64,
    /// The longest.
    pub max_ns: f64,
}

/// Shares of the time during which something is on a bus, means over the buses of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Busy {
    /// Row commands x their clocks / time. Unit: 0 to 1.
    pub row_bus: f64,
    /// Column commands x their clocks / time. Unit: 0 to 1.
    pub column_bus: f64,
    /// Bursts x nBL / (pseudo-channels x time). Unit: 0 to 1.
    pub data_bus: f64,
}

/// Energy of all commands, and background power over the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyStats {
    /// Energy of all commands, and background power over the time.
    pub total_pj: f64,
    /// `total_pj` / bits of all bursts; `null` without bursts.
    pub pj_per_bit: Option<f64>,
    /// The same by [part](../model/pim.md#energy). Unit: pJ.
    pub parts_pj: BTreeMap<&'static str, f64>,
}

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

impl Latency {
    /// `None` without requests.
    fn of(dram: &Dram, latencies: impl Iterator<Item = u64>) -> Option<Self> {
        let mut sorted: Vec<u64> = latencies.collect();
        sorted.sort_unstable();
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let quantile = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100) - 1];
        let mean = sorted.iter().map(|&t| u128::from(t)).sum::<u128>() as f64 / sorted.len() as f64;
        let [p50, p90, p99] = [50, 90, 99].map(quantile);
        let whole = |ticks: u64| ns(dram, ticks as f64);
        Some(Self {
            count: sorted.len() as u64,
            min_ticks: min,
            mean_ticks: mean,
            p50_ticks: p50,
            p90_ticks: p90,
            p99_ticks: p99,
            max_ticks: max,
            min_ns: whole(min),
            mean_ns: ns(dram, mean),
            p50_ns: whole(p50),
            p90_ns: whole(p90),
            p99_ns: whole(p99),
            max_ns: whole(max),
        })
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

fn ns(dram: &Dram, ticks: f64) -> f64 {
    ticks * dram.clock.period_ps as f64 / (1e3 * dram.clock.ticks_per_clock as f64)
}

/// 0 where nothing was to be had.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::{Controller, ControllerSpec, Engine, run};
    use crate::spec::DeviceSpec;

    fn dram(refresh: Refresh) -> Dram {
        let mut spec = DeviceSpec::preset("hbm3-16gb-8hi").unwrap();
        spec.refresh = refresh;
        Dram::new(&spec).unwrap()
    }

    fn access(write: bool, bank: u32, row: u32, column: u32) -> (Access, u64) {
        let address = u64::from(row << 16 | bank << 8 | column);
        (Access { write, address, bank, row, column }, 0)
    }

    fn done(dram: &Dram, accesses: &[(Access, u64)]) -> (Record, Tally) {
        let spec = ControllerSpec::shipped("strict").unwrap();
        let mut engine = Controller::new(dram, &spec, accesses.len()).unwrap();
        let mut counter = Counter::new(dram);
        run(&mut engine, accesses, &mut counter).unwrap();
        (engine.into_record(), counter.tally)
    }

    fn stats(dram: &Dram, accesses: &[(Access, u64)]) -> Stats {
        let (record, tally) = done(dram, accesses);
        Stats::of(dram, &[Run { accesses, record: &record, tally: &tally }])
    }

    /// Two reads of one row: ACT at 0, RD at 64 (tRCDRD 31 CK = 62, and ACT takes 3 ticks of its bus against 2 of RD: 63, the
    /// next rising edge), RD at 72 (tCCD_L), data 44 ticks later.
    #[test]
    fn two_reads_of_a_row_by_hand() {
        let dram = dram(Refresh::None);
        let stats = stats(&dram, &[access(false, 0, 7, 0), access(false, 0, 7, 1)]);
        assert_eq!((stats.time_ticks, stats.time_ns), (116, 36.25));
        // Two bursts of 32 B in 36.25 ns; two pseudo-channels with a burst each in 4 ticks.
        assert_eq!(stats.bandwidth.bytes_per_s, 64e9 / 36.25);
        assert_eq!(stats.bandwidth.peak_bytes_per_s, 2.0 * 32e9 / 1.25);
        assert_eq!(stats.bandwidth.fraction, 2.0 * 4.0 / (2.0 * 116.0));
        assert_eq!(stats.rows.reads, Rows { hits: 1, misses: 1, conflicts: 0 });
        // The second came one tick after the first.
        let latency = stats.latency.reads.unwrap();
        assert_eq!((latency.count, latency.min_ticks, latency.max_ticks), (2, 108, 115));
        assert_eq!((latency.p50_ticks, latency.p90_ticks, latency.mean_ticks), (108, 115, 111.5));
        assert_eq!((latency.min_ns, latency.mean_ns), (33.75, 34.84375));
        assert_eq!(stats.latency.writes, None);
        let busy = Busy { row_bus: 3.0 / 116.0, column_bus: 4.0 / 116.0, data_bus: 8.0 / 232.0 };
        assert_eq!(stats.busy, busy);
        assert_eq!(stats.commands, BTreeMap::from([("ACT".into(), 1), ("RD".into(), 2)]));
        // A row, two bursts of 256 bit, two pseudo-channels of 33 mW over 36.25 ns.
        let energy = stats.energy.unwrap();
        let expected = [
            ("activation", 909.0),
            ("background", 2392.5),
            ("column", 225.28),
            ("io", 153.6),
            ("path", 1402.88),
        ];
        assert_eq!(energy.parts_pj, BTreeMap::from(expected));
        assert_eq!(energy.pj_per_bit, Some(energy.total_pj / 512.0));
    }

    #[test]
    fn what_the_write_queue_answers_moves_no_burst() {
        let dram = dram(Refresh::None);
        let again = access(true, 0, 7, 0);
        let stats = stats(&dram, &[again, again, access(false, 0, 7, 0)]);
        let expected = Requests { reads: 1, writes: 2, bursts: 1, forwarded: 1, merged: 1 };
        assert_eq!(stats.requests, expected);
        assert_eq!(stats.latency.reads.unwrap().max_ticks, 1);
        assert_eq!(stats.latency.writes.unwrap().min_ticks, 0);
    }

    #[test]
    fn refreshes_are_time_of_the_banks_they_reach() {
        let mut tally = Tally::new(&dram(Refresh::AllBank));
        let mut record = Record::new(0);
        record.end = 112_000;
        // REFab of 1120 ticks on half of the banks; REFpb of 640 ticks on one of 64.
        for (refresh, count, ticks) in
            [(Refresh::AllBank, 10, 5600.0), (Refresh::PerBank, 64, 640.0)]
        {
            let dram = dram(refresh);
            tally.commands.fill(0);
            let command = dram.refresh.as_ref().unwrap().command;
            tally.commands[usize::from(command.0)] = count;
            let run = Run { accesses: &[], record: &record, tally: &tally };
            assert_eq!(Stats::of(&dram, &[run]).refresh_share, ticks / 112_000.0);
        }
    }

    #[test]
    fn channels_side_by_side_share_the_longest_time() {
        let dram = dram(Refresh::None);
        let (short, long) =
            ([access(false, 0, 7, 0)], [access(false, 0, 7, 0), access(false, 0, 7, 1)]);
        let ran = [done(&dram, &short), done(&dram, &long)];
        let accesses: [&[_]; 2] = [&short, &long];
        let runs: Vec<Run<'_>> = (ran.iter().zip(accesses))
            .map(|((record, tally), accesses)| Run { accesses, record, tally })
            .collect();
        let stats = Stats::of(&dram, &runs);
        assert_eq!((stats.time_ticks, stats.requests.bursts), (116, 3));
        assert_eq!(stats.bandwidth.fraction, 3.0 * 4.0 / (4.0 * 116.0));
        assert_eq!(stats.busy.column_bus, 6.0 / 232.0);
        assert_eq!(stats.energy.unwrap().parts_pj["background"], 2.0 * 2392.5);
    }

    #[test]
    fn quantiles_are_latencies_of_requests() {
        let dram = dram(Refresh::None);
        let latency = Latency::of(&dram, (1..=200).rev()).unwrap();
        let quantiles = [latency.p50_ticks, latency.p90_ticks, latency.p99_ticks];
        assert_eq!((quantiles, latency.mean_ticks), ([100, 180, 198], 100.5));
    }
}
