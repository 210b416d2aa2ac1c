&[
    ("attacc-hbm3-npc", include_str!("attacc-hbm3-npc.ron")),
    ("attacc-compat", include_str!("attacc-compat.ron")),
    ("attacc-npc-compat", include_str!("attacc-npc-compat.ron")),
    ("aim-compat", include_str!("aim-compat.ron")),
    ("hbm-pim-compat", include_str!("hbm-pim-compat.ron")),
    ("neupims-compat", include_str!("neupims-compat.ron")),
    ("newton-compat", include_str!("newton-compat.ron")),
]
