//! What gates do with scores.

/// Indices of the `k` largest scores, the largest first; of equal ones the lower index comes first.
pub(crate) fn top_k(scores: &[f64], k: usize) -> Vec<u16> {
    let mut best: Vec<u16> = Vec::with_capacity(k + 1);
    let score = |index: u16| scores[usize::from(index)];
    for index in 0..scores.len() as u16 {
        if best.len() == k && best.last().is_none_or(|&last| score(index) <= score(last)) {
            continue;
        }
        best.insert(best.partition_point(|&other| score(other) >= score(index)), index);
        best.truncate(k);
    }
    best
}

/// Shares that are proportional to the exponentials of the logits.
pub(crate) fn softmax(logits: &[f64]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|logit| libm::exp(logit - top)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// The logistic function.
pub(crate) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// As sorting all of them would give.
        #[test]
        fn agrees_with_a_sort(scores in proptest::collection::vec(-3_i32..3, 1..40), k in 0_usize..10) {
            let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
            let mut all: Vec<u16> = (0..scores.len() as u16).collect();
            all.sort_by(|&a, &b| scores[usize::from(b)].total_cmp(&scores[usize::from(a)]));
            all.truncate(k);
            prop_assert_eq!(top_k(&scores, k), all);
        }
    }

    #[test]
    fn functions_have_their_values() {
        assert_eq!(softmax(&[1000.0, 1000.0]), [0.5, 0.5]);
        let shares = softmax(&[0.0, libm::log(3.0)]);
        assert!((shares[1] - 0.75).abs() < 1e-15, "{shares:?}");
        assert_eq!((sigmoid(0.0), sigmoid(-1000.0), sigmoid(1000.0)), (0.5, 0.0, 1.0));
    }
}
