//! All that decides the numbers of a point, and the key that follows from it.

use std::fmt;

use pim_dram::DeviceSpec;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::SCHEMA;
use super::error::SweepError;
use crate::config::{Assignment, Config, ConfigError, Routing, apply, settle};

/// Resolved inputs of a point.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inputs {
    /// A product.
    Gemv(Box<Product>),
    /// A replay of one batch under one method.
    Replay(Box<Config>),
}

/// A matrix-vector product on a device.
#[derive(Clone, Debug, Serialize)]
pub struct Product {
    /// Device.
    pub device: DeviceSpec,
    /// Rows of the matrix.
    pub outputs: u32,
    /// Columns of the matrix.
    pub inputs: u32,
    /// Vectors.
    pub tokens: u32,
    /// Command channels; all of the device if `None`.
    pub channels: Option<u32>,
    /// Loop order; the fastest if `None`.
    pub order: Option<String>,
    /// Whether the peak power is looked for.
    pub peak: bool,
}

/// What a point is known by: a SHA-256 over its inputs, the schema and the version of this crate, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(String);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Inputs {
    /// With fields of the configuration set.
    pub(super) fn with(&self, set: &[Assignment]) -> Result<Self, ConfigError> {
        Ok(match self {
            Self::Gemv(product) => {
                let device = apply(&product.device, set)?;
                Self::Gemv(Box::new(Product { device, ..Product::clone(product) }))
            }
            Self::Replay(config) => Self::Replay(Box::new(apply(config.as_ref(), set)?)),
        })
    }

    /// The whole path of a field of the configuration.
    pub(super) fn whole_path(&self, path: &str) -> Result<String, ConfigError> {
        let one = vec![Assignment { path: path.to_owned(), value: String::new() }];
        let settled = match self {
            Self::Gemv(product) => settle(&product.device, one)?,
            Self::Replay(config) => settle(config.as_ref(), one)?,
        };
        Ok(settled.into_iter().map(|set| set.path).collect())
    }

    /// As they are kept beside the results: without `sources`, which say where numbers come from and not what they are, and
    /// with the hash of a trace that is replayed.
    ///
    /// # Errors
    /// A trace that cannot be read.
    pub fn record(&self) -> Result<Value, SweepError> {
        let mut record = serde_json::to_value(self).unwrap_or_default();
        without_sources(&mut record);
        if let Self::Replay(config) = self
            && let Routing::Trace(file) = &config.run.routing
        {
            let bytes = std::fs::read(file)
                .map_err(|source| SweepError::Io { path: file.into(), source })?;
            record["trace_sha256"] = Value::from(hex(&Sha256::digest(&bytes)));
        }
        Ok(record)
    }
}

impl Key {
    /// Of a record of inputs.
    #[must_use]
    pub fn of(record: &Value) -> Self {
        let hashed = json!({
            "schema_version": SCHEMA,
            "program_version": env!("CARGO_PKG_VERSION"),
            "inputs": record,
        });
        Self(hex(&Sha256::digest(hashed.to_string())))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn without_sources(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("sources");
            fields.values_mut().for_each(without_sources);
        }
        Value::Array(items) => items.iter_mut().for_each(without_sources),
        _ => {}
    }
}
