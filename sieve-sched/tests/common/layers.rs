//! Layers, costs and Eq. 1 for tests of policies.

use gpu_model::Terms;
use sieve_sched::policy::{Costs, Layer, OnPim, Partition, Policy};
use sieve_sched::time::Femtos;

pub(crate) fn fs(ticks: u64) -> Femtos {
    Femtos::from_ticks(ticks)
}

/// Costs by token count.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) launch: u64,
    /// Memory and compute time on the GPU.
    pub(crate) gpu: Vec<[u64; 2]>,
    /// Time on PIM.
    pub(crate) pim: Vec<u64>,
}

impl Given {
    /// Costs of up to so many tokens, each by its law.
    pub(crate) fn laws(most: u32, gpu: fn(u64) -> [u64; 2], pim: fn(u64) -> u64) -> Self {
        let counts = || 0..=u64::from(most);
        Self { launch: 0, gpu: counts().map(gpu).collect(), pim: counts().map(pim).collect() }
    }
}

impl Costs for Given {
    fn gpu_launch(&self) -> Terms {
        Terms { fixed: fs(self.launch), ..Terms::ZERO }
    }
    fn gpu(&self, tokens: u32) -> Terms {
        let [memory, compute] = self.gpu[tokens as usize].map(fs);
        Terms { memory, compute, ..Terms::ZERO }
    }
    fn gpu_time(&self, terms: Terms) -> Femtos {
        terms.fixed + terms.memory.max(terms.compute)
    }
    fn pim(&self, tokens: u32) -> Femtos {
        fs(self.pim[tokens as usize])
    }
}

/// A layer whose other work takes so long.
pub(crate) fn layer(tokens: &[u32], other_memory: u64, attention: u64) -> Layer<'_> {
    let other = Terms { memory: fs(other_memory), ..Terms::ZERO };
    Layer { other, attention: fs(attention), ..Layer::of(tokens) }
}

/// Where a policy puts the experts.
pub(crate) fn placed(policy: &mut dyn Policy, layer: &Layer<'_>, costs: &dyn Costs) -> OnPim {
    let mut partition = Partition::default();
    policy.place(layer, costs, &mut partition);
    assert_eq!((partition.on_pim.len(), partition.split), (layer.tokens.len(), None));
    partition.on_pim
}

/// GPU time with these experts on it.
pub(crate) fn gpu_time(
    layer: &Layer<'_>,
    costs: &dyn Costs,
    on_gpu: impl IntoIterator<Item = u32>,
) -> Femtos {
    let mut experts = on_gpu.into_iter().peekable();
    let launch = experts.peek().map_or(Terms::ZERO, |_| costs.gpu_launch());
    costs.gpu_time(experts.fold(layer.other + launch, |sum, n| sum + costs.gpu(n)))
}

/// Eq. 1 of a partition, from its definition.
pub(crate) fn eq_1(layer: &Layer<'_>, costs: &dyn Costs, on_pim: impl Fn(usize) -> bool) -> Femtos {
    let side = |pim: bool| -> Vec<u32> {
        let experts = layer.tokens.iter().enumerate();
        experts.filter(|&(e, &n)| n > 0 && on_pim(e) == pim).map(|(_, &n)| n).collect()
    };
    let (on_gpu, in_memory) = (side(false), side(true));
    let pim = in_memory.iter().fold(layer.attention, |sum, &n| sum + costs.pim(n));
    layer.communication.max(gpu_time(layer, costs, on_gpu)).max(pim)
}

/// Activated experts, most tokens first, ties by index.
pub(crate) fn by_popularity(tokens: &[u32]) -> Vec<usize> {
    let mut experts: Vec<usize> = (0..tokens.len()).filter(|&e| tokens[e] > 0).collect();
    experts.sort_by_key(|&e| (std::cmp::Reverse(tokens[e]), e));
    experts
}
