//! What a policy is told of a layer, and where it puts the experts.

use gpu_model::{Kind, Terms};
use workloads::model::Attention;

use crate::policy::{Layer, Tables};
use crate::replay::decisions::Decisions;
use crate::replay::step::{Builder, Place, Placed};
use crate::time::Femtos;

impl Builder<'_> {
    /// Has the policy fill the partition.
    pub(super) fn place(
        &mut self,
        place: Place,
        kind: &Attention,
        gpu: usize,
        tokens: &[u32],
        communication: Femtos,
        shared_on_gpu: &[u32],
    ) {
        let kernels = &self.plan.kernels;
        let home_tokens = self.tokens(place.minibatch, gpu);
        let attention = &self.attentions[place.minibatch][gpu][place.group];
        let mut other = kernels.input_projections(kind, home_tokens);
        other.extend(kernels.output_projections_and_router(kind, home_tokens));
        other.extend(kernels.shared_experts(shared_on_gpu));
        let chunks = self.split.chunks(self.step, place.minibatch, gpu);
        other.extend(kernels.prefill_attention(kind, &chunks));
        other.extend(kernels.attention(kind, &attention.on_gpu));
        let layer = Layer {
            tokens,
            communication,
            other: kernels.law.terms(&other),
            attention: attention.units_time(),
            overlapping: self.overlapping(),
            observed: self.observed,
        };
        let known = u32::try_from(self.gpu_costs.len()).unwrap_or(u32::MAX);
        let most = tokens.iter().copied().max().unwrap_or(0);
        self.gpu_costs.extend((known..=most).map(|tokens| {
            let adds = |sum, launch| sum + kernels.law.added(launch);
            kernels.experts(&[tokens]).iter().fold(Terms::ZERO, adds)
        }));
        let law = &kernels.law;
        let launch = law.launching(Kind::GroupedGemm);
        let costs = Tables { law, launch, gpu: &self.gpu_costs, pim: self.table };
        self.policy.place(&layer, &costs, &mut self.partition);
        self.out.decisions += &Decisions::one(&layer, &costs, &self.partition);
    }

    /// Mini-batches whose work overlaps. Among several GPUs every exchange waits for the slowest one, which brings mini-batches in step:
    /// then hardly anything does.
    fn overlapping(&self) -> u32 {
        let minibatches = u32::try_from(self.split.minibatches).unwrap_or(u32::MAX);
        if self.split.gpus == 1 { minibatches } else { 1 }
    }

    /// Counts what was placed, and the experts that are fixed on the GPU.
    pub(super) fn count(&mut self, place: Place, gpu: usize, tokens: &[u32], fixed: &[u32]) {
        let on_gpu = |&(e, &n): &(usize, &u32)| self.partition.tokens(e, n)[0] > 0;
        let least = tokens.iter().enumerate().filter(on_gpu).map(|(_, &n)| n).min();
        self.least_on_gpu[place.minibatch][gpu] = least;
        let placed = &mut self.out.placed[place.group];
        for &n in fixed.iter().filter(|n| **n > 0) {
            *placed += Placed { experts: 1, pairs: n.into(), ..Placed::default() };
        }
        for (expert, &n) in tokens.iter().enumerate().filter(|(_, n)| **n > 0) {
            *placed += Placed {
                experts: 1,
                experts_on_pim: self.partition.on_pim[expert].into(),
                pairs: n.into(),
                pairs_on_pim: self.partition.tokens(expert, n)[1].into(),
            };
        }
    }
}
