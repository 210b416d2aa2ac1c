//! The messages of a Perfetto trace, as far as a timeline needs them.
//!
//! Names and numbers of fields are those of google/perfetto, `protos/perfetto/trace/`: `trace.proto`, `trace_packet.proto`,
//! `track_event/track_event.proto`, `track_descriptor.proto`, `process_descriptor.proto`, `counter_descriptor.proto`,
//! `debug_annotation.proto`.

use prost::{Enumeration, Message, Oneof};

/// A whole file.
#[derive(Clone, PartialEq, Message)]
pub struct Trace {
    /// In order of time.
    #[prost(message, repeated, tag = "1")]
    pub packet: Vec<TracePacket>,
}

/// A record of a file.
#[derive(Clone, PartialEq, Message)]
pub struct TracePacket {
    /// Nanoseconds of the trace's clock.
    #[prost(uint64, optional, tag = "8")]
    pub timestamp: Option<u64>,
    /// Who writes; packets of one writer are kept in order.
    #[prost(uint32, optional, tag = "10")]
    pub trusted_packet_sequence_id: Option<u32>,
    /// 1 in the first packet of a writer: nothing before it is missing.
    #[prost(uint32, optional, tag = "13")]
    pub sequence_flags: Option<u32>,
    /// What it says.
    #[prost(oneof = "Data", tags = "11, 60")]
    pub data: Option<Data>,
}

/// Content of a record.
#[derive(Clone, PartialEq, Oneof)]
pub enum Data {
    /// Something happens.
    #[prost(message, tag = "11")]
    TrackEvent(TrackEvent),
    /// A track or a group of tracks.
    #[prost(message, tag = "60")]
    TrackDescriptor(TrackDescriptor),
}

/// A track, or a group of tracks if it has a process.
#[derive(Clone, PartialEq, Message)]
pub struct TrackDescriptor {
    /// Its number.
    #[prost(uint64, optional, tag = "1")]
    pub uuid: Option<u64>,
    /// Its name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The group as Perfetto knows it.
    #[prost(message, optional, tag = "3")]
    pub process: Option<ProcessDescriptor>,
    /// Number of the group that it belongs to.
    #[prost(uint64, optional, tag = "5")]
    pub parent_uuid: Option<u64>,
    /// It shows a number.
    #[prost(message, optional, tag = "8")]
    pub counter: Option<CounterDescriptor>,
    /// How tracks of the group are ordered.
    #[prost(enumeration = "ChildOrdering", optional, tag = "11")]
    pub child_ordering: Option<i32>,
    /// Place among the tracks of its group.
    #[prost(int32, optional, tag = "12")]
    pub sibling_order_rank: Option<i32>,
}

/// Orders of tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum ChildOrdering {
    /// As the user interface likes.
    Unknown = 0,
    /// By rank.
    Explicit = 3,
}

/// A process, which is how Perfetto groups tracks.
#[derive(Clone, PartialEq, Message)]
pub struct ProcessDescriptor {
    /// Its number.
    #[prost(int32, optional, tag = "1")]
    pub pid: Option<i32>,
    /// Its name.
    #[prost(string, optional, tag = "6")]
    pub process_name: Option<String>,
}

/// What a counter counts.
#[derive(Clone, PartialEq, Message)]
pub struct CounterDescriptor {
    /// Its unit.
    #[prost(string, optional, tag = "6")]
    pub unit_name: Option<String>,
}

/// A slice begins or ends, or a counter changes.
#[derive(Clone, PartialEq, Message)]
pub struct TrackEvent {
    /// What is known of it.
    #[prost(message, repeated, tag = "4")]
    pub debug_annotations: Vec<DebugAnnotation>,
    /// Which of the three.
    #[prost(enumeration = "EventType", optional, tag = "9")]
    pub r#type: Option<i32>,
    /// Number of the track.
    #[prost(uint64, optional, tag = "11")]
    pub track_uuid: Option<u64>,
    /// Name of a slice.
    #[prost(string, optional, tag = "23")]
    pub name: Option<String>,
    /// New value of a counter.
    #[prost(int64, optional, tag = "30")]
    pub counter_value: Option<i64>,
    /// Flows that go through.
    #[prost(fixed64, repeated, packed = "false", tag = "47")]
    pub flow_ids: Vec<u64>,
    /// Flows that end here.
    #[prost(fixed64, repeated, packed = "false", tag = "48")]
    pub terminating_flow_ids: Vec<u64>,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum EventType {
    /// None of those below.
    Unspecified = 0,
    /// A slice begins.
    SliceBegin = 1,
    /// The last slice that began on the track ends.
    SliceEnd = 2,
    /// A counter changes.
    Counter = 4,
}

/// Something known of a slice.
#[derive(Clone, PartialEq, Message)]
pub struct DebugAnnotation {
    /// Its name.
    #[prost(string, optional, tag = "10")]
    pub name: Option<String>,
    /// Its value.
    #[prost(oneof = "DebugValue", tags = "3, 6")]
    pub value: Option<DebugValue>,
}

/// Its value.
#[derive(Clone, PartialEq, Oneof)]
pub enum DebugValue {
    /// A number.
    #[prost(uint64, tag = "3")]
    UintValue(u64),
    /// A text.
    #[prost(string, tag = "6")]
    StringValue(String),
}
