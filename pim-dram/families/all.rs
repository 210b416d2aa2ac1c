&[
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
    ("aim", include_str!("aim.ron")),
]
