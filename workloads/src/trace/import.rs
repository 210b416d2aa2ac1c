//! Other people's formats, told apart by the arrays they have.

use super::archive::Archive;
use super::array::Axes;
use super::check::expert_range;
use super::{Problem, Records};
use crate::model::ModelSpec;

struct Importer {
    /// Arrays that an archive of this format has, and what they are called in the project's format.
    arrays: &'static [(&'static str, &'static str)],
    read: fn(&mut Archive, &ModelSpec) -> Result<Records, Problem>,
}

const IMPORTERS: &[Importer] = &[Importer {
    arrays: &[("flat", "expert_ids"), ("lens", "request_tokens")],
    read: fingerprints,
}];

/// Reads an archive without `meta`. Beside the records stands what its arrays were taken for, since later errors use the names
/// of the project's format.
pub(super) fn records(
    archive: &mut Archive,
    model: &ModelSpec,
) -> Result<(Records, String), Problem> {
    let fits = |importer: &&Importer| importer.arrays.iter().all(|(theirs, _)| archive.has(theirs));
    let Some(importer) = IMPORTERS.iter().find(fits) else {
        let formats = IMPORTERS.iter().map(|importer| {
            let names = importer.arrays.iter().map(|(theirs, _)| format!("`{theirs}`"));
            names.collect::<Vec<_>>().join(", ")
        });
        let accepted: Vec<_> = std::iter::once("`meta`".to_owned()).chain(formats).collect();
        return Err(Problem::Format { found: archive.arrays(), accepted: accepted.join(" or ") });
    };
    let taken = importer.arrays.iter().map(|(theirs, ours)| format!("`{theirs}` as `{ours}`"));
    let taken = taken.collect::<Vec<_>>().join(", ");
    Ok(((importer.read)(archive, model)?, taken))
}

/// `flat` `[tokens, layers, k]` and `lens` `[requests]`: AmanPriyanshu/GPT-OSS-MoE-ExpertFingerprinting, one file for all its
/// requests.
fn fingerprints(archive: &mut Archive, model: &ModelSpec) -> Result<Records, Problem> {
    const FLAT: Axes<3> = Axes { array: "flat", axes: ["token", "layer", "slot"] };
    const LENS: Axes<1> = Axes { array: "lens", axes: ["request"] };
    Ok(Records::Requests {
        expert_ids: archive.read(&FLAT, expert_range(model))?,
        request_tokens: archive.read(&LENS, 1..=u32::MAX)?,
    })
}
