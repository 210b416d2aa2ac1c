//! Weights of experts that are read before the kernel that takes them (arXiv 2605.11277 section 6.1), while tokens and the placement
//! decision are on their way and HBM would stand idle.

use gpu_model::Law;
use petgraph::graph::NodeIndex;
use smallvec::SmallVec;

use crate::replay::graph::Takes;
use crate::replay::popular::Popular;
use crate::replay::step::{Builder, Place};
use crate::time::{Femtos, ZERO};

/// What is known of a GPU's experts, and after which operation.
pub(super) struct Known<'a> {
    /// Tokens of this GPU's own requests, by routed expert.
    pub(super) local: &'a [u32],
    /// Fewest tokens of an expert on the GPU in the layer before; `None` if none was there.
    pub(super) expected: Option<u32>,
    /// The router of this GPU.
    pub(super) routed: NodeIndex,
    /// Tokens of all GPUs; shared experts that are placed follow the routed ones.
    pub(super) tokens: &'a [u32],
    /// The sum of the routing maps.
    pub(super) summed: NodeIndex,
    /// The placement decision.
    pub(super) scheduled: NodeIndex,
    /// How long tokens are on their way.
    pub(super) dispatch: Femtos,
}

/// What was read.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) reads: SmallVec<[NodeIndex; 4]>,
    /// Bytes that the kernel need not read any more.
    pub(super) bytes: u64,
}

/// An expert that may be read.
struct Candidate {
    /// Among those of the GPU; `None` for one that is not placed.
    expert: Option<usize>,
    bytes: u64,
}

impl Builder<'_> {
    /// Reads as much as there is room for: first experts whose local tokens alone would have been enough for the GPU in the layer
    /// before, in vain where placement now disagrees; then shared experts; then whatever placement leaves on the GPU.
    pub(super) fn read_ahead(
        &mut self,
        place: Place,
        gpu: usize,
        known: &Known<'_>,
        fixed: &[u32],
    ) -> Ahead {
        let plan = self.plan;
        let waits = self.split.gpus > 1 || plan.scheduler_time > ZERO;
        // Measured kernels contain the reads of their weights.
        let mut ahead = Ahead::default();
        if !waits || !matches!(plan.kernels.law, Law::Roofline(_)) {
            return ahead;
        }
        let mut room = plan.runtime.early_load_bytes;
        let mut taken = vec![false; known.tokens.len()];
        let stages = self.stages(known, fixed);
        for (after, candidates) in stages {
            let mut bytes = 0;
            for candidate in candidates {
                let seen = candidate.expert.is_some_and(|e| taken[e]);
                if seen || candidate.bytes > room {
                    continue;
                }
                room -= candidate.bytes;
                bytes += candidate.bytes;
                let on_gpu = candidate.expert.is_none_or(|e| self.is_on_gpu(known, e));
                ahead.bytes += if on_gpu { candidate.bytes } else { 0 };
                candidate.expert.into_iter().for_each(|e| taken[e] = true);
            }
            if bytes > 0 {
                let takes = Takes::Read { bytes };
                ahead.reads.push(self.add("weights ahead", gpu, place.group, takes, &[after]));
            }
        }
        ahead
    }

    /// What may be read after which operation, in this order.
    fn stages(&self, known: &Known<'_>, fixed: &[u32]) -> [(NodeIndex, Vec<Candidate>); 3] {
        let model = self.plan.model();
        let popular = |tokens| Popular::new(tokens).experts.into_iter();
        let sure = |&e: &usize| known.expected.is_some_and(|least| known.local[e] >= least);
        let local = popular(known.local).filter(sure).map(|e| self.routed(e)).collect();
        let shared = model.shared.filter(|_| fixed.iter().any(|&n| n > 0));
        let of_shared = Candidate { expert: None, bytes: model.shared_bytes() };
        let placed = |&e: &usize| e >= known.local.len() && self.is_on_gpu(known, e);
        let shared = popular(known.tokens)
            .filter(placed)
            .map(|e| self.routed(e))
            .chain(shared.map(|_| of_shared))
            .collect();
        let overlaps = known.dispatch > self.plan.scheduler_time;
        let left = |&e: &usize| overlaps && self.is_on_gpu(known, e);
        let left = popular(known.tokens).filter(left).map(|e| self.routed(e)).collect();
        [(known.routed, local), (known.summed, shared), (known.scheduled, left)]
    }

    fn routed(&self, expert: usize) -> Candidate {
        Candidate { expert: Some(expert), bytes: self.plan.model().expert_bytes() }
    }

    fn is_on_gpu(&self, known: &Known<'_>, expert: usize) -> bool {
        self.partition.tokens(expert, known.tokens[expert])[0] > 0
    }
}
