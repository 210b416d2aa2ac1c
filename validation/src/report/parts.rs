//! The page on what Sieve+ gains.

use crate::parts::{MODELS, Times};

/// What a part is, and the ratio of step times that it brings.
type Part = (&'static str, fn(&Times) -> f64);

/// The parts of Sieve+.
const PARTS: [Part; 3] = [
    ("one mini-batch", |t| t.sieve / t.one_minibatch),
    ("attention of some requests on the GPU", |t| t.one_minibatch / t.attention),
    ("placement of experts by what was seen", |t| t.attention / t.plus),
];

/// The page as Markdown.
#[must_use]
pub fn parts(all: &[Times]) -> String {
    let mut page = "# What Sieve+ gains\n\n\
        <!-- Written by `validate parts --write-docs`; do not edit. -->\n\n\
        Time of a step in µs, one step after two, placement decisions for free; [Beyond the paper](beyond.md) says what Sieve+ does. *One mini-batch* is Sieve \
        with one instead of as many as it has by default, *attention* the same with the best of 0, 25 and 50 % of the attention on the GPU; what Sieve+ places \
        differently is the step to the next column. *Best other* is the fastest of all six other methods, each with mini-batches as decided or one, \
        whichever is faster. `docs/src/data/parts.csv` has the times.\n\n\
        | model | batch | Sieve | one mini-batch | attention | share | Sieve+ | Sieve / Sieve+ | best other | best other / Sieve+ |\n\
        |---|---:|---:|---:|---:|---:|---:|---:|---|---:|\n"
        .to_owned();
    for model in MODELS {
        let mut name = format!("`{model}`");
        for times in all.iter().filter(|times| times.model == model) {
            page += &row(&name, times);
            name.clear();
        }
    }
    page + &summary(all)
}

fn row(name: &str, times: &Times) -> String {
    let Times { batch, sieve, one_minibatch, attention, share_percent, plus, other, which, .. } =
        times;
    format!(
        "| {name} | {batch} | {sieve:.0} | {one_minibatch:.0} | {attention:.0} | {share_percent} % | **{plus:.0}** | {:.2} | {}, {other:.0} | {:.2} |\n",
        sieve / plus,
        which.traits().title,
        other / plus,
    )
}

/// How often it is faster, and what each part does.
fn summary(all: &[Times]) -> String {
    let over = |of: fn(&Times) -> f64| {
        let ratios = all.iter().map(|times| of(times) / times.plus);
        let faster = ratios.clone().filter(|ratio| *ratio > 1.0).count();
        format!("{faster} of {} points, {}", all.len(), range(ratios))
    };
    let mut text = format!(
        "\nSieve+ is faster, by the ratio of step times:\n\n- than Sieve at {}.\n- than the best other at {}.\n\nWhat each part brings, as a ratio of step times:\n\n| part |",
        over(|times| times.sieve),
        over(|times| times.other),
    );
    for model in MODELS {
        text += &format!(" `{model}` |");
    }
    text += "\n|---|";
    text += &"---|".repeat(MODELS.len());
    text.push('\n');
    for (name, ratio) in PARTS {
        let of = |model| range(all.iter().filter(|t| t.model == model).map(ratio));
        text += &format!("| {name} | {} |\n", MODELS.map(of).join(" | "));
    }
    text
}

/// From the least to the largest, and the geometric mean.
fn range(ratios: impl Iterator<Item = f64> + Clone) -> String {
    let least = ratios.clone().fold(f64::INFINITY, f64::min);
    let most = ratios.clone().fold(0.0, f64::max);
    let (sum, count) = ratios.fold((0.0, 0_u32), |(sum, n), ratio| (sum + libm::log(ratio), n + 1));
    let mean = libm::exp(sum / f64::from(count.max(1)));
    format!("{least:.2} to {most:.2}, geometric mean {mean:.2}")
}
