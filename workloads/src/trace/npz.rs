//! `.npz` archives and `.npy` files: the project's format, and others told apart by the arrays they have.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::archive::Archive;
use super::array::Axes;
use super::check::{Check, Raw};
use super::npy::Npy;
use super::place::Place;
use super::schema::{
    BATCH_IDS, COUNTS, LAYERS, META, Meta, REQUEST_IDS, REQUEST_TOKENS, REQUESTS, STEP_COUNTS,
    STEP_LAYERS, TOKEN_LAYERS,
};
use super::{Expected, Head, Kind, Problem};

const ACCEPTED: &str = "`meta` or `flat`, `lens` or `logical_count` or a single array of ids";

/// `flat` and `lens`: AmanPriyanshu/GPT-OSS-MoE-ExpertFingerprinting, one file for all its requests.
const FLAT: Axes<'_> = Axes { array: "flat", axes: TOKEN_LAYERS };
const LENS: Axes<'_> = Axes { array: "lens", axes: REQUESTS };

/// `logical_count` of SGLang's expert distribution recorder: python/sglang/srt/eplb/expert_distribution.py, mode `stat`.
const LOGICAL: &str = "logical_count";

pub(super) fn archive(
    path: &Path,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let mut archive = Archive::open(path)?;
    let arrays = archive.arrays();
    if archive.has(META.array) {
        native(&mut archive, expected, check)
    } else if archive.has(FLAT.array) && archive.has(LENS.array) {
        let found = archive.shape(FLAT)?;
        let head = loose(FLAT, Kind::Requests, &found, expected)?;
        requests(&mut archive, [FLAT, LENS], head, expected, check)
    } else if archive.has(LOGICAL) {
        logical(archive.array(LOGICAL)?, expected, check)
    } else if archive.is_torch() {
        Err(Problem::PyTorch)
    } else if let [array] = arrays.as_slice() {
        ids(archive.array(array)?, array, expected, check)
    } else {
        Err(Problem::Format { found: arrays, accepted: ACCEPTED })
    }
}

/// A `.npy` file of ids.
pub(super) fn single(
    path: &Path,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let file = BufReader::new(File::open(path).map_err(Problem::Open)?);
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    ids(Npy::open(&name, file)?, &name, expected, check)
}

fn native(
    archive: &mut Archive,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let json: Vec<u8> =
        archive.vector(META, &(0..=u8::MAX.into()))?.iter().map(|&byte| byte as u8).collect();
    let head = Meta::head(&json, "array `meta`", expected)?;
    let axes = match head.kind {
        Kind::Requests => {
            return requests(archive, [REQUEST_IDS, REQUEST_TOKENS], head, expected, check);
        }
        Kind::Batches => BATCH_IDS,
        Kind::Counts => COUNTS,
    };
    let shape = archive.shape(axes)?;
    let layers = layers(archive, axes, &shape, expected)?;
    width(axes, &head, &shape)?;
    check.begin(head)?;
    parts(archive.array(axes.array)?, axes, &layers, &[], check)
}

fn requests(
    archive: &mut Archive,
    [ids, lengths]: [Axes<'_>; 2],
    head: Head,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let shape = archive.shape(ids)?;
    let layers = layers(archive, ids, &shape, expected)?;
    width(ids, &head, &shape)?;
    let request_tokens = archive.vector(lengths, &(1..=u32::MAX))?;
    let (found, tokens) = (request_tokens.iter().copied().map(u64::from).sum(), shape[0]);
    if found != tokens as u64 {
        let (lengths, ids) = (lengths.array.to_owned(), ids.array.to_owned());
        return Err(Problem::RequestSum { lengths, found, ids, tokens });
    }
    check.begin(head)?;
    parts(archive.array(ids.array)?, ids, &layers, &request_tokens, check)
}

/// Numbers of the layers: those of the array `layers`, or all.
fn layers(
    archive: &mut Archive,
    axes: Axes<'_>,
    shape: &[usize],
    expected: &Expected,
) -> Result<Vec<u32>, Problem> {
    let found = axes.extent(shape, "layer").unwrap_or(1);
    let has = format!("array `{}` has", axes.array);
    if !archive.has(LAYERS.array) {
        return expected.all_layers(&has, found);
    }
    let layers = archive.vector(LAYERS, &(0..=u32::MAX))?;
    let named = Expected { layers: layers.len().try_into().ok(), ..Expected::default() };
    named.all_layers(&has, found)?;
    Ok(layers)
}

/// The last axis is as long as `meta` says.
fn width(axes: Axes<'_>, head: &Head, shape: &[usize]) -> Result<(), Problem> {
    let (what, said) = match head.kind {
        Kind::Counts => ("experts", head.experts),
        Kind::Requests | Kind::Batches => ("experts per token", head.top_k),
    };
    let found = shape.last().map_or(0, |&n| n as u64);
    if found == u64::from(said) {
        return Ok(());
    }
    let (holder, by) = (format!("array `{}` has", axes.array), format!("array `meta` says {said}"));
    Err(Problem::Differs { holder, what, found, by })
}

/// Head of an array that says nothing beyond its shape.
fn loose(
    axes: Axes<'_>,
    kind: Kind,
    shape: &[usize],
    expected: &Expected,
) -> Result<Head, Problem> {
    let (has, last) = (format!("array `{}` has", axes.array), shape.last().map(|&n| n as u64));
    let counts = kind == Kind::Counts;
    Ok(Head {
        kind,
        model: expected.name(),
        experts: expected.experts(&has, last.filter(|_| counts))?,
        top_k: expected.top_k(&has, last.filter(|_| !counts))?,
    })
}

/// Ids without a name: `[token, slot]`, one layer of one step; `[token, layer, slot]`, one request; or steps.
fn ids(
    npy: Npy<impl Read>,
    array: &str,
    expected: &Expected,
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let shape = npy.shape().to_vec();
    let (axes, kind): (&'static [&'static str], _) = match shape.len() {
        2 => (&["token", "slot"], Kind::Batches),
        3 => (TOKEN_LAYERS, Kind::Requests),
        4 => (STEP_LAYERS, Kind::Batches),
        _ => return Err(Problem::Rank { array: array.to_owned(), found: shape }),
    };
    let axes = Axes { array, axes };
    axes.check(&shape)?;
    check.begin(loose(axes, kind, &shape, expected)?)?;
    let has = format!("array `{array}` has");
    let layers = match axes.extent(&shape, "layer") {
        Some(layers) => expected.all_layers(&has, layers)?,
        None => vec![0],
    };
    parts(npy, axes, &layers, &[shape[0].try_into().unwrap_or(u32::MAX)], check)
}

/// `[step, layer, expert]`, or the sum over the steps. Steps that were not used are all 0, and so are dense layers.
fn logical(npy: Npy<impl Read>, expected: &Expected, check: &mut Check<'_>) -> Result<(), Problem> {
    let shape = npy.shape().to_vec();
    let summed = shape.len() == 2;
    let axes = Axes { array: LOGICAL, axes: if summed { &STEP_COUNTS[1..] } else { STEP_COUNTS } };
    axes.check(&shape)?;
    let head = loose(axes, Kind::Counts, &shape, expected)?;
    let experts = head.experts as usize;
    check.begin(head)?;
    let layers = axes.extent(&shape, "layer").unwrap_or(1);
    let all = expected.all_layers(&format!("array `{LOGICAL}` has"), layers)?;
    npy.chunks(layers * experts, |index, values| {
        let used = |layer: &&u32| {
            values[**layer as usize * experts..][..experts].iter().any(|&count| count != 0)
        };
        let used: Vec<u32> = all.iter().filter(used).copied().collect();
        if used.is_empty() {
            return Ok(());
        }
        let of = |&layer: &u32| values[layer as usize * experts..][..experts].iter().copied();
        check.part(&Raw {
            source: "",
            request: 0,
            layers: &used,
            batch: None,
            values: &used.iter().flat_map(of).collect::<Vec<_>>(),
            place: Place::Array { axes, index: (!summed).then_some(index), layers: Some(&used) },
        })
    })
}

/// Hands over an array by its first axis, or at once where that is `token` of one step.
fn parts(
    npy: Npy<impl Read>,
    axes: Axes<'_>,
    layers: &[u32],
    request_tokens: &[u32],
    check: &mut Check<'_>,
) -> Result<(), Problem> {
    let whole = axes.axes == ["token", "slot"];
    let width = npy.shape()[usize::from(!whole)..].iter().product();
    let requests = axes.axes == TOKEN_LAYERS;
    let mut ends = request_tokens.iter().scan(0, |end, &tokens| {
        *end += tokens as usize;
        Some(*end)
    });
    let (mut request, mut end) = (0, ends.next().unwrap_or(0));
    npy.chunks(width, |index, values| {
        if requests && index == end {
            request += 1;
            end = ends.next().unwrap_or(usize::MAX);
        }
        let index = (!whole).then_some(index);
        check.part(&Raw {
            source: "",
            request,
            layers,
            batch: None,
            values,
            place: Place::Array { axes, index, layers: None },
        })
    })
}
