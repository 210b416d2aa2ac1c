//! A step's batch cut over GPUs and mini-batches.

use workloads::Step;
use workloads::prefill::Chunk;

use crate::config::Minibatches;
use crate::method::Method;

/// Which GPU and mini-batch each request belongs to: requests go round the GPUs, and on a GPU round its mini-batches; those in
/// prefill follow those in decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// GPUs.
    pub gpus: usize,
    /// Mini-batches, some perhaps without requests on some GPUs.
    pub minibatches: usize,
    /// Per mini-batch, per GPU.
    parts: Vec<Vec<Part>>,
}

/// What a mini-batch has on a GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    /// Requests in decode.
    requests: Vec<usize>,
    /// Requests in prefill, by their chunk of the step.
    prompts: Vec<usize>,
}

impl Split {
    /// Cuts a batch of so many requests in decode and in prefill. With [`Minibatches::Auto`] methods with PIM take two, others one; a GPU with a single request has it in the
    /// first.
    #[must_use]
    pub fn new(
        requests: usize,
        prompts: usize,
        gpus: usize,
        minibatches: Minibatches,
        method: Method,
    ) -> Self {
        let wanted = match minibatches {
            Minibatches::Auto => 1 + usize::from(method.traits().pim),
            Minibatches::Fixed(n) => n as usize,
        };
        let most = (requests + prompts).div_ceil(gpus).max(1);
        let minibatches = wanted.clamp(1, most);
        let mut parts = vec![vec![Part::default(); gpus]; minibatches];
        for request in 0..requests + prompts {
            let (gpu, place) = (request % gpus, request / gpus);
            let part = &mut parts[place % minibatches][gpu];
            match request.checked_sub(requests) {
                None => part.requests.push(request),
                Some(prompt) => part.prompts.push(prompt),
            }
        }
        Self { gpus, minibatches, parts }
    }

    /// Requests of a mini-batch that are in decode on a GPU.
    #[must_use]
    pub fn requests(&self, minibatch: usize, gpu: usize) -> &[usize] {
        &self.parts[minibatch][gpu].requests
    }

    /// Chunks of those that are in prefill.
    #[must_use]
    pub fn chunks(&self, step: &Step, minibatch: usize, gpu: usize) -> Vec<Chunk> {
        self.parts[minibatch][gpu].prompts.iter().map(|&prompt| step.chunks[prompt]).collect()
    }

    /// Tokens of both.
    #[must_use]
    pub fn token_count(&self, step: &Step, minibatch: usize, gpu: usize) -> u32 {
        let decode = u32::try_from(self.requests(minibatch, gpu).len()).unwrap_or(u32::MAX);
        let chunks = self.chunks(step, minibatch, gpu);
        chunks.iter().fold(decode, |sum, chunk| sum.saturating_add(chunk.tokens))
    }

    /// Tokens that the language-model head turns into new ones: one of each request in decode, and the last one of each prompt.
    #[must_use]
    pub fn generated(&self, step: &Step, minibatch: usize, gpu: usize) -> u32 {
        let chunks = self.chunks(step, minibatch, gpu);
        let ended = chunks.iter().filter(|chunk| chunk.last).count();
        u32::try_from(self.requests(minibatch, gpu).len() + ended).unwrap_or(u32::MAX)
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
        let k = ids.len() / step.tokens().max(1);
        self.parts[minibatch].iter().enumerate().flat_map(move |(gpu, part)| {
            let requests = part.requests.iter().map(|&request| request..request + 1);
            let chunks = part.prompts.iter().map(|&prompt| step.chunk_tokens(prompt));
            let tokens = requests.chain(chunks).flatten();
            tokens.map(move |token| (gpu, &ids[token * k..(token + 1) * k]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_one_place() {
        let split = Split::new(7, 0, 2, Minibatches::Auto, Method::Sieve);
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
    fn prompts_follow_requests_round_gpus_and_mini_batches() {
        let split = Split::new(3, 3, 2, Minibatches::Auto, Method::Sieve);
        let prompts = |minibatch: usize, gpu: usize| split.parts[minibatch][gpu].prompts.clone();
        assert_eq!(
            [prompts(0, 0), prompts(0, 1), prompts(1, 0), prompts(1, 1)],
            [vec![1], vec![2], Vec::new(), vec![0]]
        );
        // A request of a GPU is one in prefill too.
        assert_eq!(Split::new(1, 1, 1, Minibatches::Auto, Method::Sieve).minibatches, 2);
        assert_eq!(Split::new(1, 0, 1, Minibatches::Auto, Method::Sieve).minibatches, 1);
    }

    #[test]
    fn one_request_a_gpu_makes_one_mini_batch_and_gpu_only_too() {
        assert_eq!(Split::new(4, 0, 4, Minibatches::Auto, Method::Sieve).minibatches, 1);
        assert_eq!(Split::new(64, 0, 1, Minibatches::Auto, Method::GpuOnly).minibatches, 1);
        assert_eq!(Split::new(64, 0, 1, Minibatches::Fixed(1), Method::Sieve).minibatches, 1);
    }
}
