//! How a memory controller behaves, as named values: one file a set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::similar::Unknown;
use crate::spec::Delay;

/// Sets that ship with the crate: name and RON text of a [`ControllerSpec`].
pub const CONTROLLERS: &[(&str, &str)] = include!("../../presets/controllers/all.rs");

/// A set of strategies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControllerSpec {
    /// Name in reports.
    pub name: String,
    /// Reads that wait for their first command, of both pseudo-channels of a channel together. Range: 1 to 1,048,576.
    pub read_queue: u32,
    /// Writes that wait for their first command. Range: 1 to 1,048,576.
    pub write_queue: u32,
    /// When writes are served rather than reads.
    pub drain: Drain,
    /// Which request goes first.
    pub scheduler: Scheduler,
    /// When rows are closed.
    pub row_policy: RowPolicy,
    /// Name of the address mapper.
    pub mapper: String,
    /// What a waiting refresh or precharge of the row policy holds up.
    pub maintenance: Maintenance,
    /// How many of them may wait; more is a live-lock.
    pub maintenance_queue: u32,
    /// The order of bank-wise refresh.
    pub per_bank_refresh: PerBankRefresh,
    /// What becomes of a precharge of the row policy when its bank was closed meanwhile.
    pub stale_precharge: StalePrecharge,
    /// Which column commands may close their row.
    pub auto_precharge: AutoPrecharge,
    /// Reads that a waiting write answers.
    pub forwarding: Forwarding,
    /// A write behind a read of the same address.
    pub hazards: Hazards,
    /// When a write is done.
    pub write_departs: WriteDeparture,
    /// Addresses beyond the device.
    pub beyond: Beyond,
    /// The number of the first tick in reports: 0, or 1 for simulators that count before they act.
    pub first_tick: u64,
    /// Once a request has waited so long, no other one is begun before it; `None` lets requests starve.
    pub max_wait: Option<Delay>,
    /// Path prefix -> where the values below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// Hysteresis between reads and writes, in percent of the write queue's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drain {
    /// Writes are served once more than this wait, or no reads. Range: `below_percent` to 100.
    pub above_percent: u32,
    /// Reads are served again once fewer than this wait, and reads do. Range: 1 to `above_percent`.
    pub below_percent: u32,
}

/// Which of several requests goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheduler {
    /// The oldest whose next command may issue now.
    FrFcfs,
    /// The same, but a row is not closed while an older request waits for it.
    FrFcfsRowHit,
}

/// When an open row is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowPolicy {
    /// When another one is needed.
    Open,
    /// After so many column commands: by the next one, or by a precharge if none comes in time.
    ClosedCap(u32),
}

/// What waits for a refresh, or for a precharge of the row policy, that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// New work on the banks that it reaches.
    Target,
    /// All new work of the channel; one after the other in the order in which they fell due.
    Channel,
}

/// The order of bank-wise refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PerBankRefresh {
    /// Each rank has a counter of its own; its banks take turns by number.
    PerRank,
    /// The same, but of the banks whose turn is still to come one goes first for which no request waits, the last used of those.
    IdleFirst,
    /// One bank of every pseudo-channel at a time, all banks of a rank before the next rank.
    Lockstep,
}

/// What becomes of a precharge whose bank was closed while it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StalePrecharge {
    /// It is forgotten.
    Dropped,
    /// It is issued all the same.
    Issued,
}

/// Which column command may close its row under [`RowPolicy::ClosedCap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoPrecharge {
    /// One after which no request waits for a row that was opened for it.
    LastOfRow,
    /// Any.
    Any,
}

/// Reads that are answered from the write queue, and writes that merge there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forwarding {
    /// What is compared.
    pub key: ForwardingKey,
    /// How long a write can answer.
    pub until: ForwardingEnd,
    /// When an answered read departs.
    pub departs: ForwardedRead,
}

/// What makes two requests the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardingKey {
    /// Their address.
    Address,
    /// Nothing is compared, as where a trace gives places and a controller looks at addresses: every write answers every read.
    Shared,
}

/// How long a write answers reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardingEnd {
    /// Until a row is opened for it, or it is written.
    Activated,
    /// Until it is written.
    Written,
}

/// When a read that was answered departs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardedRead {
    /// One tick after its arrival.
    NextTick,
    /// The same, but not before the reads that were served before it.
    InOrder,
}

/// A write that arrives while a read of its address waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hazards {
    /// It is not accepted before the read is served.
    Ordered,
    /// It may overtake the read.
    Ignored,
}

/// When a write is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteDeparture {
    /// With its last data on the bus, tCWL + nBL after its command.
    Data,
    /// With its command.
    Command,
}

/// Addresses beyond the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// An error.
    Refused,
    /// Counted from its start again.
    Wraps,
}

impl ControllerSpec {
    /// The shipped set of that name.
    ///
    /// # Errors
    /// The text of the error says which sets exist, or where a shipped file does not parse.
    pub fn shipped(name: &str) -> Result<Self, String> {
        let Some((_, text)) = CONTROLLERS.iter().find(|(known, _)| *known == name) else {
            let known = CONTROLLERS.iter().map(|(name, _)| *name);
            return Err(Unknown::new("controller", name, known).to_string());
        };
        ron::from_str(text).map_err(|error| format!("controller `{name}`: {error}"))
    }
}
