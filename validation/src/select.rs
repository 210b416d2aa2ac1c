//! Picks claims by id.

use pim_dram::similar::{nearest, suggestion};
use thiserror::Error;

use crate::claim::Claim;

/// A prefix that no claim has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no claim is called `{prefix}` or starts so{}; there is {}", suggestion(.nearest), .known.join(", "))]
pub struct UnknownClaim {
    /// What was asked for.
    pub prefix: String,
    /// The most similar id.
    pub nearest: Option<String>,
    /// All ids.
    pub known: Vec<String>,
}

/// The claims whose id starts with one of the prefixes, in their own order; all of them without prefixes.
///
/// # Errors
/// A prefix of no id.
pub fn select<'c>(
    claims: &'c [Claim],
    prefixes: &[String],
) -> Result<Vec<&'c Claim>, UnknownClaim> {
    let none = |prefix: &&String| !claims.iter().any(|claim| claim.id.starts_with(prefix.as_str()));
    if let Some(prefix) = prefixes.iter().find(none) {
        return Err(UnknownClaim {
            prefix: prefix.clone(),
            nearest: nearest(prefix, claims.iter().map(|claim| claim.id.as_str())),
            known: claims.iter().map(|claim| claim.id.clone()).collect(),
        });
    }
    let wanted = |claim: &&Claim| {
        prefixes.is_empty() || prefixes.iter().any(|prefix| claim.id.starts_with(prefix.as_str()))
    };
    Ok(claims.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(prefixes: &[&str]) -> Result<Vec<String>, UnknownClaim> {
        let claims = Claim::shipped().expect("shipped claims parse");
        let prefixes: Vec<String> = prefixes.iter().map(|&prefix| prefix.to_owned()).collect();
        select(&claims, &prefixes)
            .map(|claims| claims.iter().map(|claim| claim.id.clone()).collect())
    }

    #[test]
    fn prefixes_keep_the_order_of_the_claims() {
        let all = ids(&[]).unwrap();
        let two = ids(&["r8", "activation.per_bank"]).unwrap();
        let expected: Vec<_> = all
            .iter()
            .filter(|id| id.starts_with("r8") || *id == "activation.per_bank")
            .cloned()
            .collect();
        assert_eq!(two, expected);
        assert!(1 < two.len() && two.len() < all.len(), "{two:?}");
    }

    #[test]
    fn an_unknown_prefix_names_the_nearest_or_all() {
        let text = |prefix| ids(&[prefix]).unwrap_err().to_string();
        assert!(
            text("activation.per_bonk").contains("(did you mean `activation.per_bank`?); there is")
        );
        let far = text("zzz");
        assert!(far.contains("activation.per_bank, activation.ganged4"), "{far}");
    }
}
