//! Runs as lines of text in the form that other simulators write, so that whole runs can be compared by their hash.

use std::io::Write;

use crate::dram::{CommandId, Dram};
use crate::geometry::Level;
use crate::sequencer::{Issued, Sink};

/// Writes each command as `tick,command,pseudo-channel,rank,bank group,bank,row,column`.
///
/// Ticks are numbered as the controller numbers them. Precharges are called `PREpb` and `PREab`. Row and column are those of the
/// request that a command serves; numbers below the pseudo-channel are -1 where a command reaches more than one bank, row and
/// column also where it serves no request.
#[derive(Debug)]
pub struct CommandLines<'d, W> {
    dram: &'d Dram,
    first_tick: u64,
    output: W,
    /// Of writing so far; a [`Sink`] cannot say it at once.
    outcome: std::io::Result<()>,
}

impl<'d, W: Write> CommandLines<'d, W> {
    /// No lines yet; `first_tick` is the controller's.
    pub fn new(dram: &'d Dram, first_tick: u64, output: W) -> Self {
        Self { dram, first_tick, output, outcome: Ok(()) }
    }

    /// The output after the last line.
    ///
    /// # Errors
    /// The first error that the output gave; nothing was written after it.
    pub fn finish(self) -> std::io::Result<W> {
        self.outcome.map(|()| self.output)
    }

    fn write(&mut self, issued: &Issued) -> std::io::Result<()> {
        let (dram, tick) = (self.dram, issued.at.0 + self.first_tick);
        let (reach, name) = (dram.command(issued.command).reach, name(dram, issued.command));
        if reach != Level::Bank {
            return writeln!(self.output, "{tick},{name},{},-1,-1,-1,-1,-1", issued.lane);
        }
        let g = &dram.spec.geometry;
        let (rank, in_rank, of_group) =
            (issued.target / g.banks, issued.target % g.banks, g.banks / g.bank_groups);
        write!(
            self.output,
            "{tick},{name},{},{},{},{}",
            rank / g.ranks,
            rank % g.ranks,
            in_rank / of_group,
            in_rank % of_group
        )?;
        match issued.row {
            Some(row) => writeln!(self.output, ",{row},{}", issued.column),
            None => writeln!(self.output, ",-1,-1"),
        }
    }
}

impl<W: Write> Sink for CommandLines<'_, W> {
    fn issued(&mut self, issued: &Issued) {
        if self.outcome.is_ok() {
            self.outcome = self.write(issued);
        }
    }
}

fn name(dram: &Dram, command: CommandId) -> &str {
    match &dram.host {
        Some(host) if command == host.precharge => "PREpb",
        Some(host) if command == host.precharge_all => "PREab",
        _ => &dram.command(command).name,
    }
}

/// The line of a request: when it arrived and when it departed.
#[must_use]
pub fn time_line((arrive, depart): (u64, u64)) -> String {
    format!("{arrive},{depart}\n")
}
