//! Arrays of fixed rank, and the names of their axes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::Problem;

/// Values in C order: the last index runs fastest. Clones share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array<T, const N: usize> {
    shape: [usize; N],
    values: Arc<[T]>,
}

impl<T, const N: usize> Array<T, N> {
    /// `None` unless there are as many values as the shape has places.
    #[must_use]
    pub fn new(shape: [usize; N], values: Vec<T>) -> Option<Self> {
        let places = shape.iter().try_fold(1_usize, |n, &extent| n.checked_mul(extent));
        (places == Some(values.len())).then(|| Self { shape, values: values.into() })
    }

    /// Extents.
    #[must_use]
    pub fn shape(&self) -> [usize; N] {
        self.shape
    }

    /// Values in C order.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

/// Name of an array of a file, and what its indices count.
pub(super) struct Axes<const N: usize> {
    pub(super) array: &'static str,
    pub(super) axes: [&'static str; N],
}

impl<const N: usize> Axes<N> {
    /// For instance `token 5, layer 3, slot 2`, of the value at `index` in C order.
    pub(super) fn place(&self, shape: [usize; N], mut index: usize) -> String {
        let mut names = Vec::new();
        for (axis, extent) in self.axes.iter().zip(shape).rev() {
            names.push(format!("{axis} {}", index % extent));
            index /= extent;
        }
        names.reverse();
        names.join(", ")
    }

    /// The value at `index` in C order is none of the allowed ones.
    pub(super) fn outside(
        &self,
        shape: [usize; N],
        index: usize,
        found: i128,
        allowed: &RangeInclusive<u32>,
    ) -> Problem {
        let (least, most) = (*allowed.start(), *allowed.end());
        Problem::Value { array: self.array, place: self.place(shape, index), found, least, most }
    }
}
