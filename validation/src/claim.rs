//! A claim: what was published, how well that is known, and what of the model it is compared with.

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};
use sieve_sched::config::ConfigError;
use thiserror::Error;

use crate::imported::imported;
use crate::measure::Measure;

/// Claims that ship with the crate: file and RON text, a list of [`Claim`]s.
pub const CLAIMS: &[(&str, &str)] = &[
    ("table1.ron", include_str!("../claims/table1.ron")),
    ("activation.ron", include_str!("../claims/activation.ron")),
    ("r8.ron", include_str!("../claims/r8.ron")),
    ("aim.ron", include_str!("../claims/aim.ron")),
    ("cent.ron", include_str!("../claims/cent.ron")),
    ("ianus.ron", include_str!("../claims/ianus.ron")),
    ("attacc.ron", include_str!("../claims/attacc.ron")),
    ("hbm-pim.ron", include_str!("../claims/hbm-pim.ron")),
    ("duplex.ron", include_str!("../claims/duplex.ron")),
    ("neupims.ron", include_str!("../claims/neupims.ron")),
    ("papi.ron", include_str!("../claims/papi.ron")),
    ("pimoe.ron", include_str!("../claims/pimoe.ron")),
    ("newton.ron", include_str!("../claims/newton.ron")),
    ("rh-plus.ron", include_str!("../claims/rh-plus.ron")),
    ("timing.ron", include_str!("../claims/timing.ron")),
    ("peers.ron", include_str!("../claims/peers.ron")),
    ("gpu.ron", include_str!("../claims/gpu.ron")),
];

/// One published figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Name, unique; dotted so that a prefix selects a group.
    pub id: String,
    /// What is claimed, in one sentence.
    pub statement: String,
    /// Paper and the table, figure or section in it; of our own measurements the data.
    pub source: String,
    /// How well the source is known.
    pub trust: Trust,
    /// How much agreement can be asked for.
    pub tier: Tier,
    /// What happens when it does not hold.
    pub status: Status,
    /// What of the model it is compared with; nothing where a part of it is not modelled.
    pub measure: Option<Measure>,
    /// Unit of `published`.
    pub unit: Unit,
    /// The figure.
    pub published: Published,
    /// How far ours may be from it.
    pub tolerance: Tolerance,
}

/// How a published figure came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// Read in the full primary text.
    Primary,
    /// Read in the authors' own code or data.
    Repository,
    /// Only the primary's abstract was read.
    Abstract,
    /// Quoted by somebody else.
    Quoted,
    /// Full text in an abridged or translated copy.
    Abridged,
    /// From memory; to be checked before it may be enforced.
    Recollection,
    /// Arithmetic on figures of the first two kinds.
    Derived,
    /// Measured by ourselves, on hardware; the data is in this repository.
    Measured,
}

/// How much agreement a claim can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Follows from the parameters alone.
    Identity,
    /// Another simulator's result on a configuration that is fully known.
    OtherSimulator,
    /// A published ratio with enough of its configuration.
    PublishedRatio,
    /// A headline without enough of its configuration.
    Band,
}

/// What a claim does to the outcome of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It must hold.
    Enforced,
    /// It does not hold, for this reason, and must go on not to hold until this status is changed.
    KnownGap(String),
    /// It is reported and never judged.
    Band,
    /// There is nothing to compare it with, since this part is not modelled.
    NotModelled(String),
}

/// Units of claims. Measurements are in bytes, operations, seconds, cycles or plain numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// A quotient of two like quantities.
    Ratio,
    /// Operations for each byte.
    OpsPerByte,
    /// Clocks of the device.
    Cycles,
    /// Nanoseconds.
    Ns,
    /// 10^9 bytes a second.
    GbPerS,
    /// 10^12 bytes a second.
    TbPerS,
    /// 10^12 operations a second.
    TopPerS,
    /// 2^30 bytes.
    Gib,
    /// Hundredths.
    Percent,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Tokens a second.
    TokensPerS,
}

/// A published figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Published {
    /// A number.
    Value(f64),
    /// Ours is to lie from the first to the second.
    Range(f64, f64),
    /// Ours has two ends, between which all from the first to the second is to lie.
    Spanned(f64, f64),
    /// Ours is to be no larger.
    AtMost(f64),
    /// Ours is to be no smaller.
    AtLeast(f64),
    /// No number, but these words.
    Said(String),
}

/// How far from the published figure still counts as agreement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// Equal, but for the rounding of floating-point numbers.
    Exact,
    /// This share of the published figure.
    Relative(f64),
}

/// A shipped file of claims that does not parse.
#[derive(Debug, Error)]
pub enum ClaimsError {
    /// One of this crate.
    #[error("claims/{file}: {error}")]
    File {
        /// The file.
        file: &'static str,
        /// Where and why.
        error: ron::error::SpannedError,
    },
    /// That of the claims on Sieve.
    #[error(transparent)]
    Imported(ConfigError),
}

impl Claim {
    /// Every shipped claim: those of [`CLAIMS`] in its order, then those on Sieve.
    ///
    /// # Errors
    /// A file that does not parse.
    pub fn shipped() -> Result<Vec<Self>, ClaimsError> {
        // A measurement's parameters are written in its own parentheses, `peak(device: ..)`, and not in those of an option.
        let ron = ron::Options::default()
            .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
            .with_default_extension(Extensions::IMPLICIT_SOME);
        let mut claims = Vec::new();
        for &(file, text) in CLAIMS {
            let of_file: Vec<Self> =
                ron.from_str(text).map_err(|error| ClaimsError::File { file, error })?;
            claims.extend(of_file);
        }
        claims.extend(imported().map_err(ClaimsError::Imported)?);
        Ok(claims)
    }
}

impl Trust {
    /// Its tag in tables.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Primary => "P",
            Self::Repository => "A",
            Self::Abstract => "B",
            Self::Quoted => "S",
            Self::Abridged => "P~",
            Self::Recollection => "R",
            Self::Derived => "D",
            Self::Measured => "M",
        }
    }
}

impl Tier {
    /// Every tier, the strictest first.
    pub const ALL: [Self; 4] =
        [Self::Identity, Self::OtherSimulator, Self::PublishedRatio, Self::Band];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::OtherSimulator => "other_simulator",
            Self::PublishedRatio => "published_ratio",
            Self::Band => "band",
        }
    }
}

impl Status {
    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::KnownGap(_) => "known_gap",
            Self::Band => "band",
            Self::NotModelled(_) => "not_modelled",
        }
    }

    /// Why it does not hold or is not compared.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::KnownGap(reason) | Self::NotModelled(reason) => Some(reason),
            Self::Enforced | Self::Band => None,
        }
    }
}

impl Unit {
    /// Its sign in tables; empty for plain counts.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Count => "",
            Self::Ratio => "x",
            Self::OpsPerByte => "op/B",
            Self::Cycles => "cycles",
            Self::Ns => "ns",
            Self::GbPerS => "GB/s",
            Self::TbPerS => "TB/s",
            Self::TopPerS => "Top/s",
            Self::Gib => "GiB",
            Self::Percent => "%",
            Self::Us => "us",
            Self::Ms => "ms",
            Self::TokensPerS => "tokens/s",
        }
    }

    /// How many of what is measured make one of it.
    #[must_use]
    pub fn scale(self) -> f64 {
        match self {
            Self::Count | Self::Ratio | Self::OpsPerByte | Self::Cycles | Self::TokensPerS => 1.0,
            Self::Percent => 0.01,
            Self::Ns => 1e-9,
            Self::Us => 1e-6,
            Self::Ms => 1e-3,
            Self::GbPerS => 1e9,
            Self::TbPerS | Self::TopPerS => 1e12,
            Self::Gib => f64::from(1 << 30),
        }
    }
}
