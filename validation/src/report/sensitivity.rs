//! The page and the figures on what the ratios between methods hang on.

use sieve_sched::figure;
use sieve_sched::method::Method;

use crate::report::Page;
use crate::sensitivity::{BASE, OTHERS, Parameter, Point, Sensitivity};
use crate::study::{Case, Study, StudyError, Table};

/// Steps after which the cost table is full enough not to speak of gaps: with tFAW at 60 CK a step of PIMoE on Qwen3 at B = 64 takes
/// 20.2 ms after one and 8.1 ms after three.
const SETTLED: u32 = 3;

/// Parameters named in the text above a table.
const NAMED: usize = 3;

/// The page.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn sensitivity(study: &Sensitivity, table: &Table) -> Result<Page, StudyError> {
    let mut text = intro(study.warmup_steps);
    let mut figures = Vec::new();
    for point in &study.points {
        let found = Found::new(study, table, point);
        let name = format!("sensitivity-{}-{}", point.model, point.batch);
        text += &format!(
            "\n## {} at B = {}\n\n![Ratios by parameter, {} at B = {}](figures/{name}.svg)\n\n{}\n\n{}",
            point.model,
            point.batch,
            point.model,
            point.batch,
            found.summary(),
            found.table(),
        );
        let figure = figure::Sensitivity {
            model: point.model.clone(),
            batch: point.batch,
            over: OTHERS.to_vec(),
            table: String::new(),
        };
        figures.push((name, figure.of(&table.text()?)?.svg));
    }
    text += &parameters(&study.parameters);
    Ok(Page { text, figures })
}

fn intro(warmup_steps: u32) -> String {
    let steps = match warmup_steps {
        1 => "one that fills".to_owned(),
        more => format!("{more} that fill"),
    };
    let text = format!(
        "# What the ratios hang on\n\n\
        <!-- Written by `validate sensitivity --write-docs`; do not edit. -->\n\n\
        Throughput of Sieve over that of PIMoE, PIMoE-TP and NoExp, above 1 where Sieve is faster, as one parameter after the other \
        takes another value within its plausible range. Placement decisions are free unless said otherwise, one step is measured after \
        {steps} the cost table. [The parameters](#the-parameters) lists ranges and reasons; `docs/src/data/sensitivity.csv` \
        has the times. A bar reaches from the ratio at the defaults to that at the value beside it, and is left out where no value moves \
        the ratio by 1 %. The seed's bar shows what other draws of the same laws do.\n"
    );
    if warmup_steps >= SETTLED {
        return text;
    }
    text + "\nSo few steps leave gaps in the cost table, and a count that it has not seen is taken at its roofline time. PIMoE, whose \
        experts have few channels, then leaves experts there that its rule would move once it knew better: where it suddenly takes much \
        longer than at the defaults, that is mostly a cold start and not the parameter.\n"
}

/// Ratios of one point, in the order of [`OTHERS`].
struct Found {
    base: Ratios,
    parameters: Vec<Moved>,
}

/// Ratios by the value of a parameter.
struct Moved {
    name: String,
    default: String,
    values: Vec<(String, Ratios)>,
}

#[derive(Clone, Copy)]
struct Ratios {
    sieve_us: f64,
    over: [f64; OTHERS.len()],
}

impl Found {
    fn new(study: &Sensitivity, table: &Table, point: &Point) -> Self {
        let here = |case: &&Case| case.model() == point.model && case.batch() == point.batch;
        let cases: Vec<&Case> = study.cases().iter().filter(here).collect();
        let of = |parameter: &str| -> Vec<(String, Ratios)> {
            let its = cases.iter().filter(|case| case.parameter == parameter);
            its.map(|case| (case.value.clone(), Ratios::of(table, case))).collect()
        };
        let base = of(BASE.0).first().map_or(Ratios::NONE, |(_, ratios)| *ratios);
        let parameters = study.parameters.iter().map(|Parameter { name, default, .. }| Moved {
            name: name.clone(),
            default: default.clone(),
            values: of(name),
        });
        Self { base, parameters: parameters.filter(|moved| !moved.values.is_empty()).collect() }
    }

    /// The parameters that move each ratio most, and what keeping a request on one channel does.
    fn summary(&self) -> String {
        let most = OTHERS.iter().enumerate().map(|(at, &other)| {
            let mut swings: Vec<(f64, String)> = (self.parameters.iter())
                .map(|Moved { name, values, .. }| {
                    let ratios = values.iter().map(|(_, ratios)| ratios.over[at]);
                    let (least, most) = extent(ratios.chain([self.base.over[at]]));
                    (most - least, format!("{} ({least:.2} to {most:.2})", lower(name)))
                })
                .collect();
            swings.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let named: Vec<String> = swings.into_iter().take(NAMED).map(|(_, text)| text).collect();
            format!("- Over {}, {:.2}: {}.", title(other), self.base.over[at], named.join(", "))
        });
        format!("What moves the ratio most:\n\n{}", most.collect::<Vec<_>>().join("\n"))
            + &self.whole_requests()
    }

    fn whole_requests(&self) -> String {
        let its = self.parameters.iter().find(|moved| moved.name == "KV placement");
        let Some((_, whole)) = its.and_then(|moved| moved.values.first()) else {
            return String::new();
        };
        let ratios: Vec<String> = (OTHERS.iter().zip(whole.over))
            .map(|(&other, ratio)| format!("{ratio:.2} over {}", title(other)))
            .collect();
        format!(
            "\n\nWith the cache of a whole request on one pseudo-channel (`--kv-placement request`) a step of Sieve takes {:.0} µs instead \
             of {:.0}, and the ratios are {}.",
            whole.sieve_us,
            self.base.sieve_us,
            ratios.join(", ")
        )
    }

    fn table(&self) -> String {
        let mut text = "| parameter | by default | instead | Sieve, a step |".to_owned();
        for other in OTHERS {
            text += &format!(" over {} |", title(other));
        }
        text += "\n|---|---|---|---:|";
        text += &"---:|".repeat(OTHERS.len());
        text += &format!("\n| all | | | {}", self.base.cells());
        for Moved { name, default, values } in &self.parameters {
            for (at, (value, ratios)) in values.iter().enumerate() {
                let (name, default) =
                    if at == 0 { (name.as_str(), default.as_str()) } else { ("", "") };
                text += &format!("| {name} | {default} | {value} | {}", ratios.cells());
            }
        }
        text
    }
}

impl Ratios {
    const NONE: Self = Self { sieve_us: 0.0, over: [0.0; OTHERS.len()] };

    fn of(table: &Table, case: &Case) -> Self {
        let us = |method| table.find(case, method).map_or(0.0, |row| row.step_us);
        let sieve_us = us(Method::Sieve);
        Self { sieve_us, over: OTHERS.map(|other| us(other) / sieve_us) }
    }

    fn cells(&self) -> String {
        let ratios: Vec<String> = self.over.iter().map(|ratio| format!("{ratio:.2}")).collect();
        format!("{:.0} µs | {} |\n", self.sieve_us, ratios.join(" | "))
    }
}

fn parameters(parameters: &[Parameter]) -> String {
    let mut text = "\n## The parameters\n\n\
        | parameter | where | by default | instead | why so far | source |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for Parameter { name, path, default, values, range, source, .. } in parameters {
        let values: Vec<&str> = values.iter().map(|value| value.label.as_str()).collect();
        let values = values.join(", ");
        text += &format!("| {name} | `{path}` | {default} | {values} | {range} | {source} |\n");
    }
    text
}

fn title(method: Method) -> &'static str {
    method.traits().title
}

/// Within a sentence: small, unless it is a symbol or an abbreviation.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => name.to_owned(),
    }
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, 0.0), |(least, most), value| (least.min(value), most.max(value)))
}
