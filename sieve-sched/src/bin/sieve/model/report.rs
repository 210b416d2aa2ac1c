//! What a model is, as plain records.

use std::collections::BTreeMap;

use serde::Serialize;
use workloads::ModelSpec;
use workloads::model::{Attention, FeedForward, LayerGroup};

/// A model in the list.
#[derive(Serialize)]
pub(super) struct Entry {
    /// Name.
    pub(super) name: String,
    /// Decoder layers.
    pub(super) layers: u32,
    /// Those with routed experts.
    pub(super) moe_layers: u32,
    /// Width of the residual stream. Unit: elements.
    pub(super) hidden: u32,
    /// Routed experts of a layer.
    pub(super) experts: u32,
    /// Experts that a token visits.
    pub(super) top_k: u32,
    /// Width between the two matrices of an expert. Unit: elements.
    pub(super) expert_intermediate: u32,
    /// Shared experts of a layer.
    pub(super) shared_experts: u32,
    /// All parameters.
    pub(super) parameters: u64,
    /// Those that a token meets, embedding and head included.
    pub(super) active_parameters: u64,
    /// Kinds of attention.
    pub(super) attention: Vec<String>,
    /// GPUs unless another number is asked for.
    pub(super) default_gpus: u32,
    /// Routing unless another is asked for.
    pub(super) default_routing: String,
}

/// A model in full.
#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) entry: Entry,
    /// Vocabulary. Unit: tokens.
    pub(super) vocabulary: u32,
    /// Width of a shared expert; 0 if there is none. Unit: elements.
    pub(super) shared_intermediate: u32,
    /// How routed experts are stored.
    pub(super) expert_weights: &'static str,
    /// How everything else is stored.
    pub(super) weights: &'static str,
    /// Weights of one routed expert.
    pub(super) expert_bytes: u64,
    /// Weights of all routed experts.
    pub(super) routed_expert_bytes: u64,
    /// Weights of everything else.
    pub(super) other_bytes: u64,
    /// KV cache of a token over all layers, while it is in every window. Unit: B.
    pub(super) kv_bytes_per_token: u64,
    /// Recurrent state of a request over all layers. Unit: B.
    pub(super) state_bytes_per_request: u64,
    /// Layers by kind.
    pub(super) layer_kinds: Vec<Kind>,
    /// Where the numbers come from, by path.
    pub(super) sources: BTreeMap<String, String>,
}

/// Layers of one kind.
#[derive(Serialize)]
pub(super) struct Kind {
    /// Name in the model file.
    pub(super) name: String,
    /// Layers of the kind.
    pub(super) layers: u32,
    /// Attention, as in the model file.
    pub(super) attention: Attention,
    /// What follows it.
    pub(super) feed_forward: FeedForward,
    /// Parameters of a layer.
    pub(super) parameters: u64,
    /// KV cache of a token in a layer. Unit: B.
    pub(super) kv_bytes_per_token: u64,
    /// Recurrent state of a request in a layer. Unit: B.
    pub(super) state_bytes_per_request: u64,
}

impl Entry {
    pub(super) fn new(model: &ModelSpec) -> Self {
        let mut attention: Vec<String> = Vec::new();
        for group in model.layer_groups() {
            let name = super::text::attention(group.attention);
            if !attention.contains(&name) {
                attention.push(name);
            }
        }
        Self {
            name: model.name.clone(),
            layers: model.layers,
            moe_layers: model.moe_layers(),
            hidden: model.hidden,
            experts: model.experts.count,
            top_k: model.experts.top_k,
            expert_intermediate: model.experts.intermediate,
            shared_experts: model.shared.map_or(0, |shared| shared.count),
            parameters: model.routed_expert_params() + model.other_params(),
            active_parameters: model.active_params(),
            attention,
            default_gpus: model.default_gpus,
            default_routing: model.default_routing.clone(),
        }
    }
}

impl Report {
    pub(super) fn new(model: &ModelSpec) -> Self {
        let bytes = model.parameter_bytes();
        let kinds: Vec<Kind> =
            model.layer_groups().iter().map(|group| Kind::new(model, group)).collect();
        let sum = |of: fn(&Kind) -> u64| kinds.iter().map(|k| u64::from(k.layers) * of(k)).sum();
        Self {
            entry: Entry::new(model),
            vocabulary: model.vocabulary,
            shared_intermediate: model.shared.map_or(0, |shared| shared.intermediate),
            expert_weights: model.experts.weights.traits().name,
            weights: model.weights.traits().name,
            expert_bytes: model.expert_bytes(),
            routed_expert_bytes: bytes.routed_experts,
            other_bytes: bytes.other,
            kv_bytes_per_token: sum(|kind| kind.kv_bytes_per_token),
            state_bytes_per_request: sum(|kind| kind.state_bytes_per_request),
            layer_kinds: kinds,
            sources: model.sources.clone(),
        }
    }
}

impl Kind {
    fn new(model: &ModelSpec, group: &LayerGroup<'_>) -> Self {
        let LayerGroup { name, layers, attention, feed_forward } = *group;
        Self {
            name: name.to_owned(),
            layers,
            attention: *attention,
            feed_forward,
            parameters: model.layer_params(attention, feed_forward),
            kv_bytes_per_token: model.kv_bytes_per_token(attention),
            state_bytes_per_request: model.state_bytes_per_request(attention),
        }
    }
}
