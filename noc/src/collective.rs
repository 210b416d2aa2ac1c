//! What collectives move.

/// Bytes from each GPU to each other; what stays on a GPU is not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    gpus: usize,
    /// Row-major, [from x to].
    bytes: Vec<u64>,
}

impl Traffic {
    /// No bytes between `gpus`.
    #[must_use]
    pub fn new(gpus: usize) -> Self {
        Self { gpus, bytes: vec![0; gpus * gpus] }
    }

    /// Every GPU sends its part to all others, and receives theirs.
    #[must_use]
    pub fn all_gather(bytes_per_gpu: &[u64]) -> Self {
        let mut traffic = Self::new(bytes_per_gpu.len());
        for (from, &bytes) in bytes_per_gpu.iter().enumerate() {
            for to in 0..traffic.gpus {
                traffic.send(from, to, bytes);
            }
        }
        traffic
    }

    /// Tokens go once to every other GPU that holds at least one of their experts. `tokens` yields (home GPU, GPUs of its
    /// experts). Combining is the transpose: one partial sum per (token, GPU) goes home.
    #[must_use]
    pub fn dispatch<'a>(
        gpus: usize,
        token_bytes: u64,
        tokens: impl IntoIterator<Item = (usize, &'a [usize])>,
    ) -> Self {
        let mut traffic = Self::new(gpus);
        for (home, places) in tokens {
            for (index, &place) in places.iter().enumerate() {
                if !places[..index].contains(&place) {
                    traffic.send(home, place, token_bytes);
                }
            }
        }
        traffic
    }

    /// Adds bytes to a pair.
    pub fn send(&mut self, from: usize, to: usize, bytes: u64) {
        if from != to {
            self.bytes[from * self.gpus + to] += bytes;
        }
    }

    /// GPUs.
    #[must_use]
    pub fn gpus(&self) -> usize {
        self.gpus
    }

    /// The same bytes the other way.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let n = self.gpus;
        let bytes = (0..n * n).map(|at| self.bytes[(at % n) * n + at / n]).collect();
        Self { gpus: n, bytes }
    }

    /// Bytes that leave a GPU.
    #[must_use]
    pub fn egress(&self, gpu: usize) -> u64 {
        self.bytes[gpu * self.gpus..(gpu + 1) * self.gpus].iter().sum()
    }

    /// Bytes that reach a GPU.
    #[must_use]
    pub fn ingress(&self, gpu: usize) -> u64 {
        self.bytes.iter().skip(gpu).step_by(self.gpus).sum()
    }

    /// All bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bytes.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_travels_once_per_gpu_and_not_to_its_own() {
        let places: [&[usize]; 2] = [&[0, 1, 1, 3], &[2, 2]];
        let traffic = Traffic::dispatch(4, 10, [0, 1].into_iter().zip(places));
        assert_eq!((0..4).map(|g| traffic.egress(g)).collect::<Vec<_>>(), [20, 10, 0, 0]);
        assert_eq!((0..4).map(|g| traffic.ingress(g)).collect::<Vec<_>>(), [0, 10, 10, 10]);
    }

    #[test]
    fn all_gather_brings_every_part_everywhere() {
        let traffic = Traffic::all_gather(&[3, 5, 7]);
        assert_eq!((traffic.egress(1), traffic.ingress(1)), (10, 10));
        assert_eq!(traffic.total(), 30);
        assert_eq!(Traffic::all_gather(&[9]).total(), 0);
    }

    proptest! {
        #[test]
        fn bytes_are_conserved(sends in proptest::collection::vec((0_usize..5, 0_usize..5, 0_u64..1000), 0..40)) {
            let mut traffic = Traffic::new(5);
            for &(from, to, bytes) in &sends {
                traffic.send(from, to, bytes);
            }
            let out: u64 = (0..5).map(|g| traffic.egress(g)).sum();
            let into: u64 = (0..5).map(|g| traffic.ingress(g)).sum();
            prop_assert_eq!((out, into), (traffic.total(), traffic.total()));
            let back = traffic.transpose();
            prop_assert!((0..5).all(|g| back.egress(g) == traffic.ingress(g)));
            prop_assert_eq!(back.transpose(), traffic);
        }
    }
}
