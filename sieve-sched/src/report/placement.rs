//! Where experts ran, and what placement expected of it.

use serde::{Deserialize, Serialize};

use crate::replay::graph::Unit;
use crate::replay::point::Point;
use crate::time::{Femtos, micros};

/// Of all layers with experts of a point; times are us per step, means over GPUs, sums over layers and mini-batches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacementSummary {
    /// The terms of [Eq. 1](../model/methods.md#sieve); per step, means over GPUs, sums over layers and mini-batches. Methods
    /// that decide nothing have estimates of what they do all the same.
    pub terms: Vec<Term>,
    /// The longest term of each decision, summed likewise.
    pub longest_estimated_us: f64,
    /// Experts by their tokens: means per layer with experts and step, all GPUs and mini-batches together.
    pub classes: Vec<TokenClass>,
}

/// A term of Eq. 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Its name.
    pub term: String,
    /// As placement expected it.
    pub estimated_us: f64,
    /// What the unit of the term was busy with in all layers.
    pub simulated_us: f64,
}

/// Experts with about as many tokens, means over steps and layers with experts, all GPUs and mini-batches together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenClass {
    /// Least tokens.
    pub from: u32,
    /// Most tokens.
    pub to: u32,
    /// Experts on the GPU.
    pub gpu_experts: f64,
    /// Experts on PIM.
    pub pim_experts: f64,
    /// Their tokens on the GPU.
    pub gpu_tokens: f64,
    /// Their tokens on PIM.
    pub pim_tokens: f64,
}

impl PlacementSummary {
    /// Of a point of a model with so many layers with experts.
    pub(super) fn new(point: &Point, moe_layers: u32) -> Self {
        let decisions = &point.decisions;
        let per_step = |time: Femtos| micros(time) / f64::from(point.steps) / point.gpus as f64;
        // The last group is the language-model head, on which no decision has a bearing.
        let layers = point.busy.split_last().map_or(&[][..], |(_, layers)| layers);
        let busy =
            |unit: Unit| layers.iter().map(|busy| per_step(busy[unit as usize])).sum::<f64>();
        let terms = [
            ("communication", decisions.communication, Unit::Link),
            ("GPU memory", decisions.gpu_memory, Unit::Hbm),
            ("GPU compute", decisions.gpu_compute, Unit::Gpu),
            ("PIM", decisions.pim, Unit::Pim),
        ];
        let term = |(term, estimated, unit): (&str, _, _)| Term {
            term: term.to_owned(),
            estimated_us: per_step(estimated),
            simulated_us: busy(unit),
        };
        Self {
            terms: terms.into_iter().map(term).collect(),
            longest_estimated_us: per_step(decisions.longest),
            classes: classes(point, f64::from(point.steps) * f64::from(moe_layers.max(1))),
        }
    }
}

/// Classes of 1, 2, 3 to 4, 5 to 8 tokens and so on.
fn classes(point: &Point, layers: f64) -> Vec<TokenClass> {
    let mut classes: Vec<TokenClass> = Vec::new();
    for (&tokens, counts) in &point.decisions.by_tokens {
        let to = tokens.next_power_of_two();
        if classes.last().is_none_or(|class| class.to != to) {
            let (from, none) = (to / 2 + 1, 0.0);
            classes.push(TokenClass {
                from,
                to,
                gpu_experts: none,
                pim_experts: none,
                gpu_tokens: none,
                pim_tokens: none,
            });
        }
        if let Some(class) = classes.last_mut() {
            let [gpu, pim] = counts.map(|experts| experts as f64 / layers);
            class.gpu_experts += gpu;
            class.pim_experts += pim;
            class.gpu_tokens += gpu * f64::from(tokens);
            class.pim_tokens += pim * f64::from(tokens);
        }
    }
    classes
}
