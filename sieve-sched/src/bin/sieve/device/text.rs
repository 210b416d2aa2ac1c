//! What `sieve device` prints for people.

use pim_dram::alu::Format;
use pim_dram::family::Edge;
use pim_dram::spec::Deviation;

use super::report::{CommandReport, Entry, Report, RuleReport};
use crate::wide::wide_table;

/// The shipped devices.
pub(super) fn list(entries: &[Entry]) -> String {
    let header = [
        "name",
        "family",
        "based on",
        "channels x pseudo-channels x ranks x groups x banks",
        "row bytes",
        "clock ps",
        "units",
        "activation",
        "refresh",
    ];
    let row = |entry: &Entry| {
        [
            entry.name.clone(),
            entry.family.clone(),
            entry.based_on.clone().unwrap_or_default(),
            sizes(entry),
            entry.geometry.row_bytes.to_string(),
            entry.clock_ps.to_string(),
            entry.units.to_string(),
            entry.activation.clone().unwrap_or_default(),
            entry.refresh.clone(),
        ]
    };
    table(&header, entries.iter().map(row))
}

/// Channels, pseudo-channels, ranks, bank groups and banks, each of one of those before.
fn sizes(entry: &Entry) -> String {
    let g = &entry.geometry;
    let sizes = [g.channels, g.pseudo_channels, g.ranks, g.bank_groups, g.banks / g.bank_groups];
    sizes.map(|size| size.to_string()).join(" x ")
}

fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    wide_table().set_header(header).add_rows(rows).to_string()
}

/// One device.
pub(super) fn report(report: &Report) -> String {
    let mut parts = vec![summary(report), commands(report), rules(report)];
    if !report.deviations.is_empty() {
        let row = |d: &Deviation| [d.name.clone(), d.says.clone()];
        parts.push(table(&["deviation", "says"], report.deviations.iter().map(row)));
    }
    let row = |(path, source): (&String, &String)| [path.clone(), source.clone()];
    parts.push(table(&["path", "source"], report.sources.iter().map(row)));
    parts.join("\n")
}

fn summary(report: &Report) -> String {
    let (entry, g, peaks) = (&report.entry, &report.entry.geometry, &report.peaks);
    let based_on =
        entry.based_on.as_ref().map_or_else(String::new, |base| format!(", based on {base}"));
    let rate = |rate: Option<f64>, unit: f64, name: &str| {
        rate.map_or_else(|| "unknown".to_owned(), |rate| format!("{:.2} {name}", rate / unit))
    };
    let timing: Vec<String> =
        report.timing.iter().map(|(name, delay)| format!("{name} {}", delay.clocks)).collect();
    let timing: Vec<String> = timing.chunks(12).map(|some| some.join(", ")).collect();
    let internal = report.pim.map_or_else(String::new, |_| {
        let [banks, units] =
            [(peaks.internal_bytes_per_s, "TB/s"), (peaks.pim_ops_per_s, "Tops/s")]
                .map(|(peak, name)| rate(peak, 1e12, name));
        format!(", banks to units {banks}, units {units}")
    });
    format!(
        "{} (family {}{based_on})\n\
         sizes      {} channels x pseudo-channels x ranks x bank groups x banks; rows {} of {} B, bursts of {} B, {:.1} GB\n\
         {}\
         peaks      interface {} ({} a pseudo-channel){}\n\
         refresh    {}\n\
         controller {}\n\
         timing     in clocks of {} ps: {}",
        entry.name,
        entry.family,
        sizes(entry),
        g.rows,
        g.row_bytes,
        g.burst_bytes,
        report.capacity_bytes as f64 / 1e9,
        units(report),
        rate(peaks.external_bytes_per_s, 1e12, "TB/s"),
        rate(peaks.external_bytes_per_s_per_pseudo_channel, 1e9, "GB/s"),
        internal,
        refresh(report),
        entry.controller,
        entry.clock_ps,
        timing.join(",\n           "),
    )
}

/// Two lines about PIM units; nothing without.
fn units(report: &Report) -> String {
    let Some(pim) = &report.pim else { return String::new() };
    let format = |format: Format| format!("{format:?}").to_lowercase();
    format!(
        "units      {}, banks of each {}, lanes {} in {}, adder tree in {}, accumulators {} in {}, results of {} B; \
         vector buffers {} of {} B\n\
         policies   rows opened {}, column path {}\n",
        report.entry.units,
        pim.banks_per_unit,
        pim.lanes,
        format(pim.arithmetic.element),
        format(pim.arithmetic.tree),
        pim.accumulators,
        format(pim.arithmetic.accumulate),
        pim.result_bytes,
        pim.vector_buffers,
        pim.vector_buffer_bytes,
        report.entry.activation.as_deref().unwrap_or_default(),
        report.column_path.as_deref().unwrap_or_default(),
    )
}

fn refresh(report: &Report) -> String {
    let Some(plan) = &report.refresh_plan else { return report.entry.refresh.clone() };
    let turns = match plan.turns {
        1 => String::new(),
        turns => format!(", {turns} by turns, each every {} clocks", plan.bank_interval_clocks),
    };
    format!(
        "{}: {} every {} clocks{turns}; it keeps a bank closed for {} clocks, {:.2} % of the time",
        report.entry.refresh,
        plan.command,
        plan.interval_clocks,
        plan.blocked_clocks,
        100.0 * plan.blocked_share
    )
}

fn commands(report: &Report) -> String {
    let header = ["command", "bus", "clocks", "reach", "row", "pJ", "about"];
    let row = |command: &CommandReport| {
        [
            command.name.clone(),
            command.bus.clone(),
            match command.edge {
                Edge::Any => command.clocks.to_string(),
                Edge::Rising => format!("{}, rising edge", command.clocks),
            },
            command.reach.to_owned(),
            command.row.clone(),
            command.energy_pj.map_or_else(String::new, |pj| format!("{pj:.1}")),
            command.about.clone(),
        ]
    };
    table(&header, report.commands.iter().map(row))
}

fn rules(report: &Report) -> String {
    let header = ["rule", "scope", "after", "before", "wait", "clocks", "budget"];
    let row = |rule: &RuleReport| {
        [
            rule.name.clone(),
            match rule.apart {
                Some(level) => format!("{}, {level} apart", rule.scope),
                None => rule.scope.to_owned(),
            },
            rule.after.join(" "),
            rule.before.join(" "),
            rule.wait.clone(),
            rule.wait_clocks.to_string(),
            rule.budget.map_or_else(String::new, |banks| banks.to_string()),
        ]
    };
    table(&header, report.rules.iter().map(row))
}
