//! A PIM device and changes to it.

use clap::Args;
use pim_dram::{Device, DeviceSpec, Dram};

use crate::config::{Assignment, ConfigError, apply, load_device};

/// A PIM device and changes to it.
#[derive(Args, Clone, Debug)]
pub struct DeviceOptions {
    /// Device preset, or path of a .ron file
    #[arg(long, default_value = "sieve-hbm3e")]
    device: String,
    #[command(flatten)]
    changes: Changes,
}

/// Changes to a device.
#[derive(Args, Clone, Debug)]
pub struct Changes {
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
    ///
    /// # Errors
    /// Unknown names, files that do not parse, changes that cannot be made, numbers that contradict each other.
    pub fn device(&self) -> Result<Device, ConfigError> {
        Device::new(&self.changed()?).map_err(|error| ConfigError::Invalid(error.to_string()))
    }

    /// The device as changed, for what needs no PIM units.
    ///
    /// # Errors
    /// Those of [`Self::device`].
    pub fn dram(&self) -> Result<Dram, ConfigError> {
        Dram::new(&self.changed()?).map_err(|error| ConfigError::Invalid(error.to_string()))
    }

    /// The channels asked for, or all of a device.
    ///
    /// # Errors
    /// More than there are.
    pub fn channels(device: &Dram, asked: Option<u32>) -> Result<u32, ConfigError> {
        let all = device.spec.geometry.channels;
        match asked {
            Some(channels) if channels > all => {
                Err(ConfigError::Invalid(format!("--channels {channels}: the device has {all}")))
            }
            _ => Ok(asked.unwrap_or(all)),
        }
    }

    fn changed(&self) -> Result<DeviceSpec, ConfigError> {
        apply(&self.spec()?, &self.assignments())
    }

    /// The device before changes.
    ///
    /// # Errors
    /// Unknown names, files that do not parse.
    pub fn spec(&self) -> Result<DeviceSpec, ConfigError> {
        load_device(&self.device)
    }

    /// The changes; `--set` comes after the flags.
    #[must_use]
    pub fn assignments(&self) -> Vec<Assignment> {
        self.changes.assignments()
    }

    /// Whether the user chose an activation policy.
    #[must_use]
    pub fn chose_activation(&self) -> bool {
        self.assignments().iter().any(|set| set.path.ends_with("activation"))
    }
}

impl Changes {
    /// As assignments; `--set` comes after the flags.
    #[must_use]
    pub fn assignments(&self) -> Vec<Assignment> {
        let flags = [("activation", &self.activation), ("refresh", &self.refresh)];
        aliases(flags).chain(self.set.iter().cloned()).collect()
    }
}

/// Flags that stand for assignments, in kebab case too.
pub(super) fn aliases<const N: usize>(
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
