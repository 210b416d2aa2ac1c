//! `sieve links time`.

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use noc::measured::Way;
use noc::{Femtos, Law, LawSpec, LinkSpec, MoeExchange, MoeShape, Traffic};
use serde::Serialize;
use sieve_sched::config::load;
use workloads::ModelSpec;

use crate::options::{Outcome, print, print_json};

#[derive(Args)]
#[command(after_help = "Examples:\n  sieve links time --collectives b200 --gpus 8")]
pub(crate) struct Options {
    /// Link, by preset or .ron file
    #[arg(long, value_name = "LINK", default_value = "nvlink5")]
    link: String,
    /// Measured collectives, by preset or .ron file [default: the law of the paper]
    #[arg(long, value_name = "COLLECTIVES")]
    collectives: Option<String>,
    /// DeepEP instead of NCCL takes tokens to experts and back
    #[arg(long, requires = "collectives")]
    deepep: bool,
    /// Model whose tokens they are, by preset or .ron file
    #[arg(long, value_name = "MODEL", default_value = "qwen3-30b-a3b")]
    model: String,
    /// GPUs
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    gpus: u32,
    /// Bytes of the whole buffer of each GPU
    #[arg(long, value_delimiter = ',', default_value = "1024,65536,1048576,16777216,268435456")]
    bytes: Vec<u64>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Times in us until the last GPU is done, when all send alike.
#[derive(Serialize)]
struct Entry {
    /// Bytes that each GPU sends.
    bytes: u64,
    /// Until the last GPU is done, when all send alike.
    all_to_all_us: f64,
    /// The same of an all-gather.
    all_gather_us: f64,
    /// The same of a reduce-scatter.
    reduce_scatter_us: f64,
    /// The same of an all-reduce.
    all_reduce_us: f64,
    /// The same of tokens to their experts.
    dispatch_us: f64,
    /// The same of results back.
    combine_us: f64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let link: LinkSpec = load("link", &options.link, noc::PRESETS)?;
    let model: ModelSpec = load("model", &options.model, workloads::model::PRESETS)?;
    let shape = MoeShape {
        hidden_size: model.hidden,
        num_topk: model.experts.top_k,
        num_experts: model.experts.count,
    };
    let spec = match &options.collectives {
        None => LawSpec::Paper,
        Some(name) => LawSpec::Measured {
            collectives: load("set of collectives", name, noc::measured::PRESETS)?,
            moe_exchange: if options.deepep { MoeExchange::Deepep } else { MoeExchange::Nccl },
        },
    };
    let gpus = options.gpus as usize;
    let law = Law::new(&link, &spec, gpus, shape)?;
    let entries: Vec<Entry> =
        options.bytes.iter().map(|&bytes| Entry::new(&law, gpus, bytes)).collect();
    if options.json {
        return print_json(
            &serde_json::json!({ "link": link.name, "gpus": gpus, "times": entries }),
        );
    }
    print(&table(&entries).to_string())
}

impl Entry {
    fn new(law: &Law, gpus: usize, bytes: u64) -> Self {
        let part = bytes.div_ceil(gpus as u64);
        let traffic = Traffic::from_fn(gpus, |_, _| part);
        let us = |times: Vec<Femtos>| {
            times.iter().map(|time| time.as_ticks()).max().unwrap_or(0) as f64 / 1e9
        };
        Self {
            bytes,
            all_to_all_us: us(law.all_to_all(&traffic)),
            all_gather_us: us(law.all_gather(&vec![part; gpus])),
            reduce_scatter_us: us(law.reduce_scatter(&vec![part; gpus])),
            all_reduce_us: us(law.all_reduce(bytes)),
            dispatch_us: us(law.moe(Way::Dispatch, &traffic)),
            combine_us: us(law.moe(Way::Combine, &traffic)),
        }
    }
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "bytes",
        "all-to-all us",
        "all-gather us",
        "reduce-scatter us",
        "all-reduce us",
        "dispatch us",
        "combine us",
    ]);
    for entry in entries {
        let mut row = vec![entry.bytes.to_string()];
        let times = [
            entry.all_to_all_us,
            entry.all_gather_us,
            entry.reduce_scatter_us,
            entry.all_reduce_us,
            entry.dispatch_us,
            entry.combine_us,
        ];
        row.extend(times.map(|us| format!("{us:.2}")));
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
