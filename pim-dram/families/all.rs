&[
    ("attacc", include_str!("attacc.ron")),
    ("dual-row-pim", include_str!("dual-row-pim.ron")),
]
