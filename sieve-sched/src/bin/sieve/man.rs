//! `sieve man`: a manual page for the command, and one for each of its sub-commands.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::options::{Outcome, print};
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Options {
    /// Folder for sieve.1, sieve-replay.1 and so on; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A section that all pages share: its title, and terms with what they mean.
type Section = (&'static str, &'static [(&'static str, &'static str)]);

const SECTIONS: [Section; 3] = [
    (
        "EXIT STATUS",
        &[
            ("0", "Done; there may be warnings on standard error."),
            ("1", "`commands check`: the trace breaks a rule of the device."),
            (
                "2",
                "Refused: an option, file, number or folder that cannot be used, or a file that cannot be written. Earlier results are as they were.",
            ),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            (
                "RUST_LOG",
                "What is said on standard error: error, warn (the default), info or debug.",
            ),
            ("NO_COLOR", "Messages have no colours if it is set."),
            ("SIEVE_COMPLETE", "Set by the scripts of `sieve completions`; not for use by hand."),
        ],
    ),
    (
        "FILES",
        &[
            (
                "*.ron",
                "Systems, devices, models, laws, sweeps and figures, each number with its source; wherever the name of a preset is taken, the path of such a file is too.",
            ),
            (
                "results/replay/",
                "What `sieve replay` leaves: tables, figures, config.resolved.ron with every value and its source, manifest.json.",
            ),
            ("results/figures/", "What `sieve figure` leaves."),
            (".sieve-*", "Left by a command that was killed while it wrote; may be deleted."),
        ],
    ),
];

pub(crate) fn run(options: &Options, command: Command) -> Outcome {
    let out = options.out.display();
    std::fs::create_dir_all(&options.out)
        .map_err(|error| format!("{out}: cannot be made: {error}"))?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let drafts = pages(&command)?
        .into_iter()
        .map(|(name, page)| {
            let mut output = Output::create(&options.out.join(name))?;
            output.write_all(&page)?;
            Ok(output)
        })
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let count = drafts.len();
    drafts.into_iter().try_for_each(Output::finish)?;
    print(&format!("{count} pages in {out}; `man -l {out}/sieve.1` shows the first"))
}

/// The pages of a command and of all below it, each under the name of its file.
fn pages(command: &Command) -> Result<Vec<(String, Vec<u8>)>, std::io::Error> {
    let man = Man::new(command.clone()).source(format!("sieve {}", env!("CARGO_PKG_VERSION")));
    let mut all = vec![(man.get_filename(), page(&man, command)?)];
    for below in command.get_subcommands() {
        all.append(&mut pages(below)?);
    }
    Ok(all)
}

fn page(man: &Man, command: &Command) -> Result<Vec<u8>, std::io::Error> {
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut shared = Roff::new();
    if let Some(examples) = command.get_after_help() {
        shared.control("SH", ["EXAMPLES"]).control("nf", []);
        // Below their heading.
        for line in examples.to_string().lines().skip(1) {
            shared.text([roman(line.trim())]);
        }
        shared.control("fi", []);
    }
    for (title, terms) in SECTIONS {
        shared.control("SH", [title]);
        for (term, meaning) in terms {
            shared.control("TP", []).text([bold(*term)]).text([roman(*meaning)]);
        }
    }
    shared.to_writer(&mut page)?;
    Ok(page)
}
