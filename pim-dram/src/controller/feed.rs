//! Hosts that offer the requests of a trace.

use super::access::{Access, Request};
use super::engine::Engine;
use super::mapper::{MapError, Mapper};
use super::record::Record;
use super::setup::ControllerError;
use crate::sequencer::Sink;

/// Runs a channel until each of its requests has departed. One request is offered a tick, in order, until it is accepted; none
/// before its time.
///
/// # Errors
/// A run that would never end.
pub fn run(
    engine: &mut impl Engine,
    accesses: &[(Access, u64)],
    sink: &mut impl Sink,
) -> Result<(), ControllerError> {
    let (mut now, mut offered) = (0, 0);
    let (mut progress, mut seen, patience) = (0, 0, engine.patience());
    let mut accepts = accesses.first().is_some_and(|(access, _)| engine.accepts(access));
    loop {
        if let Some(&(access, _)) = accesses.get(offered).filter(|&&(_, at)| accepts && at <= now) {
            engine.accept(access, offered as u32, now);
            (offered, progress) = (offered + 1, now);
        }
        let mut next = engine.tick(now, sink)?;
        let requests = engine.record().outstanding;
        if seen != requests {
            (progress, seen) = (now, requests);
        }
        match accesses.get(offered) {
            Some(&(access, at)) => {
                accepts = engine.accepts(&access);
                next = if accepts { next.min(at.max(now + 1)) } else { next };
            }
            // Refreshes go on while the last data are on their way.
            None if requests == 0 && engine.label(next) > engine.record().end => return Ok(()),
            None => {}
        }
        if requests > 0 && next > progress.saturating_add(patience) {
            return Err(ControllerError::Stuck { since: progress, requests });
        }
        now = next;
    }
}

/// Runs channels whose host has one queue: the requests of a trace are offered in its order, as many a tick as there are
/// channels, up to the first that is refused.
///
/// # Errors
/// A channel, and why its run would never end.
pub fn run_coupled<E: Engine, S: Sink>(
    engines: &mut [E],
    spread: &Spread,
    sinks: &mut [S],
) -> Result<(), (usize, ControllerError)> {
    let channels = engines.len();
    let mut wakes = vec![0; channels];
    let mut taken = vec![0; channels];
    let (mut now, mut offered) = (0, 0);
    let (mut progress, mut seen) = (0, (0, 0));
    loop {
        for _ in 0..channels {
            let Some((channel, access, at)) = spread.head(offered, &taken) else { break };
            if at > now || !engines[channel].accepts(&access) {
                break;
            }
            engines[channel].accept(access, taken[channel] as u32, now);
            taken[channel] += 1;
            offered += 1;
            wakes[channel] = now;
        }
        for (channel, wake) in wakes.iter_mut().enumerate().filter(|(_, wake)| **wake <= now) {
            let ticked = engines[channel].tick(now, &mut sinks[channel]);
            *wake = ticked.map_err(|error| (channel, error))?;
        }
        let mut next = wakes.iter().copied().min().unwrap_or(u64::MAX);
        let requests = engines.iter().map(|engine| engine.record().outstanding).sum();
        if seen != (offered, requests) {
            (progress, seen) = (now, (offered, requests));
        }
        match spread.head(offered, &taken) {
            Some((channel, access, at)) if engines[channel].accepts(&access) => {
                next = next.min(at.max(now + 1));
            }
            Some(_) => {}
            None => {
                let end = engines.iter().map(|engine| engine.record().end).max();
                let idle = |(engine, &wake): (&E, &u64)| Some(engine.label(wake)) > end;
                if requests == 0 && engines.iter().zip(&wakes).all(idle) {
                    return Ok(());
                }
            }
        }
        let patience = engines.iter().map(Engine::patience).max().unwrap_or_default();
        if requests > 0 && next > progress.saturating_add(patience) {
            let waits = |engine: &E| engine.record().outstanding > 0;
            let channel = engines.iter().position(waits).unwrap_or_default();
            return Err((channel, ControllerError::Stuck { since: progress, requests }));
        }
        now = next;
    }
}

/// The requests of a trace, mapped to the channels of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Per channel: its requests, in their order, each with the first tick on which it is offered.
    pub accesses: Vec<Vec<(Access, u64)>>,
    /// Per request of the trace: its channel.
    pub channel_of: Vec<u32>,
}

impl Spread {
    /// Maps the requests of a trace.
    ///
    /// # Errors
    /// The place of the first request beyond the device, and what is wrong.
    pub fn new(
        mapper: &Mapper,
        channels: u32,
        requests: &[Request],
    ) -> Result<Self, (usize, MapError)> {
        let mut spread = Self::with_room(channels, requests.len());
        for (place, request) in requests.iter().enumerate() {
            let (channel, access) = mapper.map(request).map_err(|error| (place, error))?;
            spread.accesses[channel as usize].push((access, request.at));
            spread.channel_of.push(channel);
        }
        Ok(spread)
    }

    /// No requests yet, with room for so many that go round the channels.
    fn with_room(channels: u32, requests: usize) -> Self {
        let each = requests.div_ceil(channels.max(1) as usize);
        let accesses = (0..channels).map(|_| Vec::with_capacity(each)).collect();
        Self { accesses, channel_of: Vec::with_capacity(requests) }
    }

    /// Says that the first so many requests, all from tick 0 on so far, are offered from tick `at` on.
    pub fn offer_first(&mut self, requests: usize, at: u64) {
        if at == 0 {
            return;
        }
        let mut offered = vec![0; self.accesses.len()];
        for &channel in &self.channel_of[..requests] {
            let offered = &mut offered[channel as usize];
            self.accesses[channel as usize][*offered].1 = at;
            *offered += 1;
        }
    }

    /// The next request of the trace, given how many of each channel were taken.
    fn head(&self, place: usize, taken: &[usize]) -> Option<(usize, Access, u64)> {
        let channel = *self.channel_of.get(place)? as usize;
        let &(access, at) = self.accesses[channel].get(taken[channel])?;
        Some((channel, access, at))
    }

    /// What the channels recorded, a pair (arrival, departure) for each request, in the order of the trace.
    pub fn times<'r>(&'r self, records: &'r [&Record]) -> impl Iterator<Item = (u64, u64)> + 'r {
        let mut taken = vec![0; records.len()];
        self.channel_of.iter().map(move |&channel| {
            let (record, taken) = (&records[channel as usize], &mut taken[channel as usize]);
            let times = (record.arrive[*taken], record.depart[*taken]);
            *taken += 1;
            times
        })
    }
}
