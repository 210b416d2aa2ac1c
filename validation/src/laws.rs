//! How much of a comparison of methods hangs on its inputs: routing, the GPU's law, the links' law.

use sieve_sched::config::{Config, ConfigError, Routing, laws};
use sieve_sched::method::Method;

use crate::report::{self, Page};
use crate::study::{Case, Study, StudyError, Table};

/// What is replayed of a model.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// Model preset.
    pub model: &'static str,
    /// Requests in a batch.
    pub batches: &'static [u32],
    /// Another routing than the one fitted to what the paper published, and what it is.
    pub other_routing: (&'static str, &'static str),
}

/// The models of the page.
pub const SUBJECTS: [Subject; 2] = [
    Subject {
        model: "qwen3-30b-a3b",
        batches: &[4, 16, 64, 256],
        other_routing: ("qwen3-diverse", "mixed web text"),
    },
    Subject {
        model: "gpt-oss-120b",
        batches: &[16, 64],
        other_routing: ("gpt-oss-20b", "mixed prompts, recorded from GPT-OSS-20B"),
    },
];

/// System of every replay.
const SYSTEM: &str = "b200-hbm-pim";

/// What the cases differ in.
const PARAMETER: &str = "inputs";

/// Steps measured after one that fills the cost table: enough for ratios.
const STEPS: u32 = 1;

/// Inputs of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Heading.
    pub name: &'static str,
    /// As `replay --gpu-law`.
    pub gpu_law: &'static str,
    /// As `replay --link-law`.
    pub link_law: &'static str,
    /// Whether the routing is the subject's other one.
    pub other_routing: bool,
}

const PAPER: Inputs =
    Inputs { name: "ideal", gpu_law: "roofline", link_law: "paper", other_routing: false };

/// The columns, one change at a time and then all.
pub const INPUTS: [Inputs; 5] = [
    PAPER,
    Inputs { name: "measured GPU", gpu_law: "calibrated", ..PAPER },
    Inputs { name: "measured links", link_law: "measured", ..PAPER },
    Inputs { name: "both measured", gpu_law: "calibrated", link_law: "measured", ..PAPER },
    Inputs {
        name: "both, other routing",
        gpu_law: "calibrated",
        link_law: "measured",
        other_routing: true,
    },
];

/// Methods compared.
pub const METHODS: [Method; 6] =
    [Method::GpuOnly, Method::Noexp, Method::Allexp, Method::Pimoe, Method::PimoeTp, Method::Sieve];

/// Step times of one subject.
#[derive(Clone, Debug)]
pub struct Times {
    /// The subject.
    pub subject: Subject,
    /// GPUs.
    pub gpus: u32,
    /// By batch, then inputs (in the order of [`INPUTS`]), then method (in that of [`METHODS`]), us. On one GPU links do not
    /// matter, and inputs that differ from others in them alone are `None`.
    pub step_us: Vec<[Option<Vec<f64>>; INPUTS.len()]>,
}

/// All subjects under all inputs, with placement for free.
#[derive(Clone, Debug)]
pub struct Laws(Vec<Case>);

impl Laws {
    /// The one of the documentation.
    ///
    /// # Errors
    /// A preset that is not shipped.
    pub fn shipped() -> Result<Self, StudyError> {
        let mut cases = Vec::new();
        for subject in &SUBJECTS {
            for &batch in subject.batches {
                for inputs in &INPUTS {
                    let config = config(subject, batch, inputs).map_err(|source| {
                        let case = format!("{}, {}", subject.model, inputs.name);
                        StudyError::Config { case, source }
                    })?;
                    let only_links = inputs.link_law != PAPER.link_law && !inputs.other_routing;
                    if config.run.gpus > 1 || !only_links {
                        cases.push(Case::new(PARAMETER, inputs.name, config));
                    }
                }
            }
        }
        Ok(Self(cases))
    }

    fn times(&self, subject: Subject, table: &Table) -> Times {
        let of = |batch: u32, inputs: &Inputs| {
            let case = self.0.iter().find(|case| {
                case.model() == subject.model && case.batch() == batch && case.value == inputs.name
            })?;
            METHODS.iter().map(|&method| Some(table.find(case, method)?.step_us)).collect()
        };
        let its = self.0.iter().find(|case| case.model() == subject.model);
        let batches = subject.batches.iter();
        Times {
            subject,
            gpus: its.map_or(0, |case| case.config.run.gpus),
            step_us: batches
                .map(|&batch| INPUTS.each_ref().map(|inputs| of(batch, inputs)))
                .collect(),
        }
    }
}

impl Study for Laws {
    fn cases(&self) -> &[Case] {
        &self.0
    }

    fn page(&self, table: &Table) -> Result<Page, StudyError> {
        table.complete(&self.0)?;
        let times: Vec<Times> =
            SUBJECTS.into_iter().map(|subject| self.times(subject, table)).collect();
        Ok(Page { text: report::laws(&times), figures: Vec::new() })
    }
}

fn config(subject: &Subject, batch: u32, inputs: &Inputs) -> Result<Config, ConfigError> {
    let mut config = Config::of(SYSTEM, subject.model)?;
    config.system.gpu_law = laws::of_gpu(&config.system.gpu.name, inputs.gpu_law)?;
    config.system.link_law = laws::of_links(SYSTEM, inputs.link_law)?;
    config.runtime.scheduler_ns_per_256_experts = 0;
    config.run.batches = vec![batch];
    config.run.methods = METHODS.to_vec();
    (config.run.steps, config.run.warmup_steps) = (STEPS, 1);
    if inputs.other_routing {
        config.run.routing = Routing::synthetic(subject.other_routing.0)?;
    }
    Ok(config)
}
