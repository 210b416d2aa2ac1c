//! What collectives cost: the law of the paper, or what was measured.
//!
//! A collective takes each GPU a time of its own: the longest over the levels of the topology, whose bytes move at the same time
//! (long messages are cut and pipelined, so that levels overlap).

use serde::{Deserialize, Serialize};

use crate::dispatch::Copies;
use crate::ideal::IdealLink;
use crate::measured::{Collective, Collectives, Measured, MoeExchange, MoeShape, NotMeasured, Way};
use crate::spec::{InvalidLink, LinkSpec};
use crate::time::Femtos;
use crate::topology::{Domains, Levels};
use crate::traffic::Traffic;

/// A choice of law, as a user makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum LawSpec {
    /// Latency and bandwidth of the link, at once and in full.
    Paper,
    /// Measured times inside a domain. Between domains, where nothing was measured, the law of the paper.
    Measured {
        /// The measurements.
        collectives: Collectives,
        /// Which of them tokens take to experts and back.
        moe_exchange: MoeExchange,
    },
}

/// A law that does not hold for a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// The link is none.
    #[error(transparent)]
    Link(#[from] InvalidLink),
    /// The measurements do not cover it.
    #[error(transparent)]
    NotMeasured(#[from] NotMeasured),
}

/// Times of collectives on one server, or several, of so many GPUs. More bytes never take less time; a collective without bytes
/// takes none. A last domain with fewer GPUs takes the times that were measured on a whole one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    gpus: usize,
    domains: Domains,
    inside: IdealLink,
    /// Replaces `inside`.
    measured: Option<Measured>,
    between: IdealLink,
}

impl Law {
    /// The law of that choice on so many GPUs, for the tokens of a model.
    ///
    /// # Errors
    /// A link that is none, and measurements that contradict themselves or do not cover the GPUs of a domain.
    pub fn new(
        link: &LinkSpec,
        law: &LawSpec,
        gpus: usize,
        shape: MoeShape,
    ) -> Result<Self, LawError> {
        let inside = IdealLink::new(link)?;
        let (size, between) = match link.between_domains {
            None => (gpus, inside),
            Some(between) => (
                gpus.min(between.gpus_per_domain as usize),
                IdealLink::of(between.bytes_per_s, between.latency_ns),
            ),
        };
        let measured = match law {
            LawSpec::Paper => None,
            LawSpec::Measured { collectives, moe_exchange } => {
                Some(Measured::new(collectives, size, *moe_exchange, shape)?)
            }
        };
        Ok(Self { gpus, domains: Domains::of(size), inside, measured, between })
    }

    /// How often a token travels to a GPU that holds several of its experts.
    #[must_use]
    pub fn copies(&self) -> Copies {
        match self.measured.as_ref().map(Measured::exchange) {
            Some(MoeExchange::Deepep) => Copies::PerExpert,
            Some(MoeExchange::Nccl) | None => Copies::PerGpu,
        }
    }

    /// Time until each GPU has sent and received its part.
    #[must_use]
    pub fn all_to_all(&self, traffic: &Traffic) -> Vec<Femtos> {
        self.nccl(Collective::AllToAll, &self.domains.split(traffic))
    }

    /// Time until each GPU has sent and received its tokens, or results of them.
    #[must_use]
    pub fn moe(&self, way: Way, traffic: &Traffic) -> Vec<Femtos> {
        self.times(&self.domains.split(traffic), |measured, bytes| measured.moe(way, bytes))
    }

    /// The bytes of an exchange by the level that they cross.
    #[must_use]
    pub fn levels(&self, traffic: &Traffic) -> Levels {
        self.domains.split(traffic)
    }

    /// The bytes of an all-gather by the level that they cross.
    #[must_use]
    pub fn all_gather_levels(&self, bytes_per_gpu: &[u64]) -> Levels {
        self.domains.all_gather(bytes_per_gpu)
    }

    /// Time until each GPU holds what all of them held.
    #[must_use]
    pub fn all_gather(&self, bytes_per_gpu: &[u64]) -> Vec<Femtos> {
        self.nccl(Collective::AllGather, &self.domains.all_gather(bytes_per_gpu))
    }

    /// Time until each GPU holds the sum of so many bytes that all of them held.
    #[must_use]
    pub fn reduce_scatter(&self, bytes_per_gpu: &[u64]) -> Vec<Femtos> {
        self.nccl(Collective::ReduceScatter, &self.domains.all_gather(bytes_per_gpu).transposed())
    }

    /// Time until each GPU holds the sum of buffers of so many bytes: a reduce-scatter and an all-gather, or as measured where
    /// all GPUs share a domain.
    #[must_use]
    pub fn all_reduce(&self, bytes: u64) -> Vec<Femtos> {
        let gpus = self.gpus as u64;
        // Parts differ by a byte at most.
        let part = |gpu| bytes / gpus + u64::from(gpu < bytes % gpus);
        let parts: Vec<u64> = (0..gpus).map(part).collect();
        let levels = self.domains.all_gather(&parts);
        if self.measured.is_some() && levels.between.total() == 0 {
            return self.nccl(Collective::AllReduce, &levels);
        }
        let halves = self.reduce_scatter(&parts).into_iter().zip(self.all_gather(&parts));
        halves.map(|(first, second)| add(first, second)).collect()
    }

    fn nccl(&self, collective: Collective, levels: &Levels) -> Vec<Femtos> {
        self.times(levels, |measured, bytes| measured.nccl(collective, bytes))
    }

    /// Where anything at all was to be sent, every GPU takes part in a measured collective and pays at least its floor.
    fn times(&self, levels: &Levels, time: impl Fn(&Measured, u64) -> Femtos) -> Vec<Femtos> {
        let Levels { inside, between } = levels;
        let idle = inside.total() == 0;
        let of = |gpu| {
            let fuller = |traffic: &Traffic| traffic.egress(gpu).max(traffic.ingress(gpu));
            let near = match &self.measured {
                Some(measured) if !idle => time(measured, fuller(inside)),
                _ => self.inside.transfer(fuller(inside)),
            };
            near.max(self.between.transfer(fuller(between)))
        };
        (0..inside.gpus()).map(of).collect()
    }
}

fn add(a: Femtos, b: Femtos) -> Femtos {
    Femtos::from_ticks(a.as_ticks().saturating_add(b.as_ticks()))
}
