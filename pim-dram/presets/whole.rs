&[
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
    ("samsung-hbm-pim", include_str!("samsung-hbm-pim.ron")),
]
