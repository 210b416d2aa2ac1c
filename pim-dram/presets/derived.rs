&[
    ("attacc-compat", include_str!("attacc-compat.ron")),
    ("attacc-npc-compat", include_str!("attacc-npc-compat.ron")),
]
