//! A memory controller: requests of a host in, commands of one channel out.
//!
//! | you want to | look at |
//! |---|---|
//! | say how a controller behaves | [`ControllerSpec`], `presets/controllers/*.ron` |
//! | say where addresses lie | [`MapperSpec`], `presets/mappers/*.ron` |
//! | read a trace of requests | [`Requests`], on several threads [`Blocks`] |
//! | serve requests | [`Controller`], driven by [`run`]; several behind one queue: [`run_coupled`] |
//! | know what to hold that against | [`Plain`] |
//! | know what became of the requests | [`Record`], [`Stats`] |
//! | compare with the traces of others | [`CommandLines`] |
//!
//! On every tick the host offers requests, then what fell due joins the maintenance queue, then the column bus and the row bus
//! may take a command each. The column bus serves requests whose row was opened for them before all others; then comes
//! maintenance; then the requests of the queue that is being served, reads or writes.

mod access;
mod blocks;
mod candidates;
mod cap;
mod engine;
mod events;
mod feed;
mod lines;
mod maintenance;
mod mapper;
mod plain;
mod pressing;
mod record;
mod requests;
mod setup;
mod slab;
mod spec;
mod stats;
mod waiting;

pub use access::{Access, Request};
pub use blocks::{Block, Blocks, Outline, Seam};
pub use engine::Engine;
pub use events::Controller;
pub use feed::{Spread, run, run_coupled};
pub use lines::{CommandLines, time_lines};
pub use mapper::{Digit, MAPPERS, MapError, Mapper, MapperSpec, Part};
pub use plain::Plain;
pub use record::{Record, Rows};
pub use requests::{RequestError, RequestMistake, Requests};
pub use setup::ControllerError;
pub use spec::{
    AutoPrecharge, Beyond, CONTROLLERS, ControllerSpec, Drain, ForwardedRead, Forwarding,
    ForwardingEnd, ForwardingKey, Hazards, Maintenance, PerBankRefresh, RowPolicy, Scheduler,
    StalePrecharge, WriteDeparture,
};
pub use stats::{Bandwidth, Busy, ByKind, Counter, EnergyStats, Latency, Run, Stats};
