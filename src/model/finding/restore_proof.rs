//! What a restore test proves, rung by rung, as it is printed beside the tests' findings.
//!
//! A level is reached only with all levels below it; a rung that holds above a missing one is told, and reaches nothing.

use super::evidence::Evidence;
use crate::model::ids::SystemId;

/// A rung of the proof, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rung {
    /// The provider's restore job completed.
    JobCompleted,
    /// The provider's record carries a successful validation: asserted by the customer.
    ValidationAsserted,
    /// Objects and counts of the restored copy equal those of the source.
    CountsEqual,
    /// So do their content digests.
    DigestsEqual,
    /// The application was tried on the restored copy and worked.
    ApplicationChecked,
    /// The service was usable again within the recovery time objective.
    WithinObjective,
}

impl Rung {
    /// Every rung, the lowest first.
    pub const ALL: [Self; 6] = [
        Self::JobCompleted,
        Self::ValidationAsserted,
        Self::CountsEqual,
        Self::DigestsEqual,
        Self::ApplicationChecked,
        Self::WithinObjective,
    ];

    /// 0 to 5.
    pub const fn level(self) -> u8 {
        self as u8
    }

    /// The word of the results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobCompleted => "provider_job_completed",
            Self::ValidationAsserted => "validation_asserted",
            Self::CountsEqual => "counts_equal",
            Self::DigestsEqual => "digests_equal",
            Self::ApplicationChecked => "application_checked",
            Self::WithinObjective => "within_recovery_time_objective",
        }
    }
}

/// How a rung stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// The evidence shows it.
    Holds,
    /// The evidence contradicts it. In words.
    Fails(String),
    /// Nothing shows it. In words.
    Unshown(String),
}

impl Hold {
    /// The word of the results.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails(_) => "fails",
            Self::Unshown(_) => "not_shown",
        }
    }

    /// Why it does not hold.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Holds => None,
            Self::Fails(why) | Self::Unshown(why) => Some(why),
        }
    }
}

/// What one restore test proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreProof {
    /// The test's id in the log.
    pub test: String,
    /// The system that was restored.
    pub system: SystemId,
    /// How each rung stands, in the order of [`Rung::ALL`].
    pub holds: [Hold; 6],
    /// What it rests on.
    pub evidence: Evidence,
}

impl RestoreProof {
    /// Each rung with how it stands, the lowest first.
    pub fn rungs(&self) -> impl Iterator<Item = (Rung, &Hold)> {
        Rung::ALL.into_iter().zip(&self.holds)
    }

    /// The highest level that holds with all below it; `None` where the lowest does not hold.
    pub fn reached(&self) -> Option<Rung> {
        self.rungs()
            .take_while(|(_, hold)| **hold == Hold::Holds)
            .last()
            .map(|(rung, _)| rung)
    }

    /// The first rung that does not hold, with the reason; `None` where all do.
    pub fn missing(&self) -> Option<(Rung, &str)> {
        self.rungs().find_map(|(rung, hold)| Some((rung, hold.reason()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proof in which exactly `holding` rungs hold.
    fn proof(holding: &[u8]) -> RestoreProof {
        let key = crate::model::source::SourceKey {
            source: crate::model::source::Source::RestoreTests,
            account: "compliance".parse().expect("an account"),
            region: "global".parse().expect("a region"),
        };
        RestoreProof {
            test: "RT-1".to_owned(),
            system: "orders".parse().expect("a system"),
            holds: Rung::ALL.map(|rung| {
                if holding.contains(&rung.level()) {
                    Hold::Holds
                } else {
                    Hold::Unshown(format!("no {}", rung.as_str()))
                }
            }),
            evidence: Evidence::place(&key),
        }
    }

    #[test]
    fn a_level_is_reached_only_with_all_below_it() {
        let reached = |holding: &[u8]| proof(holding).reached().map(Rung::level);
        assert_eq!(reached(&[]), None);
        assert_eq!(reached(&[1, 2, 3, 4, 5]), None);
        assert_eq!(reached(&[0]), Some(0));
        assert_eq!(reached(&[0, 2, 3, 5]), Some(0));
        assert_eq!(reached(&[0, 1, 2, 4]), Some(2));
        assert_eq!(reached(&[0, 1, 2, 3, 4, 5]), Some(5));
    }

    #[test]
    fn the_lowest_that_does_not_hold_is_missing() {
        let of = proof(&[0, 1, 3]);
        assert_eq!(of.missing(), Some((Rung::CountsEqual, "no counts_equal")));
        assert_eq!(proof(&[0, 1, 2, 3, 4, 5]).missing(), None);
    }
}
