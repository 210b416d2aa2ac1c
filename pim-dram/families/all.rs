&[
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
]
