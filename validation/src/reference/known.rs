//! Whether a path leads anywhere.

use super::resolve::Shape;
use super::walk::Section;

/// Whether a value has a path within, items of lists by index.
pub(super) fn knows(sections: &[Section], of: &Shape, path: &[&str]) -> bool {
    let [first, rest @ ..] = path else { return true };
    match of {
        Shape::Maybe(of) => knows(sections, of, path),
        Shape::List(of) => first.parse::<usize>().is_ok() && knows(sections, of, rest),
        Shape::Map(of) => knows(sections, of, rest),
        Shape::Tuple(parts) => {
            let part = first.parse::<usize>().ok().and_then(|at| parts.get(at));
            part.is_some_and(|part| knows(sections, part, rest))
        }
        Shape::Named(..) => {
            let Some(section) = sections.iter().find(|section| section.shape() == *of) else {
                return false;
            };
            section.rows.iter().any(|row| {
                let name: Vec<&str> = row.name.split('.').collect();
                let holds = row.holds.as_ref();
                path.strip_prefix(name.as_slice()).is_some_and(|rest| {
                    rest.is_empty() || holds.is_some_and(|of| knows(sections, of, rest))
                })
            })
        }
        _ => false,
    }
}
