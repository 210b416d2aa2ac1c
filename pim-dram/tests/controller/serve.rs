//! Short ways to a finished run.

use pim_dram::controller::{
    Access, Controller, ControllerError, ControllerSpec, Engine, Mapper, MapperSpec, Record,
    Request, Spread, run,
};
use pim_dram::sequencer::Issued;
use pim_dram::spec::Refresh;
use pim_dram::{DeviceSpec, Dram};

/// A shipped device; `refresh` in the place of its own.
pub(crate) fn device(name: &str, refresh: Refresh) -> Dram {
    let mut spec = DeviceSpec::preset(name).expect("shipped");
    spec.refresh = refresh;
    Dram::new(&spec).expect("valid device")
}

/// HBM3 of two stack ids, never refreshed.
pub(crate) fn hbm3() -> Dram {
    device("hbm3-16gb-8hi", Refresh::None)
}

pub(crate) fn strict() -> ControllerSpec {
    ControllerSpec::shipped("strict").expect("shipped")
}

/// A request of a burst.
pub(crate) fn access(write: bool, bank: u32, row: u32, column: u32) -> (Access, u64) {
    let address = u64::from(bank) << 32 | u64::from(row) << 16 | u64::from(column);
    (Access { write, address, bank, row, column }, 0)
}

pub(crate) fn read(bank: u32, row: u32, column: u32) -> (Access, u64) {
    access(false, bank, row, column)
}

pub(crate) fn write(bank: u32, row: u32, column: u32) -> (Access, u64) {
    access(true, bank, row, column)
}

/// Consecutive bursts under the controller's mapper, every third written if `writes`.
pub(crate) fn sequential(
    dram: &Dram,
    spec: &ControllerSpec,
    requests: u64,
    writes: bool,
) -> Vec<(Access, u64)> {
    let geometry = &dram.spec.geometry;
    let mapper = MapperSpec::shipped(&spec.mapper).expect("shipped");
    let mapper = Mapper::new(&mapper, geometry, 1, spec.beyond).expect("fits");
    let burst = u64::from(geometry.burst_bytes);
    let request = |n| Request { write: writes && n % 3 == 2, address: n * burst, at: 0 };
    let requests: Vec<Request> = (0..requests).map(request).collect();
    Spread::new(&mapper, 1, &requests).expect("inside").accesses.remove(0)
}

/// How a run ended, what became of the requests, and its commands.
pub(crate) fn attempt(
    dram: &Dram,
    spec: &ControllerSpec,
    accesses: &[(Access, u64)],
) -> (Result<(), ControllerError>, Record, Vec<Issued>) {
    let mut engine = Controller::new(dram, spec, accesses.len()).expect("a host");
    let mut list = Vec::new();
    let ended = run(&mut engine, accesses, &mut list);
    (ended, engine.into_record(), list)
}

pub(crate) fn serve(
    dram: &Dram,
    spec: &ControllerSpec,
    accesses: &[(Access, u64)],
) -> (Record, Vec<Issued>) {
    let (ended, record, list) = attempt(dram, spec, accesses);
    ended.expect("an end");
    (record, list)
}

/// Ticks and mnemonics.
pub(crate) fn named<'d>(dram: &'d Dram, list: &[Issued]) -> Vec<(u64, &'d str)> {
    list.iter().map(|issued| (issued.at.0, dram.command(issued.command).name.as_str())).collect()
}
