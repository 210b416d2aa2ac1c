//! How unequally the experts of a layer load their GPUs.

/// Statistics of one layer and step over its GPUs, or their mean over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GpuLoads {
    /// Activated experts of a GPU, those with one token or more, mean over GPUs. A replica counts as an expert.
    pub activated: f64,
    /// Activated experts of the GPU that has most.
    pub activated_most: f64,
    /// (token, expert) pairs of the GPU that has most, over the mean of all.
    pub tokens_most_over_mean: f64,
}

impl GpuLoads {
    /// Statistics of tokens per expert, `[gpu][expert]`; all 0 when there is no token.
    #[must_use]
    pub fn of(tokens: &[Vec<u32>]) -> Self {
        let gpus = tokens.len().max(1) as f64;
        let activated = |held: &Vec<u32>| held.iter().filter(|&&n| n > 0).count() as f64;
        let pairs = |held: &Vec<u32>| held.iter().map(|&n| f64::from(n)).sum::<f64>();
        let total: f64 = tokens.iter().map(pairs).sum();
        let most = tokens.iter().map(pairs).fold(0.0, f64::max);
        Self {
            activated: tokens.iter().map(activated).sum::<f64>() / gpus,
            activated_most: tokens.iter().map(activated).fold(0.0, f64::max),
            tokens_most_over_mean: if total > 0.0 { most / (total / gpus) } else { 0.0 },
        }
    }

    pub(crate) fn values(self) -> [f64; 3] {
        [self.activated, self.activated_most, self.tokens_most_over_mean]
    }

    pub(crate) fn from_values(values: [f64; 3]) -> Self {
        let [activated, activated_most, tokens_most_over_mean] = values;
        Self { activated, activated_most, tokens_most_over_mean }
    }

    /// Mean of each statistic, all layers and steps counting alike; `None` of nothing.
    #[must_use]
    pub fn mean(of: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (mut count, mut sum) = (0.0, Self::default());
        for loads in of {
            count += 1.0;
            sum.activated += loads.activated;
            sum.activated_most += loads.activated_most;
            sum.tokens_most_over_mean += loads.tokens_most_over_mean;
        }
        (count > 0.0).then(|| Self {
            activated: sum.activated / count,
            activated_most: sum.activated_most / count,
            tokens_most_over_mean: sum.tokens_most_over_mean / count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::LayerPlacement;

    #[test]
    fn consecutive_experts_are_together() {
        let placement = LayerPlacement::contiguous(6, 2);
        let split = placement.split(&[1, 5, 2, 0, 4, 0]);
        assert_eq!(split, [[1, 5, 2], [0, 4, 0]]);
        let expected =
            GpuLoads { activated: 2.0, activated_most: 3.0, tokens_most_over_mean: 8.0 / 6.0 };
        assert_eq!(GpuLoads::of(&split), expected);
    }

    #[test]
    fn the_fullest_gpu_over_the_mean() {
        let loads = GpuLoads::of(&[vec![3, 0, 0], vec![1, 1, 1], vec![0, 0, 0]]);
        assert_eq!((loads.activated, loads.activated_most), (4.0 / 3.0, 3.0));
        assert_eq!(loads.tokens_most_over_mean, 1.5);
        assert_eq!(GpuLoads::of(&[vec![0], vec![0]]), GpuLoads::default());
    }
}
