//! Arrays of an `.npz` archive.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use npyz::npz::{NpzArchive, file_name_from_array_name};

use super::Problem;
use super::array::Axes;
use super::check::in_range;
use super::npy::Npy;
use super::place::Place;

pub(super) struct Archive(NpzArchive<BufReader<File>>);

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

    /// Whether PyTorch wrote it.
    pub(super) fn is_torch(&mut self) -> bool {
        self.0.zip_archive().file_names().any(|name| name.ends_with("data.pkl"))
    }

    /// An array, not yet read.
    pub(super) fn array(&mut self, array: &str) -> Result<Npy<impl Read>, Problem> {
        if !self.has(array) {
            return Err(Problem::Missing { array: array.to_owned(), found: self.arrays() });
        }
        let broken = |error| Problem::Array { array: array.to_owned(), error };
        let file = self.0.zip_archive().by_name(&file_name_from_array_name(array));
        Npy::open(array, BufReader::new(file.map_err(io::Error::from).map_err(broken)?))
    }

    /// Extents of an array with these axes, none of them 0.
    pub(super) fn shape(&mut self, axes: Axes<'_>) -> Result<Vec<usize>, Problem> {
        let shape = self.array(axes.array)?.shape().to_vec();
        axes.check(&shape)?;
        Ok(shape)
    }

    /// All of a one-dimensional array whose values lie in `allowed`.
    pub(super) fn vector(
        &mut self,
        axes: Axes<'_>,
        allowed: &RangeInclusive<u32>,
    ) -> Result<Vec<u32>, Problem> {
        let array = self.array(axes.array)?;
        axes.check(array.shape())?;
        let mut values = Vec::new();
        array.chunks(1, |index, chunk| {
            let place = Place::Array { axes, index: Some(index), layers: None };
            values.push(in_range(chunk[0], allowed, || place.layer(0))?);
            Ok(())
        })?;
        Ok(values)
    }
}
