//! The controller against its plain form, the checker, and what a host may expect.

mod by_hand;
mod coupled;
mod plain_path;
mod progress;
mod serve;
mod streams;
