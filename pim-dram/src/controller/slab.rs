//! Places that are used again.

use std::num::NonZeroU32;
use std::ops;

/// Where a value stands, counted from 1, so that `Option<Index>` is no longer: links are most of what a queue holds.
pub(super) type Index = NonZeroU32;

/// Values by index.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    values: Vec<T>,
    free: Vec<Index>,
}

impl<T> Slab<T> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), free: Vec::new() }
    }

    pub(super) fn insert(&mut self, value: T) -> Index {
        if let Some(index) = self.free.pop() {
            self[index] = value;
            return index;
        }
        self.values.push(value);
        Index::MIN.saturating_add(self.values.len() as u32 - 1)
    }

    /// Another value may stand there from now on.
    pub(super) fn free(&mut self, index: Index) {
        self.free.push(index);
    }
}

impl<T> ops::Index<Index> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: Index) -> &T {
        &self.values[index.get() as usize - 1]
    }
}

impl<T> ops::IndexMut<Index> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, index: Index) -> &mut T {
        &mut self.values[index.get() as usize - 1]
    }
}
