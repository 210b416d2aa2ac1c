//! What we measured, from the tables of the GPU model.

use gpu_model::calibrate::kernel_table::{self, Named};
use gpu_model::calibrate::moe_table::{MoeTable, Shape};
use gpu_model::calibrate::{Sample, TableError};
use serde::{Deserialize, Serialize};

/// A GPU that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MeasuredGpu {
    H100,
    H200,
}

/// A kernel as it was measured.
pub(super) struct MeasuredKernel {
    pub(super) kernel: String,
    pub(super) shape: String,
    pub(super) sample: Sample,
    /// Of experts.
    pub(super) experts: Option<Shape>,
}

/// The tables of a GPU.
struct Tables {
    moe: &'static str,
    kernels: &'static str,
}

macro_rules! tables {
    ($gpu:literal) => {
        Tables {
            moe: include_str!(concat!("../../../../gpu-model/tests/data/", $gpu, "_torch_moe.csv")),
            kernels: include_str!(concat!(
                "../../../../gpu-model/tests/data/",
                $gpu,
                "_torch_kernels.csv"
            )),
        }
    };
}

impl MeasuredGpu {
    /// Of the preset.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::H100 => "h100",
            Self::H200 => "h200",
        }
    }

    fn tables(self) -> Tables {
        match self {
            Self::H100 => tables!("h100"),
            Self::H200 => tables!("h200"),
        }
    }

    /// Everything that was measured on it.
    pub(super) fn measured(self) -> Result<Vec<MeasuredKernel>, TableError> {
        let Tables { moe, kernels } = self.tables();
        let shapes = MoeTable::read(moe.as_bytes())?.samples.into_values().flatten();
        let experts = shapes.flat_map(|(shape, samples)| {
            samples.into_iter().map(move |sample| MeasuredKernel::of_experts(shape, sample))
        });
        let others = kernel_table::named(kernels.as_bytes())?.into_iter().map(|row| {
            let Named { kernel, shape, sample } = row;
            MeasuredKernel { kernel, shape, sample, experts: None }
        });
        Ok(experts.chain(others).collect())
    }
}

impl MeasuredKernel {
    fn of_experts(shape: Shape, sample: Sample) -> Self {
        let Shape { hidden, intermediate, top_k, experts } = shape;
        let tokens = sample.launch.rows.iter().sum::<u32>() / top_k;
        Self {
            kernel: "experts".to_owned(),
            shape: format!("{hidden}x{intermediate}, {top_k} of {experts}, tokens {tokens}"),
            sample,
            experts: Some(shape),
        }
    }
}
