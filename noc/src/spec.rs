//! What a user writes about a link, and its time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Femtos;
use crate::collective::Traffic;

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[("nvlink5", include_str!("../presets/nvlink5.ron"))];

/// A link from a GPU to a switch that reaches all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    /// Name in reports.
    pub name: String,
    /// Bandwidth of one GPU in one direction.
    pub bytes_per_s: u64,
    /// Latency of a message.
    pub latency_ns: u64,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// A bandwidth of zero.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("link `{0}`: bytes_per_s must be above 0")]
pub struct Invalid(pub String);

impl LinkSpec {
    /// Checks all numbers.
    ///
    /// # Errors
    /// A bandwidth of zero.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.bytes_per_s == 0 { Err(Invalid(self.name.clone())) } else { Ok(()) }
    }

    /// Time of a message, latency included; none for no bytes.
    #[must_use]
    pub fn transfer(&self, bytes: u64) -> Femtos {
        if bytes == 0 {
            return Femtos::from_ticks(0);
        }
        let fs = (u128::from(bytes) * 1_000_000_000_000_000).div_ceil(u128::from(self.bytes_per_s.max(1)))
            + u128::from(self.latency_ns) * 1_000_000;
        Femtos::from_ticks(u64::try_from(fs).unwrap_or(u64::MAX))
    }

    /// Time of a collective on each GPU: the larger of what it sends and what it receives.
    #[must_use]
    pub fn collective(&self, traffic: &Traffic) -> Vec<Femtos> {
        (0..traffic.gpus()).map(|g| self.transfer(traffic.egress(g).max(traffic.ingress(g)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_takes_latency_and_its_bytes() {
        let link: LinkSpec = ron::from_str(PRESETS[0].1).unwrap();
        assert_eq!(link.transfer(0), Femtos::from_ticks(0));
        assert_eq!(link.transfer(900_000), Femtos::from_ticks(1_800_000_000));
    }
}
