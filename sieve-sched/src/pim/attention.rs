//! Decode attention as matrix-vector products: q.K^T and p.V of every KV block.

use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use serde::{Deserialize, Serialize};

use super::kv::total;

/// Which channels are simulated while units attend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionChannels {
    /// One that has the jobs of the most loaded pseudo-channel, which all others are taken to do as well. Quick, and within a few
    /// percent of the other.
    MostLoaded,
    /// Each, with the jobs of its own more loaded pseudo-channel. What the GPU reads then ends on different channels at different
    /// times.
    Each,
}

/// Decode attention of some requests in one layer on one GPU. Lists of jobs are one for all channels, or one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionJobs {
    /// q.K^T of each block, slice by slice of the keys.
    pub scores: Vec<Vec<Job>>,
    /// p.V of each block.
    pub context: Vec<Vec<Job>>,
    /// Which of the lists has most tokens.
    pub longest: usize,
    /// Slices of a key: partial sums of a score.
    pub slices: u32,
}

/// The attention heads of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    /// Query heads that share one KV head.
    pub queries_per_kv: u32,
    /// KV heads.
    pub kv: u32,
    /// Elements of a key.
    pub key_dim: u32,
    /// Elements of a value. Values are stored apart from keys and transposed, those of latent attention too, which elsewhere are
    /// a part of the key: units sum over one side of a stored matrix only.
    pub value_dim: u32,
}

impl AttentionJobs {
    /// The attention over blocks of so many tokens on each pseudo-channel ([`super::kv::place`]).
    #[must_use]
    pub fn new(
        device: &Device,
        heads: Heads,
        held: &[Vec<u32>],
        channels: AttentionChannels,
    ) -> Self {
        let lanes = device.spec.geometry.pseudo_channels as usize;
        let most = |some: &[Vec<u32>]| some.iter().max_by_key(|blocks| total(blocks)).cloned();
        let lists: Vec<Vec<u32>> = match channels {
            AttentionChannels::MostLoaded => most(held).into_iter().collect(),
            AttentionChannels::Each => held.chunks(lanes).filter_map(most).collect(),
        };
        let longest = (0..lists.len()).rev().max_by_key(|&n| total(&lists[n])).unwrap_or(0);
        let shape = Shape::new(device, heads);
        Self {
            scores: lists.iter().map(|blocks| shape.scores(blocks)).collect(),
            context: lists.iter().map(|blocks| shape.context(blocks)).collect(),
            longest,
            slices: shape.slices,
        }
    }
}

/// How the heads of a layer lie on a device.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    banks: u32,
    unit_lanes: u32,
    heads: Heads,
    slices: u32,
}

impl Shape {
    /// Keys longer than a row or the vector buffer are cut into equal slices.
    #[must_use]
    pub fn new(device: &Device, heads: Heads) -> Self {
        let bytes = device.spec.geometry.row_bytes.min(device.pim.vector_buffer_bytes);
        let longest_operand = (bytes / device.pim.element_bytes).max(1);
        Self {
            banks: device.spec.geometry.banks_per_pseudo_channel(),
            unit_lanes: device.pim.lanes,
            heads,
            slices: heads.key_dim.div_ceil(longest_operand).max(1),
        }
    }

    /// q.K^T of blocks with so many tokens each.
    #[must_use]
    pub fn scores(&self, blocks: &[u32]) -> Vec<Job> {
        let slice = self.heads.key_dim.div_ceil(self.slices);
        let of_block =
            |&tokens: &u32| std::iter::repeat_n(self.job(tokens, slice), self.slices as usize);
        blocks.iter().flat_map(of_block).collect()
    }

    /// p.V of the same.
    #[must_use]
    pub fn context(&self, blocks: &[u32]) -> Vec<Job> {
        blocks.iter().map(|&tokens| self.job(self.heads.value_dim, tokens)).collect()
    }

    fn job(&self, outputs: u32, inputs: u32) -> Job {
        Job {
            tile: Tile {
                outputs: outputs.div_ceil(self.banks),
                columns: inputs.div_ceil(self.unit_lanes),
                order: Order::RowOpen,
            },
            vectors: self.heads.queries_per_kv,
        }
    }
}

#[cfg(test)]
mod tests {
    use pim_dram::DeviceSpec;

    use super::*;

    fn jobs(key_dim: u32, held: &[Vec<u32>], channels: AttentionChannels) -> AttentionJobs {
        let device = Device::new(&DeviceSpec::preset("sieve-hbm3e").unwrap()).unwrap();
        let heads = Heads { queries_per_kv: 16, kv: 1, key_dim, value_dim: 512 };
        AttentionJobs::new(&device, heads, held, channels)
    }

    #[test]
    fn keys_longer_than_a_row_are_cut_into_equal_slices() {
        // Rows and buffers hold 512 elements of 2 B, in bursts of 16; 100 tokens and 512 elements over 24 banks.
        let tile = |outputs, columns| Tile { outputs, columns, order: Order::RowOpen };
        let of = |key_dim| jobs(key_dim, &[vec![100]], AttentionChannels::MostLoaded);
        assert_eq!(of(576).scores, [[Job { tile: tile(5, 18), vectors: 16 }; 2]]);
        assert_eq!(of(576).context, [[Job { tile: tile(22, 7), vectors: 16 }]]);
        assert_eq!([512, 513, 1024, 1025].map(|dim| of(dim).slices), [1, 2, 2, 3]);
    }

    #[test]
    fn a_channel_has_the_jobs_of_its_more_loaded_half() {
        let held = [vec![10], vec![100, 20], vec![], vec![110]];
        let each = jobs(128, &held, AttentionChannels::Each);
        assert_eq!((each.scores.len(), each.longest), (2, 0));
        assert_eq!(each.scores.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        let most = jobs(128, &held, AttentionChannels::MostLoaded);
        assert_eq!((&most.scores[0], &most.context[0]), (&each.scores[0], &each.context[0]));
    }
}
