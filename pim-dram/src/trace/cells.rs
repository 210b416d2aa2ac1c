//! Lines and their cells.

use std::io::{BufRead, Read};

use super::Mistake;

/// Bytes that a line may have.
const LONGEST: u64 = 4096;

/// Reads the next line without its end into `line`; `false` at the end of the stream.
pub(crate) fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, Mistake> {
    line.clear();
    let mut input = input.take(LONGEST + 1);
    let read =
        input.read_until(b'\n', line).map_err(|error| Mistake::Unreadable(error.to_string()))?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.len() as u64 > LONGEST {
        return Err(Mistake::TooLong(LONGEST));
    }
    Ok(read > 0)
}

/// The cells of a line, without blanks and quotes around them.
pub(crate) fn cells(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b',').map(|cell| {
        let cell = cell.trim_ascii();
        cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell)
    })
}

/// What stands in a cell, for a message: its first 40 characters, none of which a terminal obeys.
pub(crate) fn text(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

/// The number in a cell, `None` if it is empty.
pub(crate) fn number(cell: &[u8], column: &'static str, most: u64) -> Result<Option<u64>, Mistake> {
    if cell.is_empty() {
        return Ok(None);
    }
    let digits = std::str::from_utf8(cell).ok().filter(|cell| !cell.starts_with('+'));
    let number = digits.and_then(|digits| digits.parse().ok()).filter(|&number| number <= most);
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(Mistake::Number { column, found: text(cell), most }),
    }
}
