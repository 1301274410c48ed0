//! Approvals count when somebody else gave them before the fact.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::context::Context;
use crate::model::records::governance::{Exemption, PlannedExercise, System};
use crate::model::time::{Instant, day_of, show};

/// Whether two registers name the same person: people write ids in any case, and with blanks around.
pub fn same_person(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// Whether `by` is somebody, and another person than `than`.
pub fn is_another(by: &str, than: &str) -> bool {
    !by.trim().is_empty() && !same_person(by, than)
}

/// The exemption of `system` that is in force at `at`: approved by somebody other than the owner, no later than it
/// begins and before the as-of instant. `Err` says why the recorded one is not; `Ok(None)` when there is none.
pub fn exemption_at<'a>(
    context: &Context<'_>,
    system: &'a System,
    at: Instant,
) -> Result<Option<&'a Exemption>, String> {
    let Some(exemption) = &system.exemption else {
        return Ok(None);
    };
    if let Some(reason) = refusal(system, exemption, context.scope.as_of) {
        return Err(reason);
    }
    let over = exemption.until.is_some_and(|until| until <= at);
    if at < exemption.from || over {
        return Err(format!("its exemption is not in force at {}", show(at)));
    }
    Ok(Some(exemption))
}

/// Why an exemption counts for nothing: it needs an approval by somebody other than the owner, given no later than the
/// exemption begins and before the as-of instant.
pub fn refusal(system: &System, exemption: &Exemption, as_of: Instant) -> Option<String> {
    let approver = exemption.approved_by.trim();
    if approver.is_empty() {
        return Some("its exemption names no approver".to_owned());
    }
    let owner = system.owner.as_deref().unwrap_or_default();
    if !is_another(approver, owner) {
        return Some(format!("its exemption was approved by its own owner, {approver}"));
    }
    (exemption.approved_at > exemption.from || exemption.approved_at >= as_of).then(|| {
        let (from, at) = (show(exemption.from), show(exemption.approved_at));
        format!("its exemption from {from} was approved only at {at}")
    })
}

/// How the new date of a planned exercise stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Reschedule<'a> {
    /// There is none.
    None,
    /// Approved on a day before the planned one.
    Approved {
        /// New date.
        to: NaiveDate,
        /// Approver's roster id.
        by: &'a str,
        /// When.
        at: Instant,
    },
    /// Approved on the planned day or later.
    AfterTheFact {
        /// New date.
        to: NaiveDate,
        /// When.
        at: Instant,
    },
    /// The schedule does not say who approved it, or when.
    Unclear {
        /// New date.
        to: NaiveDate,
    },
}

impl<'a> Reschedule<'a> {
    /// The new date of `planned`, days taken in `zone`.
    pub fn of(planned: &'a PlannedExercise, zone: Tz) -> Self {
        let Some(to) = planned.rescheduled_to else {
            return Self::None;
        };
        let by = planned
            .reschedule_approved_by
            .as_deref()
            .filter(|by| !by.trim().is_empty());
        match (planned.reschedule_approved_at, by) {
            (Some(at), _) if day_of(at, zone) >= planned.planned => Self::AfterTheFact { to, at },
            (Some(at), Some(by)) => Self::Approved { to, by, at },
            (None, _) | (_, None) => Self::Unclear { to },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, system};

    #[test]
    fn nobody_is_another_person_by_writing_his_id_otherwise() {
        assert!(is_another("p-001", "p-002") && is_another("p-001", ""));
        for by in ["p-002", " p-002", "P-002 ", "", " "] {
            assert!(!is_another(by, "p-002"), "{by:?}");
        }
        assert!(!is_another("p-002", " P-002"));
        let mut row = system("orders");
        let exemption = Exemption {
            rationale: "rebuilt from code".to_owned(),
            approved_by: "P-010 ".to_owned(),
            approved_at: at("2026-07-01"),
            from: at("2026-07-02"),
            until: None,
        };
        let refused = |row: &System| refusal(row, &exemption, at("2026-07-11"));
        assert!(refused(&row).is_some_and(|why| why.contains("its own owner")));
        row.owner = None;
        assert_eq!(refused(&row), None);
    }

    #[test]
    fn an_exemption_is_approved_before_it_begins_and_before_the_as_of_instant() {
        let world = World::new();
        let stands = |approved: &str, from: &str, when: &str| {
            let mut row = system("orders");
            row.exemption = Some(Exemption {
                rationale: "rebuilt from code".to_owned(),
                approved_by: "p-001".to_owned(),
                approved_at: at(approved),
                from: at(from),
                until: Some(at("2026-08-01")),
            });
            world.with_context(|context| matches!(exemption_at(context, &row, at(when)), Ok(Some(_))))
        };
        assert!(stands("2026-07-02", "2026-07-02", "2026-07-02"));
        assert!(!stands("2026-07-02", "2026-07-02", "2026-07-01T23:59:59Z"));
        assert!(!stands("2026-07-02T00:00:01Z", "2026-07-02", "2026-07-03"));
        assert!(stands("2026-07-02", "2026-07-02", "2026-07-31T23:59:59Z"));
        assert!(!stands("2026-07-02", "2026-07-02", "2026-08-01"));
        assert!(stands("2026-07-10T23:59:59Z", "2026-07-15", "2026-07-16"));
        assert!(
            !stands("2026-07-11", "2026-07-15", "2026-07-16"),
            "approved at the as-of instant"
        );
    }
}
