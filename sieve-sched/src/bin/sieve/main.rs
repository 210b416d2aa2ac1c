//! The `sieve` command.
fn main() {}
