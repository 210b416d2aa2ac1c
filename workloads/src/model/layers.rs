//! Which layer is of which kind.

use super::{Attention, FeedForward, ModelSpec, Run};

/// Layers of one kind: what a report shows once instead of layer by layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerGroup<'a> {
    /// Name of its runs in the pattern.
    pub name: &'a str,
    /// Layers of the model that belong to it; may be 0 when the model is shorter than its pattern.
    pub layers: u32,
    /// Attention of each.
    pub attention: &'a Attention,
    /// What follows attention.
    pub feed_forward: FeedForward,
}

/// A decoder layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer<'a> {
    /// Index into [`ModelSpec::layer_groups`].
    pub group: usize,
    /// Attention.
    pub attention: &'a Attention,
    /// What follows it.
    pub ffn: Ffn,
}

/// What follows the attention of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ffn {
    /// Routed experts, and the index of the layer among those that have them: the layer's place in a trace.
    Moe(u32),
    /// One network of so many elements between its matrices.
    Dense(u32),
}

/// A checked spec: [`ModelSpec::check`] has found nothing.
impl ModelSpec {
    /// All decoder layers in order.
    pub fn decoder(&self) -> impl Iterator<Item = Layer<'_>> {
        let kinds = self.kinds();
        (0..self.layers).scan(0, move |before, layer| {
            let run = self.run_of(layer);
            let group = kinds.iter().position(|kind| kind.name == run.name).unwrap_or_default();
            let ffn = match run.feed_forward {
                FeedForward::Dense(intermediate) => Ffn::Dense(intermediate),
                FeedForward::Moe => {
                    *before += 1;
                    Ffn::Moe(*before - 1)
                }
            };
            Some(Layer { group, attention: &run.attention, ffn })
        })
    }

    /// Layers with routed experts: those that routing and traces have.
    #[must_use]
    pub fn moe_layers(&self) -> u32 {
        self.layer_groups()
            .iter()
            .filter(|g| g.feed_forward == FeedForward::Moe)
            .map(|g| g.layers)
            .sum()
    }

    /// The kinds of layers, in the order of their first run, with their number of layers in the model.
    #[must_use]
    pub fn layer_groups(&self) -> Vec<LayerGroup<'_>> {
        let kinds = self.kinds().into_iter();
        let mut groups: Vec<_> = kinds
            .map(|run| LayerGroup {
                name: &run.name,
                layers: 0,
                attention: &run.attention,
                feed_forward: run.feed_forward,
            })
            .collect();
        self.decoder().for_each(|layer| groups[layer.group].layers += 1);
        groups
    }

    /// Attention of a layer, counted from 0.
    #[must_use]
    pub fn attention(&self, layer: u32) -> &Attention {
        &self.run_of(layer).attention
    }

    fn run_of(&self, layer: u32) -> &Run {
        let period: u32 = self.pattern.iter().map(|run| run.layers).sum();
        let mut end = 0;
        let before = |run: &&Run| {
            end += run.layers;
            end <= layer % period
        };
        &self.pattern[self.pattern.iter().take_while(before).count()]
    }

    /// The first run of each name.
    fn kinds(&self) -> Vec<&Run> {
        let mut kinds: Vec<&Run> = Vec::new();
        for run in &self.pattern {
            if kinds.iter().all(|kind| kind.name != run.name) {
                kinds.push(run);
            }
        }
        kinds
    }
}
