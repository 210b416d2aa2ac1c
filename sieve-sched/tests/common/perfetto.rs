//! Reads a Perfetto trace back and checks what every timeline has to keep.

use std::collections::BTreeMap;

use prost::Message;
use sieve_sched::timeline::proto::{
    ChildOrdering, Data, DebugValue, EventType, Trace, TrackDescriptor, TrackEvent,
};

/// A slice as read, in the order of the file.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// Group and track.
    pub(crate) track: (String, String),
    pub(crate) name: String,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Slices around it.
    pub(crate) depth: usize,
    pub(crate) args: BTreeMap<String, String>,
}

/// A file as read.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) groups: Vec<String>,
    pub(crate) slices: Vec<Read>,
    /// By group and track: instants and values.
    pub(crate) counters: BTreeMap<(String, String), Vec<(u64, i64)>>,
    /// By number: the slices where the flow begins and ends.
    pub(crate) flows: BTreeMap<u64, (usize, usize)>,
}

impl File {
    /// Reads a file; everything that is wrong with it fails.
    #[track_caller]
    pub(crate) fn check(bytes: &[u8]) -> Self {
        let mut reader = Reader::default();
        for packet in Trace::decode(bytes).unwrap().packet {
            assert_eq!(packet.trusted_packet_sequence_id, Some(1));
            match packet.data.unwrap() {
                Data::TrackDescriptor(track) => reader.track(&track),
                Data::TrackEvent(event) => reader.event(packet.timestamp.unwrap(), &event),
            }
        }
        reader.finish()
    }

    /// Slices of tracks of that name, in all groups, that lie in no other.
    pub(crate) fn on<'f>(&'f self, track: &'f str) -> impl Iterator<Item = &'f Read> {
        self.slices.iter().filter(move |slice| slice.depth == 0 && slice.track.1 == track)
    }

    /// The first slice of that name on such a track.
    #[track_caller]
    pub(crate) fn first(&self, track: &str, name: &str) -> &Read {
        let found = self.slices.iter().find(|slice| slice.track.1 == track && slice.name == name);
        found.unwrap()
    }

    /// Time of them and how many there are.
    pub(crate) fn busy(&self, track: &str) -> (u64, u64) {
        self.on(track).fold((0, 0), |(sum, n), slice| (sum + slice.end - slice.start, n + 1))
    }
}

#[derive(Default)]
struct Reader {
    file: File,
    groups: BTreeMap<u64, String>,
    tracks: BTreeMap<u64, ((String, String), bool)>,
    /// Per track: slices that are open, and when the last one at each depth ended.
    open: BTreeMap<u64, Vec<usize>>,
    ended: BTreeMap<(u64, usize), u64>,
    now: u64,
    begins: BTreeMap<u64, usize>,
}

impl Reader {
    fn track(&mut self, track: &TrackDescriptor) {
        let uuid = track.uuid.unwrap();
        assert!(!self.groups.contains_key(&uuid) && !self.tracks.contains_key(&uuid));
        if let Some(process) = &track.process {
            assert_eq!(process.pid, Some(self.groups.len() as i32 + 1));
            assert_eq!(track.child_ordering, Some(ChildOrdering::Explicit.into()));
            let name = process.process_name.clone().unwrap();
            self.file.groups.push(name.clone());
            self.groups.insert(uuid, name);
        } else {
            let group = self.groups[&track.parent_uuid.unwrap()].clone();
            let name = (group, track.name.clone().unwrap());
            assert!(self.tracks.values().all(|(other, _)| *other != name), "{name:?} twice");
            self.tracks.insert(uuid, (name, track.counter.is_some()));
        }
    }

    #[track_caller]
    fn event(&mut self, at: u64, event: &TrackEvent) {
        assert!(at >= self.now, "{at} after {}", self.now);
        self.now = at;
        let uuid = event.track_uuid.unwrap();
        let (track, counts) = self.tracks[&uuid].clone();
        let open = self.open.entry(uuid).or_default();
        match EventType::try_from(event.r#type.unwrap()).unwrap() {
            EventType::SliceBegin => {
                assert!(!counts);
                let depth = open.len();
                let free = self.ended.get(&(uuid, depth)).copied().unwrap_or(0);
                assert!(at >= free, "{track:?}: {:?} begins at {at} before {free}", event.name);
                // Tracks other than those of banks have no slice within another.
                assert!(depth == 0 || track.1.ends_with("row") && depth == 1, "{track:?}");
                let index = self.file.slices.len();
                open.push(index);
                for &id in &event.flow_ids {
                    assert_eq!(self.begins.insert(id, index), None, "flow {id} begins twice");
                }
                for &id in &event.terminating_flow_ids {
                    let begin = self.begins[&id];
                    assert!(self.file.slices[begin].end <= at, "flow {id} ends too early");
                    assert_eq!(self.file.flows.insert(id, (begin, index)), None, "{id} ends twice");
                }
                self.file.slices.push(Read {
                    track,
                    name: event.name.clone().unwrap(),
                    start: at,
                    end: u64::MAX,
                    depth,
                    args: args(event),
                });
            }
            EventType::SliceEnd => {
                let slice = open.pop().unwrap();
                self.file.slices[slice].end = at;
                self.ended.insert((uuid, open.len()), at);
            }
            EventType::Counter => {
                assert!(counts);
                let value = (at, event.counter_value.unwrap());
                self.file.counters.entry(track).or_default().push(value);
            }
            EventType::Unspecified => panic!("an event of no kind"),
        }
    }

    #[track_caller]
    fn finish(self) -> File {
        assert!(self.open.values().all(Vec::is_empty), "a slice has no end");
        assert_eq!(self.begins.len(), self.file.flows.len(), "a flow has no end");
        for (_, (track, counts)) in self.tracks {
            let has = self.file.slices.iter().any(|slice| slice.track == track);
            assert!(has != counts, "{track:?} is empty");
        }
        self.file
    }
}

fn args(event: &TrackEvent) -> BTreeMap<String, String> {
    let value = |value: &DebugValue| match value {
        DebugValue::UintValue(number) => number.to_string(),
        DebugValue::StringValue(text) => text.clone(),
    };
    let annotations = event.debug_annotations.iter();
    annotations.map(|a| (a.name.clone().unwrap(), value(a.value.as_ref().unwrap()))).collect()
}
