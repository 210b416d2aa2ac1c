//! Tables with cells of prose.

use comfy_table::{ContentArrangement, Table, presets};

/// Columns of text; longer cells are broken into lines.
const WIDTH: u16 = 160;

/// A table without rows yet.
pub(crate) fn wide_table() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table
}
