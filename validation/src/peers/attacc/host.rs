//! Feeds the channels and steps their clock from one cycle at which something can change to the next.

use pim_dram::sequencer::Sink;
use pim_dram::time::Ticks;

use super::controller::Controller;
use super::request::Request;

/// Runs a stream of (channel, request) to its end; the last cycle. `sink` sees the first channel.
pub(super) fn run(
    channels: &mut [Controller<'_>],
    stream: impl Iterator<Item = (usize, Request)>,
    sink: &mut impl Sink,
) -> u64 {
    let mut stream = stream.peekable();
    let mut now = Ticks(1);
    loop {
        // Requests enter before the channels look at their buffers; a full buffer holds back all that follow.
        while let Some(&(channel, request)) = stream.peek() {
            if !channels[channel].offer(request, now) {
                break;
            }
            stream.next();
        }
        for (index, channel) in channels.iter_mut().enumerate() {
            if channel.wakes() <= now {
                if index == 0 { channel.step(now, sink) } else { channel.step(now, &mut ()) }
            }
        }
        if stream.peek().is_none() && channels.iter().all(Controller::is_idle) {
            return now.0;
        }
        let next = channels.iter().map(Controller::wakes).min();
        now = next.unwrap_or(now).max(now + Ticks(1));
    }
}
