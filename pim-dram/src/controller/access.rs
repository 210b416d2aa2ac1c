//! What a host asks of a channel.

use serde::{Deserialize, Serialize};

/// A read or write of one burst at a flat byte address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Request {
    /// Whether it writes.
    pub write: bool,
    /// Byte address.
    pub address: u64,
    /// The first tick on which the host offers it; earlier requests of the same host go first all the same.
    pub at: u64,
}

/// The same, its address mapped to a place in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// Whether it writes.
    pub write: bool,
    /// Byte address, as the host knows it.
    pub address: u64,
    /// Bank of the channel.
    pub bank: u32,
    /// Row of the bank.
    pub row: u32,
    /// Burst of the row.
    pub column: u32,
}
