//! Refresh: what falls due, what it closes first, and standing idle meanwhile.

use super::{Candidate, Choice, Kind, Sequencer, Sink};
use crate::channel::Release;
use crate::device::{CommandId, Device};
use crate::family::Buffer;
use crate::order::Order;
use crate::pass::{Pass, Tile};
use crate::refresh::Duty;
use crate::time::Ticks;

impl<'d> Sequencer<'d> {
    /// What a refresh costs a stream: from one product of a single burst over closing the rows, refresh and opening them again
    /// to the end of the next. A refresh interval must be longer, or nothing ever gets done.
    pub(crate) fn interruption(device: &'d Device) -> Ticks {
        let tile = Tile { outputs: 1, columns: 1, order: Order::NoReuse };
        let pass = Pass { first: false, last: false, ..Pass::alone(tile, 1) };
        let mut sequencer = Self::new(device);
        let duties = std::mem::take(&mut sequencer.duties);
        let before = sequencer.run(&pass, Ticks(0), &mut ()).issued;
        sequencer.duties = duties.iter().map(|duty| Duty { due: before, ..*duty }).collect();
        let _ = sequencer.rest(&mut ());
        sequencer.duties.clear();
        let cost = sequencer.run(&pass, before, &mut ()).issued - before;
        // From another tick of the clock it may take longer by what it then waits for an edge.
        cost + Ticks(device.grid().most())
    }

    /// Lets the channel stand idle until tick `until`, refreshing as it falls due.
    pub fn idle(&mut self, until: Ticks, sink: &mut impl Sink) {
        while let Some(best) = self.idle_candidate().filter(|c| c.at < until.0) {
            self.issue(&best, 0, sink);
        }
    }

    /// Stands idle until every duty has done its next refresh; the tick of the last command. `None` without refresh.
    pub(crate) fn rest(&mut self, sink: &mut impl Sink) -> Option<Ticks> {
        let latest = self.duties.iter().map(|duty| duty.due).max()?;
        let mut last = None;
        while self.duties.iter().any(|duty| duty.due <= latest) {
            let best = self.idle_candidate()?;
            last = Some(self.issue(&best, 0, sink));
        }
        last
    }

    pub(super) fn idle_candidate(&self) -> Option<Candidate<'d>> {
        let mut best: Option<Candidate<'d>> = None;
        for lane in 0..self.device.lanes() {
            if let Some(candidate) = self.refresh_candidate(lane)
                && best.is_none_or(|best| candidate.at < best.at)
            {
                best = Some(candidate);
            }
        }
        best
    }

    /// When the first of a lane's refresh duties is due.
    pub(super) fn due(&self, lane: u32) -> u64 {
        let plan = self.device.refresh.as_ref().filter(|_| !self.duties.is_empty());
        let duties = plan.map_or(&[][..], |plan| &plan.of_lane[lane as usize]);
        duties.iter().map(|&duty| self.duties[duty].due.0).min().unwrap_or(Release::NEVER.at())
    }

    /// The next command of the lane's first refresh duty.
    pub(super) fn refresh_candidate(&self, lane: u32) -> Option<Candidate<'d>> {
        let device = self.device;
        let plan = device.refresh.as_ref().filter(|_| !self.duties.is_empty())?;
        let duty = plan.of_lane[lane as usize].iter().copied();
        let duty = duty.min_by_key(|&duty| (self.duties[duty].due, duty))?;
        let target = plan.target(duty, self.duties[duty]);
        let choice = self.closing(plan.command, target);
        let choice = choice.unwrap_or_else(|| self.choice(plan.command, target, None));
        let release = self.channel.release(choice.plan);
        let from = self.duties[duty].due.max(self.now).0;
        let at = choice.plan.grid.align(release.at().max(from));
        let because = release.cause(from);
        Some(Candidate { at, lane, kind: Kind::Refresh(duty), choice, because })
    }

    /// What closes the rows of the banks that a refresh is about to reach.
    pub(super) fn closing(&self, refresh: CommandId, target: u32) -> Option<Choice<'d>> {
        let device = self.device;
        let roles = &device.roles;
        let banks = device.reached(refresh, target);
        let bank = banks.iter().copied().find(|&bank| {
            [Buffer::Pim, Buffer::Host].iter().any(|&b| self.channel.row_of(b, bank).is_some())
        })?;
        let in_pim = self.channel.row_of(device.pim_buffer, bank).is_some();
        let of_bank =
            roles.precharge_bank.filter(|_| banks.len() < device.banks_per_lane() as usize);
        let command = match (in_pim, of_bank, device.host) {
            (true, Some(command), _) => command,
            (false, _, Some(host)) => host.precharge_all,
            _ => roles.precharge,
        };
        let level = device.command(command).reach;
        Some(self.choice(command, device.topology.node_of(level, bank), None))
    }
}
