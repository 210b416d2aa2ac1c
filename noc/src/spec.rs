//! What a user writes about a link: one RON file of data-sheet numbers, each with its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Presets that ship with the crate: name and RON text.
pub const PRESETS: &[(&str, &str)] = &[
    ("nvlink5", include_str!("../presets/nvlink5.ron")),
    ("nvlink4", include_str!("../presets/nvlink4.ron")),
    ("nvlink4-ib-ndr400", include_str!("../presets/nvlink4-ib-ndr400.ron")),
    ("nvlink5-ib-ndr400", include_str!("../presets/nvlink5-ib-ndr400.ron")),
    ("nvlink5-ib-xdr800", include_str!("../presets/nvlink5-ib-xdr800.ron")),
];

/// The link of a GPU to the switch, the same for all GPUs of a server; and where a server is not all, the link between servers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    /// Name in reports.
    pub name: String,
    /// Bandwidth of one GPU in each direction. Range: 1 and above.
    pub bytes_per_s: u64,
    /// Time from one GPU to another apart from bandwidth. Range: 0 to 1,000,000,000.
    pub latency_ns: u64,
    /// Energy of a bit from one GPU to another; `None` where nobody has said, and then none is reported. Range: above 0, at
    /// most 1,000,000.
    pub pj_per_bit: Option<f64>,
    /// What joins domains; without it all GPUs are one domain.
    pub between_domains: Option<BetweenDomains>,
    /// Path prefix -> where the numbers below it come from; the longest prefix wins.
    pub sources: BTreeMap<String, String>,
}

/// The network between domains of GPUs that share a switch. Each GPU has a network card of its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetweenDomains {
    /// GPUs of a domain, in order; the last domain may have fewer. Range: 1 and above.
    pub gpus_per_domain: u32,
    /// Bandwidth of the card of one GPU in each direction. Range: 1 and above.
    pub bytes_per_s: u64,
    /// Time from a GPU to one of another domain apart from bandwidth. Range: 0 to 1,000,000,000.
    pub latency_ns: u64,
    /// Energy of a bit from a GPU to one of another domain; `None` where nobody has said, and then none is reported. Range:
    /// above 0, at most 1,000,000.
    pub pj_per_bit: Option<f64>,
}

/// One contradiction in a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Dotted path of the field, as in the RON file.
    pub path: String,
    /// What was found and what is allowed.
    pub says: String,
}

/// A description that no link can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link `{name}` is not usable: {}", join(.findings))]
pub struct InvalidLink {
    /// Name of the link.
    pub name: String,
    /// Everything that is wrong with it; never empty.
    pub findings: Vec<Finding>,
}

pub(crate) fn join(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(|f| format!("{}: {}", f.path, f.says)).collect();
    lines.join("; ")
}

impl LinkSpec {
    /// The longest latency that is believed: a second.
    const LATENCY_NS_MAX: u64 = 1_000_000_000;

    /// The most energy of a bit that is believed: a microjoule.
    const PJ_PER_BIT_MAX: f64 = 1e6;

    /// Whether every number can be worked with.
    ///
    /// # Errors
    /// All findings at once.
    pub fn check(&self) -> Result<(), InvalidLink> {
        let mut limits = vec![
            ("bytes_per_s", self.bytes_per_s, 1, u64::MAX),
            ("latency_ns", self.latency_ns, 0, Self::LATENCY_NS_MAX),
        ];
        if let Some(between) = self.between_domains {
            let gpus = u64::from(between.gpus_per_domain);
            limits.extend([
                ("between_domains.gpus_per_domain", gpus, 1, u32::MAX.into()),
                ("between_domains.bytes_per_s", between.bytes_per_s, 1, u64::MAX),
                ("between_domains.latency_ns", between.latency_ns, 0, Self::LATENCY_NS_MAX),
            ]);
        }
        let mut findings: Vec<_> = limits
            .into_iter()
            .filter(|&(_, value, least, most)| !(least..=most).contains(&value))
            .map(|(path, value, least, most)| Finding {
                path: path.to_owned(),
                says: format!("{value} is outside {least} to {most}"),
            })
            .collect();
        let between = self.between_domains.and_then(|between| between.pj_per_bit);
        let energies = [("pj_per_bit", self.pj_per_bit), ("between_domains.pj_per_bit", between)];
        let given = energies.into_iter().filter_map(|(path, value)| Some((path, value?)));
        findings.extend(
            given.filter(|(_, value)| !(*value > 0.0 && *value <= Self::PJ_PER_BIT_MAX)).map(
                |(path, value)| Finding {
                    path: path.to_owned(),
                    says: format!("{value} is not above 0 and at most {}", Self::PJ_PER_BIT_MAX),
                },
            ),
        );
        if findings.is_empty() {
            return Ok(());
        }
        Err(InvalidLink { name: self.name.clone(), findings })
    }
}
