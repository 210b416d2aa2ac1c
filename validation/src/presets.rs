//! Where measurements take their devices from.

use pim_dram::DeviceSpec;
use pim_dram::device::Device;
use pim_dram::spec::Activation;
use sieve_sched::config::{ConfigError, load_device};

use crate::measure::MeasureError;

/// The shipped device presets, one of which may be replaced: what a claim would say of another device.
#[derive(Clone, Debug, Default)]
pub struct Presets {
    replaced: Option<DeviceSpec>,
}

impl Presets {
    /// The shipped ones with `spec` in the place of the one of its name.
    #[must_use]
    pub fn replacing(spec: DeviceSpec) -> Self {
        Self { replaced: Some(spec) }
    }

    /// The device of that name.
    ///
    /// # Errors
    /// A name that no preset has.
    pub fn spec(&self, name: &str) -> Result<DeviceSpec, ConfigError> {
        match &self.replaced {
            Some(spec) if spec.name == name => Ok(spec.clone()),
            _ => load_device(name),
        }
    }

    /// The same, resolved; rows are opened by `activation` if given.
    ///
    /// # Errors
    /// A name that no preset has, and a device whose numbers contradict each other.
    pub fn device(
        &self,
        name: &str,
        activation: Option<Activation>,
    ) -> Result<Device, MeasureError> {
        let mut spec = self.spec(name)?;
        if let (Some(pim), Some(activation)) = (&mut spec.pim, activation) {
            pim.activation = activation;
        }
        Ok(Device::new(&spec)?)
    }
}
