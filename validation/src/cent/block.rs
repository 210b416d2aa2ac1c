//! One new token through a transformer block, as AiM instructions.

mod attention;
mod gemv;
mod vectors;

use pim_dram::device::Device;

use super::emit::{Emit, Spread};
use super::rows::Rows;
use super::{Arrangement, BANKS, BURST, CHANNELS, CentError, HEAD, Model};
use crate::peers::aim::Instruction;
use crate::peers::aim::system::{Step, System};

/// A block with a context of `length` tokens, the new one included.
#[derive(Clone, Copy, Debug)]
pub struct Block<'m> {
    pub(super) model: &'m Model,
    /// Channels of a device.
    channels: u32,
    /// Devices that share the matrices.
    tensor: u32,
    /// Blocks that share a device.
    blocks: u32,
    length: u32,
}

impl<'m> Block<'m> {
    /// A block as the arrangement places it.
    #[must_use]
    pub fn new(arrangement: &'m Arrangement, length: u32) -> Self {
        let Arrangement { model, tensor, channels, .. } = arrangement;
        let blocks = arrangement.blocks_per_device();
        Self { model, channels: *channels, tensor: *tensor, blocks, length }
    }

    /// Cycles of the device, all channels of it.
    ///
    /// # Errors
    /// A device without AiM's commands.
    pub fn cycles(&self, device: &Device) -> Result<u64, CentError> {
        let mut system = System::new(device, CHANNELS, ())?;
        self.steps(&mut |step| system.run(step));
        Ok(system.end())
    }

    /// The same in nanoseconds.
    ///
    /// # Errors
    /// A device without AiM's commands.
    pub fn ns(&self, device: &Device) -> Result<f64, CentError> {
        let ticks = device.clock.ticks(self.cycles(device)?);
        Ok(device.clock.femtos(ticks).as_ticks() as f64 / 1e6)
    }

    /// The steps in turn, without EOC.
    pub fn steps(&self, to: &mut dyn FnMut(Step)) {
        let emit = &mut Emit { to, channels: self.channels, blocks: self.blocks };
        let rows = Rows::of(self);
        let Model { dim, heads, kv_heads, ffn, .. } = *self.model;
        self.norm(emit, rows.input, rows.input_copy, rows.input_norm);
        for (row, outputs) in
            [(rows.query, heads * HEAD), (rows.key, kv_heads * HEAD), (rows.value, kv_heads * HEAD)]
        {
            self.gemv(emit, row, dim, outputs, false);
        }
        self.rotary(emit, &rows);
        self.store_key_and_value(emit, &rows);
        self.score(emit, rows.key_cache);
        self.softmax(emit, rows.scores);
        self.attend(emit, rows.value_cache);
        self.gemv(emit, rows.output, dim, dim, false);
        emit.add();
        self.norm(emit, rows.attended_copy, rows.attended_copy, rows.attended_norm);
        self.gemv(emit, rows.gate, dim, ffn, true);
        self.gemv(emit, rows.up, dim, ffn, false);
        self.gate(emit, rows.gated);
        self.gemv(emit, rows.down, ffn, dim, false);
        emit.add();
    }

    /// Banks of the block on a device.
    pub(super) fn banks(&self) -> u32 {
        self.channels * BANKS
    }

    /// Banks over which a matrix is spread.
    pub(super) fn shared_banks(&self) -> u32 {
        self.banks() * self.tensor
    }

    /// Heads whose scores a bank group holds.
    pub(super) fn heads_per_group(&self) -> u32 {
        self.model.heads.div_ceil(self.channels * 4)
    }

    /// Value heads of a channel.
    pub(super) fn value_heads(&self) -> u32 {
        self.model.kv_heads.div_ceil(self.channels)
    }

    /// Query heads of a key and value head.
    fn repeats(&self) -> u32 {
        self.model.heads / self.model.kv_heads
    }

    /// Channels told where so many channels, over all devices, take part: as many whole multiples as a device has.
    fn told(channels: u32) -> u32 {
        if channels > CHANNELS { CHANNELS } else { CHANNELS / channels * channels }
    }
}
