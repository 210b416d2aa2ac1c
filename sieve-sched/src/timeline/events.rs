//! A timeline as begins and ends in order of time, as both formats want it.

use super::data::{Shows, Slice, Timeline};
use crate::time::Femtos;

/// Where something happens: a track by its group and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) track: usize,
}

/// What happens on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What<'t> {
    Begin(&'t Slice),
    End,
    Count(u64),
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event<'t> {
    pub(super) at: Femtos,
    pub(super) place: Place,
    pub(super) what: What<'t>,
    /// Slices around it.
    depth: i32,
}

impl Event<'_> {
    /// At one instant slices end before others begin, inner ones before outer ones, and begin the other way round.
    fn order(&self) -> (Femtos, bool, i32) {
        match self.what {
            What::End => (self.at, false, -self.depth),
            What::Begin(_) | What::Count(_) => (self.at, true, self.depth),
        }
    }
}

/// Everything that happens; at one instant, ends first, then by track.
pub(super) fn events(timeline: &Timeline) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    for (group, of_group) in timeline.groups.iter().enumerate() {
        for (track, of_track) in of_group.tracks.iter().enumerate() {
            let place = Place { group, track };
            match &of_track.shows {
                Shows::Slices(slices) => add(&mut events, place, slices, 0),
                Shows::Counter { counts, .. } => {
                    let count = |&(at, n)| Event { at, place, what: What::Count(n), depth: 0 };
                    events.extend(counts.iter().map(count));
                }
            }
        }
    }
    events.sort_by_key(Event::order);
    events
}

fn add<'t>(events: &mut Vec<Event<'t>>, place: Place, slices: &'t [Slice], depth: i32) {
    for slice in slices {
        events.push(Event { at: slice.start, place, what: What::Begin(slice), depth });
        add(events, place, &slice.within, depth + 1);
        events.push(Event { at: slice.end, place, what: What::End, depth });
    }
}
