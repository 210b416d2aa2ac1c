//! What can be wrong with a trace.

use std::io;

/// A trace that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct TraceError {
    /// Path of the file, or what else the trace came from.
    pub origin: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a trace.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(io::Error),
    /// The file is no zip archive, or is cut short.
    #[error("is not a complete .npz archive: {0}")]
    Archive(io::Error),
    /// Neither the project's format nor one that can be imported.
    #[error("has the arrays {}; accepted are archives with {accepted}", list(found))]
    Format {
        /// Arrays of the file.
        found: Vec<String>,
        /// Arrays of the formats that can be read.
        accepted: String,
    },
    /// An array that the format needs is not there.
    #[error("array `{array}` is missing; the file has {}", list(found))]
    Missing {
        /// Its name.
        array: &'static str,
        /// Arrays of the file.
        found: Vec<String>,
    },
    /// An array is damaged.
    #[error("array `{array}` cannot be read: {error}")]
    Array {
        /// Its name.
        array: &'static str,
        /// Reason.
        error: io::Error,
    },
    /// An array has another number of dimensions.
    #[error("array `{array}` has the shape {found:?}; it needs {} dimensions, [{}]", axes.len(), axes.join(", "))]
    Dimensions {
        /// Its name.
        array: &'static str,
        /// Its extents.
        found: Vec<u64>,
        /// What its indices should count.
        axes: Vec<&'static str>,
    },
    /// An array holds something else than integers.
    #[error("array `{array}` has the type {found}; it needs an integer type of 8 to 64 bits")]
    Type {
        /// Its name.
        array: &'static str,
        /// Its type, as NumPy writes it.
        found: String,
    },
    /// `meta` is not the JSON it should be.
    #[error("array `meta`: {0}")]
    Meta(serde_json::Error),
    /// The file follows another version of the format.
    #[error("array `meta`: schema_version {found} is unknown; {} is read", super::schema::VERSION)]
    Version {
        /// The version.
        found: u64,
    },
    /// Nothing was recorded.
    #[error("array `{array}` is empty: its shape is {shape:?}")]
    Empty {
        /// Its name.
        array: &'static str,
        /// Its extents.
        shape: Vec<usize>,
    },
    /// The trace and the model differ in shape.
    #[error("{}{found} {what}, model `{model}` has {allowed}", holder(*array))]
    Model {
        /// Array that shows it; `None` for the trace as a whole.
        array: Option<&'static str>,
        /// `layers`, `experts` or `experts per token`.
        what: &'static str,
        /// How many the trace has.
        found: u64,
        /// Name of the model.
        model: String,
        /// How many the model has.
        allowed: u32,
    },
    /// A value is out of range.
    #[error("array `{array}`, {place}: found {found}, allowed is {least} to {most}")]
    Value {
        /// Name of the array.
        array: &'static str,
        /// Place in it, for instance `token 5, layer 3, slot 2`.
        place: String,
        /// The value.
        found: i128,
        /// Least allowed value.
        least: u32,
        /// Greatest allowed value.
        most: u32,
    },
    /// A token has the same expert twice.
    #[error("array `{array}`, {place}: expert {expert} stands there a second time for this token")]
    Twice {
        /// Name of the array.
        array: &'static str,
        /// Place of the second.
        place: String,
        /// The expert.
        expert: u16,
    },
    /// The requests do not add up to the tokens.
    #[error("array `request_tokens` sums to {found}, array `expert_ids` has {tokens} tokens")]
    RequestSum {
        /// Sum of the requests' tokens.
        found: u64,
        /// Tokens recorded.
        tokens: usize,
    },
    /// The counts of a layer are not those of a batch.
    #[error("array `counts`, {place}: the counts sum to {found}, {allowed}")]
    CountSum {
        /// Step and layer.
        place: String,
        /// Sum of the counts.
        found: u64,
        /// What the sum should be.
        allowed: String,
    },
    /// The file cannot be written.
    #[error("cannot be written: {0}")]
    Write(io::Error),
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn holder(array: Option<&str>) -> String {
    array.map_or_else(|| "has ".to_owned(), |array| format!("array `{array}` has "))
}
