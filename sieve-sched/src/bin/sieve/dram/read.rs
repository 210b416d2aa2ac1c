//! A trace read and mapped, block by block on all threads.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use pim_dram::controller::{Block, Blocks, MapError, Mapper, Outline, RequestError, Spread};
use rayon::prelude::*;

use crate::gzip;

/// A block and its requests, mapped.
type Piece = (Outline, Result<Spread, (usize, MapError)>);

/// The requests of a file, each mapped; the same at any number of threads.
pub(super) fn trace(path: &Path, mapper: &Mapper, channels: u32) -> Result<Spread, String> {
    let file = path.display();
    let input = gzip::open(path).map_err(|error| format!("{file}: cannot be read: {error}"))?;
    let mistake = |error: RequestError| format!("{file}:{}: {}", error.line, error.mistake);
    let (blocks, mut seam) = Blocks::new(input).map_err(mistake)?;
    let mut spreads = Vec::new();
    let mut beyond = None;
    for (outline, spread) in pieces(blocks, mapper, channels) {
        let before = seam;
        let now = seam.join(&outline).map_err(mistake)?;
        match spread {
            Ok(mut spread) => {
                spread.offer_first(outline.untimed, now);
                spreads.push(spread);
            }
            // Told only if all lines are requests.
            Err((place, error)) => {
                beyond.get_or_insert_with(|| format!("{file}:{}: {error}", before.line_of(place)));
            }
        }
    }
    beyond.map_or_else(|| Ok(concatenated(&spreads, channels)), Err)
}

/// What stands in the blocks, in their order; nothing behind the first mistake that was seen.
fn pieces(
    blocks: impl Iterator<Item = Block> + Send,
    mapper: &Mapper,
    channels: u32,
) -> Vec<Piece> {
    let failed = AtomicBool::new(false);
    let blocks = blocks.enumerate().take_while(|_| !failed.load(Ordering::Relaxed));
    let piece = |(place, block): (usize, Block)| {
        let (requests, outline) = block.read();
        failed.fetch_or(outline.failed(), Ordering::Relaxed);
        (place, (outline, Spread::new(mapper, channels, &requests)))
    };
    let mut pieces: Vec<(usize, Piece)> = blocks.par_bridge().map(piece).collect();
    pieces.sort_unstable_by_key(|&(place, _)| place);
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

/// One after the other.
fn concatenated(spreads: &[Spread], channels: u32) -> Spread {
    let channel_of = || spreads.iter().flat_map(|spread| &spread.channel_of).copied().collect();
    let of_channel = |channel: u32| {
        let parts = spreads.iter().map(|spread| spread.accesses[channel as usize].as_slice());
        parts.collect::<Vec<_>>().concat()
    };
    let accesses = || (0..channels).into_par_iter().map(of_channel).collect();
    let (channel_of, accesses) = rayon::join(channel_of, accesses);
    Spread { accesses, channel_of }
}
