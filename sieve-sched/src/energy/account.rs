//! Energy by what it went into.

use std::ops::AddAssign;

use pim_dram::energy::Draw;

use crate::time::Femtos;

/// Femtojoules by [`Draw`].
pub type Draws = [u128; Draw::ALL.len()];

/// Femtojoules of a stretch of time on all GPUs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Energy {
    /// Arithmetic of GPU kernels.
    pub gpu_compute: u128,
    /// What HBM brings, on its way to the registers.
    pub gpu_on_chip: u128,
    /// Power of the GPUs that does not depend on what they do.
    pub gpu_static: u128,
    /// What the GPUs read from HBM, and refresh.
    pub hbm: Draws,
    /// Power of the channels that does not depend on what they do.
    pub hbm_background: u128,
    /// Decode attention on PIM.
    pub pim_attention: Draws,
    /// Experts on PIM.
    pub pim_experts: Draws,
    /// Between GPUs.
    pub links: u128,
}

/// A part of an [`Energy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where: a key of the table in [`crate::energy`].
    pub component: &'static str,
    /// What for.
    pub part: &'static str,
    /// Femtojoules.
    pub fj: u128,
}

impl Energy {
    /// Every part that is not 0; they add up to [`Energy::total_fj`].
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let scalars = [
            ("gpu", "compute", self.gpu_compute),
            ("gpu", "on_chip", self.gpu_on_chip),
            ("gpu", "static", self.gpu_static),
            ("hbm", "background", self.hbm_background),
            ("links", "links", self.links),
        ];
        let draws = [
            ("hbm", self.hbm),
            ("pim_attention", self.pim_attention),
            ("pim_experts", self.pim_experts),
        ];
        let of_draws = draws.into_iter().flat_map(|(component, draws)| {
            Draw::ALL.map(|draw| (component, draw.name(), draws[draw as usize]))
        });
        let all = scalars.into_iter().chain(of_draws);
        all.map(|(component, part, fj)| Part { component, part, fj }).filter(|part| part.fj > 0)
    }

    /// All of it, in femtojoules.
    #[must_use]
    pub fn total_fj(&self) -> u128 {
        self.parts().map(|part| part.fj).sum()
    }

    /// Mean power of each of so many GPUs with all that belongs to it, W.
    #[must_use]
    pub fn watts(&self, time: Femtos, gpus: usize) -> f64 {
        // Femtojoules over femtoseconds are watts.
        self.total_fj() as f64 / time.as_ticks() as f64 / gpus as f64
    }

    /// All of a component, in femtojoules.
    #[must_use]
    pub fn component_fj(&self, component: &str) -> u128 {
        self.parts().filter(|part| part.component == component).map(|part| part.fj).sum()
    }
}

impl AddAssign<&Self> for Energy {
    fn add_assign(&mut self, more: &Self) {
        self.gpu_compute += more.gpu_compute;
        self.gpu_on_chip += more.gpu_on_chip;
        self.gpu_static += more.gpu_static;
        add(&mut self.hbm, &more.hbm, 1);
        self.hbm_background += more.hbm_background;
        add(&mut self.pim_attention, &more.pim_attention, 1);
        add(&mut self.pim_experts, &more.pim_experts, 1);
        self.links += more.links;
    }
}

/// Adds so many times the same.
pub(super) fn add(sum: &mut Draws, more: &Draws, times: u64) {
    for (sum, fj) in sum.iter_mut().zip(more) {
        *sum += fj * u128::from(times);
    }
}
