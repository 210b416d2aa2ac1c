//! A timeline before it is written.

use crate::time::Femtos;

/// Groups of tracks under a title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// In the order in which they are shown; the first is named after the whole.
    pub groups: Vec<Group>,
}

/// Tracks that belong together, such as those of a GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// In the order in which they are shown.
    pub tracks: Vec<Track>,
}

/// One line of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its name.
    pub name: String,
    /// What it shows.
    pub shows: Shows,
}

/// Content of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// One slice at a time, in order.
    Slices(Vec<Slice>),
    /// A number that holds until the next one.
    Counter {
        /// What is counted.
        unit: &'static str,
        /// In order of time.
        counts: Vec<(Femtos, u64)>,
    },
}

/// Something that takes time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Its name.
    pub name: String,
    /// It begins.
    pub start: Femtos,
    /// It ends, later than it began.
    pub end: Femtos,
    /// What is known of it.
    pub args: Vec<(&'static str, Arg)>,
    /// Flows that begin here.
    pub to: Vec<u64>,
    /// Flows that end here.
    pub from: Vec<u64>,
    /// Slices within it, one at a time and in order.
    pub within: Vec<Slice>,
}

/// A value of something known of a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// A number; the name says the unit.
    Number(u64),
    /// A text.
    Text(String),
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Slice {
    /// With nothing known of it.
    #[must_use]
    pub fn new(name: impl Into<String>, start: Femtos, end: Femtos) -> Self {
        let (args, to, from, within) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name: name.into(), start, end, args, to, from, within }
    }

    /// With something more known of it.
    #[must_use]
    pub fn with(mut self, name: &'static str, arg: impl Into<Arg>) -> Self {
        self.args.push((name, arg.into()));
        self
    }
}

impl Track {
    /// Of slices, one at a time.
    #[must_use]
    pub fn slices(name: impl Into<String>, slices: Vec<Slice>) -> Self {
        Self { name: name.into(), shows: Shows::Slices(slices) }
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.shows {
            Shows::Slices(slices) => slices.is_empty(),
            Shows::Counter { counts, .. } => counts.is_empty(),
        }
    }
}

impl Timeline {
    /// Slices of all tracks, those within others too.
    #[must_use]
    pub fn slices(&self) -> usize {
        fn count(slices: &[Slice]) -> usize {
            slices.iter().map(|slice| 1 + count(&slice.within)).sum()
        }
        let tracks = self.groups.iter().flat_map(|group| &group.tracks);
        tracks
            .map(|track| match &track.shows {
                Shows::Slices(slices) => count(slices),
                Shows::Counter { .. } => 0,
            })
            .sum()
    }

    /// Tracks of all groups.
    #[must_use]
    pub fn tracks(&self) -> usize {
        self.groups.iter().map(|group| group.tracks.len()).sum()
    }
}
