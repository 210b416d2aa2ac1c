//! A DRAM with PIM units, ready to simulate products.

use std::ops::Deref;

pub use crate::dram::{CommandId, DeviceError, Dram};
use crate::family::{Buffer, CommandSpec, Family, RowEffect};
use crate::geometry::{Level, Node};
use crate::pushes::Pushes;
pub use crate::rules::Rule;
use crate::sequencer::Sequencer;
use crate::spec::{DeviceSpec, PimSpec, Refresh};
use crate::time::Ticks;

/// Commands by what the lowering wants of them.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Opens PIM rows under the device's activation policy.
    pub activate: CommandId,
    /// Closes the PIM rows of a pseudo-channel.
    pub precharge: CommandId,
    /// Writes one burst of the vector buffer.
    pub write_vector: CommandId,
    /// Writes one burst of the vector buffer that is not being read.
    pub write_vector_ahead: Option<CommandId>,
    /// Sets the accumulators of every unit.
    pub clear: Option<CommandId>,
    /// Multiply-accumulates one burst in every unit.
    pub mac: CommandId,
    /// Reads one burst of results.
    pub read_result: CommandId,
    /// Refreshes under the device's scheme; all banks that it reaches if it has none.
    pub refresh: CommandId,
    /// Closes the PIM row of one bank.
    pub precharge_bank: Option<CommandId>,
    /// Before the first vector of a job.
    pub setup: Vec<CommandId>,
    /// After the last result of a job.
    pub teardown: Vec<CommandId>,
}

/// A resolved device with PIM units; wherever a [`Dram`] is wanted it will do.
#[derive(Clone, Debug)]
pub struct Device {
    dram: Dram,
    /// Its units.
    pub pim: PimSpec,
    /// Commands by role.
    pub roles: Roles,
    /// The row buffer that feeds the units.
    pub pim_buffer: Buffer,
    /// Per command and lane.
    targets: Vec<Vec<Vec<u32>>>,
    pub(crate) pushes: Pushes,
}

impl Deref for Device {
    type Target = Dram;

    fn deref(&self) -> &Dram {
        &self.dram
    }
}

impl Device {
    /// Checks and resolves a device of a shipped family.
    ///
    /// # Errors
    /// Every contradiction found, at once; a device without PIM units.
    pub fn new(spec: &DeviceSpec) -> Result<Self, DeviceError> {
        let family = Family::shipped(&spec.family).map_err(DeviceError::Family)?;
        Self::of_family(spec, &family)
    }

    /// Checks and resolves a device of the given family.
    ///
    /// # Errors
    /// Every contradiction found, at once; a device without PIM units.
    pub fn of_family(spec: &DeviceSpec, family: &Family) -> Result<Self, DeviceError> {
        let dram = Dram::of_family(spec, family)?;
        let none = || DeviceError::invalid(spec, "pim", "the device has no PIM units".to_owned());
        let pim = dram.spec.pim.ok_or_else(none)?;
        let roles = roles(&pim, dram.spec.refresh, family).ok_or_else(none)?;
        let pim_buffer = dram.command(roles.mac).row.needs().unwrap_or(Buffer::Pim);
        let (targets, pushes) = (targets(&dram), Pushes::new(&dram, &roles));
        let device = Self { pim, roles, pim_buffer, targets, pushes, dram };
        let of_units = ("work", Some(Sequencer::interruption(&device)));
        let of_host = ("read of a host", Sequencer::interruption_of_host(&device));
        let of_both = ("work beside reads of a host", Sequencer::interruption_of_both(&device));
        let interval = device.refresh_interval.unwrap_or(Ticks(u64::MAX));
        for (what, cost) in [of_units, of_host, of_both] {
            let Some(cost) = cost.filter(|&cost| interval <= cost) else { continue };
            let says = format!(
                "a refresh falls due every {} ticks, but closing the rows, refreshing and opening them again takes {} ticks, so \
                 that no {what} would ever be done",
                interval.0, cost.0
            );
            return Err(DeviceError::invalid(&device.spec, "timing.tREFI", says));
        }
        Ok(device)
    }

    /// Multiply-accumulate commands that give one burst to every unit of a lane: 1 unless each reaches a part of it only.
    #[must_use]
    pub fn macs_per_burst(&self) -> u32 {
        self.targets(0, self.roles.mac).len() as u32
    }

    /// Those of them that meet in one node of a level.
    pub(crate) fn macs_within(&self, level: Level) -> u32 {
        let node =
            |&target: &u32| self.topology.node_of(level, self.reached(self.roles.mac, target)[0]);
        let targets = self.targets(0, self.roles.mac);
        targets.iter().filter(|target| node(target) == node(&targets[0])).count() as u32
    }

    /// The nodes of a command's reach that lie in a lane.
    pub(crate) fn targets(&self, lane: u32, command: CommandId) -> &[u32] {
        &self.targets[usize::from(command.0)][lane as usize]
    }
}

/// Per command and lane, the nodes of the command's reach that lie in the lane.
fn targets(dram: &Dram) -> Vec<Vec<Vec<u32>>> {
    let topology = &dram.topology;
    let of_command = |command: &CommandSpec| {
        let bank = |node: &u32| topology.banks(Node { level: command.reach, index: *node })[0];
        let place_in = |level: Level, bank: u32| {
            let index = topology.node_of(level, bank);
            bank - topology.banks(Node { level, index })[0]
        };
        // One bank group after the other, since the next command of another may follow sooner; and one rank after the other
        // where rows are opened, since each has an activation window of its own.
        let opens = matches!(command.row, RowEffect::Opens(_));
        let turn = |node: &u32| {
            let bank = bank(node);
            let in_rank = if opens { place_in(Level::Rank, bank) } else { 0 };
            (place_in(Level::BankGroup, bank), in_rank)
        };
        let of_lane = |index| {
            let lane = Node { level: dram.lane_level, index };
            let mut targets = topology.cover(lane, command.reach);
            targets.sort_by_key(turn);
            targets
        };
        (0..dram.lanes()).map(of_lane).collect()
    };
    dram.commands.iter().map(of_command).collect()
}

/// `None` for a family without PIM units, or without a command for the activation policy.
fn roles(pim: &PimSpec, scheme: Refresh, family: &Family) -> Option<Roles> {
    let roles = family.roles.pim.as_ref()?;
    let refresh = &family.roles.refresh;
    let id = |name: &String| family.id(name);
    let optional = |name: &Option<String>| name.as_ref().map(id);
    Some(Roles {
        activate: id(roles.activate.of(pim.activation)?),
        precharge: id(&roles.precharge),
        write_vector: id(&roles.write_vector),
        write_vector_ahead: optional(&roles.write_vector_ahead),
        clear: optional(&roles.clear),
        mac: id(&roles.mac),
        read_result: id(&roles.read_result),
        refresh: id(refresh.of(scheme).unwrap_or(&refresh.all_bank)),
        precharge_bank: optional(&roles.precharge_bank),
        setup: roles.setup.iter().map(id).collect(),
        teardown: roles.teardown.iter().map(id).collect(),
    })
}
