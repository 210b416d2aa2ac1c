//! Models from the `config.json` files of Hugging Face.

mod attention;
mod error;
mod family;
mod keys;
mod layers;
mod weights;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use error::ImportError;

use self::family::{FAMILIES, Family, Shared};
use self::keys::Keys;
use super::{Experts, ModelSpec, SharedExperts};
use crate::findings::Findings;

/// Weights that a GPU with PIM holds at most (arXiv 2605.11277 table 1: 96 GB).
const GPU_BYTES: u64 = 96_000_000_000;
/// Experts that a GPU holds at most, so that each can have a command channel of its own (there are 128).
const GPU_EXPERTS: u32 = 128;

/// Model types that [`import`] understands; of those with a vision part the bare language model too, whose type ends in `_text`.
#[must_use]
pub fn model_types() -> Vec<&'static str> {
    FAMILIES.iter().map(|family| family.model_type).collect()
}

/// The model that a `config.json` describes. `origin` names the file, in errors and in the sources of the model; without `name` it
/// is called after its type.
///
/// The cache is bf16, routing is that of the closest shipped law, and GPUs are the fewest, a power of two, that hold the weights.
///
/// # Errors
/// Text that is no JSON object, an unknown type, missing keys and values that make no model.
pub fn import(text: &str, origin: &str, name: Option<&str>) -> Result<ModelSpec, ImportError> {
    let root: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| ImportError::Syntax {
            origin: origin.to_owned(),
            line: error.line(),
            column: error.column(),
            says: error.to_string(),
        })?;
    let written = root.get("model_type");
    let found = written.and_then(Value::as_str);
    let outer = |family: &&Family| Some(family.model_type) == found;
    let inner = |family: &&Family| {
        family.nested
            && Some(family.model_type) == found.and_then(|name| name.strip_suffix("_text"))
    };
    let family = FAMILIES.iter().find(|family| outer(family) || inner(family));
    let family = family.ok_or_else(|| ImportError::ModelType {
        origin: origin.to_owned(),
        says: match (found, written) {
            (Some(found), _) => format!("`{found}` is unknown"),
            (None, Some(written)) => format!("{written} is no string"),
            (None, None) => "is missing".to_owned(),
        },
        known: model_types(),
    })?;
    let mut keys = Keys::new(origin, family, &root);
    let mut model = describe(&mut keys, family);
    if let Some(problems) = keys.problems() {
        return Err(ImportError::Keys { origin: origin.to_owned(), problems });
    }
    if let Some(name) = name {
        name.clone_into(&mut model.name);
    }
    model.check().map_err(|findings| ImportError::Model {
        origin: origin.to_owned(),
        findings: with_key(findings, &model.sources, origin),
    })?;
    model.default_gpus = fewest_gpus(&model);
    Ok(model)
}

/// Findings with the key of the file behind their path, where it is one.
fn with_key(
    Findings(mut findings): Findings,
    sources: &BTreeMap<String, String>,
    origin: &str,
) -> Findings {
    for finding in &mut findings {
        let covers = |of: &str| {
            finding
                .path
                .strip_prefix(of)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        // No source is inside another.
        let source = sources.iter().find(|(of, _)| covers(of)).map(|(_, source)| source);
        let keys = source.and_then(|source| source.strip_prefix(origin)?.strip_prefix(": "));
        if let Some(key) = keys.filter(|keys| !keys.contains(", ")) {
            finding.path = format!("{} ({key})", finding.path);
        }
    }
    Findings(findings)
}

fn describe(keys: &mut Keys<'_>, family: &'static Family) -> ModelSpec {
    let mut sources = BTreeMap::new();
    let mut cite = |path: &str, source: String| {
        sources.insert(path.to_owned(), source);
    };
    let layers = keys.get("num_hidden_layers");
    cite("layers", keys.cite());
    let hidden = keys.get("hidden_size");
    cite("hidden", keys.cite());
    let vocabulary = keys.get("vocab_size");
    cite("vocabulary", keys.cite());
    let tied_embeddings = keys.get("tie_word_embeddings");
    cite("tied_embeddings", keys.cite());
    let pattern = layers::pattern(keys, family.attention, family.dense);
    cite("pattern", keys.cite());
    let [weights_of_experts, weights] = weights::formats(keys);
    let source = keys.cite();
    cite("weights", source.clone());
    cite("experts.weights", source);
    let count = keys.get(family.experts);
    cite("experts.count", keys.cite());
    let top_k = keys.get("num_experts_per_tok");
    cite("experts.top_k", keys.cite());
    let intermediate = keys.get(family.intermediate);
    cite("experts.intermediate", keys.cite());
    let experts = Experts { count, top_k, intermediate, weights: weights_of_experts };
    let shared = shared(keys, family.shared, experts.intermediate);
    if shared.is_some() {
        let source = match family.shared {
            Shared::One => format!(
                "one of the size of a routed one, by the architecture {}",
                family.model_type
            ),
            Shared::None | Shared::Count | Shared::Width => keys.cite(),
        };
        cite("shared", source);
    }
    cite("kv_bits", "assumption: a bf16 cache".to_owned());
    cite(
        "default_routing",
        format!("assumption: of the shipped laws the closest to {}", family.model_type),
    );
    cite("default_gpus", "assumption: the fewest, a power of two, with at most 96 GB of weights (arXiv 2605.11277 table 1: HBM-PIM of a GPU) and 128 experts each".to_owned());
    ModelSpec {
        name: family.model_type.to_owned(),
        default_routing: family.routing.to_owned(),
        default_gpus: 1,
        layers,
        hidden,
        vocabulary,
        tied_embeddings,
        pattern,
        experts,
        shared,
        weights,
        kv_bits: 16,
        sources,
    }
}

fn shared(keys: &mut Keys<'_>, shared: Shared, routed: u32) -> Option<SharedExperts> {
    let (count, intermediate) = match shared {
        Shared::None => return None,
        Shared::One => (1, routed),
        Shared::Count => (keys.optional("n_shared_experts")?, routed),
        Shared::Width => (1, keys.optional("shared_expert_intermediate_size")?),
    };
    (count > 0 && intermediate > 0).then_some(SharedExperts { count, intermediate })
}

/// The fewest GPUs, a power of two, whose limits of weights and experts hold; at most one an expert.
fn fewest_gpus(model: &ModelSpec) -> u32 {
    let bytes = model.parameter_bytes();
    let experts = model.experts.count;
    let holds = |gpus: u32| {
        bytes.routed_experts.div_ceil(u64::from(gpus)) + bytes.other <= GPU_BYTES
            && experts.div_ceil(gpus) <= GPU_EXPERTS
    };
    let mut gpus = 1;
    while !holds(gpus) && 2 * gpus <= experts {
        gpus *= 2;
    }
    gpus
}
