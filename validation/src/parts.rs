//! What Sieve+ gains over Sieve, part by part, and over the best of all other methods.

use sieve_sched::config::{Config, ConfigError, Minibatches};
use sieve_sched::method::Method;

use crate::report::{self, Page};
use crate::study::{Case, Study, StudyError, Table};

/// Models, each on the GPUs of its preset.
pub const MODELS: [&str; 3] = ["qwen3-30b-a3b", "gpt-oss-120b", "qwen3.5-397b-a17b"];

/// Requests in a batch.
pub const BATCHES: [u32; 8] = [1, 4, 8, 16, 32, 64, 128, 256];

/// System of every replay.
const SYSTEM: &str = "b200-hbm-pim";

/// Steps before the one that is measured, as `sieve replay` has them by default.
const WARMUP_STEPS: u32 = 2;

/// One way to run a model and batch.
#[derive(Clone, Copy, Debug)]
struct Variant {
    value: &'static str,
    minibatches: Minibatches,
    attention_on_gpu_percent: u32,
    methods: &'static [Method],
}

/// The variants: from all methods as they are to Sieve with what Sieve+ chooses besides the placement of experts.
const VARIANTS: [Variant; 4] = [
    Variant {
        value: "as decided, 0 %",
        minibatches: Minibatches::Auto,
        attention_on_gpu_percent: 0,
        methods: &[
            Method::GpuOnly,
            Method::Noexp,
            Method::Allexp,
            Method::Pimoe,
            Method::PimoeTp,
            Method::Sieve,
            Method::SievePlus,
        ],
    },
    // GPU-Only has one anyway.
    Variant {
        value: "1, 0 %",
        minibatches: Minibatches::Fixed(1),
        attention_on_gpu_percent: 0,
        methods: &[Method::Noexp, Method::Allexp, Method::Pimoe, Method::PimoeTp, Method::Sieve],
    },
    Variant {
        value: "1, 25 %",
        minibatches: Minibatches::Fixed(1),
        attention_on_gpu_percent: 25,
        methods: &[Method::Sieve],
    },
    Variant {
        value: "1, 50 %",
        minibatches: Minibatches::Fixed(1),
        attention_on_gpu_percent: 50,
        methods: &[Method::Sieve],
    },
];

/// Every model, batch and variant, with placement decisions for free.
#[derive(Clone, Debug)]
pub struct Parts(Vec<Case>);

/// Step times of one model and batch, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Model preset.
    pub model: &'static str,
    /// Requests.
    pub batch: u32,
    /// Sieve.
    pub sieve: f64,
    /// Sieve with one mini-batch.
    pub one_minibatch: f64,
    /// Sieve with one mini-batch and the best of the shares of attention on the GPU.
    pub attention: f64,
    /// That share.
    pub share_percent: u32,
    /// Sieve+.
    pub plus: f64,
    /// The fastest of all other methods, with mini-batches as decided or one.
    pub other: f64,
    /// Which that is.
    pub which: Method,
}

impl Parts {
    /// The one of the documentation.
    ///
    /// # Errors
    /// A preset that is not shipped.
    pub fn shipped() -> Result<Self, StudyError> {
        let mut cases = Vec::new();
        for model in MODELS {
            for batch in BATCHES {
                for variant in VARIANTS {
                    let case = variant.case(model, batch);
                    cases.push(case.map_err(|source| StudyError::Config {
                        case: format!("{model}, B = {batch}"),
                        source,
                    })?);
                }
            }
        }
        Ok(Self(cases))
    }

    /// The times of every model and batch; those of which the table lacks something are left out.
    fn times(&self, table: &Table) -> Vec<Times> {
        let points = MODELS.into_iter().flat_map(|model| BATCHES.map(|batch| (model, batch)));
        let cases = self.0.chunks(VARIANTS.len());
        points
            .zip(cases)
            .filter_map(|((model, batch), cases)| times(model, batch, cases, table))
            .collect()
    }
}

fn times(model: &'static str, batch: u32, cases: &[Case], table: &Table) -> Option<Times> {
    let us = |case: &Case, method| table.find(case, method).map(|row| row.step_us);
    let [two, one, ..] = cases else { return None };
    let shares = cases.iter().skip(1).filter_map(|case| {
        Some((us(case, Method::Sieve)?, case.config.runtime.attention_on_gpu_percent))
    });
    let (attention, share_percent) = shares.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let others = [two, one].into_iter().flat_map(|case| {
        let methods = case.config.run.methods.iter().filter(|&&m| m != Method::SievePlus);
        methods.filter_map(move |&method| Some((us(case, method)?, method)))
    });
    let (other, which) = others.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Times {
        model,
        batch,
        sieve: us(two, Method::Sieve)?,
        one_minibatch: us(one, Method::Sieve)?,
        attention,
        share_percent,
        plus: us(two, Method::SievePlus)?,
        other,
        which,
    })
}

impl Variant {
    fn case(self, model: &str, batch: u32) -> Result<Case, ConfigError> {
        let mut config = Config::of(SYSTEM, model)?;
        config.runtime.scheduler_ns_per_256_experts = 0;
        config.runtime.minibatches = self.minibatches;
        config.runtime.attention_on_gpu_percent = self.attention_on_gpu_percent;
        config.run.batches = vec![batch];
        config.run.methods = self.methods.to_vec();
        (config.run.steps, config.run.warmup_steps) = (1, WARMUP_STEPS);
        Ok(Case::new("mini-batches, attention on the GPU", self.value, config))
    }
}

impl Study for Parts {
    fn cases(&self) -> &[Case] {
        &self.0
    }

    fn page(&self, table: &Table) -> Result<Page, StudyError> {
        table.complete(&self.0)?;
        Ok(Page { text: report::parts(&self.times(table)), figures: Vec::new() })
    }
}
