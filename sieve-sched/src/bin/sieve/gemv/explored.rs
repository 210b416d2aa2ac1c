//! What an exploration of banks found, for people and as a file.

use comfy_table::{CellAlignment, ContentArrangement, presets};
use sieve_sched::explore::{Point, Table};

use crate::options::{Outcome, print, print_json};
use crate::output::Output;

/// Columns of the results that the printed table has; the file has all.
const SHOWN: [&str; 6] =
    ["cycles", "time_ns", "time_over_roofline", "padding_share", "pj_per_bit", "peak_power_mw"];

/// Prints the points.
pub(super) fn show(points: &[Point], json: bool) -> Outcome {
    if json {
        return print_json(&serde_json::json!({ "points": points }));
    }
    let Table { header, rows, axes } = Table::new(points);
    let last = header.len() - 1;
    let shown = |&at: &usize| at < axes || at == last || SHOWN.contains(&header[at].as_str());
    let columns: Vec<usize> = (0..header.len()).filter(shown).collect();
    let cells = |row: &Vec<String>| columns.iter().map(|&at| row[at].clone()).collect::<Vec<_>>();
    let mut table = comfy_table::Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(cells(&header)).add_rows(rows.iter().map(cells));
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    print(&table.to_string())
}

/// Writes a row a point, with everything that is known of it.
pub(super) fn write(output: Output, points: &[Point]) -> Outcome {
    let Table { header, rows, .. } = Table::new(points);
    let mut file = csv::Writer::from_writer(output);
    file.write_record(header)?;
    for row in rows {
        file.write_record(row)?;
    }
    file.into_inner().map_err(|error| error.to_string())?.finish()
}
