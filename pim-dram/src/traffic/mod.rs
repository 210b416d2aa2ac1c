//! Products of the units beside a stream that the host reads: what sharing a command channel costs either.
//!
//! Three runs, each from idle at tick 0: the units alone, the stream alone, both. Unless told otherwise the units get as much
//! to do as takes them about as long as the stream takes, so that both are at work most of the time. What they cost each other
//! is read off while they are; see [`Progress`].

mod arbitration;
mod log;

use thiserror::Error;

pub use self::arbitration::UnknownArbitration;
pub use self::log::Run;

use self::log::{Log, Recorded};
use crate::device::Device;
use crate::dram::Dram;
use crate::job::{Job, Worker};
use crate::layout::{Layout, LayoutError, Matrix};
use crate::memo::Memo;
use crate::peaks::Peaks;
use crate::sequencer::{Arbitration, Mix, Sink};
use crate::tally::Tally;
use crate::time::Ticks;

/// Commands of a channel that either side may ask for; about a quarter of a gigabyte is kept of them.
pub const MOST_COMMANDS: u64 = 1 << 25;

/// Bytes of a pseudo-channel that the host reads where nothing else is asked for: 8 refresh intervals or so of HBM.
pub const READ_PER_PSEUDO_CHANNEL: u64 = 1 << 20;

/// What units and host are given to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The matrix of every product.
    pub matrix: Matrix,
    /// Vectors of a product.
    pub vectors: u32,
    /// Command channels over which matrix and stream are spread.
    pub channels: u32,
    /// Bytes that the host reads from all of them; rounded up to whole bursts, as many in every pseudo-channel.
    pub bytes: u64,
    /// Products that follow each other without a gap; `None` for the fewest that alone take as long as the stream alone.
    pub jobs: Option<u32>,
}

/// Why nothing was measured.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrafficError {
    /// No products.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// No stream.
    #[error(
        "device `{device}`: its family has no commands for a host, so that nothing streams beside the units"
    )]
    NoHost {
        /// The device.
        device: String,
    },
    /// More than is simulated.
    #[error("{what}: {commands} commands of a channel, at most {MOST_COMMANDS} are simulated")]
    TooLong {
        /// Products or stream.
        what: &'static str,
        /// Commands of a channel.
        commands: u64,
    },
}

/// What one side got done while both were at work: until one of them had issued its last column command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Column commands of this side on one channel until then: bursts read, or all that the units are told on the column bus.
    pub commands: u64,
    /// That time, in ticks from 0; the same for both sides.
    pub together: Ticks,
    /// Tick at which this side alone has issued as many; 0 if it got nothing done.
    pub alone: Ticks,
}

impl Progress {
    /// How many times longer the same commands take beside the other side; `None` if there were none.
    #[must_use]
    pub fn slow_down(&self) -> Option<f64> {
        (self.alone.0 > 0).then(|| self.together.0 as f64 / self.alone.0 as f64)
    }

    fn new(together: Ticks, both: &[Ticks], alone: &[Ticks]) -> Self {
        let commands = both.partition_point(|&at| at <= together);
        let alone = commands.checked_sub(1).and_then(|last| alone.get(last));
        Self { commands: commands as u64, together, alone: alone.copied().unwrap_or_default() }
    }
}

/// What one command channel makes of a [`Load`]; all channels do alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// How the matrix is cut, as for the product by itself.
    pub layout: Layout,
    /// Products.
    pub jobs: u32,
    /// Bursts read from each pseudo-channel.
    pub bursts: u64,
    /// The products without the stream.
    pub units_alone: Run,
    /// The stream without the products.
    pub stream_alone: Run,
    /// Both.
    pub both: Run,
    /// The units while both were at work.
    pub units: Progress,
    /// The stream while both were at work.
    pub stream: Progress,
}

impl Traffic {
    /// Time of both together over that of one after the other.
    #[must_use]
    pub fn over_sum(&self) -> f64 {
        let sum = self.units_alone.makespan() + self.stream_alone.makespan();
        self.both.makespan().0 as f64 / sum.0.max(1) as f64
    }
}

/// Share of the peak rate of a channel's data buses that so many bursts, of all its pseudo-channels, come to in so many ticks.
#[must_use]
pub fn peak_share(dram: &Dram, bursts: u64, ticks: Ticks) -> f64 {
    let geometry = &dram.spec.geometry;
    let seconds = dram.clock.femtos(ticks).as_ticks() as f64 / 1e15;
    let peak = Peaks::external(dram).external_bytes_per_s_per_pseudo_channel;
    let most = f64::from(geometry.pseudo_channels) * peak * seconds;
    let bytes = bursts as f64 * f64::from(geometry.burst_bytes);
    if most > 0.0 { bytes / most } else { 0.0 }
}

/// Simulates a load under an arbitration, every command on the plain path; `sink` sees the commands of the run of both.
///
/// # Errors
/// A matrix that cannot be placed, a device without commands for a host, more than [`MOST_COMMANDS`].
pub fn measure(
    device: &Device,
    load: &Load,
    arbitration: Arbitration,
    sink: &mut impl Sink,
) -> Result<Traffic, TrafficError> {
    let none = || TrafficError::NoHost { device: device.spec.name.clone() };
    let mix = Mix::new(device, arbitration).ok_or_else(none)?;
    let bursts = bursts(device, load)?;
    let layout = Layout::search(device, load.matrix, load.channels * device.lanes(), load.vectors)?;
    let job = Job { tile: layout.tile, vectors: load.vectors };
    let bench = Bench { device, mix, job };
    let stream_alone = bench.run(0, bursts, &mut ());
    let jobs = bench.jobs(load.jobs, stream_alone.run.stream)?;
    let units_alone = bench.run(jobs, 0, &mut ());
    let both = bench.run(jobs, bursts, sink);
    // The end of time that both were at work.
    let last = |of: &[Ticks]| of.last().copied().unwrap_or_default();
    let together = last(&both.units).min(last(&both.stream));
    Ok(Traffic {
        layout,
        jobs,
        bursts,
        units: Progress::new(together, &both.units, &units_alone.units),
        stream: Progress::new(together, &both.stream, &stream_alone.stream),
        units_alone: units_alone.run,
        stream_alone: stream_alone.run,
        both: both.run,
    })
}

/// Bursts of a pseudo-channel.
fn bursts(device: &Device, load: &Load) -> Result<u64, TrafficError> {
    let geometry = &device.spec.geometry;
    let of_channel = u64::from(geometry.pseudo_channels);
    let round = u64::from(load.channels.max(1)) * of_channel * u64::from(geometry.burst_bytes);
    let bursts = load.bytes.div_ceil(round);
    within("stream", bursts.saturating_mul(of_channel)).map(|_| bursts)
}

fn within(what: &'static str, commands: u64) -> Result<u64, TrafficError> {
    let allowed = commands <= MOST_COMMANDS;
    if allowed { Ok(commands) } else { Err(TrafficError::TooLong { what, commands }) }
}

/// What all runs have in common.
struct Bench<'d> {
    device: &'d Device,
    /// Without work.
    mix: Mix<'d>,
    job: Job,
}

impl Bench<'_> {
    /// The asked number of jobs, or the fewest that take until tick `until`.
    fn jobs(&self, asked: Option<u32>, until: Ticks) -> Result<u32, TrafficError> {
        let mut memo = Memo::new(self.device);
        let mut worker = Worker::new(&mut memo);
        let mut tally = Tally::new(self.device);
        let mut jobs = 0_u32;
        loop {
            worker.run(&mut memo, &self.job, true, Ticks(0), &mut tally);
            jobs += 1;
            let commands = tally.total_commands();
            match asked {
                Some(asked) => {
                    within("products", commands.saturating_mul(asked.into()))?;
                    return Ok(asked);
                }
                None => within("products", commands)?,
            };
            if worker.now() >= until {
                return Ok(jobs);
            }
        }
    }

    fn run<S: Sink>(&self, jobs: u32, bursts: u64, sink: &mut S) -> Recorded {
        let device = self.device;
        let mut log = Log::new(device, sink);
        let mut mix = self.mix.clone();
        if bursts > 0 {
            mix.read(bursts, Ticks(0));
        }
        self.job.repeated(device, jobs).for_each(|pass| mix.push(pass, Ticks(0)));
        mix.advance(Ticks(u64::MAX), &mut log);
        let units = mix.passes_done().filter(|_| jobs > 0).map(|end| end.done);
        let stream =
            mix.stream_done().filter(|_| bursts > 0).map(|last| last + device.read_latency);
        let (units, stream) = (units.unwrap_or_default(), stream.unwrap_or_default());
        log.finish(units, stream)
    }
}
