//! Doc comments as cells of a table.
//!
//! A comment may end in labelled parts, in this order or any other: `Unit: elements. Range: 1 to 128.`

use syn::{Attribute, Expr, Lit, Meta};

/// A doc comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Docs {
    /// What it says, in Markdown, on one line.
    pub(super) text: String,
    /// Unit, where the name does not end in it.
    pub(super) unit: Option<String>,
    /// Allowed values.
    pub(super) range: Option<String>,
}

/// Labels of the parts.
const LABELS: [&str; 2] = ["Unit: ", "Range: "];

impl Docs {
    /// The doc comment of an item.
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let lines = attributes.iter().filter_map(|attribute| {
            let Meta::NameValue(pair) = &attribute.meta else { return None };
            let Expr::Lit(value) = &pair.value else { return None };
            match &value.lit {
                Lit::Str(text) if pair.path.is_ident("doc") => Some(text.value()),
                _ => None,
            }
        });
        Self::new(&lines.collect::<Vec<_>>().join("\n"))
    }

    pub(super) fn new(comment: &str) -> Self {
        let words: Vec<&str> = comment.split_whitespace().collect();
        let line = without_links(&words.join(" "));
        let mut starts: Vec<(usize, &str)> = LABELS
            .iter()
            .filter_map(|label| line.find(label).map(|at| (at, *label)))
            .filter(|&(at, _)| at == 0 || line[..at].ends_with(' '))
            .collect();
        starts.sort_unstable();
        let part = |label: &str| {
            let at = starts.iter().position(|(_, known)| *known == label)?;
            let from = starts[at].0 + label.len();
            let to = starts.get(at + 1).map_or(line.len(), |next| next.0);
            Some(line[from..to].trim().trim_end_matches('.').to_owned())
        };
        let end = starts.first().map_or(line.len(), |first| first.0);
        Self { text: line[..end].trim().to_owned(), unit: part(LABELS[0]), range: part(LABELS[1]) }
    }
}

/// Links between items of the program become their text.
fn without_links(text: &str) -> String {
    let mut all = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[`") {
        let Some(end) = rest[at..].find("`]").map(|end| at + end) else { break };
        all += &rest[..at];
        all += &rest[at + 1..=end];
        rest = &rest[end + 2..];
        if let Some(target) = rest.strip_prefix('(') {
            rest = target.split_once(')').map_or(target, |(_, after)| after);
        }
    }
    all + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labelled_parts_leave_the_text() {
        let docs =
            Docs::new(" Width of a [`Run`](super::Run),\n in all. Range: 1 to 9. Unit: elements.");
        assert_eq!(docs.text, "Width of a `Run`, in all.");
        assert_eq!(docs.range.as_deref(), Some("1 to 9"));
        assert_eq!(docs.unit.as_deref(), Some("elements"));
        assert_eq!(Docs::new("Plain [`A`] text").text, "Plain `A` text");
    }
}
