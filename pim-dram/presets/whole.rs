&[
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
    ("sieve-hbm3e-single", include_str!("sieve-hbm3e-single.ron")),
    ("attacc-hbm3", include_str!("attacc-hbm3.ron")),
    ("gddr6-aim", include_str!("gddr6-aim.ron")),
    ("neupims-hbm2", include_str!("neupims-hbm2.ron")),
    ("newton-hbm2", include_str!("newton-hbm2.ron")),
    ("samsung-hbm-pim", include_str!("samsung-hbm-pim.ron")),
    ("hbm3-16gb-8hi", include_str!("hbm3-16gb-8hi.ron")),
    ("hbm3-4gb", include_str!("hbm3-4gb.ron")),
    ("hbm2-8gb", include_str!("hbm2-8gb.ron")),
]
