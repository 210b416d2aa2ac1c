//! The experts of a layer in the graph: from the router over their placement to the weighted sum.

use petgraph::graph::NodeIndex;
use workloads::model::Attention;

use crate::replay::ahead::Known;
use crate::replay::graph::Unit;
use crate::replay::kernels::hold;
use crate::replay::step::{Builder, ExpertsEnd, Place};
use crate::replay::traffic::Exchanges;
use crate::time::ZERO;

impl Builder<'_> {
    /// From the router to the weighted sum: one node per GPU.
    pub(super) fn experts(
        &mut self,
        place: Place,
        kind: &Attention,
        routed: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let (plan, split) = (self.plan, self.split);
        let Exchanges { all_gather, dispatch, combine, levels } = self.exchanges(place);
        let mapped = self.exchange("all-gather", place.group, &all_gather, routed);
        self.note_link(&levels[0], &mapped);
        let summed = self.metadata(place, &mapped);
        let sent = self.exchange("dispatch", place.group, &dispatch, &summed);
        self.note_link(&levels[1], &sent);
        let placed = plan.placement.layer(place.layer);
        let tokens = placed.tokens(split.tokens(self.step, place.layer, place.minibatch));
        let mut computed = Vec::new();
        for gpu in 0..split.gpus {
            let own = split.tokens(self.step, place.layer, place.minibatch);
            let local = placed.tokens(own.filter(|&(home, _)| home == gpu));
            let (all, fixed) = self.with_shared(place, gpu, &tokens[gpu]);
            let expected = self.least_on_gpu[place.minibatch][gpu];
            self.place(place, kind, gpu, &all, dispatch[gpu].saturating_add(combine[gpu]), &fixed);
            self.count(place, gpu, &all, &fixed);
            let known = Known {
                local: &local[gpu],
                expected,
                routed: routed[gpu],
                tokens: &all,
                summed: summed[gpu],
                scheduled: self.schedule(place, gpu, summed[gpu]),
                dispatch: dispatch[gpu],
            };
            let ends = self.both_sides(place, gpu, &known, &fixed, sent[gpu]);
            let end = |&node: &NodeIndex| ExpertsEnd { minibatch: place.minibatch, gpu, node };
            self.out.ends.extend(ends.iter().map(end));
            computed.extend(ends);
        }
        let combined = self.exchange("combine", place.group, &combine, &computed);
        self.note_link(&levels[2], &combined);
        (0..split.gpus).map(|gpu| self.weighted_sum(place, gpu, combined[gpu])).collect()
    }

    /// Sums up the routing maps of all GPUs, on each: tokens of every expert, and where they go.
    fn metadata(&mut self, place: Place, mapped: &[NodeIndex]) -> Vec<NodeIndex> {
        let (plan, group) = (self.plan, place.group);
        let tokens: u64 =
            (0..self.split.gpus).map(|gpu| u64::from(self.tokens(place.minibatch, gpu))).sum();
        let sums = plan.kernels.routing_sums(tokens * u64::from(plan.model().experts.top_k));
        let takes = plan.kernels.on_vector(&sums);
        let add = |(gpu, &after)| self.add("metadata", gpu, group, takes.clone(), &[after]);
        mapped.iter().enumerate().map(add).collect()
    }

    /// Tokens of the experts of a GPU that are placed, and of those that stay on the GPU.
    fn with_shared(&self, place: Place, gpu: usize, routed: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let home_tokens = self.tokens(place.minibatch, gpu);
        let shared = vec![home_tokens; self.plan.shared_experts() as usize];
        if self.plan.places_shared_experts() {
            ([routed, &shared].concat(), Vec::new())
        } else {
            (routed.to_vec(), shared)
        }
    }

    /// The placement decision, where one is made at run time.
    fn schedule(&mut self, place: Place, gpu: usize, summed: NodeIndex) -> NodeIndex {
        let time = self.plan.scheduler_time;
        if time == ZERO {
            return summed;
        }
        self.add("scheduler", gpu, place.group, hold(Unit::Scheduler, time), &[summed])
    }

    fn weighted_sum(&mut self, place: Place, gpu: usize, combined: NodeIndex) -> NodeIndex {
        let plan = self.plan;
        let visited = plan.model().experts.top_k + plan.shared_experts();
        let pairs = u64::from(self.tokens(place.minibatch, gpu)) * u64::from(visited);
        let sum = plan.kernels.weighted_sum(pairs, plan.layouts.down.slices);
        let takes = plan.kernels.on_vector(&sum);
        self.add("weighted sum", gpu, place.group, takes, &[combined])
    }
}
