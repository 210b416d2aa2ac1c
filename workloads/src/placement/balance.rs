//! Replicates and packs experts by load. The idea, replicas for the hottest experts and a greedy packing, is that of DeepSeek's
//! expert-parallel load balancer (DeepSeek-V3, arXiv 2412.19437 section 3.4); rules and ties are our own.

use std::cmp::Reverse;

/// Parts of a token, so that a share of the load of an expert is an integer.
const PARTS: u128 = 1 << 20;

/// Experts of each GPU. `sizes` are the places of the GPUs, `loads.len()` in all and at most one more on one than on another;
/// each GPU has so many places more for replicas.
pub(super) fn balanced(loads: &[u64], sizes: &[usize], replicas: u32) -> Vec<Vec<u16>> {
    let gpus = sizes.len();
    let copies = copies(loads, gpus, gpus * replicas as usize);
    let share = |expert: usize| u128::from(loads[expert]) * PARTS / copies[expert] as u128;
    let mut order: Vec<usize> = (0..loads.len()).collect();
    order.sort_by_key(|&expert| (Reverse(share(expert)), expert));

    let mut packed = Packed {
        held: vec![Vec::new(); gpus],
        loads: vec![0; gpus],
        places: sizes.iter().map(|size| size + replicas as usize).collect(),
    };
    for expert in order {
        for _ in 0..copies[expert] {
            let gpu =
                packed.least_loaded(expert).unwrap_or_else(|| packed.make_room(expert, &share));
            packed.put(gpu, expert, share(expert));
        }
    }
    let ids = |held: Vec<usize>| held.into_iter().map(|expert| expert as u16).collect();
    packed.held.into_iter().map(ids).collect()
}

/// Copies of each expert: one, and the further ones where the load of a copy is highest, at most one a GPU.
fn copies(loads: &[u64], gpus: usize, further: usize) -> Vec<usize> {
    let mut copies = vec![1; loads.len()];
    for _ in 0..further {
        let share = |expert: usize| u128::from(loads[expert]) * PARTS / copies[expert] as u128;
        let hottest = (0..loads.len())
            .filter(|&expert| copies[expert] < gpus)
            .max_by_key(|&expert| (share(expert), Reverse(copies[expert]), Reverse(expert)));
        if let Some(expert) = hottest {
            copies[expert] += 1;
        }
    }
    copies
}

/// GPUs while they are filled.
struct Packed {
    held: Vec<Vec<usize>>,
    loads: Vec<u128>,
    places: Vec<usize>,
}

impl Packed {
    fn has_room(&self, gpu: usize) -> bool {
        self.held[gpu].len() < self.places[gpu]
    }

    fn put(&mut self, gpu: usize, expert: usize, share: u128) {
        self.held[gpu].push(expert);
        self.loads[gpu] += share;
    }

    /// Of the GPUs that have room and no copy yet.
    fn least_loaded(&self, expert: usize) -> Option<usize> {
        (0..self.held.len())
            .filter(|&gpu| self.has_room(gpu) && !self.held[gpu].contains(&expert))
            .min_by_key(|&gpu| (self.loads[gpu], gpu))
    }

    /// Where only GPUs that hold the expert have room, moves another expert there from the least loaded GPU that does not: the
    /// lightest that can move. There is one: a full GPU holds as many experts as one with room, and those are not the same.
    fn make_room(&mut self, expert: usize, share: &impl Fn(usize) -> u128) -> usize {
        let gpus = 0..self.held.len();
        let roomy = gpus.clone().find(|&gpu| self.has_room(gpu)).unwrap_or(0);
        let without = gpus.filter(|&gpu| !self.held[gpu].contains(&expert));
        let full = without.min_by_key(|&gpu| (self.loads[gpu], gpu)).unwrap_or(0);
        let can_move = (0..self.held[full].len()).filter(|&at| {
            let moved = self.held[full][at];
            !self.held[roomy].contains(&moved)
        });
        if let Some(at) = can_move.min_by_key(|&at| (share(self.held[full][at]), at)) {
            let moved = self.held[full].swap_remove(at);
            self.loads[full] -= share(moved);
            self.put(roomy, moved, share(moved));
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(loads: &[u64], gpus: usize, replicas: u32, expected: &[&[u16]]) {
        let sizes = vec![loads.len() / gpus; gpus];
        let mut held = balanced(loads, &sizes, replicas);
        held.iter_mut().for_each(|held| held.sort_unstable());
        assert_eq!(held, expected);
    }

    #[test]
    fn the_heaviest_goes_where_least_is() {
        // 9 | 8, then 7 beside 8, 6 beside 9; a full GPU takes no more.
        check(&[6, 7, 8, 9], 2, 0, &[&[0, 3], &[1, 2]]);
        check(&[100, 1, 1, 1], 2, 0, &[&[0, 3], &[1, 2]]);
    }

    #[test]
    fn the_hottest_expert_is_replicated() {
        // 100 becomes 50 + 50, one on each GPU; 40 and 30 part, 20 goes to the lesser.
        check(&[100, 40, 30, 20], 2, 1, &[&[0, 1, 2], &[0, 1, 3]]);
        // Until it is everywhere; then the next.
        assert_eq!(copies(&[100, 40, 30, 20], 2, 2), [2, 2, 1, 1]);
        assert_eq!(copies(&[0, 0, 0, 0], 4, 4), [2, 2, 2, 2]);
    }

    /// Cases in which the last copies meet GPUs that hold the expert already; found by search.
    #[test]
    fn room_is_made_where_the_packing_is_stuck() {
        let cases: [(&[u64], &[usize], u32); 3] = [
            (&[0, 0, 0], &[1, 1, 1], 1),
            (&[2, 5, 2, 3, 3], &[3, 2], 1),
            (&[5, 5, 100, 3, 100, 10], &[2, 1, 2, 1], 4),
        ];
        for (loads, sizes, replicas) in cases {
            let held = balanced(loads, sizes, replicas);
            for (mut held, size) in held.into_iter().zip(sizes) {
                held.sort_unstable();
                held.dedup();
                assert_eq!(held.len(), size + replicas as usize, "{loads:?}");
            }
        }
    }
}
