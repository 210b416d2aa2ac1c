//! What a user writes about a GPU: one RON file of data-sheet numbers, each with its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("b200", include_str!("../presets/b200.ron")),
    ("h200", include_str!("../presets/h200.ron")),
    ("h100", include_str!("../presets/h100.ron")),
    ("a100", include_str!("../presets/a100.ron")),
    ("titan-v", include_str!("../presets/titan-v.ron")),
];

/// A GPU and its HBM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuSpec {
    /// Name in reports.
    pub name: String,
    /// Peak rate of dense FP16 matrix products; a multiply-add is two. Range: 1 and above.
    pub peak_flops_per_s: u64,
    /// Peak bandwidth between HBM and the GPU. Range: 1 and above.
    pub hbm_bytes_per_s: u64,
    /// HBM capacity without PIM units. Range: 1 and above.
    pub hbm_capacity_bytes: u64,
    /// Energy of what it does; `None` where nobody has said, and then none is reported.
    pub energy: Option<GpuEnergySpec>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// What a GPU without its HBM draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GpuEnergySpec {
    /// A floating-point operation of a matrix product. Range: above 0, at most 1,000,000.
    pub flop_pj: f64,
    /// A byte from HBM on its way through the caches to the registers, once. Range: above 0, at most 1,000,000.
    pub on_chip_pj_per_byte: f64,
    /// Power whatever it does, HBM apart. Range: above 0, at most 1,000,000.
    pub static_w: f64,
    /// The most that it may draw, HBM included: the thermal design power. Range: above 0, at most 1,000,000.
    pub limit_w: f64,
}

/// One contradiction in a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Dotted path of the field, as in the RON file.
    pub path: String,
    /// What was found and what is allowed.
    pub says: String,
}

/// A description that no GPU can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gpu `{name}` is not usable: {}", join(.findings))]
pub struct InvalidGpu {
    /// Name of the GPU.
    pub name: String,
    /// Everything that is wrong with it; never empty.
    pub findings: Vec<Finding>,
}

fn join(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(|f| format!("{}: {}", f.path, f.says)).collect();
    lines.join("; ")
}

impl GpuSpec {
    /// Whether every number can be worked with.
    ///
    /// # Errors
    /// All findings at once.
    pub fn check(&self) -> Result<(), InvalidGpu> {
        let positive = [
            ("peak_flops_per_s", self.peak_flops_per_s),
            ("hbm_bytes_per_s", self.hbm_bytes_per_s),
            ("hbm_capacity_bytes", self.hbm_capacity_bytes),
        ];
        let mut findings: Vec<_> = positive
            .into_iter()
            .filter(|&(_, value)| value == 0)
            .map(|(path, _)| Finding { path: path.to_owned(), says: "0 is below 1".to_owned() })
            .collect();
        findings.extend(self.energy.iter().flat_map(GpuEnergySpec::findings));
        if findings.is_empty() {
            return Ok(());
        }
        Err(InvalidGpu { name: self.name.clone(), findings })
    }
}

impl GpuEnergySpec {
    /// Largest number of any field: a megawatt, a microjoule a byte. It keeps sums far from the end of their integers.
    const MOST: f64 = 1e6;

    /// A forgotten number must not become a silent zero.
    fn findings(&self) -> impl Iterator<Item = Finding> {
        let fields = [
            ("energy.flop_pj", self.flop_pj),
            ("energy.on_chip_pj_per_byte", self.on_chip_pj_per_byte),
            ("energy.static_w", self.static_w),
            ("energy.limit_w", self.limit_w),
        ];
        let fits = |value: f64| value > 0.0 && value <= Self::MOST;
        fields.into_iter().filter(move |&(_, value)| !fits(value)).map(|(path, value)| Finding {
            path: path.to_owned(),
            says: format!("{value} is not above 0 and at most {}", Self::MOST),
        })
    }
}
