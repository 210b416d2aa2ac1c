//! Which request a slot falls to.

use pim_dram::channel::OpenRow;
use pim_dram::device::CommandId;
use pim_dram::family::RowEffect;
use pim_dram::time::Ticks;

use super::super::request::Request;
use super::{Controller, Revision, Step};

impl Controller<'_> {
    /// The request that a slot falls to, if any is ready. A barrier that has become the oldest vanishes.
    pub(super) fn winner(&mut self, now: Ticks) -> Option<usize> {
        if self.requests.front() == Some(&Request::Barrier) {
            self.take(0, now);
        }
        let oldest = *self.requests.front()?;
        if self.next_of(oldest).is_none_or(|step| self.is_ready(0, step, now)) {
            return Some(0);
        }
        self.note_hits();
        let mut behind_barrier = false;
        for index in 1..self.requests.len() {
            let request = self.requests[index];
            let Some(step) = self.next_of(request) else {
                behind_barrier = true;
                continue;
            };
            let bank = match request {
                Request::Mac { bank, .. } | Request::Move { bank, .. } => bank,
                Request::Barrier => continue,
            };
            let data = self.channel.dram().command(step.command);
            let passes = self.revision != Revision::EarlierTable
                && matches!(data.row, RowEffect::Opens(_) | RowEffect::Closes(_));
            let hit = step.command == self.commands.mac;
            let eligible = (!behind_barrier || passes) && (hit || !self.hits.contains(&bank));
            if eligible && self.is_ready(index, step, now) {
                return Some(index);
            }
        }
        None
    }

    /// Whether the host takes a command for ready: it knows of no buses but counts slots, so that one which only finds the
    /// bus taken by the first slot counts.
    fn is_ready(&mut self, index: usize, step: Step, now: Ticks) -> bool {
        let at = self.earliest(step.command, step.target);
        let ready = at <= now
            || at == now + Ticks(1) && self.ready_before.get(index).copied().unwrap_or(false);
        if !ready {
            self.wakes = self.wakes.min(at);
        }
        ready
    }

    /// Notes which requests are ready before `command` goes out, each with the step that it will need then.
    pub(super) fn note_ready(&mut self, command: CommandId, now: Ticks) {
        self.ready_before.clear();
        for index in 0..self.requests.len() {
            let request = self.requests[index];
            let step = match request {
                Request::Mac { .. } if command == self.commands.precharge_all => {
                    self.opens(request)
                }
                _ => self.next_of(request),
            };
            let ready = step.is_some_and(|s| self.earliest(s.command, s.target) <= now);
            self.ready_before.push(ready);
        }
    }

    fn earliest(&mut self, command: CommandId, target: u32) -> Ticks {
        match self.asked {
            Some((c, t, at)) if c == command && t == target => at,
            _ => {
                let at = self.channel.earliest(command, target).at;
                self.asked = Some((command, target, at));
                at
            }
        }
    }

    /// Notes the banks whose open row a buffered request wants.
    fn note_hits(&mut self) {
        self.hits.clear();
        for &request in &self.requests {
            if let Request::Mac { bank, row, .. } = request
                && self.open_row(bank) == OpenRow::Row(row)
                && !self.hits.contains(&bank)
            {
                self.hits.push(bank);
            }
        }
    }
}
