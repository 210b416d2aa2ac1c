//! What `sieve presets` prints for people.

use sieve_sched::presets::{Derived, Field, Kind, Shown};

use super::Entry;
use crate::wide::wide_table;

/// What is said of numbers that are in no file.
const DERIVED: &str = "derived:";

pub(super) fn list(kinds: &[(&'static Kind, Vec<Entry>)]) -> String {
    let of = |(kind, entries): &(&Kind, Vec<Entry>)| {
        let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
        let line = |entry: &Entry| format!("  {:width$}  {}", entry.name, entry.about);
        let lines: Vec<String> = entries.iter().map(line).collect();
        format!("{}: {}\n{}", kind.name, kind.about, lines.join("\n"))
    };
    kinds.iter().map(of).collect::<Vec<_>>().join("\n\n")
}

pub(super) fn show(kind: &Kind, shown: &Shown) -> String {
    let mut table = wide_table();
    table
        .set_header(["path", "value", "unit", "source"])
        .add_rows(shown.values.iter().map(value))
        .add_rows(shown.derived.iter().map(derived));
    let more = kind
        .command
        .map_or_else(String::new, |command| format!("\n`{command} {}` has more of it", shown.name));
    format!("{} `{}`: {}\n{table}{more}", shown.kind, shown.name, shown.about)
}

fn value(field: &Field) -> [String; 4] {
    let source = field.source.clone().unwrap_or_default();
    [field.path.clone(), field.written(), field.unit.unwrap_or_default().to_owned(), source]
}

fn derived(quantity: &Derived) -> [String; 4] {
    let unit = quantity.unit.unwrap_or_default().to_owned();
    [quantity.name.clone(), quantity.written(), unit, format!("{DERIVED} {}", quantity.from)]
}
