&[
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
    ("single-row-pim", include_str!("single-row-pim.ron")),
    ("aim", include_str!("aim.ron")),
    ("attacc", include_str!("attacc.ron")),
    ("hbm-pim", include_str!("hbm-pim.ron")),
    ("neupims", include_str!("neupims.ron")),
    ("newton", include_str!("newton.ron")),
    ("hbm3", include_str!("hbm3.ron")),
    ("hbm2", include_str!("hbm2.ron")),
]
