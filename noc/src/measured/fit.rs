//! From a table of measurements to the few points of a line through them.
//!
//! 1. Measurements of the same bytes, of all types of elements, become one: their geometric mean.
//! 2. Times that fall as bytes grow are noise: they become the nearest times that do not, in the least squares of their logarithms
//!    (isotonic regression by pooling adjacent violators; Barlow et al., Statistical Inference under Order Restrictions, 1972).
//! 3. The first and the last point are kept. While a point is off the line by more than [`TOLERANCE`], the one that is furthest
//!    off is kept too, the smallest of several.

use std::collections::BTreeMap;

use super::curve::Curve;
use super::read::{Row, Series, Subject};
use super::{Collectives, DeepEpTable, NcclTable};

/// How far a point may be off the line that leaves it out, as a share of its time.
pub const TOLERANCE: f64 = 0.05;

/// How far a law is off measurements, as a share of what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misfit {
    /// Over all rows.
    pub mean: f64,
    /// Of the row that is furthest off.
    pub most: f64,
}

impl Misfit {
    /// Of a law that gives us for bytes; 0 of no rows.
    #[must_use]
    pub fn of(rows: &[Row], micros: impl Fn(u64) -> f64) -> Self {
        let off = |row: &Row| (micros(row.bytes) / row.micros - 1.0).abs();
        Self {
            mean: rows.iter().map(off).sum::<f64>() / rows.len().max(1) as f64,
            most: rows.iter().map(off).fold(0.0, f64::max),
        }
    }
}

/// The line through measurements of one collective.
#[must_use]
pub fn curve(rows: &[Row]) -> Curve {
    let points = non_decreasing(&mean_of_repeats(rows));
    let mut kept: Vec<Row> = points.first().into_iter().chain(points.last()).copied().collect();
    kept.dedup();
    loop {
        let line = rounded(&kept);
        let off = |row: &Row| (micros(&line, row.bytes) / row.micros - 1.0).abs();
        // `max_by` would take the last of several.
        let furthest = points.iter().rev().max_by(|a, b| off(a).total_cmp(&off(b)));
        let Some(row) = furthest.filter(|row| off(row) > TOLERANCE && !kept.contains(row)) else {
            return line;
        };
        let place = kept.partition_point(|other| other.bytes < row.bytes);
        kept.insert(place, *row);
    }
}

/// Lines through all measurements of one kind of GPU.
#[must_use]
pub fn collectives(
    name: &str,
    device: &str,
    series: &Series,
    sources: BTreeMap<String, String>,
) -> Collectives {
    // Types of elements together.
    let mut tables: BTreeMap<(Subject, u32), Vec<Row>> = BTreeMap::new();
    for (key, rows) in series.iter().filter(|(key, _)| key.device == device) {
        tables.entry((key.subject, key.ranks)).or_default().extend(rows);
    }
    let mut out = Collectives { name: name.to_owned(), nccl: vec![], deepep: vec![], sources };
    for ((subject, ranks), rows) in tables {
        let knots = curve(&rows);
        match subject {
            Subject::Nccl(collective) => out.nccl.push(NcclTable { collective, ranks, knots }),
            Subject::DeepEp(way, shape) => {
                out.deepep.push(DeepEpTable { way, ranks, shape, knots });
            }
        }
    }
    out
}

/// Time of a line in us.
#[must_use]
pub fn micros(line: &Curve, bytes: u64) -> f64 {
    line.time(bytes).as_ticks() as f64 / 1e9
}

fn rounded(rows: &[Row]) -> Curve {
    Curve::new(rows.iter().map(|row| (row.bytes, (row.micros * 1e3).round() as u64)).collect())
}

/// One row per number of bytes, ascending.
fn mean_of_repeats(rows: &[Row]) -> Vec<Row> {
    let mut logs: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in rows {
        logs.entry(row.bytes).or_default().push(libm::log(row.micros));
    }
    let mean = |logs: Vec<f64>| libm::exp(logs.iter().sum::<f64>() / logs.len() as f64);
    logs.into_iter().map(|(bytes, logs)| Row { bytes, micros: mean(logs) }).collect()
}

/// The nearest times that do not fall.
fn non_decreasing(rows: &[Row]) -> Vec<Row> {
    // Mean logarithm of a pool, and its rows.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for row in rows {
        let mut pool = (libm::log(row.micros), 1);
        while let Some((log, count)) = pools.pop_if(|(log, _)| *log > pool.0) {
            let both = (count + pool.1) as f64;
            pool = ((log * count as f64 + pool.0 * pool.1 as f64) / both, count + pool.1);
        }
        pools.push(pool);
    }
    let times = pools.iter().flat_map(|&(log, count)| vec![libm::exp(log); count]);
    rows.iter().zip(times).map(|(row, micros)| Row { bytes: row.bytes, micros }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(of: &[(u64, f64)]) -> Vec<Row> {
        of.iter().map(|&(bytes, micros)| Row { bytes, micros }).collect()
    }

    #[test]
    fn a_straight_table_needs_its_ends_only() {
        let table = rows(&[(100, 11.0), (200, 12.0), (400, 14.0), (800, 18.0)]);
        assert_eq!(curve(&table).points(), [(100, 11_000), (800, 18_000)]);
    }

    #[test]
    fn a_bend_is_kept_and_a_dip_is_levelled() {
        let table = rows(&[(1, 10.0), (2, 8.0), (4, 9.0), (8, 9.0), (16, 90.0)]);
        let levelled = (libm::sqrt(80.0) * 1e3).round() as u64;
        assert_eq!(curve(&table).points(), [(1, levelled), (8, 9_000), (16, 90_000)]);
    }

    #[test]
    fn repeats_are_averaged() {
        let table = rows(&[(1, 4.0), (1, 9.0), (2, 12.0)]);
        assert_eq!(curve(&table).points(), [(1, 6_000), (2, 12_000)]);
        assert_eq!(curve(&table[..1]).points(), [(1, 4_000)]);
    }

    proptest! {
        #[test]
        fn the_line_is_within_tolerance_of_the_levelled_table(
            times in prop::collection::vec(1.0_f64..1000.0, 2..25),
        ) {
            let table: Vec<_> = times.iter().enumerate()
                .map(|(at, &micros)| Row { bytes: 1 << at, micros }).collect();
            let line = curve(&table);
            prop_assert_eq!(line.finding(), None);
            // A nanosecond for rounding.
            for row in non_decreasing(&table) {
                let off = (micros(&line, row.bytes) - row.micros).abs();
                prop_assert!(off <= TOLERANCE * row.micros + 1e-3, "{row:?}");
            }
        }

        /// Isotonic regression keeps the mean logarithm of each pool, so of all, and no constant shift of a suffix is better.
        #[test]
        fn levelling_keeps_the_mean_logarithm(
            times in prop::collection::vec(1.0_f64..1000.0, 1..25),
        ) {
            let table: Vec<_> = times.iter().enumerate()
                .map(|(at, &micros)| Row { bytes: 1 << at, micros }).collect();
            let level = non_decreasing(&table);
            let sum = |rows: &[Row]| rows.iter().map(|row| libm::log(row.micros)).sum::<f64>();
            prop_assert!((sum(&table) - sum(&level)).abs() < 1e-9);
            prop_assert!(level.windows(2).all(|two| two[0].micros <= two[1].micros + 1e-9));
            // Raising a suffix of an isotonic sequence keeps it isotonic, so its residuals cannot ask for that.
            for from in 0..table.len() {
                prop_assert!(sum(&table[from..]) <= sum(&level[from..]) + 1e-9);
            }
        }
    }
}
