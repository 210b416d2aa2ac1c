//! Where the KV cache lies: blocks of requests over pseudo-channels.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

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

/// Tokens of the blocks on each pseudo-channel, longest first.
///
/// Requests hold `kv_tokens` tokens each in every one of `kv_heads` heads. What is placed goes longest first, ties to the lower
/// pseudo-channel, so that channels get few different loads.
#[must_use]
pub fn place(
    kv_tokens: &[u32],
    kv_heads: u32,
    block_tokens: u32,
    placement: KvPlacement,
    pseudo_channels: u32,
) -> Vec<Vec<u32>> {
    let blocks = |tokens: u32| {
        (0..tokens.div_ceil(block_tokens)).map(move |b| block_tokens.min(tokens - b * block_tokens))
    };
    let of_heads = |&tokens: &u32| (0..kv_heads).flat_map(move |_| blocks(tokens));
    let mut pieces: Vec<Vec<u32>> = match placement {
        KvPlacement::Block => {
            kv_tokens.iter().flat_map(of_heads).map(|block| vec![block]).collect()
        }
        KvPlacement::Request => kv_tokens.iter().map(|tokens| of_heads(tokens).collect()).collect(),
    };
    pieces.sort_by_cached_key(|piece| Reverse(total(piece)));
    // (tokens so far, index): the least loaded first, ties to the lower index.
    let mut load: BinaryHeap<_> = (0..pseudo_channels).map(|p| Reverse((0_u64, p))).collect();
    let mut held: Vec<Vec<u32>> = vec![Vec::new(); pseudo_channels as usize];
    for piece in pieces {
        let Some(Reverse((tokens, index))) = load.pop() else { break };
        load.push(Reverse((tokens + total(&piece), index)));
        held[index as usize].extend(piece);
    }
    held.iter_mut().for_each(|blocks| blocks.sort_unstable_by_key(|&tokens| Reverse(tokens)));
    held
}

/// Tokens of blocks.
pub(super) fn total(blocks: &[u32]) -> u64 {
    blocks.iter().map(|&tokens| u64::from(tokens)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn most(kv_tokens: &[u32], heads: u32, placement: KvPlacement) -> Vec<u32> {
        let held = place(kv_tokens, heads, 128, placement, 256);
        let placed: u64 = held.iter().map(|blocks| total(blocks)).sum();
        assert_eq!(placed, u64::from(heads) * total(kv_tokens));
        held.into_iter().max_by_key(|blocks| total(blocks)).unwrap()
    }

    #[test]
    fn blocks_spread_and_requests_do_not() {
        assert_eq!(most(&[1170], 4, KvPlacement::Block), [128]);
        let request = most(&[1170], 4, KvPlacement::Request);
        assert_eq!((request.len(), total(&request)), (40, 4 * 1170));
    }

    #[test]
    fn the_most_loaded_channel_is_near_the_mean() {
        let tokens = total(&most(&[700; 256], 4, KvPlacement::Block));
        assert!((2800..2800 + 128).contains(&tokens), "{tokens}");
    }

    #[test]
    fn loads_are_few() {
        let kv_tokens: Vec<u32> = (0..256).map(|request| 40 + 13 * request).collect();
        let mut held = place(&kv_tokens, 4, 128, KvPlacement::Block, 256);
        held.sort_unstable();
        held.dedup();
        assert!(held.len() < 40, "{}", held.len());
    }
}
