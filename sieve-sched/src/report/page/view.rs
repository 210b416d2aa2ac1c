//! Numbers as the page shows them.

use super::super::summary::{ModelSummary, PointSummary};
use crate::claims::{Outcome, Verdict};
use crate::method::Method;

/// A point, as text.
pub(super) struct PointView {
    /// By which links within the page find it.
    pub(super) id: String,
    /// Whether it is the first one of its batch.
    pub(super) first: bool,
    pub(super) batch: u32,
    pub(super) method: String,
    pub(super) minibatches: usize,
    pub(super) step_us: String,
    pub(super) interactivity: String,
    pub(super) throughput: String,
    pub(super) mj_per_token: String,
    pub(super) watts: String,
    pub(super) on_pim: String,
    pub(super) bottleneck: String,
    /// Units in the order of their names: name, percent of the step.
    pub(super) units: Vec<(String, String)>,
    /// Tokens of an expert; experts on GPU and PIM; their tokens on GPU and PIM.
    pub(super) classes: Vec<[String; 5]>,
    /// Term of Eq. 1; estimated and simulated us; their ratio.
    pub(super) terms: Vec<[String; 4]>,
}

impl PointView {
    /// Of the points of a model.
    pub(super) fn all(model: &ModelSummary) -> Vec<Self> {
        let mut views: Vec<Self> = Vec::new();
        for point in &model.points {
            let first = views.last().is_none_or(|before| before.batch != point.batch);
            views.push(Self { first, ..Self::new(&model.model, point) });
        }
        views
    }

    fn new(model: &str, point: &PointSummary) -> Self {
        let method = point.method.parse::<Method>();
        let method = method.map_or(point.method.as_str(), |method| method.traits().title);
        let energy = point.energy.as_ref();
        let classes = point.placement.classes.iter().map(|class| {
            let tokens = match (class.from, class.to) {
                (from, to) if from == to => to.to_string(),
                (from, to) => format!("{from} to {to}"),
            };
            let [a, b, c, d] =
                [class.gpu_experts, class.pim_experts, class.gpu_tokens, class.pim_tokens]
                    .map(|count| number(count, 1));
            [tokens, a, b, c, d]
        });
        let terms = point.placement.terms.iter().map(|term| {
            let ratio = if term.estimated_us > 0.0 {
                number(term.simulated_us / term.estimated_us, 2)
            } else {
                String::new()
            };
            let [estimated, simulated] =
                [term.estimated_us, term.simulated_us].map(|us| number(us, 1));
            [term.term.clone(), estimated, simulated, ratio]
        });
        let unit = |(unit, us): (&String, &f64)| {
            (unit.clone(), number(100.0 * us / point.step_time_us, 0))
        };
        Self {
            id: format!("{model}-{}-{}", point.batch, point.method),
            first: true,
            batch: point.batch,
            method: method.to_owned(),
            minibatches: point.minibatches,
            step_us: number(point.step_time_us, 1),
            interactivity: number(point.interactivity_tokens_per_s_per_user, 1),
            throughput: number(point.throughput_tokens_per_s_per_gpu, 1),
            mj_per_token: energy.map_or_else(String::new, |e| number(e.mj_per_token, 1)),
            watts: energy.map_or_else(String::new, |e| number(e.watts_per_gpu, 0)),
            on_pim: number(100.0 * point.experts_on_pim_share, 1),
            bottleneck: point.bottleneck().to_owned(),
            units: point.busy_us_per_step.iter().map(unit).collect(),
            classes: classes.collect(),
            terms: terms.collect(),
        }
    }
}

/// A claim that was measured, as text: its name, model, figure, published; then the cells of its table; whether it misses.
pub(super) struct ClaimView {
    pub(super) named: [String; 4],
    pub(super) cells: [String; 7],
    pub(super) misses: bool,
}

impl ClaimView {
    pub(super) fn new(verdict: &Verdict) -> Option<Self> {
        let row = &verdict.row;
        (verdict.outcome != Outcome::NotMeasured).then(|| Self {
            named: [
                verdict.claim.clone(),
                row.model.clone(),
                row.quantity.text(),
                row.published.clone(),
            ],
            cells: verdict.cells(),
            misses: verdict.outcome == Outcome::Misses,
        })
    }
}

/// With so many digits after the point, and spaces between thousands.
fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), ""), |(w, r)| (w, r));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && grouped.ends_with(|c: char| c.is_ascii_digit()) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(number(1_234_567.26, 1), "1\u{202f}234\u{202f}567.3");
        assert_eq!(number(999.5, 0), "1\u{202f}000");
        assert_eq!(number(-123_456.0, 0), "-123\u{202f}456");
        assert_eq!(number(0.049, 1), "0.0");
    }
}
