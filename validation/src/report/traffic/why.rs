//! Why sharing costs what it costs, from what the runs did.

use pim_dram::device::{CommandId, Device};
use pim_dram::traffic::{Run, Traffic};

use super::{Case, share_beside};

/// The last section of the page.
pub(super) fn why([one, shared, separate]: &[Case; 3]) -> String {
    let reasons = [
        column_bus(separate),
        turnarounds(separate),
        activations(separate),
        path(shared, separate),
        rows(one),
    ];
    format!("\n## Why\n\n{}\n", reasons.map(|reason| format!("- {reason}")).join("\n"))
}

fn column_bus(case: &Case) -> String {
    let [pim_first, host_first, _] = &case.traffic;
    let Traffic { units_alone, stream_alone, .. } = pim_first;
    let sum = (units_alone.makespan() + stream_alone.makespan()).0;
    let taken = (units_alone.column_bus + stream_alone.column_bus).0;
    let (pseudo_channels, cadence) =
        (u64::from(case.device.spec.geometry.pseudo_channels), wait(&case.device, "tCCD_L"));
    format!(
        "**One column bus** takes a command a clock, for {pseudo_channels} pseudo-channels. A stream at peak fills it with a burst \
         of each in every {} clocks: alone it holds the bus for {:.0} % of the time, the rest being refresh. The units alone hold it for \
         {:.0} %; while they multiply, once in each pseudo-channel every {cadence} clocks, {} slots of {cadence} are left. Both \
         together cannot take less than {:.2} of the sum, and host first leaves the units {} of {} column commands until the \
         stream is over.",
        wait(&case.device, "tCCD_S"),
        100.0 * stream_alone.column_bus_share(),
        100.0 * units_alone.column_bus_share(),
        cadence.saturating_sub(pseudo_channels),
        taken as f64 / sum as f64,
        host_first.units.commands,
        columns_of_units(case, &host_first.units_alone),
    )
}

fn turnarounds(case: &Case) -> String {
    let [pim_first, ..] = &case.traffic;
    let (device, alone) = (&case.device, &pim_first.units_alone);
    let (to_write, to_read) = (wait(device, "tRTW"), wait(device, "tWTR_S"));
    let pseudo_channels = u64::from(device.spec.geometry.pseudo_channels);
    let writes = count(alone, device.roles.write_vector);
    let shut = alone.turnarounds / 2 * (to_write + to_read) + writes * wait(device, "tCCD_S");
    let share = shut as f64 / (pseudo_channels * device.clock.clocks(alone.units)) as f64;
    format!(
        "**Vector writes turn the data bus around**, {} times beside the stream and {} times without it. No read goes out in the \
         {to_write} clocks before the first of a run of writes (tRTW) and the {to_read} after the last (write to read); with the writes \
         themselves that shuts the host out for {:.0} % of the time that the units take alone. Pim first, the stream gets {:.1} % of its peak.",
        pim_first.both.turnarounds,
        alone.turnarounds,
        100.0 * share,
        100.0 * share_beside(case, pim_first),
    )
}

fn activations(case: &Case) -> String {
    let [pim_first, ..] = &case.traffic;
    let (device, both) = (&case.device, &pim_first.both);
    let budget = device.rules.iter().find_map(|rule| rule.budget.map(|banks| (banks, rule.wait)));
    let (banks, window) = budget.map_or((0, 0), |(banks, wait)| (banks, device.clock.clocks(wait)));
    let host = device.host.map_or(0, |host| count(both, host.activate));
    let units = count(both, device.roles.activate);
    let opened = host + units * u64::from(device.pim.gang(device.spec.geometry.banks));
    let windows = device.clock.clocks(both.makespan()) / window.max(1);
    let most = u64::from(device.spec.geometry.pseudo_channels) * u64::from(banks) * windows;
    format!(
        "**Activations share tFAW**, {banks} banks in {window} clocks, which costs little: {host} of the host and {units} gangs of \
         the units open {:.0} % of what it allows.",
        100.0 * opened as f64 / most.max(1) as f64,
    )
}

fn path(shared: &Case, separate: &Case) -> String {
    let [with, ..] = &shared.traffic;
    let [without, ..] = &separate.traffic;
    format!(
        "**One column path in a bank** keeps a burst and a multiply-accumulate {} clocks apart. The latter reach all banks of a \
         pseudo-channel every {} clocks, so that a read has no place between two of them: pim first, the stream gets {:.1} % of its \
         peak and not {:.1} %.",
        wait(&shared.device, "tCCD_L (shared column path)"),
        wait(&shared.device, "tCCD_L"),
        100.0 * share_beside(shared, with),
        100.0 * share_beside(separate, without),
    )
}

fn rows(case: &Case) -> String {
    let [pim_first, _, turns] = &case.traffic;
    let activate = case.device.roles.activate;
    format!(
        "**One row buffer in a bank** keeps the host out for a whole pass, so that nothing overlaps: pim first takes {:.2} of the sum. \
         With turns after every pass, rows are closed and opened again each time: {} gang activations instead of {}, and {:.2} of the sum.",
        pim_first.over_sum(),
        count(&turns.both, activate),
        count(&pim_first.both, activate),
        turns.over_sum(),
    )
}

/// The longest wait of a rule, in clocks.
fn wait(device: &Device, rule: &str) -> u64 {
    let waits = device.rules.iter().filter(|known| known.name == rule).map(|known| known.wait);
    waits.max().map_or(0, |wait| device.clock.clocks(wait))
}

fn count(run: &Run, command: CommandId) -> u64 {
    run.commands[usize::from(command.0)]
}

fn columns_of_units(case: &Case, alone: &Run) -> u64 {
    let roles = &case.device.roles;
    let all = [roles.write_vector, roles.mac, roles.read_result];
    all.into_iter().map(|command| count(alone, command)).sum()
}
