//! How unequally the tokens of a batch spread over the experts of a layer.

/// Statistics of the tokens per expert of one layer and step, or their mean over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadStats {
    /// Activated experts: those with one token or more.
    pub activated: f64,
    /// Share of the activated experts that have exactly one token, 0 to 1.
    pub one_token: f64,
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
        Self {
            activated,
            one_token: up_to(1) / activated.max(1.0),
            up_to_four: up_to(4) / activated.max(1.0),
            most: tokens_per_expert.iter().copied().max().unwrap_or(0).into(),
        }
    }

    /// Mean of each statistic, all layers and steps counting alike; `None` of nothing.
    #[must_use]
    pub fn mean(of: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut count = 0.0;
        let mut sum = Self { activated: 0.0, one_token: 0.0, up_to_four: 0.0, most: 0.0 };
        for stats in of {
            count += 1.0;
            sum.activated += stats.activated;
            sum.one_token += stats.one_token;
            sum.up_to_four += stats.up_to_four;
            sum.most += stats.most;
        }
        (count > 0.0).then(|| Self {
            activated: sum.activated / count,
            one_token: sum.one_token / count,
            up_to_four: sum.up_to_four / count,
            most: sum.most / count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_activated_experts() {
        let stats = LoadStats::of(&[0, 1, 4, 5, 0, 1, 20]);
        let expected = LoadStats { activated: 5.0, one_token: 0.4, up_to_four: 0.6, most: 20.0 };
        assert_eq!(stats, expected);
    }

    #[test]
    fn no_token_activates_nothing() {
        let nothing = LoadStats { activated: 0.0, one_token: 0.0, up_to_four: 0.0, most: 0.0 };
        assert_eq!(LoadStats::of(&[0, 0]), nothing);
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
