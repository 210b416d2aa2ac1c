//! Where the energy of points goes, as bars.

use super::energy::EnergySummary;
use super::summary::PointSummary;
use crate::chart::{BarFigure, BarGroup, BarPanel, Colour, OKABE_ITO, Part, StackedBar};
use crate::method::Method;

/// Components of the account, in the order in which they are stacked.
const COMPONENTS: [(&str, &str, Colour); 5] = [
    ("gpu", "GPU", OKABE_ITO[0]),
    ("hbm", "HBM", OKABE_ITO[4]),
    ("pim_attention", "PIM, attention", OKABE_ITO[1]),
    ("pim_experts", "PIM, experts", OKABE_ITO[5]),
    ("links", "links", OKABE_ITO[3]),
];

/// A panel per title, a bar per point.
#[must_use]
pub fn energy_figure<'p>(
    panels: impl IntoIterator<Item = (String, Vec<&'p PointSummary>)>,
) -> BarFigure {
    let panel = |(title, points): (String, Vec<&PointSummary>)| BarPanel {
        title,
        groups: points.into_iter().map(bar).collect(),
    };
    BarFigure {
        label: "Energy (mJ/token)".into(),
        groups: String::new(),
        alike: false,
        panels: panels.into_iter().map(panel).collect(),
    }
}

/// A group of one bar, so that its text stands below it.
fn bar(point: &PointSummary) -> BarGroup {
    let of = |energy: &EnergySummary| {
        let parts = COMPONENTS.iter().map(|&(component, name, colour)| {
            let all = energy.mj_per_token_by_part.get(component);
            let value = all.map_or(0.0, |parts| parts.values().sum());
            Part { name: name.into(), colour, value }
        });
        parts.filter(|part| part.value > 0.0).collect()
    };
    let parts = point.energy.as_ref().map_or_else(Vec::new, of);
    let method = point.method.parse::<Method>();
    let label = method.map_or(point.method.as_str(), |method| method.traits().title).to_owned();
    BarGroup { label: String::new(), bars: vec![StackedBar { label, parts, marks: Vec::new() }] }
}
