//! Command traces: what is written is read back, and what cannot be read is refused with the place.

use crate::common::{any_device, any_job, device, preset};
use pim_dram::device::{CommandId, Device};
use pim_dram::family::Bus;
use pim_dram::geometry::Node;
use pim_dram::sequencer::{Issued, Sequencer, Sink};
use pim_dram::trace::{Mistake, Reader, TraceError, Writer, line_of};
use pim_dram::{Ticks, checker};
use proptest::prelude::*;

fn written(device: &Device, list: &[Issued]) -> String {
    let mut writer = Writer::new(device, Vec::new());
    list.iter().for_each(|issued| writer.issued(issued));
    String::from_utf8(writer.finish().expect("memory takes all")).expect("text")
}

fn read(device: &Device, text: &str) -> Result<Vec<Issued>, TraceError> {
    Reader::new(device, text.as_bytes())?.collect()
}

proptest! {
    #[test]
    fn products_come_back_as_they_were(
        spec in any_device(),
        jobs in proptest::collection::vec((any_job(), 0_u64..1500), 1..3),
    ) {
        let device = device(&spec);
        let (mut list, mut now) = (Vec::new(), Ticks(0));
        let mut sequencer = Sequencer::new(&device);
        for (job, gap) in &jobs {
            now += Ticks(*gap);
            for pass in job.passes(&device, 0, None).collect::<Vec<_>>() {
                now = sequencer.run(&pass, now, &mut list).issued;
            }
        }
        let back = read(&device, &written(&device, &list));
        list.iter_mut().for_each(|issued| issued.because = None);
        prop_assert_eq!(back.as_ref(), Ok(&list));
        prop_assert_eq!(checker::check(&device, &list), Ok(()));
    }

    #[test]
    fn every_command_on_every_target_comes_back(spec in any_device(), at in 0_u64..1 << 60) {
        let device = device(&spec);
        let mut list = Vec::new();
        for (command, data) in (0_u8..).map(CommandId).zip(&device.commands) {
            for target in 0..device.topology.count(data.reach) {
                let opens = data.row.names_row();
                let lane = device.topology.pseudo_channel(Node { level: data.reach, index: target });
                list.push(Issued {
                    at: Ticks(at),
                    command,
                    target,
                    row: opens.then_some(target % device.spec.geometry.rows),
                    column: if data.bus == Bus::Column { 1 } else { 0 },
                    lane,
                    because: None,
                });
            }
        }
        let back = read(&device, &written(&device, &list));
        prop_assert_eq!(back.as_ref(), Ok(&list));
    }
}

#[test]
fn the_columns_are_those_of_the_description() {
    let device = device(&preset());
    // Bank 31 of the channel: pseudo-channel 1, its bank 7, of groups of six the second bank of group 1; gang 1 of four.
    let text = "tick,command,pseudo_channel,rank,bank_group,gang,same_bank,unit_bank,bank,row,column\n\
                0,ACT,1,0,1,,,,1,17,\n\
                12,PACTG,1,0,,1,,,,18,\n\
                28,RD,1,0,1,,,,1,17,31\n\
                50,VWR,1,,,,,,,,40\n\
                90,PREA,1,,,,,,,,\n";
    let list = read(&device, text).unwrap();
    assert_eq!((list[0].target, list[0].row, list[0].lane), (31, Some(17), 1));
    assert_eq!((list[1].target, list[2].column, list[3].column), (7, 31, 40));
    assert_eq!(written(&device, &list), text);
    assert_eq!(checker::check(&device, &list), Ok(()));
}

#[test]
fn columns_may_move_and_those_that_say_nothing_may_be_missing() {
    let device = device(&preset());
    let text =
        "\u{feff}command,\"bank\", tick ,bank_group,row,pseudo_channel\r\n\"ACT\",1, 5 ,1,17,1\r\n";
    let list = read(&device, text).unwrap();
    assert_eq!((list[0].at, list[0].target, list[0].row), (Ticks(5), 31, Some(17)));
}

#[track_caller]
fn refused(lines: &[&str], line: u64, says: &str) {
    let device = device(&preset());
    let text = lines.join("\n") + "\n";
    let error = read(&device, &text).expect_err("refused");
    assert_eq!(error.line, line, "{error}");
    assert!(error.mistake.to_string().contains(says), "{error}");
}

#[test]
fn mistakes_are_refused_with_line_finding_and_what_is_allowed() {
    const HEAD: &str = "tick,command,pseudo_channel,bank_group,bank,row,column";
    refused(&[""], 1, "no column is called ``; there is tick, command");
    refused(&["tick,comand"], 1, "no column is called `comand` (did you mean `command`?)");
    refused(&["tick,command,tick"], 1, "`tick` stands there twice");
    refused(&["tick,row"], 1, "no column `command`");
    refused(&[HEAD, "0,MAC,0"], 2, "3 cells, the header has 7");
    refused(&[HEAD, "0,PREA,0,,,,", "", "1,PREA,0,,,,"], 3, "1 cells");
    refused(&[HEAD, "0,PACTX,0,,,1,"], 2, "`PACTX` (did you mean `PACT");
    refused(&[HEAD, "0,17,0,,,1,"], 2, "no command is called `17`; the device has ACT, PRE");
    refused(&[HEAD, ",PREA,0,,,,"], 2, "tick: `` is no number from 0 to");
    refused(&[HEAD, "-1,PREA,0,,,,"], 2, "tick: `-1` is no number from 0 to");
    refused(&[HEAD, "+1,PREA,0,,,,"], 2, "tick: `+1`");
    refused(&[HEAD, "18446744073709551615,PREA,0,,,,"], 2, "to 9223372036854775807");
    refused(&[HEAD, "0,PREA,2,,,,"], 2, "pseudo_channel: `2` is no number from 0 to 1");
    refused(&[HEAD, "0,PREA,,,,,"], 2, "pseudo_channel: `` is no number from 0 to 1");
    refused(&[HEAD, "0,ACT,0,4,0,1,"], 2, "bank_group: `4` is no number from 0 to 3");
    refused(&[HEAD, "0,ACT,0,0,6,1,"], 2, "bank: `6` is no number from 0 to 5");
    refused(&[HEAD, "0,PREA,0,0,,,"], 2, "bank_group: `0`, but PREA has none; leave it empty");
    refused(&[HEAD, "0,ACT,0,0,0,16384,"], 2, "row: `16384` is no number from 0 to 16383");
    refused(&[HEAD, "0,ACT,0,0,0,,"], 2, "row: `` is no number");
    refused(&[HEAD, "0,PREA,0,,,1,"], 2, "row: `1`, but PREA has none");
    refused(&[HEAD, "0,MAC,0,,,1,32"], 2, "column: `32` is no number from 0 to 31");
    refused(&[HEAD, "0,ACT,0,0,0,1,0"], 2, "column: `0`, but ACT has none");
    refused(&[HEAD, "9,PREA,0,,,,", "8,PREA,0,,,,"], 3, "tick 8 comes after tick 9");
    refused(&[HEAD, &"9".repeat(5000)], 2, "more than 4096 bytes");
}

#[test]
fn a_reader_ends_with_the_first_mistake_and_a_writer_keeps_it() {
    #[derive(Debug)]
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("torn cable"))
        }
    }
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("full disk"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let device = device(&preset());
    let head = "tick,command,pseudo_channel\n0,PREA,0\nx,PREA,0\n".as_bytes();
    let mut reader = Reader::new(&device, head).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.next().unwrap().unwrap_err().line, line_of(1));
    assert!(reader.next().is_none());
    let error = Reader::new(&device, std::io::BufReader::new(Broken)).unwrap_err();
    assert_eq!(error.mistake, Mistake::Unreadable("torn cable".to_owned()));
    let error = Writer::new(&device, Broken).finish().expect_err("a broken stream");
    assert_eq!(error.to_string(), "full disk");
}
