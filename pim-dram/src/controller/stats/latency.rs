//! How long requests took.

use serde::Serialize;

use super::of::ns;
use crate::dram::Dram;

/// How long requests took. Quantiles are the smallest latency that so many percent of the requests do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Requests.
    pub count: u64,
    /// The shortest.
    pub min_ticks: u64,
    /// Sum / `count`.
    pub mean_ticks: f64,
    /// Median.
    pub p50_ticks: u64,
    /// 90 %.
    pub p90_ticks: u64,
    /// 99 %.
    pub p99_ticks: u64,
    /// The longest.
    pub max_ticks: u64,
    /// The shortest.
    pub min_ns: f64,
    /// Sum / `count`.
    pub mean_ns: f64,
    /// Median.
    pub p50_ns: f64,
    /// 90 %.
    pub p90_ns: f64,
    /// 99 %.
    pub p99_ns: f64,
    /// The longest.
    pub max_ns: f64,
}

impl Latency {
    /// `None` without requests.
    pub(super) fn of(dram: &Dram, latencies: impl Iterator<Item = u64>) -> Option<Self> {
        let mut sorted: Vec<u64> = latencies.collect();
        sorted.sort_unstable();
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let quantile = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100) - 1];
        let mean = sorted.iter().map(|&t| u128::from(t)).sum::<u128>() as f64 / sorted.len() as f64;
        let [p50, p90, p99] = [50, 90, 99].map(quantile);
        let whole = |ticks: u64| ns(dram, ticks as f64);
        Some(Self {
            count: sorted.len() as u64,
            min_ticks: min,
            mean_ticks: mean,
            p50_ticks: p50,
            p90_ticks: p90,
            p99_ticks: p99,
            max_ticks: max,
            min_ns: whole(min),
            mean_ns: ns(dram, mean),
            p50_ns: whole(p50),
            p90_ns: whole(p90),
            p99_ns: whole(p99),
            max_ns: whole(max),
        })
    }
}
