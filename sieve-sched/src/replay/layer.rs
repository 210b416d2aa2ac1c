//! The graph of a step: every layer of every mini-batch on every GPU (arXiv 2605.11277 section 6.1, Fig. 8).
//!
//! Per layer and mini-batch: projections, attention, output projection and router, all-gather of the routing maps, dispatch beside
//! the placement decision, then experts on the GPU beside experts on PIM (first product, activation function on the GPU, second
//! product), combine, weighted sum. Mini-batches share units and nothing else.

use noc::{Traffic, dispatch};
use petgraph::graph::NodeIndex;
use pim_dram::Ticks;
use workloads::Step;
use workloads::model::Attention;

use crate::cost_table::CostTable;
use crate::pim::{AttentionJobs, Work};
use crate::policy::{Costs, Layer};
use crate::replay::batch::Split;
use crate::replay::graph::{Graph, Op, Takes, Unit, add};
use crate::replay::kernels::{ELEMENT_BYTES, hold, meet};
use crate::replay::plan::Plan;
use crate::time::Femtos;

/// Decode attention of one mini-batch on one GPU in one kind of layer.
#[derive(Clone, Debug)]
pub struct Attentions {
    /// The jobs of its most loaded channel.
    pub jobs: AttentionJobs,
    /// Their time on an idle channel, which the runtime knows from the layers before.
    pub time: Femtos,
}

/// Experts on PIM of one layer, mini-batch and GPU, and the times that they took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Per channel group, tokens of each expert.
    pub tokens: Vec<Vec<u32>>,
    /// Time so far of each.
    pub times: Vec<Vec<Ticks>>,
}

/// What placement did, over a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placed {
    /// Placements of a layer on a GPU for a mini-batch.
    pub layers: u64,
    /// Experts with tokens.
    pub experts: u64,
    /// Those of them on PIM.
    pub experts_on_pim: u64,
    /// (token, expert) pairs.
    pub pairs: u64,
    /// Those of them on PIM.
    pub pairs_on_pim: u64,
}

/// A step ready to run.
#[derive(Debug, Default)]
pub struct StepGraph {
    /// Operations; their group is the layer group, or one past the last for the language-model head.
    pub graph: Graph,
    /// Entered by the [`Work`] of experts.
    pub ledgers: Vec<Ledger>,
    /// Per layer group.
    pub placed: Vec<Placed>,
}

/// Builds the graph of a step.
pub struct Builder<'a> {
    plan: &'a Plan<'a>,
    step: &'a Step,
    split: &'a Split,
    table: &'a CostTable,
    /// [mini-batch][gpu][layer group]; `None` where attention runs on the GPU.
    attentions: &'a [Vec<Vec<Option<Attentions>>>],
    out: StepGraph,
}

/// Where in the step an operation stands.
#[derive(Clone, Copy)]
struct Place {
    layer: u32,
    group: usize,
    minibatch: usize,
}

impl<'a> Builder<'a> {
    /// The graph of a step whose experts are placed with what `table` knows.
    #[must_use]
    pub fn build(
        plan: &'a Plan<'a>,
        step: &'a Step,
        split: &'a Split,
        table: &'a CostTable,
        attentions: &'a [Vec<Vec<Option<Attentions>>>],
    ) -> StepGraph {
        let out = StepGraph {
            placed: vec![Placed::default(); plan.groups.len()],
            ..StepGraph::default()
        };
        let mut builder = Self { plan, step, split, table, attentions, out };
        let mut hidden: Vec<Vec<Option<NodeIndex>>> =
            vec![vec![None; split.gpus]; split.minibatches];
        for layer in 0..plan.model().layers {
            let (attention, group) = (plan.model().attention(layer), plan.model().group_of(layer));
            for (minibatch, before) in hidden.iter_mut().enumerate() {
                let place = Place { layer, group, minibatch };
                let routed = builder.attention(place, attention, before);
                *before =
                    builder.experts(place, attention, &routed).into_iter().map(Some).collect();
            }
        }
        for (minibatch, before) in hidden.iter().enumerate() {
            for (gpu, &node) in before.iter().enumerate() {
                let requests = builder.requests(minibatch, gpu);
                let takes = plan.kernels.on_gpu(plan.kernels.lm_head(requests));
                builder.add("lm_head", gpu, plan.groups.len(), takes, node.as_slice());
            }
        }
        builder.out
    }

    fn add(
        &mut self,
        name: &'static str,
        gpu: usize,
        group: usize,
        takes: Takes,
        after: &[NodeIndex],
    ) -> NodeIndex {
        add(&mut self.out.graph, Op { name, gpu, group, takes }, after)
    }

    fn requests(&self, minibatch: usize, gpu: usize) -> u32 {
        u32::try_from(self.split.requests(minibatch, gpu).len()).unwrap_or(u32::MAX)
    }

    /// Up to the router: one node per GPU.
    fn attention(
        &mut self,
        place: Place,
        kind: &Attention,
        before: &[Option<NodeIndex>],
    ) -> Vec<NodeIndex> {
        let kernels = &self.plan.kernels;
        let group = place.group;
        (0..self.split.gpus)
            .map(|gpu| {
                let requests = self.requests(place.minibatch, gpu);
                let kv = self.split.kv_tokens(self.step, place.minibatch, gpu);
                let takes = kernels.on_gpu(kernels.input_projections(kind, requests));
                let projected = self.add("projections", gpu, group, takes, before[gpu].as_slice());
                let attended = match &self.attentions[place.minibatch][gpu][group] {
                    Some(attention) => {
                        let work = |jobs: &Vec<_>| {
                            Takes::Pim(Work { jobs: vec![jobs.clone()], ledger: None })
                        };
                        let (scores, context) =
                            (work(&attention.jobs.scores), work(&attention.jobs.context));
                        let scores = self.add("scores", gpu, group, scores, &[projected]);
                        let softmax = kernels.on_vector(kernels.softmax(kind, &kv));
                        let softmax = self.add("softmax", gpu, group, softmax, &[scores]);
                        self.add("context", gpu, group, context, &[softmax])
                    }
                    None => {
                        let takes = kernels.on_gpu(kernels.attention(kind, &kv));
                        self.add("attention", gpu, group, takes, &[projected])
                    }
                };
                let takes = kernels.on_gpu(kernels.output_projection_and_router(kind, requests));
                self.add("output and router", gpu, group, takes, &[attended])
            })
            .collect()
    }

    /// From the router to the weighted sum: one node per GPU.
    fn experts(&mut self, place: Place, kind: &Attention, routed: &[NodeIndex]) -> Vec<NodeIndex> {
        let (plan, group) = (self.plan, place.group);
        let traffic = self.dispatch_traffic(place);
        let mapped = self.exchange("all-gather", group, &self.routing_maps(place), routed);
        let sent = self.exchange("dispatch", group, &traffic, &mapped);
        let communication: Vec<Femtos> = {
            let (there, back) =
                (plan.link.all_to_all(&traffic), plan.link.all_to_all(&traffic.transposed()));
            there.iter().zip(&back).map(|(&a, &b)| a + b).collect()
        };
        let tokens = self.tokens_per_expert(place);
        let mut computed = Vec::new();
        for gpu in 0..self.split.gpus {
            let local = &tokens[plan.placement.experts(gpu)];
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
        let combined = self.exchange("combine", group, &traffic.transposed(), &computed);
        let visited = plan.model().experts.top_k + plan.shared_experts();
        (0..self.split.gpus)
            .map(|gpu| {
                let pairs = u64::from(self.requests(place.minibatch, gpu)) * u64::from(visited);
                let takes = plan
                    .kernels
                    .on_vector(plan.kernels.weighted_sum(pairs, plan.layouts.down.slices));
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
        let mut tokens = routed.to_vec();
        let mut on_gpu = Vec::new();
        if plan.places_shared_experts() {
            tokens.extend(shared)
        } else {
            on_gpu.extend(shared)
        }
        let on_pim = self.place(place, kind, gpu, &tokens, communication, &on_gpu);

        on_gpu.extend((0..tokens.len()).filter(|&e| !on_pim[e]).map(|e| tokens[e]));
        let in_memory: Vec<(usize, u32)> = (0..tokens.len())
            .filter(|&e| on_pim[e] && tokens[e] > 0)
            .map(|e| (e, tokens[e]))
            .collect();
        self.count(place.group, &on_gpu, &in_memory);

        let takes = plan.kernels.on_gpu(plan.kernels.experts(&on_gpu));
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
                plan.kernels.on_vector(plan.kernels.activation(pairs, plan.layouts.up.slices));
            let activated = self.add("activation", gpu, group, takes, &[up]);
            ends.push(self.add("PIM down", gpu, group, down, &[activated]));
        }
        ends
    }

    fn place(
        &self,
        place: Place,
        kind: &Attention,
        gpu: usize,
        tokens: &[u32],
        communication: Femtos,
        always_on_gpu: &[u32],
    ) -> crate::policy::OnPim {
        let (plan, kernels) = (self.plan, &self.plan.kernels);
        let requests = self.requests(place.minibatch, gpu);
        let attention = &self.attentions[place.minibatch][gpu][place.group];
        let mut other = kernels.input_projections(kind, requests)
            + kernels.output_projection_and_router(kind, requests)
            + kernels.experts(always_on_gpu);
        if attention.is_none() {
            let kv_tokens = self.split.kv_tokens(self.step, place.minibatch, gpu);
            other += kernels.attention(kind, &kv_tokens);
        }
        let layer = Layer {
            tokens,
            communication,
            other_memory: kernels.law.memory_time(other.bytes),
            other_compute: kernels.law.compute_time(other.flops),
            attention: attention.as_ref().map_or(Femtos::from_ticks(0), |a| a.time),
        };
        plan.policy.place(&layer, &TableCosts { plan, table: self.table })
    }

    fn count(&mut self, group: usize, on_gpu: &[u32], in_memory: &[(usize, u32)]) {
        let placed = &mut self.out.placed[group];
        let experts_on_pim = in_memory.len() as u64;
        let pairs_on_pim: u64 = in_memory.iter().map(|&(_, n)| u64::from(n)).sum();
        placed.layers += 1;
        placed.experts += on_gpu.iter().filter(|&&n| n > 0).count() as u64 + experts_on_pim;
        placed.experts_on_pim += experts_on_pim;
        placed.pairs += on_gpu.iter().map(|&n| u64::from(n)).sum::<u64>() + pairs_on_pim;
        placed.pairs_on_pim += pairs_on_pim;
    }

    /// Tokens per expert of the layer, all GPUs.
    fn tokens_per_expert(&self, place: Place) -> Vec<u32> {
        let mut tokens = vec![0; self.plan.model().experts.count as usize];
        for (_, experts) in self.split.tokens(self.step, place.layer, place.minibatch) {
            experts.iter().for_each(|&expert| tokens[usize::from(expert)] += 1);
        }
        tokens
    }

    /// Each GPU tells all others which experts its tokens take.
    fn routing_maps(&self, place: Place) -> Traffic {
        let k = u64::from(self.plan.model().experts.top_k);
        let bytes =
            |gpu| u64::from(self.requests(place.minibatch, gpu)) * k * u64::from(ELEMENT_BYTES);
        Traffic::all_gather(&(0..self.split.gpus).map(bytes).collect::<Vec<_>>())
    }

    fn dispatch_traffic(&self, place: Place) -> Traffic {
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
    fn exchange(
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

/// Costs of one method's layouts as its table knows them.
struct TableCosts<'a> {
    plan: &'a Plan<'a>,
    table: &'a CostTable,
}

impl Costs for TableCosts<'_> {
    fn gpu_memory(&self, tokens: u32) -> Femtos {
        self.plan.kernels.law.memory_time(self.plan.kernels.experts(&[tokens]).bytes)
    }

    fn gpu_compute(&self, tokens: u32) -> Femtos {
        self.plan.kernels.law.compute_time(self.plan.kernels.experts(&[tokens]).flops)
    }

    fn pim(&self, tokens: u32) -> Femtos {
        self.table.time(tokens)
    }
}
