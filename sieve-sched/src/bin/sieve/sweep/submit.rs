//! `sieve sweep submit`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use sieve_sched::sweep::{Loaded, Shard, Store};

use super::slurm::{Jobs, Script};
use crate::options::{Outcome, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve sweep submit replay --out results/sweep --engine slurm --tasks 16 --time 1:00:00"
)]
pub(super) struct Options {
    /// Sweep: bank-config, banks, replay, or a .ron file
    #[arg(value_name = "SWEEP")]
    file: String,
    /// Folder of the points, which all nodes see
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Who runs the tasks
    #[arg(long, value_enum)]
    engine: Engine,
    /// Tasks of the array, each with every N-th point
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    tasks: u16,
    /// Threads of a task
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Partition
    #[arg(long)]
    partition: Option<String>,
    /// Most time of a task, as sbatch takes it
    #[arg(long)]
    time: Option<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Engine {
    /// sbatch
    Slurm,
}

/// What was sent.
#[derive(Serialize)]
struct Report {
    /// Job of the array, as the engine numbers it; `null` where nothing was sent.
    job: Option<String>,
    /// Tasks that were sent, counted from 1.
    tasks: Vec<usize>,
    /// Tasks that the sweep is divided into.
    of: usize,
    /// Tasks that were queued or at work already.
    queued: BTreeSet<usize>,
}

pub(super) fn run(options: &Options) -> Outcome {
    let Engine::Slurm = options.engine;
    let Loaded { name, text, plan } = Loaded::file(&options.file)?;
    let store = Store::create(&options.out)?;
    let sweep = store.remember(&name, &text)?.canonicalize()?;
    let folder = options.out.canonicalize()?;
    let mut jobs = Jobs::read(&folder, &name)?;
    let of = usize::from(options.tasks);
    let queued = jobs.queued(of)?;
    let missing = |index: &usize| {
        let shard = Shard { index: *index, of };
        !queued.contains(index) && !shard.missing(&plan, &store).is_empty()
    };
    let tasks: Vec<usize> = (1..=of).filter(missing).collect();
    let job = if tasks.is_empty() {
        None
    } else {
        let script = Script {
            name: &name,
            sweep: &sweep,
            folder: &folder,
            tasks: &tasks,
            of,
            threads: options.threads,
            partition: options.partition.as_deref(),
            time: options.time.as_deref(),
        };
        Some(jobs.submit(&script)?)
    };
    if options.json {
        return print_json(&Report { job, tasks, of, queued });
    }
    match job {
        Some(job) => print(&format!("{name}: job {job}, {} of {of} tasks", tasks.len())),
        None if queued.is_empty() => print(&format!("{name}: nothing is missing")),
        None => print(&format!("{name}: what is missing is queued, {} tasks", queued.len())),
    }
}
