//! The commands that the host uses, by mnemonic.

use pim_dram::device::{CommandId, Device};
use pim_dram::family::{Buffer, RowEffect};

use crate::peers::PeerError;

/// Ids of the commands, and the row buffers that they concern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commands {
    /// Opens a row for GWRITE.
    pub(super) activate: CommandId,
    /// Closes it.
    pub(super) precharge: CommandId,
    pub(super) copy: CommandId,
    pub(super) header: CommandId,
    /// Opens a row for the units of a gang.
    pub(super) gang_activate: CommandId,
    /// The same for one bank of a gang whose other banks hold the row.
    pub(super) bank_activate: CommandId,
    /// Closes the row of one bank's unit.
    pub(super) unit_precharge: CommandId,
    pub(super) multiply: CommandId,
    pub(super) read: CommandId,
    /// Multiplies a whole page and reads the results; devices with one row buffer do not have it.
    pub(super) composite: Option<CommandId>,
    /// Refreshes a rank.
    pub(super) refresh: CommandId,
    /// The row buffer of GWRITE.
    pub(super) host_rows: Buffer,
    /// That of the units; the same where there is one.
    pub(super) unit_rows: Buffer,
}

impl Commands {
    pub(super) fn of(device: &Device) -> Result<Self, PeerError> {
        let find = |name: &str| {
            let at = (0_u8..).zip(&device.commands).find(|(_, command)| command.name == name);
            at.map(|(id, _)| CommandId(id))
        };
        let missing = |what: &str| {
            PeerError::Preset(format!("device `{}` has no command `{what}`", device.spec.name))
        };
        let need = |name: &str| find(name).ok_or_else(|| missing(name));
        let (copy, gang_activate) = (need("GWRITE")?, need("G_ACT")?);
        let buffer = |id| match device.command(id).row {
            RowEffect::Opens(buffer)
            | RowEffect::Needs(buffer)
            | RowEffect::NeedsAndCloses(buffer) => Some(buffer),
            RowEffect::Ignores
            | RowEffect::Closes(_)
            | RowEffect::Closed
            | RowEffect::Refreshes => None,
        };
        let precharge = need("PRE")?;
        Ok(Self {
            activate: need("ACT")?,
            precharge,
            copy,
            header: need("P_HEADER")?,
            gang_activate,
            bank_activate: need("B_ACT")?,
            unit_precharge: find("PIM_PRECHARGE").unwrap_or(precharge),
            multiply: need("COMP")?,
            read: need("READRES")?,
            composite: find("COMPS_READRES"),
            refresh: need("REF")?,
            host_rows: buffer(copy).ok_or_else(|| missing("GWRITE on rows"))?,
            unit_rows: buffer(gang_activate).ok_or_else(|| missing("G_ACT on rows"))?,
        })
    }
}
