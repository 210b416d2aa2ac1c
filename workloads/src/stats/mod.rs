//! How unequally the tokens of a batch spread over the experts of a layer; over GPUs, [`crate::placement::GpuLoads`].

mod gather;
mod load;
mod means;
mod outline;
mod sample;
mod survey;

pub use load::LoadStats;
pub use survey::{Survey, SurveyError, SurveyRow, survey};
