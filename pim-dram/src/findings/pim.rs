//! What is wrong with PIM units, and what they ask for that the family cannot do.

use super::{Check, divides, within};
use crate::alu::Format;
use crate::family::{Family, PimRoles};
use crate::geometry::Level;
use crate::rules::in_force;
use crate::spec::{Activation, DeviceSpec, PimSpec};

pub(super) fn check(spec: &DeviceSpec, pim: &PimSpec, family: &Family, check: &mut Check) {
    sizes(spec, pim, check);
    match &family.roles.pim {
        Some(roles) => abilities(pim, roles, family, check),
        None => check(false, "pim", format!("family `{}` has no PIM units", family.name)),
    }
    gangs(spec, pim, family, check);
}

fn sizes(spec: &DeviceSpec, pim: &PimSpec, check: &mut Check) {
    let g = &spec.geometry;
    let gang = match pim.activation {
        Activation::Ganged(banks) => banks,
        Activation::PerBank | Activation::AllBank => 1,
    };
    let limits = [
        ("pim.lanes", pim.lanes.into(), 1, 1 << 16),
        ("pim.element_bytes", pim.element_bytes.into(), 1, 8),
        ("pim.vector_buffer_bytes", pim.vector_buffer_bytes.into(), g.burst_bytes.into(), 1 << 20),
        ("pim.vector_buffers", pim.vector_buffers.into(), 1, 2),
        ("pim.accumulators", pim.accumulators.into(), 1, 64),
        ("pim.result_bytes", pim.result_bytes.into(), 1, 64),
        ("pim.banks_per_unit", pim.banks_per_unit.into(), 1, g.banks.into()),
        ("pim.activation.ganged", gang.into(), 1, g.banks.into()),
    ];
    within(&limits, check);
    check(
        divides(pim.banks_per_unit, g.banks),
        "pim.banks_per_unit",
        format!("{} banks do not divide into units of {}", g.banks, pim.banks_per_unit),
    );
    check(
        divides(g.burst_bytes, pim.vector_buffer_bytes),
        "pim.vector_buffer_bytes",
        format!(
            "{} B are not a multiple of the {} B burst",
            pim.vector_buffer_bytes, g.burst_bytes
        ),
    );
    let operands = u64::from(pim.lanes) * u64::from(pim.element_bytes);
    check(
        operands == u64::from(g.burst_bytes),
        "pim.lanes",
        format!(
            "{} lanes x {} B take {operands} B, a burst brings {} B",
            pim.lanes, pim.element_bytes, g.burst_bytes
        ),
    );
    let element = pim.arithmetic.element;
    check(
        element != Format::Fp32 && element.bytes() == pim.element_bytes,
        "pim.arithmetic.element",
        format!("{element:?} for elements of {} B; bf16 and fp16 have 2", pim.element_bytes),
    );
}

fn abilities(pim: &PimSpec, roles: &PimRoles, family: &Family, check: &mut Check) {
    check(
        roles.activate.of(pim.activation).is_some(),
        "pim.activation",
        format!("family `{}` has no command for this policy", family.name),
    );
    let shared = family.command(&roles.mac).is_some_and(|mac| mac.reach == Level::UnitBank);
    check(
        pim.banks_per_unit == 1 || shared,
        "pim.banks_per_unit",
        format!("`{}` of family `{}` reaches all banks at once", roles.mac, family.name),
    );
    check(
        pim.vector_buffers < 2 || roles.write_vector_ahead.is_some(),
        "pim.vector_buffers",
        format!("family `{}` writes one buffer only", family.name),
    );
}

/// A command opens no more banks than a budget that binds it allows in one window.
fn gangs(spec: &DeviceSpec, pim: &PimSpec, family: &Family, check: &mut Check) {
    let Activation::Ganged(banks) = pim.activation else { return };
    for rule in family.rules.iter().filter(|rule| in_force(rule, spec)) {
        let Some(budget) = rule.budget else { continue };
        let ganged = family
            .commands
            .iter()
            .any(|command| command.reach == Level::Gang && rule.after.contains(&command.name));
        check(
            !ganged || banks <= budget,
            "pim.activation.ganged",
            format!(
                "{banks} banks a command exceed the {budget} that {} allows at once",
                rule.name
            ),
        );
    }
}
