//! What became of the requests.

use serde::Serialize;

use super::spec::ForwardedRead;

/// Requests by what their first command found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Their row was open.
    pub hits: u64,
    /// Their bank was closed.
    pub misses: u64,
    /// Another row was open.
    pub conflicts: u64,
}

/// Arrivals, departures and counts. Times are numbered as the controller's reports do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Per request, when it was accepted.
    pub arrive: Vec<u64>,
    /// Per request, when its data were with the host, or taken; 0 until then.
    pub depart: Vec<u64>,
    /// Reads by what they found, forwarded ones left out.
    pub reads: Rows,
    /// Writes by what they found, merged ones left out.
    pub writes: Rows,
    /// Reads answered by a waiting write.
    pub forwarded: u64,
    /// Writes merged with a waiting write.
    pub coalesced: u64,
    /// Requests accepted and not departed with a command yet.
    pub(super) outstanding: usize,
    /// When the last read departs that was served by a command.
    last_read: u64,
    /// When the last request departed.
    pub end: u64,
}

/// What the first command of a request found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Hit,
    Miss,
    Conflict,
}

impl Record {
    /// For so many requests.
    pub(super) fn new(requests: usize) -> Self {
        Self { arrive: vec![0; requests], depart: vec![0; requests], ..Self::default() }
    }

    /// A request waits from now on.
    pub(super) fn queued(&mut self, id: u32, now: u64) {
        self.arrive[id as usize] = now;
        self.outstanding += 1;
    }

    /// A read was answered by a waiting write.
    pub(super) fn forward(&mut self, id: u32, now: u64, departs: ForwardedRead) {
        self.arrive[id as usize] = now;
        self.depart[id as usize] = match departs {
            ForwardedRead::NextTick => now + 1,
            ForwardedRead::InOrder => self.last_read.max(now + 1),
        };
        self.end = self.end.max(self.depart[id as usize]);
        self.forwarded += 1;
    }

    /// A write was merged with a waiting one.
    pub(super) fn coalesce(&mut self, id: u32, now: u64) {
        self.arrive[id as usize] = now;
        self.depart[id as usize] = now;
        self.end = self.end.max(now);
        self.coalesced += 1;
    }

    /// The first command of a request.
    pub(super) fn first(&mut self, write: bool, found: Found) {
        let rows = if write { &mut self.writes } else { &mut self.reads };
        match found {
            Found::Hit => rows.hits += 1,
            Found::Miss => rows.misses += 1,
            Found::Conflict => rows.conflicts += 1,
        }
    }

    /// The last command of a request.
    pub(super) fn served(&mut self, id: u32, write: bool, depart: u64) {
        self.depart[id as usize] = depart;
        self.end = self.end.max(depart);
        self.outstanding -= 1;
        if !write {
            self.last_read = depart;
        }
    }
}
