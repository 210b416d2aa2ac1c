//! A transformer block of Llama 2 on CENT (ASPLOS'25): GDDR6-AiM devices with units near the memory, joined by CXL.
//!
//! | part of a block's time | what | where |
//! |---|---|---|
//! | PIM | one new token through the block as AiM instructions, simulated to the cycle | [`block`], [`peers::aim::system`](crate::peers::aim::system) |
//! | near-memory units | reductions, exponentials, softmax, rotary embedding: the authors' closed form | [`around`] |
//! | links | vectors between devices: the authors' closed form | [`around`] |
//!
//! The three are added up, as the authors do. Channels of a device that several blocks share run those blocks in lockstep.

pub mod around;
pub mod block;
pub mod table;

mod emit;
mod rows;

use serde::Deserialize;
use thiserror::Error;

use crate::golden::TableError;
use crate::peers::PeerError;

const ASSUMPTIONS: &str = include_str!("../golden/cent_models.ron");

/// Why a block cannot be run.
#[derive(Debug, Error)]
pub enum CentError {
    /// The shipped assumptions do not parse.
    #[error("golden/cent_models.ron: {0}")]
    Assumptions(#[from] ron::error::SpannedError),
    /// The shipped table does not parse.
    #[error("golden/cent.csv: {0}")]
    Table(#[from] TableError),
    /// A model that the assumptions do not have.
    #[error("no model of CENT is called `{0}`")]
    Model(String),
    /// The front end refuses.
    #[error(transparent)]
    Peer(#[from] PeerError),
}

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Width of the residual stream.
    pub dim: u32,
    /// Query heads, of 128 elements.
    pub heads: u32,
    /// Key and value heads.
    pub kv_heads: u32,
    /// Width of the feed-forward network.
    pub ffn: u32,
    /// Transformer blocks.
    pub blocks: u32,
}

/// How a model is spread over devices of 32 channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// The model.
    pub model: Model,
    /// Devices.
    pub devices: u32,
    /// Stages, each with blocks of its own.
    pub pipeline: u32,
    /// Devices that share the matrices of a block.
    pub tensor: u32,
    /// Channels of a device that a block has.
    pub channels: u32,
}

/// What the authors assume.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Repository and files.
    pub source: String,
    /// Models.
    pub models: Vec<Model>,
    /// Units near the memory.
    pub units: around::Units,
    /// Links between devices.
    pub links: around::Links,
}

impl Assumptions {
    /// Those that ship with the crate.
    ///
    /// # Errors
    /// A file that does not parse.
    pub fn shipped() -> Result<Self, CentError> {
        Ok(ron::from_str(ASSUMPTIONS)?)
    }

    /// Time of one token in near-memory units and on links, in nanoseconds.
    #[must_use]
    pub fn around_ns(&self, arrangement: &Arrangement, length: u32) -> f64 {
        self.units.ns(arrangement, length) + self.links.ns(arrangement)
    }

    /// The model of that name.
    ///
    /// # Errors
    /// A name that is no model's.
    pub fn model(&self, name: &str) -> Result<&Model, CentError> {
        let found = self.models.iter().find(|model| model.name == name);
        found.ok_or_else(|| CentError::Model(name.to_owned()))
    }
}

impl Arrangement {
    /// Blocks that share a device.
    #[must_use]
    pub fn blocks_per_device(&self) -> u32 {
        (CHANNELS / self.channels).max(1)
    }

    /// Whether whole blocks are handed from device to device, rather than parts of their vectors.
    #[must_use]
    pub fn whole_blocks(&self) -> bool {
        self.pipeline == self.model.blocks
    }
}

/// Channels of a device.
pub const CHANNELS: u32 = 32;
/// Banks of a channel.
const BANKS: u32 = 16;
/// Elements of a row.
const ROW: u32 = 1024;
/// Elements of a burst.
const BURST: u32 = 16;
/// Elements of a head.
pub(crate) const HEAD: u32 = 128;
/// Tokens for which keys and values have room.
const ROOM: u32 = 4096;
/// Accumulators that a unit is taken to have; half of them where the activation function needs a place, too.
const ACCUMULATORS: u32 = 32;
