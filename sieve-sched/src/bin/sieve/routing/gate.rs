//! `sieve routing gate`.

use std::error::Error;

use clap::{Args, ValueEnum};
use serde::Serialize;
use sieve_sched::config::load;
use workloads::GeneratorSpec;
use workloads::gate::{Choice, Drops, Gate, GroupLimit, Outcome as Gated, Scores, balance};

use crate::options::{Outcome, print, print_json};

#[derive(Args)]
#[command(after_help = "Examples:\n  sieve routing gate --gate deepseek --experts 256 --tokens 64")]
pub(super) struct Options {
    /// Gate
    #[arg(long, value_enum)]
    gate: Kind,
    /// Routed experts
    #[arg(long)]
    experts: u32,
    /// Tokens of the batch
    #[arg(long)]
    tokens: u32,
    /// Law of the logits: uniform, normal(sigma: 1), a law of popularity such as dirichlet(shape: 0.5), or a routing preset
    /// or .ron file for its popularity
    #[arg(long, value_name = "ROUTING", default_value = "uniform")]
    scores: String,
    /// Experts of a token; softmax and deepseek [default: 8]
    #[arg(long)]
    top_k: Option<u32>,
    /// Room of an expert over an even share; switch and gshard [default: 1]
    #[arg(long, value_name = "FACTOR")]
    capacity_factor: Option<f64>,
    /// Groups of tokens with a capacity of their own; gshard [default: 1]
    #[arg(long, value_name = "N")]
    token_groups: Option<u32>,
    /// Groups of experts; deepseek [default: 8]
    #[arg(long, value_name = "N")]
    expert_groups: Option<u32>,
    /// Groups of experts that a token may visit; deepseek [default: 4]
    #[arg(long, value_name = "N")]
    visited_groups: Option<u32>,
    /// Shared experts; deepseek [default: 1]
    #[arg(long, value_name = "N")]
    shared: Option<u32>,
    /// Batches before this one, after each of which the biases follow the load; deepseek [default: 0]
    #[arg(long, value_name = "N")]
    bias_batches: Option<u32>,
    /// Step of a bias; deepseek [default: 0.001]
    #[arg(long, value_name = "STEP")]
    bias_speed: Option<f64>,
    /// Seed of the logits and of GShard's chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// List the experts, weights and fates of all tokens in the JSON object
    #[arg(long, requires = "json")]
    choices: bool,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The k largest, weights made to sum to 1
    Softmax,
    /// One expert with capacity (arXiv 2101.03961)
    Switch,
    /// Two experts with capacity, the second by chance (arXiv 2006.16668)
    Gshard,
    /// Sigmoid affinities, the k largest in the best groups (arXiv 2412.19437)
    Deepseek,
}

/// A batch as a gate routed it.
#[derive(Serialize)]
struct Report<'a> {
    /// The gate.
    gate: &'a Gate,
    /// Law of the logits.
    scores: &'a Scores,
    /// Routed experts.
    experts: u32,
    /// Tokens of the batch.
    tokens: u32,
    /// Tokens that an expert takes, of each group of tokens; `null` without limit.
    capacity: Option<u32>,
    /// Tokens that each routed expert computes.
    load: Vec<u32>,
    /// Tokens of each shared expert: all of them.
    shared_load: &'a [u32],
    /// Choices by their fate.
    drops: Drops,
    /// Choices whose expert was full: token, and slot among its choices.
    dropped: Vec<(u32, u32)>,
    /// Auxiliary loss of the gate's paper without its coefficient; of several groups of tokens the mean.
    auxiliary_loss: f64,
    /// Choices of each token, the highest score first; with `--choices`.
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<&'a [Choice]>>,
}

pub(super) fn run(options: &Options) -> Outcome {
    options.no_flags_of_others()?;
    let speed = options.bias_speed.unwrap_or(0.001);
    // Affinities are at most 1.
    if !(0.0..=1.0).contains(&speed) {
        return Err(format!("--bias-speed: {speed} is outside 0 to 1").into());
    }
    let scores = scores(&options.scores)?;
    scores.check().map_err(|error| format!("--scores {}: {error}", options.scores))?;
    let mut gate = options.gate();
    gate.check(options.experts, options.tokens)?;
    let route = |gate: &Gate, batch| {
        let logits = scores.draw(options.experts, options.tokens, options.seed, batch);
        gate.route(&logits, options.seed, batch)
    };
    let before = options.bias_batches.unwrap_or(0);
    for batch in 0..before {
        let load = route(&gate, batch)?.load();
        if let Gate::Deepseek { bias, .. } = &mut gate {
            balance(bias, &load, speed);
        }
    }
    let outcome = route(&gate, before)?;
    if options.json {
        print_json(&options.report(&gate, &scores, &outcome))
    } else {
        print(&text(&outcome))
    }
}

/// A law of logits or of popularity as RON, or the popularity of a routing preset or file.
fn scores(text: &str) -> Result<Scores, Box<dyn Error>> {
    let law = ron::from_str(text).or_else(|_| ron::from_str(text).map(Scores::Popular));
    if let Ok(scores) = law {
        return Ok(scores);
    }
    let spec: GeneratorSpec = load("routing", text, workloads::generator::PRESETS)
        .map_err(|error| format!("--scores: no law such as uniform, normal(sigma: 1) or dirichlet(shape: 0.5): {error}"))?;
    Ok(Scores::Popular(spec.popularity))
}

impl Options {
    fn gate(&self) -> Gate {
        let top_k = self.top_k.unwrap_or(8);
        let capacity_factor = self.capacity_factor.unwrap_or(1.0);
        match self.gate {
            Kind::Softmax => Gate::Softmax { top_k },
            Kind::Switch => Gate::Switch { capacity_factor },
            Kind::Gshard => {
                Gate::Gshard { capacity_factor, token_groups: self.token_groups.unwrap_or(1) }
            }
            Kind::Deepseek => Gate::Deepseek {
                top_k,
                group_limit: GroupLimit {
                    groups: self.expert_groups.unwrap_or(8),
                    visited: self.visited_groups.unwrap_or(4),
                },
                shared: self.shared.unwrap_or(1),
                bias: Vec::new(),
            },
        }
    }

    /// A flag that the gate would not read is a mistake.
    fn no_flags_of_others(&self) -> Result<(), String> {
        use Kind::{Deepseek, Gshard, Softmax, Switch};
        let flags: [(&str, bool, &[Kind], &str); 8] = [
            ("--top-k", self.top_k.is_some(), &[Softmax, Deepseek], "softmax and deepseek"),
            (
                "--capacity-factor",
                self.capacity_factor.is_some(),
                &[Switch, Gshard],
                "switch and gshard",
            ),
            ("--token-groups", self.token_groups.is_some(), &[Gshard], "gshard"),
            ("--expert-groups", self.expert_groups.is_some(), &[Deepseek], "deepseek"),
            ("--visited-groups", self.visited_groups.is_some(), &[Deepseek], "deepseek"),
            ("--shared", self.shared.is_some(), &[Deepseek], "deepseek"),
            ("--bias-batches", self.bias_batches.is_some(), &[Deepseek], "deepseek"),
            ("--bias-speed", self.bias_speed.is_some(), &[Deepseek], "deepseek"),
        ];
        let stray = flags.into_iter().find(|(_, given, of, _)| *given && !of.contains(&self.gate));
        stray.map_or(Ok(()), |(flag, _, _, of)| Err(format!("{flag}: is for {of}")))
    }

    fn report<'a>(&self, gate: &'a Gate, scores: &'a Scores, outcome: &'a Gated) -> Report<'a> {
        let choices = || outcome.choices.chunks(outcome.top_k as usize).collect();
        Report {
            gate,
            scores,
            experts: self.experts,
            tokens: self.tokens,
            capacity: outcome.capacity,
            load: outcome.load(),
            shared_load: &outcome.shared_load,
            drops: outcome.drops(),
            dropped: outcome.dropped().collect(),
            auxiliary_loss: outcome.auxiliary_loss,
            choices: self.choices.then(choices),
        }
    }
}

fn text(outcome: &Gated) -> String {
    let (drops, load) = (outcome.drops(), outcome.load());
    let words = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    let share = |n: u64| 100.0 * n as f64 / drops.choices.max(1) as f64;
    let capacity = outcome.capacity.map_or_else(
        || "no limit".to_owned(),
        |room| format!("{room} tokens an expert and group of tokens"),
    );
    let mean = drops.dispatched as f64 / f64::from(outcome.experts);
    let [least, most] = [load.iter().min(), load.iter().max()].map(|n| n.copied().unwrap_or(0));
    let mut lines = vec![
        format!("capacity   {capacity}"),
        format!(
            "choices    {}: {} dispatched, {} dropped ({:.2} %), {} not sampled ({:.2} %)",
            drops.choices,
            drops.dispatched,
            drops.dropped,
            share(drops.dropped),
            drops.not_sampled,
            share(drops.not_sampled)
        ),
        format!("tokens     {} without any routed expert", drops.tokens_without_expert),
        format!("loss       {:.6}, without its coefficient", outcome.auxiliary_loss),
        format!("load       mean {mean:.2}, least {least}, most {most}: {}", words(&load)),
    ];
    if !outcome.shared_load.is_empty() {
        lines.push(format!("shared     {}", words(&outcome.shared_load)));
    }
    lines.join("\n")
}
