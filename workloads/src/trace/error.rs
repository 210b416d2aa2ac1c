//! What can be wrong with a trace.

use std::io;

/// A trace that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct TraceError {
    /// Path of the file, or what else the trace came from.
    pub origin: String,
    /// What is wrong.
    pub problem: Box<Problem>,
}

impl TraceError {
    pub(crate) fn new(origin: impl Into<String>, problem: Problem) -> Self {
        Self { origin: origin.into(), problem: Box::new(problem) }
    }
}

/// What is wrong with a trace. A `holder` is what shows it, for instance an array of the file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file cannot be opened.
    #[error("cannot be opened: {0}")]
    Open(io::Error),
    /// The file cannot be read to its end.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The file is no zip archive, or is cut short.
    #[error("is not a complete .npz archive: {0}")]
    Archive(io::Error),
    /// The file is no Parquet, or is cut short or damaged.
    #[error("is not a complete Parquet file: {0}")]
    Parquet(String),
    /// PyTorch's format, which only Python can read safely.
    #[error(
        "is a PyTorch file; save what it holds with NumPy (docs: Traces, \"SGLang\") and read that"
    )]
    PyTorch,
    /// Neither the project's format nor one that can be imported.
    #[error("has the arrays {}; accepted are archives with {accepted}", list(found))]
    Format {
        /// Arrays of the file.
        found: Vec<String>,
        /// Arrays of the formats that can be read.
        accepted: &'static str,
    },
    /// An array that the format needs is not there.
    #[error("array `{array}` is missing; the file has {}", list(found))]
    Missing {
        /// Its name.
        array: String,
        /// Arrays of the file.
        found: Vec<String>,
    },
    /// An array is damaged.
    #[error("array `{array}` cannot be read: {error}")]
    Array {
        /// Its name.
        array: String,
        /// Reason.
        error: io::Error,
    },
    /// An array has another number of dimensions.
    #[error("array `{array}` has the shape {found:?}; it needs {} dimensions, [{}]", axes.len(), axes.join(", "))]
    Dimensions {
        /// Its name.
        array: String,
        /// Its extents.
        found: Vec<usize>,
        /// What its indices should count.
        axes: Vec<&'static str>,
    },
    /// An array of ids without names has a number of dimensions that means nothing.
    #[error(
        "array `{array}` has the shape {found:?}; ids are [token, slot], [token, layer, slot] or [step, layer, token, slot]"
    )]
    Rank {
        /// Its name.
        array: String,
        /// Its extents.
        found: Vec<usize>,
    },
    /// An array holds something else than integers.
    #[error("array `{array}` has the type {found}; it needs an integer type of 8 to 64 bits")]
    Type {
        /// Its name.
        array: String,
        /// Its type, as NumPy writes it.
        found: String,
    },
    /// `meta` is not the JSON it should be.
    #[error("{holder}: {error}")]
    Meta {
        /// The array or line.
        holder: String,
        /// Reason.
        error: serde_json::Error,
    },
    /// The file follows another version of the format.
    #[error("{holder}: schema_version {found} is unknown; {} is read", super::schema::VERSION)]
    Version {
        /// The array or line.
        holder: String,
        /// The version.
        found: u64,
    },
    /// Nothing was recorded in an array.
    #[error("array `{array}` is empty: its shape is {shape:?}")]
    Empty {
        /// Its name.
        array: String,
        /// Its extents.
        shape: Vec<usize>,
    },
    /// The file records nothing, or nothing of what was chosen.
    #[error("holds no routing{0}")]
    Nothing(String),
    /// A line, row or column that cannot be understood.
    #[error("{place}: {says}")]
    Text {
        /// Where.
        place: String,
        /// What is wrong, and what is allowed.
        says: String,
    },
    /// The trace and what was expected differ in shape.
    #[error("{holder} {found} {what}, {by}")]
    Differs {
        /// What shows it, with its verb.
        holder: String,
        /// `layers`, `experts` or `experts per token`.
        what: &'static str,
        /// How many the trace has.
        found: u64,
        /// Who has, or says, how many.
        by: String,
    },
    /// The shape is beyond what can be held.
    #[error("{holder} {found} {what}, allowed are 1 to 65536")]
    Beyond {
        /// What shows it, with its verb.
        holder: String,
        /// `layers`, `experts` or `experts per token`.
        what: &'static str,
        /// How many the trace has.
        found: u64,
    },
    /// The file leaves open what has to be known.
    #[error("does not say its number of {what}; name the model, or give the number")]
    Unsaid {
        /// `experts` or `experts per token`.
        what: &'static str,
    },
    /// A value is out of range.
    #[error("{place}: found {found}, allowed is {least} to {most}")]
    Value {
        /// For instance `array expert_ids, token 5, layer 3, slot 2`.
        place: String,
        /// The value.
        found: i128,
        /// Least allowed value.
        least: u32,
        /// Greatest allowed value.
        most: u32,
    },
    /// A token has the same expert twice.
    #[error("{place}: expert {expert} stands there a second time for this token")]
    Twice {
        /// Place of the second.
        place: String,
        /// The expert.
        expert: u16,
    },
    /// The requests do not add up to the tokens.
    #[error("array `{lengths}` sums to {found}, array `{ids}` has {tokens} tokens")]
    RequestSum {
        /// Array of the requests' tokens.
        lengths: String,
        /// Sum of the requests' tokens.
        found: u64,
        /// Array of the ids.
        ids: String,
        /// Tokens recorded.
        tokens: usize,
    },
    /// The counts of a layer are not those of a batch.
    #[error("{place}: the counts sum to {found}, {allowed}")]
    CountSum {
        /// Step and layer.
        place: String,
        /// Sum of the counts.
        found: u64,
        /// What the sum should be.
        allowed: String,
    },
    /// Parts differ in what has to be the same.
    #[error("{place}: has {found}, those before have {before}{hint}")]
    Uneven {
        /// The part.
        place: String,
        /// What it has.
        found: String,
        /// What the parts before it have.
        before: String,
        /// What helps.
        hint: &'static str,
    },
    /// The trace is of a kind that is of no use here.
    #[error("holds {}, {says}", kind.name())]
    Kind {
        /// What is recorded.
        kind: super::Kind,
        /// What is of use.
        says: &'static str,
    },
    /// The file cannot be written.
    #[error("cannot be written: {}", unwritable(.0))]
    Write(io::Error),
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn unwritable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        _ => error.to_string(),
    }
}
