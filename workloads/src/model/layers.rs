//! Which layer has which attention.

use super::{Attention, ModelSpec, Run};

/// Layers of equal attention: what a report shows once instead of layer by layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerGroup<'a> {
    /// Name of the run in the pattern.
    pub name: &'a str,
    /// Layers of the model that belong to it; may be 0 when the model is shorter than its pattern.
    pub layers: u32,
    /// Attention of each.
    pub attention: &'a Attention,
}

/// A checked spec: [`ModelSpec::check`] has found nothing.
impl ModelSpec {
    /// Attention of a layer, counted from 0.
    #[must_use]
    pub fn attention(&self, layer: u32) -> &Attention {
        &self.pattern[self.group_of(layer)].attention
    }

    /// Index into [`ModelSpec::layer_groups`] of a layer, counted from 0.
    #[must_use]
    pub fn group_of(&self, layer: u32) -> usize {
        let period: u32 = self.pattern.iter().map(|run| run.layers).sum();
        let mut end = 0;
        let before = |run: &&Run| {
            end += run.layers;
            end <= layer % period
        };
        self.pattern.iter().take_while(before).count()
    }

    /// The runs of the pattern with their number of layers in the model.
    #[must_use]
    pub fn layer_groups(&self) -> Vec<LayerGroup<'_>> {
        let runs = self.pattern.iter();
        let mut groups: Vec<_> = runs
            .map(|run| LayerGroup { name: &run.name, layers: 0, attention: &run.attention })
            .collect();
        for layer in 0..self.layers {
            groups[self.group_of(layer)].layers += 1;
        }
        groups
    }
}
