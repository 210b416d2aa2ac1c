//! The page of what the program writes.

use std::fmt::Write;

use super::Sources;
use super::docs::Docs;
use super::error::ReferenceError;
use super::outputs::{JSON, Json};
use super::resolve::Shape;
use super::rows::Row;
use super::serde::Tag;
use super::source::{Body, Type};
use super::unit;
use super::walk::{Root, Section, below, walk};
use super::write::cell;

/// A table whose columns are a list in code: heading, what writes it, and name and meaning of each column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Heading.
    pub heading: &'static str,
    /// What writes it.
    pub by: &'static str,
    /// Name and meaning.
    pub columns: Vec<(String, String)>,
}

/// Most values of a field that are explained beside it; of more there is but the name.
const EXPLAINED: usize = 4;

/// The page of every figure.
///
/// # Errors
/// Types that cannot be followed, and fields without a doc comment.
pub fn statistics(sources: &Sources, tables: &[Columns]) -> Result<String, ReferenceError> {
    let mut text = include_str!("statistics.md").to_owned();
    for Json { heading, by, root, place } in JSON {
        let root = Root { file: heading, of: root, without: "" };
        let sections = walk(&sources.0, &[root])?;
        begin(&mut text, heading, by);
        let Some(whole) = sections.first() else { continue };
        rows(&sources.0, &sections, whole, place, &mut text);
    }
    for Columns { heading, by, columns } in tables {
        begin(&mut text, heading, by);
        for (name, about) in columns {
            line(name, &Docs::new(about), "", &mut text);
        }
    }
    Ok(text)
}

fn begin(text: &mut String, heading: &str, by: &str) {
    let _ = writeln!(text, "\n## {heading}\n\n{by}\n\n| name | unit | meaning |\n|---|---|---|");
}

fn line(name: &str, docs: &Docs, choices: &str, text: &mut String) {
    let unit = docs.unit.as_deref().or_else(|| unit::of(name)).unwrap_or_default();
    let _ = writeln!(text, "| `{name}` | {unit} | {}{choices} |", cell(&docs.text));
}

/// A line for every field of a type and of the types within.
fn rows(types: &[Type], all: &[Section], of: &Section, place: &str, text: &mut String) {
    for row in of.rows.iter().filter(|row| !row.value) {
        let name = below(place, &row.name);
        let Some(holds) = &row.holds else { continue };
        let (name, inner) = inside(holds, &name);
        let inner = inner.and_then(|shape| all.iter().find(|section| section.shape() == *shape));
        match inner.map(|section| (section, &types[section.of].body)) {
            Some((section, Body::Enum(_, Tag::Around))) => {
                let names: Vec<_> = section.rows.iter().filter(|row| row.value).collect();
                let explained = names.len() <= EXPLAINED;
                let choice = |row: &&Row| match explained {
                    true => {
                        format!("`{}`: {}", row.name, cell(row.docs.text.trim_end_matches('.')))
                    }
                    false => format!("`{}`", row.name),
                };
                let choices: Vec<String> = names.iter().map(choice).collect();
                line(&name, &row.docs, &format!(" {}.", choices.join("; ")), text);
                held(types, all, section, &name, text);
                rows(types, all, section, &name, text);
            }
            Some((section, _)) => {
                line(&name, &row.docs, "", text);
                rows(types, all, section, &name, text);
            }
            None => line(&name, &row.docs, "", text),
        }
    }
}

/// A line for every value that holds something, and for the fields of that.
fn held(types: &[Type], all: &[Section], of: &Section, place: &str, text: &mut String) {
    for row in of.rows.iter().filter(|row| row.value) {
        let Some(holds) = &row.holds else { continue };
        let (name, inner) = inside(holds, &below(place, &row.name));
        line(&name, &row.docs, "", text);
        let inner = inner.and_then(|shape| all.iter().find(|section| section.shape() == *shape));
        if let Some(section) = inner {
            rows(types, all, section, &name, text);
            held(types, all, section, &name, text);
        }
    }
}

/// The path of what a list or map holds, and the type of the sources that it is.
fn inside<'s>(of: &'s Shape, path: &str) -> (String, Option<&'s Shape>) {
    match of {
        Shape::Maybe(of) => inside(of, path),
        Shape::List(of) => inside(of, &below(path, "N")),
        Shape::Map(of) => inside(of, &below(path, "NAME")),
        Shape::Named(..) => (path.to_owned(), Some(of)),
        _ => (path.to_owned(), None),
    }
}
