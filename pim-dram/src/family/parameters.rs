//! What the timing parameters of the families mean.

/// Every timing parameter that a rule of a shipped family or a controller uses, by its standard's name, and what it is.
///
/// `t` parameters are times and `n` parameters counts of clocks in data sheets; a device may give either in clocks, ns or ps.
pub const PARAMETERS: &[(&str, &str)] = &[
    ("tRCD", "activation to the first column command of the row"),
    ("tRCDRD", "the same, before a read"),
    ("tRCDWR", "the same, before a write"),
    ("tRCDMAC", "the same, before a multiply-accumulate"),
    ("tRCDAF", "the same, before an activation function"),
    ("tRCDEWMUL", "the same, before an element-wise multiplication"),
    ("tRCDRDCP", "the same, before a copy from the bank to the buffer"),
    ("tRCDWRCP", "the same, before a copy from the buffer to the bank"),
    ("tRAS", "activation to precharge of the row"),
    ("tRC", "activation to the next activation of the bank"),
    ("tRP", "precharge to the next activation of the bank"),
    ("tRTP", "read, or multiply-accumulate, to precharge"),
    ("tRTP_L", "the same, as a data sheet with two values has it for one bank group"),
    ("tWR", "last data of a write to precharge (write recovery)"),
    ("tPPD", "precharge to precharge of another bank"),
    ("tRRD_S", "activation to activation in another bank group"),
    ("tRRD_L", "the same, in the same bank group"),
    (
        "tFAW",
        "window in which no more banks than the rule's budget, four in most families, are activated",
    ),
    ("tCCD_S", "column command to column command of another bank group"),
    ("tCCD_L", "the same, of the same bank group"),
    ("tCCD_R", "the same, of another rank or stack"),
    ("tCCD_AB", "multiply-accumulate of all banks to the next"),
    ("tCCD_SB", "multiply-accumulate of one bank of every bank group to the next"),
    ("tCL", "read to its first data (read latency)"),
    ("tCWL", "write to its first data (write latency)"),
    ("tCLREG", "read of a register to its first data"),
    ("tCWLREG", "write of a register to its first data"),
    ("nBL", "time of a burst on the data bus"),
    ("tRTW", "read to write"),
    ("tWTR_S", "last data of a write to a read of another bank group"),
    ("tWTR_L", "the same, of the same bank group"),
    ("tWPRE", "write preamble"),
    (
        "tREFI",
        "from one refresh of all banks to the next; bank by bank each bank has its turn once in it",
    ),
    ("tRFC", "refresh of all banks to the next command"),
    ("tRFCpb", "refresh of one bank to the next command of the bank"),
    ("tRFCsb", "refresh of the same bank of every bank group to the next command of these"),
    ("tRREFD", "refresh of one bank to the refresh or activation of another"),
    ("tTREE", "last multiply-accumulate to the reading of its result: adder tree and accumulator"),
    ("tMODCH", "change between bank work and register access"),
    ("tGWRITE", "copy from a bank to the vector buffer"),
    ("tSFM", "softmax of the host's or stack's unit"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::family::{FAMILIES, Family};

    #[test]
    fn every_parameter_of_a_family_is_explained_and_no_other() {
        let mut used = BTreeSet::from(["tREFI", "tCL", "nBL"].map(str::to_owned));
        for (name, _) in FAMILIES {
            let family = Family::shipped(name).unwrap();
            let names = family.rules.iter().flat_map(|rule| crate::expr::names(&rule.wait));
            used.extend(names.map(str::to_owned));
        }
        let known: BTreeSet<_> = PARAMETERS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(used, known);
    }
}
