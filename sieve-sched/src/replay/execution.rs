//! When each operation of some layers ran: what a replay sums up, one by one.

use petgraph::graph::NodeIndex;
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;
use pim_dram::device::Device;
use pim_dram::memo::Memo;
use smallvec::SmallVec;
use workloads::Step;

use crate::config::{Config, ConfigError};
use crate::method::Method;
use crate::policy::Observed;
use crate::replay::attentions::Attentions;
use crate::replay::batch::Split;
use crate::replay::course::took;
use crate::replay::graph::{Graph, Op, Unit};
use crate::replay::list::{Machine, Span, replay};
use crate::replay::plan::Plan;
use crate::replay::rig::Rig;
use crate::replay::step::{Builder, Inputs};
use crate::time::{Femtos, ZERO};

/// Runs of the layers: the first fills the cost table, the last is recorded.
const RUNS: usize = 2;

/// An operation that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its name.
    pub name: &'static str,
    /// Its GPU.
    pub gpu: usize,
    /// Its mini-batch.
    pub minibatch: usize,
    /// The units that it held.
    pub units: SmallVec<[Unit; 2]>,
    /// When it began, from the beginning of the first layer on.
    pub start: Femtos,
    /// When it ended.
    pub end: Femtos,
}

/// Replays so many copies of the first layer with experts of a step, from idle channels on, with a cost table that has seen
/// them once.
///
/// # Errors
/// A configuration that the method cannot run on, or a model without experts.
pub fn layers(
    config: &Config,
    device: &Device,
    method: Method,
    step: &Step,
    copies: usize,
) -> Result<Vec<Ran>, ConfigError> {
    let plan = Plan::new(config, device, method, &[])?;
    let requests = step.kv_tokens.len();
    let minibatches = config.runtime.minibatches;
    let split = Split::new(requests, step.chunks.len(), plan.gpus, minibatches, method);
    let mut decoder = plan.model().decoder();
    let Some(layer) = decoder.find(|layer| matches!(layer.ffn, workloads::model::Ffn::Moe(_)))
    else {
        return Err(ConfigError::Invalid(format!("model `{}`: no experts", plan.model().name)));
    };
    let mut memo = Memo::new(device);
    let percent = config.runtime.attention_on_gpu_percent;
    let attentions = &Attentions::of_step(&plan, &mut memo, step, &split, percent);
    let mut policy = method.policy(plan.channel_groups);
    let mut table = plan.cost_table();
    let mut ran = Vec::new();
    for _ in 0..RUNS {
        let observed = Observed::default();
        let inputs =
            Inputs { plan: &plan, step, split: &split, table: &table, observed, attentions };
        let mut built = Builder::layers(inputs, policy.as_mut(), &vec![layer; copies]);
        let mut rig = Rig::new(&plan, &mut memo)?;
        rig.load(&mut built);
        let minibatch = minibatch_of(&built.graph);
        let mut recorder = Recorder { rig, minibatch: &minibatch, ran: Vec::new() };
        replay(&built.graph, ZERO, &mut recorder)
            .map_err(|error| ConfigError::Invalid(error.to_string()))?;
        table.learn(&took(&recorder.rig.ledgers, device));
        ran = recorder.ran;
    }
    Ok(ran)
}

/// The mini-batch of each operation: they share units and nothing else, so that they are the parts into which the graph falls.
fn minibatch_of(graph: &Graph) -> Vec<usize> {
    let mut parts = UnionFind::new(graph.node_count());
    for edge in graph.edge_references() {
        parts.union(edge.source().index(), edge.target().index());
    }
    let mut known = Vec::new();
    let mut number = |part: usize| {
        known.iter().position(|&other| other == part).unwrap_or_else(|| {
            known.push(part);
            known.len() - 1
        })
    };
    parts.into_labeling().into_iter().map(&mut number).collect()
}

/// The hardware, and what ran on it.
struct Recorder<'m, 'd, 'a> {
    rig: Rig<'m, 'd>,
    minibatch: &'a [usize],
    ran: Vec<Ran>,
}

impl Machine for Recorder<'_, '_, '_> {
    fn begin(&mut self, node: NodeIndex, op: &Op, start: Femtos) -> Option<Femtos> {
        self.rig.begin(node, op, start)
    }

    fn next(&mut self, until: Option<Femtos>) -> Option<(NodeIndex, Femtos)> {
        self.rig.next(until)
    }

    fn span(&mut self, node: NodeIndex, op: &Op, span: Span) {
        self.rig.span(node, op, span);
        self.ran.push(Ran {
            name: op.name,
            gpu: op.gpu,
            minibatch: self.minibatch[node.index()],
            units: op.takes.units(),
            start: span.start,
            end: span.end,
        });
    }
}
