//! What travels between GPUs in a layer, and the collectives that carry it.

use noc::measured::Way;
use noc::topology::Levels;
use noc::{Traffic, dispatch};
use petgraph::graph::NodeIndex;

use crate::replay::graph::Unit;
use crate::replay::kernels::{ELEMENT_BYTES, hold, meet};
use crate::replay::notes::Note;
use crate::replay::step::{Builder, Place};
use crate::replay::waits::{ALL_ARRIVED, ARRIVED};
use crate::time::Femtos;

/// Collectives of a layer, as each GPU sees them.
pub(super) struct Exchanges {
    /// Each GPU tells all others which experts its tokens take.
    pub(super) all_gather: Vec<Femtos>,
    /// Tokens to the GPUs of their experts.
    pub(super) dispatch: Vec<Femtos>,
    /// Results back.
    pub(super) combine: Vec<Femtos>,
    /// The bytes of the three.
    pub(super) levels: [Levels; 3],
}

impl Builder<'_> {
    pub(super) fn exchanges(&mut self, place: Place) -> Exchanges {
        let link = &self.plan.link;
        let (maps, traffic) = (self.routing_maps(place), self.dispatch_traffic(place));
        // What is dispatched comes back.
        let levels = [
            link.all_gather_levels(&maps),
            link.levels(&traffic),
            link.levels(&traffic.transposed()),
        ];
        for Levels { inside, between } in &levels {
            self.out.link_bytes[0] += inside.total();
            self.out.link_bytes[1] += between.total();
        }
        Exchanges {
            all_gather: link.all_gather(&maps),
            dispatch: link.moe(Way::Dispatch, &traffic),
            combine: link.moe(Way::Combine, &traffic.transposed()),
            levels,
        }
    }

    /// Says what a collective carries, given its operation on every GPU.
    pub(super) fn note_link(&mut self, levels: &Levels, nodes: &[NodeIndex]) {
        let Levels { inside, between } = levels;
        for (gpu, &node) in nodes.iter().enumerate() {
            self.note(node, |_| Note::Link {
                sent: inside.egress(gpu) + between.egress(gpu),
                received: inside.ingress(gpu) + between.ingress(gpu),
            });
        }
    }

    /// Bytes of the expert ids of each GPU's tokens.
    fn routing_maps(&self, place: Place) -> Vec<u64> {
        let k = u64::from(self.plan.model().experts.top_k);
        let bytes =
            |gpu| u64::from(self.tokens(place.minibatch, gpu)) * k * u64::from(ELEMENT_BYTES);
        (0..self.split.gpus).map(bytes).collect()
    }

    fn dispatch_traffic(&self, place: Place) -> Traffic {
        let token_bytes = u64::from(self.plan.model().hidden) * u64::from(ELEMENT_BYTES);
        let wide: Vec<(usize, Vec<u32>)> = self
            .split
            .tokens(self.step, place.layer, place.minibatch)
            .map(|(home, experts)| (home, experts.iter().map(|&e| u32::from(e)).collect()))
            .collect();
        let tokens = wide.iter().map(|(home, experts)| (*home, experts.as_slice()));
        let mut turns = self.plan.placement.layer(place.layer).turns();
        let serves = |home, expert| Some(turns.gpu(home, u16::try_from(expert).ok()?));
        let traffic =
            dispatch(self.split.gpus, tokens, serves, self.plan.link.copies(), token_bytes);
        // Experts are those of the model and homes those of the split.
        traffic.unwrap_or_else(|_| Traffic::none(self.split.gpus))
    }

    /// A collective: begins when all GPUs are ready, ends on each after its own time. Nothing on one GPU.
    pub(super) fn exchange(
        &mut self,
        name: &'static str,
        group: usize,
        times: &[Femtos],
        after: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let arrived: Vec<NodeIndex> = (0..times.len())
            .map(|gpu| {
                let own = |&node: &NodeIndex| self.out.graph[node].gpu == gpu;
                let own: Vec<NodeIndex> = after.iter().copied().filter(own).collect();
                self.add(ARRIVED, gpu, group, meet(), &own)
            })
            .collect();
        let ready = self.add(ALL_ARRIVED, 0, group, meet(), &arrived);
        times
            .iter()
            .enumerate()
            .map(|(gpu, &time)| self.add(name, gpu, group, hold(Unit::Link, time), &[ready]))
            .collect()
    }
}
