//! The layers of a `config.json`, as the shortest pattern that gives them.

use super::attention::{Type, attention};
use super::family::{Dense, Kind};
use super::keys::Keys;
use crate::model::{FeedForward, Run};

/// Most layers that are looked at; as many as a model may have.
const MOST_LAYERS: u32 = 1024;

/// Runs of layers that, repeated, give all layers of the model.
pub(super) fn pattern(keys: &mut Keys<'_>, kind: Kind, dense: Dense) -> Vec<Run> {
    let layers: u32 = keys.get("num_hidden_layers");
    if layers > MOST_LAYERS {
        keys.problem("num_hidden_layers", &format!("{layers} is above {MOST_LAYERS}"));
        return Vec::new();
    }
    let types = types(keys, kind, layers as usize);
    let moe = moe(keys, dense, layers as usize);
    let width = match dense {
        _ if moe.iter().all(|&moe| moe) => 0,
        Dense::Interleaved => keys.get("intermediate_size_mlp"),
        Dense::None | Dense::First | Dense::Sparse => keys.get("intermediate_size"),
    };
    let mut of = |(kind_of_layer, moe): (Type, bool)| Run {
        name: if moe {
            kind_of_layer.name().to_owned()
        } else {
            format!("dense {}", kind_of_layer.name())
        },
        layers: 1,
        attention: attention(keys, kind, kind_of_layer),
        feed_forward: if moe { FeedForward::Moe } else { FeedForward::Dense(width) },
    };
    let all: Vec<Run> = types.into_iter().zip(moe).map(&mut of).collect();
    shortest(&all)
}

/// Attention layer by layer.
fn types(keys: &mut Keys<'_>, kind: Kind, layers: usize) -> Vec<Type> {
    // Of every so many layers the last is full.
    let last_full = |full: &dyn Fn(usize) -> bool, other| {
        (0..layers).map(|layer| if full(layer) { Type::Full } else { other }).collect()
    };
    let named: Option<Vec<String>> = match kind {
        Kind::Grouped { .. } | Kind::Latent => None,
        Kind::Sliding => keys.required("layer_types"),
        Kind::Chunked | Kind::Hybrid => keys.optional("layer_types"),
    };
    if let Some(named) = named {
        return by_name(keys, &named, layers);
    }
    match kind {
        Kind::Latent => vec![Type::Latent; layers],
        Kind::Grouped { .. } | Kind::Sliding => vec![Type::Full; layers],
        Kind::Hybrid => last_full(&every(keys, "full_attention_interval"), Type::Delta),
        Kind::Chunked => {
            let rope: Vec<u32> = keys.optional("no_rope_layers").unwrap_or_default();
            if rope.is_empty() {
                return last_full(&every(keys, "no_rope_layer_interval"), Type::Chunked);
            }
            right_length(keys, "no_rope_layers", rope.len(), layers);
            rope.iter().map(|&rope| if rope == 0 { Type::Full } else { Type::Chunked }).collect()
        }
    }
}

fn by_name(keys: &mut Keys<'_>, named: &[String], layers: usize) -> Vec<Type> {
    right_length(keys, "layer_types", named.len(), layers);
    let mut of = |name: &String| {
        let known = Type::NAMES.iter().find(|(known, _)| known == name);
        known.map_or_else(
            || {
                let known = Type::NAMES.map(|(known, _)| known).join(", ");
                keys.problem("layer_types", &format!("`{name}` is unknown; there is {known}"));
                Type::Full
            },
            |&(_, found)| found,
        )
    };
    named.iter().map(&mut of).collect()
}

fn right_length(keys: &mut Keys<'_>, key: &str, found: usize, layers: usize) {
    if found != layers {
        keys.problem(key, &format!("has {found} entries for {layers} layers"));
    }
}

/// Whether a layer has experts, layer by layer.
fn moe(keys: &mut Keys<'_>, dense: Dense, layers: usize) -> Vec<bool> {
    let all = 0..layers;
    match dense {
        Dense::None => vec![true; layers],
        Dense::First => {
            let first: u32 = keys.get("first_k_dense_replace");
            let step: Option<u32> = keys.optional("moe_layer_freq");
            if let Some(step) = step.filter(|&step| step != 1) {
                keys.problem("moe_layer_freq", &format!("{step}; only 1 is understood"));
            }
            all.map(|layer| layer >= first as usize).collect()
        }
        Dense::Sparse => {
            let without = listed(keys, "mlp_only_layers", layers).unwrap_or_default();
            let sparse = every(keys, "decoder_sparse_step");
            all.map(|layer| sparse(layer) && !without.contains(&layer)).collect()
        }
        Dense::Interleaved => match listed(keys, "moe_layers", layers) {
            Some(with) => all.map(|layer| with.contains(&layer)).collect(),
            None => all.map(every(keys, "interleave_moe_layer_step")).collect(),
        },
    }
}

/// Whether a layer is the last of so many as the key says.
fn every(keys: &mut Keys<'_>, key: &str) -> impl Fn(usize) -> bool + use<> {
    let step: Option<usize> = keys.required(key);
    if step == Some(0) {
        keys.problem(key, "0; at least 1 is understood");
    }
    move |layer| (layer + 1).is_multiple_of(step.unwrap_or(1).max(1))
}

/// The layers that the key names.
fn listed(keys: &mut Keys<'_>, key: &str, layers: usize) -> Option<Vec<usize>> {
    let listed: Vec<usize> = keys.optional(key)?;
    for beyond in listed.iter().filter(|&&layer| layer >= layers) {
        keys.problem(key, &format!("{beyond} is no layer; {layers} are counted from 0"));
    }
    Some(listed)
}

/// The shortest list of runs whose repetition begins with these layers.
fn shortest(layers: &[Run]) -> Vec<Run> {
    let repeats = |period: &usize| layers.iter().zip(&layers[*period..]).all(|(a, b)| a == b);
    let period = (1..=layers.len()).find(repeats).unwrap_or(0);
    let mut runs: Vec<Run> = Vec::new();
    for layer in &layers[..period] {
        match runs.last_mut() {
            Some(run) if run.name == layer.name => run.layers += 1,
            _ => runs.push(layer.clone()),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Attention, Span};

    fn run(name: u8) -> Run {
        let attention = Attention::GroupedQuery {
            query_heads: 1,
            kv_heads: 1,
            head_dim: 1,
            span: Span::Full,
            output_gate: false,
        };
        Run { name: name.to_string(), layers: 1, attention, feed_forward: FeedForward::Moe }
    }

    proptest! {
        #[test]
        fn a_pattern_repeats_to_its_layers_and_none_is_shorter(
            part in prop::collection::vec(0_u8..3, 1..8), layers in 1_usize..40
        ) {
            let names: Vec<u8> = part.iter().copied().cycle().take(layers).collect();
            let runs = shortest(&names.iter().map(|&name| run(name)).collect::<Vec<_>>());
            let expanded: Vec<String> = runs
                .iter()
                .flat_map(|run| vec![run.name.clone(); run.layers as usize])
                .collect();
            let given = |period: usize| (0..layers).all(|at| names[at] == names[at % period]);
            prop_assert_eq!(Some(expanded.len()), (1..=layers).find(|&period| given(period)));
            for (at, name) in names.iter().enumerate() {
                prop_assert_eq!(&expanded[at % expanded.len()], &name.to_string());
            }
        }
    }
}
