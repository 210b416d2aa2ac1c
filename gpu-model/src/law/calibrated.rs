//! The calibrated law: launch, groups, and a smooth passage from memory-bound to compute-bound, kind by kind.
//!
//! `t = launch + groups x group + ((bytes / rate)^p + (flops / rate)^p)^(1/p)`, where rows fill whole tiles. With p = 1 memory and
//! compute times add up, with p large the longer counts, as in the roofline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Roofline, Terms};
use crate::launch::{Kind, Launch};
use crate::spec::{Finding, GpuSpec, InvalidGpu};
use crate::time::{Femtos, at_rate, sum};

/// Laws that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("b200-vllm", include_str!("../../presets/laws/b200-vllm.ron")),
    ("b200-sglang", include_str!("../../presets/laws/b200-sglang.ron")),
    ("b200-trtllm", include_str!("../../presets/laws/b200-trtllm.ron")),
    ("h200-vllm", include_str!("../../presets/laws/h200-vllm.ron")),
    ("h100-vllm", include_str!("../../presets/laws/h100-vllm.ron")),
    ("h200-torch", include_str!("../../presets/laws/h200-torch.ron")),
    ("h100-torch", include_str!("../../presets/laws/h100-torch.ron")),
];

/// The longest launch that is believed: a second.
pub(crate) const LONGEST_LAUNCH_NS: u64 = 1_000_000_000;

/// The longest time of a group that is believed: a microsecond.
pub(crate) const LONGEST_GROUP_PS: u64 = 1_000_000;

/// The law of one kind of kernel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelLaw {
    /// Time of a launch, whatever its work. Range: 0 to 1,000,000,000.
    pub launch_ns: u64,
    /// Time more for each group: an activated expert, a request of attention. Range: 0 to 1,000,000.
    pub group_ps: u64,
    /// Bytes a second between HBM and the GPU. Range: 1 and above.
    pub bytes_per_s: u64,
    /// Flops a second, padding included. Range: 1 and above.
    pub flops_per_s: u64,
    /// Rows of a group round up to a multiple of it; 1 pads nothing. Range: 1 to 4,096.
    pub tile: u32,
    /// Exponent p that joins memory and compute time: 1 adds them, the larger the more the longer one counts alone. Range: 1
    /// to 64.
    pub exponent: f64,
}

/// Laws measured on one GPU with one library of kernels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibratedSpec {
    /// Name in reports.
    pub name: String,
    /// Name of the GPU that was measured.
    pub gpu: String,
    /// Experts, by the format of their weights.
    pub grouped_gemm: BTreeMap<String, KernelLaw>,
    /// Dense products; the GPU's roofline where there is none, as for the others.
    pub dense_gemm: Option<KernelLaw>,
    /// Attention of decode.
    pub decode_attention: Option<KernelLaw>,
    /// Attention of prefill.
    pub prefill_attention: Option<KernelLaw>,
    /// Recurrent states and work per element.
    pub elementwise: Option<KernelLaw>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// The laws of one GPU for experts of one format.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    roofline: Roofline,
    laws: BTreeMap<Kind, KernelLaw>,
    /// Of grouped products, which the others are told by.
    grouped: KernelLaw,
}

/// Why a law cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLaw {
    /// The GPU contradicts itself.
    #[error(transparent)]
    Gpu(#[from] InvalidGpu),
    /// Numbers of the law are out of range.
    #[error("GPU law `{name}`: {}", list(.findings))]
    Range {
        /// Name of the law.
        name: String,
        /// Everything that is wrong with it; never empty.
        findings: Vec<Finding>,
    },
    /// Experts of this format were not measured.
    #[error("GPU law `{name}` has no grouped product of {format} weights; it has {}", known.join(", "))]
    Format {
        /// Name of the law.
        name: String,
        /// Format asked for.
        format: String,
        /// Formats that it has.
        known: Vec<String>,
    },
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(|f| format!("{}: {}", f.path, f.says)).collect::<Vec<_>>().join("; ")
}

impl KernelLaw {
    /// The parts of the time of a launch; a launch of nothing takes none.
    #[must_use]
    pub fn terms(&self, launch: &Launch) -> Terms {
        if launch.is_empty() {
            return Terms::ZERO;
        }
        let groups = launch.rows.len() as u64;
        Terms {
            fixed: Femtos::from_ticks(self.launch_ns * 1_000_000 + self.group_ps * 1000 * groups),
            memory: at_rate(launch.work.bytes, self.bytes_per_s),
            compute: at_rate(launch.flops_in_tiles(self.tile), self.flops_per_s),
        }
    }

    /// Time of a launch.
    #[must_use]
    pub fn time(&self, launch: &Launch) -> Femtos {
        self.join(self.terms(launch))
    }

    fn join(&self, Terms { fixed, memory, compute }: Terms) -> Femtos {
        let (long, short) = (memory.max(compute), memory.min(compute));
        let ratio = short.as_ticks() as f64 / (long.as_ticks() as f64).max(1.0);
        let factor = libm::pow(1.0 + libm::pow(ratio, self.exponent), 1.0 / self.exponent);
        let over = libm::ceil(long.as_ticks() as f64 * (factor - 1.0)) as u64;
        sum(fixed, sum(long, Femtos::from_ticks(over)))
    }

    fn findings(&self, path: &str) -> Vec<Finding> {
        let whole = [
            ("launch_ns", self.launch_ns, 0, LONGEST_LAUNCH_NS),
            ("group_ps", self.group_ps, 0, LONGEST_GROUP_PS),
            ("bytes_per_s", self.bytes_per_s, 1, u64::MAX),
            ("flops_per_s", self.flops_per_s, 1, u64::MAX),
            ("tile", self.tile.into(), 1, 4096),
        ];
        let whole = whole
            .into_iter()
            .filter(|&(_, value, least, most)| !(least..=most).contains(&value))
            .map(|(field, value, least, most)| Finding {
                path: format!("{path}.{field}"),
                says: format!("{value} is outside {least} to {most}"),
            });
        let exponent = (!(1.0..=64.0).contains(&self.exponent)).then(|| Finding {
            path: format!("{path}.exponent"),
            says: format!("{} is outside 1 to 64", self.exponent),
        });
        whole.chain(exponent).collect()
    }
}

impl CalibratedSpec {
    /// Whether every number can be worked with.
    ///
    /// # Errors
    /// All findings at once.
    pub fn check(&self) -> Result<(), InvalidLaw> {
        let grouped =
            self.grouped_gemm.iter().map(|(format, law)| (format!("grouped_gemm.{format}"), law));
        let others = self
            .others()
            .into_iter()
            .filter_map(|(_, path, law)| law.as_ref().map(|law| (path.to_owned(), law)));
        let findings: Vec<_> =
            grouped.chain(others).flat_map(|(path, law)| law.findings(&path)).collect();
        if findings.is_empty() {
            return Ok(());
        }
        Err(InvalidLaw::Range { name: self.name.clone(), findings })
    }

    /// Kinds of kernels that it says nothing of.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let others = self.others().into_iter();
        others.filter(|(_, _, law)| law.is_none()).map(|(_, path, _)| path).collect()
    }

    /// The fastest rate at which any of its kernels moves bytes.
    #[must_use]
    pub fn fastest_bytes_per_s(&self) -> u64 {
        let others = self.others().into_iter().filter_map(|(_, _, law)| law.as_ref());
        self.grouped_gemm.values().chain(others).map(|law| law.bytes_per_s).max().unwrap_or(0)
    }

    fn others(&self) -> [(Kind, &'static str, &Option<KernelLaw>); 4] {
        [
            (Kind::DenseGemm, "dense_gemm", &self.dense_gemm),
            (Kind::DecodeAttention, "decode_attention", &self.decode_attention),
            (Kind::PrefillAttention, "prefill_attention", &self.prefill_attention),
            (Kind::Elementwise, "elementwise", &self.elementwise),
        ]
    }
}

impl Calibrated {
    /// The laws for a GPU that serves experts of that weight format; what was not measured follows the GPU's roofline.
    ///
    /// # Errors
    /// Numbers out of range, and a format without a law.
    pub fn new(spec: &CalibratedSpec, gpu: &GpuSpec, format: &str) -> Result<Self, InvalidLaw> {
        spec.check()?;
        let roofline = Roofline::new(gpu)?;
        let grouped = *spec.grouped_gemm.get(format).ok_or_else(|| InvalidLaw::Format {
            name: spec.name.clone(),
            format: format.to_owned(),
            known: spec.grouped_gemm.keys().cloned().collect(),
        })?;
        let others = spec.others().into_iter().filter_map(|(kind, _, law)| Some((kind, (*law)?)));
        let laws = others.chain([(Kind::GroupedGemm, grouped)]).collect();
        Ok(Self { roofline, laws, grouped })
    }

    /// The parts of the time of a launch.
    #[must_use]
    pub fn terms(&self, launch: &Launch) -> Terms {
        match self.laws.get(&launch.kind) {
            Some(law) => law.terms(launch),
            None => self.roofline.terms(launch.work),
        }
    }

    /// Time of a launch.
    #[must_use]
    pub fn time(&self, launch: &Launch) -> Femtos {
        match self.laws.get(&launch.kind) {
            Some(law) => law.time(launch),
            None => self.roofline.time(launch.work),
        }
    }

    /// What launching a kernel of that kind takes.
    #[must_use]
    pub fn launching(&self, kind: Kind) -> Terms {
        let ns = self.laws.get(&kind).map_or(0, |law| law.launch_ns);
        Terms { fixed: Femtos::from_nanos(ns), ..Terms::ZERO }
    }

    /// Time of all that has these terms, joined as grouped products are.
    #[must_use]
    pub fn expected(&self, terms: Terms) -> Femtos {
        self.grouped.join(terms)
    }
}
