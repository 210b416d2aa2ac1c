//! Device families: the commands a kind of DRAM understands and the rules between them, as data.

mod clocks;
mod parameters;
mod roles;

use serde::{Deserialize, Serialize};

pub use self::clocks::HalfClocks;
pub use self::parameters::PARAMETERS;
pub use self::roles::{Activate, HostRoles, PimRoles, RefreshRoles, Roles};
use crate::dram::CommandId;
use crate::energy::Term;
use crate::geometry::Level;
use crate::similar::Unknown;

/// Families that ship with the crate: name and RON text.
pub const FAMILIES: &[(&str, &str)] = include!("../../families/all.rs");

/// Which command bus of a channel a command occupies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bus {
    /// Activations, precharges, refreshes.
    Row,
    /// Column commands.
    Column,
}

/// Which of a bank's open rows a command concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Buffer {
    /// The row buffer of host reads and writes.
    Host,
    /// The row buffer that feeds the PIM unit.
    Pim,
}

/// What a command does to, or wants of, the rows of the banks that it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowEffect {
    /// Nothing.
    Ignores,
    /// Opens a row; the buffer must be empty.
    Opens(Buffer),
    /// Needs its row open.
    Needs(Buffer),
    /// Needs its row open, and closes it.
    NeedsAndCloses(Buffer),
    /// Closes whatever is open.
    Closes(Buffer),
    /// Needs every buffer empty.
    Closed,
    /// Needs every buffer empty, and refreshes the banks.
    Refreshes,
}

impl RowEffect {
    /// Whether rows are closed after the command.
    #[must_use]
    pub fn closes(self) -> bool {
        matches!(self, Self::Closes(_) | Self::NeedsAndCloses(_))
    }

    /// Whether rows are others after the command.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, Self::Opens(_) | Self::NeedsAndCloses(_) | Self::Closes(_))
    }

    /// The buffer whose row the command needs open.
    #[must_use]
    pub fn needs(self) -> Option<Buffer> {
        match self {
            Self::Needs(buffer) | Self::NeedsAndCloses(buffer) => Some(buffer),
            _ => None,
        }
    }

    /// Whether the command says which row it opens or needs.
    #[must_use]
    pub fn names_row(self) -> bool {
        matches!(self, Self::Opens(_)) || self.needs().is_some()
    }
}

/// Where in a clock a command may issue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// On every tick.
    #[default]
    Any,
    /// On the first tick of a clock.
    Rising,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// Mnemonic, unique in the family.
    pub name: String,
    /// The command bus it occupies.
    pub bus: Bus,
    /// How long it occupies that bus.
    pub clocks: HalfClocks,
    /// Where in a clock it may issue.
    #[serde(default)]
    pub edge: Edge,
    /// The level whose node it addresses; it acts on all banks of the node.
    pub reach: Level,
    /// Row state.
    pub row: RowEffect,
    /// What it draws, priced by the device; a precharge is part of its activation.
    #[serde(default)]
    pub energy: Vec<Term>,
    /// One line of explanation.
    pub about: String,
}

/// When a rule is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// On devices whose two row buffers share one column path per bank.
    SharedColumnPath,
    /// On devices that refresh bank by bank.
    PerBankRefresh,
    /// On devices that refresh the same bank of every bank group at once.
    SameBankRefresh,
}

/// A command of `before` issues no sooner than `wait` after a command of `after` that reached a common node of `scope`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Name in reports, the standard's parameter where there is one.
    pub name: String,
    /// When it is in force.
    #[serde(default)]
    pub when: When,
    /// Where the two commands must meet.
    pub scope: Level,
    /// Within `scope` the two commands lie in different nodes of this level; anywhere if `None`.
    #[serde(default)]
    pub apart: Option<Level>,
    /// Earlier commands.
    pub after: Vec<String>,
    /// Later commands.
    pub before: Vec<String>,
    /// Delay, an expression over the device's timing parameters.
    pub wait: String,
    /// With a budget the rule bounds activations instead of spacing commands: at most this many banks are opened in any
    /// window of `wait`. `None` for plain spacing.
    #[serde(default)]
    pub budget: Option<u32>,
}

/// Which ticks of two commands a delay counts between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delays {
    /// From first tick on the bus to first tick on the bus.
    #[default]
    FirstEdge,
    /// From last tick on the bus to last tick on the bus.
    LastEdge,
}

/// A family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Its name.
    pub name: String,
    /// Where commands and rules come from.
    pub source: String,
    /// Commands.
    pub commands: Vec<CommandSpec>,
    /// Between which ticks of two commands the rules count.
    #[serde(default)]
    pub delays: Delays,
    /// Rules between them; the occupation of the command buses is added from `clocks`.
    pub rules: Vec<RuleSpec>,
    /// Commands by role.
    pub roles: Roles,
}

impl Family {
    /// The shipped family of that name.
    ///
    /// # Errors
    /// The text of the error says which families exist, or where a shipped file does not parse.
    pub fn shipped(name: &str) -> Result<Self, String> {
        let Some((_, text)) = FAMILIES.iter().find(|(known, _)| *known == name) else {
            let known = FAMILIES.iter().map(|(name, _)| *name);
            return Err(Unknown::new("family", name, known).to_string());
        };
        ron::from_str(text).map_err(|error| format!("family `{name}`: {error}"))
    }

    /// The command of that name.
    #[must_use]
    pub fn command(&self, name: &str) -> Option<&CommandSpec> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// Id of a command that is known to exist.
    pub(crate) fn id(&self, name: &str) -> CommandId {
        let at = self.commands.iter().position(|command| command.name == name);
        CommandId(at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX))
    }
}
