//! `sieve timeline replay`.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use sieve_sched::config::{Assignment, Config, Routing, apply};
use sieve_sched::method::Method;
use sieve_sched::replay::graph::Unit;
use sieve_sched::replay::record::{Record, Recorder};
use sieve_sched::run::{Job, Session};
use sieve_sched::time::{Femtos, ZERO, micros};
use sieve_sched::timeline::replay::{Sample, timeline};
use sieve_sched::timeline::{Slice, Window};

use super::sample::{instant, layers};
use super::write::{Target, Written};
use crate::explain;
use crate::options::{Outcome, print, print_json};

/// The model that is replayed where none is named.
const MODEL: &str = "qwen3-30b-a3b";

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve timeline replay --batch 16 --method sieve --layers 0..4 --out step.perfetto-trace"
)]
pub(crate) struct Options {
    /// Results folder of a replay, whose configuration is taken
    #[arg(long, value_name = "DIR", conflicts_with_all = ["system", "trace", "synthetic"])]
    results: Option<PathBuf>,
    /// System preset, or path of a .ron file
    #[arg(long, default_value = "b200-hbm-pim")]
    system: String,
    /// Model preset, or path of a .ron file; with --results, the name of one of its models [default: qwen3-30b-a3b; with
    /// --results, its only model]
    #[arg(long)]
    model: Option<String>,
    /// Requests in the decode batch, over all GPUs
    #[arg(long, default_value_t = 64)]
    batch: u32,
    /// Method: gpu-only, noexp, allexp, pimoe, pimoe-tp, sieve, sieve+ or optimal
    #[arg(long, default_value = "sieve")]
    method: Method,
    /// Replay the routing of a trace, in any format that `sieve trace` reads
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    trace: Option<String>,
    /// Draw routing by a preset, or a .ron file [default: the model's]
    #[arg(long, value_name = "ROUTING")]
    synthetic: Option<String>,
    /// Which of the measured decode steps is shown, from 0; warm-up steps come before the first
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..1 << 16))]
    step: u32,
    /// Layers that are shown, from 0: 0..4 is the first four, 7 is one [default: all, and the language-model head]
    #[arg(long, value_name = "FROM..TO", value_parser = layers)]
    layers: Option<Range<usize>>,
    /// Show what runs from here on, in us from the begin of the step
    #[arg(long, value_name = "US", value_parser = instant, default_value = "0")]
    from: Femtos,
    /// Show what begins before, in us from the begin of the step [default: its end]
    #[arg(long, value_name = "US", value_parser = instant)]
    to: Option<Femtos>,
    /// Change any field of the configuration, such as minibatches=fixed(1), seed=7 or pim.timing.tFAW=30; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<Assignment>,
    #[command(flatten)]
    target: Target,
}

/// What was written, and what the step took.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    written: Written,
    /// Model.
    model: String,
    /// Requests over all GPUs.
    batch: u32,
    /// Method.
    method: &'static str,
    /// Measured step, from 0.
    step: u32,
    /// GPUs.
    gpus: usize,
    /// Time of the step.
    step_us: f64,
    /// Busy time of each unit, mean over GPUs; of the whole step, whatever part of it is shown.
    busy_us: BTreeMap<&'static str, f64>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let (config, sample) = (options.config()?, options.sample()?);
    config.check()?;
    let output = options.target.create(&[])?;
    let job = Job { config: &config, batch: 0, method: options.method };
    let mut recorder = Recorder::of((config.run.warmup_steps + options.step) as usize);
    let bar = ProgressBar::new_spinner().with_message("replaying");
    bar.enable_steady_tick(Duration::from_millis(100));
    let point = Session::new(&config)?.recorded(&job, &Method::policy, &mut recorder);
    bar.finish_and_clear();
    let point = point?;
    let record = recorder.record.ok_or("the step was not replayed")?;
    options.shows(&config, record.end - record.start)?;
    let (name, method) = (&config.model.name, options.method.traits().name);
    let title = format!("{name}, batch {}, {method}, step {}", options.batch, options.step);
    let about = Slice::new("step", ZERO, ZERO)
        .with("model", name.clone())
        .with("system", config.system.name.clone())
        .with("batch", options.batch)
        .with("method", method.to_owned())
        .with("gpus", point.gpus)
        .with("mini_batches", point.minibatches);
    let groups: Vec<&str> = config.model.layer_groups().iter().map(|group| group.name).collect();
    let timeline = timeline(&record, &sample, &title, about, &groups);
    let report = Report {
        written: options.target.write(output, &timeline)?,
        model: name.clone(),
        batch: options.batch,
        method,
        step: options.step,
        gpus: point.gpus,
        step_us: micros(record.end - record.start),
        busy_us: busy_us(&record, point.gpus),
    };
    if options.target.json { print_json(&report) } else { print(&report.text()) }
}

impl Options {
    /// The configuration of one step of one point.
    fn config(&self) -> Result<Config, Box<dyn Error>> {
        let mut config = match &self.results {
            Some(results) => {
                let config = explain::config(results, self.model.as_deref())?;
                self.is_point_of(results, &config)?;
                config
            }
            None => Config::of(&self.system, self.model.as_deref().unwrap_or(MODEL))?,
        };
        if let Some(file) = &self.trace {
            config.run.routing = Routing::Trace(file.clone());
        } else if let Some(preset) = &self.synthetic {
            config.run.routing = Routing::synthetic(preset)?;
        }
        let mut config = apply(&config, &self.set)?;
        let run = &mut config.run;
        (run.batches, run.methods) = (vec![self.batch], vec![self.method]);
        run.steps = self.step + 1;
        Ok(config)
    }

    /// What is shown is a step that the results count.
    fn is_point_of(&self, results: &Path, config: &Config) -> Outcome {
        let run = &config.run;
        let list = |of: &mut dyn Iterator<Item = String>| of.collect::<Vec<_>>().join(", ");
        let lacks = |option: String, has: String| {
            Err(format!("{option}: is no point of {}; it has {has}", results.display()).into())
        };
        if !run.batches.contains(&self.batch) {
            let has = list(&mut run.batches.iter().map(u32::to_string));
            return lacks(format!("--batch {}", self.batch), has);
        }
        if !run.methods.contains(&self.method) {
            let name = |method: &Method| method.traits().name.to_owned();
            let has = list(&mut run.methods.iter().map(name));
            return lacks(format!("--method {}", self.method.traits().name), has);
        }
        if self.step >= run.steps {
            return lacks(format!("--step {}", self.step), format!("0 to {}", run.steps - 1));
        }
        Ok(())
    }

    /// Part of the step is shown.
    fn shows(&self, config: &Config, step: Femtos) -> Outcome {
        // The language-model head comes after the layers.
        let last = config.model.layers as usize;
        if let Some(layers) = self.layers.as_ref().filter(|layers| layers.start > last) {
            let from = layers.start;
            return Err(format!(
                "--layers: {from} is outside 0 to {last}, the language-model head"
            )
            .into());
        }
        if self.from >= step {
            return Err(format!("--from: the step is over after {:.3} us", micros(step)).into());
        }
        Ok(())
    }

    fn sample(&self) -> Result<Sample, Box<dyn Error>> {
        let window = Window { from: self.from, to: self.to.unwrap_or(Window::ALL.to) };
        if window.from >= window.to {
            return Err("--from: expected to be less than --to".into());
        }
        Ok(Sample { window, layers: self.layers.clone().unwrap_or(Sample::ALL.layers) })
    }
}

impl Report {
    fn text(&self) -> String {
        let busy: Vec<String> =
            self.busy_us.iter().map(|(unit, us)| format!("{unit} {us:.1}")).collect();
        format!(
            "{}, batch {}, {}: step {} takes {:.1} us; busy {} us\n{}",
            self.model,
            self.batch,
            self.method,
            self.step,
            self.step_us,
            busy.join(", "),
            self.written.text()
        )
    }
}

fn busy_us(record: &Record, gpus: usize) -> BTreeMap<&'static str, f64> {
    let sum = |unit: Unit| record.busy.iter().fold(ZERO, |sum, busy| sum + busy[unit as usize]);
    Unit::ALL.iter().map(|&unit| (unit.name(), micros(sum(unit)) / gpus as f64)).collect()
}
