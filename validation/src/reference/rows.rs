//! The parts of a type: fields, values, and the fields of values.

use std::collections::BTreeSet;

use super::docs::Docs;
use super::error::ReferenceError;
use super::resolve::{Known, Shape, shape};
use super::serde::Tag;
use super::source::{Body, Field, Holds, Type, Variant};
use super::walk::below;

/// A field, a value, or a field of a value.
#[derive(Debug)]
pub(super) struct Row {
    /// Dotted path below the section's place.
    pub(super) name: String,
    pub(super) docs: Docs,
    /// Whether it is one of several values, rather than a field.
    pub(super) value: bool,
    /// What it holds; `None` for a bare name.
    pub(super) holds: Option<Shape>,
}

/// The parts of a type.
pub(super) fn rows(types: &[Type], of: usize, known: &Known) -> Result<Vec<Row>, ReferenceError> {
    let within = Within { types, of: &types[of], known };
    match &within.of.body {
        Body::Newtype(_) => Ok(Vec::new()),
        Body::Struct(fields) => within.fields(fields, ""),
        Body::Enum(variants, Tag::Around) => within.variants(variants),
        Body::Enum(variants, Tag::Beside(tag)) => within.beside(variants, Some(tag)),
        Body::Enum(variants, Tag::None) => within.beside(variants, None),
    }
}

/// A type and its parameters.
#[derive(Clone, Copy)]
struct Within<'t> {
    types: &'t [Type],
    of: &'t Type,
    known: &'t Known,
}

impl Within<'_> {
    fn shape(&self, ty: &syn::Type) -> Result<Shape, ReferenceError> {
        shape(self.types, self.of, self.known, ty)
    }

    fn fields(&self, fields: &[Field], above: &str) -> Result<Vec<Row>, ReferenceError> {
        let mut rows = Vec::new();
        for field in fields {
            let holds = self.shape(&field.of)?;
            if field.flatten {
                rows.extend(self.flat(&holds, &field.docs)?);
                continue;
            }
            let docs = self.documented(&field.name, &field.docs)?;
            let name = below(above, &field.name);
            rows.push(Row { name, docs, value: false, holds: Some(holds) });
        }
        Ok(rows)
    }

    /// The fields of what stands in the place of a field.
    fn flat(&self, of: &Shape, docs: &Docs) -> Result<Vec<Row>, ReferenceError> {
        match of {
            Shape::Maybe(of) => self.flat(of, docs),
            Shape::Map(of) => {
                let (name, docs) = ("NAME".to_owned(), docs.clone());
                Ok(vec![Row { name, docs, value: false, holds: Some((**of).clone()) }])
            }
            Shape::Named(at, parameters) => rows(self.types, *at, parameters),
            _ => Ok(Vec::new()),
        }
    }

    fn variants(&self, variants: &[Variant]) -> Result<Vec<Row>, ReferenceError> {
        let mut rows = Vec::new();
        for Variant { name, docs, holds } in variants {
            let docs = self.documented(name, docs)?;
            let (holds, fields) = match holds {
                Holds::Nothing => (None, Vec::new()),
                Holds::Fields(fields) => (None, self.fields(fields, name)?),
                Holds::Values(values) => match &values[..] {
                    [one] => (Some(self.shape(one)?), Vec::new()),
                    several => {
                        let parts = several.iter().map(|value| self.shape(value));
                        (Some(Shape::Tuple(parts.collect::<Result<_, _>>()?)), Vec::new())
                    }
                },
            };
            rows.push(Row { name: name.clone(), docs, value: true, holds });
            rows.extend(fields);
        }
        Ok(rows)
    }

    /// Variants whose fields stand beside the name of the variant, if there is one.
    fn beside(
        &self,
        variants: &[Variant],
        tag: Option<&String>,
    ) -> Result<Vec<Row>, ReferenceError> {
        let names: Vec<String> = variants.iter().map(|v| format!("`{}`", v.name)).collect();
        let docs = Docs::new(&format!("{} One of {}.", self.of.docs.text, names.join(", ")));
        let row = |name: &String| {
            let (name, docs) = (name.clone(), docs.clone());
            Row { name, docs, value: false, holds: Some(Shape::Text) }
        };
        let mut rows: Vec<Row> = tag.map(row).into_iter().collect();
        for variant in variants {
            if let Holds::Fields(fields) = &variant.holds {
                rows.extend(self.fields(fields, "")?);
            }
        }
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.name.clone()));
        Ok(rows)
    }

    fn documented(&self, name: &str, docs: &Docs) -> Result<Docs, ReferenceError> {
        if docs.text.is_empty() {
            let name = format!("{}::{name}", self.of.name);
            return Err(ReferenceError::Undocumented { file: self.of.file.clone(), name });
        }
        Ok(docs.clone())
    }
}
