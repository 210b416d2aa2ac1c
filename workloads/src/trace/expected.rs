//! What a trace has to be of.

use super::Problem;
use crate::model::ModelSpec;

/// What is known about a trace before it is read. What the file says has to agree; what it does not say is taken from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Name of the model, for people.
    pub model: Option<String>,
    /// Layers of the model.
    pub layers: Option<u32>,
    /// Experts of a layer.
    pub experts: Option<u32>,
    /// Experts that a token visits.
    pub top_k: Option<u32>,
}

impl Expected {
    /// A trace of that model.
    #[must_use]
    pub fn of(model: &ModelSpec) -> Self {
        Self {
            model: Some(model.name.clone()),
            layers: Some(model.moe_layers()),
            experts: Some(model.experts.count),
            top_k: Some(model.experts.top_k),
        }
    }

    /// The name for a trace that has none of its own.
    pub(super) fn name(&self) -> String {
        self.model.clone().unwrap_or_else(|| "unknown".to_owned())
    }

    /// Experts of a layer: what is found, which has to be what is expected, or that.
    pub(super) fn experts(&self, holder: &str, found: Option<u64>) -> Result<u32, Problem> {
        self.settle(holder, "experts", found, self.experts)
    }

    /// Experts that a token visits, likewise.
    pub(super) fn top_k(&self, holder: &str, found: Option<u64>) -> Result<u32, Problem> {
        self.settle(holder, "experts per token", found, self.top_k)
    }

    /// So many layers, the first ones of the model: all of them.
    pub(super) fn all_layers(&self, holder: &str, found: usize) -> Result<Vec<u32>, Problem> {
        let layers = self.settle(holder, "layers", Some(found as u64), self.layers)?;
        Ok((0..layers).collect())
    }

    fn settle(
        &self,
        holder: &str,
        what: &'static str,
        found: Option<u64>,
        expected: Option<u32>,
    ) -> Result<u32, Problem> {
        let differs = |found, allowed: u32| Problem::Differs {
            holder: holder.to_owned(),
            what,
            found,
            by: self.model.as_ref().map_or_else(
                || format!("expected are {allowed}"),
                |name| format!("model `{name}` has {allowed}"),
            ),
        };
        match (found, expected) {
            (Some(found), Some(allowed)) if found != u64::from(allowed) => {
                Err(differs(found, allowed))
            }
            // Expert ids are held in 16 bits.
            (Some(found), None) if !(1..=1 << 16).contains(&found) => {
                Err(Problem::Beyond { holder: holder.to_owned(), what, found })
            }
            (Some(found), None) => Ok(found as u32),
            (_, Some(allowed)) => Ok(allowed),
            (None, None) => Err(Problem::Unsaid { what }),
        }
    }
}
