//! The page on what comparisons hang on.

use sieve_sched::method::Method;

use crate::laws::{INPUTS, METHODS, Times};

/// Ratios within it count as equal.
const EQUAL: f64 = 0.01;

/// The page as Markdown.
#[must_use]
pub fn laws(all: &[Times]) -> String {
    let mut page = "# What the inputs are worth\n\n\
        <!-- Written by `validate laws --write-docs`; do not edit. -->\n\n\
        Step time of each method over that of Sieve, above 1 where Sieve is faster, placement for free (`--scheduler-cost 0`), one step after one that fills \
        the cost table. *Ideal* is what the paper takes: the [roofline](model/gpu.md) at data-sheet rates, [links](model/links.md) of \
        0.8 µs and 900 GB/s. *Measured* are the laws `calibrated` (kernels of vLLM on B200) and `measured` (NCCL on B200). \
        The last column also replaces the [routing](model/routing.md).\n"
        .to_owned();
    for times_of in all {
        page += &subject(times_of);
    }
    page + &survives(all)
}

fn subject(times_of: &Times) -> String {
    let Times { subject, gpus, step_us } = times_of;
    let (preset, what) = subject.other_routing;
    let gpus = if *gpus == 1 { "one GPU".to_owned() } else { format!("{gpus} GPUs") };
    let mut text = format!(
        "\n## {}\n\nOn {gpus}. The other routing is `{preset}`: {what}.\n\n| batch | over Sieve |",
        subject.model
    );
    for inputs in INPUTS {
        text += &format!(" {} |", inputs.name);
    }
    text += "\n|---:|---|";
    text += &"---:|".repeat(INPUTS.len());
    text.push('\n');
    for (batch, times) in subject.batches.iter().zip(step_us) {
        let sieve = times.iter().map(|times| times.as_ref().map(|us| us[at(Method::Sieve)]));
        let cells = sieve.map(|us| us.map_or(String::new(), |us| format!("{us:.0} µs")));
        text += &row(&batch.to_string(), "Sieve, a step", cells);
        for method in others() {
            let ratios = times.iter().map(|times| times.as_ref().map(|us| ratio(us, method)));
            let cells = ratios.map(|r| r.map_or(String::new(), |r| format!("{r:.2}")));
            text += &row("", &format!("`{method}`"), cells);
        }
    }
    text
}

fn row(batch: &str, name: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {batch} | {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// How often Sieve is ahead, and by how much.
fn survives(all: &[Times]) -> String {
    let mut text = "\n## What survives\n\n\
        Over all models and batches above: the least and the largest ratio, and how often Sieve is faster, equal to 1 %, slower.\n\n| |"
        .to_owned();
    for method in others() {
        text += &format!(" `{method}` |");
    }
    text += "\n|---|";
    text += &"---:|".repeat(others().count());
    text.push('\n');
    for (column, inputs) in INPUTS.iter().enumerate() {
        let cells = others().map(|method| {
            let ratios: Vec<f64> = all
                .iter()
                .flat_map(|one| &one.step_us)
                .filter_map(|times| Some(ratio(times[column].as_ref()?, method)))
                .collect();
            spread(&ratios)
        });
        text += &format!("| {} | {} |\n", inputs.name, cells.collect::<Vec<_>>().join(" | "));
    }
    text
}

fn spread(ratios: &[f64]) -> String {
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    let most = ratios.iter().copied().fold(0.0, f64::max);
    let count = |of: &dyn Fn(f64) -> bool| ratios.iter().filter(|&&ratio| of(ratio)).count();
    let (faster, slower) = (count(&|r| r > 1.0 + EQUAL), count(&|r| r < 1.0 - EQUAL));
    let equal = ratios.len() - faster - slower;
    format!("{least:.2} to {most:.2}; {faster}, {equal}, {slower}")
}

fn others() -> impl Iterator<Item = Method> {
    METHODS.into_iter().filter(|&method| method != Method::Sieve)
}

/// Place of a method among all.
fn at(method: Method) -> usize {
    METHODS.iter().position(|&other| other == method).unwrap_or_default()
}

fn ratio(step_us: &[f64], method: Method) -> f64 {
    step_us[at(method)] / step_us[at(Method::Sieve)]
}
