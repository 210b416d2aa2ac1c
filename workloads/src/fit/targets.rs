//! Statistics that a law is fitted to.

use serde::{Deserialize, Serialize};

use super::FitError;
use crate::findings::Checks;
use crate::stats::LoadStats;

/// Experts of all tokens of the largest batch; hundreds of layers of them are simulated.
const MOST_CHOICES: u64 = 1 << 16;

/// Experts of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Routed experts.
    pub experts: u32,
    /// Routed experts that a token visits.
    pub top_k: u32,
    /// Shared experts, which every token visits; they count among the activated experts that shares are of.
    pub shared: u32,
}

/// Statistics of decode batches of one size, mean over layers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Requests of the batch.
    pub batch: u32,
    /// Share of the activated experts that have one token, 0 to 1.
    pub one_token: Option<f64>,
    /// Share of the activated experts that have one to four tokens, 0 to 1.
    pub up_to_four: Option<f64>,
    /// Activated routed experts of a layer.
    pub activated: Option<f64>,
}

/// Statistics of one model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Targets {
    /// Where they come from; errors begin with it.
    pub origin: String,
    /// Experts of a layer.
    pub shape: Shape,
    /// By batch size.
    pub rows: Vec<Row>,
}

impl Targets {
    /// Checks that there are targets, and that they are possible ones.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn check(&self) -> Result<(), FitError> {
        let origin = || self.origin.clone();
        let Shape { experts, top_k, shared } = self.shape;
        let mut checks = Checks::default();
        checks.range("experts", experts, 1..=1 << 16);
        checks.range("top_k", top_k, 1..=experts.clamp(1, 1 << 16));
        checks.range("shared", shared, 0..=1 << 16);
        for row in &self.rows {
            let at = |field: &str| format!("batch {}: {field}", row.batch);
            let choices = u64::from(row.batch) * u64::from(top_k);
            checks.that((1..=MOST_CHOICES).contains(&choices), &at("batch"), || {
                format!("{choices} experts of {} tokens are outside 1 to {MOST_CHOICES}", row.batch)
            });
            for (field, share) in [("one_token", row.one_token), ("up_to_four", row.up_to_four)] {
                share.into_iter().for_each(|share| checks.range(&at(field), share, 0.0..=1.0));
            }
            if let (Some(one), Some(four)) = (row.one_token, row.up_to_four) {
                checks.that(one <= four, &at("up_to_four"), || {
                    format!("{four} is below one_token, {one}, which it includes")
                });
            }
            let activated = row.activated.into_iter();
            activated.for_each(|n| checks.range(&at("activated"), n, 0.0..=experts.into()));
        }
        checks.done().map_err(|findings| FitError::Range { origin: origin(), findings })?;
        let empty =
            |row: &Row| [row.one_token, row.up_to_four, row.activated].iter().all(Option::is_none);
        if self.rows.iter().all(empty) {
            return Err(FitError::Empty { origin: origin(), model: None });
        }
        Ok(())
    }

    pub(super) fn largest_batch(&self) -> u32 {
        self.rows.iter().map(|row| row.batch).max().unwrap_or(0)
    }
}

impl Shape {
    /// Statistics of the tokens per routed expert of a batch: shared experts count in the shares, not in the activated ones.
    pub(super) fn statistics(self, batch: u32, tokens_per_expert: &[u32]) -> LoadStats {
        let routed = LoadStats::of(tokens_per_expert);
        if self.shared == 0 {
            return routed;
        }
        let shared = std::iter::repeat_n(batch, self.shared as usize);
        let all: Vec<u32> = tokens_per_expert.iter().copied().chain(shared).collect();
        LoadStats { activated: routed.activated, ..LoadStats::of(&all) }
    }
}
