//! The nearest law, by the simplex method of Nelder and Mead from several starting points.

use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;

use super::Sample;
use crate::law::KernelLaw;
use crate::law::calibrated::{LONGEST_GROUP_PS, LONGEST_LAUNCH_NS};

/// Samples that a law needs: as many as it has numbers.
pub const FEWEST: usize = 6;

/// Tiles that are tried: the row counts of matrix instructions and of the thread blocks built from them.
const TILES: [u32; 5] = [8, 16, 32, 64, 128];

/// Exponents that the search starts from.
const EXPONENTS: [f64; 3] = [1.2, 2.0, 4.0];

/// Steps of one search, and searches that each start where the last one ended.
const STEPS: u64 = 600;
const RESTARTS: usize = 3;

/// What is known beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Rows that a group is rounded up to; all usual ones are tried otherwise.
    pub tile: Option<u32>,
    /// Peak bandwidth, which the law's then does not exceed. Time per group and time per byte are hard to tell apart where
    /// experts have one size, so that a fit that knows no peak may find a rate beyond it.
    pub bytes_per_s: Option<u64>,
    /// Peak rate of computing, which the law's then does not exceed: where samples wait for memory whatever their size, the
    /// search ends at any rate beyond it.
    pub flops_per_s: Option<u64>,
}

/// The law whose mean relative error, averaged over the tables, is least. Every table counts alike, however many samples it
/// has.
///
/// `None` when there are fewer samples than the law has numbers.
#[must_use]
pub fn fit(tables: &[&[Sample]], known: Known) -> Option<KernelLaw> {
    let tables: Vec<_> = tables.iter().copied().filter(|table| !table.is_empty()).collect();
    if tables.iter().map(|table| table.len()).sum::<usize>() < FEWEST {
        return None;
    }
    let tiles = known.tile.map_or(TILES.to_vec(), |tile| vec![tile]);
    let most = known.bytes_per_s.map_or(f64::INFINITY, |rate| rate as f64 / 1e6);
    let starts = tiles.iter().flat_map(|&tile| EXPONENTS.map(|exponent| (tile, exponent)));
    let found =
        starts.filter_map(|(tile, exponent)| Problem::new(&tables, tile, most).search(exponent));
    let (law, _) = found.min_by(|a, b| a.1.total_cmp(&b.1))?;
    // Not in the search: padding makes it start beyond any peak.
    let flops_per_s = law.flops_per_s.min(known.flops_per_s.unwrap_or(u64::MAX));
    Some(KernelLaw { flops_per_s, ..law })
}

/// A sample as the law sees it.
#[derive(Clone, Copy)]
struct Point {
    groups: f64,
    bytes: f64,
    flops: f64,
    us: f64,
}

/// Tables at one tile.
#[derive(Clone)]
struct Problem {
    tables: Vec<Vec<Point>>,
    tile: u32,
    /// Bytes per us at most.
    most: f64,
}

/// Logarithms of launch us, group us, bytes per us, flops per us, and of the exponent less 1.
type Parameters = Vec<f64>;

impl Problem {
    fn new(tables: &[&[Sample]], tile: u32, most: f64) -> Self {
        let point = |sample: &Sample| Point {
            groups: sample.launch.rows.len() as f64,
            bytes: sample.launch.work.bytes as f64,
            flops: sample.launch.flops_in_tiles(tile) as f64,
            us: sample.us,
        };
        let tables = tables.iter().map(|table| table.iter().map(point).collect()).collect();
        Self { tables, tile, most }
    }

    /// The best law found from that exponent, and its cost.
    fn search(&self, exponent: f64) -> Option<(KernelLaw, f64)> {
        let points = || self.tables.iter().flatten();
        let least = points().map(|p| p.us).fold(f64::INFINITY, f64::min);
        let fastest = |of: fn(&Point) -> f64| points().map(|p| of(p) / p.us).fold(1e-9, f64::max);
        let mut best: Parameters =
            [0.5 * least, 1e-4 * least, fastest(|p| p.bytes), fastest(|p| p.flops), exponent - 1.0]
                .map(libm::log)
                .to_vec();
        let mut cost = f64::INFINITY;
        for _ in 0..RESTARTS {
            let corner = |axis: usize| {
                let mut corner = best.clone();
                corner[axis] += 0.3;
                corner
            };
            let corners = std::iter::once(best.clone()).chain((0..best.len()).map(corner));
            let solver = NelderMead::new(corners.collect());
            let run = Executor::new(self.clone(), solver)
                .configure(|state| state.max_iters(STEPS))
                .run()
                .ok()?;
            best = run.state().get_best_param()?.clone();
            cost = run.state().get_best_cost();
        }
        Some((self.law(&best), cost))
    }

    /// Launch us, group us, bytes per us, flops per us, exponent.
    fn unpack(&self, parameters: &Parameters) -> [f64; 5] {
        let value = |axis: usize| libm::exp(parameters[axis]);
        [value(0), value(1), value(2).min(self.most), value(3), (1.0 + value(4)).min(16.0)]
    }

    /// The parameters in whole units.
    fn law(&self, parameters: &Parameters) -> KernelLaw {
        let [launch, group, bytes, flops, exponent] = self.unpack(parameters);
        let whole = |value: f64| libm::round(value) as u64;
        // Four digits are more than any fit supports; down, so that no peak is exceeded.
        let rounded = |rate: f64| {
            let digits = libm::pow(10.0, libm::floor(libm::log10(rate)) - 3.0);
            whole(libm::floor(rate / digits) * digits)
        };
        KernelLaw {
            launch_ns: (whole(launch * 100.0) * 10).min(LONGEST_LAUNCH_NS),
            group_ps: whole(group * 1e6).min(LONGEST_GROUP_PS),
            bytes_per_s: rounded(bytes * 1e6).max(1),
            flops_per_s: rounded(flops * 1e6).max(1),
            tile: self.tile,
            exponent: libm::round(exponent * 100.0) / 100.0,
        }
    }
}

impl CostFunction for Problem {
    type Param = Parameters;
    type Output = f64;

    fn cost(&self, parameters: &Parameters) -> Result<f64, Error> {
        let [launch, group, bytes, flops, exponent] = self.unpack(parameters);
        let error = |p: &Point| {
            let (memory, compute) = (p.bytes / bytes, p.flops / flops);
            let (long, short) = (memory.max(compute), memory.min(compute));
            let joined = long
                * libm::pow(1.0 + libm::pow(short / long.max(1e-300), exponent), 1.0 / exponent);
            ((launch + group * p.groups + joined) / p.us - 1.0).abs()
        };
        let mean = |table: &Vec<Point>| table.iter().map(error).sum::<f64>() / table.len() as f64;
        Ok(self.tables.iter().map(mean).sum::<f64>() / self.tables.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::{Errors, us};
    use crate::{Activations, Kind, Launch, grouped_gemm};

    const LAW: KernelLaw = KernelLaw {
        launch_ns: 14_000,
        group_ps: 60_000,
        bytes_per_s: 7_300_000_000_000,
        flops_per_s: 1_000_000_000_000_000,
        tile: 16,
        exponent: 2.0,
    };

    fn samples(law: &KernelLaw, hidden: u32, intermediate: u32) -> Vec<Sample> {
        let sample = |tokens: u32| {
            let counts = crate::calibrate::balanced(tokens, 64, 4);
            let work = grouped_gemm(&counts, hidden, intermediate, 16, Activations::OnChip);
            let launch = Launch::new(Kind::GroupedGemm, work, counts);
            let mut sample = Sample { launch, us: 1.0 };
            sample.us = us(law, &sample);
            sample
        };
        (0..14).map(|power| sample(1 << power)).collect()
    }

    /// A table made by a law gives the law back.
    #[test]
    fn a_law_is_found_again() {
        let tables = [samples(&LAW, 2048, 768), samples(&LAW, 4096, 1024)];
        let found = fit(&[&tables[0], &tables[1]], Known::default()).unwrap();
        let errors = Errors::of(&found, &tables.concat()).unwrap();
        assert!(errors.mean < 0.002 && errors.max < 0.02, "{found:?}: {errors:?}");
        assert_eq!(found.tile, 16);
    }

    #[test]
    fn no_law_is_faster_than_the_peak_that_is_known() {
        let table = samples(&LAW, 2048, 768);
        let known = Known {
            tile: Some(8),
            bytes_per_s: Some(5_000_000_000_000),
            flops_per_s: Some(600_000_000_000_000),
        };
        let law = fit(&[&table], known).unwrap();
        assert!(law.bytes_per_s <= 5_000_000_000_000 && law.flops_per_s <= 600_000_000_000_000);
    }

    #[test]
    fn a_law_takes_as_many_samples_as_it_has_numbers() {
        let few = samples(&LAW, 2048, 768);
        assert_eq!(fit(&[], Known::default()), None);
        assert_eq!(fit(&[&[], &few[..5]], Known::default()), None);
        assert!(fit(&[&few[..3], &few[..3]], Known::default()).is_some());
    }
}
