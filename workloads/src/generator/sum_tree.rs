//! Weights under a tree of partial sums: drawing an index by weight and changing a weight take logarithmic time.

/// Non-negative weights of the indices `0..len`.
#[derive(Clone, Debug)]
pub(crate) struct SumTree {
    /// Node 1 is the root, node `n` has the children `2n` and `2n + 1`; the leaves are the second half.
    nodes: Vec<f64>,
}

impl SumTree {
    pub(crate) fn new(weights: &[f64]) -> Self {
        let leaves = weights.len().next_power_of_two();
        let mut nodes = vec![0.0; 2 * leaves];
        nodes[leaves..leaves + weights.len()].copy_from_slice(weights);
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node] + nodes[2 * node + 1];
        }
        Self { nodes }
    }

    /// Sums are made anew rather than corrected, so that no rounding error outlives a heavy weight.
    pub(crate) fn set_weight(&mut self, index: usize, weight: f64) {
        let mut node = self.nodes.len() / 2 + index;
        self.nodes[node] = weight;
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node] + self.nodes[2 * node + 1];
        }
    }

    /// The index at `fraction` (in [0, 1)) of the total weight, which must be above 0. Its weight is above 0.
    pub(crate) fn at(&self, fraction: f64) -> usize {
        let leaves = self.nodes.len() / 2;
        let mut rest = fraction * self.nodes[1];
        let mut node = 1;
        while node < leaves {
            let (left, right) = (self.nodes[2 * node], self.nodes[2 * node + 1]);
            // The second condition catches a `rest` that rounding put past the end.
            if rest < left || right == 0.0 {
                node *= 2;
            } else {
                rest -= left;
                node = 2 * node + 1;
            }
        }
        node - leaves
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A scan over the weights finds the same index, up to rounding at the border between two.
        #[test]
        fn agrees_with_a_scan(
            mut weights in proptest::collection::vec(0_u32..5, 1..40),
            zeroed in any::<proptest::sample::Index>(),
            fraction in 0.0..1.0,
        ) {
            let real: Vec<_> = weights.iter().copied().map(f64::from).collect();
            let mut tree = SumTree::new(&real);
            let zeroed = zeroed.index(weights.len());
            weights[zeroed] = 0;
            tree.set_weight(zeroed, 0.0);
            let total: u32 = weights.iter().sum();
            prop_assume!(total > 0);
            let mut rest = fraction * f64::from(total);
            let scanned = weights.iter().position(|&w| {
                let here = rest < f64::from(w);
                rest -= f64::from(w);
                here
            });
            prop_assert_eq!(Some(tree.at(fraction)), scanned);
        }

        /// However unequal the weights, what is drawn has one.
        #[test]
        fn never_draws_a_weightless_index(
            powers in proptest::collection::vec(proptest::option::of(-300..300), 1..40),
            fraction in 0.0..1.0,
        ) {
            let weights: Vec<_> = powers.iter().map(|p| p.map_or(0.0, |p| libm::pow(10.0, f64::from(p)))).collect();
            prop_assume!(weights.iter().any(|&w| w > 0.0));
            let tree = SumTree::new(&weights);
            prop_assert!(weights[tree.at(fraction)] > 0.0);
            prop_assert!(weights[tree.at(1.0 - f64::EPSILON / 2.0)] > 0.0);
        }
    }
}
