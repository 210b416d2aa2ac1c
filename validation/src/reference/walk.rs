//! From a type of a whole file to a section for every type below it.

use super::error::ReferenceError;
use super::resolve::{Known, Shape};
use super::rows::{Row, rows};
use super::source::Type;

/// A type, where it stands in the file, and its parts.
#[derive(Debug)]
pub(super) struct Section {
    /// Its place among the types.
    pub(super) of: usize,
    parameters: Vec<(String, Shape)>,
    pub(super) places: Vec<Place>,
    /// Fields, or values.
    pub(super) rows: Vec<Row>,
}

impl Section {
    /// How a value of the type is named.
    pub(super) fn shape(&self) -> Shape {
        Shape::Named(self.of, self.parameters.clone())
    }
}

/// Where a type stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Kind of file; empty where a page has one.
    pub(super) file: &'static str,
    /// Dotted path; empty for the whole. Items of lists are `N`, those of maps `NAME`.
    pub(super) path: String,
}

/// A kind of file and the type of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub(super) file: &'static str,
    /// File and name of the type.
    pub(super) of: &'static str,
    /// A field that has a page of its own.
    pub(super) without: &'static str,
}

/// The sections of files, each file's whole first. What several have in common stands with the first.
pub(super) fn walk(types: &[Type], roots: &[Root]) -> Result<Vec<Section>, ReferenceError> {
    let mut sections = Vec::new();
    for &root in roots {
        let (file, name) = root.of.rsplit_once("::").unwrap_or(("", root.of));
        let found: Vec<usize> = (0..types.len())
            .filter(|&at| types[at].name == name && types[at].file == file)
            .collect();
        let [of] = found[..] else {
            let (file, name) = (file.to_owned(), name.to_owned());
            return Err(ReferenceError::Name { file, name, found: found.len() });
        };
        Walk { types, root, sections: &mut sections }.enter(&Shape::Named(of, Vec::new()), "")?;
    }
    Ok(sections)
}

struct Walk<'t> {
    types: &'t [Type],
    root: Root,
    sections: &'t mut Vec<Section>,
}

impl Walk<'_> {
    fn enter(&mut self, of: &Shape, place: &str) -> Result<(), ReferenceError> {
        match of {
            Shape::Integer | Shape::Number | Shape::Bool | Shape::Text | Shape::Any => Ok(()),
            Shape::Maybe(of) => self.enter(of, place),
            Shape::List(of) => self.enter(of, &below(place, "N")),
            Shape::Map(of) => self.enter(of, &below(place, "NAME")),
            Shape::Tuple(parts) => parts.iter().try_for_each(|part| self.enter(part, place)),
            Shape::Named(at, parameters) => self.section(*at, parameters, place),
        }
    }

    /// A type that has a section stands there once, with all of its places.
    fn section(&mut self, of: usize, known: &Known, place: &str) -> Result<(), ReferenceError> {
        let here = Place { file: self.root.file, path: place.to_owned() };
        let same = |section: &&mut Section| section.of == of && section.parameters == known;
        if let Some(section) = self.sections.iter_mut().find(same) {
            section.places.push(here);
            return Ok(());
        }
        let rows = rows(self.types, of, known)?;
        let inner: Vec<_> = (rows.iter())
            .filter(|row| row.name != self.root.without)
            .filter_map(|row| Some((row.holds.clone()?, below(place, &row.name))))
            .collect();
        let (places, parameters) = (vec![here], known.to_vec());
        self.sections.push(Section { of, parameters, places, rows });
        inner.iter().try_for_each(|(of, place)| self.enter(of, place))
    }
}

/// A path below another one.
pub(super) fn below(place: &str, name: &str) -> String {
    match (place, name) {
        ("", name) => name.to_owned(),
        (place, "") => place.to_owned(),
        (place, name) => format!("{place}.{name}"),
    }
}
