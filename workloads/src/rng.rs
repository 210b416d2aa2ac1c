//! Independent random streams from one seed.

use rand::SeedableRng;
use rand_pcg::Pcg64;

/// What a stream is drawn for. Streams of different purpose do not influence each other: another law of context lengths
/// leaves the routing as it is.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// Popularity of the experts of a layer.
    Popularity,
    /// Experts of the tokens of a layer.
    Tokens,
    /// Requests of a trace, and positions in them.
    Requests,
    /// Which of the recorded tokens are followed.
    Rows,
    /// Context lengths.
    Contexts,
    /// Affinities of requests to the experts of a layer.
    Affinities,
    /// Experts one by one, so that a change of law moves each on its own.
    Experts,
    /// Scores of the tokens of a batch.
    Scores,
    /// Whether a second expert is asked.
    SecondExperts,
    /// Prompts.
    Prompts,
    /// Experts of the tokens of prompts in a layer.
    PromptTokens,
    /// Affinities of prompts to the experts of a layer.
    PromptAffinities,
    /// Order of the experts of a layer over GPUs.
    Placement,
}

/// What tokens are routed for. Both phases of a request go through the same layers.
#[derive(Clone, Copy)]
pub(crate) enum Phase {
    /// Prompts.
    Prefill,
    /// Generated tokens.
    Decode,
}

impl Phase {
    pub(crate) fn tokens(self) -> Purpose {
        match self {
            Self::Prefill => Purpose::PromptTokens,
            Self::Decode => Purpose::Tokens,
        }
    }

    pub(crate) fn affinities(self) -> Purpose {
        match self {
            Self::Prefill => Purpose::PromptAffinities,
            Self::Decode => Purpose::Affinities,
        }
    }
}

/// The stream of that purpose and index (a layer, or 0).
pub(crate) fn stream(seed: u64, purpose: Purpose, index: u32) -> Pcg64 {
    let label = (purpose as u64) << 32 | u64::from(index);
    Pcg64::seed_from_u64(mix(mix(seed) ^ label))
}

/// SplitMix64's output function (Steele et al., OOPSLA 2014): a bijection that flips half of the bits for each changed one.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
