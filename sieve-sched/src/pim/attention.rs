//! Decode attention as matrix-vector products: KV blocks over pseudo-channels, q.K^T and p.V per block.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use serde::{Deserialize, Serialize};

/// Where the KV cache of a request lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvPlacement {
    /// Blocks of one (request, KV head), each on the least loaded pseudo-channel.
    Block,
    /// A whole request on the least loaded pseudo-channel.
    Request,
}

/// The jobs of the most loaded pseudo-channel; the time of an attention is that of this one, and every channel is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionJobs {
    /// q.K^T of each block, slice by slice of the keys.
    pub scores: Vec<Job>,
    /// p.V of each block.
    pub context: Vec<Job>,
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
    /// The attention of requests with `kv_tokens` tokens each (window-limited).
    #[must_use]
    pub fn new(
        device: &Device,
        heads: Heads,
        kv_tokens: &[u32],
        block_tokens: u32,
        placement: KvPlacement,
    ) -> Self {
        let banks = device.spec.geometry.banks_per_pseudo_channel();
        let blocks =
            most_loaded(kv_tokens, heads.kv, block_tokens, placement, device.total_lanes());
        let job = |outputs: u32, inputs: u32| Job {
            tile: Tile {
                outputs: outputs.div_ceil(banks),
                columns: inputs.div_ceil(device.pim.lanes),
                order: Order::RowOpen,
            },
            vectors: heads.queries_per_kv,
        };
        let slices = heads.key_dim.div_ceil(longest_operand(device)).max(1);
        let slice = heads.key_dim.div_ceil(slices);
        let scores = |&tokens: &u32| std::iter::repeat_n(job(tokens, slice), slices as usize);
        Self {
            scores: blocks.iter().flat_map(scores).collect(),
            context: blocks.iter().map(|&tokens| job(heads.value_dim, tokens)).collect(),
            slices,
        }
    }
}

/// Elements of the longest vector that row and vector buffer hold.
fn longest_operand(device: &Device) -> u32 {
    let bytes = device.spec.geometry.row_bytes.min(device.pim.vector_buffer_bytes);
    (bytes / device.pim.element_bytes).max(1)
}

/// Tokens of each block on the pseudo-channel with the most tokens, longest first.
fn most_loaded(
    kv_tokens: &[u32],
    kv_heads: u32,
    block_tokens: u32,
    placement: KvPlacement,
    pseudo_channels: u32,
) -> Vec<u32> {
    // (tokens so far, index): the least loaded first, ties to the lower index.
    let mut load: BinaryHeap<_> = (0..pseudo_channels).map(|p| Reverse((0_u64, p))).collect();
    let mut held: Vec<Vec<u32>> = vec![Vec::new(); pseudo_channels as usize];
    let mut place = |pieces: &mut dyn Iterator<Item = u32>| {
        let Some(Reverse((mut tokens, index))) = load.pop() else { return };
        for piece in pieces {
            tokens += u64::from(piece);
            held[index as usize].push(piece);
        }
        load.push(Reverse((tokens, index)));
    };
    for &tokens in kv_tokens {
        let blocks = || {
            (0..tokens.div_ceil(block_tokens)).map(|b| block_tokens.min(tokens - b * block_tokens))
        };
        match placement {
            KvPlacement::Block => {
                for _ in 0..kv_heads {
                    for block in blocks() {
                        place(&mut std::iter::once(block));
                    }
                }
            }
            KvPlacement::Request => place(&mut (0..kv_heads).flat_map(|_| blocks())),
        }
    }
    let total = |blocks: &Vec<u32>| blocks.iter().map(|&b| u64::from(b)).sum::<u64>();
    let mut most = held.into_iter().max_by_key(total).unwrap_or_default();
    most.sort_unstable_by_key(|&tokens| Reverse(tokens));
    most
}

#[cfg(test)]
mod tests {
    use pim_dram::DeviceSpec;

    use super::*;

    #[test]
    fn blocks_spread_and_requests_do_not() {
        let block = most_loaded(&[1170], 4, 128, KvPlacement::Block, 256);
        assert_eq!(block, [128]);
        let request = most_loaded(&[1170], 4, 128, KvPlacement::Request, 256);
        assert_eq!(request.len(), 40);
        assert_eq!(request.iter().sum::<u32>(), 4 * 1170);
    }

    #[test]
    fn keys_longer_than_a_row_are_cut_into_equal_slices() {
        let device = Device::new(&DeviceSpec::preset("sieve-hbm3e").unwrap()).unwrap();
        let of = |key_dim| {
            let heads = Heads { queries_per_kv: 16, kv: 1, key_dim, value_dim: 512 };
            AttentionJobs::new(&device, heads, &[100], 128, KvPlacement::Block)
        };
        // Rows and buffers hold 512 elements of 2 B, in bursts of 16; 100 tokens and 512 elements over 24 banks.
        let tile = |outputs, columns| Tile { outputs, columns, order: Order::RowOpen };
        let jobs = of(576);
        assert_eq!(jobs.scores, [Job { tile: tile(5, 18), vectors: 16 }; 2]);
        assert_eq!(jobs.context, [Job { tile: tile(22, 7), vectors: 16 }]);
        assert_eq!([512, 513, 1024, 1025].map(|dim| of(dim).slices), [1, 2, 2, 3]);
    }

    #[test]
    fn the_most_loaded_channel_is_near_the_mean() {
        let kv = [700_u32; 256];
        let blocks = most_loaded(&kv, 4, 128, KvPlacement::Block, 256);
        let tokens: u32 = blocks.iter().sum();
        assert!((2800..2800 + 128).contains(&tokens), "{tokens}");
    }
}
