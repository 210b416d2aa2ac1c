//! What `sieve device` says of a device.

use std::collections::BTreeMap;
use std::error::Error;

use pim_dram::Ticks;
use pim_dram::device::{CommandId, Device, Dram, Rule};
use pim_dram::energy::Draw;
use pim_dram::family::{CommandSpec, Edge, Family, HalfClocks};
use pim_dram::geometry::{Geometry, Level};
use pim_dram::peaks::Peaks;
use pim_dram::spec::{Deviation, DeviceSpec, PimSpec};
use serde::Serialize;

use crate::dram::CONTROLLER;

/// A device in the list.
#[derive(Serialize)]
pub(super) struct Entry {
    /// Name.
    pub(super) name: String,
    /// Family, whose commands and rules it follows.
    pub(super) family: String,
    /// The preset that it departs from.
    pub(super) based_on: Option<String>,
    /// Period of the command clock.
    pub(super) clock_ps: u64,
    /// Sizes, as in the device's file.
    pub(super) geometry: Geometry,
    /// PIM units of the whole memory system.
    pub(super) units: u32,
    /// How the units' rows are opened.
    pub(super) activation: Option<String>,
    /// Refresh scheme.
    pub(super) refresh: String,
    /// The controller that serves its host unless another is chosen.
    pub(super) controller: String,
}

/// A device as it is simulated, deviations applied.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) entry: Entry,
    /// Ticks in one clock. Unit: ticks.
    ticks_per_clock: u64,
    /// Pseudo-channels x ranks x banks x rows x `row_bytes`.
    pub(super) capacity_bytes: u64,
    /// The level that one multiply-accumulate reaches; pseudo-channels without units.
    lane_level: &'static str,
    /// Its nodes in a channel.
    lanes_per_channel: u32,
    /// PIM units, as in the device's file.
    pub(super) pim: Option<PimSpec>,
    /// Whether host and PIM bursts of a bank share its column path.
    pub(super) column_path: Option<String>,
    /// Peak rates; `null` where the device lacks the parameter.
    pub(super) peaks: PeakReport,
    /// Timing parameters by name.
    pub(super) timing: BTreeMap<String, DelayReport>,
    /// Commands of the family.
    pub(super) commands: Vec<CommandReport>,
    /// Rules in force, those of the buses first.
    pub(super) rules: Vec<RuleReport>,
    /// Where it departs from the preset that it is based on.
    pub(super) deviations: Vec<Deviation>,
    /// How it refreshes; `null` without refresh.
    pub(super) refresh_plan: Option<RefreshReport>,
    /// Where numbers and rules come from, by path.
    pub(super) sources: BTreeMap<String, String>,
}

/// Peak rates; absent where the device lacks the parameter.
#[derive(Serialize)]
pub(super) struct PeakReport {
    /// Rate of a pseudo-channel's data bus: `burst_bytes` / the longer of tCCD_S and nBL. Unit: B/s.
    pub(super) external_bytes_per_s_per_pseudo_channel: Option<f64>,
    /// The same of all pseudo-channels.
    pub(super) external_bytes_per_s: Option<f64>,
    /// Weights that all units read: units x `burst_bytes` / time from one multiply-accumulate to the next.
    pub(super) internal_bytes_per_s: Option<f64>,
    /// Operations of all units, a multiply-add being two. Unit: OP/s.
    pub(super) pim_ops_per_s: Option<f64>,
}

/// A timing parameter.
#[derive(Serialize)]
pub(super) struct DelayReport {
    /// As in the device's file.
    given: String,
    /// In clocks of the command clock. Unit: clocks.
    pub(super) clocks: f64,
}

#[derive(Serialize)]
pub(super) struct CommandReport {
    /// Mnemonic.
    pub(super) name: String,
    /// The command bus that it occupies.
    pub(super) bus: String,
    /// Time on its bus. Unit: clocks.
    pub(super) clocks: HalfClocks,
    /// Where in a clock it may issue.
    #[serde(skip_serializing_if = "is_any")]
    pub(super) edge: Edge,
    /// The level whose node it addresses.
    pub(super) reach: &'static str,
    /// What it does to rows, or wants of them.
    pub(super) row: String,
    /// What it does.
    pub(super) about: String,
    /// Energy of one, on the first node that it can address.
    pub(super) energy_pj: Option<f64>,
    /// The same by part.
    energy_pj_by_part: Option<BTreeMap<&'static str, f64>>,
}

#[derive(Serialize)]
pub(super) struct RuleReport {
    /// Name, the standard's parameter where there is one.
    pub(super) name: String,
    /// Where the two commands must meet.
    pub(super) scope: &'static str,
    /// Within the scope the two commands lie in different nodes of this level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) apart: Option<&'static str>,
    /// Earlier commands.
    pub(super) after: Vec<String>,
    /// Later commands.
    pub(super) before: Vec<String>,
    /// Least distance, over the timing parameters.
    pub(super) wait: String,
    /// The same in clocks. Unit: clocks.
    pub(super) wait_clocks: f64,
    /// The same in time.
    wait_ns: f64,
    /// Banks that may be opened within the wait; `null` for plain spacing.
    pub(super) budget: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct RefreshReport {
    /// The command.
    pub(super) command: String,
    /// Between two commands of one refresh counter. Unit: clocks.
    pub(super) interval_clocks: f64,
    /// Nodes of the command's reach that take turns within a counter.
    pub(super) turns: usize,
    /// Between two refreshes of a bank. Unit: clocks.
    pub(super) bank_interval_clocks: f64,
    /// From a refresh of a bank to its next activation, for the PIM units if there are any. Unit: clocks.
    pub(super) blocked_clocks: f64,
    /// Of a bank's time.
    pub(super) blocked_share: f64,
}

impl Entry {
    pub(super) fn new(spec: &DeviceSpec, based_on: Option<String>) -> Result<Self, Box<dyn Error>> {
        let geometry = spec.geometry;
        Ok(Self {
            name: spec.name.clone(),
            family: spec.family.clone(),
            based_on,
            clock_ps: spec.clock.period_ps,
            geometry,
            units: spec.pim.map_or(0, |pim| pim.units(&geometry)),
            activation: spec.pim.map(|pim| ron::to_string(&pim.activation)).transpose()?,
            refresh: ron::to_string(&spec.refresh)?,
            controller: spec.controller.clone().unwrap_or_else(|| CONTROLLER.to_owned()),
        })
    }
}

impl Report {
    pub(super) fn new(
        dram: &Dram,
        device: Option<&Device>,
        based_on: Option<String>,
    ) -> Result<Self, Box<dyn Error>> {
        let spec = &dram.spec;
        let delay = |(name, &delay): (&String, _)| {
            let clocks = clocks(dram, dram.ticks(delay));
            Ok((name.clone(), DelayReport { given: ron::to_string(&delay)?, clocks }))
        };
        let timing: Result<_, ron::Error> = spec.timing.iter().map(delay).collect();
        let commands = (0..).map(CommandId).zip(&dram.commands);
        let commands: Result<_, ron::Error> =
            commands.map(|(id, command)| CommandReport::new(dram, id, command)).collect();
        let mut sources = spec.sources.clone();
        sources.insert("family".to_owned(), Family::shipped(&spec.family)?.source);
        Ok(Self {
            entry: Entry::new(spec, based_on)?,
            ticks_per_clock: dram.clock.ticks_per_clock,
            capacity_bytes: spec.geometry.capacity_bytes(),
            lane_level: dram.lane_level.name(),
            lanes_per_channel: dram.lanes(),
            pim: spec.pim,
            column_path: spec.pim.map(|pim| ron::to_string(&pim.column_path)).transpose()?,
            peaks: PeakReport::new(&device.map_or_else(|| Peaks::external(dram), Peaks::of)),
            timing: timing?,
            commands: commands?,
            rules: dram.rules.iter().map(|rule| RuleReport::new(dram, rule)).collect(),
            deviations: spec.deviations.clone(),
            refresh_plan: RefreshReport::new(
                dram,
                device.map(|device| device.roles.activate).or(dram.host.map(|host| host.activate)),
            ),
            sources,
        })
    }
}

impl PeakReport {
    fn new(peaks: &Peaks) -> Self {
        let known = |rate: f64| (rate > 0.0).then_some(rate);
        Self {
            external_bytes_per_s_per_pseudo_channel: known(
                peaks.external_bytes_per_s_per_pseudo_channel,
            ),
            external_bytes_per_s: known(peaks.external_bytes_per_s),
            internal_bytes_per_s: known(peaks.internal_bytes_per_s),
            pim_ops_per_s: known(peaks.pim_ops_per_s),
        }
    }
}

impl CommandReport {
    fn new(dram: &Dram, id: CommandId, command: &CommandSpec) -> Result<Self, ron::Error> {
        let drawn = dram.energy_fj(id, 0);
        let pj = |fj: u64| fj as f64 / 1e3;
        let parts = |fj: [u64; Draw::ALL.len()]| {
            let named = Draw::ALL.map(Draw::name).into_iter().zip(fj);
            named.filter(|(_, fj)| *fj > 0).map(|(part, fj)| (part, pj(fj))).collect()
        };
        Ok(Self {
            name: command.name.clone(),
            bus: ron::to_string(&command.bus)?,
            clocks: command.clocks,
            edge: command.edge,
            reach: command.reach.name(),
            row: ron::to_string(&command.row)?,
            about: command.about.clone(),
            energy_pj: drawn.map(|fj| pj(fj.iter().sum())),
            energy_pj_by_part: drawn.map(parts),
        })
    }
}

impl RuleReport {
    fn new(dram: &Dram, rule: &Rule) -> Self {
        let names =
            |ids: &[CommandId]| ids.iter().map(|&id| dram.command(id).name.clone()).collect();
        Self {
            name: rule.name.clone(),
            scope: rule.scope.name(),
            apart: rule.apart.map(Level::name),
            after: names(&rule.after),
            before: names(&rule.before),
            wait: rule.expr.clone(),
            wait_clocks: clocks(dram, rule.wait),
            wait_ns: dram.clock.femtos(rule.wait).as_ticks() as f64 / 1e6,
            budget: rule.budget,
        }
    }
}

impl RefreshReport {
    /// `activate` is the activation that waits.
    fn new(dram: &Dram, activate: Option<CommandId>) -> Option<Self> {
        let plan = dram.refresh.as_ref()?;
        let turns = plan.turns.first().map_or(1, Vec::len);
        let blocked = activate.map(|activate| plan.blocks(activate, &dram.rules));
        let blocked = clocks(dram, blocked.unwrap_or_default());
        let interval = clocks(dram, plan.interval);
        Some(Self {
            command: dram.command(plan.command).name.clone(),
            interval_clocks: interval,
            turns,
            bank_interval_clocks: interval * turns as f64,
            blocked_clocks: blocked,
            blocked_share: blocked / (interval * turns as f64),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_any(edge: &Edge) -> bool {
    *edge == Edge::Any
}

/// Half clocks are shown where commands may use both edges.
fn clocks(dram: &Dram, ticks: Ticks) -> f64 {
    ticks.0 as f64 / dram.clock.ticks_per_clock as f64
}
