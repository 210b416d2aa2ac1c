//! Refresh: what falls due, what it closes first, and standing idle meanwhile.

use super::{Arbitration, Candidate, Choice, Kind, Mix, Sequencer, Sink};
use crate::channel::Release;
use crate::device::{CommandId, Device};
use crate::family::Buffer;
use crate::geometry::Level;
use crate::order::Order;
use crate::pass::{Pass, Tile};
use crate::refresh::Duty;
use crate::time::Ticks;

/// Bursts of a stream that opens rows in all bank groups.
const STREAM: u64 = 64;

impl<'d> Sequencer<'d> {
    /// What a refresh costs a stream: from one product of a single burst over closing the rows, refresh and opening them again
    /// to the end of the next. A refresh interval must be longer, or nothing ever gets done.
    pub(crate) fn interruption(device: &'d Device) -> Ticks {
        let pass = Self::burst();
        let mut sequencer = Self::new(device);
        let duties = std::mem::take(&mut sequencer.duties);
        let before = sequencer.run(&pass, Ticks(0), &mut ()).issued;
        sequencer.refresh_once(&duties, before);
        let cost = sequencer.run(&pass, before, &mut ()).issued - before;
        // From another tick of the clock it may take longer by what it then waits for an edge.
        cost + Ticks(device.grid().most())
    }

    /// The same of a host's stream, from one burst to the next, of another row. `None` for a device without commands for a host.
    pub(crate) fn interruption_of_host(device: &'d Device) -> Option<Ticks> {
        Self::interruption_of_mix(device, Arbitration::HostFirst, None)
    }

    /// The same of both, until one of them gets something done.
    pub(crate) fn interruption_of_both(device: &'d Device) -> Option<Ticks> {
        let pass = Self::burst();
        let cost = |arbitration| Self::interruption_of_mix(device, arbitration, Some(&pass));
        cost(Arbitration::HostFirst).max(cost(Arbitration::PimFirst))
    }

    fn interruption_of_mix(
        device: &'d Device,
        arbitration: Arbitration,
        pass: Option<&Pass>,
    ) -> Option<Ticks> {
        let mut mix = Mix::new(device, arbitration)?;
        let duties = std::mem::take(&mut mix.sequencer.duties);
        let more = |mix: &mut Mix<'d>, from| {
            mix.read(STREAM, from);
            pass.into_iter().for_each(|pass| mix.push(*pass, from));
        };
        more(&mut mix, Ticks(0));
        mix.advance(Ticks(u64::MAX), &mut ());
        let before = mix.passes_done()?.issued.max(mix.stream_done()?);
        mix.sequencer.refresh_once(&duties, before);
        more(&mut mix, before);
        let mut list = Vec::new();
        mix.leg(Ticks(u64::MAX), &mut list);
        let read = device.host.as_ref()?.read;
        // A stream goes on where it was, with a row that may be the last to be opened again: one burst of every bank group.
        let round = device.topology.count(Level::BankGroup) as usize;
        let mut bursts = list.iter().filter(|issued| issued.command == read);
        let burst = bursts.nth(round - 1).map(|issued| issued.at);
        let passes = mix.passes_done().filter(|_| pass.is_some()).map(|end| end.issued);
        let first = passes.into_iter().chain(burst).min()?;
        Some(first - before + Ticks(device.grid().most()))
    }

    /// A product of a single burst.
    fn burst() -> Pass {
        let tile = Tile { outputs: 1, columns: 1, order: Order::NoReuse };
        Pass { first: false, last: false, ..Pass::alone(tile, 1) }
    }

    /// Falls due now with all duties, and stands idle until they are done; then none falls due any more.
    fn refresh_once(&mut self, duties: &[Duty], now: Ticks) {
        self.duties = duties.iter().map(|duty| Duty { due: now, ..*duty }).collect();
        let _ = self.rest(&mut ());
        self.duties.clear();
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
