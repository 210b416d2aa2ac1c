//! Which command of a family does what: for refresh, for the host, and for the lowering of matrix-vector products.

use serde::{Deserialize, Serialize};

use crate::spec::{Activation, Refresh};

/// Commands by what they are for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// Refresh.
    pub refresh: RefreshRoles,
    /// Plain accesses; `None` where the family has no such commands.
    #[serde(default)]
    pub host: Option<HostRoles>,
    /// Products; `None` for a DRAM without PIM units.
    #[serde(default)]
    pub pim: Option<PimRoles>,
}

impl Roles {
    /// Every command that has a role.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let Self { refresh, host, pim } = self;
        let host = host.iter().flat_map(HostRoles::commands);
        refresh.names().chain(host).chain(pim.iter().flat_map(PimRoles::names))
    }
}

/// The command of each refresh scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRoles {
    /// Refreshes all banks that it reaches.
    pub all_bank: String,
    /// Refreshes one bank.
    #[serde(default)]
    pub per_bank: Option<String>,
    /// Refreshes the same bank of every bank group of a rank.
    #[serde(default)]
    pub same_bank: Option<String>,
}

impl RefreshRoles {
    /// The command of a scheme; `None` for a scheme that the family does not have, or no refresh.
    #[must_use]
    pub fn of(&self, scheme: Refresh) -> Option<&String> {
        match scheme {
            Refresh::None => None,
            Refresh::AllBank => Some(&self.all_bank),
            Refresh::PerBank => self.per_bank.as_ref(),
            Refresh::SameBank => self.same_bank.as_ref(),
        }
    }

    /// Every command.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        [Some(&self.all_bank), self.per_bank.as_ref(), self.same_bank.as_ref()]
            .into_iter()
            .flatten()
    }
}

/// What a host needs to read and write: names in a family, ids in a resolved device.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRoles<C = String> {
    /// Opens a row of one bank.
    pub activate: C,
    /// Closes the row of one bank.
    pub precharge: C,
    /// Closes the rows of more than one bank.
    pub precharge_all: C,
    /// Reads one burst of the open row.
    pub read: C,
    /// Writes one burst of the open row.
    pub write: C,
    /// Reads one burst and closes the row.
    pub read_precharge: Option<C>,
    /// Writes one burst and closes the row.
    pub write_precharge: Option<C>,
}

impl<C> HostRoles<C> {
    /// Every command.
    pub fn commands(&self) -> impl Iterator<Item = &C> {
        let needed =
            [&self.activate, &self.precharge, &self.precharge_all, &self.read, &self.write];
        needed.into_iter().chain(&self.read_precharge).chain(&self.write_precharge)
    }

    /// Those that move a burst.
    pub fn bursts(&self) -> impl Iterator<Item = &C> {
        [&self.read, &self.write]
            .into_iter()
            .chain(&self.read_precharge)
            .chain(&self.write_precharge)
    }

    /// The same roles, each command as `of` says.
    pub fn map<D>(&self, of: impl Fn(&C) -> D) -> HostRoles<D> {
        HostRoles {
            activate: of(&self.activate),
            precharge: of(&self.precharge),
            precharge_all: of(&self.precharge_all),
            read: of(&self.read),
            write: of(&self.write),
            read_precharge: self.read_precharge.as_ref().map(&of),
            write_precharge: self.write_precharge.as_ref().map(&of),
        }
    }
}

/// What the lowering of matrix-vector products uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PimRoles {
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
    /// Closes the PIM row of one bank, so that a refresh of part of the banks leaves the others open.
    #[serde(default)]
    pub precharge_bank: Option<String>,
    /// Commands before the first vector of a job, such as a change of mode.
    #[serde(default)]
    pub setup: Vec<String>,
    /// Commands after the last result of a job.
    #[serde(default)]
    pub teardown: Vec<String>,
}

impl PimRoles {
    /// Every command.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let Activate { per_bank, ganged, all_bank } = &self.activate;
        let optional = [
            per_bank,
            ganged,
            all_bank,
            &self.write_vector_ahead,
            &self.clear,
            &self.precharge_bank,
        ];
        [&self.precharge, &self.write_vector, &self.mac, &self.read_result]
            .into_iter()
            .chain(optional.into_iter().flatten())
            .chain(self.setup.iter().chain(&self.teardown))
    }
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
