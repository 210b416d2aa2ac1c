//! Statistics of token counts per expert.

/// Of one layer and batch, or means over several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Experts with at least one token.
    pub activated: f64,
    /// Share of them with exactly one.
    pub single: f64,
    /// Share of them with at most four.
    pub at_most_four: f64,
    /// Tokens of the most popular expert.
    pub most: f64,
}

impl Counts {
    /// The statistics of one vector of counts.
    #[must_use]
    pub fn of(tokens_per_expert: &[u32]) -> Self {
        let share = |most: u32| tokens_per_expert.iter().filter(|&&n| n > 0 && n <= most).count() as f64;
        let activated = share(u32::MAX);
        let of_activated = |count: f64| if activated > 0.0 { count / activated } else { 0.0 };
        Self {
            activated,
            single: of_activated(share(1)),
            at_most_four: of_activated(share(4)),
            most: f64::from(tokens_per_expert.iter().copied().max().unwrap_or(0)),
        }
    }

    /// The mean of several; zero of none.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let mean = |field: fn(&Self) -> f64| {
            all.iter().map(field).sum::<f64>() / (all.len() as f64).max(1.0)
        };
        Self {
            activated: mean(|c| c.activated),
            single: mean(|c| c.single),
            at_most_four: mean(|c| c.at_most_four),
            most: mean(|c| c.most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_activated_experts() {
        let found = Counts::of(&[0, 1, 1, 4, 9, 0]);
        assert_eq!(found, Counts { activated: 4.0, single: 0.5, at_most_four: 0.75, most: 9.0 });
    }
}
