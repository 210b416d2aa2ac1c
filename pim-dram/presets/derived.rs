&[
    ("aim-compat", include_str!("aim-compat.ron")),
]
