&[
    ("strict", include_str!("strict.ron")),
    ("ramulator2", include_str!("ramulator2.ron")),
]
