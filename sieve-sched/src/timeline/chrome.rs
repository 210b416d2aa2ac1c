//! A timeline in the trace event format of Chrome, JSON, for tools that do not read Perfetto's own.
//!
//! A group of tracks is a process (`pid`), a track a thread (`tid`). `B` and `E` are begin and end of a slice, `C` a counter,
//! `s` and `f` the ends of a flow, `M` names. Times are in units of 1000 stamps, with three decimals.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::data::{Arg, Shows, Slice, Timeline};
use super::events::{Event, What, events};
use super::{SCALE, stamp};

/// The file; the same timeline gives the same bytes.
#[must_use]
pub fn encode(timeline: &Timeline) -> Vec<u8> {
    let mut rows = Vec::new();
    for (group, of_group) in timeline.groups.iter().enumerate() {
        let pid = group + 1;
        rows.push(json!({ "ph": "M", "pid": pid, "name": "process_name", "args": { "name": of_group.name } }));
        rows.push(json!({ "ph": "M", "pid": pid, "name": "process_sort_index", "args": { "sort_index": group } }));
        for (track, of_track) in of_group.tracks.iter().enumerate() {
            if matches!(of_track.shows, Shows::Slices(_)) {
                let tid = track + 1;
                rows.push(json!({ "ph": "M", "pid": pid, "tid": tid, "name": "thread_name", "args": { "name": of_track.name } }));
                rows.push(json!({ "ph": "M", "pid": pid, "tid": tid, "name": "thread_sort_index", "args": { "sort_index": track } }));
            }
        }
    }
    let mut text = format!(
        "{{\"otherData\":{{\"scale\":\"{SCALE}\"}},\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
    );
    for (index, row) in rows.iter().enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "" });
        text.push_str(&row.to_string());
    }
    for event in events(timeline) {
        happens(timeline, event, &mut text);
    }
    text.push_str("\n]}\n");
    text.into_bytes()
}

/// Appends the rows of an event.
fn happens(timeline: &Timeline, event: Event<'_>, text: &mut String) {
    let mut row = |ph: char, more: Value| {
        let (pid, tid) = (event.place.group + 1, event.place.track + 1);
        let at = stamp(event.at);
        let (whole, part) = (at / 1000, at % 1000);
        let more = more.to_string();
        let more = more.strip_prefix('{').unwrap_or(&more);
        let comma = if more == "}" { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            ",\n{{\"ph\":\"{ph}\",\"pid\":{pid},\"tid\":{tid},\"ts\":{whole}.{part:03}{comma}{more}"
        );
    };
    match event.what {
        What::Begin(slice) => {
            row('B', json!({ "name": slice.name, "args": args(slice) }));
            for id in &slice.from {
                row('f', json!({ "name": "after", "cat": "flow", "id": id, "bp": "e" }));
            }
            for id in &slice.to {
                row('s', json!({ "name": "after", "cat": "flow", "id": id }));
            }
        }
        What::End => row('E', json!({})),
        What::Count(count) => {
            let track = &timeline.groups[event.place.group].tracks[event.place.track];
            let Shows::Counter { unit, .. } = track.shows else { return };
            row('C', json!({ "name": track.name, "args": { unit: count } }));
        }
    }
}

fn args(slice: &Slice) -> Map<String, Value> {
    let value = |arg: &Arg| match arg {
        Arg::Number(number) => json!(number),
        Arg::Text(text) => json!(text),
    };
    slice.args.iter().map(|(name, arg)| ((*name).to_owned(), value(arg))).collect()
}
