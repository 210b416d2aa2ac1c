//! How far laws are off measured collectives.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use noc::IdealLink;
use noc::measured::alpha_beta::{AlphaBeta, moved};
use noc::measured::curve::Curve;
use noc::measured::fit::{Misfit, micros};
use noc::measured::read::{Key, Row, Series, Subject};
use noc::measured::{Collective, Collectives, Way};
use serde::Serialize;

/// Errors of laws on every table.
#[derive(Serialize)]
pub(super) struct Misfits {
    /// Tables of the measurements.
    tables: Vec<Entry>,
    /// Whether there is a law of the paper to tell of.
    #[serde(skip)]
    paper: bool,
}

/// One table: a device, what was measured on it, a number of GPUs, a type of elements. Errors are shares of the measured time.
#[derive(Serialize)]
struct Entry {
    /// GPU, as the measurement names it.
    device: String,
    /// What was measured.
    what: String,
    /// GPUs.
    ranks: u32,
    /// Type of the elements.
    dtype: String,
    /// Measured sizes.
    rows: usize,
    /// Latency of the line of least squared relative error; `null` where times do not grow with bytes.
    alpha_us: Option<f64>,
    /// Bandwidth of that line.
    beta_gb_per_s: Option<f64>,
    /// Errors of that line, as shares of the measured time.
    alpha_beta: Option<Errors>,
    /// Points of the measured law; null where it has no such table.
    knots: Option<usize>,
    /// Errors of the measured law.
    measured: Option<Errors>,
    /// Errors of the law of the paper; `null` without a link, and for all-reduces, which are two collectives to it.
    paper: Option<Errors>,
}

#[derive(Clone, Copy, Serialize)]
struct Errors {
    /// Mean of the absolute errors. Unit: share.
    mean: f64,
    /// Largest absolute error. Unit: share.
    most: f64,
}

impl From<Misfit> for Errors {
    fn from(Misfit { mean, most }: Misfit) -> Self {
        Self { mean, most }
    }
}

impl Misfits {
    /// Of the collectives that stand for each device, and of the law of the paper of a link.
    pub(super) fn new(
        series: &Series,
        laws: &BTreeMap<String, Collectives>,
        link: Option<IdealLink>,
    ) -> Self {
        let entry = |(key, rows): (&Key, &Vec<Row>)| {
            let curve = laws.get(&key.device).and_then(|law| curve(law, key));
            Entry::new(key, rows, curve, link)
        };
        Self { tables: series.iter().map(entry).collect(), paper: link.is_some() }
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED);
        let header = [
            "device",
            "what",
            "GPUs",
            "type",
            "rows",
            "alpha us",
            "beta GB/s",
            "off %",
            "most %",
            "points",
            "off %",
            "most %",
            "paper off %",
        ];
        let columns = header.len() - usize::from(!self.paper);
        table.set_header(&header[..columns]);
        let percent = |errors: &Option<Errors>, of: fn(&Errors) -> f64| {
            errors.as_ref().map_or("-".to_owned(), |errors| format!("{:.1}", 100.0 * of(errors)))
        };
        let number = |of: Option<f64>| of.map_or("-".to_owned(), |of| format!("{of:.1}"));
        for entry in &self.tables {
            let row = [
                entry.device.clone(),
                entry.what.clone(),
                entry.ranks.to_string(),
                entry.dtype.clone(),
                entry.rows.to_string(),
                number(entry.alpha_us),
                number(entry.beta_gb_per_s),
                percent(&entry.alpha_beta, |errors| errors.mean),
                percent(&entry.alpha_beta, |errors| errors.most),
                entry.knots.map_or("-".to_owned(), |knots| knots.to_string()),
                percent(&entry.measured, |errors| errors.mean),
                percent(&entry.measured, |errors| errors.most),
                percent(&entry.paper, |errors| errors.mean),
            ];
            table.add_row(&row[..columns]);
        }
        for column in table.column_iter_mut().skip(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!(
            "{table}\noff: mean of |law / measured - 1|; first latency and bandwidth, then the line through the points"
        )
    }
}

impl Entry {
    fn new(key: &Key, rows: &[Row], curve: Option<&Curve>, ideal: Option<IdealLink>) -> Self {
        let law = AlphaBeta::of(key, rows);
        let alpha_beta = law.map(|law| Misfit::of(rows, |bytes| law.micros(moved(key, bytes))));
        let sent = |bytes: u64| bytes - bytes / u64::from(key.ranks);
        let paper = ideal.filter(|_| key.subject != Subject::Nccl(Collective::AllReduce));
        let paper = paper.map(|link| {
            Misfit::of(rows, |bytes| link.transfer(sent(bytes)).as_ticks() as f64 / 1e9)
        });
        Self {
            device: key.device.clone(),
            what: name(key.subject),
            ranks: key.ranks,
            dtype: key.dtype.clone(),
            rows: rows.len(),
            alpha_us: law.map(|law| law.alpha_us),
            beta_gb_per_s: law.map(|law| law.beta_gb_per_s),
            alpha_beta: alpha_beta.map(Errors::from),
            knots: curve.map(|curve| curve.points().len()),
            measured: curve.map(|curve| Misfit::of(rows, |bytes| micros(curve, bytes)).into()),
            paper: paper.map(Errors::from),
        }
    }
}

fn curve<'a>(law: &'a Collectives, key: &Key) -> Option<&'a Curve> {
    match key.subject {
        Subject::Nccl(collective) => {
            let tables = law.nccl.iter().filter(|table| table.ranks == key.ranks);
            tables.into_iter().find(|table| table.collective == collective).map(|t| &t.knots)
        }
        Subject::DeepEp(way, shape) => {
            let tables = law.deepep.iter().filter(|table| table.ranks == key.ranks);
            let mut tables = tables.filter(|table| (table.way, table.shape) == (way, shape));
            tables.next().map(|table| &table.knots)
        }
    }
}

fn name(subject: Subject) -> String {
    match subject {
        Subject::Nccl(Collective::AllToAll) => "all-to-all".to_owned(),
        Subject::Nccl(Collective::AllGather) => "all-gather".to_owned(),
        Subject::Nccl(Collective::ReduceScatter) => "reduce-scatter".to_owned(),
        Subject::Nccl(Collective::AllReduce) => "all-reduce".to_owned(),
        Subject::DeepEp(way, shape) => {
            let way = if way == Way::Dispatch { "dispatch" } else { "combine" };
            format!("{way} h{} k{} E{}", shape.hidden_size, shape.num_topk, shape.num_experts)
        }
    }
}
