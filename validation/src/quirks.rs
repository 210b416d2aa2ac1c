//! What each deviation of another simulator is worth: from its cycles to those of our strict device, one cause at a time.

use pim_dram::device::Device;
use pim_dram::gemv::Gemv;
use pim_dram::layout::Matrix;
use serde::Serialize;

use crate::peers::{Peer, PeerError, Product};

/// The product that the table is made of.
pub const MATRIX: Matrix = Matrix { outputs: 4096, inputs: 4096 };

/// A cause and the cycles once it is gone, together with those before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its short name.
    pub name: String,
    /// What the other simulator does.
    pub says: String,
    /// Cycles without it and without all above.
    pub cycles: u64,
}

/// One simulator's way to the strict device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waterfall {
    /// The simulator.
    pub peer: &'static str,
    /// The strict device.
    pub device: String,
    /// Channels that take part.
    pub channels: u32,
    /// Cycles as the simulator reports them.
    pub reported: u64,
    /// Deviations of the device in the order of its file; last, the host.
    pub steps: Vec<Step>,
}

impl Waterfall {
    /// Takes one deviation after the other away, then the host.
    ///
    /// # Errors
    /// A device that does not resolve, a matrix that does not fit.
    pub fn of(peer: Peer) -> Result<Self, PeerError> {
        let channels = peer.channels();
        let product = Product { matrix: MATRIX, tokens: 1, channels, order: None };
        let mut spec = peer.spec(None)?;
        let reported = peer.gemv(&Device::new(&spec)?, &product, &mut ())?;
        let mut steps = Vec::new();
        while !spec.deviations.is_empty() {
            let gone = spec.deviations.remove(0);
            let cycles = peer.gemv(&Device::new(&spec)?, &product, &mut ())?;
            steps.push(Step { name: gone.name, says: gone.says, cycles });
        }
        let strict = Device::new(&spec)?;
        let ours = Gemv::simulate(&strict, MATRIX, 1, channels, None)?;
        steps.push(Step {
            name: "host".to_owned(),
            says: peer.host().to_owned(),
            cycles: strict.clock.clocks(ours.ticks),
        });
        let device = peer.preset()?.based_on;
        Ok(Self { peer: peer.name(), device, channels, reported, steps })
    }

    /// All simulators'.
    ///
    /// # Errors
    /// As [`Waterfall::of`].
    pub fn all() -> Result<Vec<Self>, PeerError> {
        Peer::ALL.into_iter().map(Self::of).collect()
    }
}
