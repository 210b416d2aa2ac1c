//! The figures that ship with the program.

/// Figures: name and RON text, those of the paper first.
pub const SPECS: &[(&str, &str)] = &[
    ("fig1", include_str!("../../figures/fig1.ron")),
    ("fig3", include_str!("../../figures/fig3.ron")),
    ("fig4", include_str!("../../figures/fig4.ron")),
    ("fig5", include_str!("../../figures/fig5.ron")),
    ("fig6", include_str!("../../figures/fig6.ron")),
    ("fig9", include_str!("../../figures/fig9.ron")),
    ("fig10", include_str!("../../figures/fig10.ron")),
    ("fig11", include_str!("../../figures/fig11.ron")),
    ("energy", include_str!("../../figures/energy.ron")),
    ("banks", include_str!("../../figures/banks.ron")),
    ("optimality", include_str!("../../figures/optimality.ron")),
    ("sensitivity", include_str!("../../figures/sensitivity.ron")),
    ("laws", include_str!("../../figures/laws.ron")),
    ("quirks", include_str!("../../figures/quirks.ron")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Spec;

    #[test]
    fn every_file_is_named_after_its_figure() {
        for (name, _) in SPECS {
            let spec = Spec::load(name).expect("the shipped figure parses");
            assert_eq!(spec.id, *name);
            assert!(!spec.title.is_empty() && spec.caption.ends_with('.'), "{name}");
        }
    }
}
