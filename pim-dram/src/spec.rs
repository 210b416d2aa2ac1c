//! What a user writes about a device: one RON file of data-sheet numbers, each with its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alu::Arithmetic;
use crate::energy::{Budgets, EnergySpec};
use crate::family::{Family, HalfClocks, RuleSpec};
use crate::geometry::{Geometry, Level};
use crate::similar::Unknown;
use crate::time::Clock;

/// Presets that ship with the crate: name and RON text of a [`DeviceSpec`].
pub const PRESETS: &[(&str, &str)] = include!("../presets/whole.rs");

/// Presets that are another preset with deviations: name and RON text of a [`Derived`].
pub const DERIVED: &[(&str, &str)] = include!("../presets/derived.rs");

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
    /// PIM units and their buffers; `None` for a DRAM without.
    #[serde(default)]
    pub pim: Option<PimSpec>,
    /// Refresh scheme.
    pub refresh: Refresh,
    /// Timing parameters by their standard's name. Range: 0 to 1,048,576 clocks each.
    pub timing: BTreeMap<String, Delay>,
    /// Energy of what commands draw; without it no energy is reported.
    #[serde(default)]
    pub energy: Option<EnergySpec>,
    /// What PIM units take of the device; without it no budget is reported.
    #[serde(default)]
    pub budgets: Option<Budgets>,
    /// Name of the set of strategies that a host's controller follows on this device; `None` for the one that the user names.
    #[serde(default)]
    pub controller: Option<String>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
    /// Where another model of this device departs from the above, in the order of application.
    #[serde(default)]
    pub deviations: Vec<Deviation>,
}

/// One way in which another model of a device departs from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// Short name, unique in the device.
    pub name: String,
    /// One line: what the other model does.
    pub says: String,
    /// Timing parameters that it has otherwise.
    #[serde(default)]
    pub timing: BTreeMap<String, Delay>,
    /// Names of rules that it does not keep.
    #[serde(default)]
    pub without: Vec<String>,
    /// Rules of its own.
    #[serde(default)]
    pub rules: Vec<RuleSpec>,
    /// Commands that it has otherwise, by name.
    #[serde(default)]
    pub commands: BTreeMap<String, CommandChange>,
    /// Its activation policy.
    #[serde(default)]
    pub activation: Option<Activation>,
    /// Its refresh scheme.
    #[serde(default)]
    pub refresh: Option<Refresh>,
}

/// What is otherwise about a command; its rules stay, and so do the lanes of the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandChange {
    /// The level whose node it addresses. A multiply-accumulate that reaches less than a lane goes to the parts of the lane by
    /// turns.
    #[serde(default)]
    pub reach: Option<Level>,
    /// How long it occupies its bus.
    #[serde(default)]
    pub clocks: Option<HalfClocks>,
}

/// A preset that is another one with deviations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// Its name.
    pub name: String,
    /// The preset that it departs from.
    pub based_on: String,
    /// Its controller's set of strategies; that of the preset if `None`.
    #[serde(default)]
    pub controller: Option<String>,
    /// How, after the deviations that it has already.
    pub deviations: Vec<Deviation>,
}

impl Derived {
    /// The device, given the one that it is based on.
    #[must_use]
    pub fn on(self, mut base: DeviceSpec) -> DeviceSpec {
        base.name = self.name;
        base.controller = self.controller.or(base.controller);
        base.deviations.extend(self.deviations);
        base
    }
}

/// PIM units, each fed one burst of a bank per column command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PimSpec {
    /// Multipliers of a unit, which take one burst of operands. Range: `burst_bytes` / `element_bytes`.
    pub lanes: u32,
    /// Bytes of a weight or vector element. Range: 1 to 8, as long as `arithmetic.element`.
    pub element_bytes: u32,
    /// Bytes of one vector buffer, broadcast to all units of a lane. Range: up to 1,048,576, a multiple of `burst_bytes`.
    pub vector_buffer_bytes: u32,
    /// Vector buffers of a lane: 1, or 2 to write one while the other is read. Range: 1 to 2; 2 where the family can write
    /// ahead.
    pub vector_buffers: u32,
    /// Accumulators of a unit: outputs that are multiplied before their results are read together. Range: 1 to 64.
    pub accumulators: u32,
    /// Bytes of a result as it is read out. Range: 1 to 64.
    pub result_bytes: u32,
    /// Consecutive banks that share one unit, which works on one of them at a time. Range: a divisor of `banks`.
    pub banks_per_unit: u32,
    /// How PIM rows are opened.
    pub activation: Activation,
    /// Whether host and PIM bursts of a bank share its column path.
    pub column_path: ColumnPath,
    /// Formats that a unit computes in.
    pub arithmetic: Arithmetic,
}

/// How the PIM rows of a pseudo-channel are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// One bank a command.
    PerBank,
    /// So many consecutive banks a command. Range: 1 to `banks`, at most the budget of tFAW.
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

/// Refresh scheme; a refresh is never postponed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// No refresh.
    None,
    /// All banks that the command reaches at once, every tREFI.
    AllBank,
    /// One bank of a rank after the other, each once in tREFI.
    PerBank,
    /// The same bank of every bank group of a rank after the other, each once in tREFI.
    SameBank,
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
        let broken = |error| format!("device preset `{name}`: {error}");
        if let Some((_, text)) = DERIVED.iter().find(|(known, _)| *known == name) {
            let derived: Derived = ron::from_str(text).map_err(broken)?;
            return Ok(derived.clone().on(Self::preset(&derived.based_on)?));
        }
        let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known = PRESETS.iter().chain(DERIVED).map(|(name, _)| *name);
            return Err(Unknown::new("device preset", name, known).to_string());
        };
        ron::from_str(text).map_err(broken)
    }

    /// The device with the values of its deviations in the place of its own, so that what is set later wins; rules stay with the
    /// deviations, and so does what finds no place.
    #[must_use]
    pub fn settled(mut self) -> Self {
        for deviation in &mut self.deviations {
            self.timing.append(&mut deviation.timing);
            self.refresh = deviation.refresh.take().unwrap_or(self.refresh);
            if let Some(pim) = &mut self.pim {
                pim.activation = deviation.activation.take().unwrap_or(pim.activation);
            }
        }
        self
    }

    /// The device with its deviations applied, and the rules of its family as they change them.
    #[must_use]
    pub fn applied(&self, family: &Family) -> (Self, Family) {
        let (spec, mut family) = (self.clone().settled(), family.clone());
        for deviation in &spec.deviations {
            family.rules.retain(|rule| !deviation.without.contains(&rule.name));
            family.rules.extend(deviation.rules.iter().cloned());
            for command in &mut family.commands {
                let Some(change) = deviation.commands.get(&command.name) else { continue };
                command.reach = change.reach.unwrap_or(command.reach);
                command.clocks = change.clocks.unwrap_or(command.clocks);
            }
        }
        (spec, family)
    }
}

impl PimSpec {
    /// Units of the whole memory system.
    #[must_use]
    pub fn units(&self, geometry: &Geometry) -> u32 {
        geometry.total_banks() / self.banks_per_unit
    }

    /// Banks that one activation command of the policy opens, of a rank of `banks`.
    #[must_use]
    pub fn gang(&self, banks: u32) -> u32 {
        match self.activation {
            Activation::PerBank => 1,
            Activation::Ganged(gang) => gang,
            Activation::AllBank => banks,
        }
    }
}
