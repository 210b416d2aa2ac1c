&[
    ("hbm-pim-compat", include_str!("hbm-pim-compat.ron")),
]
