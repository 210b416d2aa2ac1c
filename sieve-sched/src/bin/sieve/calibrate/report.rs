//! What a fit found.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use gpu_model::calibrate::kernel_table::KernelTable;
use gpu_model::calibrate::moe_table::{Library, MoeTable, Shape};
use gpu_model::calibrate::{Errors, FEWEST, Known, Sample, fit};
use gpu_model::{KernelLaw, Kind};
use serde::Serialize;

/// All laws.
#[derive(Serialize)]
pub(super) struct Report {
    /// Of expert kernels, by library.
    pub(super) experts: Vec<Fitted>,
    /// Of the others, by kind.
    pub(super) kernels: Vec<FittedKind>,
    /// Rows of expert kernels whose tokens per expert are not known.
    skipped: usize,
}

/// A kind of kernels.
#[derive(Serialize)]
pub(super) struct FittedKind {
    /// Kind of kernels.
    pub(super) kind: Kind,
    /// Measured launches.
    samples: usize,
    /// Its law.
    pub(super) law: KernelLaw,
    /// Errors of the law, as shares of the measured times.
    pub(super) errors: Errors,
}

/// The law of a library over all its tables, and what each table has to say.
#[derive(Serialize)]
pub(super) struct Fitted {
    /// Who measured which kernel on what.
    pub(super) library: Library,
    /// One law for all shapes.
    pub(super) law: KernelLaw,
    /// Its errors over all samples.
    pub(super) errors: Errors,
    /// Each table alone.
    pub(super) shapes: Vec<FittedShape>,
}

/// One table.
#[derive(Serialize)]
pub(super) struct FittedShape {
    /// Shape of the layer.
    shape: Shape,
    /// Measured launches.
    samples: usize,
    /// Errors of the law of all shapes.
    errors: Errors,
    /// The law of this table alone.
    own_law: KernelLaw,
    /// Its errors.
    own_errors: Errors,
}

impl Fitted {
    /// `None` without samples.
    pub(super) fn new(
        library: &Library,
        shapes: &BTreeMap<Shape, Vec<Sample>>,
        known: Known,
    ) -> Option<Self> {
        let tables: Vec<&[Sample]> = shapes.values().map(Vec::as_slice).collect();
        let law = fit(&tables, known)?;
        let shape = |(&shape, samples): (&Shape, &Vec<Sample>)| {
            let errors = Errors::of(&law, samples)?;
            let own_law = fit(&[samples], known).unwrap_or(law);
            let own_errors = Errors::of(&own_law, samples)?;
            // The search of the one may end where that of all went on.
            let own =
                if own_errors.mean <= errors.mean { (own_law, own_errors) } else { (law, errors) };
            let (own_law, own_errors) = own;
            Some(FittedShape { shape, samples: samples.len(), errors, own_law, own_errors })
        };
        Some(Self {
            library: library.clone(),
            law,
            errors: Errors::of(&law, &tables.concat())?,
            shapes: shapes.iter().filter_map(shape).collect(),
        })
    }
}

impl Report {
    /// Fits all laws.
    ///
    /// # Errors
    /// A library or kind with too few rows.
    pub(super) fn new(
        experts: &MoeTable,
        kernels: &KernelTable,
        known: Known,
    ) -> Result<Self, String> {
        let few = |what: &str| format!("{what}: a law of six numbers needs {FEWEST} rows or more");
        let library = |(library, shapes): (&Library, _)| {
            // The peak is that of bf16, other formats have their own.
            let flops_per_s = known.flops_per_s.filter(|_| library.format == "bf16");
            let known = Known { flops_per_s, ..known };
            Fitted::new(library, shapes, known).ok_or_else(|| few(&library.kernel_source))
        };
        // Only products are cut into tiles.
        let untiled = Known { tile: Some(1), ..known };
        let kind = |(&kind, samples): (&Kind, &Vec<Sample>)| {
            let law = fit(&[samples], if kind == Kind::DenseGemm { known } else { untiled });
            let found = law.and_then(|law| Some((law, Errors::of(&law, samples)?)));
            let (law, errors) = found.ok_or_else(|| few(&name(kind)))?;
            Ok(FittedKind { kind, samples: samples.len(), law, errors })
        };
        let report = Self {
            experts: experts.samples.iter().map(library).collect::<Result<_, String>>()?,
            kernels: kernels.iter().map(kind).collect::<Result<_, String>>()?,
            skipped: experts.skipped,
        };
        report.warn();
        Ok(report)
    }

    /// Of laws that are none.
    fn warn(&self) {
        let experts = self.experts.iter().map(|f| (f.library.kernel_source.clone(), f.errors));
        let kernels = self.kernels.iter().map(|f| (name(f.kind), f.errors));
        for (what, errors) in experts.chain(kernels).filter(|(_, errors)| errors.mean > 0.25) {
            let error = 100.0 * errors.mean;
            log::warn!("{what}: mean error {error:.0} %; these rows do not follow such a law");
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
            "kernels",
            "law of",
            "launch us",
            "group ns",
            "TB/s",
            "TFLOP/s",
            "tile",
            "exponent",
            "mean error",
            "median",
            "largest",
        ]);
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for Fitted { library, law, errors, shapes } in &self.experts {
            let Library { device, framework, kernel_source, format } = library;
            table.add_row([format!("{device}, {framework}, {format}\n{kernel_source}")]);
            table.add_row(row("all shapes", "all", law, errors));
            for FittedShape { shape, errors, own_law, own_errors, .. } in shapes {
                let Shape { hidden, intermediate, top_k, experts } = shape;
                let name = format!("{hidden}x{intermediate}, {top_k} of {experts}");
                table.add_row(row(&name, "all", law, errors));
                table.add_row(row("", "its own", own_law, own_errors));
            }
        }
        for FittedKind { kind, law, errors, .. } in &self.kernels {
            table.add_row(row(&name(*kind), "all", law, errors));
        }
        let skipped = self.skipped;
        format!("{table}\n{skipped} rows of other distributions or on several GPUs were left out")
    }
}

/// As laws name it.
fn name(kind: Kind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

fn row(name: &str, of: &str, law: &KernelLaw, errors: &Errors) -> [String; 11] {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    [
        name.to_owned(),
        of.to_owned(),
        format!("{:.2}", law.launch_ns as f64 / 1e3),
        format!("{:.0}", law.group_ps as f64 / 1e3),
        format!("{:.2}", law.bytes_per_s as f64 / 1e12),
        format!("{:.0}", law.flops_per_s as f64 / 1e12),
        law.tile.to_string(),
        format!("{:.2}", law.exponent),
        percent(errors.mean),
        percent(errors.median),
        percent(errors.max),
    ]
}
