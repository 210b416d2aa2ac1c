//! A kernel as it is launched: what it does, and how that is cut.

use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;

/// Kinds of kernels that measured laws tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One matrix product with weights.
    DenseGemm,
    /// The gated feed-forward of several experts.
    GroupedGemm,
    /// Attention of one new token per request.
    DecodeAttention,
    /// Attention of whole prompts.
    PrefillAttention,
    /// Recurrent state read and written, and work per element.
    Elementwise,
}

/// One launch of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its kind.
    pub kind: Kind,
    /// What it computes and moves.
    pub work: Kernel,
    /// Rows of each group, above 0: tokens of a dense product, tokens of each activated expert, one per request of attention.
    pub rows: Vec<u32>,
}

impl Launch {
    /// A launch; groups without rows are left out.
    #[must_use]
    pub fn new(kind: Kind, work: Kernel, rows: impl IntoIterator<Item = u32>) -> Self {
        Self { kind, work, rows: rows.into_iter().filter(|&rows| rows > 0).collect() }
    }

    /// Whether there is nothing to launch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.work == Kernel::default()
    }

    /// Flops when the rows of each group are rounded up to whole tiles: padding is computed like the rest. All rows cost alike.
    #[must_use]
    pub fn flops_in_tiles(&self, tile: u32) -> u64 {
        let rows: u128 = self.rows.iter().copied().map(u128::from).sum();
        if tile <= 1 || rows == 0 {
            return self.work.flops;
        }
        let padded: u128 =
            self.rows.iter().map(|rows| u128::from(rows.div_ceil(tile)) * u128::from(tile)).sum();
        let flops = (u128::from(self.work.flops) * padded).div_ceil(rows);
        u64::try_from(flops).unwrap_or(u64::MAX)
    }
}

/// Work of several launches together.
#[must_use]
pub fn total(launches: &[Launch]) -> Kernel {
    launches.iter().map(|launch| launch.work).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activations, grouped_gemm};

    #[test]
    fn rows_of_each_expert_fill_whole_tiles() {
        let tokens = [1, 0, 8, 9];
        let work = grouped_gemm(&tokens, 4, 2, 16, Activations::OnChip);
        let launch = Launch::new(Kind::GroupedGemm, work, tokens);
        // 1, 8 and 9 tokens make 8, 8 and 16 rows of 48 flops.
        assert_eq!(launch.flops_in_tiles(8), 32 * 48);
        assert_eq!(launch.flops_in_tiles(1), work.flops);
        assert_eq!(launch.rows, [1, 8, 9]);
    }

    #[test]
    fn no_rows_are_no_flops() {
        let launch = Launch::new(Kind::GroupedGemm, Kernel::default(), [0, 0]);
        assert!(launch.is_empty());
        assert_eq!(launch.flops_in_tiles(64), 0);
    }
}
