//! The page on what deviations are worth.

use std::fmt::Write;

use serde::Serialize;

use crate::quirks::{MATRIX, Waterfall};

/// What is left of a simulator's deviations, and its cycles.
#[derive(Serialize)]
struct Row<'a> {
    /// The simulator.
    peer: &'a str,
    /// The strict device.
    device: &'a str,
    /// Channels that take part.
    channels: u32,
    /// Deviation that is gone in this row and in all below; empty for the simulator as it reports.
    without: &'a str,
    /// Cycles.
    cycles: u64,
}

/// The cycles as CSV: each simulator as it reports, then without one deviation after the other.
///
/// # Errors
/// None for waterfalls as they are.
pub fn quirks_table(waterfalls: &[Waterfall]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for &Waterfall { peer, device, channels, reported, ref steps } in waterfalls {
        let steps = steps.iter().map(|step| (step.name.as_str(), step.cycles));
        for (without, cycles) in [("", reported)].into_iter().chain(steps) {
            writer.serialize(Row { peer, device, channels, without, cycles })?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The page as Markdown.
#[must_use]
pub fn quirks(waterfalls: &[Waterfall]) -> String {
    let mut page = format!(
        "# What the quirks are worth\n\n\
         <!-- Written by `validate quirks --write-docs`; do not edit. -->\n\n\
         y = W x with {} outputs, {} inputs and one vector, from the cycles that each simulator reports to those of the strict \
         device of the same family. Each line takes one deviation away, those above it stay gone; the last line puts our \
         layout planner and sequencer in the place of the simulator's host. Cycles are those of the device's command clock.\n",
        MATRIX.outputs, MATRIX.inputs,
    );
    for waterfall in waterfalls {
        let _ = write!(
            page,
            "\n## {} and {}\n\n{} channels.\n\n| without | cycles | change | what the simulator does |\n|---|---:|---:|---|\n\
             | (as reported) | {} | | |\n",
            waterfall.peer, waterfall.device, waterfall.channels, waterfall.reported,
        );
        let mut before = waterfall.reported;
        for step in &waterfall.steps {
            let change = i128::from(step.cycles) - i128::from(before);
            let _ =
                writeln!(page, "| {} | {} | {change:+} | {} |", step.name, step.cycles, step.says);
            before = step.cycles;
        }
        let total = i128::from(before) - i128::from(waterfall.reported);
        let share = 100.0 * total as f64 / waterfall.reported as f64;
        let _ = writeln!(page, "| **all** | **{before}** | **{total:+}** ({share:+.1} %) | |");
    }
    page
}
