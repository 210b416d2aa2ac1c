//! Command files: the device on the first line, then the commands. What is read is written, read again and judged alike.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fuzz::told;
use libfuzzer_sys::fuzz_target;
use pim_dram::Dram;
use pim_dram::checker::{Checker, Violation, check};
use pim_dram::sequencer::{Issued, Sink};
use pim_dram::spec::{DERIVED, PRESETS};
use pim_dram::trace::{Reader, TraceError, Writer, line_of};
use sieve_sched::config::load_device;

static DEVICES: LazyLock<BTreeMap<&str, Dram>> = LazyLock::new(|| {
    let names = PRESETS.iter().chain(DERIVED).map(|&(name, _)| name);
    let device = |name| Dram::new(&load_device(name).expect("a preset")).expect("a device");
    names.map(|name| (name, device(name))).collect()
});

fuzz_target!(|input: &[u8]| {
    let Some(newline) = input.iter().position(|&byte| byte == b'\n') else { return };
    let (device, text) = (std::str::from_utf8(&input[..newline]), &input[newline + 1..]);
    let Some(dram) = device.ok().and_then(|name| DEVICES.get(name)) else { return };
    let mut commands = Vec::new();
    let read = read(dram, text, &mut commands);
    let lines = text.split(|&byte| byte == b'\n').count() as u64;
    if let Err(error) = &read {
        assert!((1..=lines + 1).contains(&error.line));
    }
    let violation = judged(dram, &commands, lines);
    // What was read before the first mistake is a trace too.
    let mut writer = Writer::new(dram, Vec::new());
    commands.iter().for_each(|issued| writer.issued(issued));
    let written = writer.finish().expect("memory");
    let mut again = Vec::new();
    self::read(dram, &written, &mut again).expect("what was written");
    assert_eq!(again, commands);
    assert_eq!(judged(dram, &again, lines), violation);
    told(read);
});

/// Commands up to the first mistake.
fn read(dram: &Dram, text: &[u8], commands: &mut Vec<Issued>) -> Result<(), TraceError> {
    for issued in Reader::new(dram, text)? {
        commands.push(issued?);
    }
    Ok(())
}

/// One by one as `sieve commands check` does, and all at once.
fn judged(dram: &Dram, commands: &[Issued], lines: u64) -> Result<(), Violation> {
    let mut checker = Checker::new(dram);
    let violation = commands.iter().find_map(|issued| checker.push(issued).err());
    let end = checker.now();
    let judged = violation.or_else(|| checker.finish(end).err()).map_or(Ok(()), Err);
    assert_eq!(judged, check(dram, commands));
    if let Err(violation) = &judged {
        fuzz::said(&violation.to_string());
        let named = violation.index().into_iter().chain(violation.because());
        assert!(named.map(line_of).all(|line| line <= lines));
    }
    judged
}
