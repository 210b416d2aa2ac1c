//! Bursts that the host reads from all banks, such as the weights that a GPU streams.
//!
//! The order of a stream is known, so that its rows are opened ahead: bursts go round the bank groups, column by column, one
//! bank of each group at a time, while the next bank of each group is opened.

use super::{Choice, Kind, Sequencer};
use crate::channel::Release;
use crate::device::Device;
use crate::dram::CommandId;
use crate::family::{Buffer, HostRoles, RowEffect};
use crate::time::Ticks;

/// The stream of one pseudo-channel, with the next commands in hand.
#[derive(Clone, Copy, Debug)]
struct Flow<'d> {
    /// Bursts that have gone, and the one before which it stops.
    next: u64,
    end: u64,
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
    groups: u64,
    columns: u64,
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
            groups: geometry.bank_groups.into(),
            columns: geometry.columns().into(),
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
            let round = self.groups * self.columns;
            for flow in &mut self.flows {
                flow.next = flow.next.next_multiple_of(round);
                flow.end = flow.next;
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

    /// Pseudo-channels.
    pub(super) fn flows(&self) -> u32 {
        self.flows.len() as u32
    }

    /// Bank and row of a burst.
    fn place(&self, pseudo_channel: usize, burst: u64) -> (u32, u32) {
        let (group, round) = (burst % self.groups, burst / (self.groups * self.columns));
        let (bank, sweep) = ((round % self.banks) as u32, round / self.banks);
        let (rank, bank) = (bank / self.banks_of_group, bank % self.banks_of_group);
        let first =
            pseudo_channel as u32 * self.banks_of_pseudo_channel + rank * self.banks_of_rank;
        // Only whether two rows are the same matters.
        (first + group as u32 * self.banks_of_group + bank, self.first_row + (sweep % 2) as u32)
    }

    /// The commands that flows want, each at its earliest tick from `from` on, but for those that wait for a refresh.
    pub(super) fn wanted(&self, from: Ticks) -> impl Iterator<Item = Wanted<'d>> {
        let from = from.max(self.from).0;
        self.flows.iter().enumerate().flat_map(move |(index, flow)| {
            let wanted = |kind, choice: Option<Choice<'d>>, release: Release| {
                let choice = choice?;
                let at = choice.plan.grid.align(release.at().max(from));
                let because = release.cause(from);
                (at < flow.due).then_some(Wanted { at, flow: index, kind, choice, because })
            };
            let row = wanted(Kind::Row, flow.row, flow.row_release);
            let column = wanted(Kind::Column, flow.column, flow.column_release);
            [row, column].into_iter().flatten()
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
            let (bank, needed) = host.place(index, flow.next);
            if self.channel.row_of(host.buffer, bank) == Some(needed) {
                column = Some(self.choice(host.roles.read, bank, Some(needed)));
            }
            row = self.host_row(host, index);
        }
        let lane = flow.lane;
        let flow = &mut host.flows[index];
        (flow.row, flow.column, flow.due) = (row, column, self.due(lane));
        self.release_host(host, index);
    }

    /// When rules allow what every flow wants.
    pub(super) fn release_flows(&self, host: &mut Host<'d>) {
        (0..host.flows.len()).for_each(|index| self.release_host(host, index));
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
        let round = host.groups * host.columns;
        let begin = flow.next - flow.next % round;
        // Of each group, the first burst that is still to come in this round; then the rounds after it.
        let group = |offset: u64| {
            let first = begin + offset;
            if first >= flow.next {
                first
            } else {
                first + (flow.next - first).next_multiple_of(host.groups)
            }
        };
        let here = (0..host.groups).map(group).filter(|&burst| burst < begin + round);
        let ahead = (0..host.groups).map(|offset| begin + round + offset);
        let mut bursts = here.chain(ahead).filter(|&burst| burst < flow.end);
        bursts.find_map(|burst| {
            let (bank, needed) = host.place(index, burst);
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
        let round = host.groups * host.columns;
        let end = flow.end.min(flow.next - flow.next % round + round).min(flow.next + host.groups);
        (flow.next..end).any(|burst| host.place(index, burst).0 == bank)
    }

    /// Issues what a flow wants.
    pub(super) fn issue_host(
        &mut self,
        host: &mut Host<'d>,
        wanted: &Wanted<'d>,
        sink: &mut impl super::Sink,
    ) {
        let &Wanted { at, flow: index, kind, choice, because } = wanted;
        let column = (host.flows[index].next / host.groups % host.columns) as u32;
        let column = if kind == Kind::Column { column } else { 0 };
        let lane = host.flows[index].lane;
        self.issue(&super::Candidate { at, lane, kind, choice, because }, column, sink);
        if kind == Kind::Column {
            host.flows[index].next += 1;
            host.last = Ticks(at);
            let Flow { next, end, row, .. } = host.flows[index];
            let keeps = row.is_none() && next % (host.groups * host.columns) != 0 && host.banks > 1;
            if keeps && next < end {
                let (bank, needed) = host.place(index, next);
                let open = self.channel.row_of(host.buffer, bank) == Some(needed);
                let choice = open.then(|| self.choice(host.roles.read, bank, Some(needed)));
                host.flows[index].column = choice;
                return;
            }
        }
        self.choose_host(host, index);
    }
}
