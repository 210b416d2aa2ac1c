//! From all tables of a kind of GPU to the ones that a server and a model use.

use serde::{Deserialize, Serialize};

use super::curve::Curve;
use super::{Collective, Collectives, InvalidCollectives, MoeShape, Way};
use crate::time::Femtos;

/// Which library carries tokens to experts and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoeExchange {
    /// The all-to-all of NCCL, in which a token travels once to each GPU.
    Nccl,
    /// The low-latency kernels of DeepEP, in which a token travels once for each expert.
    Deepep,
}

/// Measurements that do not cover what is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMeasured {
    /// The tables contradict themselves.
    #[error(transparent)]
    Invalid(#[from] InvalidCollectives),
    /// No table at all.
    #[error("collectives `{name}` have no table of {what}")]
    Nothing {
        /// Name of the tables.
        name: String,
        /// What was looked for.
        what: String,
    },
    /// More GPUs than in any table, or fewer.
    #[error("collectives `{name}`: {what} is measured on {} GPUs, not on {gpus}", list(.known))]
    Gpus {
        /// Name of the tables.
        name: String,
        /// What was looked for.
        what: String,
        /// GPUs that talk to each other.
        gpus: usize,
        /// GPUs that were measured, ascending.
        known: Vec<u32>,
    },
}

fn list(known: &[u32]) -> String {
    known.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// The measured times of one number of GPUs. The time of a GPU is that of the collective in which every GPU sends and receives
/// as much as it does in its fuller direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// In the order of [`NCCL`].
    nccl: [Ranks; 4],
    /// Dispatch and combine, unless NCCL carries them.
    deepep: Option<[Ranks; 2]>,
}

const NCCL: [(Collective, &str); 4] = [
    (Collective::AllToAll, "all_to_all"),
    (Collective::AllGather, "all_gather"),
    (Collective::ReduceScatter, "reduce_scatter"),
    (Collective::AllReduce, "all_reduce"),
];

impl Collectives {
    /// Collectives of NCCL without a table, by the names they have in files; [`Measured`] needs all four.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let lacks = |of: Collective| !self.nccl.iter().any(|table| table.collective == of);
        NCCL.iter().filter(|(of, _)| lacks(*of)).map(|(_, name)| *name).collect()
    }
}

impl Measured {
    /// The tables of so many GPUs; of a number between two measured ones both. DeepEP's are of the measured shape that is
    /// nearest to the given one: the product of the ratios of elements, visits and, squared, experts is least.
    ///
    /// # Errors
    /// Tables that contradict themselves or do not cover this number of GPUs.
    pub fn new(
        tables: &Collectives,
        gpus: usize,
        exchange: MoeExchange,
        shape: MoeShape,
    ) -> Result<Self, NotMeasured> {
        tables.check()?;
        let name = &tables.name;
        let nccl = |at: usize| {
            let (collective, what) = NCCL[at];
            let of = tables.nccl.iter().filter(|table| table.collective == collective);
            Ranks::new(name, what, gpus, of.map(|table| (table.ranks, &table.knots)))
        };
        let deepep = |way: Way, what: &str| {
            let of = || tables.deepep.iter().filter(|table| table.way == way);
            let nearest = of()
                .map(|table| table.shape)
                .min_by(|a, b| a.apart(shape).total_cmp(&b.apart(shape)));
            let of = of().filter(|table| Some(table.shape) == nearest);
            Ranks::new(name, what, gpus, of.map(|table| (table.ranks, &table.knots)))
        };
        Ok(Self {
            nccl: [nccl(0)?, nccl(1)?, nccl(2)?, nccl(3)?],
            deepep: match exchange {
                MoeExchange::Nccl => None,
                MoeExchange::Deepep => Some([
                    deepep(Way::Dispatch, "dispatch of DeepEP")?,
                    deepep(Way::Combine, "combine of DeepEP")?,
                ]),
            },
        })
    }

    /// Which library carries tokens.
    #[must_use]
    pub fn exchange(&self) -> MoeExchange {
        if self.deepep.is_some() { MoeExchange::Deepep } else { MoeExchange::Nccl }
    }

    /// Time of a collective of NCCL of which a GPU sends, or receives, so many bytes; of an all-reduce, in its first half.
    #[must_use]
    pub fn nccl(&self, collective: Collective, bytes: u64) -> Femtos {
        self.nccl[collective as usize].time(bytes)
    }

    /// Time of a way of tokens, on which a GPU sends, or receives, so many bytes.
    #[must_use]
    pub fn moe(&self, way: Way, bytes: u64) -> Femtos {
        match &self.deepep {
            Some(ways) => ways[way as usize].time(bytes),
            None => self.nccl(Collective::AllToAll, bytes),
        }
    }
}

impl MoeShape {
    /// How far apart two shapes are, 1 for the same.
    fn apart(self, other: Self) -> f64 {
        let ratio = |a: u32, b: u32| f64::from(a.max(b)) / f64::from(a.min(b).max(1));
        let experts = ratio(self.num_experts, other.num_experts);
        ratio(self.hidden_size, other.hidden_size)
            * ratio(self.num_topk, other.num_topk)
            * experts
            * experts
    }
}

/// One measurement on the next smaller and one on the next larger number of GPUs, the same if it was measured itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ranks {
    gpus: u32,
    fewer: (u32, Curve),
    more: (u32, Curve),
}

impl Ranks {
    /// One GPU talks to none, whatever was measured.
    fn new<'a>(
        name: &str,
        what: &str,
        gpus: usize,
        tables: impl Iterator<Item = (u32, &'a Curve)>,
    ) -> Result<Self, NotMeasured> {
        let mut tables: Vec<_> = tables.collect();
        tables.sort_by_key(|&(ranks, _)| ranks);
        let Some(first) = tables.first() else {
            return Err(NotMeasured::Nothing { name: name.to_owned(), what: what.to_owned() });
        };
        let asked = if gpus <= 1 { first.0 } else { u32::try_from(gpus).unwrap_or(u32::MAX) };
        let fewer = tables.iter().rev().find(|&&(ranks, _)| ranks <= asked);
        let more = tables.iter().find(|&&(ranks, _)| ranks >= asked);
        match (fewer, more) {
            (Some(&(less, below)), Some(&(most, above))) => {
                Ok(Self { gpus: asked, fewer: (less, below.clone()), more: (most, above.clone()) })
            }
            _ => Err(NotMeasured::Gpus {
                name: name.to_owned(),
                what: what.to_owned(),
                gpus,
                known: tables.iter().map(|&(ranks, _)| ranks).collect(),
            }),
        }
    }

    /// Between two numbers of GPUs the time lies on the straight line, rounded up.
    fn time(&self, bytes: u64) -> Femtos {
        let of = |(ranks, curve): &(u32, Curve)| {
            u128::from(curve.time(buffer(bytes, *ranks)).as_ticks())
        };
        let (low, high) = (of(&self.fewer), of(&self.more));
        let span = u128::from(self.more.0 - self.fewer.0);
        let part = u128::from(self.gpus - self.fewer.0);
        let femtos =
            if span == 0 { low } else { (low * (span - part) + high * part).div_ceil(span) };
        Femtos::from_ticks(u64::try_from(femtos).unwrap_or(u64::MAX))
    }
}

/// The buffer of which a GPU sends these bytes: all but the part that stays with it.
fn buffer(bytes: u64, ranks: u32) -> u64 {
    let buffer = (u128::from(bytes) * u128::from(ranks)).div_ceil(u128::from(ranks.max(2) - 1));
    u64::try_from(buffer).unwrap_or(u64::MAX)
}
