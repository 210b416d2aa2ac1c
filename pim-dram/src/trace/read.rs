//! Text to commands.

use std::io::BufRead;

use super::address::{Addresses, Misplaced, Numbers};
use super::cells::{cells, next_line, number, text};
use super::{COLUMN, COLUMNS, COMMAND, FIRST_PLACE, Mistake, ROW, TICK, TraceError};
use crate::dram::{CommandId, Dram};
use crate::family::{Bus, CommandSpec};
use crate::sequencer::Issued;
use crate::similar::nearest;
use crate::time::Ticks;

/// The latest tick: what is added to it still fits.
const LAST_TICK: u64 = u64::MAX >> 1;

/// A line as cells in the order of [`COLUMNS`].
type Cells<'l> = [&'l [u8]; COLUMNS.len()];

/// Reads the commands of a trace one after the other and ends with the first mistake.
#[derive(Debug)]
pub struct Reader<'d, R> {
    dram: &'d Dram,
    addresses: Addresses,
    input: R,
    /// For each cell of a line the place of its column in [`COLUMNS`].
    header: Vec<usize>,
    line: Vec<u8>,
    /// Lines read.
    lines: u64,
    now: u64,
    failed: bool,
}

impl<'d, R: BufRead> Reader<'d, R> {
    /// Reads the header.
    ///
    /// # Errors
    /// A header that cannot be read, that names other columns, or one twice, or that lacks `tick` or `command`.
    pub fn new(dram: &'d Dram, input: R) -> Result<Self, TraceError> {
        let addresses = Addresses::new(&dram.topology);
        let (header, line) = (Vec::new(), Vec::new());
        let mut reader =
            Self { dram, addresses, input, header, line, lines: 1, now: 0, failed: false };
        reader.read_header().map_err(|mistake| TraceError { line: 1, mistake })?;
        Ok(reader)
    }

    fn read_header(&mut self) -> Result<(), Mistake> {
        next_line(&mut self.input, &mut self.line)?;
        let line = self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line);
        for cell in cells(line) {
            let name = text(cell);
            let Some(column) = COLUMNS.iter().position(|&column| column == name) else {
                let nearest = nearest(&name, COLUMNS);
                let known = COLUMNS.join(", ");
                return Err(Mistake::UnknownColumn { found: name, nearest, known });
            };
            if self.header.contains(&column) {
                return Err(Mistake::RepeatedColumn(COLUMNS[column]));
            }
            self.header.push(column);
        }
        match [TICK, COMMAND].into_iter().find(|column| !self.header.contains(column)) {
            Some(column) => Err(Mistake::MissingColumn(COLUMNS[column])),
            None => Ok(()),
        }
    }

    fn read(&mut self) -> Result<Option<Issued>, Mistake> {
        self.lines += 1;
        if !next_line(&mut self.input, &mut self.line)? {
            return Ok(None);
        }
        let mut row: Cells<'_> = Default::default();
        let mut found = 0;
        for cell in cells(&self.line) {
            if let Some(&column) = self.header.get(found) {
                row[column] = cell;
            }
            found += 1;
        }
        if found != self.header.len() {
            return Err(Mistake::Cells { found, expected: self.header.len() });
        }
        let issued = self.command(&row)?;
        let (at, before) = (issued.at.0, self.now);
        if at < before {
            return Err(Mistake::Backwards { at, before });
        }
        self.now = at;
        Ok(Some(issued))
    }

    fn command(&self, row: &Cells<'_>) -> Result<Issued, Mistake> {
        let at = required(row, TICK, LAST_TICK)?;
        let (command, data) = self.mnemonic(row[COMMAND])?;
        let mut numbers: Numbers<u64> = Default::default();
        for (place, numbers) in numbers.iter_mut().enumerate() {
            let column = FIRST_PLACE + place;
            *numbers = number(row[column], COLUMNS[column], u64::from(u32::MAX))?;
        }
        let target =
            self.addresses.node(data.reach, &numbers).map_err(|misplaced| match misplaced {
                Misplaced::NotEmpty(place) => not_empty(row, FIRST_PLACE + place, data),
                Misplaced::Outside(place, most) => {
                    outside(row, FIRST_PLACE + place, u64::from(most))
                }
            })?;
        let geometry = &self.dram.spec.geometry;
        let takes_row = data.row.names_row();
        let last_row = u64::from(geometry.rows - 1);
        let opened = takes_row.then(|| required(row, ROW, last_row)).transpose()?;
        let last_column = data.row.needs().map_or(u32::MAX, |_| geometry.columns() - 1);
        let column = match data.bus {
            Bus::Row => None,
            Bus::Column => number(row[COLUMN], COLUMNS[COLUMN], u64::from(last_column))?,
        };
        for (place, takes) in [(ROW, takes_row), (COLUMN, data.bus == Bus::Column)] {
            if !takes && !row[place].is_empty() {
                return Err(not_empty(row, place, data));
            }
        }
        // All of these are within limits of 32 bits.
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Issued {
            at: Ticks(at),
            command,
            target,
            row: opened.map(narrow),
            column: column.map_or(0, narrow),
            lane: numbers[0].map_or(0, narrow),
            because: None,
        })
    }

    fn mnemonic(&self, cell: &[u8]) -> Result<(CommandId, &'d CommandSpec), Mistake> {
        let mut commands = (0_u8..).map(CommandId).zip(&self.dram.commands);
        commands.find(|(_, data)| data.name.as_bytes() == cell).ok_or_else(|| {
            let known = || self.dram.commands.iter().map(|data| data.name.as_str());
            let found = text(cell);
            let nearest = nearest(&found, known());
            let known = known().map(str::to_owned).collect();
            Mistake::UnknownCommand { found, nearest, known }
        })
    }
}

fn required(row: &Cells<'_>, column: usize, most: u64) -> Result<u64, Mistake> {
    number(row[column], COLUMNS[column], most)?.ok_or_else(|| outside(row, column, most))
}

fn outside(row: &Cells<'_>, column: usize, most: u64) -> Mistake {
    Mistake::Number { column: COLUMNS[column], found: text(row[column]), most }
}

fn not_empty(row: &Cells<'_>, column: usize, command: &CommandSpec) -> Mistake {
    let (column, found) = (COLUMNS[column], text(row[column]));
    Mistake::NotEmpty { column, found, command: command.name.clone() }
}

impl<R: BufRead> Iterator for Reader<'_, R> {
    type Item = Result<Issued, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.read().transpose()?;
        Some(next.map_err(|mistake| {
            self.failed = true;
            TraceError { line: self.lines, mistake }
        }))
    }
}
