//! Published against ours: every claim with a number, and every row of the tables.

use sieve_sched::chart::{
    Axis, ChartError, Dash, Figure, LineChart, Parts, Scale, Series, Style, Svg,
};

use crate::claim::{Published, Status, Tier, Trust};
use crate::run::Outcome;

/// The dashed lines are this far from the identity, as a share.
const BAND: f64 = 0.1;

/// Ratios beyond are drawn at the edge of the right panel.
const FARTHEST: f64 = 2.0;

/// Whether an outcome is drawn with a group.
type Belongs = fn(&Outcome<'_>) -> bool;

/// What is drawn together.
const GROUPS: [(&str, Belongs); 5] = [
    ("identities", |outcome| outcome.claim.tier == Tier::Identity),
    ("other simulators", |outcome| outcome.claim.tier == Tier::OtherSimulator),
    ("published ratios", |outcome| {
        outcome.claim.tier == Tier::PublishedRatio && outcome.claim.status == Status::Enforced
    }),
    ("known gaps", |outcome| matches!(outcome.claim.status, Status::KnownGap(_))),
    ("bands", |outcome| outcome.claim.status == Status::Band),
];

/// On the left both on logarithmic scales, each in its own unit; on the right ours over the published figure.
///
/// # Errors
/// Nothing to draw.
pub(super) fn plot(outcomes: &[Outcome<'_>]) -> Result<Svg, ChartError> {
    let groups: Vec<(&str, Style, Vec<[f64; 2]>)> = (GROUPS.iter().enumerate())
        .map(|(at, &(name, belongs))| {
            // Thousands of kernels that nobody published but us would hide the rest.
            let published = outcomes.iter().filter(|o| o.claim.trust != Trust::Measured);
            let pairs = published.filter(|outcome| belongs(outcome)).flat_map(pairs).collect();
            (name, Style::nth(at).only(Parts::Markers), pairs)
        })
        .filter(|(.., pairs): &(_, _, Vec<_>)| !pairs.is_empty())
        .collect();
    let published =
        groups.iter().flat_map(|(.., pairs)| pairs.iter().map(|[published, _]| *published));
    let ends = published.fold([f64::INFINITY, 0.0_f64], |[least, most], published| {
        [least.min(published), most.max(published)]
    });
    let panel = |title: &str, y: &str, scale, of: fn([f64; 2]) -> f64| {
        let lines = [
            ("equal", 1.0, Dash::Solid),
            ("10 % off", 1.0 - BAND, Dash::Dashed),
            ("10 % off", 1.0 + BAND, Dash::Dashed),
        ];
        let line = |(name, ratio, dash): (&str, f64, Dash)| Series {
            name: name.to_owned(),
            style: Style { dash, ..Style::nth(6).only(Parts::Line) },
            points: ends.map(|end| (end, of([end, ratio * end])).into()).to_vec(),
        };
        let markers = groups.iter().map(|(name, style, pairs)| Series {
            name: (*name).to_owned(),
            style: *style,
            points: pairs.iter().map(|&pair| (pair[0], of(pair)).into()).collect(),
        });
        LineChart {
            title: title.to_owned(),
            x: Axis { label: "Published, in its own unit".to_owned(), scale: Scale::Log10 },
            y: Axis { label: y.to_owned(), scale },
            series: lines.map(line).into_iter().chain(markers).collect(),
        }
    };
    let panels = vec![
        panel("Ours against published", "Ours, in the same unit", Scale::Log10, |[_, ours]| ours),
        panel("Ours over published", "Ours / published", Scale::Log2, |[published, ours]| {
            (ours / published).clamp(1.0 / FARTHEST, FARTHEST)
        }),
    ];
    Figure { panels, legend: true }.svg()
}

/// Published figure and ours, above 0: of each row of a table, or of the claim itself. Against a range, its nearer end.
fn pairs(outcome: &Outcome<'_>) -> Vec<[f64; 2]> {
    let of_claim = || {
        let ours = outcome.ours.filter(|ours| ours.low == ours.high)?.low;
        let published = match outcome.claim.published {
            Published::Value(value) => value,
            Published::Range(least, most) => ours.max(least).min(most),
            _ => return None,
        };
        Some([published, ours])
    };
    let all = if outcome.rows.is_empty() {
        of_claim().into_iter().collect()
    } else {
        outcome.rows.iter().map(|row| [row.published, row.ours]).collect::<Vec<_>>()
    };
    all.into_iter().filter(|pair| pair.iter().all(|figure| *figure > 0.0)).collect()
}
