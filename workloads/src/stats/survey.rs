//! Statistics of a whole trace, for several batch sizes and per layer, in memory that does not grow with it.

use std::path::Path;

use rand_pcg::Pcg64;

use super::means::Means;
use super::outline::Outline;
use super::{LoadStats, gather, sample};
use crate::decode::LARGEST_BATCH;
use crate::placement::{GpuLoads, LayerPlacement};
use crate::rng::{Purpose, stream};
use crate::trace::{Expected, Format, Head, Kind, Part, Problem, Sink, TraceError, scan};

/// What is asked of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// Batch sizes. Without any, the recorded ones; of requests [`Survey::REQUEST_BATCHES`].
    pub batches: Vec<usize>,
    /// Random batches of each size, at least; each recorded step gives as many, but at least one. A batch of the recorded size
    /// is taken as it is.
    pub draws: u32,
    /// Seed of the draws. Those of a batch size do not depend on the other sizes.
    pub seed: u64,
    /// GPUs over which the experts are spread, consecutive ones together; at least 1.
    pub gpus: usize,
}

/// Statistics of one recording at one batch size.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyRow {
    /// Name of the recording; empty where there is but one.
    pub source: String,
    /// Tokens of the recorded batches; `None` of requests.
    pub recorded: Option<usize>,
    /// Tokens of the batches that the statistics are of.
    pub batch: usize,
    /// The layer; `None` of all, whose mean it is.
    pub layer: Option<u32>,
    /// Layers and batches over which means were taken.
    pub samples: u64,
    /// Tokens per expert.
    pub load: LoadStats,
    /// Experts and tokens per GPU.
    pub gpus: GpuLoads,
}

/// A trace that cannot be surveyed.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The trace cannot be used.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A batch size is out of range.
    #[error("a batch of {found} is outside 1 to {LARGEST_BATCH}")]
    Batch {
        /// Tokens asked for.
        found: usize,
    },
    /// A batch size is larger than all recorded ones.
    #[error("{origin}: a batch of {found} cannot be taken from recorded batches of {recorded:?}")]
    LargerThanRecorded {
        /// Path of the trace.
        origin: String,
        /// Tokens asked for.
        found: usize,
        /// Tokens recorded.
        recorded: Vec<usize>,
    },
    /// More GPUs than experts, or none.
    #[error("{found} GPUs are outside 1 to the {experts} experts of a layer")]
    Gpus {
        /// GPUs asked for.
        found: usize,
        /// Experts of a layer.
        experts: u32,
    },
}

/// Sums of one recording at one batch size.
pub(super) struct Tally {
    /// Index of its group.
    group: usize,
    pub(super) batch: usize,
    pub(super) layers: Vec<(u32, Means<5>, Means<3>)>,
    placement: LayerPlacement,
}

impl Survey {
    /// Batch sizes of requests unless others are asked for.
    pub const REQUEST_BATCHES: [usize; 7] = [1, 4, 16, 32, 64, 128, 256];
}

/// Sums up a trace: its head, and a row for each recording and batch size, followed by one for each layer.
///
/// Of `requests`, a batch is random tokens of random requests, as a replay begins. Of `batches` and `counts`, it is the recorded
/// one, or tokens chosen from it at random; of counts, see the [hottest expert](LoadStats::most) and the GPUs with care then,
/// since which experts a token combines is made up.
///
/// # Errors
/// When the trace cannot be used, or has no batch of a size asked for.
pub fn survey(
    path: impl AsRef<Path>,
    format: Option<Format>,
    expected: &Expected,
    survey: &Survey,
) -> Result<(Head, Vec<SurveyRow>), SurveyError> {
    let path = path.as_ref();
    if let Some(&found) = survey.batches.iter().find(|&&b| !(1..=LARGEST_BATCH).contains(&b)) {
        return Err(SurveyError::Batch { found });
    }
    let mut outline = Outline::default();
    let head = scan(path, format, expected, &mut outline)?;
    if !(1..=head.experts as usize).contains(&survey.gpus) {
        return Err(SurveyError::Gpus { found: survey.gpus, experts: head.experts });
    }
    let mut tallies = tallies(path, &head, &outline, survey)?;
    if head.kind == Kind::Requests {
        gather::requests(path, format, expected, &head, &outline, survey, &mut tallies)?;
    } else {
        let of = |tally: &Tally| stream(survey.seed, Purpose::Rows, tally.batch as u32);
        let rngs = tallies.iter().map(of).collect();
        let mut steps = Steps { head: head.clone(), outline: &outline, survey, tallies, rngs };
        scan(path, format, expected, &mut steps)?;
        tallies = steps.tallies;
    }
    let rows = tallies.iter().flat_map(|tally| tally.rows(&head, &outline)).collect();
    Ok((head, rows))
}

fn tallies(
    path: &Path,
    head: &Head,
    outline: &Outline,
    survey: &Survey,
) -> Result<Vec<Tally>, SurveyError> {
    let (requests, asked) = (head.kind == Kind::Requests, survey.batches.as_slice());
    let recorded: Vec<usize> = outline.groups.iter().map(|group| group.batch).collect();
    let most = recorded.iter().copied().max().unwrap_or(0);
    if let Some(&found) = asked.iter().find(|&&batch| batch > most && !requests) {
        let origin = path.display().to_string();
        return Err(SurveyError::LargerThanRecorded { origin, found, recorded });
    }
    let of_group = |(index, group): (usize, &super::outline::Group)| {
        let batches = match asked {
            [] if requests => Survey::REQUEST_BATCHES.to_vec(),
            [] => vec![group.batch],
            asked => asked.to_vec(),
        };
        let layers: Vec<_> =
            group.layers.iter().map(|&layer| (layer, Means::NONE, Means::NONE)).collect();
        let fits = batches.into_iter().filter(|&batch| requests || batch <= group.batch);
        fits.map(|batch| Tally {
            group: index,
            batch,
            layers: layers.clone(),
            placement: LayerPlacement::contiguous(head.experts, survey.gpus),
        })
        .collect::<Vec<_>>()
    };
    Ok(outline.groups.iter().enumerate().flat_map(of_group).collect())
}

/// Takes decode steps one after the other.
struct Steps<'a> {
    head: Head,
    outline: &'a Outline,
    survey: &'a Survey,
    tallies: Vec<Tally>,
    /// One for each tally.
    rngs: Vec<Pcg64>,
}

impl Sink for Steps<'_> {
    fn begin(&mut self, _: &Head) -> Result<(), Problem> {
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        let Self { head: Head { experts, top_k, .. }, outline, survey, tallies, rngs } = self;
        let Some(group) = outline.group(part) else { return Ok(()) };
        let draws = u64::from(survey.draws).div_ceil(outline.groups[group].steps).max(1);
        for (tally, rng) in tallies.iter_mut().zip(rngs).filter(|(tally, _)| tally.group == group) {
            let whole = tally.batch == part.batch;
            for _ in 0..if whole { 1 } else { draws } {
                let chosen =
                    if whole { Vec::new() } else { sample::choose(tally.batch, part.batch, rng) };
                for layer in 0..part.layers.len() {
                    if whole {
                        tally.push(layer, &part.tokens_per_expert(layer, *experts));
                    } else {
                        let counts = sample::thin(part, layer, *experts, *top_k, &chosen);
                        tally.push(layer, &counts);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Tally {
    /// Adds a layer, by its place among the recorded ones, of one batch.
    pub(super) fn push(&mut self, layer: usize, tokens_per_expert: &[u32]) {
        let (_, load, spread) = &mut self.layers[layer];
        load.push(LoadStats::of(tokens_per_expert).values());
        spread.push(GpuLoads::of(&self.placement.split(tokens_per_expert)).values());
    }

    fn rows(&self, head: &Head, outline: &Outline) -> Vec<SurveyRow> {
        let group = &outline.groups[self.group];
        let row = |layer, load: &Means<5>, gpus: &Means<3>| SurveyRow {
            source: group.source.clone(),
            recorded: (head.kind != Kind::Requests).then_some(group.batch),
            batch: self.batch,
            layer,
            samples: load.count(),
            load: load.mean().map(LoadStats::from_values).unwrap_or_default(),
            gpus: gpus.mean().map(GpuLoads::from_values).unwrap_or_default(),
        };
        let mut all = (Means::NONE, Means::NONE);
        for (_, load, gpus) in &self.layers {
            all.0.add(load);
            all.1.add(gpus);
        }
        let each = self.layers.iter().map(|(layer, load, gpus)| row(Some(*layer), load, gpus));
        std::iter::once(row(None, &all.0, &all.1)).chain(each).collect()
    }
}
