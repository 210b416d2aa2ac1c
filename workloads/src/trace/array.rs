//! Arrays of fixed rank, and the names of the axes of arrays in files.

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
        (places(&shape) == Some(values.len())).then(|| Self { shape, values: values.into() })
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

/// Values of an array of that shape; `None` beyond `usize`.
pub(super) fn places(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |n, &extent| n.checked_mul(extent))
}

/// Name of an array of a file, and what its indices count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axes<'a> {
    pub(super) array: &'a str,
    pub(super) axes: &'static [&'static str],
}

impl Axes<'_> {
    /// The array has these axes, and values.
    pub(super) fn check(&self, shape: &[usize]) -> Result<(), Problem> {
        let array = self.array.to_owned();
        if shape.len() != self.axes.len() {
            let axes = self.axes.to_vec();
            return Err(Problem::Dimensions { array, found: shape.to_vec(), axes });
        }
        if shape.contains(&0) {
            return Err(Problem::Empty { array, shape: shape.to_vec() });
        }
        Ok(())
    }

    /// Extent along the axis of that name.
    pub(super) fn extent(&self, shape: &[usize], axis: &str) -> Option<usize> {
        let at = self.axes.iter().position(|name| *name == axis)?;
        shape.get(at).copied()
    }
}
