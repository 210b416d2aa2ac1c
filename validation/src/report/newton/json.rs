//! The experiment for other programs.

use serde::Serialize;

use super::Newton;
use crate::newton::tables::{Batch, CatchUp, SpeedUps};
use crate::newton::{Banks, Layer, Placement};

/// All that the page shows.
#[derive(Serialize)]
pub struct Report<'a> {
    /// Every layer with one vector.
    layers: Vec<Times<'a>>,
    /// One measure of Newton after the other.
    steps: Vec<Step<'a>>,
    /// Channels of other sizes.
    banks: Vec<Size<'a>>,
    /// Several vectors.
    batches: &'a [Batch],
    /// Vectors from which on others are no slower than Newton, in the mean; `null` where they are slower with all of up to 64.
    catch_up: CatchUp,
    /// Rows of a bank, by Newton's formula and by ours.
    closed_model: Vec<Row<'a>>,
}

/// A layer.
#[derive(Serialize)]
struct Times<'a> {
    /// The product.
    layer: &'a Layer,
    /// Time of Newton.
    newton_fs: u64,
    /// Time of a host that reads every weight once at the peak rate of the channels.
    host_fs: u64,
    /// Time of the GPU at its roofline.
    gpu_fs: u64,
}

/// A state of the device between plain commands and all of Newton.
#[derive(Serialize)]
struct Step<'a> {
    /// What is otherwise in this step and in all before.
    step: &'a str,
    /// Where weights lie.
    placement: Placement,
    /// Speed-ups over the ideal host.
    over_host: &'a SpeedUps,
}

/// Channels of one size.
#[derive(Serialize)]
struct Size<'a> {
    /// Banks of a channel.
    banks: Banks,
    /// Speed-ups over the ideal host.
    over_host: &'a SpeedUps,
}

/// A row of a bank in both models.
#[derive(Serialize)]
struct Row<'a> {
    /// Banks, and the distance of two activations.
    row: &'a str,
    /// Speed-up by the formula.
    model: f64,
    /// Speed-up command by command.
    simulated: f64,
}

impl Newton {
    /// The same numbers.
    #[must_use]
    pub fn json(&self) -> Report<'_> {
        let steps = self.study.steps.iter().zip(&self.ablation);
        Report {
            layers: (self.layers.iter())
                .map(|times| Times {
                    layer: &times.layer,
                    newton_fs: times.newton.as_ticks(),
                    host_fs: times.host.as_ticks(),
                    gpu_fs: times.gpu.as_ticks(),
                })
                .collect(),
            steps: steps
                .map(|(step, over_host)| Step {
                    step: &step.deviation.name,
                    placement: step.placement,
                    over_host,
                })
                .collect(),
            banks: self
                .sizes
                .iter()
                .map(|(banks, over_host)| Size { banks: *banks, over_host })
                .collect(),
            batches: &self.batches,
            catch_up: self.catch_up,
            closed_model: (self.closed.iter())
                .map(|row| Row { row: &row.name, model: row.published, simulated: row.ours })
                .collect(),
        }
    }
}
