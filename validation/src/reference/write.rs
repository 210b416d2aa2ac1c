//! Sections as Markdown.

use std::fmt::Write;

use serde_json::Value;

use super::defaults;
use super::resolve::Shape;
use super::rows::Row;
use super::source::{Body, Type};
use super::unit;
use super::walk::{Place, Section, below};

/// A file as a page has it.
pub(super) struct Written<'p> {
    pub(super) types: &'p [Type],
    pub(super) sections: &'p [Section],
    /// A file of this kind whose values are the defaults.
    pub(super) values: Option<&'p Value>,
}

impl Written<'_> {
    pub(super) fn section(&self, section: &Section) -> String {
        let of = &self.types[section.of];
        let mut text = format!("{}\n\n", of.docs.text);
        if let [_, others @ ..] = &section.places[..]
            && !others.is_empty()
        {
            let others: Vec<String> = others.iter().map(heading).collect();
            let _ = writeln!(text, "The same at {}.\n", others.join(", "));
        }
        let defaults = if self.values.is_some() { " default |" } else { "" };
        let dashes = if self.values.is_some() { "---|" } else { "" };
        let what = if choice(of) { "value" } else { "field" };
        let _ = writeln!(text, "| {what} | written as | unit |{defaults} allowed | meaning |");
        let _ = writeln!(text, "|---|---|---|{dashes}---|---|");
        for row in section.rows.iter().filter(|row| row.name != "sources") {
            text += &self.row(&section.places[0].path, row);
        }
        text + &self.sources(section)
    }

    fn row(&self, place: &str, row: &Row) -> String {
        let path = below(place, &row.name);
        let (name, holds) = match (row.value, &row.holds) {
            (true, None) => (row.name.clone(), String::new()),
            (true, Some(holds)) => (format!("{}(...)", row.name), self.shape(holds)),
            (false, holds) => {
                (path.clone(), holds.as_ref().map_or_else(String::new, |holds| self.shape(holds)))
            }
        };
        let unit = row.docs.unit.as_deref().or_else(|| unit::of(&row.name)).unwrap_or_default();
        let default = self.values.map_or_else(String::new, |tree| {
            let field = row.holds.as_ref().filter(|_| !row.value);
            let value = field.and_then(|of| defaults::written(defaults::at(tree, &path)?, of));
            value.map_or_else(|| " |".to_owned(), |value| format!(" `{value}` |"))
        });
        let range = row.docs.range.as_deref().unwrap_or_default();
        format!(
            "| `{name}` | {holds} | {unit} |{default} {} | {} |\n",
            cell(range),
            cell(&row.docs.text)
        )
    }

    /// Where the defaults of a section come from.
    fn sources(&self, section: &Section) -> String {
        let Some(tree) = self.values else { return String::new() };
        let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in section.rows.iter().filter(|row| !row.value) {
            let path = below(&section.places[0].path, &row.name);
            let shown =
                row.holds.as_ref().and_then(|of| defaults::written(defaults::at(tree, &path)?, of));
            let Some(source) = shown.and_then(|_| defaults::source(tree, &path)) else { continue };
            match all.iter_mut().find(|(known, _)| *known == source) {
                Some((_, names)) => names.push(&row.name),
                None => all.push((source, vec![&row.name])),
            }
        }
        listed(&all)
    }

    fn shape(&self, of: &Shape) -> String {
        match of {
            Shape::Integer => "integer".to_owned(),
            Shape::Number => "number".to_owned(),
            Shape::Bool => "`true` or `false`".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::Any => "value".to_owned(),
            Shape::Maybe(of) => format!("{} or `None`", self.shape(of)),
            Shape::List(of) => format!("list: {}", self.shape(of)),
            Shape::Map(of) => format!("by name: {}", self.shape(of)),
            Shape::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.shape(part)).collect();
                format!("({})", parts.join(", "))
            }
            Shape::Named(at, _) => {
                let Some(section) = self.sections.iter().find(|section| section.of == *at) else {
                    return self.types[*at].docs.text.clone();
                };
                let word = if choice(&self.types[*at]) { "choice" } else { "group" };
                format!("[{word}](#{})", slug(&heading(&section.places[0])))
            }
        }
    }
}

/// The heading of a section.
pub(super) fn heading(place: &Place) -> String {
    match (place.file, place.path.as_str()) {
        ("", "") => "The whole".to_owned(),
        (file, "") => file.to_owned(),
        ("", path) => format!("`{path}`"),
        (file, path) => format!("{file}: `{path}`"),
    }
}

/// Origins of numbers, each with the names that have it.
pub(super) fn listed(sources: &[(&str, Vec<&str>)]) -> String {
    let mut text = String::new();
    for (at, (source, names)) in sources.iter().enumerate() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let before = if at == 0 { "\nDefaults from:\n\n" } else { "" };
        let _ = writeln!(text, "{before}- {}: {source}", names.join(", "));
    }
    text
}

fn choice(of: &Type) -> bool {
    matches!(of.body, Body::Enum(..))
}

/// Text within a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The anchor of a heading.
pub(super) fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}
