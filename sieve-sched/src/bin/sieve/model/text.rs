//! The same for people.

use comfy_table::{CellAlignment, Table, presets};
use workloads::model::{Attention, FeedForward, Span};

use super::report::{Entry, Kind, Report};

/// The shipped models.
pub(super) fn list(models: &[Entry]) -> String {
    let header = [
        "model",
        "attention",
        "layers",
        "with experts",
        "experts",
        "of a token",
        "shared",
        "parameters",
        "active",
        "GPUs",
        "routing",
    ];
    let row = |entry: &Entry| {
        vec![
            entry.name.clone(),
            entry.attention.join("; "),
            entry.layers.to_string(),
            entry.moe_layers.to_string(),
            entry.experts.to_string(),
            entry.top_k.to_string(),
            entry.shared_experts.to_string(),
            billions(entry.parameters),
            billions(entry.active_parameters),
            entry.default_gpus.to_string(),
            entry.default_routing.clone(),
        ]
    };
    table(&header, models.iter().map(row), 2..10)
        + "\ngrouped: query heads : KV heads x elements; latent: heads : 1 x compressed + positional elements; Gated DeltaNet: value heads x state"
}

/// A model in full.
pub(super) fn report(report: &Report) -> String {
    let entry = &report.entry;
    let shared = match entry.shared_experts {
        0 => "none shared".to_owned(),
        count => format!("{count} x {} shared", report.shared_intermediate),
    };
    let header = [
        "layers",
        "number",
        "attention",
        "then",
        "parameters",
        "KV B a token",
        "state B a request",
    ];
    let row = |kind: &Kind| {
        vec![
            kind.name.clone(),
            kind.layers.to_string(),
            attention(&kind.attention),
            match kind.feed_forward {
                FeedForward::Moe => "experts".to_owned(),
                FeedForward::Dense(intermediate) => format!("dense {intermediate}"),
            },
            billions(kind.parameters),
            kind.kv_bytes_per_token.to_string(),
            kind.state_bytes_per_request.to_string(),
        ]
    };
    let mut lines = vec![
        format!(
            "{}: {} layers, {} of them with experts; hidden {}, vocabulary {}",
            entry.name, entry.layers, entry.moe_layers, entry.hidden, report.vocabulary
        ),
        format!(
            "experts     {} of a layer, {} of a token, intermediate {}; {shared}",
            entry.experts, entry.top_k, entry.expert_intermediate
        ),
        format!(
            "parameters  {}, {} of them met by a token",
            billions(entry.parameters),
            billions(entry.active_parameters)
        ),
        format!(
            "bytes       {} of routed experts in {} ({} each), {} of the rest in {}",
            gigabytes(report.routed_expert_bytes),
            report.expert_weights,
            megabytes(report.expert_bytes),
            gigabytes(report.other_bytes),
            report.weights
        ),
        format!(
            "requests    {} B of KV cache a token, {} B of recurrent state",
            report.kv_bytes_per_token, report.state_bytes_per_request
        ),
        format!("defaults    {}, routing {}", gpus(entry.default_gpus), entry.default_routing),
        table(&header, report.layer_kinds.iter().map(row), 4..7),
        "sources".to_owned(),
    ];
    lines.extend(report.sources.iter().map(|(path, source)| {
        let path = if path.is_empty() { "(all else)" } else { path };
        format!("  {path}: {source}")
    }));
    lines.join("\n")
}

fn gpus(count: u32) -> String {
    if count == 1 { "1 GPU".to_owned() } else { format!("{count} GPUs") }
}

/// Attention in a few words.
pub(super) fn attention(attention: &Attention) -> String {
    match attention {
        Attention::GroupedQuery { query_heads, kv_heads, head_dim, span, .. } => {
            let span = match span {
                Span::Full => String::new(),
                Span::Sliding(window) => format!(", last {window}"),
                Span::Chunked(chunk) => format!(", chunks of {chunk}"),
            };
            format!("grouped {query_heads}:{kv_heads} x {head_dim}{span}")
        }
        Attention::MultiHeadLatent { heads, kv_rank, rope_dim, .. } => {
            format!("latent {heads}:1 x {kv_rank}+{rope_dim}")
        }
        Attention::GatedDeltaNet { value_heads, key_dim, value_dim, .. } => {
            format!("Gated DeltaNet {value_heads} x {key_dim}x{value_dim}")
        }
    }
}

/// With the columns of numbers to the right.
fn table<const N: usize>(
    header: &[&str; N],
    rows: impl Iterator<Item = Vec<String>>,
    numbers: std::ops::Range<usize>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(header.to_vec());
    rows.for_each(|row| {
        table.add_row(row);
    });
    for column in table.column_iter_mut().skip(numbers.start).take(numbers.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn billions(parameters: u64) -> String {
    format!("{:.2} B", parameters as f64 / 1e9)
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}
