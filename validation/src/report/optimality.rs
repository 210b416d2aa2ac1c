//! The page on the best partition.

use crate::optimality::{Row, of_case};
use crate::study::{Case, StudyError};

/// What the layers of a row of the page show.
struct Summary {
    layers: usize,
    /// Sieve over the best: mean, median, 99th percentile, worst; and the mean of Sieve+.
    mean: f64,
    median: f64,
    p99: f64,
    worst: f64,
    plus: f64,
    /// Of the summed time of Sieve above the best with halves: the share of a better estimate, of the slowest GPU, of halves.
    shares: [f64; 3],
    /// Layers in which Sieve+ is no slower than Sieve.
    no_slower: f64,
}

/// The page as Markdown.
///
/// # Errors
/// [`StudyError::Missing`] if a case has no rows.
pub fn optimality(cases: &[Case], rows: &[Row]) -> Result<String, StudyError> {
    let mut missing = cases.iter().filter(|case| of_case(rows, case).next().is_none());
    if let Some(first) = missing.next() {
        let (missing, all) = (1 + missing.count(), cases.len());
        return Err(StudyError::Missing { missing, all, first: first.to_string() });
    }
    let mut page = "# How far from the best partition\n\n\
        <!-- Written by `validate optimality --write-docs`; do not edit. -->\n\n\
        Each layer with experts is simulated under Sieve's partition and under others, until none that the [search](beyond.md#optimal) \
        tries is faster; placement is for free, mini-batches are those of Sieve. A layer is simulated twice in a row with all of its \
        mini-batches and GPUs, from idle channels on. The columns are simulated times over that of the best partition; those of \
        the mean gap say what would close it: *estimate*, moving as many experts on every GPU; *slowest GPU*, then moving experts of \
        the GPU alone that ends last; *granularity*, then cutting the tokens of one expert in halves. `docs/src/data/optimality.csv` has every layer.\n\n\
        | model | batch | layers | Sieve: mean | median | p99 | worst | estimate | slowest GPU | granularity | Sieve+: mean | no slower than Sieve |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let mut all = Vec::new();
    for case in cases.iter().rev() {
        let of_case: Vec<&Row> = of_case(rows, case).collect();
        page += &line(case.model(), &case.batch().to_string(), &Summary::of(&of_case));
        all.extend(of_case);
    }
    let total = Summary::of(&all);
    page += &line("all", "", &total);
    let [sieve, plus] = [total.mean - 1.0, total.plus - 1.0];
    page += &format!(
        "\nOver all {} layers Sieve is {:.1} % above the best partition and Sieve+ {:.1} %, which closes {:.0} % of the mean gap by its \
        estimate alone. What Sieve+ gains beside that, by mini-batches and attention, is no matter of partitions: \
        [Beyond the paper](beyond.md).\n",
        total.layers,
        1e2 * sieve,
        1e2 * plus,
        1e2 * (1.0 - plus / sieve)
    );
    Ok(page)
}

fn line(model: &str, batch: &str, s: &Summary) -> String {
    let [estimate, slowest, halves] = s.shares.map(|share| format!("{:.0} %", 1e2 * share));
    format!(
        "| {model} | {batch} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {estimate} | {slowest} | {halves} | {:.3} | {:.0} % |\n",
        s.layers,
        s.mean,
        s.median,
        s.p99,
        s.worst,
        s.plus,
        1e2 * s.no_slower
    )
}

impl Summary {
    fn of(rows: &[&Row]) -> Self {
        let layers = rows.len();
        let over = |of: fn(&Row) -> u64| rows.iter().map(move |r| of(r) as f64 / r.best_ns as f64);
        let mean = |of: fn(&Row) -> u64| over(of).sum::<f64>() / layers as f64;
        let mut ratios: Vec<f64> = over(|row| row.sieve_ns).collect();
        ratios.sort_by(f64::total_cmp);
        let rank =
            |share: f64| ratios[((share * layers as f64).ceil() as usize).clamp(1, layers) - 1];
        let gained = |from: fn(&Row) -> u64, to: fn(&Row) -> u64| {
            rows.iter().map(|row| from(row).saturating_sub(to(row))).sum::<u64>() as f64
        };
        let all = gained(|row| row.sieve_ns, |row| row.halved_ns).max(1.0);
        let parts = [
            gained(|row| row.sieve_ns, |row| row.alike_ns),
            gained(|row| row.alike_ns, |row| row.best_ns),
            gained(|row| row.best_ns, |row| row.halved_ns),
        ];
        let no_slower = rows.iter().filter(|row| row.sieve_plus_ns <= row.sieve_ns).count();
        Self {
            layers,
            mean: mean(|row| row.sieve_ns),
            median: rank(0.5),
            p99: rank(0.99),
            worst: rank(1.0),
            plus: mean(|row| row.sieve_plus_ns),
            shares: parts.map(|part| part / all),
            no_slower: no_slower as f64 / layers as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_gap() {
        let row = |sieve_ns, sieve_plus_ns, alike_ns, best_ns, halved_ns| Row {
            model: String::new(),
            batch: 1,
            inputs: String::new(),
            layer: 0,
            sieve_ns,
            sieve_plus_ns,
            alike_ns,
            best_ns,
            halved_ns,
            partitions_tried: 1,
        };
        let rows = [row(120, 110, 110, 100, 100), row(110, 120, 110, 100, 90)];
        let s = Summary::of(&rows.iter().collect::<Vec<_>>());
        assert_eq!(s.shares, [0.25, 0.5, 0.25]);
        assert!((s.mean - 1.15).abs() < 1e-12 && (s.plus - 1.15).abs() < 1e-12);
        assert_eq!((s.median, s.worst, s.no_slower), (1.1, 1.2, 0.5));
    }
}
