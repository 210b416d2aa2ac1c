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

#[cfg(test)]
mod tests {
    use pim_dram::device::Device;

    use super::*;
    use crate::peers::Peer;
    use crate::peers::attacc::controller::Revision;
    use crate::peers::attacc::request::{Commands, Unit};

    fn cycles(peer: Peer, requests: impl Fn(&Commands) -> Vec<Request>) -> u64 {
        let device = Device::new(&peer.spec(None).unwrap()).unwrap();
        let commands = Commands::of(&device, Unit::Bank).unwrap();
        let stream = requests(&commands).into_iter().map(|request| (0, request));
        run(&mut [Controller::new(&device, commands, Revision::C600051)], stream, &mut ())
    }

    fn macs(peer: Peer, count: u32) -> u64 {
        let mac = |n| Request::Mac { bank: 0, row: n / 32, column: n % 32 };
        cycles(peer, |_| (0..count).map(mac).collect())
    }

    /// Short sequences measured with attacc_simulator@c600051, presets HBM3_5.2Gbps and HBM3_5.2Gbps_NPC.
    #[test]
    fn short_sequences_take_the_measured_cycles() {
        let counts = [1, 2, 8, 32, 64, 96, 288];
        assert_eq!(counts.map(|n| macs(Peer::Attacc, n)), [20, 26, 62, 206, 438, 670, 2062]);
        assert_eq!(counts.map(|n| macs(Peer::AttaccNpc, n)), [20, 24, 48, 144, 314, 484, 1504]);

        let writes = |count| {
            cycles(Peer::Attacc, |commands| {
                vec![Request::Move { command: commands.write_vector, bank: 0 }; count]
            })
        };
        assert_eq!([1, 2, 16, 64].map(writes), [1, 5, 61, 253]);
        let results = |count| {
            cycles(Peer::Attacc, |commands| {
                let command = commands.move_result;
                (0..count)
                    .map(|n| Request::Move { command, bank: n % 2 * 16 + n / 2 * 4 })
                    .collect()
            })
        };
        assert_eq!([2, 8].map(results), [3, 15]);
    }

    /// A slot that looks at two barriers in a row is lost to the second. Of those between two writes, the second slot of the
    /// first write's cycle removes one and the next cycle's first slot another, so that the third is in the way.
    #[test]
    fn barriers_in_a_row_take_time() {
        let two_writes = |barriers: usize| {
            cycles(Peer::Attacc, |commands| {
                let write = |bank| Request::Move { command: commands.write_vector, bank };
                let mut all = vec![write(0)];
                all.extend(vec![Request::Barrier; barriers]);
                all.push(write(32));
                all
            })
        };
        assert_eq!([0, 1, 2, 3].map(two_writes), [2, 2, 2, 3]);
    }
}
