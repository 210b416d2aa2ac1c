//! A step's batch cut over GPUs and mini-batches.

use workloads::Step;

use crate::config::Minibatches;
use crate::method::Method;

/// Which GPU and mini-batch each request belongs to: requests go round the GPUs, and on a GPU round its mini-batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// GPUs.
    pub gpus: usize,
    /// Mini-batches, some perhaps without requests on some GPUs.
    pub minibatches: usize,
    /// Per mini-batch, per GPU: requests.
    parts: Vec<Vec<Vec<usize>>>,
}

impl Split {
    /// Cuts a batch. With [`Minibatches::Auto`] methods with PIM take two, others one; a GPU with a single request has it in the
    /// first.
    #[must_use]
    pub fn new(requests: usize, gpus: usize, minibatches: Minibatches, method: Method) -> Self {
        let wanted = match minibatches {
            Minibatches::Auto => 1 + usize::from(method.traits().pim),
            Minibatches::Fixed(n) => n as usize,
        };
        let most = requests.div_ceil(gpus).max(1);
        let minibatches = wanted.clamp(1, most);
        let mut parts = vec![vec![Vec::new(); gpus]; minibatches];
        for request in 0..requests {
            let (gpu, place) = (request % gpus, request / gpus);
            parts[place % minibatches][gpu].push(request);
        }
        Self { gpus, minibatches, parts }
    }

    /// Requests of a mini-batch on a GPU.
    #[must_use]
    pub fn requests(&self, minibatch: usize, gpu: usize) -> &[usize] {
        &self.parts[minibatch][gpu]
    }

    /// KV lengths of those requests.
    #[must_use]
    pub fn kv_tokens(&self, step: &Step, minibatch: usize, gpu: usize) -> Vec<u32> {
        self.requests(minibatch, gpu).iter().map(|&request| step.kv_tokens[request]).collect()
    }

    /// Home GPU and experts of each token of a mini-batch.
    pub fn tokens<'a>(
        &'a self,
        step: &'a Step,
        layer: u32,
        minibatch: usize,
    ) -> impl Iterator<Item = (usize, &'a [u16])> {
        let ids = step.layer(layer);
        let k = ids.len() / step.kv_tokens.len().max(1);
        self.parts[minibatch].iter().enumerate().flat_map(move |(gpu, requests)| {
            requests.iter().map(move |&request| (gpu, &ids[request * k..(request + 1) * k]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_one_place() {
        let split = Split::new(7, 2, Minibatches::Auto, Method::Sieve);
        assert_eq!(
            (split.minibatches, split.requests(0, 0), split.requests(1, 1)),
            (2, &[0, 4][..], &[3][..])
        );
        let mut all: Vec<usize> = (0..2)
            .flat_map(|m| (0..2).flat_map(move |g| [(m, g)]))
            .flat_map(|(m, g)| split.requests(m, g).to_vec())
            .collect();
        all.sort_unstable();
        assert_eq!(all, (0..7).collect::<Vec<_>>());
    }

    #[test]
    fn one_request_a_gpu_makes_one_mini_batch_and_gpu_only_too() {
        assert_eq!(Split::new(4, 4, Minibatches::Auto, Method::Sieve).minibatches, 1);
        assert_eq!(Split::new(64, 1, Minibatches::Auto, Method::GpuOnly).minibatches, 1);
        assert_eq!(Split::new(64, 1, Minibatches::Fixed(1), Method::Sieve).minibatches, 1);
    }
}
