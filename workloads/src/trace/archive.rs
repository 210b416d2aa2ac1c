//! Integer arrays out of an `.npz` archive.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use npyz::npz::NpzArchive;
use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};

use super::Problem;
use super::array::{Array, Axes};

pub(super) struct Archive(NpzArchive<BufReader<File>>);

type Integers<'a> = Box<dyn Iterator<Item = io::Result<i128>> + 'a>;

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, Problem> {
        let file = File::open(path).map_err(Problem::Open)?;
        NpzArchive::new(BufReader::new(file)).map(Self).map_err(Problem::Archive)
    }

    /// Names of the arrays, sorted.
    pub(super) fn arrays(&self) -> Vec<String> {
        let mut names: Vec<_> = self.0.array_names().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }

    pub(super) fn has(&self, array: &str) -> bool {
        self.0.array_names().any(|name| name == array)
    }

    /// Reads an array of any integer type and order whose values all lie in `allowed`.
    pub(super) fn read<T: TryFrom<i128> + Copy, const N: usize>(
        &mut self,
        axes: &Axes<N>,
        allowed: RangeInclusive<u32>,
    ) -> Result<Array<T, N>, Problem> {
        let array = axes.array;
        if !self.has(array) {
            return Err(Problem::Missing { array, found: self.arrays() });
        }
        let broken = |error| Problem::Array { array, error };
        let file = self.0.zip_archive().by_name(&npyz::npz::file_name_from_array_name(array));
        // Read to its end, the checksum of the entry is compared.
        let mut bytes = Vec::new();
        file.map_err(io::Error::from)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(broken)?;
        let npy = NpyFile::new(bytes.as_slice()).map_err(broken)?;

        let extents: Option<Vec<usize>> =
            npy.shape().iter().map(|&extent| extent.try_into().ok()).collect();
        let Some(shape) = extents.and_then(|extents| <[usize; N]>::try_from(extents).ok()) else {
            let (found, axes) = (npy.shape().to_vec(), axes.axes.to_vec());
            return Err(Problem::Dimensions { array, found, axes });
        };
        let (order, dtype) = (npy.order(), npy.dtype());
        let integers = integers(npy)
            .ok_or_else(|| Problem::Type { array, found: dtype.descr().replace('\'', "") })?;

        let mut values = Vec::new();
        for (position, value) in integers.enumerate() {
            let value = value.map_err(broken)?;
            let fits = (i128::from(*allowed.start())..=i128::from(*allowed.end())).contains(&value);
            let Some(value) = T::try_from(value).ok().filter(|_| fits) else {
                let index = c_index(order, shape, position);
                return Err(axes.outside(shape, index, value, &allowed));
            };
            values.push(value);
        }
        if order == Order::Fortran {
            values = in_c_order(shape, &values);
        }
        Array::new(shape, values).ok_or_else(|| broken(io::ErrorKind::UnexpectedEof.into()))
    }
}

/// The values of an array of integers, widened; `None` of another type.
fn integers(npy: NpyFile<&[u8]>) -> Option<Integers<'_>> {
    let DType::Plain(number) = npy.dtype() else { return None };
    match (number.type_char(), number.size_field()) {
        (TypeChar::Int, 1) => widened::<i8>(npy),
        (TypeChar::Int, 2) => widened::<i16>(npy),
        (TypeChar::Int, 4) => widened::<i32>(npy),
        (TypeChar::Int, 8) => widened::<i64>(npy),
        (TypeChar::Uint, 1) => widened::<u8>(npy),
        (TypeChar::Uint, 2) => widened::<u16>(npy),
        (TypeChar::Uint, 4) => widened::<u32>(npy),
        (TypeChar::Uint, 8) => widened::<u64>(npy),
        _ => None,
    }
}

fn widened<'a, T: Deserialize + Into<i128> + 'a>(npy: NpyFile<&'a [u8]>) -> Option<Integers<'a>> {
    Some(Box::new(npy.data::<T>().ok()?.map(|value| value.map(Into::into))))
}

/// Index in C order of the value at `position` of a file of that order.
fn c_index<const N: usize>(order: Order, shape: [usize; N], mut position: usize) -> usize {
    if order == Order::C {
        return position;
    }
    let mut stride: usize = shape.iter().product();
    let mut index = 0;
    for extent in shape {
        stride /= extent;
        index += position % extent * stride;
        position /= extent;
    }
    index
}

fn in_c_order<T: Copy, const N: usize>(shape: [usize; N], values: &[T]) -> Vec<T> {
    let mut ordered = values.to_vec();
    for (position, &value) in values.iter().enumerate() {
        ordered[c_index(Order::Fortran, shape, position)] = value;
    }
    ordered
}
