//! The strict controller on `hbm3-16gb-8hi`, worked by hand in ticks of half a clock.
//!
//! Waits of the device, from first tick to first tick: ACT to RD tRCDRD, 2 x 31, and one more since ACT ends two ticks after it
//! began and RD one; ACT to WR tRCDWR, 31 likewise; RD to RD of a bank group tCCD_L, 8; ACT to PRE tRAS, 92; PRE to ACT tRP, 50;
//! ACT to ACT tRC, 144. All commands but PRE begin on even ticks. Data come tCL + nBL, 44, after RD, and are written tCWL +
//! nBL, 24, after WR.

use pim_dram::controller::{Controller, ControllerError, ControllerSpec, Drain, Rows};
use pim_dram::family::Family;
use pim_dram::spec::{Delay, Refresh};
use pim_dram::{DeviceSpec, Dram};

use super::serve::{hbm3, named, read, serve, strict, write};

#[test]
fn a_read_takes_trcd_tcl_and_nbl() {
    let dram = hbm3();
    let (record, list) = serve(&dram, &strict(), &[read(5, 7, 3)]);
    // 63 after the activation is between two edges.
    assert_eq!(named(&dram, &list), [(0, "ACT"), (64, "RD")]);
    assert_eq!((record.arrive, record.depart, record.end), (vec![0], vec![64 + 44], 108));
}

#[test]
fn a_write_is_done_with_its_last_data() {
    let dram = hbm3();
    let (record, list) = serve(&dram, &strict(), &[write(5, 7, 3)]);
    assert_eq!(named(&dram, &list), [(0, "ACT"), (32, "WR")]);
    assert_eq!(record.depart, [32 + 24]);
    let ramulator = ControllerSpec::shipped("ramulator2").expect("shipped");
    let (record, _) = serve(&dram, &ramulator, &[write(5, 7, 3)]);
    // It counts from 1, so that odd ticks are rising edges, and is done with the command.
    assert_eq!(record.depart, [33]);
}

#[test]
fn a_row_hit_costs_a_burst_and_a_conflict_a_row_cycle() {
    let dram = hbm3();
    let (record, list) = serve(&dram, &strict(), &[read(0, 7, 0), read(0, 7, 1)]);
    assert_eq!(named(&dram, &list), [(0, "ACT"), (64, "RD"), (72, "RD")]);
    assert_eq!(record.reads, Rows { hits: 1, misses: 1, conflicts: 0 });

    let (record, list) = serve(&dram, &strict(), &[read(0, 7, 0), read(0, 8, 0)]);
    // tRAS lets the row go at 92, tRP would allow another at 142, tRC does at 144.
    let expected = [(0, "ACT"), (64, "RD"), (92, "PRE"), (144, "ACT"), (208, "RD")];
    assert_eq!(named(&dram, &list), expected);
    assert_eq!(record.reads, Rows { hits: 0, misses: 1, conflicts: 1 });
}

#[test]
fn the_oldest_ready_request_goes_first() {
    let dram = hbm3();
    // The conflict comes before the hit, which is served while the row must stay open.
    let (_, list) = serve(&dram, &strict(), &[read(0, 7, 0), read(0, 8, 0), read(0, 7, 1)]);
    let bursts = list.iter().filter(|issued| dram.command(issued.command).name == "RD");
    let rows: Vec<_> = bursts.map(|issued| (issued.row, issued.column)).collect();
    assert_eq!(rows, [(Some(7), 0), (Some(7), 1), (Some(8), 0)]);
}

/// HBM3 of two stack ids, refreshed often.
fn refreshed(refresh: Refresh, ck: u64) -> Dram {
    let mut spec = DeviceSpec::preset("hbm3-16gb-8hi").expect("shipped");
    spec.refresh = refresh;
    spec.timing.insert("tREFI".into(), Delay::Ck(ck));
    Dram::new(&spec).expect("valid device")
}

#[test]
fn no_more_rows_are_open_than_have_their_turn_before_a_refresh_is_late() {
    // Each wait is a tick longer at worst, to an edge. A burst waits for tCWL + nBL + tWTR_L, 45. Besides, a refresh waits for
    // tRCDRD, 64; tRAS, 93; the PREA of the other pseudo-channel, 2; tRC, 147; the refresh there, 2: 308. Of the 600 that are
    // left once half of tREFI has passed, 292 are for six bursts.
    let dram = refreshed(Refresh::AllBank, 600);
    // Pseudo-channels by turns, an ACT each every tRRD_S, 8, a bank group each time.
    let reads = [0, 32, 4, 36, 8, 40, 12, 44].map(|bank| read(bank, 7, 0));
    let opened = |dram| {
        let (_, list) = serve(dram, &strict(), &reads);
        let all = list.iter().filter(|issued| dram.command(issued.command).name == "ACT");
        all.map(|issued| issued.at.0).collect::<Vec<_>>()
    };
    assert_eq!(opened(&dram), [0, 4, 8, 12, 16, 20, 64, 68]);
    assert_eq!(opened(&hbm3()), [0, 4, 8, 12, 16, 20, 24, 28]);
}

#[test]
fn a_refresh_that_others_would_make_late_is_refused() {
    // A refresh waits tRFCpb, 641, for the one before; tRREFD, 27, for each of 31 other banks; 2 for each of 32 of the other
    // pseudo-channel: 1542 in all. The distance of refreshes is a 16th of tREFI: 96 ticks, then 97.
    let refused = |ck| Controller::new(&refreshed(Refresh::PerBank, ck), &strict(), 0).err();
    let late = ControllerError::LateRefresh { interval: 1536, wait: 1542 };
    assert_eq!((refused(775), refused(776)), (Some(late), None));
}

#[test]
fn writes_wait_for_their_upper_mark_and_then_run_to_the_lower() {
    let dram = hbm3();
    let drain = Drain { above_percent: 80, below_percent: 20 };
    let spec = ControllerSpec { write_queue: 10, drain, ..strict() };
    // Reads of one row and writes of another; a read and a write are offered by turns, so that reads never run out.
    let (reads, writes) = (0, 8);
    let offered = (0..200).flat_map(|n| [read(reads, 7, n % 32), write(writes, 9, n)]);
    let accesses: Vec<_> = offered.collect();
    let (record, list) = serve(&dram, &spec, &accesses);
    let (mut opened, mut written, mut turns, mut writing) = (false, 0, 0, false);
    for issued in list.iter().filter(|issued| issued.at.0 < record.arrive[380]) {
        let accepted = accesses.iter().zip(&record.arrive);
        let accepted = accepted.filter(|((a, _), at)| a.write && **at <= issued.at.0).count();
        // A write that the row was opened for no longer waits.
        let waiting = accepted - written.max(usize::from(opened));
        let write = issued.target == writes;
        match (writing, write) {
            (false, true) => assert!(waiting > 8, "{waiting} of 10 wait"),
            (true, false) => assert!(waiting < 2, "{waiting} of 10 wait"),
            _ => {}
        }
        turns += usize::from(writing != write);
        written += usize::from(dram.command(issued.command).name == "WR");
        opened |= write;
        writing = write;
    }
    assert!(turns > 10, "{turns} turns");
}

#[test]
fn a_waiting_write_answers_reads_until_it_is_written() {
    let dram = hbm3();
    let at = |tick| (read(0, 7, 0).0, tick);
    // Its row is opened on tick 0, the burst goes on tick 32.
    let accesses = [write(0, 7, 0), at(31), at(33)];
    let (record, _) = serve(&dram, &strict(), &accesses);
    assert_eq!((record.forwarded, record.depart[1]), (1, 32));
    assert!(record.depart[2] > 33 + 44, "{}", record.depart[2]);
    // Ramulator forgets the write as soon as its row is opened.
    let ramulator = ControllerSpec::shipped("ramulator2").expect("shipped");
    let (record, _) = serve(&dram, &ramulator, &accesses);
    assert_eq!(record.forwarded, 0);
}

#[test]
fn a_write_does_not_overtake_a_read_of_its_address() {
    let dram = hbm3();
    let accesses = [read(0, 7, 0), write(0, 7, 0)];
    let (record, list) = serve(&dram, &strict(), &accesses);
    assert_eq!(named(&dram, &list)[..2], [(0, "ACT"), (64, "RD")]);
    assert_eq!(record.arrive, [0, 65]);
    let ramulator = ControllerSpec::shipped("ramulator2").expect("shipped");
    let (record, list) = serve(&dram, &ramulator, &accesses);
    assert_eq!(record.arrive, [0, 1]);
    // The row was opened for the read, and the write is first to be ready.
    assert_eq!(dram.command(list[1].command).name, "WR");
}

#[test]
fn writes_of_one_address_are_merged() {
    let dram = hbm3();
    let (record, list) = serve(&dram, &strict(), &[write(0, 7, 0), write(0, 7, 0)]);
    assert_eq!((record.coalesced, list.len()), (1, 2));
    assert_eq!(record.depart[1], record.arrive[1]);
}

#[test]
fn a_family_without_host_commands_is_refused() {
    let mut family = Family::shipped("hbm3").expect("shipped");
    family.roles.host = None;
    let spec = DeviceSpec::preset("hbm3-4gb").expect("shipped");
    let dram = Dram::of_family(&spec, &family).expect("valid device");
    let refused = Controller::new(&dram, &strict(), 0).err();
    assert_eq!(refused, Some(ControllerError::NoHost("hbm3".to_owned())));
}
