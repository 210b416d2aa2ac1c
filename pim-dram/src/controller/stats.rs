//! Figures of a finished run. Time is that of the record: from tick 0 to the departure of the last request.

mod counter;
mod latency;
mod of;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::counter::Counter;
pub use self::latency::Latency;
use super::access::Access;
use super::record::{Record, Rows};
use crate::tally::Tally;

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
