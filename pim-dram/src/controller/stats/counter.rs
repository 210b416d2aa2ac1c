//! What commands come to.

use crate::dram::Dram;
use crate::sequencer::{Issued, Sink};
use crate::tally::Tally;

/// Counts commands and adds up what they draw.
#[derive(Clone, Debug)]
pub struct Counter<'d> {
    dram: &'d Dram,
    /// So far; no time is attributed.
    pub tally: Tally,
}

impl<'d> Counter<'d> {
    /// Nothing yet.
    #[must_use]
    pub fn new(dram: &'d Dram) -> Self {
        Self { dram, tally: Tally::new(dram) }
    }
}

impl Sink for Counter<'_> {
    fn issued(&mut self, issued: &Issued) {
        self.tally.commands[usize::from(issued.command.0)] += 1;
        if let Some(draws) = self.dram.energy_fj(issued.command, issued.target) {
            for (sum, fj) in self.tally.energy_fj.iter_mut().zip(draws) {
                *sum += u128::from(fj);
            }
        }
    }
}
