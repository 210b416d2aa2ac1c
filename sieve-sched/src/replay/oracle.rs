//! The partition of a layer with the least simulated time: no rule that a runtime could follow, but what one is measured by.
//!
//! A layer is simulated twice in a row, all mini-batches and GPUs with it, from idle channels on: attention, contention and the
//! slowest GPU included. Partitions are those that put the most popular experts on the GPU, as many as pays on each GPU for each
//! mini-batch; equal counts are interchangeable. The search begins with what a policy says, and with everything on PIM, everything on
//! the GPU and what Sieve+ says where that is faster. It moves experts of all GPUs alike as long as that helps, then of the GPU that ends last, many at first,
//! then fewer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use pim_dram::memo::Memo;
use workloads::model::{Ffn, Layer};

use crate::config::ConfigError;
use crate::policy::{Given, Partition, Policy, Recorded, SievePlus};
use crate::replay::list::replay;
use crate::replay::popular::Popular;
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
    pub late: Vec<usize>,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The best partitions, in the order of the graph: mini-batch by mini-batch, GPU by GPU.
    pub partitions: Vec<Partition>,
    /// Their time, and that of others.
    pub gap: Gap,
}

/// Simulated times of a layer under different partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Among the layers with experts.
    pub layer: u32,
    /// What the policy says.
    pub policy: Femtos,
    /// What Sieve+ says, with mini-batches and attention as they are.
    pub plus: Femtos,
    /// The best where all GPUs move as many experts away from what the policy said.
    pub alike: Femtos,
    /// The best.
    pub best: Femtos,
    /// The best where half of an expert may move, too.
    pub halved: Femtos,
    /// Partitions simulated.
    pub tried: usize,
}

/// Simulates single layers of a step.
pub struct Oracle<'a, 'm, 'd> {
    inputs: Inputs<'a>,
    memo: &'m mut Memo<'d>,
}

impl<'a, 'm, 'd> Oracle<'a, 'm, 'd> {
    /// Of a step; the memo must be used by nothing else.
    pub fn new(inputs: Inputs<'a>, memo: &'m mut Memo<'d>) -> Self {
        Self { inputs, memo }
    }

    /// The best partitions of all layers with experts, as a policy for the step, and what they gain.
    ///
    /// # Errors
    /// A configuration that the method cannot run on.
    pub fn best_of_step(
        &mut self,
        policy: &mut dyn Policy,
    ) -> Result<(Given, Vec<Gap>), ConfigError> {
        let (mut partitions, mut gaps) = (Vec::new(), Vec::new());
        for layer in self.inputs.plan.model().decoder() {
            if matches!(layer.ffn, Ffn::Moe(_)) {
                let found = self.search(layer, policy)?;
                partitions.extend(found.partitions);
                gaps.push(found.gap);
            }
        }
        Ok((Given::new(partitions), gaps))
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
        let (tokens, said) = self.asked(layer, policy);
        let (_, plus) = self.asked(layer, &mut SievePlus::default());
        let popular: Vec<Popular> = tokens.iter().map(|tokens| Popular::new(tokens)).collect();
        let mut search = Search { oracle: self, layer, popular, tried: BTreeMap::new() };
        let (said, plus) = (search.cuts(&said), search.cuts(&plus));
        let said = (search.time(&said)?, said);
        let plus_time = search.time(&plus)?.time;
        let alike = search.descend(said.clone(), true)?;
        let mut best = search.descend(alike.clone(), false)?;
        for seed in search.extremes().into_iter().chain([plus]) {
            let timed = search.time(&seed)?;
            if timed.time < best.0.time {
                best = search.descend((timed, seed), false)?;
            }
        }
        let halved = search.halved(&best)?;
        let gap = Gap {
            layer: if let Ffn::Moe(layer) = layer.ffn { layer } else { 0 },
            policy: said.0.time,
            plus: plus_time,
            alike: alike.0.time,
            best: best.0.time,
            halved,
            tried: search.tried.len(),
        };
        Ok(Found { partitions: search.partitions(&best.1), gap })
    }

    /// What a policy is asked for a layer, and what it says: tokens per expert and partitions.
    pub fn asked(
        &self,
        layer: Layer<'a>,
        policy: &mut dyn Policy,
    ) -> (Vec<Vec<u32>>, Vec<Partition>) {
        let mut recorded = Recorded::new(policy);
        let _ = Builder::layers(self.inputs, &mut recorded, &[layer]);
        recorded.decisions.into_iter().unzip()
    }

    /// A layer with given partitions.
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

/// A search for the best partitions of one layer.
struct Search<'o, 'a, 'm, 'd> {
    oracle: &'o mut Oracle<'a, 'm, 'd>,
    layer: Layer<'a>,
    popular: Vec<Popular>,
    tried: BTreeMap<Cuts, Timed>,
}

impl Search<'_, '_, '_, '_> {
    fn partitions(&self, cuts: &Cuts) -> Vec<Partition> {
        self.popular.iter().zip(cuts).map(|(popular, &first)| popular.on_gpu(first)).collect()
    }

    fn cuts(&self, partitions: &[Partition]) -> Cuts {
        self.popular.iter().zip(partitions).map(|(popular, said)| popular.cut(said)).collect()
    }

    fn time(&mut self, cuts: &Cuts) -> Result<Timed, ConfigError> {
        if let Some(known) = self.tried.get(cuts) {
            return Ok(known.clone());
        }
        let timed = self.oracle.time(self.layer, self.partitions(cuts))?;
        self.tried.insert(cuts.clone(), timed.clone());
        Ok(timed)
    }

    /// Everything on PIM, and everything on the GPU.
    fn extremes(&self) -> [Cuts; 2] {
        [vec![0; self.popular.len()], self.popular.iter().map(|p| p.experts.len()).collect()]
    }

    /// Moves experts as long as that shortens the layer: of all GPUs alike, or of the one that ends last.
    fn descend(
        &mut self,
        mut best: (Timed, Cuts),
        alike: bool,
    ) -> Result<(Timed, Cuts), ConfigError> {
        for step in MOVES {
            while let Some(better) = self.better(&best, step, alike)? {
                best = better;
            }
        }
        Ok(best)
    }

    fn better(
        &mut self,
        best: &(Timed, Cuts),
        step: usize,
        alike: bool,
    ) -> Result<Option<(Timed, Cuts)>, ConfigError> {
        let gpus = self.oracle.inputs.split.gpus;
        for (minibatch, &late) in best.0.late.iter().enumerate() {
            for to_gpu in [true, false] {
                let mut cuts = best.1.clone();
                for gpu in (0..gpus).filter(|&gpu| alike || gpu == late) {
                    let place = minibatch * gpus + gpu;
                    let (now, most) = (cuts[place], self.popular[place].experts.len());
                    cuts[place] =
                        if to_gpu { (now + step).min(most) } else { now.saturating_sub(step) };
                }
                let timed = self.time(&cuts)?;
                if timed.time < best.0.time {
                    return Ok(Some((timed, cuts)));
                }
            }
        }
        Ok(None)
    }

    /// The best time with an expert at the border cut in halves, on the GPU that ends last.
    fn halved(&mut self, best: &(Timed, Cuts)) -> Result<Femtos, ConfigError> {
        let gpus = self.oracle.inputs.split.gpus;
        let mut least = best.0.time;
        for (minibatch, &late) in best.0.late.iter().enumerate() {
            let place = minibatch * gpus + late;
            for halved in self.popular[place].halved(best.1[place]) {
                let mut partitions = self.partitions(&best.1);
                partitions[place] = halved;
                least = least.min(self.oracle.time(self.layer, partitions)?.time);
            }
        }
        Ok(least)
    }
}
