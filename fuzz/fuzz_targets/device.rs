//! Devices, families, controllers and address mappers: what is accepted is a device whose products obey its own rules.

#![no_main]

use fuzz::{in_file, round_trips, titled, told, told_of};
use libfuzzer_sys::fuzz_target;
use pim_dram::checker::{Checker, Violation};
use pim_dram::controller::{Beyond, Controller, ControllerSpec, Mapper, MapperSpec, Request};
use pim_dram::family::Family;
use pim_dram::gemv::Gemv;
use pim_dram::job::Job;
use pim_dram::layout::Matrix;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::spec::PRESETS;
use pim_dram::{Device, DeviceSpec, Dram, Ticks};
use sieve_sched::config::{load, load_device, parse};

fuzz_target!(|input: &[u8]| {
    let Some((kind, text)) = titled(input) else { return };
    in_file(".ron", text.as_bytes(), |path| {
        let name = path.display().to_string();
        match kind {
            "device" => {
                // A device may be based on another, whose name then stands in the message.
                let device = load_device(&name);
                let named = text.contains("based_on") || !text.contains(':');
                let device = if named { told(device) } else { told_of(path, device) };
                device.iter().for_each(simulated);
            }
            "family" => {
                let family: Option<Family> = told_of(path, load("family", &name, &[]));
                family.iter().for_each(followed);
            }
            "controller" => {
                let spec: Option<ControllerSpec> = told_of(path, load("controller", &name, &[]));
                let Some(spec) = spec else { return };
                round_trips(&spec);
                told(Controller::new(&hbm3(), &spec, 1));
            }
            "mapper" => {
                let spec: Option<MapperSpec> = told_of(path, load("mapper", &name, &[]));
                let Some(spec) = spec else { return };
                round_trips(&spec);
                let geometry = &hbm3().spec.geometry;
                if let Some(mapper) = told(Mapper::new(&spec, geometry, 3, Beyond::Wraps)) {
                    for address in [0, 1 << 20, u64::MAX >> 1] {
                        told(mapper.map(&Request { write: false, address, at: 0 }));
                    }
                }
            }
            _ => {}
        }
    });
});

fn hbm3() -> Dram {
    let spec = DeviceSpec::preset("hbm3-16gb-8hi").expect("a preset");
    Dram::new(&spec).expect("a memory")
}

/// What `sieve device` and `sieve gemv` do with a device, with a small product.
fn simulated(spec: &DeviceSpec) {
    round_trips(spec);
    told(Dram::new(spec));
    if let Some(device) = told(Device::new(spec)) {
        obeys(&device);
    }
}

/// A family is joined with the first preset that follows it.
fn followed(family: &Family) {
    round_trips(family);
    let specs = PRESETS.iter().filter_map(|(name, text)| parse::<DeviceSpec>(name, text).ok());
    for spec in specs.filter(|spec| spec.family == family.name).take(1) {
        told(Dram::of_family(&spec, family));
        if let Some(device) = told(Device::of_family(&spec, family)) {
            obeys(&device);
        }
    }
}

/// A small product: the commands that it takes break no rule of the device.
fn obeys(device: &Device) {
    let matrix = Matrix { outputs: 48, inputs: 96 };
    let Some(product) = told(Gemv::simulate(device, matrix, 2, 1, None)) else { return };
    let mut commands = Commands(Checker::new(device), Ok(()));
    let mut sequencer = Sequencer::new(device);
    let mut now = Ticks(0);
    let job = Job { tile: product.layout.tile, vectors: 2 };
    for pass in job.passes(device, 0, None) {
        now = sequencer.run(&pass, now, &mut commands).issued;
    }
    let Commands(checker, legal) = commands;
    let end = checker.now();
    assert_eq!(legal.and_then(|()| checker.finish(end)), Ok(()));
}

struct Commands<'d>(Checker<'d>, Result<(), Violation>);

impl Sink for Commands<'_> {
    fn issued(&mut self, issued: &Issued) {
        if self.1.is_ok() {
            self.1 = self.0.push(issued);
        }
    }
}
