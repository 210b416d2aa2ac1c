//! The partition of a layer with the least simulated time: no rule that a runtime could follow, but what one is measured by.
//!
//! A layer is simulated twice in a row, all mini-batches and GPUs with it, from idle channels on: attention, contention and the
//! slowest GPU included. Partitions are those that put the most popular experts on the GPU, as many as pays on each GPU for each
//! mini-batch; equal counts are interchangeable. The search begins with the best of what a policy says, everything on PIM and
//! everything on the GPU, and moves experts of the GPU that ends last, many at first, then fewer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use pim_dram::memo::Memo;
use workloads::model::Layer;

use crate::config::ConfigError;
use crate::policy::{Given, Partition, Policy, Recorded};
use crate::replay::list::replay;
use crate::replay::rig::Rig;
use crate::replay::step::{Builder, Inputs};
use crate::time::{Femtos, ZERO};

/// How many copies of a layer follow each other, so that mini-batches overlap as in a step.
const COPIES: usize = 2;

/// Numbers of experts that are moved at once.
const MOVES: [usize; 5] = [16, 8, 4, 2, 1];

/// Experts on the GPU for each mini-batch and GPU, in the order of the graph.
type Cuts = Vec<usize>;

/// A simulated layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// Time of a copy.
    pub time: Femtos,
    /// Of each mini-batch, the GPU whose experts ended last.
    late: Vec<usize>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The best partitions, in the order of the graph.
    pub partitions: Vec<Partition>,
    /// What the policy said.
    pub asked: Vec<Partition>,
    /// Tokens per expert, in the same order.
    pub tokens: Vec<Vec<u32>>,
    /// Time of the best.
    pub best: Femtos,
    /// Time of what the policy said.
    pub policy: Femtos,
    /// Partitions simulated.
    pub tried: usize,
}

/// Simulates single layers of a step.
pub struct Oracle<'a, 'm, 'd> {
    inputs: Inputs<'a>,
    /// Used by nothing else.
    memo: &'m mut Memo<'d>,
}

impl<'a, 'm, 'd> Oracle<'a, 'm, 'd> {
    /// Of a step; the memo must be used by nothing else.
    pub fn new(inputs: Inputs<'a>, memo: &'m mut Memo<'d>) -> Self {
        Self { inputs, memo }
    }

    /// The best partitions of a layer with experts.
    ///
    /// # Errors
    /// A configuration that the method cannot run on.
    pub fn search(
        &mut self,
        layer: Layer<'a>,
        policy: &mut dyn Policy,
    ) -> Result<Found, ConfigError> {
        let gpus = self.inputs.split.gpus;
        let mut recorded = Recorded::new(policy);
        let _ = Builder::layers(self.inputs, &mut recorded, &[layer]);
        let (tokens, asked): (Vec<_>, Vec<_>) = recorded.decisions.into_iter().unzip();
        let counts: Vec<Popular> = tokens.iter().map(|tokens| Popular::new(tokens)).collect();
        let mut tried: BTreeMap<Cuts, Timed> = BTreeMap::new();
        let mut time = |cuts: &Cuts| -> Result<Timed, ConfigError> {
            if let Some(known) = tried.get(cuts) {
                return Ok(known.clone());
            }
            let partitions = counts.iter().zip(cuts).map(|(popular, &n)| popular.on_gpu(n));
            let timed = self.time(layer, partitions.collect())?;
            tried.insert(cuts.clone(), timed.clone());
            Ok(timed)
        };
        let said: Cuts = counts.iter().zip(&asked).map(|(popular, p)| popular.cut(p)).collect();
        let policy = time(&said)?.time;
        let mut best = (time(&said)?, said);
        let none = vec![0; counts.len()];
        let all = counts.iter().map(|popular| popular.experts.len()).collect();
        for seed in [none, all] {
            let timed = time(&seed)?;
            if timed.time < best.0.time {
                best = (timed, seed);
            }
        }
        for step in MOVES {
            while let Some(better) = better(&best, step, gpus, &counts, &mut time)? {
                best = better;
            }
        }
        let (timed, cuts) = best;
        let partitions = counts.iter().zip(&cuts).map(|(popular, &n)| popular.on_gpu(n)).collect();
        let (best, tried) = (timed.time, tried.len());
        Ok(Found { partitions, asked, tokens, best, policy, tried })
    }

    /// A layer with given partitions, in the order of the graph.
    ///
    /// # Errors
    /// A configuration that the method cannot run on.
    pub fn time(&mut self, layer: Layer<'a>, given: Vec<Partition>) -> Result<Timed, ConfigError> {
        let mut policy = Given::new(given);
        let mut built = Builder::layers(self.inputs, &mut policy, &[layer; COPIES]);
        let mut rig = Rig::new(self.inputs.plan, self.memo)?;
        rig.load(&mut built);
        let end = replay(&built.graph, ZERO, &mut rig)
            .map_err(|e| ConfigError::Invalid(e.to_string()))?;
        let late = |minibatch| {
            let of_minibatch = built.ends.iter().filter(|end| end.minibatch == minibatch);
            let last = of_minibatch.max_by_key(|e| (rig.ended[e.node.index()], Reverse(e.gpu)));
            last.map_or(0, |end| end.gpu)
        };
        let late = (0..self.inputs.split.minibatches).map(late).collect();
        Ok(Timed { time: end / COPIES as u32, late })
    }
}

/// A first improvement by moving so many experts of a GPU that ended last.
fn better(
    best: &(Timed, Cuts),
    step: usize,
    gpus: usize,
    counts: &[Popular],
    time: &mut impl FnMut(&Cuts) -> Result<Timed, ConfigError>,
) -> Result<Option<(Timed, Cuts)>, ConfigError> {
    for (minibatch, &gpu) in best.0.late.iter().enumerate() {
        let place = minibatch * gpus + gpu;
        let (now, most) = (best.1[place], counts[place].experts.len());
        for moved in [(now + step).min(most), now.saturating_sub(step)] {
            let mut cuts = best.1.clone();
            cuts[place] = moved;
            let timed = time(&cuts)?;
            if timed.time < best.0.time {
                return Ok(Some((timed, cuts)));
            }
        }
    }
    Ok(None)
}

/// The experts of one GPU with tokens, most first, ties by index.
struct Popular {
    experts: Vec<usize>,
    all: usize,
}

impl Popular {
    fn new(tokens: &[u32]) -> Self {
        let mut experts: Vec<usize> = (0..tokens.len()).filter(|&e| tokens[e] > 0).collect();
        experts.sort_by_key(|&e| (Reverse(tokens[e]), e));
        Self { experts, all: tokens.len() }
    }

    /// The first so many on the GPU.
    fn on_gpu(&self, first: usize) -> Partition {
        let mut partition = Partition::default();
        partition.put_all(self.all, true);
        self.experts[..first].iter().for_each(|&e| partition.on_pim.set(e, false));
        partition
    }

    /// How many a partition has on the GPU.
    fn cut(&self, partition: &Partition) -> usize {
        self.experts.iter().filter(|&&e| !partition.on_pim[e]).count()
    }
}
