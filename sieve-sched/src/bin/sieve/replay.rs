//! `sieve replay`.

mod judge;
mod write;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sieve_sched::claims::{Conditions, Measured, MeasuredModel};
use sieve_sched::options::ReplayOptions;
use sieve_sched::report::{Folder, Summary, table};
use sieve_sched::run::Results;

use self::judge::{Replay, judged};
use self::write::{manifest, write};
use crate::claims;
use crate::options::{Outcome, pool, print, print_json};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve replay --batch 16,64 --methods pimoe,sieve\n  sieve replay --model gpt-oss-120b --gpu-law calibrated --link-law measured\n  sieve replay --set tFAW=30 --set 'popularity=dirichlet(shape: 0.042)'"
)]
pub(crate) struct Options {
    #[command(flatten)]
    replay: ReplayOptions,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Results folder; made if it is not there, replaced if it holds earlier results
    #[arg(long, value_name = "DIR", default_value = "results/replay")]
    out: PathBuf,
    /// Judge the paper's claims R1 to R9, which replays more: with placement for free, and with one mini-batch [default: if
    /// the three models of the paper are replayed under all of its methods, neither --minibatches nor --scheduler-cost given]
    #[arg(long, conflicts_with_all = ["minibatches", "scheduler_cost", "no_claims"])]
    claims: bool,
    /// Do not judge the paper's claims
    #[arg(long)]
    no_claims: bool,
    /// Print one JSON object, the summary, and nothing else
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let begun = Instant::now();
    let configs = options.replay.configs()?;
    let claims = judged(options, &configs)?;
    let folder = Folder::begin(&options.out)?;
    let pool = pool(options.threads)?;
    let replays = (configs.iter())
        .map(|config| Replay::new(config, claims.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let points = replays.iter().map(Replay::points).sum::<usize>();
    let bar = ProgressBar::new(points as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} points, {eta} left")?);
    let results = pool.install(|| {
        replays.iter().map(|replay| replay.run(&|| bar.inc(1))).collect::<Result<Vec<_>, _>>()
    });
    bar.finish_and_clear();
    let (results, measured): (Vec<Results>, Vec<Option<MeasuredModel>>) =
        results?.into_iter().unzip();
    let summary = Summary::new(&results);
    for warning in summary.models.iter().flat_map(|model| &model.warnings) {
        log::warn!("{warning}");
    }
    write(&folder, &results, &summary)?;
    let verdicts = match &claims {
        Some(claims) => {
            let models = measured.into_iter().flatten().collect();
            let measured = Measured { conditions: Conditions::of(&configs[0]), models };
            Some(claims::write(&folder, claims, &measured)?)
        }
        None => None,
    };
    folder.write("manifest.json", &manifest(begun, pool.current_num_threads())?)?;
    folder.finish()?;
    if options.json {
        return print_json(&summary);
    }
    for model in &summary.models {
        print(&table(model))?;
    }
    if let Some(verdicts) = verdicts {
        print(&verdicts)?;
    }
    for note in &summary.notes {
        print(&format!("note: {note}"))?;
    }
    print(&format!("results in {}", options.out.display()))
}
