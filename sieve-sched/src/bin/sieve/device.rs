//! `sieve device`: the shipped devices, or one of them as a table of commands and rules.

use std::collections::BTreeMap;
use std::error::Error;

use clap::Args;
use pim_dram::Ticks;
use pim_dram::device::{CommandId, Device, Dram, Rule};
use pim_dram::energy::Draw;
use pim_dram::family::{CommandSpec, Edge, Family, HalfClocks};
use pim_dram::geometry::{Geometry, Level};
use pim_dram::peaks::Peaks;
use pim_dram::spec::{DERIVED, Derived, Deviation, DeviceSpec, PRESETS, PimSpec};
use serde::Serialize;
use sieve_sched::config::{apply, load, load_device};

use crate::device_text;
use crate::dram::CONTROLLER;
use crate::options::{Changes, Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve device\n  sieve device --device sieve-hbm3e --set timing.tWR=40"
)]
pub(crate) struct Options {
    /// Device preset, or path of a .ron file [default: list the presets]
    #[arg(long)]
    device: Option<String>,
    #[command(flatten)]
    changes: Changes,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// A device in the list.
#[derive(Serialize)]
pub(crate) struct Entry {
    /// Name.
    pub(crate) name: String,
    /// Family, whose commands and rules it follows.
    pub(crate) family: String,
    /// The preset that it departs from.
    pub(crate) based_on: Option<String>,
    /// Period of the command clock.
    pub(crate) clock_ps: u64,
    /// Sizes, as in the device's file.
    pub(crate) geometry: Geometry,
    /// PIM units of the whole memory system.
    pub(crate) units: u64,
    /// How the units' rows are opened.
    pub(crate) activation: Option<String>,
    /// Refresh scheme.
    pub(crate) refresh: String,
    /// The controller that serves its host unless another is chosen.
    pub(crate) controller: String,
}

/// A device as it is simulated, deviations applied.
#[derive(Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) entry: Entry,
    /// Ticks in one clock. Unit: ticks.
    ticks_per_clock: u64,
    /// Pseudo-channels x ranks x banks x rows x `row_bytes`.
    pub(crate) capacity_bytes: u64,
    /// The level that one multiply-accumulate reaches; pseudo-channels without units.
    lane_level: &'static str,
    /// Its nodes in a channel.
    lanes_per_channel: u32,
    /// PIM units, as in the device's file.
    pub(crate) pim: Option<PimSpec>,
    /// Whether host and PIM bursts of a bank share its column path.
    pub(crate) column_path: Option<String>,
    /// Peak rates; `null` where the device lacks the parameter.
    pub(crate) peaks: PeakReport,
    /// Timing parameters by name.
    pub(crate) timing: BTreeMap<String, DelayReport>,
    /// Commands of the family.
    pub(crate) commands: Vec<CommandReport>,
    /// Rules in force, those of the buses first.
    pub(crate) rules: Vec<RuleReport>,
    /// Where it departs from the preset that it is based on.
    pub(crate) deviations: Vec<Deviation>,
    /// How it refreshes; `null` without refresh.
    pub(crate) refresh_plan: Option<RefreshReport>,
    /// Where numbers and rules come from, by path.
    pub(crate) sources: BTreeMap<String, String>,
}

/// Peak rates; absent where the device lacks the parameter.
#[derive(Serialize)]
pub(crate) struct PeakReport {
    /// Rate of a pseudo-channel's data bus: `burst_bytes` / the longer of tCCD_S and nBL. Unit: B/s.
    pub(crate) external_bytes_per_s_per_pseudo_channel: Option<f64>,
    /// The same of all pseudo-channels.
    pub(crate) external_bytes_per_s: Option<f64>,
    /// Weights that all units read: units x `burst_bytes` / time from one multiply-accumulate to the next.
    pub(crate) internal_bytes_per_s: Option<f64>,
    /// Operations of all units, a multiply-add being two. Unit: OP/s.
    pub(crate) pim_ops_per_s: Option<f64>,
}

/// A timing parameter.
#[derive(Serialize)]
pub(crate) struct DelayReport {
    /// As in the device's file.
    given: String,
    /// In clocks of the command clock. Unit: clocks.
    pub(crate) clocks: f64,
}

#[derive(Serialize)]
pub(crate) struct CommandReport {
    /// Mnemonic.
    pub(crate) name: String,
    /// The command bus that it occupies.
    pub(crate) bus: String,
    /// Time on its bus. Unit: clocks.
    pub(crate) clocks: HalfClocks,
    /// Where in a clock it may issue.
    #[serde(skip_serializing_if = "is_any")]
    pub(crate) edge: Edge,
    /// The level whose node it addresses.
    pub(crate) reach: &'static str,
    /// What it does to rows, or wants of them.
    pub(crate) row: String,
    /// What it does.
    pub(crate) about: String,
    /// Energy of one, on the first node that it can address.
    pub(crate) energy_pj: Option<f64>,
    /// The same by part.
    energy_pj_by_part: Option<BTreeMap<&'static str, f64>>,
}

#[derive(Serialize)]
pub(crate) struct RuleReport {
    /// Name, the standard's parameter where there is one.
    pub(crate) name: String,
    /// Where the two commands must meet.
    pub(crate) scope: &'static str,
    /// Within the scope the two commands lie in different nodes of this level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) apart: Option<&'static str>,
    /// Earlier commands.
    pub(crate) after: Vec<String>,
    /// Later commands.
    pub(crate) before: Vec<String>,
    /// Least distance, over the timing parameters.
    pub(crate) wait: String,
    /// The same in clocks. Unit: clocks.
    pub(crate) wait_clocks: f64,
    /// The same in time.
    wait_ns: f64,
    /// Banks that may be opened within the wait; `null` for plain spacing.
    pub(crate) budget: Option<u32>,
}

#[derive(Serialize)]
pub(crate) struct RefreshReport {
    /// The command.
    pub(crate) command: String,
    /// Between two commands of one refresh counter. Unit: clocks.
    pub(crate) interval_clocks: f64,
    /// Nodes of the command's reach that take turns within a counter.
    pub(crate) turns: usize,
    /// Between two refreshes of a bank. Unit: clocks.
    pub(crate) bank_interval_clocks: f64,
    /// From a refresh of a bank to its next activation, for the PIM units if there are any. Unit: clocks.
    pub(crate) blocked_clocks: f64,
    /// Of a bank's time.
    pub(crate) blocked_share: f64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let changes = options.changes.assignments();
    let Some(name) = &options.device else {
        if let Some(change) = changes.first() {
            return Err(format!("--set {}: name the device with --device", change.path).into());
        }
        let entries = list()?;
        return if options.json {
            print_json(&serde_json::json!({ "devices": entries }))
        } else {
            print(&device_text::list(&entries))
        };
    };
    let spec = apply(&load_device(name)?, &changes)?;
    // Units have a say in whether the device works at all.
    let device = spec.pim.map(|_| Device::new(&spec)).transpose()?;
    let report = Report::new(&Dram::new(&spec)?, device.as_ref(), based_on(name)?)?;
    if options.json { print_json(&report) } else { print(&device_text::report(&report)) }
}

/// The shipped devices, whole ones first.
fn list() -> Result<Vec<Entry>, Box<dyn Error>> {
    let entry = |&(name, _): &(&str, &str)| Entry::new(&load_device(name)?, based_on(name)?);
    PRESETS.iter().chain(DERIVED).map(entry).collect()
}

/// What a derived preset departs from.
fn based_on(name: &str) -> Result<Option<String>, Box<dyn Error>> {
    if DERIVED.iter().all(|(known, _)| *known != name) {
        return Ok(None);
    }
    let derived: Derived = load("device", name, DERIVED)?;
    Ok(Some(derived.based_on))
}

impl Entry {
    fn new(spec: &DeviceSpec, based_on: Option<String>) -> Result<Self, Box<dyn Error>> {
        let geometry = spec.geometry;
        let banks = geometry.total_pseudo_channels() * geometry.banks_per_pseudo_channel();
        Ok(Self {
            name: spec.name.clone(),
            family: spec.family.clone(),
            based_on,
            clock_ps: spec.clock.period_ps,
            geometry,
            units: spec.pim.map_or(0, |pim| u64::from(banks / pim.banks_per_unit)),
            activation: spec.pim.map(|pim| ron::to_string(&pim.activation)).transpose()?,
            refresh: ron::to_string(&spec.refresh)?,
            controller: spec.controller.clone().unwrap_or_else(|| CONTROLLER.to_owned()),
        })
    }
}

impl Report {
    fn new(
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
        let holds_back = |rule: &&Rule| {
            let spacing = rule.budget.is_none();
            let waits = activate.is_some_and(|activate| rule.before.contains(&activate));
            spacing && waits && rule.after.contains(&plan.command)
        };
        let blocked = dram.rules.iter().filter(holds_back).map(|rule| rule.wait).max();
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
