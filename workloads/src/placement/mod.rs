//! Which GPU holds which experts, which replica serves a token, and how evenly that spreads the work.

mod balance;
mod error;
mod spec;
mod stats;

pub use error::PlacementError;
pub use spec::PlacementSpec;
pub use stats::GpuLoads;

use crate::decode::Step;

/// Experts on GPUs, layer by layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    layers: Vec<LayerPlacement>,
}

/// Experts of one layer on GPUs. An expert is on one GPU at least and at most once on each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerPlacement {
    /// Per GPU, ascending.
    experts: Vec<Vec<u16>>,
    /// Per expert: its GPUs, ascending.
    gpus: Vec<Vec<usize>>,
}

impl Placement {
    /// The experts of a layer.
    ///
    /// # Panics
    /// When there is no such layer.
    #[must_use]
    pub fn layer(&self, layer: u32) -> &LayerPlacement {
        &self.layers[layer as usize]
    }

    /// All layers, in order.
    #[must_use]
    pub fn layers(&self) -> &[LayerPlacement] {
        &self.layers
    }

    /// Experts that a GPU holds over all layers, replicas counted.
    #[must_use]
    pub fn copies(&self, gpu: usize) -> u64 {
        self.layers.iter().map(|layer| layer.experts(gpu).len() as u64).sum()
    }

    /// The most experts of a layer that one GPU holds.
    #[must_use]
    pub fn most(&self) -> usize {
        let experts = self.layers.iter().flat_map(|layer| &layer.experts);
        experts.map(Vec::len).max().unwrap_or(0)
    }
}

impl LayerPlacement {
    /// Of each GPU's experts, out of so many; none twice on a GPU, each on one at least.
    fn new(mut experts: Vec<Vec<u16>>, count: u32) -> Self {
        let mut gpus = vec![Vec::new(); count as usize];
        for (gpu, held) in experts.iter_mut().enumerate() {
            held.sort_unstable();
            held.iter().for_each(|&expert| gpus[usize::from(expert)].push(gpu));
        }
        Self { experts, gpus }
    }

    /// Consecutive experts together, on at most as many GPUs as there are experts; no GPU has two more than another.
    #[must_use]
    pub fn contiguous(experts: u32, gpus: usize) -> Self {
        Self::new(spec::cut(&spec::ascending(experts), gpus), experts)
    }

    /// Tokens per expert, `[expert]`, as `[gpu][expert]` in the order of [`Self::experts`]. Replicas do not share: each gets all.
    ///
    /// # Panics
    /// When there are fewer experts than placed.
    #[must_use]
    pub fn split(&self, tokens_per_expert: &[u32]) -> Vec<Vec<u32>> {
        let of = |held: &Vec<u16>| {
            held.iter().map(|&expert| tokens_per_expert[usize::from(expert)]).collect()
        };
        self.experts.iter().map(of).collect()
    }

    /// Experts of a GPU, ascending.
    ///
    /// # Panics
    /// When there is no such GPU.
    #[must_use]
    pub fn experts(&self, gpu: usize) -> &[u16] {
        &self.experts[gpu]
    }

    /// GPUs of an expert, ascending.
    ///
    /// # Panics
    /// When there is no such expert.
    #[must_use]
    pub fn replicas(&self, expert: u16) -> &[usize] {
        &self.gpus[usize::from(expert)]
    }

    /// Who serves the tokens of a batch, from its first one on.
    #[must_use]
    pub fn turns(&self) -> Turns<'_> {
        Turns { layer: self, next: vec![0; self.gpus.len()] }
    }

    /// Tokens that each GPU's experts get, in the order of [`Self::experts`]. A token is its home GPU and its experts.
    ///
    /// # Panics
    /// When there is no such expert.
    #[must_use]
    pub fn tokens<'a>(
        &self,
        tokens: impl IntoIterator<Item = (usize, &'a [u16])>,
    ) -> Vec<Vec<u32>> {
        let mut turns = self.turns();
        let mut counts: Vec<_> = self.experts.iter().map(|held| vec![0; held.len()]).collect();
        for (home, experts) in tokens {
            for &expert in experts {
                let gpu = turns.gpu(home, expert);
                let held = self.experts[gpu].binary_search(&expert);
                counts[gpu][held.unwrap_or_else(|at| at)] += 1;
            }
        }
        counts
    }
}

/// Chooses a replica for each (token, expert) pair of a batch: that of the token's home GPU if there is one, else the replicas in
/// turn.
#[derive(Clone, Debug)]
pub struct Turns<'a> {
    layer: &'a LayerPlacement,
    /// Per expert: the replica whose turn it is.
    next: Vec<usize>,
}

impl Turns<'_> {
    /// The GPU that serves the next pair.
    ///
    /// # Panics
    /// When there is no such expert.
    pub fn gpu(&mut self, home: usize, expert: u16) -> usize {
        let replicas = self.layer.replicas(expert);
        if replicas.contains(&home) {
            return home;
        }
        let next = &mut self.next[usize::from(expert)];
        let gpu = replicas[*next];
        *next = (*next + 1) % replicas.len();
        gpu
    }
}

/// Tokens of each expert over steps, `[layer][expert]`.
#[must_use]
pub fn loads(steps: &[Step], layers: u32, experts: u32) -> Vec<Vec<u64>> {
    let of = |layer| {
        let mut sums = vec![0; experts as usize];
        for step in steps {
            let tokens = step.tokens_per_expert(layer);
            sums.iter_mut().zip(tokens).for_each(|(sum, n)| *sum += u64::from(n));
        }
        sums
    };
    (0..layers).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expert 1 is everywhere.
    fn layer() -> LayerPlacement {
        LayerPlacement::new(vec![vec![1, 0], vec![1, 2], vec![3, 1]], 4)
    }

    #[test]
    fn a_token_stays_at_home_where_it_can_and_else_takes_turns() {
        let layer = LayerPlacement::new(vec![vec![1, 0], vec![1, 2], vec![3]], 4);
        let mut turns = layer.turns();
        let served: Vec<_> = [2, 2, 0, 2, 1].map(|home| turns.gpu(home, 1)).into();
        assert_eq!(served, [0, 1, 0, 0, 1]);
        assert_eq!(turns.gpu(2, 2), 1);
    }

    #[test]
    fn tokens_are_counted_where_they_are_served() {
        let tokens: [(usize, &[u16]); 3] = [(0, &[1, 3]), (1, &[1, 0]), (1, &[2, 1])];
        assert_eq!(layer().tokens(tokens), [vec![1, 1], vec![2, 1], vec![0, 1]]);
    }
}
