//! A device ready to simulate: the user's numbers checked, turned into ticks and joined with the rules of its family.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::energy::{Draw, Prices};
use crate::expr::{self, ExprError};
use crate::family::{Buffer, Bus, CommandSpec, Family, RowEffect, RuleSpec, When};
use crate::findings::{self, Finding};
use crate::geometry::{Level, Node, Topology};
use crate::refresh::RefreshPlan;
use crate::sequencer::Sequencer;
use crate::spec::{ColumnPath, Delay, DeviceSpec, Refresh};
use crate::tables::Tables;
use crate::time::{Clock, Ticks};

/// A command of the device, an index into [`Device::commands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u8);

/// A rule with its delay in ticks.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name in reports.
    pub name: String,
    /// Where the two commands must meet.
    pub scope: Level,
    /// Earlier commands.
    pub after: Vec<CommandId>,
    /// Later commands.
    pub before: Vec<CommandId>,
    /// `wait` as the rule table writes it, over the timing parameters; integers are clocks.
    pub expr: String,
    /// Least distance, or length of the window of a budget.
    pub wait: Ticks,
    /// Banks that may be opened within the window, for a rule of that kind.
    pub budget: Option<u32>,
}

/// Commands by what the lowering wants of them.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Opens PIM rows under the device's activation policy.
    pub activate: CommandId,
    /// Closes the PIM rows of a pseudo-channel.
    pub precharge: CommandId,
    /// Closes the host rows of a pseudo-channel.
    pub precharge_host: Option<CommandId>,
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

/// A resolved device. Nothing after this point knows nanoseconds or names.
#[derive(Clone, Debug)]
pub struct Device {
    /// What the user wrote, deviations applied.
    pub spec: DeviceSpec,
    /// Command clock.
    pub clock: Clock,
    /// Commands; a [`CommandId`] indexes them.
    pub commands: Vec<CommandSpec>,
    /// Rules, those of the command buses included.
    pub rules: Vec<Rule>,
    /// Commands by role.
    pub roles: Roles,
    /// Nodes of a command channel.
    pub topology: Topology,
    /// Level of the lanes: the parts of a channel that a multiply-accumulate reaches, each with its own stream.
    pub lane_level: Level,
    /// The row buffer that feeds the PIM units.
    pub pim_buffer: Buffer,
    /// Refresh scheme; `None` when the device is not refreshed.
    pub refresh: Option<RefreshPlan>,
    /// Distance between refreshes of one duty; `None` when the device is not refreshed.
    pub refresh_interval: Option<Ticks>,
    /// From a result read's command to its data at the host: tCL + nBL.
    pub read_latency: Ticks,
    /// Energy of every command and target, where the device gives it.
    pub(crate) prices: Option<Prices>,
    pub(crate) tables: Tables,
    /// Per command and lane.
    targets: Vec<Vec<Vec<u32>>>,
}

/// Why a device cannot be simulated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The family does not exist or does not parse.
    #[error("{0}")]
    Family(String),
    /// Numbers that contradict each other; all of them, not only the first.
    #[error("device `{name}`: {}", findings::join(.findings))]
    Invalid {
        /// The device.
        name: String,
        /// What is wrong.
        findings: Vec<Finding>,
    },
}

impl Device {
    /// Checks and resolves a device of a shipped family.
    ///
    /// # Errors
    /// Every contradiction found, at once.
    pub fn new(spec: &DeviceSpec) -> Result<Self, DeviceError> {
        let family = Family::shipped(&spec.family).map_err(DeviceError::Family)?;
        Self::of_family(spec, &family)
    }

    /// Checks and resolves a device of the given family.
    ///
    /// # Errors
    /// Every contradiction found, at once.
    pub fn of_family(spec: &DeviceSpec, family: &Family) -> Result<Self, DeviceError> {
        let invalid = |findings| DeviceError::Invalid { name: spec.name.clone(), findings };
        let mut findings = findings::deviations(spec, family);
        let (whole, (spec, family)) = (family, &spec.applied(family));
        findings.extend(findings::of(spec, family, whole));
        if !findings.is_empty() {
            return Err(invalid(findings));
        }
        let clock = spec.clock;
        let timing: BTreeMap<_, _> =
            spec.timing.iter().map(|(name, &delay)| (name.clone(), ticks(clock, delay))).collect();
        let broken = |at: &str, error: ExprError| {
            invalid(vec![Finding { path: at.to_owned(), says: error.to_string() }])
        };

        let mut rules = bus_rules(clock, &family.commands);
        for rule in family.rules.iter().filter(|rule| in_force(rule, spec)) {
            let wait = expr::eval(&rule.wait, &timing, clock.ticks_per_clock)
                .map_err(|error| broken("timing", error))?;
            rules.push(Rule {
                name: rule.name.clone(),
                scope: rule.scope,
                after: rule.after.iter().map(|name| id(family, name)).collect(),
                before: rule.before.iter().map(|name| id(family, name)).collect(),
                expr: rule.wait.clone(),
                wait,
                budget: rule.budget,
            });
        }
        let value = |expr| {
            expr::eval(expr, &timing, clock.ticks_per_clock)
                .map_err(|error| broken("timing", error))
        };
        let roles = roles(spec, family);
        let reach = |id: CommandId| family.commands[usize::from(id.0)].reach;
        let lane_level = reach(roles.mac);
        let pim_buffer = match family.commands[usize::from(roles.mac.0)].row {
            RowEffect::Needs(buffer) => buffer,
            _ => Buffer::Pim,
        };
        let topology = Topology::new(&spec.geometry, spec.gang(), spec.pim.banks_per_unit);
        let refresh = match spec.refresh {
            Refresh::None => None,
            _ => {
                let (command, period) = (roles.refresh, value("tREFI")?);
                Some(RefreshPlan::new(command, reach(command), period, &topology, lane_level))
            }
        };
        let lanes = 0..topology.count(lane_level);
        let targets = family.commands.iter().map(|command| {
            // One bank group after the other, since the next command of another may follow sooner.
            let in_group = |node: &u32| {
                let bank = topology.banks(Node { level: command.reach, index: *node })[0];
                let group = topology.node_of(Level::BankGroup, bank);
                bank - topology.banks(Node { level: Level::BankGroup, index: group })[0]
            };
            let of = |index| {
                let lane = Node { level: lane_level, index };
                let mut targets = topology.cover(lane, command.reach);
                targets.sort_by_key(in_group);
                targets
            };
            lanes.clone().map(of).collect()
        });
        let targets: Vec<_> = targets.collect();
        let tables = Tables::new(&family.commands, &rules, &topology, lane_level);
        let prices = Prices::new(spec, &family.commands, &topology);
        let device = Self {
            spec: spec.clone(),
            clock,
            commands: family.commands.clone(),
            roles,
            rules,
            topology,
            lane_level,
            pim_buffer,
            refresh_interval: refresh.as_ref().map(|plan| plan.interval),
            refresh,
            read_latency: value("tCL + nBL")?,
            prices,
            tables,
            targets,
        };
        let cost = Sequencer::interruption(&device);
        match device.refresh_interval {
            Some(interval) if interval <= cost => Err(invalid(vec![Finding {
                path: "timing.tREFI".to_owned(),
                says: format!(
                    "a refresh falls due every {} ticks, but closing the rows, refreshing and opening them again takes {} \
                     ticks, so that no work would ever be done",
                    interval.0, cost.0
                ),
            }])),
            _ => Ok(device),
        }
    }

    /// A delay in ticks of this device, rounded up.
    #[must_use]
    pub fn ticks(&self, delay: Delay) -> Ticks {
        ticks(self.clock, delay)
    }

    /// The same device under other rules.
    #[must_use]
    pub fn with_rules(&self, rules: Vec<Rule>) -> Self {
        let tables = Tables::new(&self.commands, &rules, &self.topology, self.lane_level);
        Self { rules, tables, ..self.clone() }
    }

    /// The same device, never refreshed.
    #[must_use]
    pub fn without_refresh(&self) -> Self {
        Self { refresh: None, refresh_interval: None, ..self.clone() }
    }

    /// Lanes of a channel.
    #[must_use]
    pub fn lanes(&self) -> u32 {
        self.topology.count(self.lane_level)
    }

    /// Lanes of the whole memory system.
    #[must_use]
    pub fn total_lanes(&self) -> u32 {
        self.spec.geometry.channels * self.lanes()
    }

    /// Banks of a lane.
    #[must_use]
    pub fn banks_per_lane(&self) -> u32 {
        self.topology.count(Level::Bank) / self.lanes()
    }

    /// The nodes of a command's reach that lie in a lane.
    pub(crate) fn targets(&self, lane: u32, command: CommandId) -> &[u32] {
        &self.targets[usize::from(command.0)][lane as usize]
    }

    /// Energy of a command on one of its targets, in femtojoules by [`Draw`]; `None` if the device does not give it.
    #[must_use]
    pub fn energy_fj(&self, id: CommandId, target: u32) -> Option<[u64; Draw::ALL.len()]> {
        self.prices.as_ref().map(|prices| *prices.draws(id, target))
    }

    /// Data of a command.
    #[must_use]
    pub fn command(&self, id: CommandId) -> &CommandSpec {
        &self.commands[usize::from(id.0)]
    }
}

/// A delay in ticks; a minimum always rounds up.
pub(crate) fn ticks(clock: Clock, delay: Delay) -> Ticks {
    let ps = match delay {
        Delay::Ck(clocks) => return Ticks(clocks.saturating_mul(clock.ticks_per_clock)),
        Delay::Ns(ns) => ns.saturating_mul(1000),
        Delay::Ps(ps) => ps,
    };
    Ticks(ps.saturating_mul(clock.ticks_per_clock).div_ceil(clock.period_ps.max(1)))
}

pub(crate) fn in_force(rule: &RuleSpec, spec: &DeviceSpec) -> bool {
    match rule.when {
        When::Always => true,
        When::SharedColumnPath => spec.column_path == ColumnPath::Shared,
        When::PerBankRefresh => spec.refresh == Refresh::PerBank,
        When::SameBankRefresh => spec.refresh == Refresh::SameBank,
    }
}

/// Commands of a bus are as far apart as the earlier one occupies it.
fn bus_rules(clock: Clock, commands: &[CommandSpec]) -> Vec<Rule> {
    let on = |bus: Bus, clocks: Option<u32>| {
        (0_u8..)
            .zip(commands)
            .filter(move |(_, c)| c.bus == bus && clocks.is_none_or(|n| c.clocks == n))
    };
    let mut rules = Vec::new();
    for (bus, name) in [(Bus::Row, "row bus"), (Bus::Column, "column bus")] {
        let mut lengths: Vec<_> = on(bus, None).map(|(_, c)| c.clocks).collect();
        lengths.sort_unstable();
        lengths.dedup();
        for clocks in lengths {
            rules.push(Rule {
                name: name.to_owned(),
                scope: Level::Channel,
                after: on(bus, Some(clocks)).map(|(id, _)| CommandId(id)).collect(),
                before: on(bus, None).map(|(id, _)| CommandId(id)).collect(),
                expr: clocks.to_string(),
                wait: clock.ticks(u64::from(clocks)),
                budget: None,
            });
        }
    }
    rules
}

/// Id of a command that [`findings::of`] has seen to exist.
fn id(family: &Family, name: &str) -> CommandId {
    let at = family.commands.iter().position(|command| command.name == name);
    CommandId(at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX))
}

fn roles(spec: &DeviceSpec, family: &Family) -> Roles {
    let roles = &family.roles;
    let id = |name: &String| id(family, name);
    let optional = |name: &Option<String>| name.as_ref().map(id);
    Roles {
        activate: roles.activate.of(spec.activation).map_or(CommandId(u8::MAX), id),
        precharge: id(&roles.precharge),
        precharge_host: optional(&roles.precharge_host),
        write_vector: id(&roles.write_vector),
        write_vector_ahead: optional(&roles.write_vector_ahead),
        clear: optional(&roles.clear),
        mac: id(&roles.mac),
        read_result: id(&roles.read_result),
        refresh: id(roles.refresh(spec.refresh).unwrap_or(&roles.refresh)),
        precharge_bank: optional(&roles.precharge_bank),
        setup: roles.setup.iter().map(id).collect(),
        teardown: roles.teardown.iter().map(id).collect(),
    }
}
