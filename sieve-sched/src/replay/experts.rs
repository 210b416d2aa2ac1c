//! The experts of a layer in the graph: from the router over their placement to the weighted sum.

use gpu_model::{Kind, Terms};
use petgraph::graph::NodeIndex;
use workloads::model::Attention;

use crate::memory::Work;
use crate::policy::{Layer, Tables};
use crate::replay::graph::{Takes, Unit};
use crate::replay::kernels::hold;
use crate::replay::step::{Builder, Ledger, Place, Placed};
use crate::replay::traffic::Exchanges;
use crate::time::Femtos;

impl Builder<'_> {
    /// From the router to the weighted sum: one node per GPU.
    pub(super) fn experts(
        &mut self,
        place: Place,
        kind: &Attention,
        routed: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let (plan, group) = (self.plan, place.group);
        let Exchanges { all_gather, dispatch, combine } = self.exchanges(place);
        let mapped = self.exchange("all-gather", group, &all_gather, routed);
        let sent = self.exchange("dispatch", group, &dispatch, &mapped);
        let communication: Vec<Femtos> =
            dispatch.iter().zip(&combine).map(|(&a, &b)| a + b).collect();
        let placed = plan.placement.layer(place.layer);
        let tokens = placed.tokens(self.split.tokens(self.step, place.layer, place.minibatch));
        let mut computed = Vec::new();
        for (gpu, local) in tokens.iter().enumerate() {
            let scheduled = if plan.scheduler_time > Femtos::from_ticks(0) {
                let takes = hold(Unit::Scheduler, plan.scheduler_time);
                vec![sent[gpu], self.add("scheduler", gpu, group, takes, &[mapped[gpu]])]
            } else {
                vec![sent[gpu]]
            };
            computed.extend(self.gpu_experts(
                place,
                kind,
                gpu,
                local,
                communication[gpu],
                &scheduled,
            ));
        }
        let combined = self.exchange("combine", group, &combine, &computed);
        let visited = plan.model().experts.top_k + plan.shared_experts();
        (0..self.split.gpus)
            .map(|gpu| {
                let pairs = u64::from(self.requests(place.minibatch, gpu)) * u64::from(visited);
                let takes = plan
                    .kernels
                    .on_vector(&plan.kernels.weighted_sum(pairs, plan.layouts.down.slices));
                self.add("weighted sum", gpu, group, takes, &combined[gpu..=gpu])
            })
            .collect()
    }

    /// The experts of one GPU on both sides; the nodes that end them.
    fn gpu_experts(
        &mut self,
        place: Place,
        kind: &Attention,
        gpu: usize,
        routed: &[u32],
        communication: Femtos,
        after: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let (plan, group) = (self.plan, place.group);
        let requests = self.requests(place.minibatch, gpu);
        let shared = vec![requests; plan.shared_experts() as usize];
        let (mut tokens, mut fixed) = (routed.to_vec(), Vec::new());
        if plan.places_shared_experts() {
            tokens.extend(shared)
        } else {
            fixed.extend(shared)
        }
        self.place(place, kind, gpu, &tokens, communication, &fixed);
        self.count(group, &tokens, &fixed);
        let parts = tokens.iter().enumerate().map(|(e, &n)| (e, self.partition.tokens(e, n)));
        let on_gpu: Vec<u32> = parts.clone().map(|(_, [on_gpu, _])| on_gpu).collect();
        let in_memory: Vec<(usize, u32)> =
            parts.map(|(e, [_, in_memory])| (e, in_memory)).filter(|&(_, n)| n > 0).collect();

        let mut launches = plan.kernels.experts(&on_gpu);
        launches.extend(plan.kernels.shared_experts(&fixed));
        let takes = plan.kernels.on_gpu(&launches);
        let mut ends = vec![self.add("experts", gpu, group, takes, after)];
        if !in_memory.is_empty() {
            let work = |job: &dyn Fn(u32) -> _, ledger| {
                let mut jobs = vec![Vec::new(); plan.channel_groups];
                in_memory.iter().for_each(|&(e, n)| jobs[e % plan.channel_groups].push(job(n)));
                Takes::Pim(Work { jobs, ledger: Some(ledger) })
            };
            let ledger = self.out.ledgers.len();
            let (up, down) = (
                work(&|n| plan.layouts.up_job(n), ledger),
                work(&|n| plan.layouts.down_job(n), ledger),
            );
            let mut entry = vec![Vec::new(); plan.channel_groups];
            in_memory.iter().for_each(|&(e, n)| entry[e % plan.channel_groups].push(n));
            self.out.ledgers.push(Ledger { tokens: entry, times: Vec::new() });

            let pairs = in_memory.iter().map(|&(_, n)| u64::from(n)).sum();
            let up = self.add("PIM gate and up", gpu, group, up, after);
            let takes =
                plan.kernels.on_vector(&plan.kernels.activation(pairs, plan.layouts.up.slices));
            let activated = self.add("activation", gpu, group, takes, &[up]);
            ends.push(self.add("PIM down", gpu, group, down, &[activated]));
        }
        ends
    }

    /// Has the policy fill the partition.
    fn place(
        &mut self,
        place: Place,
        kind: &Attention,
        gpu: usize,
        tokens: &[u32],
        communication: Femtos,
        shared_on_gpu: &[u32],
    ) {
        let kernels = &self.plan.kernels;
        let requests = self.requests(place.minibatch, gpu);
        let attention = &self.attentions[place.minibatch][gpu][place.group];
        let mut other = kernels.input_projections(kind, requests);
        other.extend(kernels.output_projections_and_router(kind, requests));
        other.extend(kernels.shared_experts(shared_on_gpu));
        if attention.is_none() {
            let kv_tokens = self.split.kv_tokens(self.step, place.minibatch, gpu);
            other.extend(kernels.attention(kind, &kv_tokens));
        }
        let layer = Layer {
            tokens,
            communication,
            other: kernels.law.terms(&other),
            attention: attention.as_ref().map_or(Femtos::from_ticks(0), |a| a.time),
        };
        let known = u32::try_from(self.gpu_costs.len()).unwrap_or(u32::MAX);
        let most = tokens.iter().copied().max().unwrap_or(0);
        self.gpu_costs.extend((known..=most).map(|tokens| {
            let adds = |sum, launch| sum + kernels.law.added(launch);
            kernels.experts(&[tokens]).iter().fold(Terms::ZERO, adds)
        }));
        let costs = Tables {
            law: &kernels.law,
            launch: kernels.law.launching(Kind::GroupedGemm),
            gpu: &self.gpu_costs,
            pim: self.table,
        };
        self.policy.place(&layer, &costs, &mut self.partition);
    }

    /// Counts what was placed, and the experts that are fixed on the GPU.
    fn count(&mut self, group: usize, tokens: &[u32], fixed: &[u32]) {
        let placed = &mut self.out.placed[group];
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
