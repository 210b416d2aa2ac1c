//! Results for people and for other programs.

mod figure;
mod folder;
mod summary;
mod table;

pub use figure::figure;
pub use folder::{Folder, FolderError};
pub use summary::{LayerGroupRow, ModelSummary, PointSummary, Summary, variation};
pub use table::table;
