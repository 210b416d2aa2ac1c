//! What a user writes about energy: draws of commands in a family, their prices and the budgets in a device.

use serde::{Deserialize, Serialize};

use crate::geometry::Level;
use crate::spec::{Delay, DeviceSpec};

/// A kind of event that costs energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// A row of one bank is opened, to be closed again.
    Activation,
    /// A burst moves between the cells and the column decoder of one bank.
    Column,
    /// A PIM unit multiplies and adds one burst.
    Mac,
    /// A burst moves from the vector buffer to all PIM units of a pseudo-channel, or into a buffer of each of them.
    Broadcast,
    /// A burst moves between column decoders, or PIM units, and the interface of the device.
    Path,
    /// A burst moves between the interface and the host.
    Io,
    /// One bank does its part of a refresh.
    Refresh,
}

impl Draw {
    /// Every kind, in the order of [`Draw`] as a number.
    pub const ALL: [Self; 7] = [
        Self::Activation,
        Self::Column,
        Self::Mac,
        Self::Broadcast,
        Self::Path,
        Self::Io,
        Self::Refresh,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Column => "column",
            Self::Mac => "mac",
            Self::Broadcast => "broadcast",
            Self::Path => "path",
            Self::Io => "io",
            Self::Refresh => "refresh",
        }
    }

    /// Whether it counts towards the peak: what rows and units take at about the time of the command. A refresh takes its
    /// energy over tRFC, much longer than a window; path and host interface are loaded no more than without PIM.
    #[must_use]
    pub fn in_peak(self) -> bool {
        match self {
            Self::Activation | Self::Column | Self::Mac | Self::Broadcast => true,
            Self::Path | Self::Io | Self::Refresh => false,
        }
    }
}

/// What a command draws: so many times `draws` for each node of level `each` below its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What.
    pub draws: Draw,
    /// Once for each node of this level.
    pub each: Level,
    /// Nodes below the node of this level that holds the target, where a command acts on more banks than it addresses.
    #[serde(default)]
    pub of: Option<Level>,
    /// Draws of each node.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

/// Energy of each [`Draw`] and of doing nothing. A number is above 0 if a command of the family draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergySpec {
    /// A row of one bank opened and closed again: activation and precharge come in pairs, and so do their measurements.
    /// Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub activation_pj: f64,
    /// A bit between the cells and the column decoder. Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub column_pj_per_bit: f64,
    /// One multiply-accumulate of one lane. Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub mac_pj: f64,
    /// A bit of the vector, to all units of a pseudo-channel together. Range: 0 to 1,000,000,000; above 0 where a command
    /// draws it.
    pub broadcast_pj_per_bit: f64,
    /// A bit between column decoder, or unit, and interface. Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub path_pj_per_bit: f64,
    /// A bit between interface and host. Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub io_pj_per_bit: f64,
    /// One bank's part of one refresh command. Range: 0 to 1,000,000,000; above 0 where a command draws it.
    pub refresh_pj: f64,
    /// Power of one pseudo-channel, whatever it does. Range: above 0, at most 1,000,000,000.
    pub background_mw: f64,
}

impl EnergySpec {
    /// Field and number that price a draw.
    pub(crate) fn number(&self, draw: Draw) -> (&'static str, f64) {
        match draw {
            Draw::Activation => ("activation_pj", self.activation_pj),
            Draw::Column => ("column_pj_per_bit", self.column_pj_per_bit),
            Draw::Mac => ("mac_pj", self.mac_pj),
            Draw::Broadcast => ("broadcast_pj_per_bit", self.broadcast_pj_per_bit),
            Draw::Path => ("path_pj_per_bit", self.path_pj_per_bit),
            Draw::Io => ("io_pj_per_bit", self.io_pj_per_bit),
            Draw::Refresh => ("refresh_pj", self.refresh_pj),
        }
    }

    /// Femtojoules of one draw, rounded to the nearest; the only place where a float becomes an energy.
    pub(crate) fn femtojoules(&self, draw: Draw, device: &DeviceSpec) -> u64 {
        let units = match draw {
            Draw::Activation | Draw::Refresh => 1.0,
            Draw::Mac => device.pim.map_or(0.0, |pim| f64::from(pim.lanes)),
            Draw::Column | Draw::Broadcast | Draw::Path | Draw::Io => {
                8.0 * f64::from(device.geometry.burst_bytes)
            }
        };
        (1000.0 * units * self.number(draw).1).round() as u64
    }
}

/// What PIM units take of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budgets {
    /// Share of the capacity that the device would have without PIM units; `None` where nobody has said. Range: 0 to below 1.
    #[serde(default)]
    pub capacity_lost_share: Option<f64>,
    /// Share of the area of a DRAM die; `None` where nobody has said. Range: 0 to below 1.
    #[serde(default)]
    pub area_share: Option<f64>,
    /// What the supply of a command channel can give.
    pub peak: PeakLimit,
}

/// The most that rows and PIM units of one command channel may take within a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakLimit {
    /// Energy of any window over its length. Range: above 0, at most 1,000,000,000.
    pub limit_mw: f64,
    /// Length of the window. Range: above 0.
    pub window: Delay,
}
