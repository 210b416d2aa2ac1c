&[
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
    ("gddr6-aim", include_str!("gddr6-aim.ron")),
]
