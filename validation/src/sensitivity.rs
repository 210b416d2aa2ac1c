//! How far the ratios between methods move with each parameter that is not known well.

use ron::extensions::Extensions;
use serde::Deserialize;
use sieve_sched::config::{Assignment, Config, ConfigError, Routing, apply, laws};
use sieve_sched::method::Method;

use crate::report::{self, Page};
use crate::study::{Case, Study, StudyError, Table};

/// Points and parameters, by file and RON text.
const SHIPPED: (&str, &str) = ("sensitivity.ron", include_str!("../studies/sensitivity.ron"));

/// System of every replay.
const SYSTEM: &str = "b200-hbm-pim";

/// Methods that Sieve is compared with, in the order of the page.
pub const OTHERS: [Method; 3] = [Method::Pimoe, Method::PimoeTp, Method::Noexp];

/// Parameter and value of the case that changes nothing.
pub const BASE: (&str, &str) = ("defaults", "all");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    warmup_steps: u32,
    points: Vec<Point>,
    parameters: Vec<Parameter>,
}

/// Where parameters are changed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Model preset.
    pub model: String,
    /// Requests.
    pub batch: u32,
}

/// Something that may be otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name, unique.
    pub name: String,
    /// Where it stands in a configuration, or its flag.
    pub path: String,
    /// What is assumed, in words.
    pub default: String,
    /// What it may be instead.
    pub values: Vec<Value>,
    /// Why so far.
    pub range: String,
    /// Where default and range come from.
    pub source: String,
    /// Whether it means nothing on one GPU.
    #[serde(default)]
    pub several_gpus: bool,
}

/// Another value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The value in words, unique within the parameter.
    pub label: String,
    /// How it is set.
    pub change: Change,
    /// Models that it is meant for; none for all.
    #[serde(default)]
    pub models: Vec<String>,
}

/// A change of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// As `replay --set`, one after the other.
    Set(Vec<String>),
    /// As `replay --gpu-law`.
    GpuLaw(String),
    /// As `replay --link-law`.
    LinkLaw(String),
    /// As `replay --synthetic`.
    Routing(String),
}

/// Every parameter at every point.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// Steps that fill the cost table, before one that is measured.
    pub warmup_steps: u32,
    /// The points.
    pub points: Vec<Point>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    cases: Vec<Case>,
}

impl Sensitivity {
    /// The one of the documentation.
    ///
    /// # Errors
    /// Shipped text that does not parse, or a change that cannot be made.
    pub fn shipped() -> Result<Self, StudyError> {
        let (file, text) = SHIPPED;
        let ron = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        let Spec { warmup_steps, points, parameters } = ron.from_str(text).map_err(|error| {
            StudyError::Table { origin: file.to_owned(), says: error.to_string() }
        })?;
        let mut cases = Vec::new();
        for point in &points {
            cases.extend(of_point(point, warmup_steps, &parameters)?);
        }
        Ok(Self { warmup_steps, points, parameters, cases })
    }
}

impl Study for Sensitivity {
    fn cases(&self) -> &[Case] {
        &self.cases
    }

    fn page(&self, table: &Table) -> Result<Page, StudyError> {
        table.complete(&self.cases)?;
        report::sensitivity(self, table)
    }
}

fn of_point(
    point: &Point,
    warmup_steps: u32,
    parameters: &[Parameter],
) -> Result<Vec<Case>, StudyError> {
    let Point { model, batch } = point;
    let wrong = |of: &str| {
        let case = format!("{model} B = {batch}, {of}");
        move |source| StudyError::Config { case: case.clone(), source }
    };
    let base = base(point, warmup_steps).map_err(wrong("defaults"))?;
    let mut cases = vec![Case::new(BASE.0, BASE.1, base.clone())];
    for parameter in parameters.iter().filter(|p| !p.several_gpus || base.run.gpus > 1) {
        let meant = |value: &&Value| value.models.is_empty() || value.models.contains(model);
        for Value { label, change, .. } in parameter.values.iter().filter(meant) {
            let config = change.apply(&base).map_err(wrong(&parameter.name))?;
            cases.push(Case::new(&parameter.name, label, config));
        }
    }
    Ok(cases)
}

/// Placement decisions for free, one step after those that fill the cost table.
fn base(point: &Point, warmup_steps: u32) -> Result<Config, ConfigError> {
    let mut config = Config::of(SYSTEM, &point.model)?;
    config.runtime.scheduler_ns_per_256_experts = 0;
    config.run.batches = vec![point.batch];
    config.run.methods = [&OTHERS[..], &[Method::Sieve]].concat();
    (config.run.steps, config.run.warmup_steps) = (1, warmup_steps);
    Ok(config)
}

impl Change {
    fn apply(&self, base: &Config) -> Result<Config, ConfigError> {
        let mut config = base.clone();
        match self {
            Self::Set(assignments) => {
                let set: Result<Vec<Assignment>, _> =
                    assignments.iter().map(|text| text.parse()).collect();
                config = apply(base, &set?)?;
            }
            Self::GpuLaw(law) => {
                config.system.gpu_law = laws::of_gpu(&config.system.gpu.name, law)?;
            }
            Self::LinkLaw(law) => config.system.link_law = laws::of_links(SYSTEM, law)?,
            Self::Routing(preset) => config.run.routing = Routing::synthetic(preset)?,
        }
        config.check()?;
        Ok(config)
    }
}
