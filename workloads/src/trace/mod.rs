//! Recorded routing, in a file that NumPy reads and writes.
//!
//! A trace is an `.npz` archive. Its array `meta` (uint8, one-dimensional) holds UTF-8 JSON with the keys `schema_version` (1),
//! `kind`, `model` (a name, for people), `experts` and `top_k`; the kind says which arrays stand beside it. All are of any
//! integer type; layers and experts count from 0, and layers are those with routed experts.
//!
//! | kind | array | shape | holds |
//! |---|---|---|---|
//! | `requests` | `expert_ids` | `[tokens, layers, k]` | experts of generated tokens, request after request |
//! | | `request_tokens` | `[requests]` | tokens of each request |
//! | `batches` | `expert_ids` | `[steps, layers, batch, k]` | experts of the tokens of decode batches |
//! | `counts` | `counts` | `[steps, layers, experts]` | tokens per expert of decode batches |
//!
//! ```python
//! meta = dict(schema_version=1, kind="counts", model="my-model", experts=128, top_k=8)
//! np.savez_compressed("my.npz", meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), counts=counts)
//! meta = json.loads(np.load("my.npz")["meta"].tobytes())
//! ```
//!
//! Archives without `meta` are offered to the importers of other formats.

mod archive;
mod array;
mod check;
mod error;
mod import;
mod read;
mod schema;
mod write;

pub use array::Array;
pub use error::{Problem, TraceError};

use crate::model::ModelSpec;

/// Routing recorded from one model: consistent, and of the shape of the model it was made for. Clones share the arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    origin: String,
    model: String,
    experts: u32,
    top_k: u32,
    layers: u32,
    records: Records,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Records {
    /// Whole requests.
    Requests {
        /// Experts of generated tokens, request after request: `[tokens, layers, k]`.
        expert_ids: Array<u16, 3>,
        /// Tokens of each request, at least 1: `[requests]`.
        request_tokens: Array<u32, 1>,
    },
    /// Decode batches, token by token.
    Batches {
        /// Experts: `[steps, layers, batch, k]`.
        expert_ids: Array<u16, 4>,
    },
    /// Decode batches of which only the tokens per expert are known.
    Counts {
        /// Tokens per expert: `[steps, layers, experts]`. Each layer's sum is `batch * k`, the same everywhere.
        counts: Array<u32, 3>,
    },
}

impl Trace {
    /// Takes records of a (checked) model. `origin` says where they come from; errors begin with it.
    ///
    /// # Errors
    /// The first inconsistency, with its place.
    pub fn new(
        origin: impl Into<String>,
        model: &ModelSpec,
        records: Records,
    ) -> Result<Self, TraceError> {
        let origin = origin.into();
        match check::records(&records, model) {
            Ok(()) => Ok(Self {
                origin,
                model: model.name.clone(),
                experts: model.experts.count,
                top_k: model.experts.top_k,
                layers: model.moe_layers(),
                records,
            }),
            Err(problem) => Err(TraceError { origin, problem }),
        }
    }

    /// Where the records come from: the path of a file that was read.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// What was recorded.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Checks that the trace has the shape of a model, which need not be the one it was made for.
    ///
    /// # Errors
    /// The first difference in experts, experts per token or layers.
    pub fn fits(&self, model: &ModelSpec) -> Result<(), TraceError> {
        let same =
            |what, found: u32, allowed| check::same(None, what, found.into(), model, allowed);
        same("experts", self.experts, model.experts.count)
            .and_then(|()| same("experts per token", self.top_k, model.experts.top_k))
            .and_then(|()| same("layers", self.layers, model.moe_layers()))
            .map_err(|problem| TraceError { origin: self.origin.clone(), problem })
    }
}
