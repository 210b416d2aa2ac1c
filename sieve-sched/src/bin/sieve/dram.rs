//! `sieve dram`: a trace of reads and writes served by a memory.

mod policy;
mod read;
mod report;
mod serve;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use pim_dram::controller::{CONTROLLERS, ControllerSpec, MAPPERS, Mapper, MapperSpec};
use pim_dram::{DeviceSpec, Dram};
use serde::{Deserialize, Serialize};
use sieve_sched::config::{Assignment, ConfigError, apply, load, load_device};

use self::policy::Policy;
use self::report::Report;
use crate::options::{Changes, Outcome, pool, print, print_json};
use crate::output::Output;

/// What serves devices that name no controller.
pub(crate) const CONTROLLER: &str = "strict";

#[derive(Args)]
#[command(
    after_help = "Examples:\n  sieve dram --trace reads.trace --mapper interleaved --queue 128"
)]
pub(crate) struct Options {
    /// Device preset, or path of a .ron file
    #[arg(long, default_value = "hbm3-16gb-8hi")]
    device: String,
    /// Requests: lines `R|W ADDRESS [TICK]`, or CSV with the columns op, addr and perhaps at; gzip if the name ends in .gz
    #[arg(long, value_name = "FILE")]
    trace: PathBuf,
    /// Controller preset (strict, ramulator2), or path of a .ron file [default: the device's, or strict]
    #[arg(long, value_name = "CONTROLLER")]
    controller: Option<String>,
    /// Address mapper preset (RoBaRaCoCh, ChRaBaRoCo, MOP4CLXOR, interleaved), or path of a .ron file [default: the controller's]
    #[arg(long, value_name = "MAPPER")]
    mapper: Option<String>,
    /// Scheduler and row policy: fr-fcfs, fr-fcfs-row-hit, open, closed-cap:N [default: the controller's]
    #[arg(long, value_delimiter = ',')]
    policy: Vec<Policy>,
    /// Reads that may wait, and writes that may [default: the controller's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    queue: Option<u32>,
    /// Command channels; bursts go round them
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1 << 20))]
    channels: u32,
    /// Who offers requests to several channels
    #[arg(long, value_enum, default_value_t = Feed::Free)]
    feed: Feed,
    /// Threads [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write the commands to this file, as CSV; gzip if its name ends in .gz
    #[arg(long, value_name = "FILE")]
    commands: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Who offers requests to several channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Feed {
    /// Each channel has a host of its own, which offers one request a tick
    Free,
    /// One host offers requests in the order of the trace, as many a tick as there are channels, up to the first refused
    Coupled,
}

/// What `--set` changes below `controller.`.
#[derive(Clone, Serialize, Deserialize)]
struct Settings {
    controller: ControllerSpec,
}

pub(crate) fn run(options: &Options) -> Outcome {
    let (changes, settings) = options.assignments();
    let device = apply(&load_device(&options.device)?, &changes)?;
    let controller = options.controller(&device, &settings)?;
    let mapper = mapper(&controller.mapper)?;
    let dram = Dram::new(&device)?;
    let all = device.geometry.channels;
    if options.channels > all {
        return Err(format!("--channels {}: the device has {all}", options.channels).into());
    }
    if options.commands.is_some() && options.channels > 1 {
        return Err("--commands: writes the commands of one channel, there are several".into());
    }
    let inputs = [options.trace.as_path()];
    let commands =
        options.commands.as_deref().map(|path| Output::apart_from(&inputs, path)).transpose()?;
    let places = Mapper::new(&mapper, &device.geometry, options.channels, controller.beyond)?;
    let pool = pool(options.threads)?;
    let spread = pool.install(|| read::trace(&options.trace, &places, options.channels))?;
    let commands = options.commands.as_deref().zip(commands);
    let served = serve::run(&dram, &controller, &spread, options.feed, &pool, commands)?;
    let report =
        pool.install(|| Report::new(options, &dram, &controller, &mapper, &spread, &served));
    if options.json { print_json(&report) } else { print(&text::report(&report)) }
}

impl Options {
    /// Changes to the device, and those to the controller.
    fn assignments(&self) -> (Vec<Assignment>, Vec<Assignment>) {
        let all = self.changes.assignments();
        all.into_iter().partition(|set| !set.path.starts_with("controller."))
    }

    /// The controller as changed; `--set` comes after the flags.
    fn controller(
        &self,
        device: &DeviceSpec,
        settings: &[Assignment],
    ) -> Result<ControllerSpec, ConfigError> {
        let name = self.controller.as_deref().or(device.controller.as_deref());
        let mut controller: ControllerSpec =
            load("controller", name.unwrap_or(CONTROLLER), CONTROLLERS)?;
        if let Some(size) = self.queue {
            (controller.read_queue, controller.write_queue) = (size, size);
        }
        self.policy.iter().for_each(|policy| policy.choose(&mut controller));
        controller.mapper = self.mapper.clone().unwrap_or(controller.mapper);
        Ok(apply(&Settings { controller }, settings)?.controller)
    }
}

/// A mapper by the name of a preset, in any case, or the path of a file.
fn mapper(name: &str) -> Result<MapperSpec, ConfigError> {
    let path = Path::new(name);
    if path.extension().is_some() || path.exists() {
        return load("mapper", name, MAPPERS);
    }
    load("mapper", &name.to_lowercase(), MAPPERS)
}
