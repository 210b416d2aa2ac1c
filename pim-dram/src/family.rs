//! Device families: the commands a kind of DRAM understands and the rules between them, as data.

use serde::{Deserialize, Serialize};

use crate::energy::Term;
use crate::geometry::Level;
use crate::spec::{Activation, Refresh};

/// Families that ship with the crate: name and RON text.
pub const FAMILIES: &[(&str, &str)] = include!("../families/all.rs");

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
    /// Closes whatever is open.
    Closes(Buffer),
    /// Needs every buffer empty.
    Closed,
    /// Needs every buffer empty, and refreshes the banks.
    Refreshes,
}

impl RowEffect {
    /// Whether rows are others after the command.
    #[must_use]
    pub fn changes(self) -> bool {
        matches!(self, Self::Opens(_) | Self::Closes(_))
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSpec {
    /// Mnemonic, unique in the family.
    pub name: String,
    /// The command bus it occupies.
    pub bus: Bus,
    /// Clocks it occupies that bus.
    pub clocks: u32,
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

/// The commands that the lowering of matrix-vector products uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Opening of PIM rows, one command per activation policy.
    pub activate: Activate,
    /// Closes the PIM rows of a pseudo-channel.
    pub precharge: String,
    /// Writes one burst of the vector buffer.
    pub write_vector: String,
    /// Writes one burst of the vector buffer that is not being read; families with one buffer have none.
    #[serde(default)]
    pub write_vector_ahead: Option<String>,
    /// Sets the accumulators of every unit before they are used, where that takes a command.
    #[serde(default)]
    pub clear: Option<String>,
    /// Multiply-accumulates one burst in every unit.
    pub mac: String,
    /// Reads one burst of results.
    pub read_result: String,
    /// Refreshes all banks that it reaches.
    pub refresh: String,
    /// Refreshes one bank.
    #[serde(default)]
    pub refresh_per_bank: Option<String>,
    /// Refreshes the same bank of every bank group of a rank.
    #[serde(default)]
    pub refresh_same_bank: Option<String>,
    /// Closes the PIM row of one bank, so that a refresh of part of the banks leaves the others open.
    #[serde(default)]
    pub precharge_bank: Option<String>,
    /// Commands before the first vector of a job, such as a change of mode.
    #[serde(default)]
    pub setup: Vec<String>,
    /// Commands after the last result of a job.
    #[serde(default)]
    pub teardown: Vec<String>,
    /// Closes the host rows of a pseudo-channel, where banks hold a row for the host besides that of the PIM units.
    #[serde(default)]
    pub precharge_host: Option<String>,
}

/// The activation command of each policy that the family has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// One bank a command.
    #[serde(default)]
    pub per_bank: Option<String>,
    /// A gang of banks a command.
    #[serde(default)]
    pub ganged: Option<String>,
    /// All banks of a pseudo-channel.
    #[serde(default)]
    pub all_bank: Option<String>,
}

impl Activate {
    /// The command of a policy.
    #[must_use]
    pub fn of(&self, policy: Activation) -> Option<&String> {
        match policy {
            Activation::PerBank => self.per_bank.as_ref(),
            Activation::Ganged(_) => self.ganged.as_ref(),
            Activation::AllBank => self.all_bank.as_ref(),
        }
    }
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
    /// Rules between them; the occupation of the command buses is added from `clocks`.
    pub rules: Vec<RuleSpec>,
    /// Commands by role.
    pub roles: Roles,
}

impl Roles {
    /// The command of a refresh scheme; `None` for a scheme that the family does not have, or no refresh.
    #[must_use]
    pub fn refresh(&self, scheme: Refresh) -> Option<&String> {
        match scheme {
            Refresh::None => None,
            Refresh::AllBank => Some(&self.refresh),
            Refresh::PerBank => self.refresh_per_bank.as_ref(),
            Refresh::SameBank => self.refresh_same_bank.as_ref(),
        }
    }
}

impl Family {
    /// The shipped family of that name.
    ///
    /// # Errors
    /// The text of the error says which families exist, or where a shipped file does not parse.
    pub fn shipped(name: &str) -> Result<Self, String> {
        let Some((_, text)) = FAMILIES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<_> = FAMILIES.iter().map(|(name, _)| *name).collect();
            return Err(format!("no family is called `{name}`; there is {}", known.join(", ")));
        };
        ron::from_str(text).map_err(|error| format!("family `{name}`: {error}"))
    }
}
