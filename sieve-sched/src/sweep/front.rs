//! Points that no other point beats.

use std::cmp::Ordering;
use std::str::FromStr;

/// A column, and which end of it is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Name of the column.
    pub column: String,
    /// Whether less is better.
    pub least: bool,
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, least) = match text.split_once(':') {
            Some((column, "min")) => (column, true),
            Some((column, "max")) => (column, false),
            _ => return Err(format!("`{text}`: expected COLUMN:min or COLUMN:max")),
        };
        Ok(Self { column: column.to_owned(), least })
    }
}

/// Places of the rows that no other row dominates: none is at least as good in all columns and better in one. Rows that are
/// equal in all of them stand or fall together. `rows` have a number for each of `goals`, none of them NaN.
#[must_use]
pub fn front(rows: &[Vec<f64>], goals: &[Goal]) -> Vec<usize> {
    let costs: Vec<Vec<f64>> = (rows.iter())
        .map(|row| row.iter().zip(goals).map(|(&x, g)| if g.least { x } else { -x }).collect())
        .collect();
    let by_costs = |a: &usize, b: &usize| {
        let orders = costs[*a].iter().zip(&costs[*b]).map(|(a, b)| a.total_cmp(b));
        orders.fold(Ordering::Equal, Ordering::then)
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(by_costs);
    // What dominates a row comes before it, and is on the front or dominated by something that is.
    let mut front: Vec<usize> = Vec::new();
    for row in order {
        let dominates = |other: &usize| {
            let pairs = || costs[*other].iter().zip(&costs[row]);
            pairs().all(|(a, b)| a <= b) && pairs().any(|(a, b)| a < b)
        };
        if !front.iter().any(dominates) {
            front.push(row);
        }
    }
    front.sort_unstable();
    front
}
