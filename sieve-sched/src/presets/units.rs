//! Units of fields, which their names end in.

/// End of a name -> unit, as in the sources and the documentation.
const UNITS: &[(&str, &str)] = &[
    ("pj_per_bit", "pJ/bit"),
    ("pj_per_byte", "pJ/B"),
    ("bytes_per_s", "B/s"),
    ("flops_per_s", "FLOP/s"),
    ("ops_per_s", "op/s"),
    ("ns_per_256_experts", "ns per 256 experts"),
    ("bytes", "B"),
    ("bits", "bit"),
    ("ps", "ps"),
    ("ns", "ns"),
    ("pj", "pJ"),
    ("mw", "mW"),
    ("w", "W"),
    ("percent", "%"),
    ("tokens", "tokens"),
    ("share", "of 1"),
];

/// Name of a value that carries its unit, such as `ns(400)` -> unit.
const CARRIED: &[(&str, &str)] = &[("ck", "clocks"), ("ns", "ns"), ("ps", "ps")];

/// The unit that the name of a field ends in; nothing for counts.
pub(super) fn of(name: &str) -> Option<&'static str> {
    let ends = |end: &str| {
        name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    UNITS.iter().find(|(end, _)| ends(end)).map(|(_, unit)| *unit)
}

/// The unit of a value such as `ns(400)`.
pub(super) fn carried(name: &str) -> Option<&'static str> {
    CARRIED.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_units() {
        for (name, unit) in [
            ("hbm_bytes_per_s", Some("B/s")),
            ("bytes_per_s", Some("B/s")),
            ("row_bytes", Some("B")),
            ("scheduler_ns_per_256_experts", Some("ns per 256 experts")),
            ("static_w", Some("W")),
            ("rows", None),
            ("window", None),
        ] {
            assert_eq!(of(name), unit, "{name}");
        }
    }
}
