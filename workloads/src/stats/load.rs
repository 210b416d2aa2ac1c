//! Tokens per expert of a layer, summed up.

use super::means::Means;

/// Statistics of the tokens per expert of one layer and step, or their mean over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadStats {
    /// Activated experts: those with one token or more.
    pub activated: f64,
    /// Share of the activated experts that have exactly one token, 0 to 1.
    pub one_token: f64,
    /// Share of the activated experts that have exactly two tokens, 0 to 1.
    pub two_tokens: f64,
    /// Share of the activated experts that have at most four tokens, 0 to 1.
    pub up_to_four: f64,
    /// Tokens of the expert that has most.
    pub most: f64,
}

impl LoadStats {
    /// Statistics of one vector of tokens per expert; the shares are 0 when no expert is activated.
    #[must_use]
    pub fn of(tokens_per_expert: &[u32]) -> Self {
        let up_to =
            |most| tokens_per_expert.iter().filter(|n| (1..=most).contains(*n)).count() as f64;
        let activated = up_to(u32::MAX);
        let share = |experts: f64| experts / activated.max(1.0);
        Self {
            activated,
            one_token: share(up_to(1)),
            two_tokens: share(up_to(2) - up_to(1)),
            up_to_four: share(up_to(4)),
            most: tokens_per_expert.iter().copied().max().unwrap_or(0).into(),
        }
    }

    /// Share of the activated experts that have three or four tokens, 0 to 1.
    #[must_use]
    pub fn three_or_four(&self) -> f64 {
        (self.up_to_four - self.two_tokens - self.one_token).max(0.0)
    }

    /// Share of the activated experts that have more than four tokens, 0 to 1.
    #[must_use]
    pub fn above_four(&self) -> f64 {
        if self.activated > 0.0 { 1.0 - self.up_to_four } else { 0.0 }
    }

    /// Mean of each statistic, all layers and steps counting alike; `None` of nothing.
    #[must_use]
    pub fn mean(of: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut means = Means::NONE;
        of.into_iter().for_each(|stats| means.push(stats.values()));
        means.mean().map(Self::from_values)
    }

    pub(super) fn values(self) -> [f64; 5] {
        [self.activated, self.one_token, self.two_tokens, self.up_to_four, self.most]
    }

    pub(super) fn from_values(values: [f64; 5]) -> Self {
        let [activated, one_token, two_tokens, up_to_four, most] = values;
        Self { activated, one_token, two_tokens, up_to_four, most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_activated_experts() {
        let stats = LoadStats::of(&[0, 1, 4, 5, 0, 1, 20, 2, 2, 3]);
        let expected = LoadStats {
            activated: 8.0,
            one_token: 0.25,
            two_tokens: 0.25,
            up_to_four: 0.75,
            most: 20.0,
        };
        assert_eq!(stats, expected);
        assert_eq!((stats.three_or_four(), stats.above_four()), (0.25, 0.25));
    }

    #[test]
    fn no_token_activates_nothing() {
        let nothing = LoadStats::of(&[0, 0]);
        assert_eq!((nothing, nothing.above_four()), (LoadStats::default(), 0.0));
        assert_eq!(LoadStats::mean([]), None);
    }

    #[test]
    fn mean_is_taken_of_shares() {
        let mean = LoadStats::mean([LoadStats::of(&[1, 0, 0]), LoadStats::of(&[5, 1, 9])]).unwrap();
        assert_eq!(
            (mean.activated, mean.one_token, mean.most),
            (2.0, (1.0 + 1.0 / 3.0) / 2.0, 5.0)
        );
    }
}
