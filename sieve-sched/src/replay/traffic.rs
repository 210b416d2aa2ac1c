//! What travels between GPUs in a layer, and the collectives that carry it.

use noc::{Traffic, dispatch};
use petgraph::graph::NodeIndex;

use crate::replay::graph::Unit;
use crate::replay::kernels::{ELEMENT_BYTES, hold, meet};
use crate::replay::step::{Builder, Place};

impl Builder<'_> {
    /// Each GPU tells all others which experts its tokens take.
    pub(super) fn routing_maps(&self, place: Place) -> Traffic {
        let k = u64::from(self.plan.model().experts.top_k);
        let bytes =
            |gpu| u64::from(self.requests(place.minibatch, gpu)) * k * u64::from(ELEMENT_BYTES);
        Traffic::all_gather(&(0..self.split.gpus).map(bytes).collect::<Vec<_>>())
    }

    pub(super) fn dispatch_traffic(&self, place: Place) -> Traffic {
        let token_bytes = u64::from(self.plan.model().hidden) * u64::from(ELEMENT_BYTES);
        let wide: Vec<(usize, Vec<u32>)> = self
            .split
            .tokens(self.step, place.layer, place.minibatch)
            .map(|(home, experts)| (home, experts.iter().map(|&e| u32::from(e)).collect()))
            .collect();
        let tokens = wide.iter().map(|(home, experts)| (*home, experts.as_slice()));
        let traffic =
            dispatch(self.split.gpus, tokens, &self.plan.placement.gpu_of_expert, token_bytes);
        // Experts are those of the model and homes those of the split.
        traffic.unwrap_or_else(|_| Traffic::none(self.split.gpus))
    }

    /// A collective: begins when all GPUs are ready, ends on each by its own traffic. Nothing on one GPU.
    pub(super) fn exchange(
        &mut self,
        name: &'static str,
        group: usize,
        traffic: &Traffic,
        after: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let ready = self.add("all ready", 0, group, meet(), after);
        let times = self.plan.link.all_to_all(traffic);
        (0..self.split.gpus)
            .map(|gpu| self.add(name, gpu, group, hold(Unit::Link, times[gpu]), &[ready]))
            .collect()
    }
}
