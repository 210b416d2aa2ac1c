//! The memory of a GPU does what each of its channels does by itself on the plain path, however far ahead it was simulated and
//! whichever channels were simulated as one.

use pim_dram::device::Device;
use pim_dram::family::Family;
use pim_dram::job::Job;
use pim_dram::memo::Memo;
use pim_dram::order::Order;
use pim_dram::pass::Tile;
use pim_dram::sequencer::{Arbitration, Mix};
use pim_dram::spec::Delay;
use pim_dram::tally::{Tally, Watch};
use pim_dram::{DeviceSpec, Ticks};
use proptest::prelude::*;
use sieve_sched::memory::{Memory, Side, Work};

/// Channel groups, of two channels each.
const GROUPS: usize = 4;

fn device() -> Device {
    let mut spec = DeviceSpec::preset("sieve-hbm3e").unwrap();
    (spec.geometry.channels, spec.geometry.banks, spec.geometry.row_bytes) = (8, 8, 256);
    spec.timing.insert("tREFI".into(), Delay::Ns(900));
    Device::new(&spec).unwrap()
}

/// After a while, what is idle is given something to do.
#[derive(Clone, Debug)]
struct Event {
    wait: u64,
    /// Simulated ahead beforehand.
    ahead: u64,
    jobs: Vec<Vec<Job>>,
    bytes: u64,
}

/// All is done, then a burst, so that idle channels refresh up to the same instant.
fn closing() -> [Event; 2] {
    let event = |bytes| Event { wait: 10_000_000, ahead: 0, jobs: vec![Vec::new()], bytes };
    [event(1), event(0)]
}

/// When sides were through, in order, with the times of jobs.
#[derive(Debug, PartialEq)]
struct Outcome {
    ends: Vec<(Ticks, Side)>,
    jobs: Vec<Vec<Vec<Ticks>>>,
    tally: Tally,
}

fn outcome(device: &Device, arbitration: Arbitration, events: &[Event]) -> Outcome {
    let mut memo = Memo::new(device);
    let mut memory = Memory::new(device, GROUPS, arbitration).unwrap();
    let mut outcome = Outcome { ends: Vec::new(), jobs: Vec::new(), tally: Tally::new(device) };
    let mut doing: (Option<Work>, bool) = (None, false);
    let mut now = Ticks(0);
    for (left, event) in (0..events.len()).rev().zip(events) {
        let then = now + Ticks(event.wait);
        while let Some((side, at)) = memory.next(&mut memo, then).filter(|&(_, at)| at <= then) {
            outcome.ends.push((at, side));
            match side {
                Side::Pim => {
                    outcome.jobs.push(memory.worked(&doing.0.take().unwrap()).jobs);
                }
                Side::Host => {
                    memory.was_read();
                    doing.1 = false;
                }
            }
        }
        if left == 0 {
            break;
        }
        memory.next(&mut memo, then + Ticks(event.ahead));
        now = then;
        let start = device.clock.femtos(now);
        if doing.0.is_none() {
            let work = Work { jobs: event.jobs.clone(), ledger: None };
            memory.work(&mut memo, &work, start);
            doing.0 = Some(work);
        }
        if event.bytes > 0 && !doing.1 {
            memory.read(&mut memo, event.bytes, start);
            doing.1 = true;
        }
    }
    outcome.tally = memory.take_tally();
    outcome
}

/// A channel on the plain path.
struct Channel<'d> {
    mix: Mix<'d>,
    watch: Watch<'d>,
    matrices: u32,
}

fn plain(device: &Device, arbitration: Arbitration, events: &[Event]) -> Outcome {
    let channel = || Channel {
        mix: Mix::new(device, arbitration).unwrap(),
        watch: Watch::new(device),
        matrices: 0,
    };
    let mut channels: Vec<Channel<'_>> = (0..GROUPS).map(|_| channel()).collect();
    let mut outcome = Outcome { ends: Vec::new(), jobs: Vec::new(), tally: Tally::new(device) };
    // Since when, and the jobs by group.
    let mut work: Option<(Ticks, usize)> = None;
    let mut read: Option<Ticks> = None;
    let mut now = Ticks(0);
    let half = device.spec.geometry.rows / 2;
    for (left, event) in (0..events.len()).rev().zip(events) {
        now += Ticks(event.wait);
        for Channel { mix, watch, .. } in &mut channels {
            mix.advance(now, watch);
        }
        let done = |of: &dyn Fn(&Mix<'_>) -> Option<Ticks>, since: Ticks| {
            let done: Option<Vec<_>> = channels.iter().map(|channel| of(&channel.mix)).collect();
            done.map(|done| done.into_iter().fold(since, Ticks::max)).filter(|&at| at <= now)
        };
        let worked = work.and_then(|(since, _)| done(&|mix| Some(mix.passes_done()?.done), since));
        let was_read = read
            .and_then(|since| done(&|mix| Some(mix.stream_done()? + device.read_latency), since));
        let mut ends: Vec<_> = worked
            .map(|at| (at, Side::Pim))
            .into_iter()
            .chain(was_read.map(|at| (at, Side::Host)))
            .collect();
        ends.sort_unstable();
        outcome.ends.extend(ends);
        if worked.is_some()
            && let Some((from, lists)) = work.take()
        {
            let times = |channel: &mut Channel<'_>| {
                let mut last = from;
                let ends = channel.watch.take_jobs().into_iter();
                ends.map(|end| end - std::mem::replace(&mut last, end).min(end)).collect()
            };
            let jobs: Vec<Vec<Ticks>> = channels.iter_mut().map(times).collect();
            // What all groups share is told once, as of the first.
            outcome.jobs.push(jobs[..lists].to_vec());
        }
        read = read.filter(|_| was_read.is_none());
        if left == 0 {
            break;
        }
        if work.is_none() {
            for (group, Channel { mix, matrices, .. }) in channels.iter_mut().enumerate() {
                let jobs = &event.jobs[if event.jobs.len() == 1 { 0 } else { group }];
                for (index, job) in (1..).zip(jobs) {
                    *matrices += 1;
                    let row = |count: u32| if count.is_multiple_of(2) { 0 } else { half };
                    let next = (index < jobs.len()).then(|| row(*matrices + 1));
                    job.passes(device, row(*matrices), next).for_each(|pass| mix.push(pass, now));
                }
            }
            work = Some((now, event.jobs.len()));
        }
        if event.bytes > 0 && read.is_none() {
            // 16 pseudo-channels, bursts of 32 B.
            let bursts = event.bytes.div_ceil(16 * 32);
            channels.iter_mut().for_each(|channel| channel.mix.read(bursts, now));
            read = Some(now);
        }
    }
    for channel in channels {
        outcome.tally.add(&channel.watch.finish(), 2);
    }
    outcome
}

#[test]
fn a_device_that_no_host_reads_has_no_memory() {
    let spec = device().spec.clone();
    let mut family = Family::shipped(&spec.family).unwrap();
    family.roles.host = None;
    let device = Device::of_family(&spec, &family).unwrap();
    assert!(Memory::new(&device, GROUPS, Arbitration::PimFirst).is_none());
}

#[test]
fn a_burst_on_the_tick_on_which_units_begin_may_yet_be_delayed() {
    let device = device();
    let job = Job { tile: Tile { outputs: 1, columns: 1, order: Order::NoReuse }, vectors: 1 };
    let jobs = vec![vec![], vec![], vec![], vec![job]];
    for wait in 150..250 {
        for ahead in [0, 1, 3000] {
            let read = Event { wait: 2461, ahead: 0, jobs: vec![vec![]], bytes: 3073 };
            let work = Event { wait, ahead, jobs: jobs.clone(), bytes: 0 };
            let events: Vec<Event> = [read, work].into_iter().chain(closing()).collect();
            let arbitration = Arbitration::PimFirst;
            assert_eq!(
                outcome(&device, arbitration, &events),
                plain(&device, arbitration, &events)
            );
        }
    }
}

fn any_job() -> impl Strategy<Value = Job> {
    (1_u32..=6, 1_u32..=20, 1_u32..=3).prop_map(|(outputs, columns, vectors)| Job {
        tile: Tile { outputs, columns, order: Order::NoReuse },
        vectors,
    })
}

/// Jobs from a short list, so that some groups get the same.
fn any_jobs() -> impl Strategy<Value = Vec<Vec<Job>>> {
    let lists = proptest::collection::vec(proptest::collection::vec(any_job(), 0..3), 2);
    let picks = prop_oneof![Just(vec![0_usize]), proptest::collection::vec(0_usize..2, GROUPS)];
    (lists, picks)
        .prop_map(|(lists, picks)| picks.iter().map(|&pick| lists[pick].clone()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn memory_is_its_channels(
        events in proptest::collection::vec(
            (prop_oneof![0_u64..300, 0_u64..4000], 0_u64..4000, any_jobs(), prop_oneof![Just(0), 1_u64..400_000]),
            1..8,
        ),
        arbitration in prop_oneof![Just(Arbitration::PimFirst), Just(Arbitration::HostFirst)],
    ) {
        let device = device();
        let events: Vec<Event> = events
            .into_iter()
            .map(|(wait, ahead, jobs, bytes)| Event { wait, ahead, jobs, bytes })
            .chain(closing())
            .collect();
        prop_assert_eq!(outcome(&device, arbitration, &events), plain(&device, arbitration, &events));
    }
}
