//! The commands that the host issues, found by name.

use pim_dram::device::{CommandId, Device};

use crate::peers::PeerError;

/// Ids of AiM's commands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commands {
    pub(super) act: CommandId,
    pub(super) act16: CommandId,
    pub(super) pre: CommandId,
    pub(super) prea: CommandId,
    pub(super) rd: CommandId,
    pub(super) wr: CommandId,
    pub(super) wra16: CommandId,
    pub(super) mac: CommandId,
    pub(super) mac16: CommandId,
    pub(super) af16: CommandId,
    pub(super) ewmul16: CommandId,
    pub(super) rdcp: CommandId,
    pub(super) wrcp: CommandId,
    pub(super) wrgb: CommandId,
    pub(super) wrmac16: CommandId,
    pub(super) rdmac16: CommandId,
    pub(super) rdaf16: CommandId,
    pub(super) tmod: CommandId,
    pub(super) refab: CommandId,
}

impl Commands {
    pub(super) fn of(device: &Device) -> Result<Self, PeerError> {
        let id = |name: &'static str| {
            let at = (0_u8..).zip(&device.commands).find(|(_, command)| command.name == name);
            at.map(|(id, _)| CommandId(id)).ok_or_else(|| PeerError::Command {
                device: device.spec.name.clone(),
                command: name,
            })
        };
        Ok(Self {
            act: id("ACT")?,
            act16: id("ACT16")?,
            pre: id("PRE")?,
            prea: id("PREA")?,
            rd: id("RD")?,
            wr: id("WR")?,
            wra16: id("WRA16")?,
            mac: id("MAC")?,
            mac16: id("MAC16")?,
            af16: id("AF16")?,
            ewmul16: id("EWMUL16")?,
            rdcp: id("RDCP")?,
            wrcp: id("WRCP")?,
            wrgb: id("WRGB")?,
            wrmac16: id("WRMAC16")?,
            rdmac16: id("RDMAC16")?,
            rdaf16: id("RDAF16")?,
            tmod: id("TMOD")?,
            refab: id("REFab")?,
        })
    }
}
