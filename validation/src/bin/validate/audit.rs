//! `validate audit`.

use std::error::Error;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use validation::audit::{Account, AuditError, audit};

use crate::print;

#[derive(Args)]
pub(crate) struct Options {
    /// Commands, in all; every device finishes the product that it is at
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    commands: u64,
    /// Seed of the random products
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object and nothing else
    #[arg(long)]
    json: bool,
}

/// Whether no rule was broken.
pub(crate) fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    // Draws on standard error, and only on a terminal.
    let bar = ProgressBar::new(options.commands)
        .with_style(ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} commands")?);
    let accounts = audit(options.commands, options.seed, &|commands| bar.inc(commands));
    bar.finish_and_clear();
    let accounts = match accounts {
        Err(error @ AuditError::Violation { .. }) => {
            log::error!("{error}");
            return Ok(false);
        }
        accounts => accounts?,
    };
    if options.json {
        print(&serde_json::to_string_pretty(&serde_json::json!({ "audit": accounts }))?)?;
    } else {
        print(&table(&accounts))?;
    }
    Ok(true)
}

fn table(accounts: &[Account]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["device", "issued by", "products", "commands"]);
    for Account { device, issuer, products, commands } in accounts {
        let issuer = format!("{issuer:?}");
        table.add_row([device.clone(), issuer, products.to_string(), commands.to_string()]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let commands: u64 = accounts.iter().map(|account| account.commands).sum();
    format!("{table}\n{commands} commands, no rule broken")
}
