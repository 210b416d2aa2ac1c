//! Energy of commands, and what PIM units take of a device's power and capacity.
//!
//! A family says what each of its commands draws ([`Term`]), a device what one draw costs ([`EnergySpec`]). Both become whole
//! femtojoules per command and target once, when the device is resolved; runs only add them up.

mod check;
mod peak;
mod prices;
mod report;
mod spec;

pub(crate) use check::check;
pub use peak::{Peak, PeakPower, peak_of};
pub(crate) use prices::Prices;
pub use report::Energy;
pub use spec::{Budgets, Draw, EnergySpec, PeakLimit, Term};
