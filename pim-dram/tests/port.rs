//! A channel on the fast path does what it does on the plain one, with units and host at work by turns and together.

use crate::common;
use crate::common::sharing::{any_arbitration, shared_device};
use crate::common::{any_device, any_job, presets};
use pim_dram::Ticks;
use pim_dram::device::Device;
use pim_dram::job::Job;
use pim_dram::memo::{Memo, Port};
use pim_dram::sequencer::{Arbitration, End, Mix};
use pim_dram::tally::{Tally, Watch};
use proptest::prelude::*;

/// What happens after a while: what is idle by then is given work, unless there is none.
#[derive(Clone, Debug)]
struct Event {
    wait: u64,
    jobs: Vec<Job>,
    bursts: u64,
}

/// What came of it.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    /// When jobs and streams were done, as seen at each event.
    seen: Vec<(Option<End>, Option<Ticks>)>,
    jobs: Vec<Ticks>,
    tally: Tally,
}

/// Some refreshes after the last work, which a channel that does not rest does only when there is more.
fn later(now: Ticks, seen: &[(Option<End>, Option<Ticks>)]) -> Ticks {
    let ends = seen.iter().map(|(work, stream)| work.map(|end| end.issued).max(*stream));
    ends.max().flatten().unwrap_or_default().max(now) + Ticks(20_000)
}

fn plain(device: &Device, arbitration: Arbitration, events: &[Event]) -> Outcome {
    let mut mix = Mix::new(device, arbitration).expect("a host");
    let mut watch = Watch::new(device);
    let mut seen = Vec::new();
    let half = device.spec.geometry.rows / 2;
    let (mut now, mut count) = (Ticks(0), 0);
    for event in events {
        now += Ticks(event.wait);
        mix.advance(now, &mut watch);
        seen.push((mix.passes_done(), mix.stream_done()));
        if mix.passes_done().is_some() {
            for (index, job) in (1..).zip(&event.jobs) {
                count += 1;
                let row = |count: u32| if count.is_multiple_of(2) { 0 } else { half };
                let next = (index < event.jobs.len()).then(|| row(count + 1));
                job.passes(device, row(count), next).for_each(|pass| mix.push(pass, now));
            }
        }
        if event.bursts > 0 && mix.stream_done().is_some() {
            mix.read(event.bursts, now);
        }
    }
    mix.advance(Ticks(u64::MAX), &mut watch);
    seen.push((mix.passes_done(), mix.stream_done()));
    mix.read(1, later(now, &seen));
    mix.advance(Ticks(u64::MAX), &mut watch);
    seen.push((mix.passes_done(), mix.stream_done()));
    Outcome { seen, jobs: watch.take_jobs(), tally: watch.finish() }
}

fn done(port: &Port<'_>) -> (Option<End>, Option<Ticks>) {
    (port.work_done(), port.stream_done())
}

/// Up to a tick, where the channel rests if it is asked to and can.
fn advance<'d>(port: &mut Port<'d>, memo: &mut Memo<'d>, until: Ticks, rest: bool) {
    loop {
        let before = done(port);
        port.advance(memo, until);
        if done(port) == before {
            break;
        }
    }
    if rest && done(port).0.is_some() && done(port).1.is_some() && port.now() < until {
        port.rest(memo, until);
    }
}

/// The channel rests before every `rests`-th event, if it can.
fn fast<'d>(
    device: &'d Device,
    arbitration: Arbitration,
    events: &[Event],
    rests: usize,
) -> Outcome {
    let mut memo = Memo::new(device);
    let mut port = Port::new(device, arbitration).expect("a host");
    let mut outcome = Outcome { tally: Tally::new(device), ..Outcome::default() };
    let mut now = Ticks(0);
    let see = |outcome: &mut Outcome, port: &mut Port<'d>| {
        outcome.seen.push(done(port));
        outcome.jobs.extend(port.take_jobs());
        outcome.tally += &port.take_tally();
    };
    for (index, event) in (1..).zip(events) {
        now += Ticks(event.wait);
        advance(&mut port, &mut memo, now, index % rests == 0);
        see(&mut outcome, &mut port);
        if port.work_done().is_some() {
            port.work(&event.jobs, now);
        }
        if event.bursts > 0 && port.stream_done().is_some() {
            port.read(event.bursts, now);
        }
    }
    advance(&mut port, &mut memo, Ticks(u64::MAX), false);
    see(&mut outcome, &mut port);
    port.read(1, later(now, &outcome.seen));
    advance(&mut port, &mut memo, Ticks(u64::MAX), false);
    see(&mut outcome, &mut port);
    outcome
}

/// A few events over and over, so that much recurs.
fn any_events(
    job: impl Strategy<Value = Job> + 'static,
    bursts: u64,
) -> impl Strategy<Value = Vec<Event>> {
    let event = (
        prop_oneof![0_u64..400, 0_u64..9000],
        proptest::collection::vec(job, 0..3),
        prop_oneof![Just(0), 1..bursts],
    );
    let event = event.prop_map(|(wait, jobs, bursts)| Event { wait, jobs, bursts });
    (proptest::collection::vec(event, 1..4), 1_usize..6).prop_map(|(events, times)| {
        events.iter().cycle().take(events.len() * times).cloned().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn ports_do_what_plain_channels_do(
        spec in any_device(),
        single in any::<bool>(),
        shared in any::<bool>(),
        events in any_events(any_job(), 2000),
        arbitration in any_arbitration(),
        rests in 1_usize..4,
    ) {
        let Some(device) = shared_device(spec, single, shared) else { return Ok(()) };
        prop_assert_eq!(fast(&device, arbitration, &events, rests), plain(&device, arbitration, &events));
    }

    #[test]
    fn so_do_those_of_the_shipped_devices(
        spec in presets::any_shipped(),
        events in any_events(presets::any_job(), 6000),
        arbitration in any_arbitration(),
        rests in 1_usize..4,
    ) {
        let device = common::device(&spec);
        prop_assert_eq!(fast(&device, arbitration, &events, rests), plain(&device, arbitration, &events));
    }
}
