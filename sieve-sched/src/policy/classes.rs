//! Experts by token count: those with equal counts are interchangeable to a policy.

/// Counts from here on are sorted, smaller ones are counted; few experts have so many tokens.
const COUNTED: u32 = 1024;

/// Experts with equal counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Tokens of each.
    pub tokens: u32,
    /// How many experts.
    pub experts: u32,
}

/// Sorts the experts of one layer after the other into classes, in the same memory.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// Experts by count; all 0 between layers.
    experts: Vec<u32>,
    /// Counts that are not counted.
    large: Vec<u32>,
    classes: Vec<Class>,
}

impl Classes {
    /// Classes of the activated experts of a layer, most tokens first.
    pub fn of(&mut self, tokens: &[u32]) -> &[Class] {
        self.experts.resize(COUNTED as usize, 0);
        self.large.clear();
        self.classes.clear();
        let mut most = 0;
        for &n in tokens {
            if n < COUNTED {
                self.experts[n as usize] += 1;
                most = most.max(n);
            } else {
                self.large.push(n);
            }
        }
        self.large.sort_unstable();
        for alike in self.large.chunk_by(PartialEq::eq).rev() {
            // A layer has fewer than 2^32 experts.
            self.classes.push(Class { tokens: alike[0], experts: alike.len() as u32 });
        }
        for n in (1..=most).rev() {
            let experts = std::mem::take(&mut self.experts[n as usize]);
            if experts > 0 {
                self.classes.push(Class { tokens: n, experts });
            }
        }
        self.experts[0] = 0;
        &self.classes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_runs_of_the_sorted_counts() {
        let mut classes = Classes::default();
        let huge = u32::MAX;
        let class = |tokens, experts| Class { tokens, experts };
        assert_eq!(
            classes.of(&[3, 0, 1023, 1, 1024, 3, huge, 1024]),
            [class(huge, 1), class(1024, 2), class(1023, 1), class(3, 2), class(1, 1)]
        );
        // Nothing is left of the layer before.
        assert_eq!(classes.of(&[0, 2, 0]), [class(2, 1)]);
        assert_eq!(classes.of(&[]), []);
    }
}
