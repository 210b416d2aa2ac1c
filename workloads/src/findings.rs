//! Contradictions in a description: all checks run, so that a user mends a file once.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

/// One contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Dotted path of the field, as in the RON file; list items by their index.
    pub path: String,
    /// What was found and what is allowed.
    pub says: String,
}

/// Everything that is wrong with a description; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Findings(pub Vec<Finding>);

impl Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(|f| format!("{}: {}", f.path, f.says)).collect();
        f.write_str(&lines.join("; "))
    }
}

/// Collects findings.
#[derive(Default)]
pub(crate) struct Checks(Vec<Finding>);

impl Checks {
    pub(crate) fn that(&mut self, holds: bool, path: &str, says: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Finding { path: path.to_owned(), says: says() });
        }
    }

    /// The value lies in the range; NaN does not.
    pub(crate) fn range<T: PartialOrd + Display>(
        &mut self,
        path: &str,
        value: T,
        allowed: RangeInclusive<T>,
    ) {
        self.that(allowed.contains(&value), path, || {
            format!("{value} is outside {} to {}", allowed.start(), allowed.end())
        });
    }

    pub(crate) fn done(self) -> Result<(), Findings> {
        if self.0.is_empty() { Ok(()) } else { Err(Findings(self.0)) }
    }
}
