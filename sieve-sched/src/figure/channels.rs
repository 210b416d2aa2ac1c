//! How evenly the channels of a GPU work for experts.

use serde::{Deserialize, Serialize};

use super::{FigureError, Made, Replays};
use crate::chart::{HeatMap, HeatPanel};
use crate::run::Results;
use crate::time::micros;

/// A panel per method and batch: a row of cells per stack, a cell per command channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// What is replayed, of one model.
    pub replay: Replays,
    /// Channels in a row of cells: those of a stack.
    pub per_row: usize,
}

/// A channel of the first GPU.
#[derive(Serialize)]
struct Row<'a> {
    /// Method.
    method: &'a str,
    /// Requests of the batch.
    batch: u32,
    /// HBM stack of the first GPU.
    stack: usize,
    /// Pseudo-channel of the stack.
    channel: usize,
    /// Time that it spends on experts, warm-up included.
    experts_us: f64,
    /// That time over the one of the busiest channel. Unit: 0 to 1.
    of_busiest: f64,
}

impl Channels {
    pub(super) fn make(&self, results: &[Results]) -> Result<Made, FigureError> {
        let mut rows = Vec::new();
        let mut panels = Vec::new();
        let points = || results.iter().flat_map(|results| &results.points);
        for method in &self.replay.methods {
            for point in points().filter(|point| point.method == *method) {
                let channels = point.channel_busy.len();
                if self.per_row == 0 || !channels.is_multiple_of(self.per_row) {
                    return Err(FigureError::Field {
                        field: "per_row",
                        found: self.per_row.to_string(),
                        allowed: format!("a divisor of the {channels} channels of a GPU"),
                    });
                }
                let busiest = point.channel_busy.iter().copied().max().map_or(0.0, micros);
                let share = |us: f64| if busiest > 0.0 { us / busiest } else { 0.0 };
                let traits = method.traits();
                let busy: Vec<f64> = point.channel_busy.iter().map(|&time| micros(time)).collect();
                rows.extend(busy.iter().enumerate().map(|(channel, &experts_us)| Row {
                    method: traits.name,
                    batch: point.batch,
                    stack: channel / self.per_row,
                    channel: channel % self.per_row,
                    experts_us,
                    of_busiest: share(experts_us),
                }));
                let cells = busy.chunks(self.per_row);
                panels.push(HeatPanel {
                    title: format!("{}, {} requests", traits.title, point.batch),
                    rows: cells.map(|row| row.iter().map(|&us| share(us)).collect()).collect(),
                });
            }
        }
        let map = HeatMap {
            label: "Time spent on experts, over that of the busiest channel".into(),
            x: "Channel of the stack".into(),
            y: "Stack".into(),
            panels,
        };
        Made::new(map.svg()?, &rows)
    }
}
