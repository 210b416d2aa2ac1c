&[
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
    ("neupims-hbm2", include_str!("neupims-hbm2.ron")),
    ("newton-hbm2", include_str!("newton-hbm2.ron")),
    ("gddr6-aim", include_str!("gddr6-aim.ron")),
    ("samsung-hbm-pim", include_str!("samsung-hbm-pim.ron")),
]
