//! Batches put together from recorded requests.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::contexts::Contexts;
use crate::rng::{Purpose, stream};
use crate::trace::Array;

/// Slots of a batch, each with a request and a position in it.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    /// `[tokens, layers, k]`.
    expert_ids: Array<u16, 3>,
    /// Where requests begin and end in `expert_ids`.
    bounds: Vec<usize>,
    rng: Pcg64,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Present token.
    token: usize,
    /// End of its request.
    end: usize,
}

impl Requests {
    pub(super) fn new(
        expert_ids: &Array<u16, 3>,
        request_tokens: &Array<u32, 1>,
        batch: usize,
        seed: u64,
    ) -> Self {
        let ends = request_tokens.values().iter().scan(0, |end, &tokens| {
            *end += tokens as usize;
            Some(*end)
        });
        let bounds: Vec<_> = std::iter::once(0).chain(ends).collect();
        let mut rng = stream(seed, Purpose::Requests, 0);
        let slots = (0..batch).map(|_| Slot::draw(&bounds, &mut rng)).collect();
        Self { expert_ids: expert_ids.clone(), bounds, rng, slots }
    }

    /// Appends the experts of the present tokens: `[layer][token][k]`.
    pub(super) fn route(&self, expert_ids: &mut Vec<u16>) {
        let [_, layers, k] = self.expert_ids.shape();
        for layer in 0..layers {
            for slot in &self.slots {
                let first = (slot.token * layers + layer) * k;
                expert_ids.extend(&self.expert_ids.values()[first..][..k]);
            }
        }
    }

    /// Moves every slot on by a token.
    pub(super) fn advance(&mut self, contexts: &mut Contexts) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.token += 1;
            if slot.token < slot.end {
                contexts.grow(index);
            } else {
                *slot = Slot::draw(&self.bounds, &mut self.rng);
                contexts.enter(index);
            }
        }
    }
}

impl Slot {
    fn draw(bounds: &[usize], rng: &mut Pcg64) -> Self {
        let (token, end) = draw_token(bounds, rng);
        Self { token, end }
    }
}

/// A token of a request, both drawn uniformly, and the end of the request. `bounds` are those of the requests.
pub(crate) fn draw_token(bounds: &[usize], rng: &mut Pcg64) -> (usize, usize) {
    // Fixed-width ranges: those of usize depend on the platform.
    let request = rng.random_range(0..bounds.len() as u64 - 1) as usize;
    let (first, end) = (bounds[request], bounds[request + 1]);
    (rng.random_range(first as u64..end as u64) as usize, end)
}
