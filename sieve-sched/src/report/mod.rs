//! Results for people and for other programs.

mod busy;
mod energy;
mod energy_figure;
mod figure;
mod folder;
mod page;
mod placement;
mod power;
mod product;
mod rows;
mod saved;
mod summary;
mod table;

pub use energy::{EnergyRow, EnergySummary};
pub use energy_figure::energy_figure;
pub use figure::figure;
pub use folder::{Folder, FolderError};
pub use page::{PageError, page};
pub use placement::{PlacementSummary, Term, TokenClass};
pub use power::{BudgetReport, COLUMNS as POWER_COLUMNS, EnergyReport, PeakReport, PowerReport};
pub use product::{COLUMNS as PRODUCT_COLUMNS, LayoutReport, ProductReport};
pub use rows::LayerGroupRow;
pub use saved::SavedError;
pub use summary::{ModelSummary, PointSummary, Summary, variation};
pub use table::table;
