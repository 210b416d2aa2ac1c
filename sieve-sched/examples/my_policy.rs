//! A policy of one's own against Sieve: `cargo run --release -p sieve-sched --example my_policy`.
#![allow(clippy::print_stdout, reason = "an example prints")]

use sieve_sched::config::{Config, ConfigError};
use sieve_sched::method::Method;
use sieve_sched::policy::{Costs, Layer, Partition, Policy};
use sieve_sched::run::{Results, run, run_with};

/// Experts with at most so many tokens run on PIM.
#[derive(Debug)]
struct AtMost(u32);

impl Policy for AtMost {
    fn place(&mut self, layer: &Layer<'_>, _: &dyn Costs, partition: &mut Partition) {
        partition.put_all(layer.tokens.len(), false);
        for (mut on_pim, &tokens) in partition.on_pim.iter_mut().zip(layer.tokens) {
            *on_pim = tokens <= self.0;
        }
    }
}

/// Four layers of Qwen3-30B-A3B: Sieve, then the threshold in its place.
pub fn compare() -> Result<[Results; 2], ConfigError> {
    let mut config = Config::of("b200-hbm-pim", "qwen3-30b-a3b")?;
    config.model.layers = 4;
    (config.run.batches, config.run.methods) = (vec![16, 64], vec![Method::Sieve]);
    Ok([run(&config, &|| {})?, run_with(&config, &|_, _| Box::new(AtMost(4)), &|| {})?])
}

fn main() -> Result<(), ConfigError> {
    let [sieve, mine] = compare()?;
    for (sieve, mine) in sieve.points.iter().zip(&mine.points) {
        let ratio = sieve.time.as_ticks() as f64 / mine.time.as_ticks() as f64;
        println!("B = {}: {ratio:.3} times the throughput of Sieve", sieve.batch);
    }
    Ok(())
}
