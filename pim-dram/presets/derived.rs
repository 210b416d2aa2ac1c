&[
    ("neupims-compat", include_str!("neupims-compat.ron")),
    ("newton-compat", include_str!("newton-compat.ron")),
    ("aim-compat", include_str!("aim-compat.ron")),
    ("hbm-pim-compat", include_str!("hbm-pim-compat.ron")),
]
