//! Classic gates: from router scores to experts, gate weights, dropped tokens and auxiliary losses.
//!
//! | gate | experts of a token | capacity | source |
//! |---|---|---|---|
//! | `softmax` | k | none | arXiv 2401.06066, section 2; weights renormalised as in arXiv 2401.04088 |
//! | `switch` | 1 | factor x tokens / experts | arXiv 2101.03961, section 2.2 |
//! | `gshard` | 2, the second by chance | factor x 2 tokens of a group / experts | arXiv 2006.16668, Algorithm 1 |
//! | `deepseek` | k, in a few groups of experts | none | arXiv 2412.19437, section 2.1.2 |

mod deepseek;
mod group_limit;
mod gshard;
mod outcome;
mod scores;
mod softmax;
mod switch;
mod top_k;

use serde::{Deserialize, Serialize};

pub use deepseek::balance;
pub use group_limit::GroupLimit;
pub use outcome::{Choice, Drops, Fate, Outcome};
pub use scores::{Logits, Scores};
pub(crate) use top_k::{sigmoid, top_k};

use crate::findings::{Checks, Findings};
use crate::rng::{Purpose, stream};

/// Logits of a batch: 1 GiB.
const MOST_LOGITS: u64 = 1 << 27;

/// A gate and its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Gate {
    /// Softmax over all experts; the k largest, their weights made to sum to 1.
    Softmax {
        /// Experts of a token. Range: 1 to the number of experts.
        top_k: u32,
    },
    /// The one most likely expert, while it has room.
    Switch {
        /// Room over an even share of the tokens. Range: 0.001 to 1,000,000.
        capacity_factor: f64,
    },
    /// The most likely expert and, with a probability of twice its normalised weight, the second; both while they have room.
    Gshard {
        /// Room over an even share of the choices of a group of tokens. Range: 0.001 to 1,000,000.
        capacity_factor: f64,
        /// Groups of consecutive tokens, each with a share of the capacity of its own. Range: a divisor of the tokens.
        token_groups: u32,
    },
    /// Sigmoid affinities; the k largest of affinity plus bias, in the best groups.
    Deepseek {
        /// Routed experts of a token. Range: 1 to the number of experts.
        top_k: u32,
        /// Groups that a token may visit.
        group_limit: GroupLimit,
        /// Shared experts, which every token visits. Range: 0 to 65,536.
        shared: u32,
        /// Bias of each routed expert: counts when experts are chosen, not in their weights. Empty for none.
        bias: Vec<f64>,
    },
}

impl Gate {
    /// Checks the parameters against the size of a batch.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self, experts: u32, tokens: u32) -> Result<(), Findings> {
        let mut checks = Checks::default();
        checks.range("experts", experts, 1..=1 << 16);
        checks.range("tokens", tokens, 1..=1 << 24);
        let logits = u64::from(experts) * u64::from(tokens);
        checks.that(logits <= MOST_LOGITS, "tokens", || {
            format!("{tokens} tokens x {experts} experts are more than {MOST_LOGITS} logits")
        });
        let most = experts.clamp(1, 1 << 16);
        let factors = 1e-3..=1e6;
        match self {
            Self::Softmax { top_k } => checks.range("softmax.top_k", *top_k, 1..=most),
            Self::Switch { capacity_factor } => {
                checks.range("switch.capacity_factor", *capacity_factor, factors);
            }
            Self::Gshard { capacity_factor, token_groups } => {
                checks.range("gshard.capacity_factor", *capacity_factor, factors);
                checks.that(experts >= 2, "experts", || {
                    format!("{experts}; a token of `gshard` chooses 2")
                });
                let divides = *token_groups > 0 && tokens.is_multiple_of(*token_groups);
                checks.that(divides, "gshard.token_groups", || {
                    format!("{token_groups} groups do not divide {tokens} tokens")
                });
            }
            Self::Deepseek { top_k, group_limit, shared, bias } => {
                checks.range("deepseek.top_k", *top_k, 1..=most);
                group_limit.check(experts, *top_k, "deepseek.group_limit", &mut checks);
                checks.range("deepseek.shared", *shared, 0..=1 << 16);
                let fits = bias.is_empty() || bias.len() == experts as usize;
                checks.that(fits, "deepseek.bias", || {
                    format!("{} biases for {experts} experts", bias.len())
                });
                checks.that(bias.iter().all(|b| b.is_finite()), "deepseek.bias", || {
                    "a bias is not finite".to_owned()
                });
            }
        }
        checks.done()
    }

    /// Routes a batch. Only `gshard` draws: the chance of second experts, by seed and batch.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn route(&self, logits: &Logits, seed: u64, batch: u32) -> Result<Outcome, Findings> {
        self.check(logits.experts() as u32, logits.count() as u32)?;
        Ok(match self {
            Self::Softmax { top_k } => softmax::route(logits, *top_k),
            Self::Switch { capacity_factor } => switch::route(logits, *capacity_factor),
            Self::Gshard { capacity_factor, token_groups } => {
                let chance = stream(seed, Purpose::SecondExperts, batch);
                gshard::route(logits, *capacity_factor, *token_groups, chance)
            }
            Self::Deepseek { top_k, group_limit, shared, bias } => {
                deepseek::route(logits, *top_k, *group_limit, *shared, bias)
            }
        })
    }
}

/// Choices that an expert takes out of `choices`, rounded up, at least 1.
fn capacity(factor: f64, choices: usize, experts: usize) -> u32 {
    // 1.1 x 10 is 11, whatever its last bit says.
    let room = factor * choices as f64 / experts as f64 - 1e-9;
    (libm::ceil(room) as u32).max(1)
}

/// Sum over experts of the share of choices times the mean score.
fn balance_loss(chosen: &[u32], choices: usize, score_sums: &[f64], tokens: usize) -> f64 {
    let pairs = chosen.iter().zip(score_sums);
    let sum: f64 = pairs.map(|(&n, score)| f64::from(n) * score).sum();
    sum / (choices as f64 * tokens as f64)
}

/// Adds what one token scores.
fn add(sums: &mut [f64], scores: &[f64]) {
    sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
}
