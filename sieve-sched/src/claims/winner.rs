//! Who is first, and what changes that.

use super::claim::Among;
use super::measured::{MeasuredModel, MeasuredPoint};
use super::quantity::Found;
use super::setting::Setting;
use super::target::Span;
use super::view::{Under, View};
use crate::method::Method;
use crate::replay::graph::Unit;

/// The paper's baselines with PIM, and PIMoE's rule on Sieve's layout.
const BASELINES: [Method; 4] = [Method::Noexp, Method::Allexp, Method::Pimoe, Method::PimoeTp];

/// A share by which a method has to be ahead to be first.
const AHEAD: f64 = 0.01;

/// The best baseline over Sieve, and every point at which one with PIM is ahead; [`changes`] has those of GPU-Only.
pub(super) fn rival(view: &View<'_>, among: Among) -> Option<Found> {
    let gpu_only = (among == Among::All).then_some(Method::GpuOnly);
    let mut all = Vec::new();
    for batch in view.batches() {
        for method in BASELINES.into_iter().chain(gpu_only) {
            all.push((1.0 / view.gain(batch, method)?, batch, method));
        }
    }
    let ahead = all.iter().filter(|(ratio, ..)| among == Among::Pim && *ratio > 1.0 + AHEAD);
    let details = ahead
        .map(|&(ratio, batch, method)| {
            let name = method.traits().title;
            let busy = [Method::Sieve, method].map(|m| view.point(batch, m).map(busy));
            let [sieve, other] = busy.map(Option::unwrap_or_default);
            format!(
                "B = {batch}: {name} / Sieve {ratio:.2}; busy a step, Sieve {sieve}; {name} {other}"
            )
        })
        .collect();
    let most = all.iter().map(|&(ratio, ..)| ratio).max_by(f64::total_cmp)?;
    Some(Found { span: Span::of(most), details })
}

/// Points at which GPU-Only, one mini-batch, or the cost of placement change who is first among the methods with PIM.
pub(super) fn changes(model: &MeasuredModel) -> Option<Found> {
    let under = |setting| View { model, under: Under::One(setting) };
    let [judged, charged, one] = Setting::ALL.map(under);
    let (mut points, mut details) = (0_u32, Vec::new());
    for batch in judged.batches() {
        let (first, step) = fastest(&judged, batch)?;
        let mut says = Vec::new();
        let gpu_only = judged.point(batch, Method::GpuOnly)?;
        if step.step_us > gpu_only.step_us * (1.0 + AHEAD) {
            let ratio = step.step_us / gpu_only.step_us;
            says.push(format!(
                "GPU-Only {ratio:.2} x ahead of {}: busy a step {}; {} {}",
                first.traits().title,
                busy(gpu_only),
                first.traits().title,
                busy(step)
            ));
        }
        let others = [("one mini-batch", &one), ("placement charged", &charged)];
        for (name, view) in others {
            let (now, fastest) = fastest(view, batch)?;
            let before = view.point(batch, first)?;
            if before.step_us > fastest.step_us * (1.0 + AHEAD) {
                let ratio = before.step_us / fastest.step_us;
                says.push(format!(
                    "{name}: {} {ratio:.2} x ahead of {}: its step from {:.0} to {:.0} us, that of {} to {:.0} us; busy {}",
                    now.traits().title,
                    first.traits().title,
                    judged.step_us(batch, now)?,
                    fastest.step_us,
                    first.traits().title,
                    before.step_us,
                    busy(fastest)
                ));
            }
        }
        points += u32::from(!says.is_empty());
        details.extend(says.into_iter().map(|text| format!("B = {batch}, {text}")));
    }
    Some(Found { span: Span::of(points.into()), details })
}

/// Sieve if no baseline with PIM is ahead of it, else the fastest of those.
fn fastest<'a>(view: &View<'a>, batch: u32) -> Option<(Method, &'a MeasuredPoint)> {
    let sieve = (Method::Sieve, view.point(batch, Method::Sieve)?);
    let baselines = BASELINES.map(|method| Some((method, view.point(batch, method)?)));
    let best = baselines.into_iter().collect::<Option<Vec<_>>>()?;
    let best = best.into_iter().min_by(|a, b| a.1.step_us.total_cmp(&b.1.step_us))?;
    Some(if sieve.1.step_us > best.1.step_us * (1.0 + AHEAD) { best } else { sieve })
}

/// What its units do in a step.
fn busy(point: &MeasuredPoint) -> String {
    let us = |unit: Unit| point.busy_us.get(unit.name()).copied().unwrap_or_default();
    format!(
        "HBM {:.0}, PIM {:.0}, scheduler {:.0} of {:.0} us",
        us(Unit::Hbm),
        us(Unit::Pim),
        us(Unit::Scheduler),
        point.step_us
    )
}
