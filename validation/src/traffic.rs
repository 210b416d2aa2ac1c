//! What weights that a GPU streams and products of the units cost each other on one channel, by device and arbitration.

use std::num::NonZeroU32;

use pim_dram::device::{Device, DeviceError};
use pim_dram::layout::Matrix;
use pim_dram::sequencer::Arbitration;
use pim_dram::spec::{ColumnPath, DeviceSpec, PimSpec};
use pim_dram::traffic::{Load, READ_PER_PSEUDO_CHANNEL, Traffic, TrafficError, measure};
use thiserror::Error;

/// Gate and up of an expert of Qwen3-30B-A3B: twice its intermediate size, by its hidden size.
pub const MATRIX: Matrix = Matrix { outputs: 2 * 768, inputs: 2048 };

/// Tokens of the expert.
pub const VECTORS: u32 = 8;

/// Column commands of a turn.
const TURN: NonZeroU32 = NonZeroU32::MIN.saturating_add(63);

/// Who goes first.
pub const ARBITRATIONS: [Arbitration; 3] =
    [Arbitration::PimFirst, Arbitration::HostFirst, Arbitration::Batched(TURN)];

/// A way to build banks: its heading, its preset, its column path.
type Build = (&'static str, &'static str, ColumnPath);

const BUILDS: [Build; 3] = [
    ("One row buffer", "sieve-hbm3e-single", ColumnPath::Shared),
    ("Two row buffers, one column path", "sieve-hbm3e", ColumnPath::Shared),
    ("Two row buffers, two column paths", "sieve-hbm3e", ColumnPath::Separate),
];

/// Why there is no table.
#[derive(Debug, Error)]
pub enum TableError {
    /// A preset that is not shipped.
    #[error("{0}")]
    Preset(String),
    /// A device that does not resolve.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A load that cannot be measured.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
}

/// A device and what it makes of the load, under each of [`ARBITRATIONS`].
#[derive(Clone, Debug)]
pub struct Case {
    /// Its banks, in words.
    pub title: &'static str,
    /// The device.
    pub device: Device,
    /// In the order of [`ARBITRATIONS`].
    pub traffic: [Traffic; ARBITRATIONS.len()],
}

impl Case {
    fn of((title, preset, column_path): Build) -> Result<Self, TableError> {
        let mut spec = DeviceSpec::preset(preset).map_err(TableError::Preset)?;
        spec.pim = spec.pim.map(|pim| PimSpec { column_path, ..pim });
        let device = Device::new(&spec)?;
        let geometry = &device.spec.geometry;
        let load = Load {
            matrix: MATRIX,
            vectors: VECTORS,
            channels: geometry.channels,
            bytes: READ_PER_PSEUDO_CHANNEL * u64::from(geometry.total_pseudo_channels()),
            jobs: None,
        };
        let [pim, host, turns] = ARBITRATIONS.map(|of| measure(&device, &load, of, &mut ()));
        Ok(Self { title, traffic: [pim?, host?, turns?], device })
    }

    /// All of them: one row buffer, two with one column path, two with two.
    ///
    /// # Errors
    /// A shipped device that cannot be measured.
    pub fn all() -> Result<[Self; BUILDS.len()], TableError> {
        let [one, shared, separate] = BUILDS.map(Self::of);
        Ok([one?, shared?, separate?])
    }
}
