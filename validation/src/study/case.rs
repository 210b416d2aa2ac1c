//! One configuration of a study.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};
use sieve_sched::config::Config;

/// Keys of a configuration that decide no time: where numbers come from, and what work draws.
const TIMELESS: [&str; 3] = ["sources", "energy", "budgets"];

/// A configuration with one batch, under all methods of the study.
#[derive(Clone, Debug)]
pub struct Case {
    /// What distinguishes it from the other cases of its model and batch.
    pub parameter: String,
    /// The value of that.
    pub value: String,
    /// All of it.
    pub config: Config,
    inputs: String,
}

impl Case {
    /// A configuration and what distinguishes it.
    #[must_use]
    pub fn new(parameter: &str, value: &str, config: Config) -> Self {
        let inputs = digest(&config);
        Self { parameter: parameter.to_owned(), value: value.to_owned(), config, inputs }
    }

    /// Model preset.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.config.model.name
    }

    /// Requests.
    #[must_use]
    pub fn batch(&self) -> u32 {
        self.config.run.batches.first().copied().unwrap_or_default()
    }

    /// Sixteen hexadecimal digits that change with every number of the configuration that may change a time. Of the methods that
    /// are run none decides the time of another.
    #[must_use]
    pub fn inputs(&self) -> &str {
        &self.inputs
    }
}

fn digest(config: &Config) -> String {
    let mut config = config.clone();
    config.run.methods.clear();
    let mut tree = serde_json::to_value(&config).unwrap_or_default();
    strip(&mut tree);
    let digest = Sha256::digest(tree.to_string().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} B = {}, {} {}", self.model(), self.batch(), self.parameter, self.value)
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !TIMELESS.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
