//! Peak rates of the GPU and of the PIM units, and operations on them.

use gpu_model::{Kernel, Launch, launch};
use pim_dram::device::Device;
use pim_dram::peaks::Peaks;
use serde::{Deserialize, Serialize};
use workloads::model::{Attention, LayerGroup};

use super::routed::Named;
use super::{FigureError, Made};
use crate::chart::{Axis, Figure, LineChart, Parts, Point, Scale, Series, Style};
use crate::config::{Config, ConfigError};
use crate::expert::ExpertReport;
use crate::replay::kernels::Kernels;
use crate::time::seconds;

/// A panel per model: rates against the operations on each byte of weights or cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rooflines {
    /// System preset, or path of a file.
    pub system: String,
    /// Models.
    pub models: Vec<Named>,
    /// Tokens of an expert.
    pub tokens: Vec<u32>,
    /// Requests whose projections and attention are shown.
    pub requests: Vec<u32>,
    /// Tokens in the cache of each.
    pub kv_tokens: u32,
}

/// An operation, or an end of a roofline.
#[derive(Serialize)]
struct Row<'a> {
    /// Model.
    model: &'a str,
    /// Line or kind of marks.
    series: &'static str,
    /// Tokens of the expert; empty of lines.
    tokens: Option<u32>,
    /// Operational intensity. Unit: FLOP/B.
    flop_per_byte: f64,
    /// Rate. Unit: TFLOP/s.
    tflop_per_s: f64,
}

/// Series in the order of the legend, with their styles.
const GPU: &str = "GPU, roofline";
const PIM: &str = "PIM, roofline";
const SERIES: [(&str, Style); 6] = [
    (GPU, Style::nth(0).only(Parts::Line)),
    (PIM, Style::nth(5).only(Parts::Line)),
    ("expert on the GPU", Style::nth(0).only(Parts::Markers)),
    ("expert on PIM, simulated", Style::nth(5).only(Parts::Both)),
    ("decode attention on the GPU", Style::nth(2).only(Parts::Markers)),
    ("projections on the GPU", Style::nth(3).only(Parts::Markers)),
];

/// Where the rooflines end: operations per byte.
const ENDS: (f64, f64) = (0.5, 1024.0);

impl Rooflines {
    pub(super) fn make(&self) -> Result<Made, FigureError> {
        let mut rows = Vec::new();
        for named in &self.models {
            let config = Config::of(&self.system, &named.model)?;
            config.check()?;
            rows.extend(self.of_model(&named.title, &config)?);
        }
        let panel = |named: &Named| {
            let line = |&(name, style): &(&'static str, Style)| {
                let of = rows.iter().filter(|row| (row.model, row.series) == (&named.title, name));
                Series { name: name.into(), style, points: of.map(point).collect() }
            };
            let series = SERIES.iter().map(line).filter(|series| !series.points.is_empty());
            LineChart {
                title: named.title.clone(),
                x: Axis { label: "FLOP per byte of weights or cache".into(), scale: Scale::Log2 },
                y: Axis { label: "Rate (TFLOP/s)".into(), scale: Scale::Log10 },
                series: series.collect(),
            }
        };
        let panels = self.models.iter().map(panel).collect();
        Made::new(Figure { panels, legend: true }.svg()?, &rows)
    }

    fn of_model<'a>(&self, model: &'a str, config: &Config) -> Result<Vec<Row<'a>>, FigureError> {
        let invalid = |error: &dyn std::error::Error| ConfigError::Invalid(error.to_string());
        let device = Device::new(&config.system.pim).map_err(|error| invalid(&error))?;
        let kernels = Kernels { model: &config.model, law: config.gpu_law()? };
        let gpu = &config.system.gpu;
        let peaks = Peaks::of(&device);
        let row = |series, tokens, flop_per_byte, flop_per_s: f64| Row {
            model,
            series,
            tokens,
            flop_per_byte,
            tflop_per_s: flop_per_s / 1e12,
        };
        let mut rows = Vec::new();
        let roofs = [
            (GPU, gpu.peak_flops_per_s as f64, gpu.hbm_bytes_per_s as f64),
            (PIM, peaks.pim_ops_per_s, peaks.internal_bytes_per_s),
        ];
        for (series, peak, bandwidth) in roofs {
            let knee = peak / bandwidth;
            let at = [ENDS.0, knee, ENDS.1].map(|x| row(series, None, x, peak.min(bandwidth * x)));
            rows.extend(at);
        }
        let on_gpu = |launches: &[Launch]| {
            let Kernel { flops, bytes } = launch::total(launches);
            let moved = bytes as f64 / gpu.hbm_bytes_per_s as f64;
            let time = seconds(kernels.law.pace(launches)).max(moved);
            (flops as f64 / bytes.max(1) as f64, flops as f64 / time)
        };
        for &tokens in &self.tokens {
            let launches = kernels.experts(&[tokens]);
            let (intensity, rate) = on_gpu(&launches);
            rows.push(row(SERIES[2].0, Some(tokens), intensity, rate));
            let report = ExpertReport::new(&device, &config.model, tokens);
            let report = report.map_err(|error| invalid(&error))?;
            let flops = launch::total(&launches).flops as f64;
            // The units read their weights once for each token; a byte of them counts once here.
            let bytes = 3.0
                * f64::from(config.model.hidden)
                * f64::from(config.model.experts.intermediate)
                * f64::from(device.pim.element_bytes);
            rows.push(row(
                SERIES[3].0,
                Some(tokens),
                flops / bytes,
                flops / (report.time_ns * 1e-9),
            ));
        }
        let groups = config.model.layer_groups();
        let cached =
            |group: &&LayerGroup<'_>| !matches!(group.attention, Attention::GatedDeltaNet { .. });
        if let Some(group) = groups.iter().find(cached) {
            for &requests in &self.requests {
                let kv = vec![self.kv_tokens; requests as usize];
                let (intensity, rate) = on_gpu(&kernels.attention(group.attention, &kv));
                rows.push(row(SERIES[4].0, Some(requests), intensity, rate));
                let (intensity, rate) =
                    on_gpu(&kernels.input_projections(group.attention, requests));
                rows.push(row(SERIES[5].0, Some(requests), intensity, rate));
            }
        }
        Ok(rows)
    }
}

/// Experts carry their tokens.
fn point(row: &Row<'_>) -> Point {
    let label = row.tokens.filter(|_| row.series == SERIES[3].0).map(|tokens| tokens.to_string());
    Point { x: row.flop_per_byte, y: row.tflop_per_s, label }
}
