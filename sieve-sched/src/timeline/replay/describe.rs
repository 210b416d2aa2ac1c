//! What a slice says of its operation.

use petgraph::graph::NodeIndex;

use crate::replay::graph::Takes;
use crate::replay::notes::Note;
use crate::replay::record::Record;
use crate::timeline::data::Slice;

/// Kernel, layer and mini-batch, such as `experts L3 M0`.
pub(super) fn named(record: &Record, node: NodeIndex) -> String {
    let name = record.graph[node].name;
    match record.notes.part(node) {
        Some(part) if name != "lm_head" => format!("{name} L{} M{}", part.layer, part.minibatch),
        Some(part) => format!("{name} M{}", part.minibatch),
        None => name.to_owned(),
    }
}

/// A slice with all that is known of its operation.
pub(super) fn described(record: &Record, node: NodeIndex, groups: &[&str], slice: Slice) -> Slice {
    let (op, span) = (&record.graph[node], record.ran.spans[node.index()]);
    let mut slice = slice;
    if let Some(part) = record.notes.part(node) {
        if let Some(&group) = groups.get(op.group) {
            slice = slice.with("layer", part.layer).with("layer_group", group.to_owned());
        }
        slice = slice.with("mini_batch", part.minibatch).with("tokens", part.tokens[op.gpu]);
    }
    slice = match &op.takes {
        Takes::Kernel { bytes, flops, .. } => slice.with("hbm_bytes", *bytes).with("flops", *flops),
        Takes::Vector { flops, .. } => slice.with("flops", *flops),
        Takes::Read { bytes } => slice.with("hbm_bytes", *bytes),
        Takes::Pim(work) => slice.with("products", work.jobs.iter().map(Vec::len).sum::<usize>()),
        Takes::Uses(_) => slice,
    };
    slice = match record.notes.of.get(&node) {
        Some(Note::Experts(experts)) => {
            let pairs: u64 = experts.iter().map(|&(_, tokens)| u64::from(tokens)).sum();
            let each: Vec<String> =
                experts.iter().map(|(expert, tokens)| format!("{expert}:{tokens}")).collect();
            slice
                .with("experts", experts.len())
                .with("expert_tokens", pairs)
                .with("tokens_by_expert", each.join(" "))
        }
        Some(Note::Link { sent, received }) => {
            slice.with("bytes_sent", *sent).with("bytes_received", *received)
        }
        None => slice,
    };
    slice.with("waited_ps", (span.start - span.ready).as_ticks() / 1000)
}
