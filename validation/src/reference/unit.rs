//! Units, which names end in.

/// Last parts of names, longest first, and their units.
const ENDINGS: [(&str, &str); 38] = [
    ("tokens_per_s_per_user", "tokens/s"),
    ("tokens_per_s_per_gpu", "tokens/s"),
    ("pj_per_byte", "pJ/B"),
    ("pj_per_bit", "pJ/bit"),
    ("pj_per_bit_by_part", "pJ/bit"),
    ("mj_per_token", "mJ/token"),
    ("mj_per_token_by_part", "mJ/token"),
    ("watts_per_gpu", "W"),
    ("bytes_per_s", "B/s"),
    ("gb_per_s", "GB/s"),
    ("flops_per_s", "FLOP/s"),
    ("tflops_per_s", "TFLOP/s"),
    ("us_per_step", "µs"),
    ("ns_per_256_experts", "ns"),
    ("pj_by_part", "pJ"),
    ("estimated_us", "µs"),
    ("simulated_us", "µs"),
    ("share", "0 to 1"),
    ("percent", "%"),
    ("cycles", "clocks"),
    ("ticks", "ticks"),
    ("bytes", "B"),
    ("byte", "B"),
    ("bits", "bits"),
    ("tokens", "tokens"),
    ("gib", "GiB"),
    ("gb", "GB"),
    ("us", "µs"),
    ("ns", "ns"),
    ("ps", "ps"),
    ("fs", "fs"),
    ("pj", "pJ"),
    ("mj", "mJ"),
    ("mw", "mW"),
    ("w", "W"),
    ("tck", "clocks"),
    ("s", "s"),
    ("mhz", "MHz"),
];

/// The unit that a name ends in.
pub(super) fn of(name: &str) -> Option<&'static str> {
    let last = name.rsplit('.').find(|part| !["N", "NAME"].contains(part)).unwrap_or(name);
    let ends = |ending: &str| {
        last.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    ENDINGS.iter().find(|(ending, _)| ends(ending)).map(|(_, unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_longest_ending_counts() {
        assert_eq!(of("run.hbm_bytes_per_s"), Some("B/s"));
        assert_eq!(of("latency_ns"), Some("ns"));
        assert_eq!(of("lanes"), None);
        assert_eq!(of("busy_us_per_step.NAME"), Some("µs"));
        assert_eq!(of("pj_per_bit"), Some("pJ/bit"));
        assert_eq!(of("static_w"), Some("W"));
    }
}
