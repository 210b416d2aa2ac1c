//! Tokens per expert, and one way to have them.

/// Tokens of each expert.
pub(crate) fn tokens_per_expert(expert_ids: &[u16], experts: u32) -> Vec<u32> {
    let mut counts = vec![0; experts as usize];
    for &expert in expert_ids {
        counts[usize::from(expert)] += 1;
    }
    counts
}

/// Appends experts of `batch` tokens, `[token][k]`, that give these tokens per expert.
///
/// The experts are dealt like cards: expert 0 as often as it has tokens, then expert 1, and so on, to the tokens in turn. A
/// token gets `k` cards when there are `batch * k`; it never gets an expert twice, because an expert has at most `batch` cards
/// and the next `batch` cards go to different tokens (McNaughton's wrap-around rule).
pub(crate) fn deal(tokens_per_expert: &[u32], batch: usize, expert_ids: &mut Vec<u16>) {
    let cards: Vec<u16> = tokens_per_expert
        .iter()
        .enumerate()
        .flat_map(|(expert, &count)| std::iter::repeat_n(expert as u16, count as usize))
        .collect();
    for token in 0..batch {
        expert_ids.extend(cards.iter().skip(token).step_by(batch));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any choice of k distinct experts for each of some tokens.
    fn any_routing() -> impl Strategy<Value = (usize, usize, Vec<u16>)> {
        (1_usize..20, 1_usize..30).prop_flat_map(|(experts, batch)| {
            let all: Vec<_> = (0..experts as u16).collect();
            (1..=experts).prop_flat_map(move |k| {
                let token = Just(all.clone()).prop_shuffle().prop_map(move |ids| ids[..k].to_vec());
                let tokens = proptest::collection::vec(token, batch);
                tokens.prop_map(move |tokens| (experts, k, tokens.concat()))
            })
        })
    }

    proptest! {
        #[test]
        fn dealt_tokens_have_the_counts_and_distinct_experts((experts, k, routing) in any_routing()) {
            let counts = tokens_per_expert(&routing, experts as u32);
            let mut dealt = Vec::new();
            deal(&counts, routing.len() / k, &mut dealt);
            prop_assert_eq!(dealt.len(), routing.len());
            prop_assert_eq!(tokens_per_expert(&dealt, experts as u32), counts);
            for token in dealt.chunks(k) {
                prop_assert!(token.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", token);
            }
        }
    }
}
