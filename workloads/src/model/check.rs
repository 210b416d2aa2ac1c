//! Contradictions in a model description.

use std::collections::BTreeSet;

use super::{Attention, ModelSpec, Span};
use crate::findings::{Checks, Findings};
use crate::generator;

/// Widest residual stream and expert, in elements. With the limits below, no count of bits leaves 64 bits.
const WIDEST: u32 = 1 << 17;
/// Most heads of a layer, and elements of a head.
const HEADS: u32 = 1 << 11;
/// Widest number format, in bits.
const BITS: u32 = 32;

impl ModelSpec {
    /// Checks the description against itself.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<(), Findings> {
        let mut checks = Checks::default();
        self.ranges(&mut checks);
        let known: Vec<_> = generator::PRESETS.iter().map(|(name, _)| *name).collect();
        let routing = self.default_routing.as_str();
        checks.that(
            known.contains(&routing) || routing.ends_with(".ron"),
            "default_routing",
            || {
                format!(
                    "no routing preset is called `{routing}`; there is {}, or a .ron file",
                    known.join(", ")
                )
            },
        );
        checks.that(!self.pattern.is_empty(), "pattern", || {
            "is empty; it needs one run of layers or more".to_owned()
        });
        let mut names = BTreeSet::new();
        for (index, run) in self.pattern.iter().enumerate() {
            let path = format!("pattern.{index}");
            checks.range(&format!("{path}.layers"), run.layers, 1..=1024);
            checks.that(names.insert(&run.name), &format!("{path}.name"), || {
                format!("`{}` names an earlier run too; names are unique", run.name)
            });
            attention(&run.attention, &format!("{path}.attention"), &mut checks);
        }
        checks.done()
    }

    fn ranges(&self, checks: &mut Checks) {
        let experts = &self.experts;
        checks.range("default_gpus", self.default_gpus, 1..=self.experts.count);
        checks.range("layers", self.layers, 1..=1024);
        checks.range("hidden", self.hidden, 1..=WIDEST);
        checks.range("vocabulary", self.vocabulary, 1..=1 << 24);
        checks.range("experts.count", experts.count, 1..=4096);
        checks.range("experts.top_k", experts.top_k, 1..=experts.count);
        checks.range("experts.intermediate", experts.intermediate, 1..=WIDEST);
        checks.range("experts.weight_bits", experts.weight_bits, 1..=BITS);
        if let Some(shared) = &self.shared {
            checks.range("shared.count", shared.count, 1..=64);
            checks.range("shared.intermediate", shared.intermediate, 1..=WIDEST);
        }
        checks.range("weight_bits", self.weight_bits, 1..=BITS);
        checks.range("kv_bits", self.kv_bits, 1..=BITS);
    }
}

fn attention(attention: &Attention, path: &str, checks: &mut Checks) {
    let at = |field: &str| format!("{path}.{field}");
    let divides = |part: u32, whole: u32| part > 0 && whole.is_multiple_of(part);
    match *attention {
        Attention::GroupedQuery { query_heads, kv_heads, head_dim, span, output_gate: _ } => {
            checks.range(&at("query_heads"), query_heads, 1..=HEADS);
            checks.range(&at("head_dim"), head_dim, 1..=HEADS);
            checks.that(divides(kv_heads, query_heads), &at("kv_heads"), || {
                format!("{kv_heads} does not divide the {query_heads} query heads")
            });
            if let Span::Sliding(window) = span {
                checks.range(&at("span.sliding"), window, 1..=u32::MAX);
            }
        }
        Attention::GatedDeltaNet {
            key_heads,
            value_heads,
            key_dim,
            value_dim,
            conv_width,
            state_bits,
        } => {
            checks.range(&at("value_heads"), value_heads, 1..=HEADS);
            checks.range(&at("key_dim"), key_dim, 1..=HEADS);
            checks.range(&at("value_dim"), value_dim, 1..=HEADS);
            checks.range(&at("conv_width"), conv_width, 1..=64);
            checks.range(&at("state_bits"), state_bits, 1..=BITS);
            checks.that(divides(key_heads, value_heads), &at("key_heads"), || {
                format!("{key_heads} does not divide the {value_heads} value heads")
            });
        }
    }
}
