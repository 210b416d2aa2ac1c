//! What `serde` attributes do to names.

use syn::{Attribute, LitStr};

/// The attributes that change what stands in a file.
#[derive(Debug, Default)]
pub(super) struct Serde {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Renaming,
    pub(super) flatten: bool,
    pub(super) skip: bool,
    pub(super) tag: Tag,
}

/// How a file says which variant of a type it holds.
#[derive(Clone, Debug, Default)]
pub(super) enum Tag {
    /// Its name stands around what it holds.
    #[default]
    Around,
    /// By the field of this name, the fields of the variant beside it.
    Beside(String),
    /// By the fields of the variant alone.
    None,
}

/// How all names of a type change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Renaming {
    #[default]
    None,
    Snake,
    Kebab,
    Lower,
}

impl Serde {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            // Attributes that compile parse; those that do not matter here are passed over.
            let _ = attribute.parse_nested_meta(|meta| {
                let text = || meta.value()?.parse::<LitStr>().map(|text| text.value());
                if meta.path.is_ident("rename") {
                    serde.rename = Some(text()?);
                } else if meta.path.is_ident("rename_all") {
                    serde.rename_all = Renaming::named(&text()?);
                } else if meta.path.is_ident("flatten") {
                    serde.flatten = true;
                } else if meta.path.is_ident("tag") {
                    serde.tag = Tag::Beside(text()?);
                } else if meta.path.is_ident("untagged") {
                    serde.tag = Tag::None;
                } else if meta.path.is_ident("skip") {
                    serde.skip = true;
                } else if meta.input.peek(syn::Token![=]) {
                    text()?;
                }
                Ok(())
            });
        }
        serde
    }
}

impl Renaming {
    fn named(name: &str) -> Self {
        match name {
            "snake_case" => Self::Snake,
            "kebab-case" => Self::Kebab,
            "lowercase" => Self::Lower,
            _ => Self::None,
        }
    }

    /// Fields are written in snake case already.
    pub(super) fn field(self, name: &str) -> String {
        match self {
            Self::None | Self::Snake | Self::Lower => name.to_owned(),
            Self::Kebab => name.replace('_', "-"),
        }
    }

    pub(super) fn variant(self, name: &str) -> String {
        match self {
            Self::None => name.to_owned(),
            Self::Lower => name.to_lowercase(),
            Self::Snake => parts(name, '_'),
            Self::Kebab => parts(name, '-'),
        }
    }
}

/// `OfSeveralParts` in lower case, with a sign between parts.
fn parts(name: &str, between: char) -> String {
    let mut all = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            all.push(between);
        }
        all.extend(letter.to_lowercase());
    }
    all
}
