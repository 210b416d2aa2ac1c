//! The throughput-interactivity curve.

use super::summary::{ModelSummary, Summary};
use crate::chart::{Axis, ChartError, Figure, LineChart, Point, Scale, Series, Style, Svg};
use crate::method::Method;

/// One panel per model, one line per method through the batch sizes.
///
/// # Errors
/// Nothing to draw, or a value that the axes cannot show.
pub fn figure(summary: &Summary) -> Result<Svg, ChartError> {
    Figure { panels: summary.models.iter().map(panel).collect(), legend: true }.svg()
}

fn panel(model: &ModelSummary) -> LineChart {
    let series = Method::every().filter_map(|method| {
        let traits = method.traits();
        let points: Vec<Point> = (model.points.iter().filter(|point| point.method == traits.name))
            .map(|point| Point {
                x: point.interactivity_tokens_per_s_per_user,
                y: point.throughput_tokens_per_s_per_gpu,
                // Batch sizes stand at one line only, or they would crowd the panel.
                label: (method == Method::Sieve).then(|| point.batch.to_string()),
            })
            .collect();
        let style = Style::of_method(traits.name).unwrap_or(Style::nth(0));
        (!points.is_empty()).then(|| Series { name: traits.title.into(), style, points })
    });
    LineChart {
        title: model.model.clone(),
        x: Axis { label: "Interactivity (tokens/s/user)".into(), scale: Scale::Log10 },
        y: Axis { label: "Throughput (tokens/s/GPU)".into(), scale: Scale::Log10 },
        series: series.collect(),
    }
}
