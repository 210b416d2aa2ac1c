//! Smaller batches out of a recorded one.

use std::collections::BTreeSet;

use rand::RngExt;
use rand_pcg::Pcg64;

use crate::trace::{Part, Rows};

/// `batch` of `recorded` tokens, ascending, every choice being as likely (Floyd's algorithm, CACM 30.9).
pub(super) fn choose(batch: usize, recorded: usize, rng: &mut Pcg64) -> Vec<usize> {
    let mut chosen = BTreeSet::new();
    for last in recorded - batch..recorded {
        let token = rng.random_range(0..=last as u64) as usize;
        if !chosen.insert(token) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

/// Tokens per expert of a layer, of the chosen tokens alone.
///
/// Of counts, tokens are made up as [`crate::counts::deal`] does: card `c` of the experts in order goes to token
/// `c mod batch`. How many of the chosen tokens visit an expert is hypergeometric however the experts are combined, so
/// the expected number of experts with so many tokens is exact.
pub(super) fn thin(
    part: &Part<'_>,
    layer: usize,
    experts: u32,
    top_k: u32,
    chosen: &[usize],
) -> Vec<u32> {
    let mut tokens = vec![0; experts as usize];
    match part.rows {
        Rows::Ids(ids) => {
            let k = top_k as usize;
            for &token in chosen {
                let first = (layer * part.batch + token) * k;
                ids[first..][..k].iter().for_each(|&id| tokens[usize::from(id)] += 1);
            }
        }
        Rows::Counts(counts) => {
            let ends: Vec<u64> = counts[layer * experts as usize..][..experts as usize]
                .iter()
                .scan(0, |end, &count| {
                    *end += u64::from(count);
                    Some(*end)
                })
                .collect();
            for &token in chosen {
                for round in 0..u64::from(top_k) {
                    let card = round * part.batch as u64 + token as u64;
                    tokens[ends.partition_point(|&end| end <= card)] += 1;
                }
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{deal, tokens_per_expert};
    use crate::rng::{Purpose, stream};

    #[test]
    fn every_token_is_as_likely() {
        let mut rng = stream(1, Purpose::Rows, 0);
        let mut hits = [0_u32; 7];
        for _ in 0..70_000 {
            let chosen = choose(3, 7, &mut rng);
            assert!(chosen.len() == 3 && chosen.windows(2).all(|pair| pair[0] < pair[1]));
            chosen.iter().for_each(|&token| hits[token] += 1);
        }
        assert!(hits.iter().all(|&n| (29_400..30_600).contains(&n)), "{hits:?}");
        assert_eq!(choose(4, 4, &mut rng), [0, 1, 2, 3]);
    }

    /// Thinning counts is dealing them and thinning the tokens.
    #[test]
    fn counts_are_thinned_as_dealt_tokens_are() {
        let counts = [3, 0, 5, 2, 4, 1];
        let mut ids = Vec::new();
        deal(&counts, 5, &mut ids);
        let part = |rows| Part { source: "", request: 0, layers: &[0], batch: 5, rows };
        for chosen in [&[0, 3][..], &[1, 2, 4], &[0, 1, 2, 3, 4], &[]] {
            let [of_ids, of_counts] = [Rows::Ids(&ids), Rows::Counts(&counts)]
                .map(|rows| thin(&part(rows), 0, 6, 3, chosen));
            assert_eq!(of_ids, of_counts);
        }
        assert_eq!(tokens_per_expert(&ids, 6), counts);
    }
}
