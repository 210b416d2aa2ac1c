//! Bursts that the host reads from all banks, such as the weights that a GPU streams.
//!
//! The order of a stream is known, so that its rows are opened ahead: bursts go round the bank groups, column by column, one
//! bank of each group at a time, while the next bank of each group is opened.

use smallvec::SmallVec;

use super::{Choice, Kind, Sequencer};
use crate::channel::Release;
use crate::device::Device;
use crate::dram::CommandId;
use crate::family::{Buffer, HostRoles, RowEffect};
use crate::memo::Stretch;
use crate::time::Ticks;

/// Where a burst lies.
#[derive(Clone, Copy, Debug)]
struct Spot {
    /// Bank group and column.
    group: u32,
    column: u32,
    /// The bank, and its row, which all groups have alike.
    bank: u32,
    row: u32,
}

/// The stream of one pseudo-channel, with the next commands in hand.
#[derive(Clone, Copy, Debug)]
struct Flow<'d> {
    /// Bursts that have gone, and the one before which it stops.
    next: u64,
    end: u64,
    /// Where the next burst lies.
    spot: Spot,
    row: Option<Choice<'d>>,
    column: Option<Choice<'d>>,
    /// When rules allow them; [`Release::NEVER`] without a choice.
    row_release: Release,
    column_release: Release,
    /// The lane of the units whose refreshes it waits for.
    lane: u32,
    due: u64,
}

/// A stream of reads, as many in every pseudo-channel.
#[derive(Clone, Debug)]
pub(super) struct Host<'d> {
    roles: HostRoles<CommandId>,
    pub(super) buffer: Buffer,
    flows: Vec<Flow<'d>>,
    groups: u32,
    columns: u32,
    /// Banks of a group, those of all ranks together.
    banks: u64,
    banks_of_group: u32,
    banks_of_rank: u32,
    banks_of_pseudo_channel: u32,
    first_row: u32,
    /// Nothing is read before that tick.
    pub(super) from: Ticks,
    /// Tick of the last burst.
    last: Ticks,
}

/// A command that the host wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'d> {
    pub(super) at: u64,
    pub(super) flow: usize,
    pub(super) kind: Kind,
    pub(super) choice: Choice<'d>,
    pub(super) because: Option<CommandId>,
}

impl<'d> Host<'d> {
    /// Nothing to read. `None` for a device without commands for a host.
    pub(super) fn new(device: &'d Device) -> Option<Self> {
        let geometry = &device.spec.geometry;
        let roles = device.host?;
        let flow = |pseudo_channel: u32| {
            let bank = pseudo_channel * geometry.banks_per_pseudo_channel();
            Flow {
                next: 0,
                end: 0,
                spot: Spot { group: 0, column: 0, bank, row: 0 },
                row: None,
                column: None,
                row_release: Release::NEVER,
                column_release: Release::NEVER,
                lane: device.topology.node_of(device.lane_level, bank),
                due: u64::MAX,
            }
        };
        let banks_of_group = geometry.banks / geometry.bank_groups;
        Some(Self {
            roles,
            buffer: match device.command(roles.activate).row {
                RowEffect::Opens(buffer) => buffer,
                _ => Buffer::Host,
            },
            flows: (0..geometry.pseudo_channels).map(flow).collect(),
            groups: geometry.bank_groups,
            columns: geometry.columns(),
            banks: u64::from(geometry.ranks * banks_of_group),
            banks_of_group,
            banks_of_rank: geometry.banks,
            banks_of_pseudo_channel: geometry.banks_per_pseudo_channel(),
            // Units work on rows from the first of either half on; the last two lie clear of all but the largest matrices.
            first_row: geometry.rows.saturating_sub(2),
            from: Ticks(0),
            last: Ticks(0),
        })
    }

    /// Reads so many more bursts in every pseudo-channel, from new rows and tick `from` on unless some are left.
    pub(super) fn read(&mut self, bursts: u64, from: Ticks) {
        if self.left() == 0 {
            let round = self.round();
            for index in 0..self.flows.len() {
                let next = self.flows[index].next.next_multiple_of(round);
                let spot = self.spot(index, next);
                let flow = &mut self.flows[index];
                (flow.next, flow.end, flow.spot) = (next, next, spot);
            }
            self.from = from;
            self.last = from;
        }
        self.flows.iter_mut().for_each(|flow| flow.end += bursts);
    }

    /// Bursts of a pseudo-channel that are still to be read, of the one with most.
    pub(super) fn left(&self) -> u64 {
        self.flows.iter().map(|flow| flow.end - flow.next).max().unwrap_or_default()
    }

    /// Tick of the last burst that was read.
    pub(super) fn last(&self) -> Ticks {
        self.last
    }

    /// What the next stretch depends on beside the state of the channel.
    pub(super) fn place(&self) -> Stretch {
        let behind = self.flows.iter().map(|flow| flow.next).min().unwrap_or_default();
        // A stretch comes at most that far, into the round after the one in which it ends.
        let seen = self.stretch() + 2 * self.round() + u64::from(self.groups);
        let of = |flow: &Flow<'_>| (flow.next - behind, (flow.end - flow.next).min(seen));
        Stretch { place: behind % self.period(), flows: self.flows.iter().map(of).collect() }
    }

    /// Bursts of a stretch, of all pseudo-channels together.
    pub(super) fn stretch(&self) -> u64 {
        self.round() * self.flows.len() as u64
    }

    /// Bursts after which a stream comes to the same banks and rows again.
    fn period(&self) -> u64 {
        2 * self.banks * self.round()
    }

    /// Where the next stream begins, as far as banks and rows go.
    pub(super) fn next_place(&self) -> u64 {
        let next = self.flows.iter().map(|flow| flow.next).max().unwrap_or_default();
        next.next_multiple_of(self.round()) % self.period()
    }

    /// Bursts that have gone, of all pseudo-channels together.
    pub(super) fn gone(&self) -> u64 {
        self.flows.iter().map(|flow| flow.next).sum()
    }

    /// Bursts that have gone from each pseudo-channel since an earlier time.
    pub(super) fn since(&self, earlier: &Self) -> SmallVec<[u32; 2]> {
        let flows = self.flows.iter().zip(&earlier.flows);
        flows.map(|(now, then)| (now.next - then.next) as u32).collect()
    }

    /// So many bursts have gone, the last on tick `last`.
    pub(super) fn skip(&mut self, bursts: &[u32], last: Ticks) {
        for (index, &bursts) in bursts.iter().enumerate() {
            let next = self.flows[index].next + u64::from(bursts);
            self.flows[index].spot = self.spot(index, next);
            self.flows[index].next = next;
        }
        self.last = last;
    }

    /// Pseudo-channels.
    pub(super) fn flows(&self) -> u32 {
        self.flows.len() as u32
    }

    /// Where a burst lies.
    fn spot(&self, pseudo_channel: usize, burst: u64) -> Spot {
        let (groups, columns) = (u64::from(self.groups), u64::from(self.columns));
        let (turn, round) = (burst / groups, burst / (groups * columns));
        let (bank, sweep) = ((round % self.banks) as u32, round / self.banks);
        let (rank, bank) = (bank / self.banks_of_group, bank % self.banks_of_group);
        let group = (burst % groups) as u32;
        let first =
            pseudo_channel as u32 * self.banks_of_pseudo_channel + rank * self.banks_of_rank;
        Spot {
            group,
            column: (turn % columns) as u32,
            bank: first + group * self.banks_of_group + bank,
            // Only whether two rows are the same matters.
            row: self.first_row + (sweep % 2) as u32,
        }
    }

    /// The spot of the burst after one; `None` where another round begins.
    #[inline]
    fn after(&self, spot: Spot) -> Option<Spot> {
        let Spot { group, column, bank, row } = spot;
        if group + 1 < self.groups {
            return Some(Spot { group: group + 1, bank: bank + self.banks_of_group, ..spot });
        }
        let bank = bank - group * self.banks_of_group;
        (column + 1 < self.columns).then_some(Spot { group: 0, column: column + 1, bank, row })
    }

    /// Bursts of a round: a row in a bank of each group.
    pub(super) fn round(&self) -> u64 {
        u64::from(self.groups) * u64::from(self.columns)
    }

    /// What is wanted first from tick `from` on and before another tick, but for what waits for a refresh and what `may` refuses.
    #[inline]
    pub(super) fn first(
        &self,
        from: Ticks,
        before: u64,
        may: impl Fn(&Choice<'d>, u64) -> bool,
    ) -> Option<Wanted<'d>> {
        let from = from.max(self.from).0;
        let (mut soonest, mut best) = (before, None);
        for (index, flow) in self.flows.iter().enumerate() {
            let wants = [
                (Kind::Row, &flow.row, flow.row_release),
                (Kind::Column, &flow.column, flow.column_release),
            ];
            for (kind, choice, release) in wants {
                let Some(choice) = choice else { continue };
                let at = choice.plan.grid.align(release.at().max(from));
                if at < soonest && at < flow.due && may(choice, at) {
                    (soonest, best) = (at, Some((index, kind, choice, release)));
                }
            }
        }
        best.map(|(flow, kind, &choice, release)| Wanted {
            at: soonest,
            flow,
            kind,
            choice,
            because: release.cause(from),
        })
    }
}

impl<'d> Sequencer<'d> {
    /// What every flow wants, as rows, rules and refreshes stand.
    pub(super) fn look_host(&self, host: &mut Host<'d>) {
        for index in 0..host.flows.len() {
            self.choose_host(host, index);
        }
    }

    /// What a flow wants next.
    pub(super) fn choose_host(&self, host: &mut Host<'d>, index: usize) {
        let flow = &host.flows[index];
        let (mut row, mut column) = (None, None);
        if flow.next < flow.end {
            column = self.host_column(host, flow.spot);
            row = self.host_row(host, index);
        }
        let lane = flow.lane;
        let flow = &mut host.flows[index];
        (flow.row, flow.column, flow.due) = (row, column, self.due(lane));
        self.release_host(host, index);
    }

    /// A command has gone: when rules allow what flows want, as far as it pushed that.
    #[inline]
    pub(super) fn follow_host(&self, by: &Choice<'d>, host: &mut Host<'d>) {
        match self.device.pushes.by(by.plan) {
            None => (0..host.flows.len()).for_each(|index| self.release_host(host, index)),
            Some(pushed) => {
                for flow in &mut host.flows {
                    self.push(by, pushed, &flow.row, &mut flow.row_release);
                    self.push(by, pushed, &flow.column, &mut flow.column_release);
                }
            }
        }
    }

    /// When rules allow what a flow wants.
    fn release_host(&self, host: &mut Host<'d>, index: usize) {
        let release = |choice: &Option<Choice<'d>>| {
            choice.map_or(Release::NEVER, |choice| self.channel.release(choice.plan))
        };
        let flow = &mut host.flows[index];
        flow.row_release = release(&flow.row);
        flow.column_release = release(&flow.column);
    }

    /// The row command that brings a flow closer to having its rows open, those of this round first.
    fn host_row(&self, host: &Host<'d>, index: usize) -> Option<Choice<'d>> {
        let flow = &host.flows[index];
        let (round, groups) = (host.round(), u64::from(host.groups));
        let begin = flow.next - flow.next % round;
        // Of each group, the first burst that is still to come in this round; then the rounds after it.
        let group = |offset: u64| {
            let first = begin + offset;
            if first >= flow.next {
                first
            } else {
                first + (flow.next - first).next_multiple_of(groups)
            }
        };
        let here = (0..groups).map(group).filter(|&burst| burst < begin + round);
        let ahead = (0..groups).map(|offset| begin + round + offset);
        let mut bursts = here.chain(ahead).filter(|&burst| burst < flow.end);
        bursts.find_map(|burst| {
            let Spot { bank, row: needed, .. } = host.spot(index, burst);
            match self.channel.row_of(host.buffer, bank) {
                Some(open) if open == needed => None,
                // Its open row is still being read.
                Some(_) if burst >= begin + round && self.in_use(host, index, bank) => None,
                Some(_) => Some(self.choice(host.roles.precharge, bank, None)),
                None => Some(self.choice(host.roles.activate, bank, Some(needed))),
            }
        })
    }

    /// Whether bursts of this round are still to come from a bank.
    fn in_use(&self, host: &Host<'d>, index: usize, bank: u32) -> bool {
        let flow = &host.flows[index];
        let (round, groups) = (host.round(), u64::from(host.groups));
        let end = flow.end.min(flow.next - flow.next % round + round).min(flow.next + groups);
        (flow.next..end).any(|burst| host.spot(index, burst).bank == bank)
    }

    /// Issues what a flow wants.
    pub(super) fn issue_host(
        &mut self,
        host: &mut Host<'d>,
        wanted: &Wanted<'d>,
        sink: &mut impl super::Sink,
    ) {
        let &Wanted { at, flow: index, kind, choice, because } = wanted;
        let (spot, lane) = (host.flows[index].spot, host.flows[index].lane);
        let column = if kind == Kind::Column { spot.column } else { 0 };
        self.issue(&super::Candidate { at, lane, kind, choice, because }, column, sink);
        if kind == Kind::Column {
            host.last = Ticks(at);
            let after = host.after(spot);
            let next = host.flows[index].next + 1;
            let spot = after.unwrap_or_else(|| host.spot(index, next));
            let flow = &mut host.flows[index];
            (flow.next, flow.spot) = (next, spot);
            // Which row comes next changes with the round, and where a group has had its last burst of it.
            let row_stays = flow.row.is_none() || spot.column + 1 < host.columns;
            if after.is_some() && row_stays && host.banks > 1 && next < flow.end {
                host.flows[index].column = self.host_column(host, spot);
                return self.release_host(host, index);
            }
        }
        self.choose_host(host, index);
    }

    /// Reads a burst, if its row is open.
    #[inline]
    fn host_column(&self, host: &Host<'d>, spot: Spot) -> Option<Choice<'d>> {
        let open = self.channel.row_of(host.buffer, spot.bank) == Some(spot.row);
        open.then(|| self.choice(host.roles.read, spot.bank, Some(spot.row)))
    }
}
