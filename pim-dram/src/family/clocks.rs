//! How long a command occupies its bus.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::time::{Clock, Ticks};

/// Whole or half clocks, at least one half; written as a number, such as `2`, `1.5` or `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "f64")]
pub struct HalfClocks(u32);

impl HalfClocks {
    /// The most halves that a command may take.
    const MOST: f64 = 1024.0;

    /// Whether it ends between two clocks.
    #[must_use]
    pub fn is_odd(self) -> bool {
        !self.0.is_multiple_of(2)
    }

    /// Ticks of a clock; halves need a clock of two ticks.
    #[must_use]
    pub fn ticks(self, clock: Clock) -> Ticks {
        Ticks((u64::from(self.0) * clock.ticks_per_clock).div_ceil(2))
    }
}

impl TryFrom<f64> for HalfClocks {
    type Error = String;

    fn try_from(clocks: f64) -> Result<Self, String> {
        let halves = 2.0 * clocks;
        if halves.fract() == 0.0 && (1.0..=Self::MOST).contains(&halves) {
            Ok(Self(halves as u32))
        } else {
            Err(format!(
                "{clocks} clocks; a command takes whole or half clocks from 0.5 to {}",
                Self::MOST / 2.0
            ))
        }
    }
}

impl Serialize for HalfClocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_odd() {
            serializer.serialize_f64(f64::from(self.0) / 2.0)
        } else {
            serializer.serialize_u32(self.0 / 2)
        }
    }
}

impl fmt::Display for HalfClocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", f64::from(self.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_half_clocks_are_written_as_numbers() {
        for (text, ticks) in [("2", 4), ("1.5", 3), ("0.5", 1)] {
            let clocks: HalfClocks = ron::from_str(text).unwrap();
            assert_eq!(clocks.ticks(Clock { period_ps: 625, ticks_per_clock: 2 }), Ticks(ticks));
            assert_eq!(
                (clocks.to_string(), ron::to_string(&clocks).unwrap()),
                (text.into(), text.into())
            );
        }
    }

    #[test]
    fn other_parts_of_a_clock_are_refused() {
        for text in ["0", "0.25", "-1", "1.2", "513"] {
            let error = ron::from_str::<HalfClocks>(text).unwrap_err().to_string();
            assert!(error.contains("whole or half clocks from 0.5 to 512"), "{error}");
        }
    }
}
