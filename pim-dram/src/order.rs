//! Loop orders of a product: what is kept and what is fetched again.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use thiserror::Error;

use crate::device::Device;
use crate::similar::offer;

/// As in texts.
const NAMES: [&str; 4] = ["no-reuse", "reuse-gb:R", "output-stationary", "row-open"];

/// How the loops over vectors, input chunks (as long as the vector buffer) and output groups (one output a bank) are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    /// Per chunk: write it; per output group: multiply, read the results. Partial sums are added by the host.
    NoReuse,
    /// As above, with so many output groups held in accumulators before their results are read together.
    ReuseBuffer(NonZeroU32),
    /// Per output group: every chunk is written and multiplied in turn, then the results are read once.
    OutputStationary,
    /// A row stays open while as many vectors as the buffer holds are multiplied with it.
    RowOpen,
}

impl Order {
    /// Chunk by chunk, as many outputs held as the device has accumulators.
    #[must_use]
    pub fn held(device: &Device) -> Self {
        let held = NonZeroU32::new(device.pim.accumulators).filter(|held| held.get() > 1);
        held.map_or(Self::NoReuse, Self::ReuseBuffer)
    }
}

/// A text that names no order.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no loop order{offer}; there is no-reuse, reuse-gb:R with R at least 1, output-stationary, row-open",
    offer = offer(.0, NAMES)
)]
pub struct UnknownOrder(String);

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let unknown = || UnknownOrder(text.to_owned());
        match text.split_once(':') {
            None => match text {
                "no-reuse" => Ok(Self::NoReuse),
                "output-stationary" => Ok(Self::OutputStationary),
                "row-open" => Ok(Self::RowOpen),
                _ => Err(unknown()),
            },
            Some(("reuse-gb", groups)) => {
                groups.parse().map(Self::ReuseBuffer).map_err(|_| unknown())
            }
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReuse => f.write_str("no-reuse"),
            Self::ReuseBuffer(groups) => write!(f, "reuse-gb:{groups}"),
            Self::OutputStationary => f.write_str("output-stationary"),
            Self::RowOpen => f.write_str("row-open"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for text in ["no-reuse", "reuse-gb:32", "output-stationary", "row-open"] {
            assert_eq!(text.parse::<Order>().map(|order| order.to_string()), Ok(text.to_owned()));
        }
        for text in ["reuse-gb", "reuse-gb:0", "reuse-gb:x", "row-open:2", ""] {
            assert_eq!(text.parse::<Order>(), Err(UnknownOrder(text.to_owned())));
        }
    }
}
