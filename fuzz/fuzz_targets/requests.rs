//! Traces of requests for `sieve dram`: blocks say what lines say, and what is served obeys the rules of the memory.

#![no_main]

use std::sync::LazyLock;

use fuzz::told;
use libfuzzer_sys::fuzz_target;
use pim_dram::checker::Checker;
use pim_dram::controller::{
    Blocks, Controller, ControllerSpec, Engine, Mapper, MapperSpec, Request, RequestError,
    Requests, Spread, run,
};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::{DeviceSpec, Dram};

static DRAM: LazyLock<Dram> = LazyLock::new(|| {
    let spec = DeviceSpec::preset("hbm3-16gb-8hi").expect("a preset");
    Dram::new(&spec).expect("a memory")
});
static CONTROLLER: LazyLock<ControllerSpec> =
    LazyLock::new(|| ControllerSpec::shipped("strict").expect("a preset"));
static MAPPER: LazyLock<Mapper> = LazyLock::new(|| {
    let spec = MapperSpec::shipped("interleaved").expect("a preset");
    Mapper::new(&spec, &DRAM.spec.geometry, 2, CONTROLLER.beyond).expect("a mapper")
});

/// The latest request that is served here: a memory refreshes until then, which takes its time.
const LATEST: u64 = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let lines = Requests::new(input).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    assert_eq!(blocks(input), lines);
    let Some(requests) = told(lines) else { return };
    let spread = Spread::new(&MAPPER, 2, &requests).map_err(|(place, error)| {
        assert!(place < requests.len());
        error
    });
    let Some(spread) = told(spread) else { return };
    if requests.iter().all(|request| request.at <= LATEST) {
        spread.accesses.iter().for_each(|accesses| served(accesses));
    }
});

fn blocks(input: &[u8]) -> Result<Vec<Request>, RequestError> {
    let (blocks, mut seam) = Blocks::new(input)?;
    let mut all = Vec::new();
    for block in blocks {
        let (mut requests, outline) = block.read();
        let at = seam.join(&outline)?;
        requests[..outline.untimed].iter_mut().for_each(|request| request.at = at);
        all.extend(requests);
    }
    Ok(all)
}

fn served(accesses: &[(pim_dram::controller::Access, u64)]) {
    let controller = Controller::new(&DRAM, &CONTROLLER, accesses.len());
    let mut controller = controller.expect("a controller");
    let mut checked = Checked(Checker::new(&DRAM));
    run(&mut controller, accesses, &mut checked).expect("all of them served");
    let record = controller.into_record();
    assert!(record.depart.iter().zip(&record.arrive).all(|(depart, arrive)| depart >= arrive));
}

struct Checked<'d>(Checker<'d>);

impl Sink for Checked<'_> {
    fn issued(&mut self, issued: &Issued) {
        assert_eq!(self.0.push(issued), Ok(()));
    }
}
