//! Prompts in the graph: attention of their chunks. In all else their tokens are tokens like others.

use petgraph::graph::NodeIndex;
use workloads::model::Attention;

use crate::replay::step::Builder;

impl Builder<'_> {
    /// Attention of a mini-batch's chunks on their GPU, under every method; `None` where there are none.
    pub(super) fn prefill_attention(
        &mut self,
        group: usize,
        minibatch: usize,
        gpu: usize,
        kind: &Attention,
        projected: NodeIndex,
    ) -> Option<NodeIndex> {
        let chunks = self.split.chunks(self.step, minibatch, gpu);
        let kernels = &self.plan.kernels;
        let takes = kernels.on_gpu(&kernels.prefill_attention(kind, &chunks));
        (!chunks.is_empty()).then(|| self.add("prefill attention", gpu, group, takes, &[projected]))
    }
}
