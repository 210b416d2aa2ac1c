//! The pages of what a user writes.

use serde_json::Value;

use super::Sources;
use super::defaults;
use super::error::ReferenceError;
use super::known::knows;
use super::resolve::Shape;
use super::walk::{Root, Section, below, walk};
use super::write::{Written, cell, heading, listed};

/// A replay's configuration, as `config.resolved.ron` holds it. What another model of the device does otherwise stands in a file
/// of its own and is not for setting.
const CONFIGURATION: Root =
    Root { file: "", of: "sieve-sched/src/config/spec.rs::Config", without: "deviations" };

/// Where a device's timing parameters stand in it.
const TIMING: &str = "system.pim.timing";

/// Other files: kind, how they are given, and their type.
const FILES: &[(&str, &str, &str)] = &[
    (
        "System",
        "`--system FILE`; its parts are presets or files.",
        "sieve-sched/src/config/spec.rs::SystemSpec",
    ),
    (
        "Device family",
        "`family` of a device names it ([how to add one](../howto.md#add-a-device-family)).",
        "pim-dram/src/family/mod.rs::Family",
    ),
    (
        "Device on another one",
        "`--device FILE`, and `pim` of a system.",
        "pim-dram/src/spec.rs::Derived",
    ),
    (
        "Controller",
        "`sieve dram --controller FILE` ([what it does](../model/controller.md)).",
        "pim-dram/src/controller/spec.rs::ControllerSpec",
    ),
    (
        "Address mapper",
        "`sieve dram --mapper FILE`.",
        "pim-dram/src/controller/mapper.rs::MapperSpec",
    ),
    ("Gate", "`sieve routing gate` takes its fields as flags.", "workloads/src/gate/mod.rs::Gate"),
    (
        "Sweep",
        "`sieve sweep run FILE` ([how](../howto/sweep.md)).",
        "sieve-sched/src/sweep/spec.rs::Sweep",
    ),
    (
        "Figure",
        "`sieve figure FILE` ([how](../howto/figures.md)).",
        "sieve-sched/src/figure/mod.rs::Spec",
    ),
    (
        "Claim",
        "An entry of `sieve-sched/presets/claims.ron`.",
        "sieve-sched/src/claims/claim.rs::Claim",
    ),
];

/// The page of every path that `--set` knows, with the values of the built-in configuration; `timing` are the names of timing
/// parameters and what they mean.
///
/// # Errors
/// Types that cannot be followed, and fields without a doc comment.
pub fn configuration(
    sources: &Sources,
    built_in: &Value,
    timing: &[(&str, &str)],
) -> Result<String, ReferenceError> {
    let sections = walk(&sources.0, &[CONFIGURATION])?;
    let written = Written { types: &sources.0, sections: &sections, values: Some(built_in) };
    let mut text = include_str!("configuration.md").to_owned();
    for section in &sections {
        let level = if section.places[0].path.contains('.') { "###" } else { "##" };
        text += &headed(level, section, "", &written);
        if section.places[0].path == "system.pim" {
            text += &parameters(built_in, timing);
        }
    }
    Ok(text)
}

fn headed(level: &str, section: &Section, given: &str, written: &Written<'_>) -> String {
    format!("\n{level} {}\n\n{given}{}", heading(&section.places[0]), written.section(section))
}

/// Timing parameters, which a device has by name.
fn parameters(built_in: &Value, timing: &[(&str, &str)]) -> String {
    let mut text = format!(
        "\n### `{TIMING}.NAME`\n\nA device has those parameters that rules of its family use, and tREFI, tCL and nBL.\n\n\
        | name | default | meaning |\n|---|---|---|\n"
    );
    let delay = Shape::Named(0, Vec::new());
    let mut sources: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, about) in timing {
        let path = below(TIMING, name);
        let value = defaults::at(built_in, &path).and_then(|v| defaults::written(v, &delay));
        if let Some(source) = value.as_ref().and_then(|_| defaults::source(built_in, &path)) {
            match sources.iter_mut().find(|(known, _)| *known == source) {
                Some((_, names)) => names.push(name),
                None => sources.push((source, vec![name])),
            }
        }
        let value = value.map_or_else(String::new, |value| format!("`{value}`"));
        text += &format!("| `{name}` | {value} | {} |\n", cell(about));
    }
    text + &listed(&sources)
}

/// The page of all other files.
///
/// # Errors
/// Types that cannot be followed, and fields without a doc comment.
pub fn files(sources: &Sources) -> Result<String, ReferenceError> {
    let roots: Vec<Root> =
        FILES.iter().map(|&(file, _, of)| Root { file, of, without: "" }).collect();
    let sections = walk(&sources.0, &roots)?;
    let written = Written { types: &sources.0, sections: &sections, values: None };
    let mut text = include_str!("files.md").to_owned();
    for section in &sections {
        let place = &section.places[0];
        let given = FILES.iter().find(|(file, ..)| place.path.is_empty() && *file == place.file);
        text += &match given {
            Some((_, given, _)) => headed("##", section, &format!("{given}\n\n"), &written),
            None => headed("###", section, "", &written),
        };
    }
    Ok(text)
}

/// Those of some dotted paths, list items by their index, that the page of the configuration lacks.
///
/// # Errors
/// Those of [`configuration`].
pub fn lacking<'p>(
    sources: &Sources,
    paths: impl IntoIterator<Item = &'p String>,
) -> Result<Vec<&'p String>, ReferenceError> {
    let sections = walk(&sources.0, &[CONFIGURATION])?;
    let knows = |path: &&String| {
        let parts: Vec<&str> = path.split('.').collect();
        sections.first().is_some_and(|root| knows(&sections, &root.shape(), &parts))
    };
    Ok(paths.into_iter().filter(|path| !knows(path)).collect())
}

/// A field of the configuration's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Dotted path, items of lists as `N` and of maps as `NAME`.
    pub path: String,
    /// Allowed values, as the page says.
    pub range: Option<String>,
}

/// Every field of the configuration's page, those of types that stand in several places at the first of these.
///
/// # Errors
/// Those of [`configuration`].
pub fn fields(sources: &Sources) -> Result<Vec<Field>, ReferenceError> {
    let sections = walk(&sources.0, &[CONFIGURATION])?;
    let mut all = Vec::new();
    for section in &sections {
        let rows = section.rows.iter().filter(|row| row.name != "sources");
        all.extend(rows.filter(|row| !row.value || row.holds.is_some()).map(|row| Field {
            path: below(&section.places[0].path, &row.name),
            range: row.docs.range.clone(),
        }));
    }
    Ok(all)
}
