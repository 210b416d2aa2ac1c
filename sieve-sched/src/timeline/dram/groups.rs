//! What was seen of a channel, as groups of tracks.

use pim_dram::geometry::{Level, Node};

use super::super::SCALE;
use super::super::data::{Group, Slice, Timeline, Track};
use super::super::exclusive::cut;
use super::{Watch, Watched, place};

/// Groups of a channel, then one per pseudo-channel.
const ABOUT: usize = 0;
const CHANNEL: usize = 1;
const FIRST_PSEUDO_CHANNEL: usize = 2;

/// Groups in the making.
struct Groups {
    all: Vec<Group>,
    cuts: usize,
}

impl Groups {
    fn new(title: &str, pseudo_channels: u32) -> Self {
        let empty = |name| Group { name, tracks: Vec::new() };
        let mut all =
            vec![empty(format!("{title} ({SCALE})")), empty("command channel".to_owned())];
        all.extend((0..pseudo_channels).map(|index| empty(format!("pseudo-channel {index}"))));
        Self { all, cuts: 0 }
    }

    fn put(&mut self, group: usize, name: String, mut slices: Vec<Slice>) {
        self.cuts += cut(&mut slices, None);
        self.all[group].tracks.push(Track::slices(name, slices));
    }

    /// Those that have something to show.
    fn timeline(self) -> Timeline {
        let mut groups = self.all;
        for group in &mut groups {
            group.tracks.retain(|track| !track.is_empty());
        }
        groups.retain(|group| !group.tracks.is_empty());
        Timeline { groups }
    }
}

impl Watch<'_> {
    /// The timeline. Its first track has one slice, the window, which is `about` but for its times.
    #[must_use]
    pub fn finish(mut self, title: &str, about: Slice) -> Watched {
        let topology = &self.dram.topology;
        let pseudo_channels = topology.count(Level::PseudoChannel);
        let mut groups = Groups::new(title, pseudo_channels);
        let last = self.dram.clock.femtos(self.end);
        let (start, end) = (self.window.from.min(last), self.window.to.min(last));
        let window = Slice { start, end, ..about };
        groups.put(ABOUT, "window".to_owned(), vec![window.with("commands", self.shown)]);
        for (name, slices) in ["row bus", "column bus"].into_iter().zip(self.buses) {
            groups.put(CHANNEL, name.to_owned(), slices);
        }
        for (index, slices) in self.data.into_iter().enumerate() {
            groups.put(FIRST_PSEUDO_CHANNEL + index, "data bus".to_owned(), slices);
        }
        let reach = self.units.map(|units| self.dram.command(units.roles.mac).reach);
        for (index, slices) in (0..).zip(self.macs) {
            let node = Node { level: reach.unwrap_or(Level::Channel), index };
            let group = match node.level {
                Level::Channel => CHANNEL,
                _ => FIRST_PSEUDO_CHANNEL + topology.pseudo_channel(node) as usize,
            };
            groups.put(group, format!("PIM units of {}", place(node)), slices);
        }
        for index in 0..pseudo_channels {
            let (tracks, cuts) = self.rows.tracks(index, self.end);
            groups.all[FIRST_PSEUDO_CHANNEL + index as usize].tracks.extend(tracks);
            groups.cuts += cuts;
        }
        let (commands, shown, cut) = (self.commands, self.shown, groups.cuts);
        Watched { timeline: groups.timeline(), commands, shown, cut }
    }
}
