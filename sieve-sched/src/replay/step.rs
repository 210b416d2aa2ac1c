//! The graph of a step: every layer of every mini-batch on every GPU (arXiv 2605.11277 section 6.1, Fig. 8).
//!
//! Per layer and mini-batch: projections, attention, output projection and router, all-gather of the routing maps and their sum,
//! dispatch beside the placement decision and the first weights, then experts on the GPU beside experts on PIM (first product,
//! activation function on the GPU, second product), combine, weighted sum; in a layer without experts, a dense network after the
//! output projection. Mini-batches share units and nothing else.

use std::ops::AddAssign;

use gpu_model::Terms;
use petgraph::graph::NodeIndex;
use pim_dram::Ticks;
use workloads::Step;
use workloads::model::{Ffn, Layer};

use crate::cost_table::CostTable;
use crate::policy::{Observed, Partition, Policy};
use crate::replay::attentions::Attentions;
use crate::replay::batch::Split;
use crate::replay::decisions::Decisions;
use crate::replay::graph::{Graph, Op, Takes, add};
use crate::replay::notes::Notes;
use crate::replay::plan::Plan;
use crate::time::{Femtos, ZERO};

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
#[derive(Debug)]
pub struct StepGraph {
    /// Operations; their group is the layer group, or one past the last for the language-model head.
    pub graph: Graph,
    /// Entered by the [`Work`](crate::memory::Work) of experts.
    pub ledgers: Vec<Ledger>,
    /// Per layer group.
    pub placed: Vec<Placed>,
    /// Operations that end the experts of a GPU.
    pub ends: Vec<ExpertsEnd>,
    /// Attention on PIM as expected, alone on idle channels.
    pub attention: Femtos,
    /// Bytes from GPU to GPU: inside of domains and between them.
    pub link_bytes: [u64; 2],
    /// What placement expected.
    pub decisions: Decisions,
    /// What a timeline says of the operations; `None` unless the graph was built [for one](Builder::noted).
    pub notes: Option<Notes>,
}

/// An operation after which one side of a GPU is through with the experts of a mini-batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpertsEnd {
    /// The mini-batch.
    pub minibatch: usize,
    /// The GPU.
    pub gpu: usize,
    /// The operation.
    pub node: NodeIndex,
}

/// What a graph is built from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What stays the same over all steps.
    pub plan: &'a Plan<'a>,
    /// Routing and lengths.
    pub step: &'a Step,
    /// The batch, cut.
    pub split: &'a Split,
    /// What PIM was seen to take.
    pub table: &'a CostTable,
    /// What else was seen.
    pub observed: Observed,
    /// `[mini-batch][gpu][layer group]`.
    pub attentions: &'a [Vec<Vec<Attentions>>],
}

/// Builds the graph of a step; attention is built in `attend` and `prefill`, experts in `experts` and what that calls, what travels
/// between GPUs in `traffic`.
pub struct Builder<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) step: &'a Step,
    pub(super) split: &'a Split,
    pub(super) table: &'a CostTable,
    pub(super) observed: Observed,
    pub(super) attentions: &'a [Vec<Vec<Attentions>>],
    pub(super) policy: &'a mut dyn Policy,
    /// What an expert adds to the GPU, by tokens, as far as asked.
    pub(super) gpu_costs: Vec<Terms>,
    /// Where the experts of the layer before run.
    pub(super) partition: Partition,
    /// [mini-batch][gpu]: fewest tokens of an expert on the GPU in the layer before.
    pub(super) least_on_gpu: Vec<Vec<Option<u32>>>,
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
    /// The graph of a step whose experts a policy places.
    #[must_use]
    pub fn build(inputs: Inputs<'a>, policy: &'a mut dyn Policy) -> StepGraph {
        Self::new(inputs, policy).whole()
    }

    /// The same with notes for a timeline.
    #[must_use]
    pub fn noted(inputs: Inputs<'a>, policy: &'a mut dyn Policy) -> StepGraph {
        let mut builder = Self::new(inputs, policy);
        builder.out.notes = Some(Notes::default());
        builder.whole()
    }

    fn whole(mut self) -> StepGraph {
        let (plan, split) = (self.plan, self.split);
        let layers: Vec<Layer<'a>> = plan.model().decoder().collect();
        for (minibatch, before) in self.stack(&layers).iter().enumerate() {
            self.begin_part(layers.len(), minibatch);
            for (gpu, &node) in before.iter().enumerate() {
                let rows = split.generated(self.step, minibatch, gpu);
                let takes = plan.kernels.on_gpu(&plan.kernels.lm_head(rows));
                self.add("lm_head", gpu, plan.groups.len(), takes, node.as_slice());
            }
        }
        self.out
    }

    /// Some layers of it by themselves.
    #[must_use]
    pub fn layers(
        inputs: Inputs<'a>,
        policy: &'a mut dyn Policy,
        layers: &[Layer<'a>],
    ) -> StepGraph {
        let mut builder = Self::new(inputs, policy);
        builder.stack(layers);
        builder.out
    }

    fn new(inputs: Inputs<'a>, policy: &'a mut dyn Policy) -> Self {
        let Inputs { plan, step, split, table, observed, attentions } = inputs;
        let placed = vec![Placed::default(); plan.groups.len()];
        Self {
            plan,
            step,
            split,
            table,
            observed,
            attentions,
            policy,
            gpu_costs: Vec::new(),
            partition: Partition::default(),
            least_on_gpu: vec![vec![None; split.gpus]; split.minibatches],
            out: StepGraph {
                graph: Graph::default(),
                ledgers: Vec::new(),
                placed,
                ends: Vec::new(),
                attention: ZERO,
                link_bytes: [0; 2],
                decisions: Decisions::default(),
                notes: None,
            },
        }
    }

    /// Layers one after the other; of each mini-batch and GPU the node that ends the last one.
    fn stack(&mut self, layers: &[Layer<'a>]) -> Vec<Vec<Option<NodeIndex>>> {
        let mut hidden = vec![vec![None; self.split.gpus]; self.split.minibatches];
        for (index, layer) in layers.iter().enumerate() {
            self.layer(index, layer, &mut hidden);
        }
        hidden
    }

    /// A layer of every mini-batch, from the nodes that end the layer before to those that end this one.
    fn layer(&mut self, index: usize, layer: &Layer<'_>, hidden: &mut [Vec<Option<NodeIndex>>]) {
        let Layer { group, attention, ffn } = *layer;
        for (minibatch, before) in hidden.iter_mut().enumerate() {
            self.begin_part(index, minibatch);
            let attended = self.attention(group, minibatch, attention, ffn, before);
            let after = match ffn {
                Ffn::Moe(layer) => {
                    self.experts(Place { layer, group, minibatch }, attention, &attended)
                }
                Ffn::Dense(intermediate) => self.dense(group, minibatch, intermediate, &attended),
            };
            *before = after.into_iter().map(Some).collect();
        }
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

    /// Tokens of requests in decode and of chunks of prompts.
    pub(super) fn tokens(&self, minibatch: usize, gpu: usize) -> u32 {
        self.split.token_count(self.step, minibatch, gpu)
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
                let launches = kernels.dense_ffn(intermediate, self.tokens(minibatch, gpu));
                let takes = kernels.on_gpu(&launches);
                self.add("dense network", gpu, group, takes, &attended[gpu..=gpu])
            })
            .collect()
    }
}
