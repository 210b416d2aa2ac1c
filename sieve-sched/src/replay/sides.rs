//! The experts of one GPU in the graph, on both sides.

use petgraph::graph::NodeIndex;
use pim_dram::job::Job;
use smallvec::{SmallVec, smallvec};

use crate::memory::Work;
use crate::replay::ahead::{Ahead, Known};
use crate::replay::graph::Takes;
use crate::replay::notes::Note;
use crate::replay::step::{Builder, Ledger, Place};

impl Builder<'_> {
    /// The kernel of what runs on the GPU, beside the work of what runs in memory; the nodes that end them. The partition is that of
    /// the layer; experts with `fixed` tokens are on the GPU whatever it says.
    pub(super) fn both_sides(
        &mut self,
        place: Place,
        gpu: usize,
        known: &Known<'_>,
        fixed: &[u32],
        sent: NodeIndex,
    ) -> SmallVec<[NodeIndex; 2]> {
        let kernels = &self.plan.kernels;
        let parts =
            || known.tokens.iter().enumerate().map(|(e, &n)| (e, self.partition.tokens(e, n)));
        let on_gpu: Vec<u32> = parts().map(|(_, [on_gpu, _])| on_gpu).collect();
        let in_memory: Vec<(usize, u32)> =
            parts().map(|(e, [_, in_memory])| (e, in_memory)).filter(|&(_, n)| n > 0).collect();
        let mut launches = kernels.experts(&on_gpu);
        launches.extend(kernels.shared_experts(fixed));
        let mut takes = kernels.on_gpu(&launches);
        let ahead = self.read_ahead(place, gpu, known, fixed);
        let Ahead { reads, bytes: read } = ahead;
        if let Takes::Kernel { bytes, .. } = &mut takes {
            *bytes = bytes.saturating_sub(read);
        }
        let ready = [sent, known.scheduled];
        let after: SmallVec<[NodeIndex; 4]> = reads.into_iter().chain(ready).collect();
        let on_gpu_end = self.add("experts", gpu, place.group, takes, &after);
        let on_gpu = || on_gpu.iter().copied().enumerate().filter(|&(_, n)| n > 0);
        self.note(on_gpu_end, |builder| {
            let fixed = fixed
                .iter()
                .copied()
                .enumerate()
                .map(|(n, tokens)| (known.local.len() + n, tokens));
            builder.named(place, gpu, on_gpu().chain(fixed))
        });
        let mut ends = smallvec![on_gpu_end];
        if !in_memory.is_empty() {
            let [up, down] = self.in_memory(place.group, gpu, &in_memory, &ready);
            for node in [up, down] {
                self.note(node, |builder| builder.named(place, gpu, in_memory.iter().copied()));
            }
            ends.push(down);
        }
        ends
    }

    /// Experts of a GPU by their numbers in the model; its shared ones follow those that are routed to it.
    fn named(&self, place: Place, gpu: usize, experts: impl Iterator<Item = (usize, u32)>) -> Note {
        let held = self.plan.placement.layer(place.layer).experts(gpu);
        let all = self.plan.model().experts.count;
        let named = experts.map(|(expert, tokens)| match held.get(expert) {
            Some(&routed) => (u32::from(routed), tokens),
            None => (all + (expert - held.len()) as u32, tokens),
        });
        Note::Experts(named.collect())
    }

    /// Both products of experts with so many tokens, and the activation function between them; the products.
    fn in_memory(
        &mut self,
        group: usize,
        gpu: usize,
        experts: &[(usize, u32)],
        after: &[NodeIndex],
    ) -> [NodeIndex; 2] {
        let plan = self.plan;
        let ledger = self.out.ledgers.len();
        let tokens = by_group(experts, plan.channel_groups, |n| n);
        self.out.ledgers.push(Ledger { tokens, times: Vec::new() });
        let work = |job: &dyn Fn(u32) -> Job| {
            let jobs = by_group(experts, plan.channel_groups, job);
            Takes::Pim(Work { jobs, ledger: Some(ledger) })
        };
        let (up, down) = (work(&|n| plan.layouts.up_job(n)), work(&|n| plan.layouts.down_job(n)));
        let pairs = experts.iter().map(|&(_, n)| u64::from(n)).sum();
        let activation = plan.kernels.activation(pairs, plan.layouts.up.slices);
        let activation = plan.kernels.on_vector(&activation);
        let up = self.add("PIM gate and up", gpu, group, up, after);
        let activated = self.add("activation", gpu, group, activation, &[up]);
        [up, self.add("PIM down", gpu, group, down, &[activated])]
    }
}

/// Of each channel group, what is made of the tokens of its experts.
fn by_group<T: Clone>(
    experts: &[(usize, u32)],
    groups: usize,
    make: impl Fn(u32) -> T,
) -> Vec<Vec<T>> {
    let mut lists = vec![Vec::new(); groups];
    experts.iter().for_each(|&(expert, tokens)| lists[expert % groups].push(make(tokens)));
    lists
}
