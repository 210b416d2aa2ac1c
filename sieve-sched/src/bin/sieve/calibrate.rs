//! `sieve calibrate`: laws from measurements.

mod report;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use gpu_model::calibrate::Known;
use gpu_model::calibrate::moe_table::{Library, MoeTable, Shape};
use gpu_model::law::calibrated;
use gpu_model::{CalibratedSpec, GpuSpec};
use sieve_sched::config::load;

use crate::gzip::open;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;
use report::{Fitted, text};

#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fit laws of grouped expert kernels to a table of measurements and print how near they come.
    Gpu(Gpu),
}

#[derive(Args)]
struct Gpu {
    /// Table with the columns device, framework, kernel_source, moe_dtype, hidden_size, inter_size, topk, num_experts,
    /// moe_ep_size, distribution, num_tokens, latency_us; gzip if its name ends in .gz
    csv: PathBuf,
    /// Only libraries whose device, framework, kernel or format contain each of these words
    #[arg(long, value_delimiter = ',', value_name = "WORDS")]
    library: Vec<String>,
    /// Only layers of these shapes: HIDDENxINTERMEDIATE, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "SHAPES")]
    shapes: Vec<String>,
    /// Rows that a group rounds up to, instead of the best of 8 to 128
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    tile: Option<u32>,
    /// Write the laws, one per format, as a file for `replay --gpu-law`
    #[arg(long, value_name = "FILE.ron", requires = "gpu")]
    out: Option<PathBuf>,
    /// Law that gives --out the kinds of kernels that the table lacks; they follow the roofline without it
    #[arg(long, value_name = "LAW", requires = "out")]
    base: Option<String>,
    /// GPU preset, or path of a .ron file: no law reads faster than its HBM, and --out is for it
    #[arg(long, value_name = "GPU")]
    gpu: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let Command::Gpu(options) = &options.command;
    let output = options.out.as_deref().map(Output::create).transpose()?;
    let gpu = options.gpu()?;
    let table = options.table()?;
    let bytes_per_s = gpu.as_ref().map(|gpu| gpu.hbm_bytes_per_s);
    let known = Known { tile: options.tile, bytes_per_s };
    let fitted: Vec<Fitted> = table
        .samples
        .iter()
        .filter_map(|(library, shapes)| Fitted::new(library, shapes, known))
        .collect();
    if let Some(mut output) = output {
        let gpu = gpu.map_or_else(String::new, |gpu| gpu.name);
        output.write_all(options.law(&fitted, gpu)?.as_bytes())?;
        output.finish()?;
    }
    if options.json { print_json(&fitted) } else { print(&text(&fitted, table.skipped)) }
}

impl Gpu {
    fn gpu(&self) -> Result<Option<GpuSpec>, Box<dyn Error>> {
        let Some(name) = &self.gpu else { return Ok(None) };
        let gpu: GpuSpec = load("GPU", name, gpu_model::PRESETS)?;
        gpu.check()?;
        Ok(Some(gpu))
    }

    /// The table, as far as it was asked for.
    fn table(&self) -> Result<MoeTable, Box<dyn Error>> {
        let file = self.csv.display();
        let text = open(&self.csv).map_err(|error| format!("{file}: cannot be read: {error}"))?;
        let mut table = MoeTable::read(text).map_err(|error| format!("{file}: {error}"))?;
        let found = format!("{} libraries", table.samples.len());
        table.samples.retain(|library, shapes| {
            shapes.retain(|shape, _| self.wants(shape));
            !shapes.is_empty() && self.library.iter().all(|word| contains(library, word))
        });
        if table.samples.is_empty() {
            return Err(format!(
                "{file}: no `balanced` rows on one GPU (moe_ep_size 1) are left of {found}; {} rows had another distribution or more GPUs",
                table.skipped
            )
            .into());
        }
        Ok(table)
    }

    fn wants(&self, shape: &Shape) -> bool {
        let name = format!("{}x{}", shape.hidden, shape.intermediate);
        self.shapes.is_empty() || self.shapes.contains(&name)
    }

    /// The laws as a file.
    fn law(&self, fitted: &[Fitted], gpu: String) -> Result<String, Box<dyn Error>> {
        let mut grouped_gemm = BTreeMap::new();
        let mut sources = BTreeMap::new();
        for Fitted { library, law, errors, .. } in fitted {
            if grouped_gemm.insert(library.format.clone(), *law).is_some() {
                let format = &library.format;
                return Err(format!(
                    "--out: two libraries with {format} weights; choose one with --library"
                )
                .into());
            }
            let mut source = format!(
                "fit to {} on {}, {} {}",
                self.csv.file_name().unwrap_or_default().display(),
                library.device,
                library.framework,
                library.kernel_source
            );
            write!(source, "; mean error {:.1} %", 100.0 * errors.mean)?;
            sources.insert(format!("grouped_gemm.{}", library.format), source);
        }
        let base: Option<CalibratedSpec> = self
            .base
            .as_deref()
            .map(|name| load("GPU law", name, calibrated::PRESETS))
            .transpose()?;
        let stem = self.out.as_deref().and_then(|path| path.file_stem()).unwrap_or_default();
        let others = base.iter().flat_map(|base| &base.sources);
        sources.extend(
            others
                .filter(|(path, _)| !path.starts_with("grouped_gemm"))
                .map(|(path, source)| (path.clone(), source.clone())),
        );
        let spec = CalibratedSpec {
            name: stem.display().to_string(),
            gpu,
            grouped_gemm,
            dense_gemm: base.as_ref().and_then(|base| base.dense_gemm),
            decode_attention: base.as_ref().and_then(|base| base.decode_attention),
            prefill_attention: base.as_ref().and_then(|base| base.prefill_attention),
            elementwise: base.as_ref().and_then(|base| base.elementwise),
            sources,
        };
        Ok(ron::ser::to_string_pretty(&spec, ron::ser::PrettyConfig::default())? + "\n")
    }
}

/// In any case of letters.
fn contains(library: &Library, word: &str) -> bool {
    let names = [&library.device, &library.framework, &library.kernel_source, &library.format];
    names.iter().any(|name| name.to_lowercase().contains(&word.to_lowercase()))
}
