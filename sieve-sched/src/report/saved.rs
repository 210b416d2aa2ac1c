//! Summaries that a replay left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pim_dram::similar::offer;
use thiserror::Error;

use super::summary::{PointSummary, Summary};
use crate::method::Method;

/// The file of a results folder.
const FILE: &str = "summary.json";

/// Results that cannot be used.
#[derive(Debug, Error)]
pub enum SavedError {
    /// No summary can be read.
    #[error("{}: is no results folder: {FILE} cannot be read: {source}", folder.display())]
    Read {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The summary is of another form.
    #[error("{}: {source}; `sieve replay` of this version writes it", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// No point is the one that was asked for.
    #[error(
        "no such point{offer}; the folder has models {models}, batches {batches}, methods {methods}"
    )]
    NoPoint {
        /// The most similar model, as messages offer it.
        offer: String,
        /// Those that are there.
        models: String,
        /// Likewise.
        batches: String,
        /// Likewise.
        methods: String,
    },
}

impl Summary {
    /// What a replay left in its results folder.
    ///
    /// # Errors
    /// [`SavedError::Read`], [`SavedError::Parse`].
    pub fn read(folder: &Path) -> Result<Self, SavedError> {
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path)
            .map_err(|source| SavedError::Read { folder: folder.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|source| SavedError::Parse { path, source })
    }

    /// Points with their models, of one model, batch or method where such is given; at least one.
    ///
    /// # Errors
    /// [`SavedError::NoPoint`].
    pub fn choose(
        &self,
        model: Option<&str>,
        batch: Option<u32>,
        method: Option<Method>,
    ) -> Result<Vec<(&str, &PointSummary)>, SavedError> {
        let name = method.map(|method| method.traits().name);
        let all = || {
            self.models
                .iter()
                .flat_map(|of| of.points.iter().map(move |point| (of.model.as_str(), point)))
        };
        let fits = |&(of, point): &(&str, &PointSummary)| {
            model.is_none_or(|model| model == of)
                && batch.is_none_or(|batch| batch == point.batch)
                && name.is_none_or(|name| name == point.method)
        };
        let chosen: Vec<_> = all().filter(fits).collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let known = self.models.iter().map(|of| of.model.as_str());
        Err(SavedError::NoPoint {
            offer: model.map(|model| offer(model, known)).unwrap_or_default(),
            models: listed(self.models.iter().map(|of| of.model.clone())),
            batches: listed(all().map(|(_, point)| point.batch.to_string())),
            methods: listed(all().map(|(_, point)| point.method.clone())),
        })
    }
}

/// Each text once.
fn listed(texts: impl Iterator<Item = String>) -> String {
    let mut known: Vec<String> = Vec::new();
    for text in texts {
        if !known.contains(&text) {
            known.push(text);
        }
    }
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}
