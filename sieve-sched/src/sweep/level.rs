//! What a point computes, with the options of the command that computes one.

use pim_dram::DeviceSpec;
use pim_dram::layout::Matrix;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workloads::KvLengths;

use super::error::SweepError;
use super::inputs::{Inputs, Product};
use super::spec::Written;
use crate::config::{Config, ConfigError, Routing, laws, load_device};
use crate::method::Method;

/// The base of a sweep. Each field may be an axis too, and so may every path of the configuration that it leads to: a device's
/// at level `gemv`, a replay's at level `replay`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Level {
    /// One matrix-vector product, as `sieve gemv`.
    Gemv {
        /// Device preset or file.
        #[serde(default = "device")]
        device: String,
        /// Matrix as `OUTxIN`.
        #[serde(default)]
        shape: Option<String>,
        /// Vectors, one after the other.
        #[serde(default = "one")]
        tokens: u32,
        /// Command channels; all of the device if absent.
        #[serde(default)]
        channels: Option<u32>,
        /// Loop order; the fastest if absent.
        #[serde(default)]
        order: Option<String>,
        /// Whether the peak power is looked for, which takes several times as long.
        #[serde(default)]
        peak: bool,
    },
    /// Decode steps of one batch under one method, as `sieve replay`.
    Replay {
        /// System preset or file.
        #[serde(default = "system")]
        system: String,
        /// Model preset or file.
        #[serde(default)]
        model: Option<String>,
        /// Requests, over all GPUs.
        #[serde(default)]
        batch: Option<u32>,
        /// Method, by its name on the command line.
        #[serde(default)]
        method: Option<String>,
        /// Routing preset or file; the model's own if absent.
        #[serde(default)]
        synthetic: Option<String>,
        /// Trace that is replayed instead.
        #[serde(default)]
        trace: Option<String>,
        /// Tokens in a request's KV cache, as after `--kv-len`.
        #[serde(default)]
        kv_len: Option<String>,
        /// How long kernels take, as after `--gpu-law`.
        #[serde(default = "roofline")]
        gpu_law: String,
        /// What collectives cost, as after `--link-law`.
        #[serde(default = "paper")]
        link_law: String,
        /// Prompts beside the decode batch, by preset or file.
        #[serde(default)]
        prefill: Option<String>,
    },
}

fn device() -> String {
    "sieve-hbm3e".to_owned()
}

fn one() -> u32 {
    1
}

fn system() -> String {
    "b200-hbm-pim".to_owned()
}

fn roofline() -> String {
    "roofline".to_owned()
}

fn paper() -> String {
    "paper".to_owned()
}

impl Level {
    /// The names of its fields.
    pub(super) fn fields(&self) -> Vec<String> {
        self.tree().1.as_object().map_or_else(Vec::new, |fields| fields.keys().cloned().collect())
    }

    /// The level with one of its fields changed.
    pub(super) fn with(&self, field: &str, written: &Written) -> Result<Self, SweepError> {
        let wrong = |says: String| SweepError::Setting {
            place: "axes",
            error: ConfigError::Type { path: field.to_owned(), value: written.0.clone(), says },
        };
        let value = written.value().ok_or_else(|| wrong("not a value".to_owned()))?;
        let (level, mut fields) = self.tree();
        fields[field] = value;
        let tree = Value::Object([(level, fields)].into_iter().collect());
        serde_json::from_value(tree).map_err(|error| wrong(error.to_string()))
    }

    /// Its name and its fields.
    fn tree(&self) -> (String, Value) {
        let tree = serde_json::to_value(self).unwrap_or_default();
        let Value::Object(tree) = tree else { return Default::default() };
        tree.into_iter().next().unwrap_or_default()
    }

    /// What it comes down to before any path is set.
    pub(super) fn resolve(&self) -> Result<Inputs, SweepError> {
        match self {
            Self::Gemv { device, shape, tokens, channels, order, peak } => {
                let shape = shape.as_ref().ok_or(SweepError::Missing("shape"))?;
                let matrix: Matrix = shape.parse().map_err(|e| wrong("shape", shape, &e))?;
                if let Some(order) = order {
                    order
                        .parse::<pim_dram::order::Order>()
                        .map_err(|e| wrong("order", order, &e))?;
                }
                for (name, count) in [("tokens", Some(*tokens)), ("channels", *channels)] {
                    if count.is_some_and(|count| count == 0 || count > 1 << 20) {
                        let found = count.unwrap_or_default();
                        return Err(wrong(name, &found, &"expected 1 to 1,048,576"));
                    }
                }
                let device: DeviceSpec = load_device(device)?;
                Ok(Inputs::Gemv(Box::new(Product {
                    device,
                    outputs: matrix.outputs,
                    inputs: matrix.inputs,
                    tokens: *tokens,
                    channels: *channels,
                    order: order.clone(),
                    peak: *peak,
                })))
            }
            Self::Replay { .. } => Ok(Inputs::Replay(Box::new(self.config()?))),
        }
    }

    /// The configuration of a replay of one point.
    fn config(&self) -> Result<Config, SweepError> {
        let Self::Replay {
            system,
            model,
            batch,
            method,
            synthetic,
            trace,
            kv_len,
            gpu_law,
            link_law,
            prefill,
        } = self
        else {
            return Err(SweepError::Missing("model"));
        };
        let model = model.as_ref().ok_or(SweepError::Missing("model"))?;
        let mut config = Config::of(system, model)?;
        config.system.gpu_law = laws::of_gpu(&config.system.gpu.name, gpu_law)?;
        config.system.link_law = laws::of_links(system, link_law)?;
        let run = &mut config.run;
        run.batches = vec![batch.ok_or(SweepError::Missing("batch"))?];
        let method = method.as_ref().ok_or(SweepError::Missing("method"))?;
        run.methods = vec![method.parse::<Method>().map_err(|e| wrong("method", method, &e))?];
        match (trace, synthetic) {
            (Some(_), Some(preset)) => {
                return Err(wrong("synthetic", preset, &"stands beside a trace; give one of both"));
            }
            (Some(file), None) => run.routing = Routing::Trace(file.clone()),
            (None, Some(preset)) => run.routing = Routing::synthetic(preset)?,
            (None, None) => {}
        }
        if let Some(law) = kv_len {
            run.kv_tokens = law.parse::<KvLengths>().map_err(|e| wrong("kv_len", law, &e))?;
        }
        if let Some(name) = prefill {
            run.take_prompts(name)?;
        }
        Ok(config)
    }
}

fn wrong(name: &'static str, found: &impl ToString, allowed: &impl ToString) -> SweepError {
    let (found, allowed) = (found.to_string(), allowed.to_string());
    SweepError::Level { name, found, allowed }
}
