//! How long launches take: one module per law, one interface.

pub mod calibrated;
pub mod roofline;

use std::ops::{Add, AddAssign};

use crate::launch::{Kind, Launch, total};
use crate::time::{Femtos, sum};

pub use calibrated::{Calibrated, CalibratedSpec, InvalidLaw, KernelLaw};
pub use roofline::Roofline;

/// What launches take, in parts that add up over launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whatever the work: launching, and setting up groups.
    pub fixed: Femtos,
    /// Moving bytes between HBM and the GPU.
    pub memory: Femtos,
    /// Computing.
    pub compute: Femtos,
}

impl Terms {
    /// Nothing.
    pub const ZERO: Self = Self {
        fixed: Femtos::from_ticks(0),
        memory: Femtos::from_ticks(0),
        compute: Femtos::from_ticks(0),
    };
}

impl Add for Terms {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            fixed: sum(self.fixed, other.fixed),
            memory: sum(self.memory, other.memory),
            compute: sum(self.compute, other.compute),
        }
    }
}

impl AddAssign for Terms {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// The law of a GPU.
#[derive(Clone, Debug, PartialEq)]
pub enum Law {
    /// Peak rates, the longer of memory and compute time.
    Roofline(Roofline),
    /// Fitted to measurements, kind by kind.
    Calibrated(Box<Calibrated>),
}

impl Law {
    /// How long the launches, one after another, hold the GPU when HBM is as fast as the law takes it to be. A roofline
    /// leaves the bytes to the HBM, a measured kernel includes them: either way the launches take this or as long as HBM needs.
    #[must_use]
    pub fn pace(&self, launches: &[Launch]) -> Femtos {
        match self {
            Self::Roofline(roofline) => roofline.compute_time(total(launches).flops),
            Self::Calibrated(law) => launches
                .iter()
                .fold(Femtos::from_ticks(0), |time, launch| sum(time, law.time(launch))),
        }
    }

    /// The parts of the time of launches.
    #[must_use]
    pub fn terms(&self, launches: &[Launch]) -> Terms {
        match self {
            Self::Roofline(roofline) => roofline.terms(total(launches)),
            Self::Calibrated(law) => {
                launches.iter().fold(Terms::ZERO, |terms, launch| terms + law.terms(launch))
            }
        }
    }

    /// What launching a kernel of that kind takes before any work, and [`Law::added`] leaves out.
    #[must_use]
    pub fn launching(&self, kind: Kind) -> Terms {
        match self {
            Self::Roofline(_) => Terms::ZERO,
            Self::Calibrated(law) => law.launching(kind),
        }
    }

    /// What a launch's groups add to one that takes place anyway.
    #[must_use]
    pub fn added(&self, launch: &Launch) -> Terms {
        let mut terms = self.terms(std::slice::from_ref(launch));
        if !launch.is_empty() {
            terms.fixed -= self.launching(launch.kind).fixed;
        }
        terms
    }

    /// Time of all that has these terms, taken as one launch: what a runtime may expect.
    #[must_use]
    pub fn expected(&self, terms: Terms) -> Femtos {
        match self {
            Self::Roofline(_) => terms.memory.max(terms.compute),
            Self::Calibrated(law) => law.expected(terms),
        }
    }
}
