&[
    ("robaracoch", include_str!("robaracoch.ron")),
    ("chrabaroco", include_str!("chrabaroco.ron")),
    ("mop4clxor", include_str!("mop4clxor.ron")),
    ("interleaved", include_str!("interleaved.ron")),
]
