//! A timeline as a Perfetto trace: a group of tracks is a process, and flows join slices by number.

use prost::Message;

use super::data::{Arg, Group, Shows, Slice, Timeline, Track};
use super::events::{Event, Place, What, events};
use super::proto::{
    ChildOrdering, CounterDescriptor, Data, DebugAnnotation, DebugValue, EventType,
    ProcessDescriptor, Trace, TracePacket, TrackDescriptor, TrackEvent,
};
use super::stamp;

/// The one writer of the file.
const SEQUENCE: u32 = 1;

/// In the first packet: nothing before it is missing (`SEQ_INCREMENTAL_STATE_CLEARED`).
const CLEARED: u32 = 1;

/// The file; the same timeline gives the same bytes.
#[must_use]
pub fn encode(timeline: &Timeline) -> Vec<u8> {
    let mut packet = Vec::new();
    for (number, group) in timeline.groups.iter().enumerate() {
        packet.push(describe(group_descriptor(number, group)));
        for (index, track) in group.tracks.iter().enumerate() {
            let place = Place { group: number, track: index };
            packet.push(describe(track_descriptor(place, track)));
        }
    }
    if let Some(first) = packet.first_mut() {
        first.sequence_flags = Some(CLEARED);
    }
    packet.extend(events(timeline).into_iter().map(happens));
    Trace { packet }.encode_to_vec()
}

fn describe(descriptor: TrackDescriptor) -> TracePacket {
    TracePacket {
        trusted_packet_sequence_id: Some(SEQUENCE),
        data: Some(Data::TrackDescriptor(descriptor)),
        ..TracePacket::default()
    }
}

/// Numbers of groups have their lower half empty; 0 is no group.
fn group_uuid(group: usize) -> u64 {
    (group as u64 + 1) << 32
}

fn track_uuid(place: Place) -> u64 {
    group_uuid(place.group) + place.track as u64 + 1
}

fn rank(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

fn group_descriptor(number: usize, group: &Group) -> TrackDescriptor {
    let process =
        ProcessDescriptor { pid: Some(rank(number + 1)), process_name: Some(group.name.clone()) };
    TrackDescriptor {
        uuid: Some(group_uuid(number)),
        process: Some(process),
        child_ordering: Some(ChildOrdering::Explicit.into()),
        ..TrackDescriptor::default()
    }
}

fn track_descriptor(place: Place, track: &Track) -> TrackDescriptor {
    let counter = match track.shows {
        Shows::Slices(_) => None,
        Shows::Counter { unit, .. } => Some(CounterDescriptor { unit_name: Some(unit.to_owned()) }),
    };
    TrackDescriptor {
        uuid: Some(track_uuid(place)),
        name: Some(track.name.clone()),
        parent_uuid: Some(group_uuid(place.group)),
        counter,
        sibling_order_rank: Some(rank(place.track)),
        ..TrackDescriptor::default()
    }
}

fn happens(event: Event<'_>) -> TracePacket {
    let mut says = match event.what {
        What::Begin(slice) => begins(slice),
        What::End => TrackEvent { r#type: Some(EventType::SliceEnd.into()), ..Default::default() },
        What::Count(count) => TrackEvent {
            r#type: Some(EventType::Counter.into()),
            counter_value: Some(i64::try_from(count).unwrap_or(i64::MAX)),
            ..TrackEvent::default()
        },
    };
    says.track_uuid = Some(track_uuid(event.place));
    TracePacket {
        timestamp: Some(stamp(event.at)),
        trusted_packet_sequence_id: Some(SEQUENCE),
        data: Some(Data::TrackEvent(says)),
        ..TracePacket::default()
    }
}

fn begins(slice: &Slice) -> TrackEvent {
    TrackEvent {
        debug_annotations: slice.args.iter().map(annotation).collect(),
        r#type: Some(EventType::SliceBegin.into()),
        name: Some(slice.name.clone()),
        flow_ids: slice.to.clone(),
        terminating_flow_ids: slice.from.clone(),
        ..TrackEvent::default()
    }
}

fn annotation((name, arg): &(&'static str, Arg)) -> DebugAnnotation {
    let value = match arg {
        Arg::Number(number) => DebugValue::UintValue(*number),
        Arg::Text(text) => DebugValue::StringValue(text.clone()),
    };
    DebugAnnotation { name: Some((*name).to_owned()), value: Some(value) }
}
