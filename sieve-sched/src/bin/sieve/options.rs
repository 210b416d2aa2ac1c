//! Options that several commands share.

use std::error::Error;
use std::io::Write;

use clap::Args;
use pim_dram::{Device, DeviceSpec, Dram};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use sieve_sched::config::{Assignment, apply, load_device};

/// What a command ends with.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// A PIM device and changes to it.
#[derive(Args)]
pub(crate) struct DeviceOptions {
    /// Device preset, or path of a .ron file
    #[arg(long, default_value = "sieve-hbm3e")]
    device: String,
    #[command(flatten)]
    changes: Changes,
}

/// Changes to a device.
#[derive(Args)]
pub(crate) struct Changes {
    /// Change a field of the device, such as timing.tFAW=30, activation=all_bank or geometry.banks=16; may be repeated.
    /// `gemv` takes lists too, such as geometry.banks=8,16,32, and runs every combination
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<Assignment>,
    /// Short for --set activation=: per_bank, ganged(N) or all_bank
    #[arg(long, value_name = "ACTIVATION")]
    activation: Option<String>,
    /// Short for --set refresh=: none, all_bank, per_bank or same_bank
    #[arg(long, value_name = "REFRESH")]
    refresh: Option<String>,
}

impl DeviceOptions {
    /// The device as changed.
    pub(crate) fn device(&self) -> Result<Device, Box<dyn Error>> {
        Ok(Device::new(&self.changed()?)?)
    }

    /// The device as changed, for what needs no PIM units.
    pub(crate) fn dram(&self) -> Result<Dram, Box<dyn Error>> {
        Ok(Dram::new(&self.changed()?)?)
    }

    /// The channels asked for, or all of a device.
    pub(crate) fn channels(device: &Dram, asked: Option<u32>) -> Result<u32, Box<dyn Error>> {
        let all = device.spec.geometry.channels;
        match asked {
            Some(channels) if channels > all => {
                Err(format!("--channels {channels}: the device has {all}").into())
            }
            _ => Ok(asked.unwrap_or(all)),
        }
    }

    fn changed(&self) -> Result<DeviceSpec, Box<dyn Error>> {
        Ok(apply(&self.spec()?, &self.assignments())?)
    }

    /// The device before changes.
    pub(crate) fn spec(&self) -> Result<DeviceSpec, Box<dyn Error>> {
        Ok(load_device(&self.device)?)
    }

    /// The changes; `--set` comes after the flags.
    pub(crate) fn assignments(&self) -> Vec<Assignment> {
        self.changes.assignments()
    }

    /// Whether the user chose an activation policy.
    pub(crate) fn chose_activation(&self) -> bool {
        self.assignments().iter().any(|set| set.path.ends_with("activation"))
    }
}

impl Changes {
    /// As assignments; `--set` comes after the flags.
    pub(crate) fn assignments(&self) -> Vec<Assignment> {
        let flags = [("activation", &self.activation), ("refresh", &self.refresh)];
        aliases(flags).chain(self.set.iter().cloned()).collect()
    }
}

/// Flags that stand for assignments, in kebab case too.
pub(crate) fn aliases<const N: usize>(
    flags: [(&str, &Option<String>); N],
) -> impl Iterator<Item = Assignment> {
    let assign = |(path, value): (&str, &Option<String>)| {
        Some(Assignment { path: path.to_owned(), value: snake_case(value.as_ref()?) })
    };
    flags.into_iter().filter_map(assign).collect::<Vec<_>>().into_iter()
}

/// With `_` for each `-` between two letters.
fn snake_case(value: &str) -> String {
    let letters: Vec<char> = value.chars().collect();
    let letter =
        |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_alphabetic());
    let snake = |(at, &c): (usize, &char)| {
        if c == '-' && letter(at.checked_sub(1)) && letter(Some(at + 1)) { '_' } else { c }
    };
    letters.iter().enumerate().map(snake).collect()
}

/// So many threads, or one for each core.
pub(crate) fn pool(threads: Option<u16>) -> Result<ThreadPool, Box<dyn Error>> {
    Ok(ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0).into()).build()?)
}

/// Prints one JSON object and nothing else.
pub(crate) fn print_json(value: &impl Serialize) -> Outcome {
    print(&serde_json::to_string_pretty(value)?)
}

/// Prints a text; a reader that went away is no error.
pub(crate) fn print(text: &str) -> Outcome {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
