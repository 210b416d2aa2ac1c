//! Which bytes go from which GPU to which.

/// Bytes from each GPU to each other one. What stays on a GPU does not travel: the diagonal is 0. Counts stop at `u64::MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    gpus: usize,
    /// `[gpus x gpus]`, a row per sender.
    bytes: Vec<u64>,
}

impl Traffic {
    /// No bytes between so many GPUs.
    #[must_use]
    pub fn none(gpus: usize) -> Self {
        Self::from_fn(gpus, |_, _| 0)
    }

    /// `bytes(from, to)` for every pair of different GPUs.
    #[must_use]
    pub fn from_fn(gpus: usize, bytes: impl Fn(usize, usize) -> u64) -> Self {
        let pairs = (0..gpus).flat_map(|from| (0..gpus).map(move |to| (from, to)));
        let bytes = pairs.map(|(from, to)| if from == to { 0 } else { bytes(from, to) }).collect();
        Self { gpus, bytes }
    }

    /// Each GPU sends all it holds to each other one, one copy per receiver (no multicast in the switch).
    #[must_use]
    pub fn all_gather(bytes_per_gpu: &[u64]) -> Self {
        Self::from_fn(bytes_per_gpu.len(), |from, _| bytes_per_gpu[from])
    }

    /// Adds bytes from one GPU to another; to itself, nothing.
    ///
    /// # Panics
    /// When there is no such GPU.
    pub fn add(&mut self, from: usize, to: usize, bytes: u64) {
        assert!(from < self.gpus && to < self.gpus, "{from} -> {to} among {} GPUs", self.gpus);
        if from != to {
            let sent = &mut self.bytes[from * self.gpus + to];
            *sent = sent.saturating_add(bytes);
        }
    }

    /// The number of GPUs.
    #[must_use]
    pub fn gpus(&self) -> usize {
        self.gpus
    }

    /// Bytes from one GPU to another.
    ///
    /// # Panics
    /// When there is no such GPU.
    #[must_use]
    pub fn between(&self, from: usize, to: usize) -> u64 {
        assert!(from < self.gpus && to < self.gpus, "{from} -> {to} among {} GPUs", self.gpus);
        self.bytes[from * self.gpus + to]
    }

    /// Bytes that leave a GPU.
    #[must_use]
    pub fn egress(&self, gpu: usize) -> u64 {
        sum((0..self.gpus).map(|to| self.between(gpu, to)))
    }

    /// Bytes that enter a GPU.
    #[must_use]
    pub fn ingress(&self, gpu: usize) -> u64 {
        sum((0..self.gpus).map(|from| self.between(from, gpu)))
    }

    /// Bytes between all GPUs.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum(self.bytes.iter().copied())
    }

    /// The same bytes the other way: the answer to each message.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.gpus, |from, to| self.between(to, from))
    }
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}
