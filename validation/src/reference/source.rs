//! Reads the types that are read from files or written to them, with their doc comments, out of the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use syn::{Fields, Item, UseTree};

use super::docs::Docs;
use super::error::ReferenceError;
use super::serde::{Renaming, Serde, Tag};

/// Crates whose types are looked for.
const CRATES: [&str; 6] =
    ["pim-dram", "gpu-model", "noc", "workloads", "sieve-sched", "validation"];

/// Name in a file -> whole path.
pub(super) type Imports = BTreeMap<String, Vec<String>>;

/// A type.
pub(super) struct Type {
    pub(super) name: String,
    /// Crate in whose sources it stands.
    pub(super) of: &'static str,
    /// File, from the root of the checkout.
    pub(super) file: String,
    pub(super) imports: Rc<Imports>,
    pub(super) docs: Docs,
    /// Parameters and what they are if nothing is given.
    pub(super) generics: Vec<(String, Option<syn::Type>)>,
    pub(super) body: Body,
}

pub(super) enum Body {
    Struct(Vec<Field>),
    /// What it is in a file, if anything.
    Newtype(Option<syn::Type>),
    /// Variants, and how a file says which it is.
    Enum(Vec<Variant>, Tag),
}

pub(super) struct Field {
    /// As in files.
    pub(super) name: String,
    pub(super) docs: Docs,
    pub(super) of: syn::Type,
    /// Its fields stand in the place of it.
    pub(super) flatten: bool,
}

pub(super) struct Variant {
    /// As in files.
    pub(super) name: String,
    pub(super) docs: Docs,
    pub(super) holds: Holds,
}

pub(super) enum Holds {
    Nothing,
    Fields(Vec<Field>),
    Values(Vec<syn::Type>),
}

/// All types of a checkout, by file.
pub(super) fn read(root: &Path) -> Result<Vec<Type>, ReferenceError> {
    let mut types = Vec::new();
    for of in CRATES {
        for path in files(&root.join(of).join("src"))? {
            let text = fs::read_to_string(&path)
                .map_err(|source| ReferenceError::Read { path: path.clone(), source })?;
            let parsed = syn::parse_file(&text)
                .map_err(|source| ReferenceError::Parse { path: path.clone(), source })?;
            let file = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let imports = Rc::new(imports(&parsed.items));
            let found = parsed.items.iter().filter_map(|item| of_item(item, of, &file, &imports));
            types.extend(found);
        }
    }
    Ok(types)
}

/// Rust files below a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ReferenceError> {
    let wrong = |source| ReferenceError::Read { path: folder.to_owned(), source };
    let mut entries = (fs::read_dir(folder).map_err(wrong)?)
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    entries.sort();
    let mut all = Vec::new();
    for path in entries {
        if path.is_dir() {
            all.extend(files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
    Ok(all)
}

fn imports(items: &[Item]) -> Imports {
    let mut all = Imports::new();
    for item in items {
        if let Item::Use(used) = item {
            import(&used.tree, &mut Vec::new(), &mut all);
        }
    }
    all
}

fn import(tree: &UseTree, above: &mut Vec<String>, all: &mut Imports) {
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            import(&path.tree, above, all);
            above.pop();
        }
        UseTree::Name(name) => {
            let whole = [above.as_slice(), &[name.ident.to_string()]].concat();
            all.insert(name.ident.to_string(), whole);
        }
        UseTree::Rename(name) => {
            let whole = [above.as_slice(), &[name.ident.to_string()]].concat();
            all.insert(name.rename.to_string(), whole);
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| import(tree, above, all)),
        UseTree::Glob(_) => {}
    }
}

fn of_item(item: &Item, of: &'static str, file: &str, imports: &Rc<Imports>) -> Option<Type> {
    let (name, attributes, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.attrs, &item.generics),
        Item::Enum(item) => (&item.ident, &item.attrs, &item.generics),
        _ => return None,
    };
    let Serde { rename_all: renaming, tag, .. } = Serde::of(attributes);
    let body = match item {
        Item::Struct(item) => match &item.fields {
            Fields::Named(_) => Body::Struct(fields(&item.fields, renaming)),
            Fields::Unnamed(held) => {
                Body::Newtype(held.unnamed.first().map(|held| held.ty.clone()))
            }
            Fields::Unit => Body::Newtype(None),
        },
        Item::Enum(item) => {
            Body::Enum(item.variants.iter().map(|v| variant(v, renaming)).collect(), tag)
        }
        _ => return None,
    };
    let generics = generics.type_params().map(|p| (p.ident.to_string(), p.default.clone()));
    Some(Type {
        name: name.to_string(),
        of,
        file: file.to_owned(),
        imports: Rc::clone(imports),
        docs: Docs::of(attributes),
        generics: generics.collect(),
        body,
    })
}

fn fields(fields: &Fields, renaming: Renaming) -> Vec<Field> {
    let mut all = Vec::new();
    for field in fields {
        let serde = Serde::of(&field.attrs);
        let Some(name) = field.ident.as_ref().filter(|_| !serde.skip) else { continue };
        let plain = name.to_string();
        let plain = plain.strip_prefix("r#").unwrap_or(&plain);
        all.push(Field {
            name: serde.rename.unwrap_or_else(|| renaming.field(plain)),
            docs: Docs::of(&field.attrs),
            of: field.ty.clone(),
            flatten: serde.flatten,
        });
    }
    all
}

fn variant(variant: &syn::Variant, renaming: Renaming) -> Variant {
    let serde = Serde::of(&variant.attrs);
    Variant {
        name: serde.rename.unwrap_or_else(|| renaming.variant(&variant.ident.to_string())),
        docs: Docs::of(&variant.attrs),
        holds: match &variant.fields {
            Fields::Unit => Holds::Nothing,
            Fields::Named(_) => Holds::Fields(fields(&variant.fields, Renaming::None)),
            Fields::Unnamed(values) => {
                Holds::Values(values.unnamed.iter().map(|value| value.ty.clone()).collect())
            }
        },
    }
}
