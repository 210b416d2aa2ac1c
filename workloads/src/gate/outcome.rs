//! What a gate decides.

use serde::Serialize;

/// One expert that a token chose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Expert.
    pub expert: u16,
    /// Weight of the expert's output in the token's sum.
    pub weight: f64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The expert computes the token.
    Dispatched,
    /// The expert was full.
    Dropped,
    /// The gate did not ask the expert: its weight lost against chance.
    NotSampled,
}

/// A batch as a gate routed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Routed experts.
    pub experts: u32,
    /// Experts that a token chooses.
    pub top_k: u32,
    /// Choices, `[token][slot]`, the highest score first.
    pub choices: Vec<Choice>,
    /// Tokens that an expert takes, of each group of tokens; `None` without limit.
    pub capacity: Option<u32>,
    /// Auxiliary loss of the gate's paper without its coefficient; of several groups of tokens the mean.
    pub auxiliary_loss: f64,
    /// Tokens of each shared expert: all of them.
    pub shared_load: Vec<u32>,
}

/// Choices by their fate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drops {
    /// All choices: tokens x experts of a token.
    pub choices: u64,
    /// Those that an expert computes.
    pub dispatched: u64,
    /// Those whose expert was full.
    pub dropped: u64,
    /// Those that the gate did not ask for.
    pub not_sampled: u64,
    /// Tokens that no routed expert computes.
    pub tokens_without_expert: u64,
    /// Dropped choices over all choices, 0 to 1.
    pub dropped_share: f64,
}

impl Outcome {
    /// Tokens that each routed expert computes.
    #[must_use]
    pub fn load(&self) -> Vec<u32> {
        let mut load = vec![0; self.experts as usize];
        for choice in self.choices.iter().filter(|choice| choice.fate == Fate::Dispatched) {
            load[usize::from(choice.expert)] += 1;
        }
        load
    }

    /// Dropped choices as (token, slot), in order.
    pub fn dropped(&self) -> impl Iterator<Item = (u32, u32)> {
        let dropped = (0_u32..).zip(&self.choices).filter(|(_, c)| c.fate == Fate::Dropped);
        dropped.map(|(place, _)| (place / self.top_k, place % self.top_k))
    }

    /// How many choices met which fate.
    #[must_use]
    pub fn drops(&self) -> Drops {
        let count = |fate| self.choices.iter().filter(|choice| choice.fate == fate).count() as u64;
        let lost = |token: &&[Choice]| token.iter().all(|c| c.fate != Fate::Dispatched);
        let (choices, dropped) = (self.choices.len() as u64, count(Fate::Dropped));
        Drops {
            choices,
            dispatched: count(Fate::Dispatched),
            dropped,
            not_sampled: count(Fate::NotSampled),
            tokens_without_expert: self.choices.chunks(self.top_k as usize).filter(lost).count()
                as u64,
            dropped_share: dropped as f64 / choices.max(1) as f64,
        }
    }
}
