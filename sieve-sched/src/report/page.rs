//! Results as one HTML page that needs nothing beside itself.

mod view;

use std::fs;
use std::path::{Path, PathBuf};

use askama::Template;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;
use thiserror::Error;

use super::summary::{ModelSummary, PointSummary};
use super::{SavedError, Summary, energy_figure, figure};
use crate::chart::{ChartError, Svg};
use crate::claims::{self, Claim, Measured, evaluate};
use crate::config::ConfigError;
use view::{ClaimView, PointView};

/// A page that cannot be made.
#[derive(Debug, Error)]
pub enum PageError {
    /// The folder's summary.
    #[error(transparent)]
    Summary(#[from] SavedError),
    /// A file of the folder.
    #[error("{}: {says}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        says: String,
    },
    /// The claims that results are judged by.
    #[error(transparent)]
    Claims(#[from] ConfigError),
    /// What is to be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// The template refuses.
    #[error("the page cannot be written: {0}")]
    Template(#[from] askama::Error),
}

/// What the page shows, in its order.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'s> {
    title: String,
    version: String,
    command: String,
    notes: &'s [String],
    throughput: String,
    models: Vec<Model<'s>>,
    claims: Vec<ClaimView>,
    configuration: String,
}

struct Model<'s> {
    of: &'s ModelSummary,
    points: Vec<PointView>,
    /// As a data URL; none where no point has energy.
    energy: Option<String>,
}

/// What is read of the manifest.
#[derive(Deserialize)]
struct Manifest {
    version: String,
    presets: String,
    command: Vec<String>,
}

/// The page of a results folder: figures, tables, what holds up each point, claims where some were judged, configuration.
///
/// # Errors
/// A folder without the files that a replay leaves, and what cannot be drawn.
pub fn page(folder: &Path) -> Result<String, PageError> {
    let summary = Summary::read(folder)?;
    let manifest: Manifest = parsed(&folder.join("manifest.json"))?;
    let models: Vec<&str> = summary.models.iter().map(|model| model.model.as_str()).collect();
    let arguments = manifest.command.iter().skip(1).map(|argument| quoted(argument));
    let page = Page {
        title: models.join(", "),
        version: format!("{} (presets {})", manifest.version, manifest.presets),
        command: ["sieve".to_owned()].into_iter().chain(arguments).collect::<Vec<_>>().join(" "),
        notes: &summary.notes,
        throughput: data_url(&figure(&summary)?)?,
        models: summary.models.iter().map(Model::new).collect::<Result<_, _>>()?,
        claims: claims_of(folder)?,
        configuration: text(&folder.join("config.resolved.ron"))?,
    };
    Ok(page.render()?)
}

impl<'s> Model<'s> {
    fn new(of: &'s ModelSummary) -> Result<Self, ChartError> {
        let mut batches: Vec<(String, Vec<&PointSummary>)> = Vec::new();
        for point in of.points.iter().filter(|point| point.energy.is_some()) {
            let title = format!("B = {}", point.batch);
            match batches.last_mut().filter(|(last, _)| *last == title) {
                Some((_, points)) => points.push(point),
                None => batches.push((title, vec![point])),
            }
        }
        let energy =
            if batches.is_empty() { None } else { Some(data_url(&energy_figure(batches).svg()?)?) };
        Ok(Self { of, points: PointView::all(of), energy })
    }
}

/// Verdicts, where the replay judged claims.
fn claims_of(folder: &Path) -> Result<Vec<ClaimView>, PageError> {
    let path = folder.join(claims::FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let measured = Measured::from_json(&text(&path)?)
        .map_err(|error| PageError::File { path, says: error.to_string() })?;
    Ok(evaluate(&Claim::shipped()?, &measured).iter().filter_map(ClaimView::new).collect())
}

fn text(path: &Path) -> Result<String, PageError> {
    fs::read_to_string(path).map_err(|error| PageError::File {
        path: path.to_owned(),
        says: format!("cannot be read: {error}"),
    })
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, PageError> {
    serde_json::from_str(&text(path)?)
        .map_err(|error| PageError::File { path: path.to_owned(), says: error.to_string() })
}

/// Drawings as images do not share names of their parts, as they would within the page.
fn data_url(svg: &Svg) -> Result<String, ChartError> {
    let bytes = BASE64_STANDARD.encode(svg.outlined()?);
    Ok(format!("data:image/svg+xml;base64,{bytes}"))
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.,:/=+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}
