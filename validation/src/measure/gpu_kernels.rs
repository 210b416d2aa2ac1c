//! Kernels that were measured on GPUs against the laws of the GPU model.

use gpu_model::calibrate::kernel_table::{self, Named};
use gpu_model::calibrate::moe_table::{MoeTable, Shape};
use gpu_model::calibrate::{Sample, TableError};
use gpu_model::{Calibrated, Femtos, GpuSpec, InvalidLaw, Launch, Roofline, Terms};
use serde::{Deserialize, Serialize};
use sieve_sched::claims::Span;
use sieve_sched::config::laws::{self, GpuLaw};
use sieve_sched::config::load;

use super::MeasureError;
use crate::rows::{Compared, Measured, RowsQuantity};

/// Times of kernels on one GPU, in us, and those that a law gives; every kernel finds its operands in HBM and leaves its results
/// there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuKernels {
    gpu: MeasuredGpu,
    kernels: Kernels,
    /// `roofline`, or the name of a law.
    law: String,
    quantity: KernelsQuantity,
}

/// A GPU that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MeasuredGpu {
    H100,
    H200,
}

/// Which of its kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kernels {
    /// Every one.
    All,
    /// Expert layers of all shapes.
    Experts,
    /// Expert layers of the shapes that the shipped laws were fitted to.
    FittedExperts,
    /// Those of the others.
    OtherExperts,
    DenseGemm,
    DecodeAttention,
    PrefillAttention,
    ResidualAdd,
    RmsNorm,
    Swiglu,
}

/// Hidden and intermediate size of the experts that `h100-torch` and `h200-torch` were fitted to.
const FITTED: [(u32, u32); 4] = [(2048, 768), (2880, 2880), (4096, 1024), (4096, 1536)];

/// What is made of the times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KernelsQuantity {
    /// How near they are.
    Rows(RowsQuantity),
    /// The share of kernels that the law gives no more time than they took.
    LowerBound,
    /// The largest share of the law's bandwidth that a kernel reached.
    BandwidthReached,
    /// The largest share of the law's rate of computing that a kernel reached.
    RateReached,
}

/// A law that gives a launch its time.
enum Timed {
    Roofline(Roofline),
    Calibrated(Calibrated),
}

impl GpuKernels {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let measured: Vec<_> =
            self.gpu.measured()?.into_iter().filter(|kernel| self.kernels.has(kernel)).collect();
        let law = self.law()?;
        let row = |kernel: &MeasuredKernel| Compared {
            name: format!("{} {}", kernel.kernel, kernel.shape),
            published: kernel.sample.us,
            ours: us(law.time(&kernel.sample.launch)),
        };
        let rows: Vec<_> = measured.iter().map(row).collect();
        let reached = |term: fn(Terms) -> Femtos| {
            let of = |kernel: &MeasuredKernel| {
                us(term(law.terms(&kernel.sample.launch))) / kernel.sample.us
            };
            measured.iter().map(of).fold(f64::NAN, f64::max)
        };
        let figure = match self.quantity {
            KernelsQuantity::Rows(quantity) => return Ok(quantity.of(rows)),
            KernelsQuantity::LowerBound => {
                let below = rows.iter().filter(|row| row.ours <= row.published).count();
                below as f64 / rows.len() as f64
            }
            KernelsQuantity::BandwidthReached => reached(|terms| terms.memory),
            KernelsQuantity::RateReached => reached(|terms| terms.compute),
        };
        Ok(Measured { figure: Span::of(figure), rows })
    }

    fn law(&self) -> Result<Timed, MeasureError> {
        let gpu: GpuSpec = load("GPU", self.gpu.name(), gpu_model::PRESETS)?;
        Ok(match laws::of_gpu(self.gpu.name(), &self.law)? {
            GpuLaw::Roofline => Timed::Roofline(Roofline::new(&gpu).map_err(InvalidLaw::from)?),
            GpuLaw::Calibrated(spec) => Timed::Calibrated(Calibrated::new(&spec, &gpu, "bf16")?),
        })
    }
}

impl Timed {
    fn time(&self, launch: &Launch) -> Femtos {
        match self {
            Self::Roofline(law) => law.time(launch.work),
            Self::Calibrated(law) => law.time(launch),
        }
    }

    fn terms(&self, launch: &Launch) -> Terms {
        match self {
            Self::Roofline(law) => law.terms(launch.work),
            Self::Calibrated(law) => law.terms(launch),
        }
    }
}

/// A kernel as it was measured.
struct MeasuredKernel {
    kernel: String,
    shape: String,
    sample: Sample,
    /// Of experts.
    experts: Option<Shape>,
}

/// The tables of a GPU.
struct Tables {
    moe: &'static str,
    kernels: &'static str,
}

macro_rules! tables {
    ($gpu:literal) => {
        Tables {
            moe: include_str!(concat!("../../../gpu-model/tests/data/", $gpu, "_torch_moe.csv")),
            kernels: include_str!(concat!(
                "../../../gpu-model/tests/data/",
                $gpu,
                "_torch_kernels.csv"
            )),
        }
    };
}

impl MeasuredGpu {
    /// Of the preset.
    fn name(self) -> &'static str {
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
    fn measured(self) -> Result<Vec<MeasuredKernel>, TableError> {
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

impl Kernels {
    fn has(self, kernel: &MeasuredKernel) -> bool {
        let fitted = |shape: Shape| FITTED.contains(&(shape.hidden, shape.intermediate));
        let called = |name: &str| kernel.kernel == name;
        match self {
            Self::All => true,
            Self::Experts => kernel.experts.is_some(),
            Self::FittedExperts => kernel.experts.is_some_and(fitted),
            Self::OtherExperts => kernel.experts.is_some_and(|shape| !fitted(shape)),
            Self::DenseGemm => called("dense_gemm"),
            Self::DecodeAttention => called("decode_attention"),
            Self::PrefillAttention => called("prefill_attention"),
            Self::ResidualAdd => called("residual_add"),
            Self::RmsNorm => called("rms_norm"),
            Self::Swiglu => called("swiglu"),
        }
    }
}

fn us(time: Femtos) -> f64 {
    time.as_ticks() as f64 / 1e9
}
