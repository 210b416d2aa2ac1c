//! A step of a replay: what every unit of every GPU did when, and what waited for what.

mod busy;
mod describe;
mod flows;

use std::collections::BTreeMap;
use std::ops::Range;

use petgraph::graph::NodeIndex;

use self::busy::on_units;
use self::describe::{described, named};
use self::flows::flows;
use super::data::{Group, Shows, Slice, Timeline, Track};
use super::{SCALE, Window};
use crate::replay::graph::{Takes, Unit};
use crate::replay::notes::Note;
use crate::replay::record::Record;
use crate::time::{Femtos, ZERO};

/// Which operations are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Those that run, be it in part, in this time, counted from the begin of the step.
    pub window: Window,
    /// Those of these layers, counted from 0; the language-model head follows the last one.
    pub layers: Range<usize>,
}

impl Sample {
    /// All of them.
    pub const ALL: Self = Self { window: Window::ALL, layers: 0..usize::MAX };

    fn takes(&self, record: &Record, node: NodeIndex, start: Femtos, end: Femtos) -> bool {
        let part = record.notes.part(node);
        self.window.meets(start, end) && part.is_some_and(|part| self.layers.contains(&part.layer))
    }
}

/// The timeline of a step. Its first track has one slice, the step, which is `about` but for its times; `groups` are the names of the model's layer groups.
#[must_use]
pub fn timeline(
    record: &Record,
    sample: &Sample,
    title: &str,
    about: Slice,
    groups: &[&str],
) -> Timeline {
    let step = Slice { start: ZERO, end: record.end - record.start, ..about };
    let whole = Group {
        name: format!("{title} ({SCALE})"),
        tracks: vec![Track::slices("step", vec![step])],
    };
    let mut on_gpus = Gpus::new(record);
    let flows = flows(record, |node| {
        on_units(record, node).iter().any(|&(_, start, end)| sample.takes(record, node, start, end))
    });
    for node in record.graph.node_indices() {
        for (unit, start, end) in on_units(record, node) {
            if !sample.takes(record, node, start, end) {
                continue;
            }
            let mut slice =
                described(record, node, groups, Slice::new(named(record, node), start, end));
            if flows.anchors.get(&node) == Some(&unit) {
                slice.to = flows.to.get(&node).cloned().unwrap_or_default();
                slice.from = flows.from.get(&node).cloned().unwrap_or_default();
            }
            on_gpus.put(record, node, unit, slice);
        }
    }
    let mut timeline = Timeline { groups: vec![whole] };
    timeline.groups.extend(on_gpus.groups());
    timeline
}

/// Slices by GPU, as they come.
struct Gpus {
    /// Per GPU.
    all: Vec<Gpu>,
}

#[derive(Clone, Default)]
struct Gpu {
    units: BTreeMap<Unit, Vec<Slice>>,
    /// By mini-batch and layer.
    layers: BTreeMap<(usize, usize), Slice>,
    /// Tokens of experts that run on PIM.
    tokens: Vec<(Femtos, Femtos, u64)>,
}

impl Gpus {
    fn new(record: &Record) -> Self {
        let gpus = record.graph.node_weights().map(|op| op.gpu + 1).max().unwrap_or(0);
        Self { all: vec![Gpu::default(); gpus] }
    }

    fn put(&mut self, record: &Record, node: NodeIndex, unit: Unit, slice: Slice) {
        let op = &record.graph[node];
        let gpu = &mut self.all[op.gpu];
        if let Some(part) = record.notes.part(node) {
            let name = if op.name == "lm_head" {
                op.name.to_owned()
            } else {
                format!("layer {}", part.layer)
            };
            let layer = gpu.layers.entry((part.minibatch, part.layer)).or_insert_with(|| {
                Slice::new(name, slice.start, slice.end).with("tokens", part.tokens[op.gpu])
            });
            layer.start = layer.start.min(slice.start);
            layer.end = layer.end.max(slice.end);
        }
        if let (Takes::Pim(_), Some(Note::Experts(experts))) =
            (&op.takes, record.notes.of.get(&node))
        {
            let tokens = experts.iter().map(|&(_, tokens)| u64::from(tokens)).sum();
            gpu.tokens.push((slice.start, slice.end, tokens));
        }
        gpu.units.entry(unit).or_default().push(slice);
    }

    fn groups(self) -> impl Iterator<Item = Group> {
        let named = |(number, gpu): (usize, Gpu)| {
            let mut group = Group { name: format!("GPU {number}"), tracks: gpu.tracks() };
            group.tracks.retain(|track| !track.is_empty());
            group
        };
        self.all.into_iter().enumerate().map(named).filter(|group| !group.tracks.is_empty())
    }
}

/// The units as tracks, in the order in which they are shown.
const TRACKS: [(Unit, &str); Unit::ALL.len()] = [
    (Unit::Gpu, "GPU kernels"),
    (Unit::Vector, "small GPU kernels"),
    (Unit::Hbm, "HBM reads"),
    (Unit::Pim, "PIM units"),
    (Unit::Link, "link"),
    (Unit::Scheduler, "scheduler"),
];

impl Gpu {
    fn tracks(mut self) -> Vec<Track> {
        let mut layers: BTreeMap<usize, Vec<Slice>> = BTreeMap::new();
        for ((minibatch, _), slice) in self.layers {
            layers.entry(minibatch).or_default().push(slice);
        }
        let layers = layers.into_iter().map(|(minibatch, slices)| {
            Track::slices(format!("layers of mini-batch {minibatch}"), slices)
        });
        let units = TRACKS.map(|(unit, name)| {
            let mut slices = self.units.remove(&unit).unwrap_or_default();
            slices.sort_by_key(|slice| slice.start);
            Track::slices(name, slices)
        });
        self.tokens.sort_unstable();
        let tokens = Track {
            name: "tokens on PIM".to_owned(),
            shows: Shows::Counter { unit: "tokens", counts: counts(&self.tokens) },
        };
        layers.chain(units).chain([tokens]).collect()
    }
}

/// What is there from a begin to an end, one after the other, as numbers that change.
fn counts(there: &[(Femtos, Femtos, u64)]) -> Vec<(Femtos, u64)> {
    let mut counts = Vec::new();
    for (index, &(start, end, tokens)) in there.iter().enumerate() {
        counts.push((start, tokens));
        if there.get(index + 1).is_none_or(|&(next, ..)| next > end) {
            counts.push((end, 0));
        }
    }
    counts
}
