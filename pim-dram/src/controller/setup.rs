//! A controller's strategies resolved for one device.

use thiserror::Error;

use super::access::Access;
use super::cap::Cap;
use super::maintenance::Refresher;
use super::pressing::Pressing;
use super::spec::{ControllerSpec, Forwarding, ForwardingKey, RowPolicy, WriteDeparture};
use crate::dram::{CommandId, Dram};
use crate::family::{Buffer, HostRoles, RowEffect};
use crate::geometry::Level;

/// Why a channel has no controller, or a run did not end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ControllerError {
    /// A family without host commands.
    #[error("family `{0}` of the device has no commands for a host")]
    NoHost(String),
    /// A value of the controller that makes no sense.
    #[error("controller `{controller}`: {says}")]
    Invalid {
        /// The controller.
        controller: String,
        /// What was found and what is allowed.
        says: String,
    },
    /// Refreshes leave no time for anything else.
    #[error(
        "timing.tREFI: each bank is refreshed every {interval} ticks and each refresh keeps it for {closed} ticks, so that \
         nothing would ever be served"
    )]
    Refreshing {
        /// Ticks between two refreshes of a bank.
        interval: u64,
        /// Ticks from a refresh to the next ACT.
        closed: u64,
    },
    /// What was begun before a refresh would put it off for too long.
    #[error(
        "timing.tREFI: each bank is refreshed every {interval} ticks, and a refresh may have to wait {wait} ticks for a single \
         request, for rows to be closed and for other refreshes, so that it would be put off for a whole interval; only a \
         controller without `max_wait` allows that"
    )]
    LateRefresh {
        /// Ticks between two refreshes of a bank.
        interval: u64,
        /// Ticks that a refresh may have to wait.
        wait: u64,
    },
    /// More refreshes fell due than may wait.
    #[error(
        "live-lock at tick {at}: {waiting} refreshes and precharges wait, as many as the controller can hold, and {requests} \
         requests with them; nothing will ever be issued again"
    )]
    Overflow {
        /// When.
        at: u64,
        /// Maintenance commands that wait.
        waiting: usize,
        /// Requests that wait.
        requests: usize,
    },
    /// Requests wait for ever.
    #[error(
        "live-lock: {requests} requests wait, and since tick {since} no command for any of them could be issued"
    )]
    Stuck {
        /// The last tick on which a request was accepted or had its last command.
        since: u64,
        /// Requests that wait.
        requests: usize,
    },
}

/// Strategies with their numbers in ticks.
#[derive(Clone, Debug)]
pub(super) struct Setup<'d> {
    pub(super) dram: &'d Dram,
    pub(super) host: &'d HostRoles<CommandId>,
    pub(super) spec: ControllerSpec,
    /// The row buffer that serves the host.
    pub(super) buffer: Buffer,
    pub(super) banks: usize,
    /// Writes are served once more than the first wait, reads again once fewer than the second.
    drain: (usize, usize),
    /// How a refresh is kept from being put off.
    pressing: Pressing,
    max_wait: Option<u64>,
    write_latency: u64,
}

impl<'d> Setup<'d> {
    pub(super) fn new(dram: &'d Dram, spec: &ControllerSpec) -> Result<Self, ControllerError> {
        let no_host = || ControllerError::NoHost(dram.spec.family.clone());
        let host = dram.host.as_ref().ok_or_else(no_host)?;
        let delay = |name: &str| dram.spec.timing.get(name).map_or(0, |&d| dram.ticks(d).0);
        let check = |holds: bool, says: String| {
            let controller = spec.name.clone();
            if holds { Ok(()) } else { Err(ControllerError::Invalid { controller, says }) }
        };
        for (name, size) in [("read_queue", spec.read_queue), ("write_queue", spec.write_queue)] {
            check((1..=1 << 20).contains(&size), format!("{name} of {size} is outside 1 to 2^20"))?;
        }
        let (above, below) = (spec.drain.above_percent, spec.drain.below_percent);
        let says =
            format!("drain below {below} % and above {above} %: needs 1 <= below <= above <= 100");
        check(1 <= below && below <= above && above <= 100, says)?;
        let says = "first_tick is 0 or 1".to_owned();
        check(spec.first_tick <= 1, says)?;
        if let RowPolicy::ClosedCap(cap) = spec.row_policy {
            check(cap > 0, "closed_cap(0): a row serves at least one column command".to_owned())?;
            let both = host.read_precharge.is_some() == host.write_precharge.is_some();
            check(both, "the family closes rows after reads or writes alone".to_owned())?;
        }
        if let Some(plan) = &dram.refresh {
            let turns = plan.turns.iter().map(Vec::len).min().unwrap_or(1) as u64;
            let closed = plan.blocks(host.activate, &dram.rules).0;
            let interval = plan.interval.0 * turns;
            if interval <= closed {
                return Err(ControllerError::Refreshing { interval, closed });
            }
        }
        let pressing = match &dram.refresh {
            Some(plan) if spec.max_wait.is_some() => {
                let interval =
                    plan.interval.0 * plan.turns.iter().map(Vec::len).max().unwrap_or(1) as u64;
                let late = |wait| ControllerError::LateRefresh { interval, wait };
                Pressing::bounded(dram, host, plan, spec.row_policy).map_err(late)?
            }
            plan => Pressing::unbounded(plan.as_ref()),
        };
        Ok(Self {
            dram,
            host,
            spec: spec.clone(),
            buffer: match dram.command(host.activate).row {
                RowEffect::Opens(buffer) => buffer,
                _ => Buffer::Host,
            },
            banks: dram.topology.count(Level::Bank) as usize,
            pressing,
            drain: {
                let of_queue = |percent: u32| u64::from(percent) * u64::from(spec.write_queue);
                (of_queue(above) as usize / 100, of_queue(below).div_ceil(100) as usize)
            },
            max_wait: spec.max_wait.map(|wait| dram.ticks(wait).0),
            write_latency: match spec.write_departs {
                WriteDeparture::Data => delay("tCWL") + delay("nBL"),
                WriteDeparture::Command => 0,
            },
        })
    }

    pub(super) fn refresher(&self) -> Refresher<'d> {
        Refresher::new(self.dram, &self.spec, self.pressing)
    }

    /// Whether no row may be opened for one more request while so many have theirs and wait for their bursts.
    #[inline]
    pub(super) fn full(&self, active: usize) -> bool {
        active >= self.pressing.rows
    }

    pub(super) fn cap(&self) -> Cap {
        let cap = match self.spec.row_policy {
            RowPolicy::Open => None,
            RowPolicy::ClosedCap(cap) => Some(cap),
        };
        Cap::new(cap, self.banks)
    }

    /// Size of a queue.
    #[inline]
    pub(super) fn size(&self, write: bool) -> usize {
        (if write { self.spec.write_queue } else { self.spec.read_queue }) as usize
    }

    /// Whether writes are served next, given whether they are now and what waits.
    #[inline]
    pub(super) fn writes(&self, now: bool, reads: usize, writes: usize) -> bool {
        let (above, below) = self.drain;
        if now { writes >= below || reads == 0 } else { writes > above || reads == 0 }
    }

    /// What forwarding compares.
    pub(super) fn key(&self, access: &Access) -> u64 {
        let Forwarding { key, .. } = self.spec.forwarding;
        if key == ForwardingKey::Address { access.address } else { 0 }
    }

    /// When a request that arrived then may no longer be overtaken.
    pub(super) fn urgent_from(&self, arrive: u64) -> u64 {
        self.max_wait.map_or(u64::MAX, |wait| arrive.saturating_add(wait))
    }

    /// Longer than rules, refreshes and other requests can keep one of them waiting: each of these delays many times over.
    pub(super) fn patience(&self) -> u64 {
        let rule = self.dram.rules.iter().map(|rule| rule.wait.0).max().unwrap_or_default();
        let refresh = self.dram.refresh_interval.map_or(0, |interval| interval.0);
        64 * rule + 16 * refresh + self.max_wait.unwrap_or_default()
    }

    /// When a request departs whose last command issues on tick `now`, as reports number it.
    pub(super) fn departure(&self, write: bool, now: u64) -> u64 {
        let latency = if write { self.write_latency } else { self.dram.read_latency.0 };
        now + self.spec.first_tick + latency
    }
}
