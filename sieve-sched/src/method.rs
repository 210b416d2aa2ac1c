//! The methods compared: which work may go to PIM, how experts lie there, and which policy places them.

use std::fmt;
use std::str::FromStr;

use pim_dram::similar::Unknown;
use serde::{Deserialize, Serialize};

use crate::policy::{AllOnGpu, AllOnPim, Pimoe, Policy, Sieve, SievePlus};

/// A method (arXiv 2605.11277 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Everything on the GPU, whose HBM has no PIM.
    GpuOnly,
    /// Attention on PIM, experts on the GPU.
    Noexp,
    /// Attention and all experts on PIM.
    Allexp,
    /// PIMoE: whole experts on channels, popular experts of busy channels moved to the GPU.
    Pimoe,
    /// PIMoE's rule on Sieve's layout, to separate policy from layout.
    PimoeTp,
    /// Sieve.
    Sieve,
    /// Sieve with what it sees of contention, and a runtime that settles mini-batches and the GPU's share of attention.
    #[serde(rename = "sieve+")]
    SievePlus,
    /// The partition of every layer with the least simulated time, which no runtime could know.
    Optimal,
}

/// How an expert's weights lie on the PIM channels of its GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpertLayout {
    /// Over all channels.
    TensorParallel,
    /// On a channel group of its own.
    ExpertParallel,
}

/// What distinguishes a method.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// Name on the command line and in files.
    pub name: &'static str,
    /// Name in figures.
    pub title: &'static str,
    /// HBM has PIM, which does decode attention.
    pub pim: bool,
    /// Layout of experts on PIM.
    pub layout: ExpertLayout,
    /// Places experts at run time, which takes the scheduler's time.
    pub schedules: bool,
    /// Settles parts of its runtime on the warm-up steps.
    pub tunes: bool,
    /// Simulates partitions to find the best one.
    pub searches: bool,
}

impl Method {
    /// The methods of the paper, in its order; what is run by default.
    pub const ALL: [Self; 6] =
        [Self::GpuOnly, Self::Noexp, Self::Allexp, Self::Pimoe, Self::PimoeTp, Self::Sieve];

    /// Those beyond the paper.
    pub const BEYOND: [Self; 2] = [Self::SievePlus, Self::Optimal];

    /// All of them.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::BEYOND)
    }

    /// Its row of the table of methods.
    #[must_use]
    pub fn traits(self) -> Traits {
        use ExpertLayout::{ExpertParallel, TensorParallel};
        let fixed = |name, title| Traits {
            name,
            title,
            pim: true,
            layout: TensorParallel,
            schedules: false,
            tunes: false,
            searches: false,
        };
        let placing = |name, title| Traits { schedules: true, ..fixed(name, title) };
        match self {
            Self::GpuOnly => Traits { pim: false, ..fixed("gpu-only", "GPU-Only") },
            Self::Noexp => fixed("noexp", "NoExp"),
            Self::Allexp => fixed("allexp", "AllExp"),
            Self::Pimoe => Traits { layout: ExpertParallel, ..placing("pimoe", "PIMoE") },
            Self::PimoeTp => placing("pimoe-tp", "PIMoE-TP"),
            Self::Sieve => placing("sieve", "Sieve"),
            Self::SievePlus => Traits { tunes: true, ..placing("sieve+", "Sieve+") },
            Self::Optimal => Traits { searches: true, ..fixed("optimal", "Optimal") },
        }
    }

    /// Its policy, for a GPU whose channels form so many groups.
    #[must_use]
    pub fn policy(self, groups: usize) -> Box<dyn Policy> {
        match self {
            Self::GpuOnly | Self::Noexp => Box::new(AllOnGpu),
            Self::Allexp => Box::new(AllOnPim),
            Self::Pimoe | Self::PimoeTp => Box::new(Pimoe::new(groups)),
            // What the search begins with.
            Self::Sieve | Self::Optimal => Box::new(Sieve::default()),
            Self::SievePlus => Box::new(SievePlus::default()),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.traits().name)
    }
}

impl FromStr for Method {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        Self::every().find(|method| method.traits().name == text).ok_or_else(|| {
            Unknown::new("method", text, Self::every().map(|method| method.traits().name))
        })
    }
}
