//! Integer arrays of NumPy, read chunk by chunk.

use std::io::{self, Chain, Cursor, Read};

use npyz::{DType, Deserialize, NpyFile, Order, TypeChar};

use super::Problem;
use super::array::places;
use super::header::looked_at;

/// An array whose header has been read.
pub(super) struct Npy<R: Read> {
    array: String,
    file: NpyFile<Chain<Cursor<Vec<u8>>, R>>,
    shape: Vec<usize>,
}

type Integers<'a> = Box<dyn Iterator<Item = io::Result<i128>> + 'a>;

impl<R: Read> Npy<R> {
    pub(super) fn open(array: &str, reader: R) -> Result<Self, Problem> {
        let broken = |error| Problem::Array { array: array.to_owned(), error };
        let file = looked_at(reader).and_then(NpyFile::new).map_err(broken)?;
        let extents = file.shape().iter().map(|&extent| extent.try_into().ok());
        let shape: Option<Vec<usize>> = extents.collect();
        let Some(shape) = shape.filter(|shape| places(shape).is_some()) else {
            return Err(broken(io::ErrorKind::FileTooLarge.into()));
        };
        Ok(Self { array: array.to_owned(), file, shape })
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Hands over the values in C order, `width` at a time, each chunk with its number; an array in Fortran order is read whole
    /// first. At the end the checksum of an archive is compared.
    pub(super) fn chunks(
        self,
        width: usize,
        mut each: impl FnMut(usize, &[i128]) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let Self { array, file, shape } = self;
        let broken = |error| Problem::Array { array: array.clone(), error };
        let (header, mut reader) = (file.header().clone(), file.into_inner());
        let values = NpyFile::with_header(header.clone(), &mut reader);
        let Some(mut values) = integers(values) else {
            let found = header.dtype().descr().replace('\'', "");
            return Err(Problem::Type { array, found });
        };
        if header.order() == Order::Fortran {
            let whole: Vec<_> = values.by_ref().collect::<io::Result<_>>().map_err(broken)?;
            let whole = in_c_order(&shape, &whole).into_iter().map(Ok);
            pass(Box::new(whole), &shape, width, &broken, &mut each)?;
        } else {
            pass(values.by_ref(), &shape, width, &broken, &mut each)?;
        }
        drop(values);
        io::copy(&mut reader, &mut io::sink()).map_err(broken)?;
        Ok(())
    }
}

fn pass(
    mut values: impl Iterator<Item = io::Result<i128>>,
    shape: &[usize],
    width: usize,
    broken: &dyn Fn(io::Error) -> Problem,
    each: &mut impl FnMut(usize, &[i128]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut chunk = Vec::new();
    for index in 0..places(shape).unwrap_or(0) / width.max(1) {
        chunk.clear();
        for _ in 0..width {
            let value = values.next().ok_or_else(|| broken(io::ErrorKind::UnexpectedEof.into()))?;
            chunk.push(value.map_err(broken)?);
        }
        each(index, &chunk)?;
    }
    Ok(())
}

/// The values of an array of integers, widened; `None` of another type.
fn integers<'a>(npy: NpyFile<impl Read + 'a>) -> Option<Integers<'a>> {
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

fn widened<'a, T: Deserialize + Into<i128> + 'a>(
    npy: NpyFile<impl Read + 'a>,
) -> Option<Integers<'a>> {
    Some(Box::new(npy.data::<T>().ok()?.map(|value| value.map(Into::into))))
}

fn in_c_order(shape: &[usize], values: &[i128]) -> Vec<i128> {
    let mut ordered = values.to_vec();
    for (position, &value) in values.iter().enumerate() {
        let (mut rest, mut stride, mut index) = (position, values.len(), 0);
        for &extent in shape {
            stride /= extent;
            index += rest % extent * stride;
            rest /= extent;
        }
        ordered[index] = value;
    }
    ordered
}
