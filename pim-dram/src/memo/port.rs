//! A channel that units and a host share, on the fast path.

use super::{Cursor, Memo};
use crate::device::Device;
use crate::job::{Half, Job};
use crate::sequencer::{Arbitration, End, Mix};
use crate::tally::{Tally, Watch};
use crate::time::Ticks;

/// [`Mix`], given jobs and looked up where units or host have the channel to themselves.
///
/// What both do at once is simulated command by command: where the stream stands against the passes hardly ever recurs.
#[derive(Clone)]
pub struct Port<'d> {
    mix: Mix<'d>,
    /// Where the channel stands while steps are looked up; `mix` knows all but that meanwhile.
    lead: Option<Cursor>,
    half: Half,
    watch: Watch<'d>,
}

impl<'d> Port<'d> {
    /// A channel at tick 0 without work. `None` for a device without commands for a host.
    #[must_use]
    pub fn new(device: &'d Device, arbitration: Arbitration) -> Option<Self> {
        let mix = Mix::new(device, arbitration)?;
        Some(Self { mix, lead: None, half: Half::default(), watch: Watch::new(device) })
    }

    /// Tick up to which it has been simulated.
    #[must_use]
    pub fn now(&self) -> Ticks {
        self.mix.now()
    }

    /// Jobs that follow each other at once from tick `from` on, or after those that are left, each on another matrix.
    pub fn work(&mut self, jobs: &[Job], from: Ticks) {
        let device = self.mix.device();
        for (index, job) in (1..).zip(jobs) {
            let (base_row, next_row) = self.half.turn(device, index < jobs.len());
            let passes = job.passes(device, base_row, next_row);
            passes.for_each(|pass| self.mix.push(pass, from));
        }
    }

    /// Reads so many bursts of every pseudo-channel, from tick `from` on or after those that are left.
    pub fn read(&mut self, bursts: u64, from: Ticks) {
        self.mix.read(bursts, from);
    }

    /// When the last job ended; `None` while one is left.
    #[must_use]
    pub fn work_done(&self) -> Option<End> {
        self.mix.passes_done()
    }

    /// Tick of the last burst; `None` while one is left.
    #[must_use]
    pub fn stream_done(&self) -> Option<Ticks> {
        self.mix.stream_done()
    }

    /// Tick of the last command of each job since the last call.
    pub fn take_jobs(&mut self) -> Vec<Ticks> {
        self.watch.take_jobs()
    }

    /// What was done since the last call.
    pub fn take_tally(&mut self) -> Tally {
        self.watch.take()
    }

    /// Does what comes before tick `until`, but stops as soon as units or host have nothing left of what they had.
    pub fn advance(&mut self, memo: &mut Memo<'d>, until: Ticks) {
        let left = |mix: &Mix<'d>| (mix.passes_done().is_none(), mix.stream_done().is_none());
        let had = left(&self.mix);
        while had != (false, false) && left(&self.mix) == had {
            if self.step(memo, until) {
                continue;
            }
            if let Some(lead) = self.lead.take() {
                self.mix.resume(memo.settle(&lead));
            }
            let before = self.watch.tally.total_commands();
            let goes_on = self.mix.leg(until, &mut self.watch);
            memo.simulated += self.watch.tally.total_commands() - before;
            if !goes_on {
                return;
            }
        }
    }

    /// Stands idle until tick `until`, as a channel without work may.
    pub fn rest(&mut self, memo: &mut Memo<'d>, until: Ticks) {
        let mut lead = self.lift(memo);
        memo.advance(&mut lead, until, &mut self.watch.tally);
        // No open row tells the halves apart.
        self.half.upper &= memo.any_row_open(&lead);
        self.land(lead);
    }

    /// Whether another channel rests where this one does, so that it will do what this one does, given the same, and has as much to
    /// tell of its jobs.
    #[must_use]
    pub fn alike(&self, other: &Self) -> bool {
        let rests = |port: &Self| port.work_done().is_some() && port.stream_done().is_some();
        rests(self)
            && rests(other)
            && self.lead.is_some()
            && self.lead == other.lead
            && self.watch.jobs == other.watch.jobs
            && self.half == other.half
            && self.mix.next_place() == other.mix.next_place()
    }

    /// Where it stands, if it rests.
    pub fn lead(&mut self) -> Option<&mut Cursor> {
        self.lead.as_mut()
    }

    /// Looks a pass or a stretch up, if the channel has nothing else to do before that ends and it ends before `until`.
    fn step(&mut self, memo: &mut Memo<'d>, until: Ticks) -> bool {
        if let Some((pass, start)) = self.mix.lone_pass().filter(|&(_, start)| start < until) {
            let mut lead = self.lift(memo);
            memo.advance(&mut lead, start, &mut self.watch.tally);
            let step = memo.pass(&lead, &pass);
            let ends = lead.now() + step.end.issued < until;
            if ends {
                let end = lead.take(step, &mut self.watch.tally);
                self.mix.passed(end);
                if pass.last {
                    self.watch.jobs.push(end.issued);
                }
            }
            self.land(lead);
            return ends;
        }
        let Some((from, until)) = self.mix.lone_stretch(until) else { return false };
        let mut lead = self.lift(memo);
        memo.advance(&mut lead, from, &mut self.watch.tally);
        let step = memo.stretch(&lead, &self.mix);
        let ends = lead.now() + step.end.issued < until;
        if ends {
            let last = lead.take(step, &mut self.watch.tally).issued;
            self.mix.moved(&step.bursts, last);
        }
        self.land(lead);
        ends
    }

    /// Where the channel stands.
    fn lift(&mut self, memo: &mut Memo<'d>) -> Cursor {
        self.lead.take().unwrap_or_else(|| memo.lift(self.mix.sequencer()))
    }

    fn land(&mut self, lead: Cursor) {
        self.mix.stand(lead.now());
        self.lead = Some(lead);
    }
}
