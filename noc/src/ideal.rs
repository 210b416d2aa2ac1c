//! The ideal law: latency once, then bytes at full bandwidth, with no contention but at the two ends.
//!
//! Source: arXiv 2605.11277 section 5, bytes over link bandwidth, and Table 1 for the latency.

use crate::spec::{InvalidLink, LinkSpec};
use crate::time::Femtos;
use crate::traffic::Traffic;

/// A link that reaches its bandwidth at any size. Times round up to the femtosecond and stop at `u64::MAX` of them, five hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdealLink {
    /// Above 0, as checked.
    bytes_per_s: u64,
    latency: Femtos,
}

impl IdealLink {
    /// The ideal law of a link inside a domain.
    ///
    /// # Errors
    /// Those of [`LinkSpec::check`].
    pub fn new(link: &LinkSpec) -> Result<Self, InvalidLink> {
        link.check()?;
        Ok(Self::of(link.bytes_per_s, link.latency_ns))
    }

    /// Of numbers that were checked.
    pub(crate) fn of(bytes_per_s: u64, latency_ns: u64) -> Self {
        Self { bytes_per_s, latency: Femtos::from_nanos(latency_ns) }
    }

    /// Time of one message; no bytes take no time.
    #[must_use]
    pub fn transfer(&self, bytes: u64) -> Femtos {
        if bytes == 0 {
            return Femtos::from_ticks(0);
        }
        let second = u128::from(Femtos::from_secs(1).as_ticks());
        let serialisation = (u128::from(bytes) * second).div_ceil(u128::from(self.bytes_per_s));
        let femtos = u128::from(self.latency.as_ticks()) + serialisation;
        Femtos::from_ticks(u64::try_from(femtos).unwrap_or(u64::MAX))
    }

    /// Time until each GPU has sent and received its part: both directions at once, messages back to back.
    #[must_use]
    pub fn all_to_all(&self, traffic: &Traffic) -> Vec<Femtos> {
        (0..traffic.gpus())
            .map(|gpu| self.transfer(traffic.egress(gpu).max(traffic.ingress(gpu))))
            .collect()
    }

    /// Time until each GPU holds what all of them held: [`Traffic::all_gather`].
    #[must_use]
    pub fn all_gather(&self, bytes_per_gpu: &[u64]) -> Vec<Femtos> {
        self.all_to_all(&Traffic::all_gather(bytes_per_gpu))
    }
}
