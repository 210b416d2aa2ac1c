//! Runs as lines of text in the form that other simulators write, so that whole runs can be compared by their hash.

use std::io::Write;

use crate::dram::{CommandId, Dram};
use crate::geometry::Level;
use crate::sequencer::{Issued, Sink};

/// Bytes of the lines that are handed over together.
const LINES: usize = 1 << 13;

/// Writes each command as `tick,command,pseudo-channel,rank,bank group,bank,row,column`.
///
/// Ticks are numbered as the controller numbers them. Precharges are called `PREpb` and `PREab`. Row and column are those of the
/// request that a command serves; numbers below the pseudo-channel are -1 where a command reaches more than one bank, row and
/// column also where it serves no request.
#[derive(Debug)]
pub struct CommandLines<'d, W> {
    dram: &'d Dram,
    first_tick: u64,
    /// Per bank of the channel: what a line says of its place.
    places: Vec<String>,
    output: W,
    line: Vec<u8>,
    /// Of writing so far; a [`Sink`] cannot say it at once.
    outcome: std::io::Result<()>,
}

impl<'d, W: Write> CommandLines<'d, W> {
    /// No lines yet; `first_tick` is the controller's.
    pub fn new(dram: &'d Dram, first_tick: u64, output: W) -> Self {
        let places = (0..dram.topology.count(Level::Bank)).map(|bank| place(dram, bank)).collect();
        Self { dram, first_tick, places, output, line: Vec::new(), outcome: Ok(()) }
    }

    /// The output after the last line.
    ///
    /// # Errors
    /// The first error that the output gave; nothing was written after it.
    pub fn finish(self) -> std::io::Result<W> {
        self.outcome.map(|()| self.output)
    }

    fn write(&mut self, issued: &Issued) -> std::io::Result<()> {
        let command = self.dram.command(issued.command);
        let line = &mut self.line;
        line.clear();
        number(line, issued.at.0 + self.first_tick);
        line.push(b',');
        line.extend_from_slice(name(self.dram, issued.command).as_bytes());
        line.push(b',');
        if command.reach == Level::Bank {
            line.extend_from_slice(self.places[issued.target as usize].as_bytes());
        } else {
            number(line, issued.lane.into());
            line.extend_from_slice(b",-1,-1,-1");
        }
        match issued.row {
            Some(row) if command.reach == Level::Bank => {
                for value in [row, issued.column] {
                    line.push(b',');
                    number(line, value.into());
                }
                line.push(b'\n');
            }
            _ => line.extend_from_slice(b",-1,-1\n"),
        }
        self.output.write_all(line)
    }
}

/// Pseudo-channel, rank, bank group and bank.
fn place(dram: &Dram, bank: u32) -> String {
    let g = &dram.spec.geometry;
    let (rank, in_rank, of_group) = (bank / g.banks, bank % g.banks, g.banks / g.bank_groups);
    let (group, bank) = (in_rank / of_group, in_rank % of_group);
    format!("{},{},{group},{bank}", rank / g.ranks, rank % g.ranks)
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

/// Hands over a line for each request, many at a time: when it arrived and when it departed.
pub fn time_lines(times: impl Iterator<Item = (u64, u64)>, mut take: impl FnMut(&[u8])) {
    let mut lines = Vec::with_capacity(2 * LINES);
    for (arrive, depart) in times {
        number(&mut lines, arrive);
        lines.push(b',');
        number(&mut lines, depart);
        lines.push(b'\n');
        if lines.len() >= LINES {
            take(&lines);
            lines.clear();
        }
    }
    take(&lines);
}

fn number(line: &mut Vec<u8>, number: u64) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}
