&[
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
    ("neupims", include_str!("neupims.ron")),
    ("newton", include_str!("newton.ron")),
    ("aim", include_str!("aim.ron")),
    ("hbm-pim", include_str!("hbm-pim.ron")),
]
