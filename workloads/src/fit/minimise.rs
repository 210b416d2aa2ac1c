//! Minimum of a function without derivatives: the downhill simplex of Nelder and Mead (Computer Journal 1965).

use std::cell::Cell;

use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;

/// Standard deviation of the function over the simplex below which it does not move on.
const TOLERANCE: f64 = 5e-4;

const MOST_STEPS: u64 = 60;

/// Where a function is least, and how often it was asked.
pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    pub(super) evaluations: u64,
}

/// A function, and how often it was asked.
struct Cost<'a, F> {
    f: F,
    evaluations: &'a Cell<u64>,
}

impl<F: Fn(&[f64]) -> f64> CostFunction for Cost<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, at: &Vec<f64>) -> Result<f64, Error> {
        self.evaluations.set(self.evaluations.get() + 1);
        Ok((self.f)(at))
    }
}

/// The least near `start`, by a simplex whose edges are `edge` long at first. `None` when the function is no number there.
pub(super) fn minimise(start: &[f64], edge: f64, f: impl Fn(&[f64]) -> f64) -> Option<Minimum> {
    let corner = |axis: usize| {
        let mut corner = start.to_vec();
        corner[axis] += edge;
        corner
    };
    let simplex = std::iter::once(start.to_vec()).chain((0..start.len()).map(corner)).collect();
    let solver = NelderMead::new(simplex).with_sd_tolerance(TOLERANCE).ok()?;
    let evaluations = Cell::new(0);
    let cost = Cost { f, evaluations: &evaluations };
    let run =
        Executor::new(cost, solver).configure(|state| state.max_iters(MOST_STEPS)).run().ok()?;
    let state = run.state();
    Some(Minimum {
        at: state.get_best_param()?.clone(),
        value: state.get_best_cost(),
        evaluations: evaluations.get(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_counted() {
        let asked = Cell::new(0);
        let least = minimise(&[5.0], 0.4, |x| {
            asked.set(asked.get() + 1);
            x[0].abs()
        });
        assert!(asked.get() > 2);
        assert_eq!(least.unwrap().evaluations, asked.get());
    }

    #[track_caller]
    fn finds(start: &[f64], least: &[f64], f: impl Fn(&[f64]) -> f64) {
        let coarse = minimise(start, 0.4, &f).unwrap().at;
        let at = minimise(&coarse, 0.1, &f).unwrap().at;
        assert!(at.iter().zip(least).all(|(x, y)| (x - y).abs() < 0.03), "{at:?}, not {least:?}");
    }

    #[test]
    fn finds_the_least_of_bowls_and_valleys() {
        finds(&[5.0], &[1.5], |x| (x[0] - 1.5).abs());
        finds(&[-1.0, 2.0], &[0.5, -0.5], |x| (x[0] - 0.5).powi(2) + 9.0 * (x[1] + 0.5).powi(2));
        let rosenbrock = |x: &[f64]| (1.0 - x[0]).powi(2) + 20.0 * (x[1] - x[0] * x[0]).powi(2);
        finds(&[-0.5, 0.5], &[1.0, 1.0], |x| rosenbrock(x).sqrt());
    }
}
