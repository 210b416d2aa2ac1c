//! Peak power: the window of a command stream in which rows and PIM units take the most.

use std::collections::VecDeque;

use super::prices::Prices;
use crate::device::Device;
use crate::dram::Dram;
use crate::job::Job;
use crate::sequencer::{Issued, Sequencer, Sink};
use crate::time::{Clock, Ticks};

/// The window that took the most; a command counts with all of its energy at its tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Femtojoules within the window.
    pub fj: u64,
    /// Tick of its first command.
    pub from: Ticks,
    /// Its length.
    pub window: Ticks,
}

impl Peak {
    /// Energy over the length of the window.
    #[must_use]
    pub fn power_mw(&self, clock: Clock) -> f64 {
        1000.0 * self.fj as f64 / clock.femtos(self.window).as_ticks() as f64
    }
}

/// Finds the [`Peak`] of a channel's commands. It remembers one window of them.
#[derive(Debug)]
pub struct PeakPower<'d> {
    prices: &'d Prices,
    /// Tick and energy of the commands of the window that ends with the last one.
    recent: VecDeque<(Ticks, u64)>,
    sum: u64,
    peak: Peak,
}

impl<'d> PeakPower<'d> {
    /// Watches with the window of the device's budget; `None` if it has no budget or no energy numbers.
    #[must_use]
    pub fn new(device: &'d Dram) -> Option<Self> {
        let window = device.ticks(device.spec.budgets.as_ref()?.peak.window);
        let peak = Peak { fj: 0, from: Ticks(0), window };
        Some(Self { prices: device.prices.as_ref()?, recent: VecDeque::new(), sum: 0, peak })
    }

    /// The peak of all commands seen.
    #[must_use]
    pub fn peak(&self) -> Peak {
        self.peak
    }
}

impl Sink for PeakPower<'_> {
    fn issued(&mut self, issued: &Issued) {
        let fj = self.prices.peak(issued.command, issued.target);
        if fj == 0 {
            return;
        }
        while let Some(&(at, old)) = self.recent.front()
            && at + self.peak.window <= issued.at
        {
            self.sum -= old;
            self.recent.pop_front();
        }
        self.recent.push_back((issued.at, fj));
        self.sum += fj;
        if self.sum > self.peak.fj {
            let from = self.recent.front().map_or(issued.at, |&(at, _)| at);
            self.peak = Peak { fj: self.sum, from, ..self.peak };
        }
    }
}

/// The peak of a job from idle, every command of it simulated: looked-up passes have no commands to watch.
#[must_use]
pub fn peak_of(device: &Device, job: Job) -> Option<Peak> {
    let mut watch = PeakPower::new(device)?;
    let mut sequencer = Sequencer::new(device);
    let mut from = Ticks(0);
    for pass in job.passes(device, 0, None) {
        from = sequencer.run(&pass, from, &mut watch).issued;
    }
    Some(watch.peak())
}
