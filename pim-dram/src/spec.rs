//! What a user writes about a device: one RON file of data-sheet numbers, each with its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geometry::Geometry;
use crate::time::Clock;

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[("sieve-hbm3e", include_str!("../presets/sieve-hbm3e.ron"))];

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSpec {
    /// Name in reports.
    pub name: String,
    /// The family whose commands and rules it follows.
    pub family: String,
    /// Command clock.
    pub clock: Clock,
    /// Sizes.
    pub geometry: Geometry,
    /// PIM units and their buffers.
    pub pim: PimSpec,
    /// How PIM rows are opened.
    pub activation: Activation,
    /// Whether host and PIM bursts of a bank share its column path.
    pub column_path: ColumnPath,
    /// Refresh scheme.
    pub refresh: Refresh,
    /// Timing parameters by their standard's name.
    pub timing: BTreeMap<String, Delay>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// PIM units: one at each bank, fed one burst per column command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PimSpec {
    /// Multipliers of a unit, which take one burst of operands: `lanes * element_bytes` is the burst.
    pub lanes: u32,
    /// Bytes of a weight or vector element.
    pub element_bytes: u32,
    /// Bytes of one vector buffer, broadcast to all units of a pseudo-channel.
    pub vector_buffer_bytes: u32,
    /// Vector buffers of a pseudo-channel: 1, or 2 to write one while the other is read.
    pub vector_buffers: u32,
    /// Accumulators of a unit: outputs that are multiplied before their results are read together.
    pub accumulators: u32,
    /// Bytes of a result as it is read out.
    pub result_bytes: u32,
}

/// How the PIM rows of a pseudo-channel are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// One bank a command.
    PerBank,
    /// So many consecutive banks a command.
    Ganged(u32),
    /// All banks with one command.
    AllBank,
}

/// Whether the two open rows of a bank share its column path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnPath {
    /// Host bursts and PIM bursts of a bank exclude each other.
    Shared,
    /// They do not.
    Separate,
}

/// Refresh scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// No refresh.
    None,
    /// All banks of a pseudo-channel at once, every tREFI, never postponed.
    AllBank,
}

/// A delay as a data sheet gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delay {
    /// Clocks.
    Ck(u64),
    /// Nanoseconds.
    Ns(u64),
    /// Picoseconds.
    Ps(u64),
}

impl DeviceSpec {
    /// The shipped preset of that name.
    ///
    /// # Errors
    /// The text of the error says which presets exist, or where a shipped file does not parse.
    pub fn preset(name: &str) -> Result<Self, String> {
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = PRESETS.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "no device preset is called `{name}`; there is {}",
                known.join(", ")
            ));
        };
        ron::from_str(text).map_err(|error| format!("device preset `{name}`: {error}"))
    }

    /// Banks that one activation command of the policy opens.
    #[must_use]
    pub fn gang(&self) -> u32 {
        match self.activation {
            Activation::PerBank => 1,
            Activation::Ganged(banks) => banks,
            Activation::AllBank => self.geometry.banks,
        }
    }
}
