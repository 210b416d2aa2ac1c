//! Schedulers and row policies by the names that they have in the literature.

use std::str::FromStr;

use pim_dram::controller::{ControllerSpec, RowPolicy, Scheduler};
use pim_dram::similar::Unknown;

/// A strategy that a controller is told to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    Scheduler(Scheduler),
    Rows(RowPolicy),
}

/// Names without dashes.
const NAMES: [(&str, Policy); 4] = [
    ("frfcfs", Policy::Scheduler(Scheduler::FrFcfs)),
    ("frfcfsrowhit", Policy::Scheduler(Scheduler::FrFcfsRowHit)),
    ("rowhit", Policy::Scheduler(Scheduler::FrFcfsRowHit)),
    ("open", Policy::Rows(RowPolicy::Open)),
];

/// Names as they are told.
const TOLD: [&str; 4] = ["fr-fcfs", "fr-fcfs-row-hit", "open", "closed-cap:N"];

impl Policy {
    /// Makes a controller follow it.
    pub(super) fn choose(self, controller: &mut ControllerSpec) {
        match self {
            Self::Scheduler(scheduler) => controller.scheduler = scheduler,
            Self::Rows(policy) => controller.row_policy = policy,
        }
    }
}

impl FromStr for Policy {
    type Err = Unknown;

    /// Dashes and case do not matter; the cap stands behind a colon, in brackets or at once.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut plain = text.to_lowercase();
        plain.retain(|letter| !matches!(letter, '-' | '_' | ' '));
        if let Some((_, policy)) = NAMES.iter().find(|(name, _)| *name == plain) {
            return Ok(*policy);
        }
        let cap = plain.strip_prefix("closed").unwrap_or(&plain).strip_prefix("cap");
        if let Some(cap) = cap.map(|cap| cap.trim_matches([':', '(', ')']))
            && let Ok(cap) = cap.parse()
        {
            return Ok(Self::Rows(RowPolicy::ClosedCap(cap)));
        }
        Err(Unknown::new("policy", text, TOLD))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_simulators_are_understood() {
        let row_hit = Ok(Policy::Scheduler(Scheduler::FrFcfsRowHit));
        for text in ["fr-fcfs-row-hit", "frfcfs-rowhit", "FRFCFS-RowHit", "rowhit"] {
            assert_eq!(text.parse::<Policy>(), row_hit, "{text}");
        }
        for text in ["closed-cap:4", "closed-cap(4)", "cap:4", "cap4", "ClosedCAP(4)"] {
            let cap = Ok(Policy::Rows(RowPolicy::ClosedCap(4)));
            assert_eq!(text.parse::<Policy>(), cap, "{text}");
        }
        let error = "fr-fcfss".parse::<Policy>().unwrap_err().to_string();
        assert!(error.contains("did you mean `fr-fcfs`?"), "{error}");
        let error = "cap:x".parse::<Policy>().unwrap_err().to_string();
        assert!(error.contains("closed-cap:N"), "{error}");
    }
}
