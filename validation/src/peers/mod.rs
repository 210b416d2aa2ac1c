//! Other simulators' products on our engine: the device is a preset with their deviations, the order and pace in which
//! commands are issued is their front end's, one file each. Every front end runs one channel, as all that take part do alike.

pub mod aim;
pub mod attacc;
pub mod hbm_pim;
pub mod newton;

use std::str::FromStr;

use pim_dram::DeviceSpec;
use pim_dram::device::{Device, DeviceError};
use pim_dram::layout::{LayoutError, Matrix};
use pim_dram::order::Order;
use pim_dram::sequencer::Sink;
use pim_dram::similar::Unknown;
use pim_dram::spec::Refresh;
use thiserror::Error;

/// A simulator whose cycles are reproduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// The GDDR6-AiM simulator.
    Aim,
    /// AttAcc's simulator, multiply-accumulates slowed to the power limit.
    Attacc,
    /// The same without the power limit.
    AttaccNpc,
    /// NewtonSim in its Newton mode: one row buffer.
    Newton,
    /// NewtonSim in its NeuPIMs mode: two row buffers, composite commands.
    Neupims,
    /// Samsung's PIMSimulator.
    HbmPim,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Aim, Self::Attacc, Self::AttaccNpc, Self::Newton, Self::Neupims, Self::HbmPim];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Attacc => "attacc",
            Self::AttaccNpc => "attacc-npc",
            Self::Newton => "newton",
            Self::Neupims => "neupims",
            Self::HbmPim => "hbm-pim",
        }
    }

    /// Channels of the memory system that its authors simulate; pseudo-channels for HBM-PIM.
    #[must_use]
    pub fn channels(self) -> u32 {
        match self {
            Self::Aim | Self::Newton | Self::Neupims => 32,
            Self::Attacc | Self::AttaccNpc => 16,
            Self::HbmPim => 64,
        }
    }

    /// What its host does unlike ours.
    #[must_use]
    pub fn host(self) -> &'static str {
        match self {
            Self::Aim => "instructions strictly in order, rows never opened ahead; fixed layout",
            Self::Attacc | Self::AttaccNpc => {
                "a barrier between phases, inputs over the banks of a group; stops at the last issue; fixed layout"
            }
            Self::Newton | Self::Neupims => {
                "one request at a time, rows closed bank by bank, slack kept before refresh; fixed layout"
            }
            Self::HbmPim => {
                "a barrier every eight bursts, modes through rows; results neither read nor reduced; fixed layout"
            }
        }
    }

    /// Its preset.
    #[must_use]
    pub fn preset(self) -> String {
        format!("{}-compat", self.name())
    }

    /// The preset that its own departs from.
    #[must_use]
    pub fn strict(self) -> &'static str {
        match self {
            Self::Aim => "gddr6-aim",
            Self::Attacc | Self::AttaccNpc => "attacc-hbm3",
            Self::Newton => "newton-hbm2",
            Self::Neupims => "neupims-hbm2",
            Self::HbmPim => "samsung-hbm-pim",
        }
    }

    /// The device of its preset; `refresh` overrides whether it refreshes.
    ///
    /// # Errors
    /// A shipped file that does not parse.
    pub fn spec(self, refresh: Option<bool>) -> Result<DeviceSpec, PeerError> {
        let spec = DeviceSpec::preset(&self.preset()).map_err(PeerError::Preset)?;
        Ok(Self::refreshing(spec, refresh))
    }

    /// A device that refreshes or does not, whatever its deviations say.
    #[must_use]
    pub fn refreshing(mut spec: DeviceSpec, refresh: Option<bool>) -> DeviceSpec {
        if let Some(on) = refresh {
            spec.refresh = if on { Refresh::AllBank } else { Refresh::None };
            spec.deviations.iter_mut().for_each(|deviation| deviation.refresh = None);
        }
        spec
    }

    /// Runs a product as the peer's host would, on a device from [`Peer::spec`]; the cycles that the peer reports.
    ///
    /// # Errors
    /// A loop order that the peer does not have.
    pub fn gemv(
        self,
        device: &Device,
        product: &Product,
        sink: &mut impl Sink,
    ) -> Result<u64, PeerError> {
        if let Some(order) = product.order.filter(|_| self != Self::Aim) {
            return Err(PeerError::Order {
                peer: self.name(),
                order,
                known: "none to choose from",
            });
        }
        match self {
            Self::Aim => aim::gemv(device, product, sink),
            Self::Attacc | Self::AttaccNpc => attacc::gemv(device, product, sink),
            Self::Newton | Self::Neupims => newton::gemv(device, product, sink),
            Self::HbmPim => hbm_pim::gemv(device, product, sink),
        }
    }
}

impl FromStr for Peer {
    type Err = PeerError;

    fn from_str(name: &str) -> Result<Self, PeerError> {
        let found = Self::ALL.into_iter().find(|peer| peer.name() == name);
        found.ok_or_else(|| Unknown::new("peer", name, Self::ALL.map(Self::name)).into())
    }
}

/// y = W x for several vectors on the first channels of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// The matrix.
    pub matrix: Matrix,
    /// Vectors, one after the other.
    pub tokens: u32,
    /// Channels of the device.
    pub channels: u32,
    /// Loop order, for peers that have a choice.
    pub order: Option<Order>,
}

/// Why a product cannot be run.
#[derive(Debug, Error)]
pub enum PeerError {
    /// A name that is no peer's, or no kernel's.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// A loop order that the peer's host does not know.
    #[error("{peer} has no loop order `{order}`; it has {known}")]
    Order {
        /// The peer.
        peer: &'static str,
        /// What was given.
        order: Order,
        /// What is allowed.
        known: &'static str,
    },
    /// Vectors that do not fit the rows that the peer's host gives them.
    #[error("vectors of {elements} elements; {most} fit the rows that the peer's host gives them")]
    Elements {
        /// What was given.
        elements: u64,
        /// What is allowed.
        most: u64,
    },
    /// The matrix cannot be placed on the strict device.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A device without a command that the peer's host issues.
    #[error("device `{device}` has no command `{command}`, which the peer's host issues")]
    Command {
        /// The device.
        device: String,
        /// The command.
        command: &'static str,
    },
    /// The device does not resolve.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A shipped file is broken.
    #[error("{0}")]
    Preset(String),
}
