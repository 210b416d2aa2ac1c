//! What a run did: commands counted, time attributed.

use std::ops::AddAssign;

use crate::device::Device;
use crate::dram::{CommandId, Dram};
use crate::energy::Draw;
use crate::pass::Pass;
use crate::sequencer::{End, Issued, Sink};
use crate::time::Ticks;

/// What a stretch of time went into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Writing vectors to the buffers, and accumulators before they are used.
    VectorWrite,
    /// Closing and opening rows.
    Activation,
    /// Multiplying.
    Mac,
    /// Adder tree, result bursts, and the last data on their way.
    ResultRead,
    /// Refresh, with the closing and opening of rows that it causes.
    Refresh,
    /// Waiting for what a host reads and writes.
    Host,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 6] = [
        Self::VectorWrite,
        Self::Activation,
        Self::Mac,
        Self::ResultRead,
        Self::Refresh,
        Self::Host,
    ];

    /// Those of units without a host.
    pub const ALONE: [Self; 5] =
        [Self::VectorWrite, Self::Activation, Self::Mac, Self::ResultRead, Self::Refresh];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::VectorWrite => "vector_write",
            Self::Activation => "activation",
            Self::Mac => "mac",
            Self::ResultRead => "result_read",
            Self::Refresh => "refresh",
            Self::Host => "host",
        }
    }
}

/// Counts and attributed time of one channel. Time is that of lane 0: all lanes do alike.
///
/// Each gap between two column commands of a pass goes to the later one's category; the gap before a multiply-accumulate goes to
/// what held it back, any gap before which a host did goes to the host; a gap with a refresh in it is refresh. Time between
/// passes is not charged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commands of the channel, by [`CommandId`].
    pub commands: Vec<u64>,
    /// Ticks per [`Category`].
    pub ticks: [u64; Category::ALL.len()],
    /// Femtojoules per [`Draw`], 0 on devices without energy numbers.
    pub energy_fj: [u128; Draw::ALL.len()],
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(device: &Dram) -> Self {
        Self { commands: vec![0; device.commands.len()], ..Self::default() }
    }

    /// Commands of one kind.
    #[must_use]
    pub fn count(&self, command: CommandId) -> u64 {
        self.commands[usize::from(command.0)]
    }

    /// Commands of all kinds.
    #[must_use]
    pub fn total_commands(&self) -> u64 {
        self.commands.iter().sum()
    }

    /// Time attributed to a category.
    #[must_use]
    pub fn time(&self, category: Category) -> Ticks {
        Ticks(self.ticks[category as usize])
    }

    /// Charges a stretch of time.
    pub fn charge(&mut self, category: Category, ticks: Ticks) {
        self.ticks[category as usize] += ticks.0;
    }
}

impl Tally {
    /// Adds what so many channels did alike.
    pub fn add(&mut self, other: &Self, channels: u64) {
        for (mine, theirs) in self.commands.iter_mut().zip(&other.commands) {
            *mine += theirs * channels;
        }
        for (mine, theirs) in self.ticks.iter_mut().zip(&other.ticks) {
            *mine += theirs * channels;
        }
        for (mine, theirs) in self.energy_fj.iter_mut().zip(&other.energy_fj) {
            *mine += theirs * u128::from(channels);
        }
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.add(other, 1);
    }
}

/// Fills a [`Tally`] from the commands of a run.
#[derive(Clone, Debug)]
pub struct Watch<'d> {
    device: &'d Device,
    pub(crate) tally: Tally,
    /// Tick of the last command of each job.
    pub(crate) jobs: Vec<Ticks>,
    /// Last column command of lane 0, or the start of the pass.
    last: Ticks,
    /// A refresh since then.
    refreshed: bool,
    /// A refresh closed the rows, and no multiply-accumulate has used them since.
    reopening: bool,
}

impl<'d> Watch<'d> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(device: &'d Device) -> Self {
        let tally = Tally::new(device);
        let jobs = Vec::new();
        Self { device, tally, jobs, last: Ticks(0), refreshed: false, reopening: false }
    }

    /// The tally so far.
    #[must_use]
    pub fn finish(self) -> Tally {
        self.tally
    }

    /// The tally since the last call.
    pub fn take(&mut self) -> Tally {
        std::mem::replace(&mut self.tally, Tally::new(self.device))
    }

    /// Tick of the last command of each job that has ended since the last call.
    pub fn take_jobs(&mut self) -> Vec<Ticks> {
        std::mem::take(&mut self.jobs)
    }

    /// Whether a command is the host's alone.
    fn of_host(&self, command: CommandId) -> bool {
        let pim = &self.device.roles;
        self.device.host.is_some_and(|host| {
            command == host.read
                || command == host.write
                || command == host.activate && command != pim.activate
        })
    }

    fn category(&self, issued: &Issued) -> Option<Category> {
        let of = |command| {
            let roles = &self.device.roles;
            match command {
                c if c == roles.write_vector
                    || Some(c) == roles.write_vector_ahead
                    || Some(c) == roles.clear =>
                {
                    Some(Category::VectorWrite)
                }
                c if c == roles.read_result => Some(Category::ResultRead),
                c if c == roles.mac => Some(Category::Mac),
                _ => None,
            }
        };
        let own = of(issued.command)?;
        Some(match issued.because {
            _ if self.refreshed => Category::Refresh,
            Some(cause) if self.of_host(cause) => Category::Host,
            Some(cause) if own == Category::Mac => of(cause).unwrap_or(if self.reopening {
                Category::Refresh
            } else {
                Category::Activation
            }),
            _ => own,
        })
    }
}

impl Sink for Watch<'_> {
    fn begins(&mut self, from: Ticks) {
        (self.last, self.refreshed, self.reopening) = (from, false, false);
    }

    /// What follows the last column command of lane 0 is result reading.
    fn ends(&mut self, pass: &Pass, end: End) {
        self.tally.charge(Category::ResultRead, end.issued - self.last.min(end.issued));
        if pass.last {
            self.jobs.push(end.issued);
        }
    }

    fn issued(&mut self, issued: &Issued) {
        self.tally.commands[usize::from(issued.command.0)] += 1;
        if let Some(prices) = &self.device.prices {
            let draws = prices.draws(issued.command, issued.target);
            for (sum, &fj) in self.tally.energy_fj.iter_mut().zip(draws) {
                *sum += u128::from(fj);
            }
        }
        if issued.lane != 0 {
            return;
        }
        let roles = &self.device.roles;
        // Rows that wait for a refresh to end were closed by it.
        self.reopening |= issued.command == roles.refresh || issued.because == Some(roles.refresh);
        if issued.command == roles.refresh {
            self.refreshed = true;
        } else if let Some(category) = self.category(issued) {
            let gap = issued.at - self.last.min(issued.at);
            self.tally.charge(category, gap);
            self.last = issued.at;
            self.refreshed = false;
            self.reopening &= issued.command != roles.mac;
        }
    }
}
