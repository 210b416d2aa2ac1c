//! The graph of a step: every layer of every mini-batch on every GPU (arXiv 2605.11277 section 6.1, Fig. 8).
//!
//! Per layer and mini-batch: projections, attention, output projection and router, all-gather of the routing maps, dispatch beside
//! the placement decision, then experts on the GPU beside experts on PIM (first product, activation function on the GPU, second
//! product), combine, weighted sum; in a layer without experts, a dense network after the output projection. Mini-batches share units and nothing else.

use std::ops::AddAssign;

use petgraph::graph::NodeIndex;
use pim_dram::Ticks;
use workloads::Step;
use workloads::model::{Attention, Ffn, Layer};

use crate::cost_table::CostTable;
use crate::memory::Work;
use crate::pim::AttentionJobs;
use crate::replay::batch::Split;
use crate::replay::decisions::Decisions;
use crate::replay::graph::{Graph, Op, Takes, add};
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
    /// Experts with tokens.
    pub experts: u64,
    /// Those of them on PIM.
    pub experts_on_pim: u64,
    /// (token, expert) pairs.
    pub pairs: u64,
    /// Those of them on PIM.
    pub pairs_on_pim: u64,
}

impl AddAssign for Placed {
    fn add_assign(&mut self, more: Self) {
        self.experts += more.experts;
        self.experts_on_pim += more.experts_on_pim;
        self.pairs += more.pairs;
        self.pairs_on_pim += more.pairs_on_pim;
    }
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
    /// What placement expected.
    pub decisions: Decisions,
}

/// Builds the graph of a step; its experts are built in `experts`, what travels between GPUs in `traffic`.
pub struct Builder<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) step: &'a Step,
    pub(super) split: &'a Split,
    pub(super) table: &'a CostTable,
    /// [mini-batch][gpu][layer group]; `None` where attention runs on the GPU.
    pub(super) attentions: &'a [Vec<Vec<Option<Attentions>>>],
    pub(super) out: StepGraph,
}

/// Where in the step an operation of a layer with experts stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Among the layers with experts.
    pub(super) layer: u32,
    pub(super) group: usize,
    pub(super) minibatch: usize,
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
        for Layer { group, attention, ffn } in plan.model().decoder() {
            for (minibatch, before) in hidden.iter_mut().enumerate() {
                let attended = builder.attention(group, minibatch, attention, ffn, before);
                let after = match ffn {
                    Ffn::Moe(layer) => {
                        builder.experts(Place { layer, group, minibatch }, attention, &attended)
                    }
                    Ffn::Dense(intermediate) => {
                        builder.dense(group, minibatch, intermediate, &attended)
                    }
                };
                *before = after.into_iter().map(Some).collect();
            }
        }
        for (minibatch, before) in hidden.iter().enumerate() {
            for (gpu, &node) in before.iter().enumerate() {
                let requests = builder.requests(minibatch, gpu);
                let takes = plan.kernels.on_gpu(&plan.kernels.lm_head(requests));
                builder.add("lm_head", gpu, plan.groups.len(), takes, node.as_slice());
            }
        }
        builder.out
    }

    pub(super) fn add(
        &mut self,
        name: &'static str,
        gpu: usize,
        group: usize,
        takes: Takes,
        after: &[NodeIndex],
    ) -> NodeIndex {
        add(&mut self.out.graph, Op { name, gpu, group, takes }, after)
    }

    pub(super) fn requests(&self, minibatch: usize, gpu: usize) -> u32 {
        u32::try_from(self.split.requests(minibatch, gpu).len()).unwrap_or(u32::MAX)
    }

    /// Up to the router, or to what the dense network takes: one node per GPU.
    fn attention(
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
                let requests = self.requests(minibatch, gpu);
                let kv = self.split.kv_tokens(self.step, minibatch, gpu);
                let takes = kernels.on_gpu(&kernels.input_projections(kind, requests));
                let projected = self.add("projections", gpu, group, takes, before[gpu].as_slice());
                let attended = match &self.attentions[minibatch][gpu][group] {
                    Some(attention) => {
                        let work = |jobs: &Vec<_>| {
                            Takes::Pim(Work { jobs: vec![jobs.clone()], ledger: None })
                        };
                        let (scores, context) =
                            (work(&attention.jobs.scores), work(&attention.jobs.context));
                        let scores = self.add("scores", gpu, group, scores, &[projected]);
                        let softmax =
                            kernels.on_vector(&kernels.softmax(kind, &kv, attention.jobs.slices));
                        let softmax = self.add("softmax", gpu, group, softmax, &[scores]);
                        self.add("context", gpu, group, context, &[softmax])
                    }
                    None => {
                        let takes = kernels.on_gpu(&kernels.attention(kind, &kv));
                        self.add("attention", gpu, group, takes, &[projected])
                    }
                };
                let (name, launches) = match ffn {
                    Ffn::Moe(_) => {
                        ("output and router", kernels.output_projections_and_router(kind, requests))
                    }
                    Ffn::Dense(_) => ("output", kernels.output_projections(kind, requests)),
                };
                self.add(name, gpu, group, kernels.on_gpu(&launches), &[attended])
            })
            .collect()
    }

    /// A network without experts, whose weights every GPU has: one node per GPU.
    fn dense(
        &mut self,
        group: usize,
        minibatch: usize,
        intermediate: u32,
        attended: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        let kernels = &self.plan.kernels;
        (0..self.split.gpus)
            .map(|gpu| {
                let launches = kernels.dense_ffn(intermediate, self.requests(minibatch, gpu));
                let takes = kernels.on_gpu(&launches);
                self.add("dense network", gpu, group, takes, &attended[gpu..=gpu])
            })
            .collect()
    }
}
