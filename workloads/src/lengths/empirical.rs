//! Lengths that were observed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::KvLengths;
use crate::findings::Checks;

/// Column of a table that holds lengths.
const COLUMN: &str = "tokens";

/// Observed lengths. What is kept is how often each was seen; their order does not matter to draws with replacement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empirical {
    /// File that they come from, for reports.
    pub file: String,
    /// Length in tokens -> times it was seen. Range: lengths of 1 to 1,048,576.
    pub times: BTreeMap<u32, u32>,
}

/// A file of lengths that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthsFileError {
    /// The file cannot be read as text.
    #[error("{file}: cannot be read: {error}")]
    Open {
        /// Its path.
        file: String,
        /// Reason.
        error: io::ErrorKind,
    },
    /// A line holds no length.
    #[error("{file}:{line}: `{found}` is no number of tokens from 1 to {}", KvLengths::LONGEST)]
    Line {
        /// Path of the file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A table has no column of lengths.
    #[error("{file}:1: has the columns {found}; one of several must be `{COLUMN}`")]
    Column {
        /// Path of the file.
        file: String,
        /// Its header.
        found: String,
    },
    /// No line holds a length.
    #[error("{file}: holds no length")]
    Empty {
        /// Path of the file.
        file: String,
    },
}

impl Empirical {
    /// Reads a length a line, or the column `tokens` of a CSV table with a header. A single column may have any header.
    ///
    /// # Errors
    /// The first line that holds no length.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, LengthsFileError> {
        let file = path.as_ref().display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| LengthsFileError::Open { file: file.clone(), error: error.kind() })?;
        Self::parse(file, &text)
    }

    fn parse(file: String, text: &str) -> Result<Self, LengthsFileError> {
        let lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
        let mut lines = lines.peekable();
        let mut column = 0;
        if let Some((_, header)) = lines.next_if(|(_, line)| line.parse::<f64>().is_err()) {
            let columns: Vec<&str> = header.split(',').map(str::trim).collect();
            if columns.len() > 1 {
                column = columns.iter().position(|name| *name == COLUMN).ok_or_else(|| {
                    LengthsFileError::Column { file: file.clone(), found: columns.join(", ") }
                })?;
            }
        }
        let mut times = BTreeMap::new();
        for (number, line) in lines {
            let found = line.split(',').nth(column).unwrap_or_default().trim();
            match found.parse() {
                Ok(tokens @ 1..=KvLengths::LONGEST) => *times.entry(tokens).or_insert(0) += 1,
                _ => {
                    let found = found.to_owned();
                    return Err(LengthsFileError::Line { file, line: number, found });
                }
            }
        }
        if times.is_empty() {
            Err(LengthsFileError::Empty { file })
        } else {
            Ok(Self { file, times })
        }
    }

    pub(super) fn check(&self, checks: &mut Checks) {
        let seen = self.times.values().any(|&times| times > 0);
        checks.that(seen, "empirical.times", || "holds no length".to_owned());
        for &tokens in self.times.keys() {
            checks.range("empirical.times", tokens, 1..=KvLengths::LONGEST);
        }
    }

    pub(super) fn draw(&self, rng: &mut impl Rng) -> u32 {
        let mut place = rng.random_range(0..self.seen().max(1));
        for (&tokens, &times) in &self.times {
            match place.checked_sub(times.into()) {
                Some(rest) => place = rest,
                None => return tokens,
            }
        }
        1
    }

    pub(super) fn mean(&self) -> f64 {
        let tokens: u64 =
            self.times.iter().map(|(&n, &times)| u64::from(n) * u64::from(times)).sum();
        tokens as f64 / self.seen() as f64
    }

    fn seen(&self) -> u64 {
        self.times.values().copied().map(u64::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    fn parse(text: &str) -> Result<Empirical, String> {
        Empirical::parse("l.csv".into(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_and_tables_are_read() {
        let times = BTreeMap::from([(3, 2), (700, 1)]);
        for text in [
            "3\n700\n3\n",
            "3\r\n\r\n 700\r\n3",
            "length\n3\n3\n700\n",
            "id,tokens\na,3\nb,700\nc, 3\n",
            "tokens,id\n3,1\n700,2\n3,3\n",
        ] {
            assert_eq!(parse(text).unwrap().times, times, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let allowed = "is no number of tokens from 1 to 1048576";
        for (text, says) in [
            ("3\n\nlong\n", format!("l.csv:3: `long` {allowed}")),
            ("3\n0\n", format!("l.csv:2: `0` {allowed}")),
            ("3\n1.5\n", format!("l.csv:2: `1.5` {allowed}")),
            ("-4\n", format!("l.csv:1: `-4` {allowed}")),
            ("tokens\n1048577\n", format!("l.csv:2: `1048577` {allowed}")),
            ("id,tokens\na\n", format!("l.csv:2: `` {allowed}")),
            (
                "id,length\na,3\n",
                "l.csv:1: has the columns id, length; one of several must be `tokens`".into(),
            ),
            ("", "l.csv: holds no length".into()),
            ("tokens\n", "l.csv: holds no length".into()),
        ] {
            assert_eq!(parse(text), Err(says), "{text:?}");
        }
        let error = Empirical::read("none.csv").unwrap_err().to_string();
        assert!(error.starts_with("none.csv: cannot be read: "), "{error}");
    }

    /// Each length as often as it was seen; the mean is exact.
    #[test]
    fn draws_follow_what_was_seen() {
        let law = parse("10\n20\n20\n50\n").unwrap();
        assert_eq!(law.mean(), 25.0);
        let mut rng = stream(1, Purpose::Contexts, 0);
        let mut times = BTreeMap::new();
        (0..40_000).for_each(|_| *times.entry(law.draw(&mut rng)).or_insert(0) += 1);
        // 10,000, 20,000 and 10,000 are expected, with a deviation of at most 100.
        let off = |(tokens, expected): (u32, i32)| (times[&tokens] - expected).abs() < 400;
        assert!([(10, 10_000), (20, 20_000), (50, 10_000)].into_iter().all(off), "{times:?}");
        assert_eq!(times.len(), 3);
    }
}
