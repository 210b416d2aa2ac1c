//! The methods compared: which work may go to PIM, how experts lie there, and which policy places them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::policy::{AllOnGpu, AllOnPim, Pimoe, Policy, Sieve};

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
}

impl Method {
    /// Every method, in the order of the paper.
    pub const ALL: [Self; 6] =
        [Self::GpuOnly, Self::Noexp, Self::Allexp, Self::Pimoe, Self::PimoeTp, Self::Sieve];

    /// Its row of the table of methods.
    #[must_use]
    pub fn traits(self) -> Traits {
        use ExpertLayout::{ExpertParallel as Ep, TensorParallel as Tp};
        let row =
            |name, title, pim, layout, schedules| Traits { name, title, pim, layout, schedules };
        match self {
            Self::GpuOnly => row("gpu-only", "GPU-Only", false, Tp, false),
            Self::Noexp => row("noexp", "NoExp", true, Tp, false),
            Self::Allexp => row("allexp", "AllExp", true, Tp, false),
            Self::Pimoe => row("pimoe", "PIMoE", true, Ep, true),
            Self::PimoeTp => row("pimoe-tp", "PIMoE-TP", true, Tp, true),
            Self::Sieve => row("sieve", "Sieve", true, Tp, true),
        }
    }

    /// Its policy, for a GPU whose channels form so many groups.
    #[must_use]
    pub fn policy(self, groups: usize) -> Box<dyn Policy> {
        match self {
            Self::GpuOnly | Self::Noexp => Box::new(AllOnGpu),
            Self::Allexp => Box::new(AllOnPim),
            Self::Pimoe | Self::PimoeTp => Box::new(Pimoe::new(groups)),
            Self::Sieve => Box::new(Sieve::default()),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.traits().name)
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|method| method.traits().name == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|method| method.traits().name).collect();
            format!("no method is called `{text}`; there is {}", known.join(", "))
        })
    }
}
