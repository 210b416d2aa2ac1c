//! Routing traces: the project's `.npz` format, which NumPy reads and writes.
//!
//! | array | type | shape | in kind |
//! |---|---|---|---|
//! | `meta` | uint8 | [n]: UTF-8 JSON of [`Meta`] | all |
//! | `expert_ids` | integer | [tokens, layers, k], the tokens of request after request | `requests` |
//! | `request_tokens` | integer | [requests] | `requests` |
//! | `expert_ids` | integer | [steps, layers, batch, k] | `batches` |
//! | `counts` | integer | [steps, layers, experts]: tokens of each expert | `counts` |

use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use npyz::npz::{NpzArchive, NpzWriter};
use npyz::{DType, NpyFile, Order, TypeChar, WriterBuilder};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::import;

/// Version of the format that this crate writes, the only one that it reads.
pub const SCHEMA_VERSION: u32 = 1;

/// What a trace says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Which arrays it has.
    pub kind: Kind,
    /// Model it was recorded on.
    pub model: String,
    /// Experts of a layer.
    pub experts: u32,
    /// Experts of a token.
    pub top_k: u32,
}

/// Which arrays a trace has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Token by token of whole requests.
    Requests,
    /// Recorded decode batches.
    Batches,
    /// Tokens per expert of recorded decode batches.
    Counts,
}

/// A trace in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Model it was recorded on.
    pub model: String,
    /// Experts of a layer; `None` if an imported format does not say.
    pub experts: Option<u32>,
    /// Experts of a token.
    pub top_k: u32,
    /// Layers.
    pub layers: u32,
    /// The routing.
    pub routing: Recorded,
}

/// The routing of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Requests.
    Requests {
        /// [tokens, layers, k].
        expert_ids: Vec<u16>,
        /// Tokens of each request.
        request_tokens: Vec<u32>,
    },
    /// Batches.
    Batches {
        /// [steps, layers, batch, k].
        expert_ids: Vec<u16>,
        /// Requests of a batch.
        batch: u32,
    },
    /// Counts.
    Counts {
        /// [steps, layers, experts].
        counts: Vec<u32>,
        /// Requests of a batch: the counts of a layer sum to `batch * k`.
        batch: u32,
    },
}

/// A trace that cannot be read or written.
#[derive(Debug, Error)]
#[error("{}: {says}", file.display())]
pub struct TraceError {
    /// The file.
    pub file: PathBuf,
    /// Place, what was found, what is allowed.
    pub says: String,
}

/// An integer array as read.
pub(crate) struct Array {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<i64>,
}

pub(crate) type Archive = NpzArchive<BufReader<std::fs::File>>;

impl Trace {
    /// Reads a trace in the project's format or in one that can be imported.
    ///
    /// # Errors
    /// Names the file, the place, what was found and what is allowed.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let error = |says: String| TraceError { file: path.to_owned(), says };
        let mut archive = NpzArchive::open(path).map_err(|e| error(format!("not a readable .npz file: {e}")))?;
        let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
        let has = |name: &str| names.iter().any(|known| known == name);
        let trace = if has("meta") {
            read_own(&mut archive)
        } else if import::is_flat_requests(&names) {
            import::flat_requests(&mut archive)
        } else {
            Err(format!(
                "holds the arrays {}; expected `meta` with `expert_ids` or `counts` (this project's format), \
                 or `flat` and `lens` (token-major requests)",
                names.join(", ")
            ))
        };
        let trace = trace.map_err(&error)?;
        trace.check().map_err(error)?;
        Ok(trace)
    }

    /// Writes the trace: to a temporary file beside `path`, renamed when complete.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn write(&self, path: &Path) -> Result<(), TraceError> {
        let error = |e: io::Error| TraceError { file: path.to_owned(), says: format!("cannot be written: {e}") };
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(error)?;
        self.write_to(BufWriter::new(file.as_file_mut())).map_err(error)?;
        file.persist(path).map_err(|e| error(e.error))?;
        Ok(())
    }

    /// Experts of a layer, or the least number that its ids allow.
    #[must_use]
    pub fn expert_bound(&self) -> u32 {
        let most = match &self.routing {
            Recorded::Requests { expert_ids, .. } | Recorded::Batches { expert_ids, .. } => {
                expert_ids.iter().copied().max()
            }
            Recorded::Counts { .. } => None,
        };
        self.experts.unwrap_or_else(|| most.map_or(0, |id| u32::from(id) + 1))
    }

    fn write_to<W: Write + io::Seek>(&self, writer: W) -> io::Result<()> {
        let mut npz = NpzWriter::new(writer);
        let (layers, k) = (u64::from(self.layers), u64::from(self.top_k));
        let kind = match self.routing {
            Recorded::Requests { .. } => Kind::Requests,
            Recorded::Batches { .. } => Kind::Batches,
            Recorded::Counts { .. } => Kind::Counts,
        };
        let meta = Meta {
            schema_version: SCHEMA_VERSION,
            kind,
            model: self.model.clone(),
            experts: self.expert_bound(),
            top_k: self.top_k,
        };
        let meta = serde_json::to_vec(&meta)?;
        put(&mut npz, "meta", &[meta.len() as u64], &meta)?;
        match &self.routing {
            Recorded::Requests { expert_ids, request_tokens } => {
                let tokens = expert_ids.len() as u64 / (layers * k);
                put(&mut npz, "expert_ids", &[tokens, layers, k], expert_ids)?;
                put(&mut npz, "request_tokens", &[request_tokens.len() as u64], request_tokens)?;
            }
            Recorded::Batches { expert_ids, batch } => {
                let batch = u64::from(*batch);
                let steps = expert_ids.len() as u64 / (layers * k * batch);
                put(&mut npz, "expert_ids", &[steps, layers, batch, k], expert_ids)?;
            }
            Recorded::Counts { counts, .. } => {
                let experts = u64::from(self.expert_bound());
                let steps = counts.len() as u64 / (layers * experts);
                put(&mut npz, "counts", &[steps, layers, experts], counts)?;
            }
        }
        npz.zip_writer().finish().map_err(io::Error::other)?.flush()
    }

    /// Checks the trace against itself: no empty axis, ids in range and distinct, lengths and counts that add up.
    fn check(&self) -> Result<(), String> {
        let (layers, k, experts) = (self.layers as usize, self.top_k as usize, self.expert_bound() as usize);
        if layers == 0 || k == 0 || experts == 0 || k > experts || experts > usize::from(u16::MAX) {
            return Err(format!(
                "{layers} layers, k = {k}, {experts} experts; layers and k must be at least 1, k at most the experts, these at most 65,535"
            ));
        }
        match &self.routing {
            Recorded::Requests { expert_ids, request_tokens } => {
                let tokens = expert_ids.len() / (layers * k);
                let sum: u64 = request_tokens.iter().map(|&n| u64::from(n)).sum();
                if tokens == 0 {
                    return Err("holds no token".to_owned());
                }
                if let Some(at) = request_tokens.iter().position(|&n| n == 0) {
                    return Err(format!("request {at} has 0 tokens; each must have at least 1"));
                }
                if sum != tokens as u64 {
                    return Err(format!("the requests' lengths add up to {sum} tokens, the ids are of {tokens}"));
                }
                check_ids(expert_ids, k, experts, |at| format!("token {}, layer {}", at / layers, at % layers))
            }
            Recorded::Batches { expert_ids, batch } => {
                let batch = *batch as usize;
                if expert_ids.is_empty() {
                    return Err("holds no step or no token".to_owned());
                }
                check_ids(expert_ids, k, experts, |at| {
                    let (step, rest) = (at / (layers * batch), at % (layers * batch));
                    format!("step {step}, layer {}, token {}", rest / batch, rest % batch)
                })
            }
            Recorded::Counts { counts, batch } => {
                if counts.is_empty() || *batch == 0 {
                    return Err("holds no step or no token".to_owned());
                }
                for (at, row) in counts.chunks_exact(experts).enumerate() {
                    let place = format!("counts of step {}, layer {}", at / layers, at % layers);
                    let sum: u64 = row.iter().map(|&n| u64::from(n)).sum();
                    if sum != u64::from(*batch) * k as u64 {
                        return Err(format!("{place} add up to {sum}; expected batch x k = {batch} x {k}"));
                    }
                    if let Some(expert) = row.iter().position(|n| n > batch) {
                        return Err(format!("{place}: expert {expert} has {} of {batch} tokens", row[expert]));
                    }
                }
                Ok(())
            }
        }
    }
}

fn check_ids(ids: &[u16], k: usize, experts: usize, place: impl Fn(usize) -> String) -> Result<(), String> {
    for (at, token) in ids.chunks_exact(k).enumerate() {
        for (slot, &id) in token.iter().enumerate() {
            if usize::from(id) >= experts {
                let last = experts - 1;
                return Err(format!("{}, slot {slot}: expert id {id}; allowed are 0 to {last}", place(at)));
            }
            if token[..slot].contains(&id) {
                return Err(format!("{}, slot {slot}: expert {id} a second time; a token's experts are distinct", place(at)));
            }
        }
    }
    Ok(())
}

fn read_own(archive: &mut Archive) -> Result<Trace, String> {
    let bytes = integers(archive, "meta", &[1])?.values;
    let bytes: Option<Vec<u8>> = bytes.into_iter().map(|b| u8::try_from(b).ok()).collect();
    let bytes = bytes.ok_or("array `meta`: not uint8")?;
    let meta: Meta = serde_json::from_slice(&bytes).map_err(|e| format!("array `meta`: {e}"))?;
    if meta.schema_version != SCHEMA_VERSION {
        return Err(format!("array `meta`: schema_version {}; this version reads {SCHEMA_VERSION}", meta.schema_version));
    }
    let (layers, routing) = match meta.kind {
        Kind::Requests => {
            let ids = integers(archive, "expert_ids", &[3])?;
            expect_k(&ids, meta.top_k)?;
            let request_tokens = lengths(&integers(archive, "request_tokens", &[1])?)?;
            (ids.shape[1], Recorded::Requests { expert_ids: expert_ids(&ids)?, request_tokens })
        }
        Kind::Batches => {
            let ids = integers(archive, "expert_ids", &[4])?;
            expect_k(&ids, meta.top_k)?;
            let batch = u32::try_from(ids.shape[2]).unwrap_or(u32::MAX);
            (ids.shape[1], Recorded::Batches { expert_ids: expert_ids(&ids)?, batch })
        }
        Kind::Counts => {
            let array = integers(archive, "counts", &[3])?;
            if array.shape[2] != meta.experts as usize {
                return Err(format!("array `counts` has {} experts, `meta` says {}", array.shape[2], meta.experts));
            }
            let counts = lengths(&array)?;
            let first: u64 = counts.iter().take(array.shape[2]).map(|&n| u64::from(n)).sum();
            let batch = u32::try_from(first / u64::from(meta.top_k.max(1))).unwrap_or(u32::MAX);
            (array.shape[1], Recorded::Counts { counts, batch })
        }
    };
    let layers = u32::try_from(layers).unwrap_or(u32::MAX);
    Ok(Trace { model: meta.model, experts: Some(meta.experts), top_k: meta.top_k, layers, routing })
}

fn expect_k(ids: &Array, top_k: u32) -> Result<(), String> {
    let found = ids.shape.last().copied().unwrap_or(0);
    if found == top_k as usize {
        return Ok(());
    }
    Err(format!("array `{}` has k = {found} in its last axis, `meta` says {top_k}", ids.name))
}

/// Reads an integer array with one of the allowed numbers of axes.
pub(crate) fn integers(archive: &mut Archive, name: &'static str, axes: &[usize]) -> Result<Array, String> {
    let broken = |e: io::Error| format!("array `{name}`: {e}");
    let npy = archive.by_name(name).map_err(broken)?.ok_or_else(|| format!("has no array `{name}`"))?;
    let shape: Vec<usize> = npy.shape().iter().map(|&n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
    if !axes.contains(&shape.len()) {
        return Err(format!("array `{name}` has {} axes {shape:?}; expected {axes:?}", shape.len()));
    }
    if npy.order() != Order::C && shape.len() > 1 {
        return Err(format!("array `{name}` is in Fortran order; save a C-ordered copy"));
    }
    let values = values(npy).map_err(|e| format!("array `{name}`: {e}"))?;
    Ok(Array { name, shape, values })
}

fn values<R: io::Read>(npy: NpyFile<R>) -> Result<Vec<i64>, String> {
    fn wide<T: npyz::Deserialize + Into<i64>, R: io::Read>(npy: NpyFile<R>) -> Result<Vec<i64>, String> {
        let values = npy.data::<T>().map_err(|e| e.to_string())?;
        values.map(|value| value.map(Into::into)).collect::<io::Result<_>>().map_err(|e| e.to_string())
    }
    let dtype = npy.dtype();
    let DType::Plain(scalar) = &dtype else { return Err(format!("dtype {}; expected integers", dtype.descr())) };
    match (scalar.type_char(), scalar.size_field()) {
        (TypeChar::Uint, 1) => wide::<u8, R>(npy),
        (TypeChar::Uint, 2) => wide::<u16, R>(npy),
        (TypeChar::Uint, 4) => wide::<u32, R>(npy),
        (TypeChar::Uint, 8) => {
            let values = npy.into_vec::<u64>().map_err(|e| e.to_string())?;
            values.into_iter().map(|v| i64::try_from(v).map_err(|_| format!("{v} is too large"))).collect()
        }
        (TypeChar::Int, 1) => wide::<i8, R>(npy),
        (TypeChar::Int, 2) => wide::<i16, R>(npy),
        (TypeChar::Int, 4) => wide::<i32, R>(npy),
        (TypeChar::Int, 8) => wide::<i64, R>(npy),
        _ => Err(format!("dtype {}; expected integers", dtype.descr())),
    }
}

/// Ids of experts; [`Trace::check`] sees to the upper end.
pub(crate) fn expert_ids(array: &Array) -> Result<Vec<u16>, String> {
    narrow(array, "an expert id")
}

/// Lengths or counts.
pub(crate) fn lengths(array: &Array) -> Result<Vec<u32>, String> {
    narrow(array, "a number of tokens")
}

fn narrow<T: TryFrom<i64>>(array: &Array, what: &str) -> Result<Vec<T>, String> {
    let convert = |(at, &value): (usize, &i64)| {
        T::try_from(value).map_err(|_| {
            let mut rest = at;
            let mut place: Vec<usize> = array.shape.iter().rev().map(|&n| (rest % n, rest /= n).0).collect();
            place.reverse();
            format!("array `{}` at {place:?}: {value} is not {what}", array.name)
        })
    };
    array.values.iter().enumerate().map(convert).collect()
}

fn put<T, W>(npz: &mut NpzWriter<W>, name: &str, shape: &[u64], values: &[T]) -> io::Result<()>
where
    T: npyz::AutoSerialize + Copy,
    W: Write + io::Seek,
{
    let options = npyz::zip::write::FileOptions::default();
    let mut array = npz.array(name, options)?.default_dtype().shape(shape).begin_nd()?;
    array.extend(values.iter().copied())?;
    array.finish()
}
