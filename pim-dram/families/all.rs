&[
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
    ("hbm-pim", include_str!("hbm-pim.ron")),
]
