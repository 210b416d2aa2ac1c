//! Minimum of a function without derivatives: the downhill simplex of Nelder and Mead (Computer Journal 1965).

/// Differences of the function below this are not worth a step.
const TOLERANCE: f64 = 1e-3;

/// Extent of the simplex below which it does not move on.
const SMALLEST: f64 = 1e-3;

const MOST_STEPS: usize = 60;

/// A place and the value of the function there.
pub(super) type Vertex = (Vec<f64>, f64);

/// Where the function is least near `start`, by a simplex whose edges are `edge` long at first.
pub(super) fn minimise(start: &[f64], edge: f64, mut f: impl FnMut(&[f64]) -> f64) -> Vertex {
    let mut simplex = vec![(start.to_vec(), f(start))];
    for axis in 0..start.len() {
        let mut at = start.to_vec();
        at[axis] += edge;
        let value = f(&at);
        simplex.push((at, value));
    }
    for _ in 0..MOST_STEPS {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let last = simplex.len() - 1;
        let flat = simplex[last].1 - simplex[0].1 < TOLERANCE;
        if flat && extent(&simplex) < edge / 4.0 || extent(&simplex) < SMALLEST {
            break;
        }
        step(&mut simplex, &mut f);
    }
    simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
    simplex.swap_remove(0)
}

/// Moves the worst vertex, the simplex being sorted, or shrinks all towards the best.
fn step(simplex: &mut [Vertex], f: &mut impl FnMut(&[f64]) -> f64) {
    let last = simplex.len() - 1;
    let (best, second, worst) = (simplex[0].1, simplex[last - 1].1, simplex[last].1);
    let dimensions = simplex[0].0.len();
    let centre: Vec<f64> = (0..dimensions)
        .map(|axis| simplex[..last].iter().map(|(at, _)| at[axis]).sum::<f64>() / last as f64)
        .collect();
    let mut along = |from: &Vertex, factor: f64| {
        let at: Vec<f64> = centre.iter().zip(&from.0).map(|(c, x)| c + factor * (c - x)).collect();
        let value = f(&at);
        (at, value)
    };
    let reflected = along(&simplex[last], 1.0);
    if reflected.1 < best {
        let expanded = along(&simplex[last], 2.0);
        simplex[last] = if expanded.1 < reflected.1 { expanded } else { reflected };
        return;
    }
    if reflected.1 < second {
        simplex[last] = reflected;
        return;
    }
    let contracted = along(&simplex[last], if reflected.1 < worst { 0.5 } else { -0.5 });
    if contracted.1 < worst.min(reflected.1) {
        simplex[last] = contracted;
        return;
    }
    let (first, others) = simplex.split_at_mut(1);
    for (at, value) in others {
        at.iter_mut().zip(&first[0].0).for_each(|(x, best)| *x = (*x + best) / 2.0);
        *value = f(at);
    }
}

/// Largest distance along an axis from the best vertex.
fn extent(simplex: &[Vertex]) -> f64 {
    let best = &simplex[0].0;
    let distances = simplex.iter().flat_map(|(at, _)| at.iter().zip(best));
    distances.map(|(x, best)| (x - best).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(start: &[f64], least: &[f64], mut f: impl FnMut(&[f64]) -> f64) {
        let (coarse, _) = minimise(start, 0.4, &mut f);
        let (at, _) = minimise(&coarse, 0.1, &mut f);
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
