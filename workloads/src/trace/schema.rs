//! The project's file format: names of arrays and axes, and the JSON of `meta`.

use serde::{Deserialize, Serialize};

use super::array::Axes;

/// The version that is read and written.
pub(super) const VERSION: u64 = 1;

/// `meta`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meta {
    pub(super) schema_version: u64,
    pub(super) kind: Kind,
    pub(super) model: String,
    pub(super) experts: u64,
    pub(super) top_k: u64,
}

/// The one key that is read first, since the others depend on it.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) schema_version: u64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Requests,
    Batches,
    Counts,
}

pub(super) const META: Axes<1> = Axes { array: "meta", axes: ["byte"] };
pub(super) const REQUEST_IDS: Axes<3> =
    Axes { array: "expert_ids", axes: ["token", "layer", "slot"] };
pub(super) const REQUEST_TOKENS: Axes<1> = Axes { array: "request_tokens", axes: ["request"] };
pub(super) const BATCH_IDS: Axes<4> =
    Axes { array: "expert_ids", axes: ["step", "layer", "token", "slot"] };
pub(super) const COUNTS: Axes<3> = Axes { array: "counts", axes: ["step", "layer", "expert"] };
