//! Arbitrations as text.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::sequencer::Arbitration;
use crate::similar::offer;

/// As in texts.
const NAMES: [&str; 3] = ["pim-first", "host-first", "batched:N"];

/// A text that names no arbitration, or turns of no length.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no arbitration{offer}; there is pim-first, host-first, batched:N with N at least 1",
    offer = offer(.0, NAMES)
)]
pub struct UnknownArbitration(String);

impl FromStr for Arbitration {
    type Err = UnknownArbitration;

    fn from_str(text: &str) -> Result<Self, UnknownArbitration> {
        let unknown = || UnknownArbitration(text.to_owned());
        match text.split_once(':') {
            None if text == "pim-first" => Ok(Self::PimFirst),
            None if text == "host-first" => Ok(Self::HostFirst),
            Some(("batched", batch)) => batch.parse().map(Self::Batched).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Arbitration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PimFirst => f.write_str("pim-first"),
            Self::HostFirst => f.write_str("host-first"),
            Self::Batched(batch) => write!(f, "batched:{batch}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for text in ["pim-first", "host-first", "batched:64"] {
            assert_eq!(text.parse().map(|a: Arbitration| a.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "fair", "pim-first:3", "batched", "batched:0", "batched:-1"] {
            assert_eq!(text.parse::<Arbitration>(), Err(UnknownArbitration(text.to_owned())));
        }
    }
}
