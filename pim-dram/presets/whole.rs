&[
    ("attacc-hbm3", include_str!("attacc-hbm3.ron")),
    ("attacc-hbm3-npc", include_str!("attacc-hbm3-npc.ron")),
    ("sieve-hbm3e", include_str!("sieve-hbm3e.ron")),
]
