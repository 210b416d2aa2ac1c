//! Looks for a stream that a rule, and no other, holds back.

use pim_dram::Ticks;
use pim_dram::channel::Channel;
use pim_dram::checker;
use pim_dram::dram::{CommandId, Dram};
use pim_dram::family::{Buffer, RowEffect};
use pim_dram::geometry::{Level, Node};
use pim_dram::rules::Rule;
use pim_dram::sequencer::Issued;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// Streams that are tried, and commands of each besides those that open and close rows for them.
const STREAMS: u64 = 300;
const LENGTH: usize = 40;

/// A rule as the table of hidden rules names it.
pub(crate) fn label(device: &Dram, rule: usize) -> String {
    let Rule { name, scope, apart, after, before, .. } = &device.rules[rule];
    let list = |ids: &[CommandId]| {
        ids.iter().map(|&id| device.command(id).name.as_str()).collect::<Vec<_>>().join("/")
    };
    let apart = apart.map_or_else(String::new, |level| format!(", {level:?}s apart"));
    format!("{name} ({scope:?}{apart}): {} -> {}", list(after), list(before))
}

/// Whether a stream on the device with that rule a little shorter, and others gone, breaks the rules as they were.
pub(crate) fn hunt(device: &Dram, rule: usize, without: &[usize]) -> bool {
    let keep = |&at: &usize| !without.contains(&at);
    let mut kept = Vec::new();
    let mut lowered = Vec::new();
    for at in (0..device.rules.len()).filter(keep) {
        let wait = device.rules[at].wait;
        kept.push(device.rules[at].clone());
        let wait = if at == rule { shorter(device, &device.rules[rule]) } else { wait };
        lowered.push(Rule { wait, ..device.rules[at].clone() });
    }
    let (honest, hasty) = (device.with_rules(kept), device.with_rules(lowered));
    let mut stream = Stream::new(&device.rules[rule]);
    (0..STREAMS).any(|_| stream.breaks(&honest, &hasty))
}

/// The longest wait that shows: a tick less or, where all commands keep to the same edges, to the edge before.
fn shorter(device: &Dram, rule: &Rule) -> Ticks {
    let spacing = |&id: &CommandId| device.align(id, Ticks(1)).0;
    let spacing = rule.after.iter().chain(&rule.before).map(spacing).min().unwrap_or(1);
    Ticks(rule.wait.0.next_multiple_of(spacing) - spacing)
}

/// Random commands, most of them those that the rule relates.
struct Stream<'r> {
    rule: &'r Rule,
    random: Pcg64Mcg,
}

/// The two devices' channels, the same commands issued to both.
struct Pair<'d> {
    honest: Channel<'d>,
    hasty: Channel<'d>,
    list: Vec<Issued>,
    now: Ticks,
}

/// A command, its target and its row.
type Step = (CommandId, u32, u32);

impl Pair<'_> {
    fn allows(&self, (command, target, row): Step) -> bool {
        self.hasty.row_allows(command, target, Some(row))
    }

    /// Issues as early as the hasty device allows; whether that is too early for the honest one. The checker agrees.
    fn issue(&mut self, (command, target, row): Step) -> bool {
        let row = Some(row);
        let earliest = self.hasty.earliest(command, target).at;
        let at = self.hasty.dram().align(command, earliest.max(self.now));
        let legal = self.honest.earliest(command, target).at;
        self.list.push(Issued { at, command, target, row, column: 0, lane: 0, because: None });
        if at < legal {
            let found = checker::check(&self.honest.dram().without_refresh(), &self.list);
            assert!(found.is_err(), "the channel waits until {legal:?}, the checker does not");
            return true;
        }
        self.hasty.issue(command, target, row, at);
        self.honest.issue(command, target, row, at);
        self.now = at;
        false
    }
}

impl<'r> Stream<'r> {
    fn new(rule: &'r Rule) -> Self {
        Self { rule, random: Pcg64Mcg::new(0x5eed) }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random.next_u64() as usize % bound.max(1)
    }

    /// Whether a stream of random commands, and what opens and closes rows for them, comes too early once.
    fn breaks(&mut self, honest: &Dram, hasty: &Dram) -> bool {
        let (start, list) = (Ticks(0), Vec::new());
        let channels = (Channel::new(honest), Channel::new(hasty));
        let mut pair = Pair { honest: channels.0, hasty: channels.1, list, now: start };
        // Few banks and rows, so that commands meet.
        let home = self.below(honest.topology.count(Level::Bank) as usize) as u32;
        for _ in 0..LENGTH {
            let command = self.command(honest);
            let row = u32::from(self.below(4) == 0);
            let wanted = (command, self.target(honest, command, home), row);
            if self.below(4) == 0 {
                pair.now += Ticks(self.below(2 * self.rule.wait.0 as usize + 64) as u64);
            }
            let mut steps = 0;
            while !pair.allows(wanted) && steps < 64 {
                let Some(step) = self.toward(&pair, wanted) else { break };
                if pair.issue(step) {
                    return true;
                }
                steps += 1;
            }
            if pair.allows(wanted) && pair.issue(wanted) {
                return true;
            }
        }
        false
    }

    /// A command that brings the rows closer to what another one needs.
    fn toward(&mut self, pair: &Pair<'_>, (command, target, row): Step) -> Option<Step> {
        let device = pair.hasty.dram();
        let (reach, effect) = (device.command(command).reach, device.command(command).row);
        let node = Node { level: reach, index: target };
        let mut helpers: Vec<Step> = Vec::new();
        for buffer in [Buffer::Host, Buffer::Pim] {
            let wanted = match effect {
                RowEffect::Needs(needed) | RowEffect::NeedsAndCloses(needed)
                    if needed == buffer =>
                {
                    Some(row)
                }
                RowEffect::Opens(opened) if opened == buffer => None,
                RowEffect::Closed | RowEffect::Refreshes => None,
                _ => continue,
            };
            let wrong = |&&bank: &&u32| pair.hasty.row_of(buffer, bank) != wanted;
            let Some(&bank) = device.topology.banks(node).iter().find(wrong) else { continue };
            let closed = pair.hasty.row_of(buffer, bank).is_none();
            for (id, data) in (0..).map(CommandId).zip(&device.commands) {
                let helps = match data.row {
                    RowEffect::Opens(opened) => closed && opened == buffer,
                    RowEffect::Closes(closes) => !closed && closes == buffer,
                    _ => false,
                };
                let step = (id, device.topology.node_of(data.reach, bank), row);
                if helps && pair.allows(step) {
                    helpers.push(step);
                }
            }
        }
        let pick = self.below(helpers.len());
        helpers.get(pick).copied()
    }

    fn command(&mut self, device: &Dram) -> CommandId {
        let of = match self.below(5) {
            0 | 1 => &self.rule.after,
            2 | 3 => &self.rule.before,
            _ => return CommandId(self.below(device.commands.len()) as u8),
        };
        of[self.below(of.len())]
    }

    /// A node that holds the home bank, a bank beside it, or any.
    fn target(&mut self, device: &Dram, command: CommandId, home: u32) -> u32 {
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
