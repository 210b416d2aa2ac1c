//! The experts of a layer in the graph: from the router over their placement to the weighted sum.

use gpu_model::{Kind, Terms};
use petgraph::graph::NodeIndex;
use workloads::model::Attention;

use crate::cost_table::CostTable;
use crate::memory::Work;
use crate::policy::{Costs, Layer, OnPim};
use crate::replay::decisions::Decisions;
use crate::replay::graph::{Takes, Unit};
use crate::replay::kernels::hold;
use crate::replay::plan::Plan;
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
        let on_pim = self.place(place, kind, gpu, &tokens, communication, &fixed);

        let on_gpu: Vec<u32> =
            (0..tokens.len()).filter(|&e| !on_pim[e]).map(|e| tokens[e]).collect();
        let in_memory: Vec<(usize, u32)> = (0..tokens.len())
            .filter(|&e| on_pim[e] && tokens[e] > 0)
            .map(|e| (e, tokens[e]))
            .collect();
        self.count(place.group, &[fixed.as_slice(), &on_gpu].concat(), &in_memory);

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

    fn place(
        &mut self,
        place: Place,
        kind: &Attention,
        gpu: usize,
        tokens: &[u32],
        communication: Femtos,
        shared_on_gpu: &[u32],
    ) -> OnPim {
        let (plan, kernels) = (self.plan, &self.plan.kernels);
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
        let costs = TableCosts { plan, table: self.table };
        let on_pim = plan.policy.place(&layer, &costs);
        self.out.decisions += &Decisions::one(&layer, &costs, &on_pim);
        on_pim
    }

    fn count(&mut self, group: usize, on_gpu: &[u32], in_memory: &[(usize, u32)]) {
        let experts_on_pim = in_memory.len() as u64;
        let pairs_on_pim: u64 = in_memory.iter().map(|&(_, n)| u64::from(n)).sum();
        self.out.placed[group] += Placed {
            experts: on_gpu.iter().filter(|&&n| n > 0).count() as u64 + experts_on_pim,
            experts_on_pim,
            pairs: on_gpu.iter().map(|&n| u64::from(n)).sum::<u64>() + pairs_on_pim,
            pairs_on_pim,
        };
    }
}

/// Costs of one method's layouts as its table knows them.
struct TableCosts<'a> {
    plan: &'a Plan<'a>,
    table: &'a CostTable,
}

impl Costs for TableCosts<'_> {
    fn gpu_launch(&self) -> Terms {
        self.plan.kernels.law.launching(Kind::GroupedGemm)
    }

    fn gpu(&self, tokens: u32) -> Terms {
        let kernels = &self.plan.kernels;
        kernels.experts(&[tokens]).iter().fold(Terms::ZERO, |sum, one| sum + kernels.law.added(one))
    }

    fn gpu_time(&self, terms: Terms) -> Femtos {
        self.plan.kernels.law.expected(terms)
    }

    fn pim(&self, tokens: u32) -> Femtos {
        self.table.time(tokens)
    }
}
