//! Results for people and for other programs.

mod energy;
mod figure;
mod folder;
mod placement;
mod power;
mod product;
mod rows;
mod summary;
mod table;

pub use energy::{EnergyRow, EnergySummary};
pub use figure::figure;
pub use folder::{Folder, FolderError};
pub use placement::{PlacementSummary, Term, TokenClass};
pub use power::{BudgetReport, COLUMNS as POWER_COLUMNS, EnergyReport, PeakReport, PowerReport};
pub use product::{COLUMNS as PRODUCT_COLUMNS, LayoutReport, ProductReport};
pub use rows::LayerGroupRow;
pub use summary::{ModelSummary, PointSummary, Summary, variation};
pub use table::table;
