//! The figures of the paper and ours, each made from one RON file.
//!
//! A [`Spec`] says what a figure shows and with which numbers of the model; [`Spec::make`] replays what it needs and draws.
//! What figures share is replayed once, as long as they are given one [`Replayed`].

mod activated;
mod channels;
mod classes;
mod distribution;
mod energy;
mod error;
mod execution;
mod laws;
mod methods;
mod mixed;
mod optimality;
mod pareto;
mod replays;
mod rooflines;
mod routed;
mod sensitivity;
mod shipped;
mod table;
mod throughput;
mod waterfall;

use serde::{Deserialize, Serialize};

pub use error::FigureError;
pub use replays::{Replayed, Replays};
pub use sensitivity::Sensitivity;
pub use shipped::SPECS;

use crate::chart::Svg;
use crate::config::load;

/// A figure as its file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Name of its files.
    pub id: String,
    /// What it is.
    pub title: String,
    /// What it shows and under which conditions, as a caption would.
    pub caption: String,
    /// The figure of the paper that it stands beside, or `ours`.
    pub source: String,
    /// What is drawn.
    pub draws: Draws,
}

/// Kinds of figures, each with what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draws {
    /// Experts and tokens by the token count of the expert.
    Distribution(distribution::Distribution),
    /// Activated experts against the batch.
    Activated(activated::Activated),
    /// Peak rates, and operations on them.
    Rooflines(rooflines::Rooflines),
    /// Shares of classes of token counts.
    Classes(classes::Classes),
    /// What runs where and when in a layer.
    Execution(execution::Execution),
    /// Throughput against interactivity.
    Throughput(throughput::Throughput),
    /// How long each channel works for experts.
    Channels(channels::Channels),
    /// Prompts beside decode.
    Mixed(mixed::Mixed),
    /// Energy per token by component.
    Energy(energy::Energy),
    /// How far partitions are from the best one.
    Optimality(optimality::Optimality),
    /// Points of a sweep, and the best of them.
    Pareto(pareto::Pareto),
    /// What the ratios between methods hang on.
    Sensitivity(Sensitivity),
    /// Ideal against measured laws.
    Laws(laws::Laws),
    /// Quirks of other simulators.
    Waterfall(waterfall::Waterfall),
}

/// A figure that is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The drawing.
    pub svg: Svg,
    /// The numbers behind it: tidy rows under a header.
    pub csv: String,
}

impl Spec {
    /// A shipped figure by its name, or the file of that path.
    ///
    /// # Errors
    /// Unknown names, unreadable files, text that does not parse, and names that are no file names.
    pub fn load(name: &str) -> Result<Self, FigureError> {
        let spec: Self = load("figure", name, SPECS)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if spec.id.is_empty() || !spec.id.chars().all(plain) {
            return Err(FigureError::Id { origin: name.to_owned(), found: spec.id });
        }
        Ok(spec)
    }

    /// What it replays, if anything.
    fn replays(&self) -> Option<&Replays> {
        match &self.draws {
            Draws::Throughput(figure) => Some(&figure.replay),
            Draws::Channels(figure) => Some(&figure.replay),
            Draws::Mixed(figure) => Some(&figure.replay),
            Draws::Energy(figure) => Some(&figure.replay),
            _ => None,
        }
    }

    /// Points that it replays or computes, known ones included.
    #[must_use]
    pub fn points(&self) -> usize {
        match &self.draws {
            Draws::Pareto(figure) => figure.points(),
            _ => self.replays().map_or(0, Replays::points),
        }
    }

    /// Makes the figure. `done` is called after each of its points.
    ///
    /// # Errors
    /// What the configuration, the routing or the data behind it have wrong, and what cannot be drawn.
    pub fn make(
        &self,
        replayed: &mut Replayed,
        done: &(dyn Fn() + Sync),
    ) -> Result<Made, FigureError> {
        let results = match self.replays() {
            Some(replays) => replayed.run(replays, done)?,
            None => Vec::new(),
        };
        match &self.draws {
            Draws::Distribution(figure) => figure.make(),
            Draws::Activated(figure) => figure.make(),
            Draws::Rooflines(figure) => figure.make(),
            Draws::Classes(figure) => figure.make(),
            Draws::Execution(figure) => figure.make(),
            Draws::Throughput(figure) => figure.make(&results),
            Draws::Channels(figure) => figure.make(&results),
            Draws::Mixed(figure) => figure.make(&results),
            Draws::Energy(figure) => figure.make(&results),
            Draws::Optimality(figure) => figure.make(),
            Draws::Pareto(figure) => figure.make(done),
            Draws::Sensitivity(figure) => figure.make(),
            Draws::Laws(figure) => figure.make(),
            Draws::Waterfall(figure) => figure.make(),
        }
    }
}

impl Made {
    /// A drawing and the rows behind it.
    fn new<T: Serialize>(svg: Svg, rows: &[T]) -> Result<Self, FigureError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        rows.iter().try_for_each(|row| writer.serialize(row))?;
        let bytes = writer.into_inner().map_err(|error| error.into_error())?;
        Ok(Self { svg, csv: String::from_utf8_lossy(&bytes).into_owned() })
    }
}
