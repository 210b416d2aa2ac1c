//! What comes out of a sequencer.

use crate::dram::CommandId;
use crate::pass::Pass;
use crate::time::Ticks;

/// A command as it was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Tick of its first bus slot.
    pub at: Ticks,
    /// The command.
    pub command: CommandId,
    /// The node of its reach that it addresses.
    pub target: u32,
    /// The row that it opens or needs.
    pub row: Option<u32>,
    /// Column or burst number, 0 for row commands.
    pub column: u32,
    /// Lane whose stream it serves.
    pub lane: u32,
    /// The earlier command that kept it until now, where one did.
    pub because: Option<CommandId>,
}

/// Sees every command; the model does not know who watches.
pub trait Sink {
    /// Called in the order of issue.
    fn issued(&mut self, issued: &Issued);

    /// A pass begins: none of its commands goes before that tick.
    fn begins(&mut self, _: Ticks) {}

    /// A pass has ended.
    fn ends(&mut self, _: &Pass, _: End) {}
}

/// Nobody watches.
impl Sink for () {
    fn issued(&mut self, _: &Issued) {}
}

/// Whoever watches by reference.
impl<S: Sink + ?Sized> Sink for &mut S {
    fn issued(&mut self, issued: &Issued) {
        (**self).issued(issued);
    }

    fn begins(&mut self, at: Ticks) {
        (**self).begins(at);
    }

    fn ends(&mut self, pass: &Pass, end: End) {
        (**self).ends(pass, end);
    }
}

impl Sink for Vec<Issued> {
    fn issued(&mut self, issued: &Issued) {
        self.push(*issued);
    }
}

/// When a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// Tick of its last command; the next pass may issue from here on.
    pub issued: Ticks,
    /// Its last result is with the host.
    pub done: Ticks,
}
