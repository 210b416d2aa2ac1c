//! Simulated time.

/// Femtoseconds, the one time type between crates.
pub type Femtos = fugit::Duration<u64, 1, 1_000_000_000_000_000>;

/// Time for `amount` at so much a second, above 0: rounded up, and at most `u64::MAX` femtoseconds, which is five hours.
pub(crate) fn at_rate(amount: u64, per_s: u64) -> Femtos {
    let second = u128::from(Femtos::from_secs(1).as_ticks());
    let femtos = (u128::from(amount) * second).div_ceil(u128::from(per_s));
    Femtos::from_ticks(u64::try_from(femtos).unwrap_or(u64::MAX))
}

/// Sum that stops at the maximum.
pub(crate) fn sum(a: Femtos, b: Femtos) -> Femtos {
    Femtos::from_ticks(a.as_ticks().saturating_add(b.as_ticks()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_round_up_and_stop_at_the_maximum() {
        assert_eq!(at_rate(0, 3).as_ticks(), 0);
        assert_eq!(at_rate(1, 3).as_ticks(), 333_333_333_333_334);
        assert_eq!(at_rate(3, 3), Femtos::from_secs(1));
        assert_eq!(at_rate(u64::MAX, 1).as_ticks(), u64::MAX);
    }
}
