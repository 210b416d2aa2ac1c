//! What the placement of experts on GPUs is worth, and how long GPUs wait for the slowest.

use sieve_sched::config::{Config, ConfigError};
use sieve_sched::method::Method;
use workloads::PlacementSpec;

use crate::report::{self, Page};
use crate::study::{Case, Study, StudyError, Table};

/// Models on several GPUs.
pub const MODELS: [&str; 2] = ["gpt-oss-120b", "qwen3.5-397b-a17b"];

/// Requests in a batch.
pub const BATCHES: [u32; 3] = [16, 64, 256];

/// Methods compared.
pub const METHODS: [Method; 3] = [Method::Sieve, Method::PimoeTp, Method::Noexp];

/// Placements compared, the default first.
pub const PLACEMENTS: [PlacementSpec; 5] = [
    PlacementSpec::Contiguous,
    PlacementSpec::Permuted,
    PlacementSpec::Balanced(0),
    PlacementSpec::Balanced(1),
    PlacementSpec::Balanced(2),
];

/// System of every replay.
const SYSTEM: &str = "b200-hbm-pim";

/// What the cases differ in.
const PARAMETER: &str = "placement";

/// Steps whose loads a placement sees, and which fill the cost table, as `sieve replay` has them by default; then one is measured.
const WARMUP_STEPS: u32 = 2;

/// Every model, batch and placement, with placement decisions for free.
#[derive(Clone, Debug)]
pub struct Balance(Vec<Case>);

impl Balance {
    /// The one of the documentation.
    ///
    /// # Errors
    /// A preset that is not shipped.
    pub fn shipped() -> Result<Self, StudyError> {
        let mut cases = Vec::new();
        for model in MODELS {
            for batch in BATCHES {
                for placement in PLACEMENTS {
                    let config = config(model, batch, placement).map_err(|source| {
                        StudyError::Config { case: format!("{model}, {placement}"), source }
                    })?;
                    cases.push(Case::new(PARAMETER, &placement.to_string(), config));
                }
            }
        }
        Ok(Self(cases))
    }

    /// The case of a model, batch and placement.
    #[must_use]
    pub fn case(&self, model: &str, batch: u32, placement: PlacementSpec) -> Option<&Case> {
        self.0.iter().find(|case| {
            case.model() == model && case.batch() == batch && case.config.run.placement == placement
        })
    }
}

impl Study for Balance {
    fn cases(&self) -> &[Case] {
        &self.0
    }

    fn page(&self, table: &Table) -> Result<Page, StudyError> {
        table.complete(&self.0)?;
        Ok(Page { text: report::balance(self, table), figures: Vec::new() })
    }
}

fn config(model: &str, batch: u32, placement: PlacementSpec) -> Result<Config, ConfigError> {
    let mut config = Config::of(SYSTEM, model)?;
    config.runtime.scheduler_ns_per_256_experts = 0;
    config.run.batches = vec![batch];
    config.run.methods = METHODS.to_vec();
    config.run.placement = placement;
    (config.run.steps, config.run.warmup_steps) = (1, WARMUP_STEPS);
    Ok(config)
}
