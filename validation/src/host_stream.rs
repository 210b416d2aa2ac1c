//! A host that streams data through a channel without its PIM units: what the units are held against.

use pim_dram::controller::{
    Controller, ControllerError, ControllerSpec, Engine, MapError, Mapper, MapperSpec, Request,
    Spread, run,
};
use pim_dram::sequencer::Sink;
use pim_dram::{Dram, Ticks};
use thiserror::Error;

/// The controller, and where addresses lie: the order in which a device streams fastest.
const CONTROLLER: &str = "strict";
const MAPPER: &str = "interleaved";

/// A stream that cannot be run.
#[derive(Debug, Error)]
pub enum StreamError {
    /// A shipped file that does not parse.
    #[error("{0}")]
    Preset(String),
    /// Addresses that the device does not have.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A device without commands for a host.
    #[error(transparent)]
    Controller(#[from] ControllerError),
}

/// Ticks until a channel has served reads and then writes of consecutive bursts, refresh included. Every request is there from
/// the start; writes are offered once all reads have been taken.
///
/// # Errors
/// More than the channel holds; a device without commands for a host.
pub fn serve(
    dram: &Dram,
    reads: u64,
    writes: u64,
    sink: &mut impl Sink,
) -> Result<Ticks, StreamError> {
    let controller = ControllerSpec::shipped(CONTROLLER).map_err(StreamError::Preset)?;
    let mapper = MapperSpec::shipped(MAPPER).map_err(StreamError::Preset)?;
    let geometry = &dram.spec.geometry;
    let mapper = Mapper::new(&mapper, geometry, 1, controller.beyond)?;
    let burst = u64::from(geometry.burst_bytes);
    let request = |at| Request { write: at >= reads, address: at * burst, at: 0 };
    let requests: Vec<_> = (0..reads + writes).map(request).collect();
    let spread = Spread::new(&mapper, 1, &requests).map_err(|(_, error)| error)?;
    let mut engine = Controller::new(dram, &controller, requests.len())?;
    run(&mut engine, &spread.accesses[0], sink)?;
    Ok(Ticks(engine.into_record().end))
}
