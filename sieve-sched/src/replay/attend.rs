//! Attention in the graph: from the projections to the router.

use petgraph::graph::NodeIndex;
use smallvec::{SmallVec, smallvec};
use workloads::model::{Attention, Ffn};

use crate::memory::Work;
use crate::replay::attentions::OnUnits;
use crate::replay::graph::Takes;
use crate::replay::step::Builder;

impl Builder<'_> {
    /// Up to the router, or to what the dense network takes: one node per GPU.
    pub(super) fn attention(
        &mut self,
        group: usize,
        minibatch: usize,
        kind: &Attention,
        ffn: Ffn,
        before: &[Option<NodeIndex>],
    ) -> Vec<NodeIndex> {
        let kernels = &self.plan.kernels;
        (0..self.split.gpus)
            .map(|gpu| {
                let tokens = self.tokens(minibatch, gpu);
                let takes = kernels.on_gpu(&kernels.input_projections(kind, tokens));
                let projected = self.add("projections", gpu, group, takes, before[gpu].as_slice());
                let mut attended = self.decode_attention(group, minibatch, gpu, kind, projected);
                attended.extend(self.prefill_attention(group, minibatch, gpu, kind, projected));
                let (name, launches) = match ffn {
                    Ffn::Moe(_) => {
                        ("output and router", kernels.output_projections_and_router(kind, tokens))
                    }
                    Ffn::Dense(_) => ("output", kernels.output_projections(kind, tokens)),
                };
                self.add(name, gpu, group, kernels.on_gpu(&launches), &attended)
            })
            .collect()
    }

    /// Of requests whose cache PIM units read, and of those that attend on the GPU.
    fn decode_attention(
        &mut self,
        group: usize,
        minibatch: usize,
        gpu: usize,
        kind: &Attention,
        projected: NodeIndex,
    ) -> SmallVec<[NodeIndex; 3]> {
        let kernels = &self.plan.kernels;
        let attention = &self.attentions[minibatch][gpu][group];
        let mut attended = smallvec![];
        if let Some(OnUnits { jobs, time }) = &attention.pim {
            self.out.attention = self.out.attention.saturating_add(*time);
            let work = |jobs: &Vec<_>| Takes::Pim(Work { jobs: jobs.clone(), ledger: None });
            let scores = self.add("scores", gpu, group, work(&jobs.scores), &[projected]);
            let launches = kernels.softmax(kind, &attention.in_memory, jobs.slices);
            let takes = kernels.on_vector(&launches);
            let softmax = self.add("softmax", gpu, group, takes, &[scores]);
            attended.push(self.add("context", gpu, group, work(&jobs.context), &[softmax]));
        }
        if !attention.on_gpu.is_empty() || attention.pim.is_none() {
            let takes = kernels.on_gpu(&kernels.attention(kind, &attention.on_gpu));
            attended.push(self.add("attention", gpu, group, takes, &[projected]));
        }
        attended
    }
}
