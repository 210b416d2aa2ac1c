//! Reading a trace file.

use std::path::Path;

use super::archive::Archive;
use super::check::{expert_range, same};
use super::import;
use super::schema::{
    BATCH_IDS, COUNTS, Kind, META, Meta, REQUEST_IDS, REQUEST_TOKENS, VERSION, Version,
};
use super::{Problem, Records, Trace, TraceError};
use crate::model::ModelSpec;

impl Trace {
    /// Reads a trace of a (checked) model, in the project's format or one that can be imported.
    ///
    /// # Errors
    /// The first thing that is wrong with the file, or that does not fit the model, with its place.
    pub fn read(path: impl AsRef<Path>, model: &ModelSpec) -> Result<Self, TraceError> {
        let origin = path.as_ref().display().to_string();
        let read = Archive::open(path.as_ref()).and_then(|mut archive| {
            if archive.has(META.array) {
                return Ok((origin.clone(), native(&mut archive, model)?));
            }
            let (records, taken) = import::records(&mut archive, model)?;
            Ok((format!("{origin} ({taken})"), records))
        });
        match read {
            Ok((origin, records)) => Self::new(origin, model, records),
            Err(problem) => Err(TraceError { origin, problem }),
        }
    }
}

fn native(archive: &mut Archive, model: &ModelSpec) -> Result<Records, Problem> {
    let meta = meta(archive)?;
    same(Some(META.array), "experts", meta.experts, model, model.experts.count)?;
    same(Some(META.array), "experts per token", meta.top_k, model, model.experts.top_k)?;
    let experts = expert_range(model);
    Ok(match meta.kind {
        Kind::Requests => Records::Requests {
            expert_ids: archive.read(&REQUEST_IDS, experts)?,
            request_tokens: archive.read(&REQUEST_TOKENS, 1..=u32::MAX)?,
        },
        Kind::Batches => Records::Batches { expert_ids: archive.read(&BATCH_IDS, experts)? },
        Kind::Counts => Records::Counts { counts: archive.read(&COUNTS, 0..=u32::MAX)? },
    })
}

fn meta(archive: &mut Archive) -> Result<Meta, Problem> {
    let json = archive.read::<u8, 1>(&META, 0..=u8::MAX.into())?;
    let Version { schema_version } =
        serde_json::from_slice(json.values()).map_err(Problem::Meta)?;
    if schema_version != VERSION {
        return Err(Problem::Version { found: schema_version });
    }
    serde_json::from_slice(json.values()).map_err(Problem::Meta)
}
