//! Kernels that were measured on GPUs against the laws of the GPU model.

mod tables;

use std::slice;

use gpu_model::calibrate::moe_table::Shape;
use gpu_model::{Calibrated, Femtos, GpuSpec, InvalidLaw, Launch, Law, Roofline, Terms};
use serde::{Deserialize, Serialize};
use sieve_sched::claims::Span;
use sieve_sched::config::laws::{self, GpuLaw};
use sieve_sched::config::load;

use self::tables::{MeasuredGpu, MeasuredKernel};
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

impl GpuKernels {
    pub(super) fn take(&self) -> Result<Measured, MeasureError> {
        let measured: Vec<_> =
            self.gpu.measured()?.into_iter().filter(|kernel| self.kernels.has(kernel)).collect();
        let law = law(self.gpu.name(), &self.law)?;
        let row = |kernel: &MeasuredKernel| Compared {
            name: format!("{} {}", kernel.kernel, kernel.shape),
            published: kernel.sample.us,
            ours: us(&law, &kernel.sample.launch),
        };
        let rows: Vec<_> = measured.iter().map(row).collect();
        let reached = |term: fn(Terms) -> Femtos| {
            let of = |kernel: &MeasuredKernel| {
                in_us(term(law.terms(slice::from_ref(&kernel.sample.launch)))) / kernel.sample.us
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
        // Not how near the rows are.
        Ok(Measured { figure: Span::of(figure), rows: Vec::new() })
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

/// `roofline` or the law of that name for a GPU with weights in bf16.
pub(super) fn law(gpu: &str, name: &str) -> Result<Law, MeasureError> {
    let spec: GpuSpec = load("GPU", gpu, gpu_model::PRESETS)?;
    Ok(match laws::of_gpu(gpu, name)? {
        GpuLaw::Roofline => Law::Roofline(Roofline::new(&spec).map_err(InvalidLaw::from)?),
        GpuLaw::Calibrated(law) => Law::Calibrated(Box::new(Calibrated::new(&law, &spec, "bf16")?)),
    })
}

/// Time of one launch by a law, HBM being as fast as the law takes it to be, us.
pub(super) fn us(law: &Law, launch: &Launch) -> f64 {
    in_us(match law {
        Law::Roofline(law) => law.time(launch.work),
        Law::Calibrated(law) => law.time(launch),
    })
}

fn in_us(time: Femtos) -> f64 {
    time.as_ticks() as f64 / 1e9
}
