//! Recorded routing, in a file that NumPy reads and writes.
//!
//! A trace is an `.npz` archive. Its array `meta` (uint8, one-dimensional) holds UTF-8 JSON with the keys `schema_version` (1),
//! `kind`, `model` (a name, for people), `experts` and `top_k`; the kind says which arrays stand beside it. All are of any
//! integer type; layers and experts count from 0.
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
//! An optional array `layers` `[layers]` says which layers of the model were recorded; without it, all. Archives without `meta`
//! and other formats are read too:
//!
//! | format | accepted |
//! |---|---|
//! | `npz` | `flat` `[tokens, layers, k]` with `lens` `[requests]`; SGLang's `logical_count` `[steps, layers, experts]`; a single array of ids |
//! | `npy` | ids: `[tokens, k]`, one layer of one step; `[tokens, layers, k]`, one request; `[steps, layers, tokens, k]` |
//! | `csv` | columns `source`, `B`, `batch`, `layer`, `e0`, `e1`, ...: tokens per expert |
//! | `jsonl`, `parquet` | keys `step`, `layer` or `request`, `token`, `layer` or `request`; with `experts`, `logits` or `counts` |
//!
//! [`scan`] hands a trace over part by part to a [`Sink`], in memory that does not grow with the trace: [`Writer`] writes one,
//! [`crate::stats::survey`] sums one up, [`Trace`] holds one for a replay.

mod archive;
mod array;
mod assemble;
mod check;
mod csv;
mod error;
mod expected;
mod format;
mod header;
mod lines;
mod memory;
mod npy;
mod npz;
mod parquet;
mod part;
mod place;
mod record;
mod schema;
mod select;
mod uniform;
mod write;

pub use array::Array;
pub use error::{Problem, TraceError};
pub use expected::Expected;
pub use format::{Format, scan};
pub use part::{Head, Kind, Part, Rows, Sink};
pub use select::{AsCounts, Select};
pub use write::{Target, Writer};

use self::check::Check;
use self::uniform::Uniform;
use crate::model::ModelSpec;

/// Routing recorded from one model: consistent, and of the shape of the model it was made for. Clones share the arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    origin: String,
    head: Head,
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
        let head = Head {
            kind: records.kind(),
            model: model.name.clone(),
            experts: model.experts.count,
            top_k: model.experts.top_k,
        };
        let expected = Expected::of(model);
        let mut uniform = Uniform::default();
        let mut check = Check::new(&expected, &mut uniform);
        match memory::parts(&records, &head, &expected, &mut check) {
            Ok(()) => Ok(Self::checked(origin, head, model, records)),
            Err(problem) => Err(TraceError::new(origin, problem)),
        }
    }

    fn checked(origin: String, head: Head, model: &ModelSpec, records: Records) -> Self {
        Self { origin, head, layers: model.moe_layers(), records }
    }

    /// Where the records come from: the path of a file that was read.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.head.model
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
        let expected = Expected::of(model);
        expected
            .experts("has", Some(self.head.experts.into()))
            .and_then(|_| expected.top_k("has", Some(self.head.top_k.into())))
            .and_then(|_| expected.all_layers("has", self.layers as usize))
            .map(|_| ())
            .map_err(|problem| TraceError::new(&self.origin, problem))
    }
}

impl Records {
    fn kind(&self) -> Kind {
        match self {
            Self::Requests { .. } => Kind::Requests,
            Self::Batches { .. } => Kind::Batches,
            Self::Counts { .. } => Kind::Counts,
        }
    }
}
