//! What a runtime knows, as tables by token count.

use gpu_model::{Law, Terms};

use super::Costs;
use crate::cost_table::CostTable;
use crate::time::Femtos;

/// Costs of experts that are all of one shape and format.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// Of the GPU.
    pub law: &'a Law,
    /// Of launching the kernel of all experts on the GPU.
    pub launch: Terms,
    /// What an expert adds to that kernel, by its tokens; as many entries as the largest count and one.
    pub gpu: &'a [Terms],
    /// Time on PIM.
    pub pim: &'a CostTable,
}

impl Costs for Tables<'_> {
    fn gpu_launch(&self) -> Terms {
        self.launch
    }

    fn gpu(&self, tokens: u32) -> Terms {
        self.gpu[tokens as usize]
    }

    fn gpu_time(&self, terms: Terms) -> Femtos {
        self.law.expected(terms)
    }

    fn pim(&self, tokens: u32) -> Femtos {
        self.pim.time(tokens)
    }

    fn pim_scaled(&self, tokens: u32) -> Femtos {
        self.pim.scaled(tokens)
    }
}
