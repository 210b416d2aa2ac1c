//! `sieve routing fit`.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, Table, presets};
use pim_dram::similar::offer;
use ron::ser::PrettyConfig;
use serde::Serialize;
use sieve_sched::config::load;
use workloads::fit::{BoundMet, Family, Fit, Residual, Shape, Targets, fit, published};
use workloads::generator::Popularity;
use workloads::{ModelSpec, Trace};

use super::name;
use crate::options::{Outcome, print, print_json};
use crate::output::Output;

/// Batch sizes at which a trace is looked at.
const BATCHES: &[u32] = &[4, 16, 32, 64, 128, 256];

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve routing fit published --family gengamma --model Qwen3-30B-A3B --out my-routing.ron"
)]
pub(super) struct Options {
    /// `published`, a table of shares (.csv: batch and any of one_token, up_to_four, activated, model, source), or a trace
    source: String,
    /// Family of laws
    #[arg(long, value_enum)]
    family: FamilyName,
    /// Model preset, or path of a .ron file: gives the experts of a table or trace; with `published` the name of a model
    #[arg(long)]
    model: Option<String>,
    /// Rows of this model, of a table or of what was published [default: all; with `published` those of --model]
    #[arg(long, value_name = "NAME")]
    rows: Option<String>,
    /// Routed experts of a layer, for a table without --model
    #[arg(long, requires = "top_k", conflicts_with = "model")]
    experts: Option<u32>,
    /// Routed experts of a token, for a table without --model
    #[arg(long, requires = "experts", conflicts_with = "model")]
    top_k: Option<u32>,
    /// Shared experts of a layer, for a table without --model
    #[arg(long, requires = "experts", conflicts_with = "model")]
    shared: Option<u32>,
    /// Batch sizes at which a trace is looked at [default: 4,16,32,64,128,256]
    #[arg(long, value_delimiter = ',')]
    batch: Vec<u32>,
    /// Seed of the simulated layers, and of the batches of a trace
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the law to this file as a routing preset (.ron)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FamilyName {
    /// Dirichlet shares: one parameter
    Dirichlet,
    /// Generalised Gamma: two
    Gengamma,
    /// Log-normal: one
    Lognormal,
    /// Zipf: one
    Zipf,
    /// Two kinds of experts, each log-normal: three
    Bimodal,
}

/// A fitted law and what it misses.
#[derive(Serialize)]
struct Report<'a> {
    /// What the law was fitted to.
    origin: &'a str,
    /// The law.
    popularity: Popularity,
    /// Root mean square of the residuals. Unit: percentage points.
    rms_points: f64,
    /// What it misses, on layers drawn anew by the generator.
    residuals: &'a [Residual],
    /// Laws that were simulated.
    evaluations: u64,
    /// Parameters at the edge of what was looked at; empty for most fits.
    bounds_met: &'a [BoundMet],
}

impl From<FamilyName> for Family {
    fn from(name: FamilyName) -> Self {
        match name {
            FamilyName::Dirichlet => Self::Dirichlet,
            FamilyName::Gengamma => Self::Gengamma,
            FamilyName::Lognormal => Self::Lognormal,
            FamilyName::Zipf => Self::Zipf,
            FamilyName::Bimodal => Self::Bimodal,
        }
    }
}

pub(super) fn run(options: &Options) -> Outcome {
    // A file that cannot be written is told before the search.
    let out = options.out.as_deref();
    let inputs = [Path::new(&options.source)];
    let output = out.map(|path| Output::apart_from(&inputs, path)).transpose()?;
    let targets = options.targets()?;
    let fit = fit(&targets, options.family.into(), options.seed)?;
    if let Some((path, output)) = out.zip(output) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let preset = fit.preset(&name, &targets.origin);
        let text = ron::ser::to_string_pretty(&preset, PrettyConfig::default())? + "\n";
        output.write_text(&text)?;
    }
    if options.json {
        return print_json(&Report {
            origin: &targets.origin,
            popularity: fit.popularity,
            rms_points: fit.rms_points,
            residuals: &fit.residuals,
            evaluations: fit.evaluations,
            bounds_met: &fit.bounds_met,
        });
    }
    print(&text(&targets, &fit)?)
}

impl Options {
    fn targets(&self) -> Result<Targets, Box<dyn Error>> {
        let published = self.source == "published";
        let table = self.source.to_lowercase().ends_with(".csv");
        // A flag that is not read is a mistake.
        let stray = [
            ("--experts", self.experts.is_some() && !table, "a table (.csv)"),
            (
                "--rows",
                self.rows.is_some() && !table && !published,
                "a table (.csv) or `published`",
            ),
            ("--batch", !self.batch.is_empty() && (table || published), "a trace"),
        ];
        if let Some((flag, _, of)) = stray.into_iter().find(|(_, stray, _)| *stray) {
            return Err(format!("{flag}: is for {of}, not for {}", self.source).into());
        }
        if published {
            return self.published();
        }
        let model: Option<ModelSpec> = (self.model.as_ref())
            .map(|name| load("model", name, workloads::model::PRESETS))
            .transpose()?;
        if let Some(model) = &model {
            model.check()?;
        }
        if table { self.table(model.as_ref()) } else { self.trace(model.as_ref()) }
    }

    fn table(&self, model: Option<&ModelSpec>) -> Result<Targets, Box<dyn Error>> {
        let shape = match (model, self.experts, self.top_k) {
            (Some(model), ..) => Shape {
                experts: model.experts.count,
                top_k: model.experts.top_k,
                shared: model.shared.map_or(0, |shared| shared.count),
            },
            (None, Some(experts), Some(top_k)) => {
                Shape { experts, top_k, shared: self.shared.unwrap_or(0) }
            }
            _ => return Err("a table of shares needs --model, or --experts and --top-k".into()),
        };
        Ok(Targets::read_csv(&self.source, shape, self.rows.as_deref())?)
    }

    fn trace(&self, model: Option<&ModelSpec>) -> Result<Targets, Box<dyn Error>> {
        let model = model.ok_or("--model: a trace needs the model that it was recorded from")?;
        let trace = Trace::read(&self.source, model)?;
        let batches = if self.batch.is_empty() { BATCHES } else { &self.batch };
        Ok(Targets::of_trace(&trace, model, batches, self.seed)?)
    }

    fn published(&self) -> Result<Targets, Box<dyn Error>> {
        let all = published()?;
        let known: Vec<&str> = all.iter().map(|p| p.targets.origin.as_str()).collect();
        let allowed = format!("published are {}", known.join(", "));
        let Some(name) = self.rows.as_ref().or(self.model.as_ref()) else {
            return Err(format!("--rows: name a model; {allowed}").into());
        };
        let found = all.iter().find(|p| p.targets.origin.eq_ignore_ascii_case(name));
        let found = found.ok_or_else(|| {
            let offer = offer(name, known.iter().copied());
            format!("nothing is published of `{name}`{offer}; {allowed}")
        })?;
        Ok(found.targets.clone())
    }
}

fn text(targets: &Targets, fit: &Fit) -> Result<String, Box<dyn Error>> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["B", "share", "target %", "fit %", "residual, points"]);
    table.add_rows(fit.residuals.iter().map(|residual| {
        [
            residual.batch.to_string(),
            name(residual.statistic).to_owned(),
            format!("{:.1}", 100.0 * residual.target),
            format!("{:.1}", 100.0 * residual.found),
            format!("{:+.1}", residual.points),
        ]
    }));
    for (at, column) in table.column_iter_mut().enumerate() {
        if at != 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let bounds: String = (fit.bounds_met.iter())
        .map(|met| {
            let BoundMet { parameter, value } = met;
            format!("\n{parameter} is at the bound of what is looked at, {value}; the best may lie beyond")
        })
        .collect();
    Ok(format!(
        "{}\n{table}\n{}, {:.2} points rms, {} laws tried{bounds}",
        targets.origin,
        ron::to_string(&fit.popularity)?,
        fit.rms_points,
        fit.evaluations
    ))
}
