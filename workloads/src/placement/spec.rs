//! Rules that put experts on GPUs.

use std::fmt;
use std::str::FromStr;

use rand::RngExt;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::balance::balanced;
use super::error::WRITTEN;
use super::{LayerPlacement, Placement, PlacementError};
use crate::rng::{Purpose, stream};

/// A rule that puts experts on GPUs, equally many on each (but for one where they do not divide). Written `contiguous`,
/// `permuted`, `balanced` or `balanced+N`, in files as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacementSpec {
    /// Consecutive experts together.
    Contiguous,
    /// Consecutive ones of a random order, which is another one in each layer.
    Permuted,
    /// By loads: the expert with most load goes to the GPU that has least so far (longest processing time first). So many further
    /// places a GPU hold replicas: again and again the expert with most load a replica gets another one.
    Balanced(u32),
}

impl PlacementSpec {
    /// Whether the loads matter.
    #[must_use]
    pub fn looks_at_loads(self) -> bool {
        matches!(self, Self::Balanced(_))
    }

    /// Replicas a GPU.
    #[must_use]
    pub fn replicas(self) -> u32 {
        if let Self::Balanced(replicas) = self { replicas } else { 0 }
    }

    /// Whether the rule fits so many experts and GPUs.
    ///
    /// # Errors
    /// More GPUs than experts or none, and more replicas than experts.
    pub fn check(self, experts: u32, gpus: usize) -> Result<(), PlacementError> {
        if gpus == 0 || gpus > experts as usize {
            return Err(PlacementError::Gpus { gpus, experts });
        }
        let replicas = self.replicas();
        let own = u32::try_from((experts as usize).div_ceil(gpus)).unwrap_or(experts);
        let most = experts - own;
        if replicas > most {
            return Err(PlacementError::Replicas { replicas, gpus, experts, most });
        }
        Ok(())
    }

    /// Places `experts` experts of each layer of `loads`, `[layer][expert]`, on so many GPUs.
    ///
    /// # Errors
    /// Those of [`Self::check`].
    ///
    /// # Panics
    /// When a layer has another number of loads than experts.
    pub fn place(
        self,
        experts: u32,
        gpus: usize,
        loads: &[Vec<u64>],
        seed: u64,
    ) -> Result<Placement, PlacementError> {
        self.check(experts, gpus)?;
        let layer = |(index, loads): (usize, &Vec<u64>)| {
            assert_eq!(loads.len(), experts as usize, "loads of layer {index}");
            let held = match self {
                Self::Contiguous => return LayerPlacement::contiguous(experts, gpus),
                Self::Permuted => cut(&permutation(experts, seed, index as u32), gpus),
                Self::Balanced(replicas) => balanced(loads, &sizes(loads.len(), gpus), replicas),
            };
            LayerPlacement::new(held, experts)
        };
        Ok(Placement { layers: loads.iter().enumerate().map(layer).collect() })
    }
}

impl fmt::Display for PlacementSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contiguous => f.write_str("contiguous"),
            Self::Permuted => f.write_str("permuted"),
            Self::Balanced(0) => f.write_str("balanced"),
            Self::Balanced(replicas) => write!(f, "balanced+{replicas}"),
        }
    }
}

impl FromStr for PlacementSpec {
    type Err = PlacementError;

    fn from_str(text: &str) -> Result<Self, PlacementError> {
        let unknown = || PlacementError::Unknown { found: text.to_owned() };
        match text.split_once('+') {
            None if text == "contiguous" => Ok(Self::Contiguous),
            None if text == "permuted" => Ok(Self::Permuted),
            None if text == "balanced" => Ok(Self::Balanced(0)),
            Some(("balanced", replicas)) => {
                replicas.parse().map(Self::Balanced).map_err(|_| unknown())
            }
            _ => Err(unknown()),
        }
    }
}

impl Serialize for PlacementSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlacementSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = PlacementSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WRITTEN)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PlacementSpec, E> {
        text.parse().map_err(E::custom)
    }
}

/// Experts of each GPU.
fn sizes(experts: usize, gpus: usize) -> Vec<usize> {
    let first = |gpu: usize| (gpu * experts).div_ceil(gpus);
    (0..gpus).map(|gpu| first(gpu + 1) - first(gpu)).collect()
}

pub(super) fn ascending(experts: u32) -> Vec<u16> {
    (0..experts).map(|expert| expert as u16).collect()
}

pub(super) fn cut(order: &[u16], gpus: usize) -> Vec<Vec<u16>> {
    let mut rest = order;
    let take = |size| {
        let (held, more) = rest.split_at(size);
        rest = more;
        held.to_vec()
    };
    sizes(order.len(), gpus).into_iter().map(take).collect()
}

/// Fisher-Yates.
fn permutation(experts: u32, seed: u64, layer: u32) -> Vec<u16> {
    let mut rng = stream(seed, Purpose::Placement, layer);
    let mut order = ascending(experts);
    for last in (1..order.len()).rev() {
        let at = rng.random_range(0..=last as u64) as usize;
        order.swap(last, at);
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rules_are_written_as_they_are_read() {
        for text in ["contiguous", "permuted", "balanced", "balanced+12"] {
            let spec = text.parse::<PlacementSpec>().unwrap();
            assert_eq!(spec.to_string(), text);
            assert_eq!(ron::to_string(&spec).unwrap(), format!("\"{text}\""));
            assert_eq!(ron::from_str::<PlacementSpec>(&format!("\"{text}\"")).unwrap(), spec);
        }
        for text in ["", "balanced+", "balanced+-1", "permuted+1", "Contiguous"] {
            let error = text.parse::<PlacementSpec>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("placement `{text}`")), "{error}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let says = |spec: PlacementSpec, gpus| spec.check(8, gpus).unwrap_err().to_string();
        assert_eq!(says(PlacementSpec::Contiguous, 0), "0 GPUs; 8 experts go on 1 to 8 of them");
        assert_eq!(says(PlacementSpec::Permuted, 9), "9 GPUs; 8 experts go on 1 to 8 of them");
        assert_eq!(
            says(PlacementSpec::Balanced(6), 3),
            "placement balanced+6 on 3 GPUs: each has room for 5 replicas until it holds all 8 experts"
        );
    }

    #[test]
    fn orders_are_pinned_and_differ_between_layers() {
        let placed = PlacementSpec::Permuted.place(6, 2, &vec![vec![0; 6]; 2], 42).unwrap();
        let first = |layer| placed.layer(layer).experts(0);
        assert_eq!((first(0), first(1)), (&[0, 3, 4][..], &[2, 4, 5][..]));
    }

    proptest! {
        /// Every expert somewhere, none twice on a GPU, and GPUs alike but for one expert.
        #[test]
        fn every_rule_places_every_expert(
            experts in 1_u32..60,
            gpus in 1_usize..12,
            rule in 0..3,
            replicas in 0_u32..60,
            loads in prop::collection::vec(prop_oneof![0_u64..4, 0_u64..1000], 60),
        ) {
            let gpus = gpus.min(experts as usize);
            let most = experts - experts.div_ceil(gpus as u32);
            let spec = match rule {
                0 => PlacementSpec::Contiguous,
                1 => PlacementSpec::Permuted,
                _ => PlacementSpec::Balanced(replicas % (most + 1)),
            };
            let loads = vec![loads[..experts as usize].to_vec()];
            let placement = spec.place(experts, gpus, &loads, 5).unwrap();
            let layer = placement.layer(0);
            let sizes: Vec<_> = (0..gpus).map(|gpu| layer.experts(gpu).len()).collect();
            let total = experts as usize + gpus * spec.replicas() as usize;
            prop_assert_eq!(sizes.iter().sum::<usize>(), total);
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            for gpu in 0..gpus {
                prop_assert!(layer.experts(gpu).windows(2).all(|two| two[0] < two[1]));
            }
            for expert in 0..experts as u16 {
                let gpus: Vec<_> =
                    (0..gpus).filter(|&gpu| layer.experts(gpu).contains(&expert)).collect();
                prop_assert!(!gpus.is_empty());
                prop_assert_eq!(layer.replicas(expert), gpus);
            }
        }
    }
}
