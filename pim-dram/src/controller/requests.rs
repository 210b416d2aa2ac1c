//! Requests as text: CSV with the columns `op` and `addr`, or plain lines `R|W address`, each with an optional time.
//!
//! ```text
//! op,addr,at                R 0x0
//! R,0x0,0                   W 0x40
//! W,64,120                  R 0x20 120
//! ```
//!
//! `addr` is a byte address, decimal or hexadecimal with `0x`; `at` is the first tick on which the request is offered, 0 without
//! it. Times do not run backwards. CSV may have the columns `pc`, `sid`, `bg`, `bank`, `row` and `col` besides, the address as
//! some mapper decodes it; they are not read.

use std::io::BufRead;

use thiserror::Error;

use super::access::Request;
use crate::trace::Mistake;
use crate::trace::cells::{cells, next_line, text};

/// Columns that are read, then those that may stand beside them.
const COLUMNS: [&str; 9] = ["op", "addr", "at", "pc", "sid", "bg", "bank", "row", "col"];
const READ: usize = 3;

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {mistake}")]
pub struct RequestError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub mistake: RequestMistake,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestMistake {
    /// The stream, or the header of a CSV.
    #[error(transparent)]
    Csv(#[from] Mistake),
    /// No requests at all.
    #[error(
        "no request; a trace has at least one, as `R 0x40` or as CSV with the columns op and addr"
    )]
    Empty,
    /// Neither a read nor a write.
    #[error("`{0}` is no operation; it is R or W")]
    Operation(String),
    /// No address.
    #[error("`{0}` is no address; it is a whole number below 2^63, decimal or hexadecimal with 0x")]
    Address(String),
    /// No time.
    #[error("`{0}` is no time; it is a whole number of ticks below 2^62")]
    Time(String),
    /// Time runs backwards.
    #[error("tick {at} comes after tick {before}; requests stand in order of time")]
    Backwards {
        /// The tick.
        at: u64,
        /// That of the line before.
        before: u64,
    },
    /// A plain line with more or fewer words.
    #[error("{0} words; a request is an operation, an address and perhaps a time")]
    Words(usize),
}

/// For CSV: the cell of each column that is read, and the number of cells.
pub(super) type Header = Option<([Option<usize>; READ], usize)>;

/// The requests of a trace, one after the other; ends with the first mistake.
#[derive(Debug)]
pub struct Requests<R> {
    pub(super) input: R,
    pub(super) line: Vec<u8>,
    /// Lines read.
    lines: u64,
    pub(super) header: Header,
    /// The first line is a request that has not been handed out.
    pending: bool,
    /// Lines before the first request.
    pub(super) before: u64,
    /// The tick of the last request; `None` before the first that says its time.
    pub(super) now: Option<u64>,
    /// Requests before the first that says its time.
    pub(super) untimed: usize,
    failed: bool,
}

impl<R: BufRead> Requests<R> {
    /// Reads the first line, which decides the format.
    ///
    /// # Errors
    /// An empty stream, a header that does not fit.
    pub fn new(input: R) -> Result<Self, RequestError> {
        let mut requests = Self::of_lines(input, None);
        (requests.lines, requests.pending) = (1, true);
        requests.open().map_err(|mistake| RequestError { line: 1, mistake })?;
        Ok(requests)
    }

    /// Reads lines that stand behind the header.
    pub(super) fn of_lines(input: R, header: Header) -> Self {
        let (line, pending, failed) = (Vec::new(), false, false);
        let (lines, before, now, untimed) = (0, 0, None, 0);
        Self { input, line, lines, header, pending, before, now, untimed, failed }
    }

    /// The line on which the `index`-th request stands.
    #[must_use]
    pub fn line_of(&self, index: usize) -> u64 {
        index as u64 + self.before + 1
    }

    fn open(&mut self) -> Result<(), RequestMistake> {
        if !next_line(&mut self.input, &mut self.line)? {
            return Err(RequestMistake::Empty);
        }
        if self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        if !self.line.contains(&b',') {
            return Ok(());
        }
        (self.pending, self.before) = (false, 1);
        let mut places = [None; COLUMNS.len()];
        let mut count = 0;
        for (place, cell) in cells(&self.line).enumerate() {
            let name = text(cell);
            let Some(column) = COLUMNS.iter().position(|&column| column == name) else {
                let nearest = crate::similar::nearest(&name, COLUMNS);
                let known = COLUMNS.join(", ");
                return Err(Mistake::UnknownColumn { found: name, nearest, known }.into());
            };
            if places[column].replace(place).is_some() {
                return Err(Mistake::RepeatedColumn(COLUMNS[column]).into());
            }
            count += 1;
        }
        if let Some(missing) = (0..2).find(|&column| places[column].is_none()) {
            return Err(Mistake::MissingColumn(COLUMNS[missing]).into());
        }
        self.header = Some(([places[0], places[1], places[2]], count));
        Ok(())
    }

    fn read(&mut self) -> Result<Option<Request>, RequestMistake> {
        if !std::mem::take(&mut self.pending) {
            self.lines += 1;
            if !next_line(&mut self.input, &mut self.line)? {
                let none = self.lines == self.before + 1;
                return if none { Err(RequestMistake::Empty) } else { Ok(None) };
            }
        }
        let mut read: [&[u8]; READ] = [b""; READ];
        if let Some((places, expected)) = &self.header {
            let mut found = 0;
            for cell in cells(&self.line) {
                if let Some(column) = places.iter().position(|&place| place == Some(found)) {
                    read[column] = cell;
                }
                found += 1;
            }
            if found != *expected {
                return Err(Mistake::Cells { found, expected: *expected }.into());
            }
        } else {
            let words = self.line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let mut found = 0;
            for word in words {
                if let Some(cell) = read.get_mut(found) {
                    *cell = word;
                }
                found += 1;
            }
            if !(2..=READ).contains(&found) {
                return Err(RequestMistake::Words(found));
            }
        }
        let [operation, address, at] = read;
        let write = match operation {
            b"R" | b"r" => false,
            b"W" | b"w" => true,
            _ => return Err(RequestMistake::Operation(text(operation))),
        };
        let address = number(address)
            .filter(|&address| address < 1 << 63)
            .ok_or_else(|| RequestMistake::Address(text(address)))?;
        let at = match at {
            b"" => self.now,
            at => Some(
                number(at)
                    .filter(|&tick| tick < 1 << 62)
                    .ok_or_else(|| RequestMistake::Time(text(at)))?,
            ),
        };
        follows(at, self.now)?;
        self.now = at;
        self.untimed += usize::from(at.is_none());
        Ok(Some(Request { write, address, at: at.unwrap_or_default() }))
    }
}

/// Times do not run backwards.
pub(super) fn follows(at: Option<u64>, before: Option<u64>) -> Result<(), RequestMistake> {
    match at.zip(before) {
        Some((at, before)) if at < before => Err(RequestMistake::Backwards { at, before }),
        _ => Ok(()),
    }
}

/// A whole number, decimal or hexadecimal.
fn number(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => digits.parse().ok(),
    }
}

impl<R: BufRead> Iterator for Requests<R> {
    type Item = Result<Request, RequestError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.read().transpose()?;
        Some(next.map_err(|mistake| {
            self.failed = true;
            RequestError { line: self.lines, mistake }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Request>, RequestError> {
        Requests::new(text.as_bytes())?.collect()
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        let error = read(text).expect_err("a mistake").to_string();
        assert!(error.contains(says), "{error}");
    }

    const R: Request = Request { write: false, address: 64, at: 0 };

    #[test]
    fn csv_and_plain_lines_say_the_same() {
        let expected = vec![R, Request { write: true, at: 7, ..R }];
        assert_eq!(read("addr,pc,op,at\n0x40,1,R,\n64,0,W,7\n"), Ok(expected.clone()));
        assert_eq!(read("R 64\nw\t0x40 7"), Ok(expected));
        let requests = Requests::new("op,addr\nR,0\nR,0\n".as_bytes()).expect("a trace");
        assert_eq!(requests.line_of(1), 3);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        refused("", "line 1: no request");
        refused("op,addr\n", "line 2: no request");
        refused("R 0x40\nX 0x40\n", "line 2: `X` is no operation");
        refused("op,addr\nR,0x40\nR,0xzz\n", "line 3: `0xzz` is no address");
        refused("op,addr\nR,-1\n", "line 2: `-1` is no address");
        refused("op,addr\nR,+1\n", "line 2: `+1` is no address");
        refused("op,adr\nR,1\n", "line 1: no column is called `adr` (did you mean `addr`?)");
        refused("op,pc\nR,1\n", "line 1: the header has no column `addr`");
        refused("op,addr\nR\n", "line 2: 1 cells, the header has 2");
        refused("R 0x40\n\n", "line 2: 0 words");
        refused("R 0x40 9\nR 0x40 8\n", "line 2: tick 8 comes after tick 9");
    }
}
