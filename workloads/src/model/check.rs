//! Contradictions in a model description.

use super::{Attention, FeedForward, ModelSpec, Run, Span};
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
        let name = &self.name;
        let printable = !name.trim().is_empty() && !name.contains(char::is_control);
        checks.that(printable, "name", || {
            format!(
                "{name:?}; a name is not blank and has no line breaks or other control characters"
            )
        });
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
        for (index, run) in self.pattern.iter().enumerate() {
            let path = format!("pattern.{index}");
            checks.range(&format!("{path}.layers"), run.layers, 1..=1024);
            let unlike = |other: &Run| {
                other.name == run.name
                    && (other.attention, other.feed_forward) != (run.attention, run.feed_forward)
            };
            let alone = !self.pattern[..index].iter().any(unlike);
            checks.that(alone, &format!("{path}.name"), || {
                let name = &run.name;
                format!("`{name}` names an earlier run that is not alike; a name stands for one kind of layer")
            });
            if let FeedForward::Dense(intermediate) = run.feed_forward {
                checks.range(&format!("{path}.feed_forward.dense"), intermediate, 1..=WIDEST);
            }
            attention(&run.attention, &format!("{path}.attention"), &mut checks);
        }
        self.has_experts(&mut checks);
        checks.done()
    }

    /// Some layer has the routed experts.
    fn has_experts(&self, checks: &mut Checks) {
        let dense = |run: &&Run| run.feed_forward != FeedForward::Moe;
        let before: Vec<&Run> = self.pattern.iter().take_while(dense).collect();
        if before.len() == self.pattern.len() {
            checks.that(before.is_empty(), "pattern", || {
                "has no run whose feed_forward is moe".to_owned()
            });
            return;
        }
        let before: u64 = before.iter().map(|run| u64::from(run.layers)).sum();
        checks.that(u64::from(self.layers) > before || self.layers == 0, "layers", || {
            format!(
                "{} end before the first layer with experts, which is number {}",
                self.layers,
                before + 1
            )
        });
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
        if let Some(shared) = &self.shared {
            checks.range("shared.count", shared.count, 1..=64);
            checks.range("shared.intermediate", shared.intermediate, 1..=WIDEST);
        }
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
            match span {
                Span::Full => {}
                Span::Sliding(window) => {
                    checks.range(&at("span.sliding"), window, 1..=u32::MAX);
                }
                Span::Chunked(chunk) => checks.range(&at("span.chunked"), chunk, 1..=u32::MAX),
            }
        }
        Attention::MultiHeadLatent {
            heads,
            query_rank,
            kv_rank,
            nope_dim,
            rope_dim,
            value_dim,
        } => {
            checks.range(&at("heads"), heads, 1..=HEADS);
            if let Some(rank) = query_rank {
                checks.range(&at("query_rank"), rank, 1..=WIDEST);
            }
            checks.range(&at("kv_rank"), kv_rank, 1..=HEADS);
            checks.range(&at("nope_dim"), nope_dim, 1..=HEADS);
            checks.range(&at("rope_dim"), rope_dim, 1..=HEADS);
            checks.range(&at("value_dim"), value_dim, 1..=HEADS);
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
