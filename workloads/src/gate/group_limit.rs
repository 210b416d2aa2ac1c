//! Groups of experts of which a token may visit a few.

use serde::{Deserialize, Serialize};

use super::top_k::top_k;
use crate::findings::Checks;

/// Affinities of a group that are summed to rank it: K_r / M = 8 / 4 in arXiv 2412.19437, section 2.1.2.
const SUMMED: usize = 2;

/// Limit of arXiv 2412.19437, section 2.1.2: contiguous groups of equal size; a token visits experts of the groups whose two
/// highest affinities have the largest sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupLimit {
    /// Groups of the experts of a layer. Range: a divisor of the experts, two experts a group or more.
    pub groups: u32,
    /// Groups that a token may visit. Range: 1 to `groups`, with as many experts as a token visits.
    pub visited: u32,
}

impl GroupLimit {
    /// Checks that the groups divide the experts and that enough experts are left to choose from.
    pub(crate) fn check(&self, experts: u32, top_k: u32, path: &str, checks: &mut Checks) {
        let Self { groups, visited } = *self;
        let divides = groups > 0 && experts.is_multiple_of(groups);
        checks.that(divides, &format!("{path}.groups"), || {
            format!("{groups} groups do not divide {experts} experts")
        });
        let in_group = if divides { experts / groups } else { experts };
        checks.that(in_group as usize >= SUMMED, &format!("{path}.groups"), || {
            format!("{groups} groups of {experts} experts; a group needs at least {SUMMED}")
        });
        let path = format!("{path}.visited");
        checks.range(&path, visited, 1..=groups.max(1));
        let open = u64::from(visited) * u64::from(in_group);
        checks.that(open >= top_k.into(), &path, || {
            format!("{visited} groups hold {open} experts, a token visits {top_k}")
        });
    }

    /// Puts the affinities of groups that the token may not visit below all others.
    pub(crate) fn mask(&self, affinities: &mut [f64]) {
        let size = affinities.len() / self.groups as usize;
        let rank = |group: &[f64]| -> f64 {
            top_k(group, SUMMED).into_iter().map(|expert| group[usize::from(expert)]).sum()
        };
        let ranks: Vec<f64> = affinities.chunks(size).map(rank).collect();
        let visited = top_k(&ranks, self.visited as usize);
        for (group, affinities) in (0_u16..).zip(affinities.chunks_mut(size)) {
            if !visited.contains(&group) {
                affinities.fill(f64::NEG_INFINITY);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three groups of three: the one with the highest single affinity loses to those with the highest pairs.
    #[test]
    fn groups_are_ranked_by_their_two_highest() {
        let mut affinities = [0.9, 0.1, 0.0, 0.6, 0.5, 0.0, 0.2, 0.6, 0.6];
        GroupLimit { groups: 3, visited: 2 }.mask(&mut affinities);
        assert_eq!(top_k(&affinities, 4), [3, 7, 8, 4]);
        assert_eq!(affinities[..3], [f64::NEG_INFINITY; 3]);
    }
}
