//! Looks for a stream that a rule, and no other, holds back.

use pim_dram::Ticks;
use pim_dram::channel::Channel;
use pim_dram::checker;
use pim_dram::device::{CommandId, Device, Rule};
use pim_dram::geometry::{Level, Node};
use pim_dram::sequencer::Issued;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// Streams that are tried, and commands of each.
const STREAMS: u64 = 600;
const LENGTH: usize = 40;

/// A rule as the table of hidden rules names it.
pub(crate) fn label(device: &Device, rule: usize) -> String {
    let Rule { name, scope, after, before, .. } = &device.rules[rule];
    let list = |ids: &[CommandId]| {
        ids.iter().map(|&id| device.command(id).name.as_str()).collect::<Vec<_>>().join("/")
    };
    format!("{name} ({scope:?}): {} -> {}", list(after), list(before))
}

/// Whether a stream on the device with that rule one tick shorter, and others gone, breaks the rules as they were.
pub(crate) fn hunt(device: &Device, rule: usize, without: &[usize]) -> bool {
    let keep = |&at: &usize| !without.contains(&at);
    let mut kept = Vec::new();
    let mut lowered = Vec::new();
    for at in (0..device.rules.len()).filter(keep) {
        let wait = device.rules[at].wait;
        kept.push(device.rules[at].clone());
        let wait = if at == rule { wait - Ticks(1) } else { wait };
        lowered.push(Rule { wait, ..device.rules[at].clone() });
    }
    let (honest, hasty) = (device.with_rules(kept), device.with_rules(lowered));
    let mut stream = Stream::new(&device.rules[rule]);
    (0..STREAMS).any(|_| stream.breaks(&honest, &hasty))
}

/// Random commands, most of them those that the rule relates.
struct Stream<'r> {
    rule: &'r Rule,
    random: Pcg64Mcg,
}

impl<'r> Stream<'r> {
    fn new(rule: &'r Rule) -> Self {
        Self { rule, random: Pcg64Mcg::new(0x5eed) }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.next_u64() as usize % bound.max(1)
    }

    /// Issues commands as early as the hasty device allows; whether one is too early for the honest one. The checker agrees.
    fn breaks(&mut self, honest: &Device, hasty: &Device) -> bool {
        let (mut honest_channel, mut channel) = (Channel::new(honest), Channel::new(hasty));
        let mut list: Vec<Issued> = Vec::new();
        let mut now = Ticks(0);
        // Few banks, so that commands meet.
        let home = self.below(honest.topology.count(Level::Bank) as usize) as u32;
        for _ in 0..LENGTH {
            let command = self.command(honest);
            let target = self.target(honest, command, home);
            let row = Some(self.below(2) as u32);
            if !channel.row_allows(command, target, row) {
                continue;
            }
            if self.below(4) == 0 {
                now += Ticks(self.below(2 * self.rule.wait.0 as usize + 64) as u64);
            }
            let at = channel.earliest(command, target).at.max(now);
            let legal = honest_channel.earliest(command, target).at;
            list.push(Issued { at, command, target, row, column: 0, lane: 0, because: None });
            if at < legal {
                let found = checker::check(&honest.without_refresh(), &list);
                assert!(found.is_err(), "the channel waits until {legal:?}, the checker does not");
                return true;
            }
            channel.issue(command, target, row, at);
            honest_channel.issue(command, target, row, at);
            now = at;
        }
        false
    }

    fn command(&mut self, device: &Device) -> CommandId {
        let of = match self.below(5) {
            0 | 1 => &self.rule.after,
            2 | 3 => &self.rule.before,
            _ => return CommandId(self.below(device.commands.len()) as u8),
        };
        of[self.below(of.len())]
    }

    /// A node that holds the home bank, a bank beside it, or any.
    fn target(&mut self, device: &Device, command: CommandId, home: u32) -> u32 {
        let reach = device.command(command).reach;
        let scope =
            Node { level: self.rule.scope, index: device.topology.node_of(self.rule.scope, home) };
        let near = device.topology.banks(scope);
        match self.below(4) {
            0 | 1 => device.topology.node_of(reach, home),
            2 => device.topology.node_of(reach, near[self.below(near.len())]),
            _ => self.below(device.topology.count(reach) as usize) as u32,
        }
    }
}
