//! One queue for several channels.

use pim_dram::controller::{
    Beyond, Controller, ControllerError, ControllerSpec, Engine, Mapper, MapperSpec, Plain, Record,
    Request, Spread, run, run_coupled,
};
use pim_dram::dram::Dram;
use pim_dram::sequencer::Issued;
use proptest::prelude::*;

use super::plain_path::{any_dram, any_requests, any_spec, refreshed_late};
use crate::common::{cases, dram};

type Outcome = (Result<(), (usize, ControllerError)>, Vec<Record>, Vec<Vec<Issued>>);

fn spread(dram: &Dram, channels: u32, requests: &[Request]) -> Spread {
    let spec = MapperSpec::shipped("robaracoch").expect("shipped");
    let mapper = Mapper::new(&spec, &dram.spec.geometry, channels, Beyond::Wraps).expect("fits");
    Spread::new(&mapper, channels, requests).expect("wraps")
}

fn coupled<E: Engine>(spread: &Spread, engine: impl Fn(usize) -> E) -> Outcome {
    let mut engines: Vec<E> = spread.accesses.iter().map(|of| engine(of.len())).collect();
    let mut lists = vec![Vec::new(); engines.len()];
    let ended = run_coupled(&mut engines, spread, &mut lists);
    (ended, engines.into_iter().map(E::into_record).collect(), lists)
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn one_channel_is_fed_as_by_a_host_of_its_own(
        device in any_dram(),
        spec in any_spec(),
        requests in any_requests(),
    ) {
        let dram = dram(&device);
        prop_assume!(!refreshed_late(&dram, &spec));
        let spread = spread(&dram, 1, &requests);
        let engine = |requests| Controller::new(&dram, &spec, requests).expect("a host");
        let (ended, records, lists) = coupled(&spread, engine);
        let (mut alone, mut list) = (engine(requests.len()), Vec::new());
        let outcome = run(&mut alone, &spread.accesses[0], &mut list);
        prop_assert_eq!(&lists, &[list]);
        prop_assert_eq!(&records, &[alone.into_record()]);
        prop_assert_eq!(ended, outcome.map_err(|error| (0, error)));
    }

    #[test]
    fn events_give_what_ticks_give_on_several_channels(
        device in any_dram(),
        spec in any_spec(),
        requests in any_requests(),
        channels in 2_u32..5,
    ) {
        let dram = dram(&device);
        prop_assume!(!refreshed_late(&dram, &spec));
        let spread = spread(&dram, channels, &requests);
        let fast = coupled(&spread, |n| Controller::new(&dram, &spec, n).expect("a host"));
        let plain = coupled(&spread, |n| Plain::new(&dram, &spec, n).expect("a host"));
        prop_assert_eq!(fast, plain);
    }
}

#[test]
fn the_head_of_the_queue_holds_up_all_channels_and_each_tick_has_a_turn_for_each() {
    let spec = pim_dram::DeviceSpec::preset("hbm3-16gb-8hi").expect("shipped");
    let dram = dram(&spec);
    let controller =
        ControllerSpec { read_queue: 1, ..ControllerSpec::shipped("strict").expect("shipped") };
    // Bursts 0 and 2 lie in channel 0, 1 and 3 in channel 1.
    let requests =
        [0, 2, 1, 3].map(|burst: u64| Request { write: false, address: 32 * burst, at: 0 });
    let spread = spread(&dram, 2, &requests);
    let engine = |n| Controller::new(&dram, &controller, n).expect("a host");
    let (ended, records, _) = coupled(&spread, engine);
    assert_eq!(ended, Ok(()));
    // The second waits for the place of the first, whose row is opened on tick 0; the third, of channel 1, with it. The fourth
    // waits for the place of the third, whose row is opened on the next rising edge, tick 2.
    let arrivals: Vec<u64> =
        spread.times(&records.iter().collect::<Vec<_>>()).map(|(arrive, _)| arrive).collect();
    assert_eq!(arrivals, [0, 1, 1, 3]);
}
