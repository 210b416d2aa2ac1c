//! Writes what fuzzing starts from into a folder, a folder a target: the shipped presets, and small files made here.

mod commands;
mod routing;
mod text;

use std::error::Error;
use std::fs;
use std::path::Path;

/// Target, name of the file, content.
type Seed = (&'static str, String, Vec<u8>);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: seeds FOLDER")?;
    for (target, name, content) in [
        text::presets(),
        text::tables(),
        text::lines(),
        commands::of_products(),
        routing::traces()?,
    ]
    .concat()
    {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

// What it is built from counts its coverage, and this brings the counters.
libfuzzer_sys::fuzz_target!(|_input: &[u8]| {});
