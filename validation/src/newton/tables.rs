//! What comes out of the experiment.

use pim_dram::device::Device;
use pim_dram::spec::DeviceSpec;
use pim_dram::time::Femtos;
use serde::Serialize;

use super::time::{geomean, gpu, ideal_host, on_gpu, product, ratio};
use super::{Banks, Placement, Study};
use crate::measure::MeasureError;
use crate::presets::Presets;

/// Times of one vector.
#[derive(Clone, Debug)]
pub struct LayerTimes {
    /// The layer.
    pub layer: super::Layer,
    /// Newton, in femtoseconds like all of them.
    pub newton: Femtos,
    /// The ideal host.
    pub host: Femtos,
    /// The GPU.
    pub gpu: Femtos,
}

/// Speed-ups over the ideal host of a device and placement.
#[derive(Clone, Debug, Serialize)]
pub struct SpeedUps {
    /// In the order of the layers.
    pub layers: Vec<f64>,
    /// Their geometric mean.
    pub mean: f64,
    /// Commands of one channel for all layers.
    pub commands: u64,
    /// Bursts of vectors among them.
    pub vector_bursts: u64,
}

/// Geometric means over the layers of so many vectors of each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Batch {
    /// Vectors.
    pub vectors: u32,
    /// Newton over the ideal host.
    pub over_host: f64,
    /// The same with rows that stay open for several vectors.
    pub rows_open_over_host: f64,
    /// Newton over the GPU's roofline.
    pub over_gpu: f64,
}

/// Vectors from which on the other is no slower than Newton, by the geometric mean over the layers; `None` if that takes more than
/// [`MOST_VECTORS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CatchUp {
    /// The ideal host.
    pub host: Option<u32>,
    /// The GPU at its roofline.
    pub gpu: Option<u32>,
}

/// Vectors beyond which nobody looks.
pub const MOST_VECTORS: u32 = 64;

impl Study {
    /// Every layer with one vector.
    ///
    /// # Errors
    /// A device that does not resolve, a layer that does not fit.
    pub fn layers(&self, presets: &Presets) -> Result<Vec<LayerTimes>, MeasureError> {
        let device = Device::new(&self.spec(presets)?)?;
        let gpu = gpu(&self.gpu)?;
        let times = |layer: &super::Layer| {
            Ok(LayerTimes {
                newton: product(&device, layer.matrix(), 1, Placement::Planned)?.time,
                host: ideal_host(&device, layer.matrix()),
                gpu: on_gpu(&gpu, layer.matrix(), 1),
                layer: layer.clone(),
            })
        };
        self.layers.iter().map(times).collect()
    }

    /// One measure after the other, in the order of the steps.
    ///
    /// # Errors
    /// As [`Study::layers`].
    pub fn ablation(&self, presets: &Presets) -> Result<Vec<SpeedUps>, MeasureError> {
        let base = self.spec(presets)?;
        self.steps
            .iter()
            .map(|step| self.speed_ups(&step.on(base.clone()), step.placement))
            .collect()
    }

    /// Channels of other sizes.
    ///
    /// # Errors
    /// As [`Study::layers`].
    pub fn sizes(&self, presets: &Presets) -> Result<Vec<(Banks, SpeedUps)>, MeasureError> {
        let base = self.spec(presets)?;
        let of = |&banks: &Banks| {
            Ok((banks, self.speed_ups(&banks.on(base.clone()), Placement::Planned)?))
        };
        self.banks.iter().map(of).collect()
    }

    fn speed_ups(&self, spec: &DeviceSpec, placement: Placement) -> Result<SpeedUps, MeasureError> {
        let device = Device::new(spec)?;
        let (mut layers, mut commands, mut vector_bursts) = (Vec::new(), 0, 0);
        for layer in &self.layers {
            let newton = product(&device, layer.matrix(), 1, placement)?;
            layers.push(ratio(ideal_host(&device, layer.matrix()), newton.time));
            let issued = &newton.tally.commands;
            commands += issued.iter().sum::<u64>();
            vector_bursts += issued[usize::from(device.roles.write_vector.0)];
        }
        Ok(SpeedUps { mean: geomean(&layers), layers, commands, vector_bursts })
    }

    /// Per layer, over the ideal host.
    fn over_host(
        &self,
        device: &Device,
        vectors: u32,
        placement: Placement,
    ) -> Result<Vec<f64>, MeasureError> {
        let of = |layer: &super::Layer| {
            let newton = product(device, layer.matrix(), vectors, placement)?;
            Ok(ratio(ideal_host(device, layer.matrix()), newton.time))
        };
        self.layers.iter().map(of).collect()
    }

    /// Per layer, over the GPU.
    fn over_gpu(&self, device: &Device, vectors: u32) -> Result<Vec<f64>, MeasureError> {
        let gpu = gpu(&self.gpu)?;
        let of = |layer: &super::Layer| {
            let newton = product(device, layer.matrix(), vectors, Placement::Planned)?;
            Ok(ratio(on_gpu(&gpu, layer.matrix(), vectors), newton.time))
        };
        self.layers.iter().map(of).collect()
    }

    /// More and more vectors.
    ///
    /// # Errors
    /// As [`Study::layers`].
    pub fn batches(&self, presets: &Presets) -> Result<Vec<Batch>, MeasureError> {
        let device = Device::new(&self.spec(presets)?)?;
        let of = |&vectors: &u32| {
            let over = |placement| {
                Ok::<_, MeasureError>(geomean(&self.over_host(&device, vectors, placement)?))
            };
            Ok(Batch {
                vectors,
                over_host: over(Placement::Planned)?,
                rows_open_over_host: over(Placement::RowsOpen)?,
                over_gpu: geomean(&self.over_gpu(&device, vectors)?),
            })
        };
        self.batches.iter().map(of).collect()
    }

    /// Where host and GPU catch up.
    ///
    /// # Errors
    /// As [`Study::layers`].
    pub fn catch_up(&self, presets: &Presets) -> Result<CatchUp, MeasureError> {
        let device = Device::new(&self.spec(presets)?)?;
        let host = |vectors| self.over_host(&device, vectors, Placement::Planned);
        let gpu = |vectors| self.over_gpu(&device, vectors);
        Ok(CatchUp { host: first_no_faster(host)?, gpu: first_no_faster(gpu)? })
    }
}

/// The fewest vectors whose geometric mean is at most 1. Ratios fall with each vector, as Newton takes longer.
fn first_no_faster(
    ratios: impl Fn(u32) -> Result<Vec<f64>, MeasureError>,
) -> Result<Option<u32>, MeasureError> {
    for vectors in 1..=MOST_VECTORS {
        if geomean(&ratios(vectors)?) <= 1.0 {
            return Ok(Some(vectors));
        }
    }
    Ok(None)
}
