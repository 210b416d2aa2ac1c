//! How much of a comparison of methods hangs on its inputs: routing, the GPU's law, the links' law.

use sieve_sched::config::{Config, ConfigError, Routing, laws};
use sieve_sched::method::Method;
use sieve_sched::run::run;

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

/// Steps measured after one that fills the cost table: enough for ratios, and quick enough to be redone with every change.
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

/// Step times of one subject.
#[derive(Clone, Debug)]
pub struct Sensitivity {
    /// The subject.
    pub subject: Subject,
    /// GPUs.
    pub gpus: u32,
    /// By batch, then inputs (in the order of [`INPUTS`]), then method (in that of [`Method::ALL`]), us. On one GPU links do not
    /// matter, and inputs that differ from others in them alone are `None`.
    pub step_us: Vec<[Option<Vec<f64>>; INPUTS.len()]>,
}

impl Sensitivity {
    /// Replays a subject under all inputs, with placement for free.
    ///
    /// # Errors
    /// A preset that is not shipped.
    pub fn of(subject: Subject) -> Result<Self, ConfigError> {
        let mut step_us = vec![[const { None }; INPUTS.len()]; subject.batches.len()];
        let mut gpus = 0;
        for (column, inputs) in INPUTS.iter().enumerate() {
            let config = config(&subject, inputs)?;
            gpus = config.run.gpus;
            if gpus == 1 && inputs.link_law != PAPER.link_law && !inputs.other_routing {
                continue;
            }
            let results = run(&config, &|| {})?;
            let times: Vec<f64> = (results.points.iter())
                .map(|point| point.time.as_ticks() as f64 / 1e9 / f64::from(point.steps))
                .collect();
            for (batch, times) in step_us.iter_mut().zip(times.chunks(Method::ALL.len())) {
                batch[column] = Some(times.to_vec());
            }
        }
        Ok(Self { subject, gpus, step_us })
    }
}

fn config(subject: &Subject, inputs: &Inputs) -> Result<Config, ConfigError> {
    let mut config = Config::of(SYSTEM, subject.model)?;
    config.system.gpu_law = laws::of_gpu(&config.system.gpu.name, inputs.gpu_law)?;
    config.system.link_law = laws::of_links(SYSTEM, inputs.link_law)?;
    config.runtime.scheduler_ns_per_256_experts = 0;
    config.run.batches = subject.batches.to_vec();
    (config.run.steps, config.run.warmup_steps) = (STEPS, 1);
    if inputs.other_routing {
        config.run.routing = Routing::synthetic(subject.other_routing.0)?;
    }
    Ok(config)
}
