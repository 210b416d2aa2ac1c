//! What the ratios between methods hang on.

use serde::{Deserialize, Serialize};

use super::table::{parse, read};
use super::{FigureError, Made};
use crate::chart::{Axis, Bar, End, Scale, Tornado, TornadoPanel};
use crate::method::Method;

/// The table that ships, which `validate sensitivity` makes.
const SHIPPED: &str = include_str!("../../../docs/src/data/sensitivity.csv");

/// The parameter of the row where nothing is changed.
const BASE: &str = "defaults";

/// Bars that move a ratio by less than this share are not drawn.
const LEAST: f64 = 0.01;

/// A panel per method that Sieve is held against, a bar per parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensitivity {
    /// Model preset.
    pub model: String,
    /// Requests.
    pub batch: u32,
    /// The methods that Sieve is held against.
    #[serde(with = "super::methods::some")]
    pub over: Vec<Method>,
    /// Table of another run of `validate sensitivity`; the shipped one if empty.
    pub table: String,
}

/// What is read of a case.
#[derive(Deserialize)]
struct Case {
    model: String,
    batch: u32,
    parameter: String,
    value: String,
    method: Method,
    step_us: f64,
}

/// An end of a bar.
#[derive(Serialize)]
struct Row {
    /// The other method.
    over: Method,
    /// What is varied.
    parameter: String,
    /// What it is.
    value: String,
    /// Throughput of Sieve over that of the other method.
    sieve_times_as_fast: f64,
    /// The same with every parameter at its default.
    by_default: f64,
}

impl Sensitivity {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        self.drawn(&read(&self.table, "docs/src/data/sensitivity.csv", SHIPPED)?)
    }

    /// The figure of a table in the columns of `validate sensitivity`, whatever `table` names.
    ///
    /// # Errors
    /// A table that does not parse or lacks the model, the batch or a method, and what cannot be drawn.
    pub fn of(&self, table: &str) -> Result<Made, FigureError> {
        self.drawn(&parse("the table", table)?)
    }

    fn drawn(&self, cases: &[Case]) -> Result<Made, FigureError> {
        let here = |case: &&Case| case.model == self.model && case.batch == self.batch;
        let cases: Vec<&Case> = cases.iter().filter(here).collect();
        let of_methods = self.over.iter().map(|&over| rows(&cases, over));
        let of_methods = of_methods.collect::<Option<Vec<Vec<Row>>>>();
        let of_methods = of_methods.ok_or_else(|| FigureError::Field {
            field: "model, batch, over",
            found: format!("{} at {} requests", self.model, self.batch),
            allowed: "the table has no row with nothing changed under Sieve and these methods"
                .into(),
        })?;
        let panels = self.over.iter().zip(&of_methods).map(|(&over, rows)| panel(over, rows));
        let svg = Tornado { panels: panels.collect() }.svg()?;
        Made::new(svg, &of_methods.into_iter().flatten().collect::<Vec<_>>())
    }
}

/// All ends against one method, in the order of the table; `None` without the case where nothing is changed.
fn rows(cases: &[&Case], over: Method) -> Option<Vec<Row>> {
    let ratio = |sieve: &Case| {
        let same = |case: &&&Case| {
            (&case.parameter, &case.value) == (&sieve.parameter, &sieve.value)
                && case.method == over
        };
        Some(cases.iter().find(same)?.step_us / sieve.step_us)
    };
    let of_sieve = || cases.iter().copied().filter(|case| case.method == Method::Sieve);
    let by_default = ratio(of_sieve().find(|case| case.parameter == BASE)?)?;
    let changed = of_sieve().filter(|case| case.parameter != BASE);
    let row = |case: &Case| {
        Some(Row {
            over,
            parameter: case.parameter.clone(),
            value: case.value.clone(),
            sieve_times_as_fast: ratio(case)?,
            by_default,
        })
    };
    Some(changed.filter_map(row).collect())
}

/// The bars that move; all of them where none does.
fn panel(over: Method, rows: &[Row]) -> TornadoPanel {
    let title = over.traits().title;
    let base = rows.first().map_or(1.0, |row| row.by_default);
    let bar = |rows: &[Row]| {
        let end = |row: &Row| End { value: row.sieve_times_as_fast, label: row.value.clone() };
        Bar { name: rows[0].parameter.clone(), ends: rows.iter().map(end).collect() }
    };
    let bars = rows.chunk_by(|a, b| a.parameter == b.parameter).map(bar);
    let moves = |bar: &Bar| bar.ends.iter().any(|end| (end.value / base - 1.0).abs() >= LEAST);
    let (mut bars, still): (Vec<Bar>, Vec<Bar>) = bars.partition(moves);
    if bars.is_empty() {
        bars = still;
    }
    TornadoPanel {
        title: format!("Sieve / {title}"),
        axis: Axis { label: "Ratio of throughput".into(), scale: Scale::Linear },
        base: End { value: base, label: format!("{base:.2}") },
        bars,
    }
}
