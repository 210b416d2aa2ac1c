//! How unequally the tokens of a batch spread over the experts of a layer, and over GPUs.

mod gather;
mod gpus;
mod load;
mod means;
mod outline;
mod sample;
mod survey;

pub use gpus::{GpuStats, contiguous};
pub use load::LoadStats;
pub use survey::{Survey, SurveyError, SurveyRow, survey};
