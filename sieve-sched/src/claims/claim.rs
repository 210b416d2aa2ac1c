//! A claim: what the paper says, and the figures by which it is judged.

use serde::{Deserialize, Serialize};

use super::target::{Span, Target};
use crate::config::{ConfigError, load};
use crate::method::Method;

/// The shipped claims.
const CLAIMS: &[(&str, &str)] = &[("claims", include_str!("../../presets/claims.ron"))];

/// One claim of the paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its name, R1 to R9.
    pub id: String,
    /// What is claimed, in one sentence.
    pub statement: String,
    /// Paper and the section in it.
    pub source: String,
    /// What it is judged by, or what is reported beside.
    pub rows: Vec<Row>,
}

/// One figure of a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Model preset.
    pub model: String,
    /// What is measured.
    pub quantity: Quantity,
    /// What was published, in the paper's terms.
    pub published: String,
    /// When it holds; without, it is reported.
    pub target: Option<Target>,
    /// What is known of a miss.
    pub cause: Option<String>,
}

/// What of a model is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Quantity {
    /// From Sieve / PIMoE-TP to Sieve / PIMoE, in throughput and, at one batch, in interactivity alike.
    Gain(At),
    /// The same of interactivity at equal throughput, where it is largest.
    GainAtEqualThroughput,
    /// Largest over least throughput, less 1, of Sieve, AllExp and a form of PIMoE.
    Spread {
        /// The form of PIMoE.
        prior: Method,
        /// Requests.
        batch: u32,
    },
    /// Tokens for which an expert takes as long on PIM as its weights take to the GPU.
    BreakEven,
    /// Growth of a method's throughput, as a share.
    Growth {
        /// The method.
        method: Method,
        /// From this batch.
        from: u32,
        /// To this one.
        to: u32,
    },
    /// Interactivity of a method over that at the next smaller batch, where it is largest.
    Fall {
        /// The method.
        method: Method,
    },
    /// Throughput of the best baseline over that of Sieve, where it is largest.
    Rival(Among),
    /// Points at which GPU-Only, another setting or both change who is first.
    Winners,
    /// Throughput over that of NoExp with prefill beside decode.
    Mixed {
        /// The method.
        method: Method,
        /// Requests.
        batch: u32,
        /// Tokens of a prompt.
        prompt: u32,
    },
    /// Standard deviation over mean of the time that channels spend on experts.
    Variation {
        /// The method.
        method: Method,
    },
    /// Simulated time of an expert on PIM over its roofline time.
    OverRoofline,
    /// Mean relative error of the cost table's entries, over the experts on PIM in the last of so many iterations.
    TableError {
        /// What an entry is compared with.
        against: Against,
        /// Whether the GPU reads beside.
        host_traffic: bool,
        /// Requests.
        batch: u32,
        /// Iterations.
        iterations: u32,
    },
}

/// Which baselines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Those with PIM.
    Pim,
    /// GPU-Only too.
    All,
}

/// Where on a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// A number of requests.
    Batch(u32),
    /// Wherever it is largest.
    Best,
}

/// What an entry of the cost table is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The mean time of the experts with its count.
    Count,
    /// The time of each expert.
    Expert,
}

impl Claim {
    /// The methods that claims compare.
    pub const METHODS: [Method; 6] = [
        Method::GpuOnly,
        Method::Noexp,
        Method::Allexp,
        Method::Pimoe,
        Method::PimoeTp,
        Method::Sieve,
    ];

    /// The shipped claims.
    ///
    /// # Errors
    /// A file that does not parse.
    pub fn shipped() -> Result<Vec<Self>, ConfigError> {
        load("set of claims", "claims", CLAIMS)
    }

    /// What claims ask of a model.
    pub(super) fn quantities<'a>(
        claims: &'a [Self],
        model: &'a str,
    ) -> impl Iterator<Item = &'a Quantity> {
        let rows = claims.iter().flat_map(|claim| &claim.rows);
        rows.filter(move |row| row.model == model).map(|row| &row.quantity)
    }

    /// The models that claims are about, in their order.
    #[must_use]
    pub fn models(claims: &[Self]) -> Vec<&str> {
        let mut models: Vec<&str> = Vec::new();
        for row in claims.iter().flat_map(|claim| &claim.rows) {
            if !models.contains(&row.model.as_str()) {
                models.push(&row.model);
            }
        }
        models
    }
}

impl Quantity {
    /// What it is, in a few words.
    #[must_use]
    pub fn text(&self) -> String {
        let name = |method: &Method| method.traits().title;
        match self {
            Self::Gain(At::Batch(batch)) => {
                format!("Sieve / PIMoE-TP to Sieve / PIMoE, B = {batch}")
            }
            Self::Gain(At::Best) => {
                "Sieve / PIMoE-TP to Sieve / PIMoE, each at its best batch".to_owned()
            }
            Self::GainAtEqualThroughput => {
                "Sieve / PIMoE-TP to Sieve / PIMoE, interactivity at equal throughput".to_owned()
            }
            Self::Spread { prior, batch } => {
                format!("spread of Sieve, {}, AllExp, B = {batch}", name(prior))
            }
            Self::BreakEven => "break-even, tokens of an expert".to_owned(),
            Self::Growth { method, from, to } => {
                format!("growth of {}'s throughput, B = {from} to {to}", name(method))
            }
            Self::Fall { method } => {
                format!(
                    "interactivity of {} over that at the next smaller batch, largest",
                    name(method)
                )
            }
            Self::Rival(Among::Pim) => "best PIM baseline / Sieve, largest".to_owned(),
            Self::Rival(Among::All) => "best baseline / Sieve, GPU-Only too, largest".to_owned(),
            Self::Winners => "points at which something changes who is first".to_owned(),
            Self::Mixed { method, batch, prompt } => {
                format!("{} / NoExp, B = {batch}, prompts of {prompt} tokens", name(method))
            }
            Self::Variation { method } => {
                format!("variation of channel time on experts, {}", name(method))
            }
            Self::OverRoofline => "expert of one token, simulated / roofline".to_owned(),
            Self::TableError { against, host_traffic, batch, iterations } => {
                let of = match against {
                    Against::Count => "the mean of a count",
                    Against::Expert => "each expert",
                };
                let beside = if *host_traffic { "with" } else { "without" };
                format!(
                    "cost table against {of}, B = {batch}, iteration {iterations}, {beside} host traffic"
                )
            }
        }
    }

    /// A figure of it as text.
    #[must_use]
    pub fn show(&self, span: Span) -> String {
        match self {
            Self::Spread { .. }
            | Self::Growth { .. }
            | Self::Variation { .. }
            | Self::TableError { .. } => span.percent(),
            Self::Winners => span.number(0),
            Self::BreakEven => span.number(1),
            _ => span.number(2),
        }
    }

    /// Whether it hangs on mini-batches and the cost of scheduling.
    #[must_use]
    pub fn hangs_on_setting(&self) -> bool {
        !matches!(
            self,
            Self::BreakEven
                | Self::Winners
                | Self::Mixed { .. }
                | Self::OverRoofline
                | Self::TableError { .. }
        )
    }
}
