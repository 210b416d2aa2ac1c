//! The experiment for other programs.

use serde_json::{Value, json};

use super::Newton;
use crate::newton::tables::{LayerTimes, SpeedUps};
use crate::newton::{Banks, Step};
use crate::rows::Compared;

impl Newton {
    /// The same numbers, times in femtoseconds.
    #[must_use]
    pub fn json(&self) -> Value {
        let steps = self.study.steps.iter().zip(&self.ablation);
        let step = |(step, speed_ups): (&Step, &SpeedUps)| json!({ "step": step.deviation.name, "placement": step.placement, "over_host": speed_ups });
        let size = |(banks, speed_ups): &(Banks, SpeedUps)| json!({ "banks": banks, "over_host": speed_ups });
        let closed = |row: &Compared| json!({ "row": row.name, "model": row.published, "simulated": row.ours });
        let layer = |times: &LayerTimes| {
            json!({
                "layer": times.layer,
                "newton_fs": times.newton.as_ticks(),
                "host_fs": times.host.as_ticks(),
                "gpu_fs": times.gpu.as_ticks(),
            })
        };
        json!({
            "layers": self.layers.iter().map(layer).collect::<Vec<_>>(),
            "steps": steps.map(step).collect::<Vec<_>>(),
            "banks": self.sizes.iter().map(size).collect::<Vec<_>>(),
            "batches": self.batches,
            "catch_up": self.catch_up,
            "closed_model": self.closed.iter().map(closed).collect::<Vec<_>>(),
        })
    }
}
