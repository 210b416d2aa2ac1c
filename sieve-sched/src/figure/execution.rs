//! What runs where and when in a layer, method by method.

use serde::{Deserialize, Serialize};

use super::routed::Named;
use super::{FigureError, Made};
use crate::chart::{Colour, Gantt, GanttPanel, GanttRow, OKABE_ITO, Slice};
use crate::config::{Assignment, apply};
use crate::method::Method;
use crate::replay::execution::{Ran, layers};
use crate::replay::graph::Unit;
use crate::time::micros;

/// A panel per method, a row per unit of the first GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// System preset, or path of a file.
    pub system: String,
    /// The model.
    pub model: Named,
    /// Requests, over all GPUs.
    pub batch: u32,
    /// Methods.
    #[serde(with = "super::methods::some")]
    pub methods: Vec<Method>,
    /// What takes less stands in the table and is not drawn, us.
    pub least_us: f64,
    /// Copies of the layer, one after the other.
    pub layers: usize,
    /// Changes to the configuration, as `--set` takes them.
    pub set: Vec<String>,
}

/// What operations are for, and their colour. The last one takes what is left.
const ACTIVITIES: [(&str, Colour, &[&str]); 6] = [
    ("attention", OKABE_ITO[0], &["scores", "softmax", "context", "attention"]),
    ("experts on the GPU", OKABE_ITO[1], &["experts", "weights ahead"]),
    ("experts on PIM", OKABE_ITO[5], &["PIM gate and up", "activation", "PIM down"]),
    ("between GPUs", OKABE_ITO[3], &["all-gather", "dispatch", "combine"]),
    ("routing and sums", OKABE_ITO[6], &["metadata", "scheduler", "weighted sum"]),
    ("projections and router", OKABE_ITO[4], &[]),
];

/// An operation on a unit.
#[derive(Serialize)]
struct Row {
    /// Method.
    method: Method,
    /// GPU.
    gpu: usize,
    /// What is at work: GPU, link, HBM, PIM units.
    unit: &'static str,
    /// Operation of the layer.
    operation: &'static str,
    /// Its colour: what the operation belongs to.
    activity: &'static str,
    /// Mini-batch.
    minibatch: usize,
    /// When it begins, counted from the start of the layers that are shown.
    from_us: f64,
    /// When it ends.
    to_us: f64,
}

impl Execution {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        if !(1..=16).contains(&self.layers) {
            return Err(FigureError::Field {
                field: "layers",
                found: self.layers.to_string(),
                allowed: "1 to 16".into(),
            });
        }
        let mut named = self.model.route(&self.system, &[self.batch], 1)?;
        let set = self.set.iter().map(|text| text.parse::<Assignment>());
        named.config = apply(&named.config, &set.collect::<Result<Vec<_>, _>>()?)?;
        let mut rows = Vec::new();
        let first = named.first(0);
        for (&method, (device, step)) in self.methods.iter().zip(first.into_iter().cycle()) {
            let ran = layers(&named.config, device, method, step, self.layers)?;
            rows.extend(ran.iter().flat_map(|ran| of(method, ran)));
        }
        let panel = |&method: &Method| {
            let of_unit = |unit: Unit| {
                let on =
                    rows.iter().filter(|r| (r.method, r.gpu, r.unit) == (method, 0, unit.name()));
                GanttRow {
                    label: label(unit).into(),
                    slices: on.filter_map(|row| self.slice(row)).collect(),
                }
            };
            let units = Unit::ALL.into_iter().map(of_unit).filter(|row| !row.slices.is_empty());
            GanttPanel { title: method.traits().title.into(), rows: units.collect() }
        };
        let chart =
            Gantt { label: "Time (µs)".into(), panels: self.methods.iter().map(panel).collect() };
        Made::new(chart.svg()?, &rows)
    }

    /// What is drawn of an operation.
    fn slice(&self, row: &Row) -> Option<Slice> {
        let (name, colour) = activity(row.operation);
        (row.to_us > row.from_us && row.to_us - row.from_us >= self.least_us).then(|| Slice {
            name: name.into(),
            colour,
            second: row.minibatch > 0,
            from: row.from_us,
            to: row.to_us,
        })
    }
}

/// Short enough to stand beside a row.
fn label(unit: Unit) -> &'static str {
    match unit {
        Unit::Gpu => "GPU",
        Unit::Hbm => "HBM reads",
        Unit::Vector => "GPU, small",
        Unit::Pim => "PIM",
        Unit::Link => "link",
        Unit::Scheduler => "placement",
    }
}

fn activity(operation: &str) -> (&'static str, Colour) {
    let of = ACTIVITIES.iter().find(|(.., names)| names.contains(&operation));
    let (name, colour, _) = of.unwrap_or(&ACTIVITIES[ACTIVITIES.len() - 1]);
    (name, *colour)
}

fn of(method: Method, ran: &Ran) -> impl Iterator<Item = Row> {
    let row = |&unit: &Unit| Row {
        method,
        gpu: ran.gpu,
        unit: unit.name(),
        operation: ran.name,
        activity: activity(ran.name).0,
        minibatch: ran.minibatch,
        from_us: micros(ran.start),
        to_us: micros(ran.end),
    };
    ran.units.iter().map(row).collect::<Vec<_>>().into_iter()
}
