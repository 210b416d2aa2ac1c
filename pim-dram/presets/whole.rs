&[
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
]
