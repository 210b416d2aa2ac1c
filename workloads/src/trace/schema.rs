//! The project's file format: names of arrays and axes, and the JSON of `meta`.

use serde::{Deserialize, Serialize};

use super::array::Axes;
use super::{Expected, Head, Kind, Problem};

/// The version that is read and written.
pub(super) const VERSION: u64 = 1;

/// `meta`: an array of an archive, or the first line of JSON lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meta {
    schema_version: u64,
    kind: Kind,
    model: String,
    experts: u64,
    top_k: u64,
}

/// The one key that is read first, since the others depend on it.
#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

pub(super) const META: Axes<'_> = Axes { array: "meta", axes: &["byte"] };
pub(super) const REQUEST_IDS: Axes<'_> = Axes { array: "expert_ids", axes: TOKEN_LAYERS };
pub(super) const REQUEST_TOKENS: Axes<'_> = Axes { array: "request_tokens", axes: REQUESTS };
pub(super) const BATCH_IDS: Axes<'_> = Axes { array: "expert_ids", axes: STEP_LAYERS };
pub(super) const COUNTS: Axes<'_> = Axes { array: "counts", axes: STEP_COUNTS };
/// Which layers of the model were recorded; without this array, all.
pub(super) const LAYERS: Axes<'_> = Axes { array: "layers", axes: &["index"] };

pub(super) const TOKEN_LAYERS: &[&str] = &["token", "layer", "slot"];
pub(super) const REQUESTS: &[&str] = &["request"];
pub(super) const STEP_LAYERS: &[&str] = &["step", "layer", "token", "slot"];
pub(super) const STEP_COUNTS: &[&str] = &["step", "layer", "expert"];

impl Meta {
    pub(super) fn of(head: &Head) -> Self {
        Self {
            schema_version: VERSION,
            kind: head.kind,
            model: head.model.clone(),
            experts: head.experts.into(),
            top_k: head.top_k.into(),
        }
    }

    /// Whether a line of JSON is meant as one.
    pub(super) fn is_meant(json: &str) -> bool {
        serde_json::from_str::<Version>(json).is_ok()
    }

    /// The head that it describes. `holder` is the array or line.
    pub(super) fn head(json: &[u8], holder: &str, expected: &Expected) -> Result<Head, Problem> {
        let wrong = |error| Problem::Meta { holder: holder.to_owned(), error };
        let Version { schema_version } = serde_json::from_slice(json).map_err(wrong)?;
        if schema_version != VERSION {
            return Err(Problem::Version { holder: holder.to_owned(), found: schema_version });
        }
        let meta: Self = serde_json::from_slice(json).map_err(wrong)?;
        let has = format!("{holder} has");
        Ok(Head {
            kind: meta.kind,
            experts: expected.experts(&has, Some(meta.experts))?,
            top_k: expected.top_k(&has, Some(meta.top_k))?,
            model: meta.model,
        })
    }
}
