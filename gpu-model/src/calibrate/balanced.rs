//! The token counts behind the `balanced` rows of measured tables.

/// Tokens per expert when `tokens` tokens visit `top_k` of `experts` experts in turn.
///
/// As in the tables of ai-dynamo/aiconfigurator @ 095f58a: slot `i` of a token goes to the `i`-th of `top_k` runs of
/// `ceil(experts / top_k)` experts, at the place of the token, or spread evenly over the run when there are fewer tokens than the
/// run has experts. Runs wrap around.
#[must_use]
pub fn balanced(tokens: u32, experts: u32, top_k: u32) -> Vec<u32> {
    let mut counts = vec![0; experts as usize];
    let run = u64::from(experts.div_ceil(top_k.max(1)));
    for token in 0..u64::from(tokens) {
        let place = if u64::from(tokens) >= run { token } else { token * run / u64::from(tokens) };
        for slot in 0..u64::from(top_k) {
            counts[((place + slot * run) % u64::from(experts)) as usize] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_tokens_activate_as_many_experts_as_they_can() {
        let activated = |counts: Vec<u32>| counts.iter().filter(|&&n| n > 0).count();
        assert_eq!(activated(balanced(4, 128, 8)), 32);
        assert_eq!(activated(balanced(16, 128, 8)), 128);
        // Ten runs of 52 wrap around the 512 experts: 8 of them meet twice.
        assert_eq!(activated(balanced(48, 512, 10)), 473);
    }

    #[test]
    fn many_tokens_load_all_experts_alike() {
        assert_eq!(balanced(32, 128, 8), [2; 128]);
        let counts = balanced(1000, 512, 10);
        assert_eq!(counts.iter().sum::<u32>(), 10_000);
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert!(most - least <= 10, "{least} to {most}");
    }
}
