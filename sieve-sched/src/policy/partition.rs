//! Where the experts of a layer run.

use bitvec::prelude::{BitVec, Lsb0};

/// Bit e: expert e runs in memory.
pub type OnPim = BitVec<u64, Lsb0>;

/// One expert that runs on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The expert; its bit of [`Partition::on_pim`] is 0.
    pub expert: usize,
    /// So many of its tokens run in memory, the rest on the GPU; at most as many as it has.
    pub on_pim: u32,
}

/// Where the experts of a layer run on one GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// Whole experts.
    pub on_pim: OnPim,
    /// An expert part of whose tokens run in memory.
    pub split: Option<Split>,
}

impl Partition {
    /// Puts so many experts on one side.
    pub fn put_all(&mut self, experts: usize, on_pim: bool) {
        self.on_pim.clear();
        self.on_pim.resize(experts, on_pim);
        self.split = None;
    }

    /// Puts experts with more than `least` tokens on the GPU, as well as the first `ties` of those with exactly so many, and the
    /// rest on PIM.
    pub fn put_popular_on_gpu(&mut self, tokens: &[u32], least: u32, mut ties: u32) {
        self.put_all(tokens.len(), true);
        // Word by word: setting bits one by one takes longer than all else that placing does.
        for (word, tokens) in self.on_pim.as_raw_mut_slice().iter_mut().zip(tokens.chunks(64)) {
            for (bit, &n) in tokens.iter().enumerate() {
                let tied = n == least && ties > 0;
                ties -= u32::from(tied);
                *word &= !(u64::from(n > least || tied) << bit);
            }
        }
    }

    /// How many of an expert's tokens run [on the GPU, in memory].
    #[must_use]
    pub fn tokens(&self, expert: usize, tokens: u32) -> [u32; 2] {
        let in_memory = match self.split {
            _ if self.on_pim[expert] => tokens,
            Some(split) if split.expert == expert => split.on_pim.min(tokens),
            _ => 0,
        };
        [tokens - in_memory, in_memory]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_gpu_by_index() {
        let mut partition = Partition::default();
        partition.put_popular_on_gpu(&[4, 2, 0, 2, 9, 2], 2, 2);
        assert_eq!(partition.on_pim.iter_ones().collect::<Vec<_>>(), [2, 5]);
    }

    #[test]
    fn layers_of_more_than_a_word() {
        let tokens: Vec<u32> = (0..150).map(|e| e % 3).collect();
        let mut partition = Partition::default();
        partition.put_popular_on_gpu(&tokens, 1, 30);
        let on_gpu = |e: usize| tokens[e] == 2 || tokens[e] == 1 && e / 3 < 30;
        assert_eq!(partition.on_pim, (0..150).map(|e| !on_gpu(e)).collect::<OnPim>());
    }

    #[test]
    fn a_split_expert_is_on_both_sides() {
        let mut partition = Partition::default();
        partition.put_popular_on_gpu(&[1, 6], 1, 0);
        partition.split = Some(Split { expert: 1, on_pim: 2 });
        assert_eq!((partition.tokens(0, 1), partition.tokens(1, 6)), ([0, 1], [4, 2]));
    }
}
