//! Who goes first.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// Who goes first where host and units want the same of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arbitration {
    /// The units: the host issues nothing that would delay what they want.
    PimFirst,
    /// The host: the units issue nothing that would delay what it wants.
    HostFirst,
    /// By turns, after so many column commands of the one that goes first.
    Batched(NonZeroU32),
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Pim,
    Host,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    pub(super) side: Side,
    /// Column commands until it changes; `None` if it never does.
    left: Option<(u32, u32)>,
}

impl Turn {
    pub(super) fn new(arbitration: Arbitration) -> Self {
        match arbitration {
            Arbitration::PimFirst => Self { side: Side::Pim, left: None },
            Arbitration::HostFirst => Self { side: Side::Host, left: None },
            Arbitration::Batched(batch) => {
                Self { side: Side::Pim, left: Some((batch.get(), batch.get())) }
            }
        }
    }

    pub(super) fn column(&mut self, of: Side) {
        if let Some((left, batch)) = &mut self.left
            && of == self.side
        {
            *left -= 1;
            if *left == 0 {
                *left = *batch;
                self.side = if of == Side::Pim { Side::Host } else { Side::Pim };
            }
        }
    }
}
