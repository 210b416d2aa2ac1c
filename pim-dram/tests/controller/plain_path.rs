//! Jumping from event to event changes nothing: commands, arrivals and departures are those of the tick-by-tick form.

use pim_dram::controller::{
    Access, AutoPrecharge, Beyond, Controller, ControllerError, ControllerSpec, Drain, Engine,
    ForwardedRead, Forwarding, ForwardingEnd, ForwardingKey, Hazards, Maintenance, Mapper,
    MapperSpec, PerBankRefresh, Plain, Record, Request, RowPolicy, Scheduler, StalePrecharge,
    WriteDeparture, run,
};
use pim_dram::dram::Dram;
use pim_dram::sequencer::Issued;
use pim_dram::spec::{Delay, Refresh};
use pim_dram::{DeviceSpec, checker};
use proptest::prelude::*;

use crate::common::presets::any_shipped;
use crate::common::{any_device, cases, dram};

type Outcome = (Result<(), ControllerError>, Record, Vec<Issued>);

fn outcome<E: Engine>(engine: Result<E, ControllerError>, accesses: &[(Access, u64)]) -> Outcome {
    let mut engine = engine.expect("a host");
    let mut list = Vec::new();
    let ended = run(&mut engine, accesses, &mut list);
    (ended, engine.into_record(), list)
}

/// Every strategy there is, with queues small enough to fill.
pub(crate) fn any_spec() -> impl Strategy<Value = ControllerSpec> {
    let sizes = (1_u32..=12, 1_u32..=12, 1_u32..=50, 0_u32..=50);
    let picks = (any::<[bool; 12]>(), prop_oneof![Just(None), (1_u32..=4).prop_map(Some)]);
    let wait = prop_oneof![Just(None), (1_u64..=300).prop_map(|ck| Some(Delay::Ck(ck)))];
    (sizes, picks, wait).prop_map(|((reads, writes, below, more), (pick, cap), max_wait)| {
        let either = |which: usize| pick[which];
        ControllerSpec {
            read_queue: reads,
            write_queue: writes,
            drain: Drain { above_percent: below + more, below_percent: below },
            scheduler: if either(0) { Scheduler::FrFcfs } else { Scheduler::FrFcfsRowHit },
            row_policy: cap.map_or(RowPolicy::Open, RowPolicy::ClosedCap),
            maintenance: if either(1) { Maintenance::Target } else { Maintenance::Channel },
            maintenance_queue: if either(2) { 12 } else { 24 },
            per_bank_refresh: match (either(3), either(11)) {
                (false, _) => PerBankRefresh::Lockstep,
                (true, false) => PerBankRefresh::PerRank,
                (true, true) => PerBankRefresh::IdleFirst,
            },
            stale_precharge: if either(4) {
                StalePrecharge::Dropped
            } else {
                StalePrecharge::Issued
            },
            auto_precharge: if either(5) { AutoPrecharge::LastOfRow } else { AutoPrecharge::Any },
            forwarding: Forwarding {
                key: if either(6) { ForwardingKey::Address } else { ForwardingKey::Shared },
                until: if either(7) { ForwardingEnd::Activated } else { ForwardingEnd::Written },
                departs: if either(8) { ForwardedRead::NextTick } else { ForwardedRead::InOrder },
            },
            hazards: if either(9) { Hazards::Ordered } else { Hazards::Ignored },
            write_departs: if either(10) { WriteDeparture::Data } else { WriteDeparture::Command },
            beyond: Beyond::Wraps,
            first_tick: u64::from(either(3)),
            max_wait,
            ..ControllerSpec::shipped("strict").expect("shipped")
        }
    })
}

/// Requests to few rows, some in bursts, some after a pause.
pub(crate) fn any_requests() -> impl Strategy<Value = Vec<Request>> {
    let request = (any::<bool>(), any::<u64>(), prop_oneof![20 => Just(0_u64), 1 => 0_u64..5000]);
    (proptest::collection::vec(request, 1..120), 6_u32..24).prop_map(|(requests, bits)| {
        let mut at = 0;
        let request = |(write, address, pause): (bool, u64, u64)| {
            at += pause;
            Request { write, address: (address & ((1 << bits) - 1)) << 5, at }
        };
        requests.into_iter().map(request).collect()
    })
}

/// Whether the device is one that the controller refuses, as a single request could put a refresh off for too long.
pub(crate) fn refreshed_late(dram: &Dram, spec: &ControllerSpec) -> bool {
    matches!(Controller::new(dram, spec, 0), Err(ControllerError::LateRefresh { .. }))
}

pub(crate) fn any_dram() -> impl Strategy<Value = DeviceSpec> {
    prop_oneof![any_device(), any_shipped()]
}

pub(crate) fn accesses(dram: &Dram, requests: &[Request]) -> Vec<(Access, u64)> {
    let spec = MapperSpec::shipped("robaracoch").expect("shipped");
    let mapper = Mapper::new(&spec, &dram.spec.geometry, 1, Beyond::Wraps).expect("fits");
    requests.iter().map(|r| (mapper.map(r).expect("wraps").1, r.at)).collect()
}

proptest! {
    #![proptest_config(cases(2048))]

    #[test]
    fn events_give_what_ticks_give(
        device in any_dram(),
        spec in any_spec(),
        requests in any_requests(),
        refresh in any::<bool>(),
    ) {
        let mut device = device;
        if !refresh {
            device.refresh = Refresh::None;
        }
        let dram = dram(&device);
        prop_assume!(!refreshed_late(&dram, &spec));
        let accesses = accesses(&dram, &requests);
        let fast = outcome(Controller::new(&dram, &spec, accesses.len()), &accesses);
        let plain = outcome(Plain::new(&dram, &spec, accesses.len()), &accesses);
        prop_assert_eq!(&fast.2, &plain.2);
        prop_assert_eq!(&fast.1, &plain.1);
        prop_assert_eq!(&fast.0, &plain.0);
        prop_assert_eq!(checker::check(&dram.without_refresh(), &fast.2), Ok(()));
    }
}
