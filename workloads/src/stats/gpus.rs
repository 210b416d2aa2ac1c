//! How a layer's experts and tokens spread over GPUs.

/// Imbalance between the GPUs of one layer and step, or its mean over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GpuStats {
    /// Activated experts of a GPU, mean over the GPUs.
    pub activated_mean: f64,
    /// Activated experts of the GPU that has most.
    pub activated_most: f64,
    /// Tokens, one for each visit of an expert, of the GPU that has most, over the mean of all; 1 is even.
    pub tokens_most_over_mean: f64,
}

impl GpuStats {
    /// Statistics of one vector of tokens per expert. `gpu_of_expert` has an entry below `gpus` for each expert.
    #[must_use]
    pub fn of(tokens_per_expert: &[u32], gpu_of_expert: &[usize], gpus: usize) -> Self {
        let (mut activated, mut tokens) = (vec![0_u64; gpus], vec![0_u64; gpus]);
        for (&n, &gpu) in tokens_per_expert.iter().zip(gpu_of_expert) {
            activated[gpu] += u64::from(n > 0);
            tokens[gpu] += u64::from(n);
        }
        let mean = |of: &[u64]| of.iter().sum::<u64>() as f64 / gpus as f64;
        let most = |of: &[u64]| of.iter().copied().max().unwrap_or(0) as f64;
        Self {
            activated_mean: mean(&activated),
            activated_most: most(&activated),
            tokens_most_over_mean: most(&tokens) / mean(&tokens).max(f64::MIN_POSITIVE),
        }
    }

    pub(super) fn values(self) -> [f64; 3] {
        [self.activated_mean, self.activated_most, self.tokens_most_over_mean]
    }

    pub(super) fn from_values(values: [f64; 3]) -> Self {
        let [activated_mean, activated_most, tokens_most_over_mean] = values;
        Self { activated_mean, activated_most, tokens_most_over_mean }
    }
}

/// GPU of each expert when consecutive ones are together and no GPU has two more than another.
#[must_use]
pub fn contiguous(experts: u32, gpus: usize) -> Vec<usize> {
    (0..experts as usize).map(|expert| expert * gpus / experts as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_gpu_counts() {
        let placement = contiguous(6, 2);
        assert_eq!(placement, [0, 0, 0, 1, 1, 1]);
        let stats = GpuStats::of(&[1, 5, 2, 0, 4, 0], &placement, 2);
        let expected =
            GpuStats { activated_mean: 2.0, activated_most: 3.0, tokens_most_over_mean: 8.0 / 6.0 };
        assert_eq!(stats, expected);
    }

    #[test]
    fn a_gpu_without_experts_counts_and_a_layer_without_tokens_does_no_harm() {
        assert_eq!(contiguous(2, 3), [0, 1]);
        assert_eq!(GpuStats::of(&[3, 3], &[0, 1], 3).tokens_most_over_mean, 1.5);
        assert_eq!(GpuStats::of(&[0, 0], &[0, 1], 2), GpuStats::default());
    }
}
