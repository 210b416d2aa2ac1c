&[
    ("attacc-hbm3-npc", include_str!("attacc-hbm3-npc.ron")),
    ("attacc-compat", include_str!("attacc-compat.ron")),
    ("attacc-npc-compat", include_str!("attacc-npc-compat.ron")),
    ("aim-compat", include_str!("aim-compat.ron")),
    ("hbm-pim-compat", include_str!("hbm-pim-compat.ron")),
    ("neupims-compat", include_str!("neupims-compat.ron")),
    ("newton-compat", include_str!("newton-compat.ron")),
    ("ramulator2-compat-hbm3-16gb-8hi", include_str!("ramulator2-compat-hbm3-16gb-8hi.ron")),
    ("ramulator2-compat-hbm3-4gb", include_str!("ramulator2-compat-hbm3-4gb.ron")),
]
