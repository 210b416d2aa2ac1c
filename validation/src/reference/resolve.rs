//! Which type a name stands for, and how a value of it is written.

use syn::{GenericArgument, PathArguments, PathSegment};

use super::error::ReferenceError;
use super::source::{Body, Type};

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Integer,
    Number,
    Bool,
    Text,
    /// Whatever RON can write.
    Any,
    /// Or nothing.
    Maybe(Box<Shape>),
    List(Box<Shape>),
    /// By name.
    Map(Box<Shape>),
    Tuple(Vec<Shape>),
    /// A type of the sources by its place, and what its parameters are.
    Named(usize, Vec<(String, Shape)>),
}

/// Types that read and write themselves, by file and name, and how.
const BY_HAND: [(&str, &str, Shape); 3] = [
    ("pim-dram/src/family/clocks.rs", "HalfClocks", Shape::Number),
    ("workloads/src/placement/spec.rs", "PlacementSpec", Shape::Text),
    ("sieve-sched/src/sweep/spec.rs", "Written", Shape::Any),
];

/// Parameters of the types around, and what they are.
pub(super) type Known = [(String, Shape)];

/// How a value of a type is written, the type standing in the file of `from`.
pub(super) fn shape(
    types: &[Type],
    from: &Type,
    known: &Known,
    of: &syn::Type,
) -> Result<Shape, ReferenceError> {
    let again = |of: &syn::Type| shape(types, from, known, of);
    let unknown =
        |found: &str| ReferenceError::Type { file: from.file.clone(), found: found.to_owned() };
    let path = match of {
        syn::Type::Reference(to) => return again(&to.elem),
        syn::Type::Array(of) => return Ok(Shape::List(Box::new(again(&of.elem)?))),
        syn::Type::Slice(of) => return Ok(Shape::List(Box::new(again(&of.elem)?))),
        syn::Type::Tuple(of) => {
            return Ok(Shape::Tuple(of.elems.iter().map(again).collect::<Result<_, _>>()?));
        }
        syn::Type::Path(path) => &path.path,
        _ => return Err(unknown("a type that is neither named nor made of named ones")),
    };
    let Some(last) = path.segments.last() else { return Err(unknown("an empty path")) };
    let name = last.ident.to_string();
    let argument = |at: usize| {
        arguments(last).nth(at).ok_or_else(|| unknown(&name)).and_then(again).map(Box::new)
    };
    Ok(match name.as_str() {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i32" | "i64" | "NonZeroU32" => {
            Shape::Integer
        }
        "f32" | "f64" => Shape::Number,
        "bool" => Shape::Bool,
        "String" | "str" | "PathBuf" => Shape::Text,
        "Value" => Shape::Any,
        "Box" => *argument(0)?,
        "Option" => Shape::Maybe(argument(0)?),
        "Vec" | "BTreeSet" => Shape::List(argument(0)?),
        "Pairs" => Shape::Map(argument(0)?),
        "BTreeMap" | "Map" => Shape::Map(argument(1)?),
        _ => {
            if let Some((_, shape)) = known.iter().find(|(parameter, _)| *parameter == name) {
                return Ok(shape.clone());
            }
            let segments: Vec<String> =
                path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let at = find(types, from, &segments)?;
            let by_hand = BY_HAND
                .iter()
                .find(|(file, of, _)| (*file, *of) == (&types[at].file, &types[at].name));
            if let Some((_, _, shape)) = by_hand {
                return Ok(shape.clone());
            }
            let mut given = arguments(last);
            let mut parameters = Vec::new();
            for (parameter, default) in &types[at].generics {
                let of = given.next().or(default.as_ref()).ok_or_else(|| unknown(&name))?;
                parameters.push((parameter.clone(), again(of)?));
            }
            match &types[at].body {
                Body::Newtype(Some(held)) => shape(types, &types[at], &parameters, held)?,
                _ => Shape::Named(at, parameters),
            }
        }
    })
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &syn::Type> {
    let given = match &segment.arguments {
        PathArguments::AngleBracketed(given) => Some(given.args.iter()),
        _ => None,
    };
    given.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    })
}

/// The type that a path means in a file: one of the file, of what the file imports, or the only one of that name in the crate.
fn find(types: &[Type], from: &Type, path: &[String]) -> Result<usize, ReferenceError> {
    let (name, above) = match path.split_last() {
        Some((name, above)) => (name.as_str(), above),
        None => ("", path),
    };
    let imported = from.imports.get(path.first().map_or("", String::as_str));
    // What a path means from the root of a crate on, as far as it says.
    let whole = match (imported, above) {
        (Some(whole), []) => whole.clone(),
        (Some(module), _) => [module.as_slice(), &path[1..]].concat(),
        (None, _) => path.to_vec(),
    };
    let meant = whole.last().map_or(name, String::as_str);
    let of = match whole.first().map(|first| first.replace('_', "-")) {
        Some(first) if types.iter().any(|t| t.of == first) => first,
        _ => from.of.to_owned(),
    };
    let all: Vec<usize> = (0..types.len()).filter(|&at| types[at].name == meant).collect();
    let narrowed = |keep: &dyn Fn(&Type) -> bool| -> Vec<usize> {
        all.iter().copied().filter(|&at| keep(&types[at])).collect()
    };
    let modules = &whole[..whole.len().saturating_sub(1)];
    let in_modules = |t: &Type| {
        let parts: Vec<&str> = t.file.trim_end_matches(".rs").split('/').collect();
        t.of == of
            && modules
                .iter()
                .filter(|m| !["crate", "super", "self"].contains(&m.as_str()))
                .filter(|m| m.replace('_', "-") != of)
                .all(|m| parts.contains(&m.as_str()))
    };
    let here = imported.is_none() && above.is_empty();
    let folder = from.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let choices = [
        narrowed(&|t| here && t.file == from.file),
        narrowed(&|t| in_modules(t) && t.file.starts_with(folder)),
        narrowed(&in_modules),
        narrowed(&|t| t.of == of),
    ];
    match choices.iter().find(|found| found.len() == 1) {
        Some(found) => Ok(found[0]),
        None => Err(ReferenceError::Name {
            file: from.file.clone(),
            name: path.join("::"),
            found: choices[3].len(),
        }),
    }
}
