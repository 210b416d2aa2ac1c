//! How long kernels and collectives take: laws by name, and resolved for a configuration.

use gpu_model::law::{Calibrated, CalibratedSpec, Roofline, calibrated};
use noc::{LawSpec, MoeExchange, MoeShape, measured};
use pim_dram::similar::nearest;
use serde::{Deserialize, Serialize};

use super::error::ConfigError;
use super::load::load;
use super::spec::{Config, SYSTEMS, SystemSpec};

/// How long kernels take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpuLaw {
    /// At the peak rates of the data sheet, the longer of memory and compute time.
    Roofline,
    /// As measured.
    Calibrated(Box<CalibratedSpec>),
}

/// The law of a GPU's kernels: `roofline`, `calibrated` (the first that was measured on it), or a law by preset or file.
///
/// # Errors
/// Unknown names, files that do not parse, and `calibrated` of a GPU that was not measured.
pub fn of_gpu(gpu: &str, law: &str) -> Result<GpuLaw, ConfigError> {
    let named = |name: &str| -> Result<CalibratedSpec, ConfigError> {
        also(load("GPU law", name, calibrated::PRESETS), &["roofline", "calibrated"])
    };
    let spec = match law {
        "roofline" => return Ok(GpuLaw::Roofline),
        "calibrated" => {
            let shipped = calibrated::PRESETS.iter().map(|(name, _)| named(name));
            let all = shipped.collect::<Result<Vec<_>, _>>()?;
            all.into_iter().find(|spec| spec.gpu == gpu).ok_or_else(|| {
                let known: Vec<_> = calibrated::PRESETS.iter().map(|(name, _)| *name).collect();
                ConfigError::Invalid(format!(
                    "GPU `{gpu}` was not measured; give one of {} or a file instead of `calibrated`",
                    known.join(", ")
                ))
            })?
        }
        name => named(name)?,
    };
    Ok(GpuLaw::Calibrated(Box::new(spec)))
}

/// The law of links: `paper`, `measured` (the collectives that the system names), or other collectives by preset or file. NCCL
/// carries tokens to their experts.
///
/// # Errors
/// Unknown names, files that do not parse, and a system that names no collectives.
pub fn of_links(system: &str, law: &str) -> Result<LawSpec, ConfigError> {
    let named = match law {
        "paper" => return Ok(LawSpec::Paper),
        "measured" => load::<SystemSpec>("system", system, SYSTEMS)?.collectives.ok_or_else(|| {
            ConfigError::Invalid(format!(
                "system `{system}`: names no measured `collectives`; name some, or give a preset or file instead of `measured`"
            ))
        })?,
        other => other.to_owned(),
    };
    let collectives =
        also(load("set of collectives", &named, measured::PRESETS), &["paper", "measured"])?;
    Ok(LawSpec::Measured { collectives, moe_exchange: MoeExchange::Nccl })
}

impl Config {
    /// The law of the GPU's kernels.
    ///
    /// # Errors
    /// A GPU that is none, and a law that does not cover the format of the experts.
    pub fn gpu_law(&self) -> Result<gpu_model::Law, ConfigError> {
        let gpu = &self.system.gpu;
        match &self.system.gpu_law {
            GpuLaw::Roofline => {
                Roofline::new(gpu).map(gpu_model::Law::Roofline).map_err(|e| invalid(&e))
            }
            GpuLaw::Calibrated(spec) => {
                let format = self.model.experts.weights.traits().name;
                let law = Calibrated::new(spec, gpu, format).map_err(|e| invalid(&e))?;
                Ok(gpu_model::Law::Calibrated(Box::new(law)))
            }
        }
    }

    /// The law of the collectives of the run.
    ///
    /// # Errors
    /// A link that is none, and measurements that do not cover the GPUs.
    pub fn link_law(&self) -> Result<noc::Law, ConfigError> {
        let shape = MoeShape {
            hidden_size: self.model.hidden,
            num_topk: self.model.experts.top_k,
            num_experts: self.model.experts.count,
        };
        let (link, law) = (&self.system.link, &self.system.link_law);
        noc::Law::new(link, law, self.run.gpus as usize, shape).map_err(|e| invalid(&e))
    }
}

/// Names that are understood besides presets, in the error of one that is none.
fn also<T>(loaded: Result<T, ConfigError>, names: &[&str]) -> Result<T, ConfigError> {
    loaded.map_err(|error| match error {
        ConfigError::UnknownPreset { kind, name, known, .. } => {
            let names = names.iter().map(|&name| name.to_owned());
            let known: Vec<String> = names.chain(known).collect();
            let nearest = nearest(&name, known.iter().map(String::as_str));
            ConfigError::UnknownPreset { kind, name, nearest, known }
        }
        other => other,
    })
}

fn invalid(error: &dyn std::error::Error) -> ConfigError {
    ConfigError::Invalid(error.to_string())
}
