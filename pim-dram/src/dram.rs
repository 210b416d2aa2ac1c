//! A DRAM ready to simulate: the user's numbers checked, turned into ticks and joined with the rules of its family. What its
//! PIM units need on top of that is a [`Device`](crate::device::Device).

use std::collections::BTreeMap;

use thiserror::Error;

use crate::energy::{Draw, Prices};
use crate::expr;
use crate::family::{CommandSpec, Family, HostRoles};
use crate::findings::{self, Finding};
use crate::geometry::{Level, Node, Topology};
use crate::grid::Grid;
use crate::refresh::RefreshPlan;
use crate::rules::{self, Rule};
use crate::spec::{Delay, DeviceSpec};
use crate::tables::Tables;
use crate::time::{Clock, Ticks};

/// A command of the device, an index into [`Dram::commands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u8);

/// A resolved DRAM. Nothing after this point knows nanoseconds or names.
#[derive(Clone, Debug)]
pub struct Dram {
    /// What the user wrote, deviations applied.
    pub spec: DeviceSpec,
    /// Command clock.
    pub clock: Clock,
    /// Commands; a [`CommandId`] indexes them.
    pub commands: Vec<CommandSpec>,
    /// Rules, those of the command buses included.
    pub rules: Vec<Rule>,
    /// The commands of plain accesses, where the family has them.
    pub host: Option<HostRoles<CommandId>>,
    /// Nodes of a command channel.
    pub topology: Topology,
    /// Level of the lanes, the parts of a channel with a stream of commands each: what a multiply-accumulate of the family
    /// reaches, whatever deviations make of it, or a pseudo-channel without PIM units.
    pub lane_level: Level,
    /// Refresh scheme; `None` when the device is not refreshed.
    pub refresh: Option<RefreshPlan>,
    /// Distance between refreshes of one duty; `None` when the device is not refreshed.
    pub refresh_interval: Option<Ticks>,
    /// From a read's command to its data at the host: tCL + nBL.
    pub read_latency: Ticks,
    /// Energy of every command and target, where the device gives it.
    pub(crate) prices: Option<Prices>,
    pub(crate) tables: Tables,
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

impl DeviceError {
    /// One contradiction.
    pub(crate) fn invalid(device: &DeviceSpec, path: &str, says: String) -> Self {
        let findings = vec![Finding { path: path.to_owned(), says }];
        Self::Invalid { name: device.name.clone(), findings }
    }
}

impl Dram {
    /// Checks and resolves a device of a shipped family, with or without PIM units.
    ///
    /// # Errors
    /// Every contradiction found, at once.
    pub fn new(spec: &DeviceSpec) -> Result<Self, DeviceError> {
        let family = Family::shipped(&spec.family).map_err(DeviceError::Family)?;
        Self::of_family(spec, &family)
    }

    /// Checks and resolves a device of the given family, with or without PIM units.
    ///
    /// # Errors
    /// Every contradiction found, at once.
    pub fn of_family(spec: &DeviceSpec, family: &Family) -> Result<Self, DeviceError> {
        let mut findings = findings::deviations(spec, family);
        let (whole, (spec, family)) = (family, &spec.applied(family));
        findings.extend(findings::of(spec, family, whole));
        if !findings.is_empty() {
            return Err(DeviceError::Invalid { name: spec.name.clone(), findings });
        }
        let clock = spec.clock;
        let timing: BTreeMap<_, _> =
            spec.timing.iter().map(|(name, &delay)| (name.clone(), ticks(clock, delay))).collect();
        let value = |expr| expr::eval(expr, &timing, clock.ticks_per_clock);
        let broken =
            |error: expr::ExprError| DeviceError::invalid(spec, "timing", error.to_string());

        let rules = rules::resolve(spec, family, &timing).map_err(broken)?;
        let mac = whole.roles.pim.as_ref().filter(|_| spec.pim.is_some()).map(|pim| &pim.mac);
        let reach = |family: &Family, name: &String| family.command(name).map(|c| c.reach);
        let lane_level = mac.and_then(|mac| reach(whole, mac)).unwrap_or(Level::PseudoChannel);
        let (gang, unit) =
            spec.pim.map_or((1, 1), |pim| (pim.gang(spec.geometry.banks), pim.banks_per_unit));
        let topology = Topology::new(&spec.geometry, gang, unit);
        let refresh = match family.roles.refresh.of(spec.refresh) {
            None => None,
            Some(name) => {
                let (id, period) = (family.id(name), value("tREFI").map_err(broken)?);
                let reach = reach(family, name).unwrap_or(Level::Bank);
                Some(RefreshPlan::new(id, reach, period, &topology, lane_level))
            }
        };
        Ok(Self {
            spec: spec.clone(),
            clock,
            commands: family.commands.clone(),
            host: family.roles.host.as_ref().map(|host| host.map(|name| family.id(name))),
            lane_level,
            refresh_interval: refresh.as_ref().map(|plan| plan.interval),
            refresh,
            read_latency: value("tCL + nBL").map_err(broken)?,
            prices: Prices::new(spec, &family.commands, &topology),
            tables: Tables::new(clock, &family.commands, &rules, &topology, lane_level),
            rules,
            topology,
        })
    }

    /// A delay in ticks of this device, rounded up.
    #[must_use]
    pub fn ticks(&self, delay: Delay) -> Ticks {
        ticks(self.clock, delay)
    }

    /// The same device under other rules.
    #[must_use]
    pub fn with_rules(&self, rules: Vec<Rule>) -> Self {
        let tables =
            Tables::new(self.clock, &self.commands, &rules, &self.topology, self.lane_level);
        Self { rules, tables, ..self.clone() }
    }

    /// The same device, never refreshed.
    #[must_use]
    pub fn without_refresh(&self) -> Self {
        Self { refresh: None, refresh_interval: None, ..self.clone() }
    }

    /// The first tick at or after `at` on which a command may issue, its edge being the only matter.
    #[must_use]
    pub fn align(&self, command: CommandId, at: Ticks) -> Ticks {
        Ticks(Grid::new(self.clock, self.command(command).edge).align(at.0))
    }

    /// The ticks on which every command may issue: what tells two instants apart besides their distance.
    pub(crate) fn grid(&self) -> Grid {
        let grids = self.commands.iter().map(|command| Grid::new(self.clock, command.edge));
        grids.fold(Grid::default(), Grid::coarser)
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

    /// What a command reaches at a target: the `target`-th node of its level.
    #[must_use]
    pub fn node(&self, id: CommandId, target: u32) -> Node {
        Node { level: self.command(id).reach, index: target }
    }

    /// The banks that a command reaches at a target, in order.
    #[must_use]
    pub fn reached(&self, id: CommandId, target: u32) -> &[u32] {
        self.topology.banks(self.node(id, target))
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
