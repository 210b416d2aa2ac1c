//! The laws of Hopper GPUs against what we measured on them (`data/README.md`).

use gpu_model::calibrate::kernel_table::{Named, named};
use gpu_model::calibrate::moe_table::{MoeTable, Shape};
use gpu_model::calibrate::{Errors, Known, Sample, fit};
use gpu_model::{CalibratedSpec, KernelLaw, Kind};

use crate::common::{gpu, known_of, law};

struct Hopper {
    gpu: &'static str,
    moe: &'static [u8],
    kernels: &'static [u8],
}

const HOPPER: [Hopper; 2] = [
    Hopper {
        gpu: "h100",
        moe: include_bytes!("data/h100_torch_moe.csv"),
        kernels: include_bytes!("data/h100_torch_kernels.csv"),
    },
    Hopper {
        gpu: "h200",
        moe: include_bytes!("data/h200_torch_moe.csv"),
        kernels: include_bytes!("data/h200_torch_kernels.csv"),
    },
];

/// Hidden and intermediate size of the experts that the laws are fitted to: the paper's three models and Qwen3-235B.
const FITTED: [(u32, u32); 4] = [(2048, 768), (2880, 2880), (4096, 1024), (4096, 1536)];

/// What is one kernel in PyTorch, and its kind: of the work per element the addition alone, whose law is that of the kind.
const ONE_KERNEL: [(&str, Kind); 4] = [
    ("dense_gemm", Kind::DenseGemm),
    ("decode_attention", Kind::DecodeAttention),
    ("prefill_attention", Kind::PrefillAttention),
    ("residual_add", Kind::Elementwise),
];

impl Hopper {
    fn law(&self) -> CalibratedSpec {
        law(&format!("{}-torch", self.gpu))
    }

    fn experts(&self) -> Vec<(Shape, Vec<Sample>)> {
        let table = MoeTable::read(self.moe).expect("a table");
        assert_eq!((table.samples.len(), table.skipped), (1, 0), "{}", self.gpu);
        table.samples.into_values().flatten().collect()
    }

    fn kernels(&self, name: &str) -> Vec<Sample> {
        let rows = named(self.kernels).expect("a table").into_iter();
        rows.filter(|row| row.kernel == name).map(|Named { sample, .. }| sample).collect()
    }

    fn of_kind(&self, kind: Kind) -> Option<KernelLaw> {
        let law = self.law();
        match kind {
            Kind::GroupedGemm => law.grouped_gemm.get("bf16").copied(),
            Kind::DenseGemm => law.dense_gemm,
            Kind::DecodeAttention => law.decode_attention,
            Kind::PrefillAttention => law.prefill_attention,
            Kind::Elementwise => law.elementwise,
        }
    }
}

/// The shipped numbers are what `sieve calibrate gpu` finds.
#[test]
fn shipped_laws_are_the_fits() {
    for hopper in &HOPPER {
        let known = known_of(hopper.gpu);
        let all = hopper.experts();
        let fitted = all.iter().filter(|(of, _)| FITTED.contains(&(of.hidden, of.intermediate)));
        let tables: Vec<&[Sample]> = fitted.map(|(_, samples)| samples.as_slice()).collect();
        assert_eq!(fit(&tables, known), hopper.of_kind(Kind::GroupedGemm), "{}", hopper.gpu);
        for (name, kind) in ONE_KERNEL {
            let samples = hopper.kernels(name);
            let tile = if kind == Kind::DenseGemm { None } else { Some(1) };
            let mut found = fit(&[&samples], Known { tile, ..known }).expect("rows");
            if kind == Kind::Elementwise {
                // An addition computes in proportion to what it moves: no row tells the one from the other.
                found.flops_per_s = gpu(hopper.gpu).peak_flops_per_s;
            }
            assert_eq!(Some(found), hopper.of_kind(kind), "{}: {name}", hopper.gpu);
        }
    }
}

/// What vLLM's tables lack is lent by the laws of PyTorch; all but prefill, of which vLLM has a faster kernel.
#[test]
fn laws_of_vllm_take_the_other_kernels_from_those_of_pytorch() {
    for Hopper { gpu, .. } in &HOPPER {
        let [vllm, torch] = ["vllm", "torch"].map(|library| law(&format!("{gpu}-{library}")));
        assert_eq!(vllm.decode_attention, torch.decode_attention);
        assert_eq!(vllm.elementwise, torch.elementwise);
        assert_eq!(vllm.missing(), ["prefill_attention"]);
    }
    assert_eq!(law("h100-vllm").dense_gemm, law("h100-torch").dense_gemm);
}

/// Mean errors, as sources and documentation state them.
#[test]
fn laws_are_as_near_as_they_say() {
    // Dense products, decode attention, prefill attention, additions.
    for (hopper, most) in
        HOPPER.iter().zip([[0.050, 0.103, 0.073, 0.044], [0.056, 0.168, 0.080, 0.019]])
    {
        for ((name, kind), most) in ONE_KERNEL.into_iter().zip(most) {
            let law = hopper.of_kind(kind).expect("a law");
            let mean = Errors::of(&law, &hopper.kernels(name)).expect("rows").mean;
            assert!((most - 0.002..most).contains(&mean), "{}, {name}: {mean:.4}", hopper.gpu);
        }
    }
}
