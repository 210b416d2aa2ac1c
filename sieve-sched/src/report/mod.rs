//! Results for people and for other programs.

mod energy;
mod figure;
mod folder;
mod summary;
mod table;

pub use energy::{EnergyRow, EnergySummary};
pub use figure::figure;
pub use folder::{Folder, FolderError};
pub use summary::{LayerGroupRow, ModelSummary, PointSummary, Summary};
pub use table::table;
