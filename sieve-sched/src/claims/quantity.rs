//! How the figures of a claim are taken from curves.

use std::collections::BTreeMap;

use super::claim::{Against, At, Quantity};
use super::target::Span;
use super::view::View;
use super::winner;
use crate::cost_table::TableError;
use crate::method::Method;

/// A figure, and what a reader should know of how it came about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) span: Span,
    pub(super) details: Vec<String>,
}

impl From<Span> for Found {
    fn from(span: Span) -> Self {
        Self { span, details: Vec::new() }
    }
}

/// PIMoE on Sieve's layout and on its own: what Sieve is compared with.
const PRIOR: [Method; 2] = [Method::PimoeTp, Method::Pimoe];

impl Quantity {
    /// The figure under a setting; `None` if not all was measured that it takes.
    pub(super) fn find(&self, view: &View<'_>) -> Option<Found> {
        match *self {
            Self::Gain(At::Batch(batch)) => {
                let [tp, whole] = PRIOR.map(|prior| view.gain(batch, prior));
                Some(Span::between(tp?, whole?).into())
            }
            Self::Gain(At::Best) => best_gain(view),
            Self::GainAtEqualThroughput => gain_at_equal_throughput(view),
            Self::Spread { prior, batch } => spread(view, prior, batch).map(Found::from),
            Self::BreakEven => Some(view.model.expert.break_even().into()),
            Self::Growth { method, from, to } => {
                let curve = view.curve(method);
                let [[_, before], [_, after]] = [*curve.get(&from)?, *curve.get(&to)?];
                Some(Span::of(after / before - 1.0).into())
            }
            Self::Fall { method } => fall(&view.curve(method)),
            Self::Rival(among) => winner::rival(view, among),
            Self::Winners => winner::changes(view.model),
            Self::Mixed { method, batch, prompt } => mixed(view, method, batch, prompt),
            Self::Variation { method } => variation(view, method),
            Self::OverRoofline => Some(view.model.expert.over_roofline().into()),
            Self::TableError { against, host_traffic, batch, iterations } => {
                table_error(view, against, (host_traffic, batch), iterations as usize)
            }
        }
    }
}

fn best_gain(view: &View<'_>) -> Option<Found> {
    let best = |prior| {
        let gains = view.batches().into_iter().filter_map(|b| Some((view.gain(b, prior)?, b)));
        gains.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let [(tp, at_tp), (whole, at_whole)] = [best(PRIOR[0])?, best(PRIOR[1])?];
    let details = vec![format!(
        "Sieve / PIMoE-TP {tp:.2} at B = {at_tp}, Sieve / PIMoE {whole:.2} at B = {at_whole}"
    )];
    Some(Found { span: Span::between(tp, whole), details })
}

/// At the throughput of each of Sieve's points, its interactivity over that of the other curve, largest.
fn gain_at_equal_throughput(view: &View<'_>) -> Option<Found> {
    let sieve = view.curve(Method::Sieve);
    let best = |prior| {
        let other = view.curve(prior);
        let gains = sieve.values().filter_map(|&[interactivity, throughput]| {
            Some(interactivity / interactivity_at(&other, throughput)?)
        });
        gains.max_by(f64::total_cmp)
    };
    let [tp, whole] = PRIOR.map(best);
    Some(Span::between(tp?, whole?).into())
}

/// Interactivity of a curve at a throughput, on straight lines in logarithms between its points; where it passes there more
/// than once, the largest.
fn interactivity_at(curve: &BTreeMap<u32, [f64; 2]>, throughput: f64) -> Option<f64> {
    let points: Vec<[f64; 2]> = curve.values().map(|point| point.map(libm::log)).collect();
    let at = libm::log(throughput);
    let crossings = points.windows(2).filter_map(|ends| {
        let [[x0, y0], [x1, y1]] = [ends[0], ends[1]];
        let share = if y1 == y0 { 0.0 } else { (at - y0) / (y1 - y0) };
        (y0.min(y1)..=y0.max(y1)).contains(&at).then(|| libm::exp(x0 + share * (x1 - x0)))
    });
    crossings.max_by(f64::total_cmp)
}

fn spread(view: &View<'_>, prior: Method, batch: u32) -> Option<Span> {
    let all = [Method::Sieve, prior, Method::Allexp];
    let steps = all.iter().map(|&method| view.step_us(batch, method));
    let span = Span::over(steps.collect::<Option<Vec<_>>>()?)?;
    Some(Span::of(span.high / span.low - 1.0))
}

fn fall(curve: &BTreeMap<u32, [f64; 2]>) -> Option<Found> {
    let interactivity: Vec<f64> = curve.values().map(|point| point[0]).collect();
    let ratios = interactivity.windows(2).map(|pair| pair[1] / pair[0]);
    Some(Span::of(ratios.max_by(f64::total_cmp)?).into())
}

fn mixed(view: &View<'_>, method: Method, batch: u32, prompt: u32) -> Option<Found> {
    let of = |method| {
        let mut points = view.model.mixed.iter();
        points.find(|p| (p.method, p.batch, p.prompt) == (method, batch, prompt))
    };
    let (noexp, ours) = (of(Method::Noexp)?, of(method)?);
    let [peak, simulated] = ours.most_over_noexp;
    // It is the same for all methods.
    let bound = (method == Method::Sieve).then(|| {
        format!(
            "B = {batch}, prompts of {prompt}: by arithmetic at most {peak:.2} with PIM at its peak, {simulated:.2} as simulated on idle channels"
        )
    });
    let details = bound.into_iter().collect();
    Some(Found { span: Span::of(noexp.step_us / ours.step_us), details })
}

/// Over all batches at which the method has experts on PIM.
fn variation(view: &View<'_>, method: Method) -> Option<Found> {
    let of = |batch| Some((batch, view.point(batch, method)?.expert_time_variation?));
    let all: Vec<(u32, f64)> = view.batches().into_iter().filter_map(of).collect();
    let text = |(batch, variation): &(u32, f64)| format!("{:.1} % at {batch}", 100.0 * variation);
    let details = vec![format!(
        "{}: {}",
        method.traits().title,
        all.iter().map(text).collect::<Vec<_>>().join(", ")
    )];
    Some(Found { span: Span::over(all.iter().map(|&(_, variation)| variation))?, details })
}

fn table_error(
    view: &View<'_>,
    against: Against,
    (host_traffic, batch): (bool, u32),
    iterations: usize,
) -> Option<Found> {
    let mut all = view.model.convergence.iter();
    let of = all.find(|of| (of.host_traffic, of.batch) == (host_traffic, batch))?;
    let (of_what, error): (_, fn(&TableError) -> f64) = match against {
        Against::Count => ("the mean of a count", |error| error.of_counts),
        Against::Expert => ("each expert", |error| error.mean),
    };
    let errors: Vec<f64> = of.by_iteration.iter().take(iterations).map(error).collect();
    let last = *errors.get(iterations.checked_sub(1)?)?;
    let text: Vec<String> = errors.iter().map(|error| format!("{:.1} %", 100.0 * error)).collect();
    let details = vec![format!(
        "{}, B = {batch}, against {of_what}, by iteration: {}",
        of.method.traits().title,
        text.join(", ")
    )];
    Some(Found { span: Span::of(last), details })
}
