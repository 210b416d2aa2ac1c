//! What a run cost.

use super::spec::Draw;
use crate::dram::Dram;
use crate::tally::Tally;
use crate::time::Ticks;

/// Femtojoules of a run, by what they went into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Energy {
    /// By [`Draw`].
    draws: [u128; Draw::ALL.len()],
    /// Background power over the time of the run.
    background: u128,
}

impl Energy {
    /// Of one command channel over `ticks`; `None` if the device has no energy numbers.
    #[must_use]
    pub fn of(device: &Dram, tally: &Tally, ticks: Ticks) -> Option<Self> {
        let energy = device.spec.energy.as_ref()?;
        let pseudo_channels = u128::from(device.spec.geometry.pseudo_channels);
        // A microwatt over a femtosecond is a millionth of a femtojoule.
        let microwatts = (1000.0 * energy.background_mw).round() as u128;
        let time = u128::from(device.clock.femtos(ticks).as_ticks());
        Some(Self {
            draws: tally.energy_fj,
            background: pseudo_channels * microwatts * time / 1_000_000,
        })
    }

    /// The same on `all` lanes of which `busy` do what one of the `lanes` of the channel did; the others are only refreshed.
    #[must_use]
    pub fn spread(&self, lanes: u32, busy: u32, all: u32) -> Self {
        let scale = |fj: u128, times: u32| fj * u128::from(times) / u128::from(lanes);
        let mut draws = self.draws.map(|fj| scale(fj, busy));
        draws[Draw::Refresh as usize] = scale(self.draws[Draw::Refresh as usize], all);
        Self { draws, background: scale(self.background, all) }
    }

    /// Of a draw, in femtojoules.
    #[must_use]
    pub fn fj(&self, draw: Draw) -> u128 {
        self.draws[draw as usize]
    }

    /// Name and femtojoules of every part; they add up to [`Energy::total_fj`].
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, u128)> + use<> {
        let background = std::iter::once(("background", self.background));
        Draw::ALL.map(Draw::name).into_iter().zip(self.draws).chain(background)
    }

    /// All of it, in femtojoules.
    #[must_use]
    pub fn total_fj(&self) -> u128 {
        self.parts().map(|(_, fj)| fj).sum()
    }
}
