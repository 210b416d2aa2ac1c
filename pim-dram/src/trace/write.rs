//! Commands to text.

use std::io::{self, Write};

use super::COLUMNS;
use super::address::Addresses;
use crate::dram::Dram;
use crate::family::Bus;
use crate::geometry::Node;
use crate::sequencer::{Issued, Sink};

/// Writes commands as they are issued. It writes in small pieces: give it a buffered stream.
#[derive(Debug)]
pub struct Writer<'d, W> {
    dram: &'d Dram,
    addresses: Addresses,
    output: W,
    /// What came of all that was written so far; a [`Sink`] cannot say it at once.
    outcome: io::Result<()>,
}

impl<'d, W: Write> Writer<'d, W> {
    /// Writes the header.
    pub fn new(dram: &'d Dram, mut output: W) -> Self {
        let outcome = writeln!(output, "{}", COLUMNS.join(","));
        Self { dram, addresses: Addresses::new(&dram.topology), output, outcome }
    }

    /// The stream, flushed.
    ///
    /// # Errors
    /// The first error that the stream gave; nothing was written after it.
    pub fn finish(mut self) -> io::Result<W> {
        self.outcome?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn write(&mut self, issued: &Issued) -> io::Result<()> {
        let (output, data) = (&mut self.output, self.dram.command(issued.command));
        write!(output, "{},{}", issued.at.0, data.name)?;
        let cell = |output: &mut W, number: Option<u32>| match number {
            Some(number) => write!(output, ",{number}"),
            None => output.write_all(b","),
        };
        let node = Node { level: data.reach, index: issued.target };
        for number in self.addresses.numbers(node) {
            cell(output, number)?;
        }
        let takes_row = data.row.names_row();
        cell(output, issued.row.filter(|_| takes_row))?;
        cell(output, Some(issued.column).filter(|_| data.bus == Bus::Column))?;
        output.write_all(b"\n")
    }
}

impl<W: Write> Sink for Writer<'_, W> {
    fn issued(&mut self, issued: &Issued) {
        if self.outcome.is_ok() {
            self.outcome = self.write(issued);
        }
    }
}
