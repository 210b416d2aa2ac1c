//! `sieve trace generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sieve_sched::config::load;
use workloads::GeneratorSpec;
use workloads::generator::Generator;
use workloads::trace::{AsCounts, Head, Kind, Part, Rows, Sink, Writer};

use super::{model, target};
use crate::options::Outcome;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve trace generate --model gpt-oss-20b --batch 64 --steps 16 --out routing.npz"
)]
pub(super) struct Options {
    /// Model preset, or path of a .ron file
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// Routing preset, or path of a .ron file [default: the model's]
    #[arg(long, value_name = "ROUTING")]
    routing: Option<String>,
    /// Tokens of a step, or requests
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    batch: u32,
    /// Steps, or tokens of each request
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    steps: u64,
    /// What is written
    #[arg(long, value_enum, default_value_t = What::Batches)]
    kind: What,
    /// Seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// File to write; its name ends in .npz (the project's format), .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// One request after the other
    Requests,
    /// Decode steps, token by token
    Batches,
    /// Decode steps, tokens per expert
    Counts,
}

pub(super) fn run(options: &Options) -> Outcome {
    let model = model(&options.model)?;
    let routing = options.routing.as_ref().unwrap_or(&model.default_routing);
    let routing: GeneratorSpec = load("routing", routing, workloads::generator::PRESETS)?;
    let mut writer = Writer::create(&options.out, target(&options.out)?)?;
    let slots = if options.kind == What::Requests { 1 } else { options.batch as usize };
    let (experts, layers) = (&model.experts, model.moe_layers());
    let mut generator = Generator::new(&routing, experts, layers, slots, options.seed)
        .map_err(|findings| format!("routing `{}`: {findings}", routing.name))?;
    let layers: Vec<u32> = (0..layers).collect();
    let head = |kind| Head {
        kind,
        model: model.name.clone(),
        experts: model.experts.count,
        top_k: model.experts.top_k,
    };
    let mut write = |sink: &mut dyn Sink, kind, requests: u64| -> Outcome {
        let out = options.out.display();
        sink.begin(&head(kind)).map_err(|problem| format!("--kind: {out} {problem}"))?;
        let mut ids = Vec::new();
        for request in 0..requests {
            for _ in 0..options.steps {
                ids.clear();
                generator.route(0..slots, &mut ids);
                let rows = Rows::Ids(&ids);
                sink.part(&Part { source: "", request, layers: &layers, batch: slots, rows })?;
            }
            generator.enter(0);
        }
        Ok(())
    };
    match options.kind {
        What::Requests => write(&mut writer, Kind::Requests, options.batch.into()),
        What::Batches => write(&mut writer, Kind::Batches, 1),
        What::Counts => write(&mut AsCounts::new(&mut writer), Kind::Batches, 1),
    }?;
    Ok(writer.finish()?)
}
