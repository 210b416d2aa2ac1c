//! Which bytes cross which level: the switch of a domain, or the network between domains.
//!
//! A byte for another domain leaves through the network card of its GPU and enters through that of its receiver; it does not
//! touch the switch. An all-gather is the exception: each GPU sends its bytes once to each other domain, to the GPU of the same
//! place, which hands them on over the switch; a reduce-scatter goes the same ways back.

use crate::traffic::Traffic;

/// GPUs in domains of consecutive ones; the last domain may have fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domains {
    /// At least 1.
    size: usize,
}

/// The bytes of an exchange, by the level that they cross.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    /// Over the switch of a domain.
    pub inside: Traffic,
    /// Over the network between domains.
    pub between: Traffic,
}

impl Levels {
    /// The same bytes the other way.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self { inside: self.inside.transposed(), between: self.between.transposed() }
    }
}

impl Domains {
    /// Domains of so many GPUs, at least one.
    #[must_use]
    pub fn of(gpus_per_domain: usize) -> Self {
        Self { size: gpus_per_domain.max(1) }
    }

    /// The domain of a GPU.
    #[must_use]
    pub fn domain(&self, gpu: usize) -> usize {
        gpu / self.size
    }

    /// Bytes that go straight to their receivers.
    #[must_use]
    pub fn split(&self, traffic: &Traffic) -> Levels {
        let part = |same: bool| {
            Traffic::from_fn(traffic.gpus(), |from, to| {
                if (self.domain(from) == self.domain(to)) == same {
                    traffic.between(from, to)
                } else {
                    0
                }
            })
        };
        Levels { inside: part(true), between: part(false) }
    }

    /// An all-gather: every byte crosses the network once per other domain, and every switch once per receiver.
    #[must_use]
    pub fn all_gather(&self, bytes_per_gpu: &[u64]) -> Levels {
        let gpus = bytes_per_gpu.len();
        let (mut inside, mut between) = (Traffic::none(gpus), Traffic::none(gpus));
        for (from, &bytes) in bytes_per_gpu.iter().enumerate() {
            for first in (0..gpus).step_by(self.size) {
                let members = first..gpus.min(first + self.size);
                let entry = if members.contains(&from) {
                    from
                } else {
                    first + from % self.size % members.len()
                };
                between.add(from, entry, if entry == from { 0 } else { bytes });
                members.for_each(|to| inside.add(entry, to, bytes));
            }
        }
        Levels { inside, between }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_gpus_in_domains_of_two() {
        let levels = Domains::of(2).all_gather(&[5, 7, 9]);
        // GPU 2 is alone: it takes the bytes of 0 and 1, and its own enter the first domain by GPU 0.
        let between = [(0, 2, 5), (1, 2, 7), (2, 0, 9)];
        let inside = [(0, 1, 5 + 9), (1, 0, 7)];
        let traffic = |pairs: &[(usize, usize, u64)]| {
            let mut traffic = Traffic::none(3);
            pairs.iter().for_each(|&(from, to, bytes)| traffic.add(from, to, bytes));
            traffic
        };
        assert_eq!(levels, Levels { inside: traffic(&inside), between: traffic(&between) });
    }

    proptest! {
        #[test]
        fn an_all_gather_brings_everyone_everything_once(
            bytes in prop::collection::vec(0_u64..1 << 30, 1..40), size in 1_usize..12,
        ) {
            let levels = Domains::of(size).all_gather(&bytes);
            let all: u64 = bytes.iter().sum();
            for (gpu, own) in bytes.iter().enumerate() {
                prop_assert_eq!(levels.inside.ingress(gpu) + levels.between.ingress(gpu), all - own);
            }
            let others = bytes.len().div_ceil(size) as u64 - 1;
            prop_assert_eq!(levels.between.total(), all * others);
        }

        #[test]
        fn no_byte_is_lost_between_levels(
            gpus in 1_usize..20, size in 1_usize..12, seed in any::<u64>(),
        ) {
            let whole = Traffic::from_fn(gpus, |from, to| {
                seed.rotate_left((from * gpus + to) as u32 % 64) >> 40
            });
            let domains = Domains::of(size);
            let Levels { inside, between } = domains.split(&whole);
            for from in 0..gpus {
                for to in 0..gpus {
                    let (near, far) = (inside.between(from, to), between.between(from, to));
                    prop_assert_eq!(near + far, whole.between(from, to));
                    prop_assert_eq!(0, if from / size == to / size { far } else { near });
                }
            }
        }
    }
}
