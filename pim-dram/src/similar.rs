//! Names that a user may have meant.

use thiserror::Error;

/// Less similar names are no help.
const SIMILAR: f64 = 0.75;

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no {kind} is called `{name}`{}; there is {}", suggestion(.nearest), .known.join(", "))]
pub struct Unknown {
    /// What was looked for.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The most similar name that there is.
    pub nearest: Option<String>,
    /// All names.
    pub known: Vec<String>,
}

impl Unknown {
    /// A name that is none of the known ones.
    pub fn new<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let nearest = nearest(name, known.iter().map(String::as_str));
        Self { kind, name: name.to_owned(), nearest, known }
    }
}

/// The known name with the fewest letters otherwise, of those that are similar at all; of several the one nearest in length, then
/// the first. Case does not matter.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (candidate.to_lowercase(), candidate))
        .filter(|(lower, _)| strsim::jaro_winkler(&name, lower) > SIMILAR)
        .min_by_key(|(lower, _)| {
            (strsim::osa_distance(&name, lower), name.len().abs_diff(lower.len()))
        })
        .map(|(_, candidate)| candidate.to_owned())
}

/// The end of a message that offers that name.
#[must_use]
pub fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// The end of a message that offers the known name most similar to `name`; empty if none is.
pub fn offer<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    suggestion(&nearest(name, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_similar_name_is_offered_whatever_its_case() {
        let known = ["gddr6-aim", "attacc-hbm3", "sieve-hbm3e"];
        let text = |name| Unknown::new("device", name, known).to_string();
        assert_eq!(
            text("gddr6-ami"),
            "no device is called `gddr6-ami` (did you mean `gddr6-aim`?); there is gddr6-aim, attacc-hbm3, sieve-hbm3e"
        );
        assert!(text("AttAcc-HBM3e").contains("did you mean `attacc-hbm3`?"));
        assert!(text("zz").starts_with("no device is called `zz`; there is"));
        assert_eq!(offer("zz", known), "");
        let nearest = nearest("gpt-oss-21b", ["gpt-oss-120b", "gpt-oss-20b"]);
        assert_eq!(nearest.as_deref(), Some("gpt-oss-20b"));
        assert_eq!(offer("tRDC", ["tRC", "tRCD", "tRAS"]), " (did you mean `tRCD`?)");
    }
}
