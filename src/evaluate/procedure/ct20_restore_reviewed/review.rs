//! The review of a restore test: by another person, of management, after the test.

use crate::evaluate::approval::same_person;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, both, register, standing};
use crate::evaluate::roles::{Answer, Roster, is_management, roles};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{RestoreTest, RoleHolder};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

const CRITERION: &str = "signed off after the test by a person of management other than the tester";

/// Concludes `<test>/review`.
pub(super) fn examine(
    context: &Context<'_>,
    roster: &Roster<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let test = &row.value;
    let id = format!("{}/review", test.id);
    let seen = Evidence::of(&row.citation);
    let reviewer = test.reviewer.as_deref().map(str::trim);
    let Some(reviewer) = reviewer.filter(|reviewer| !reviewer.is_empty()) else {
        return refused(builder, id, "the record names no reviewer".to_owned(), seen);
    };
    if same_person(reviewer, &test.tester) {
        let condition = format!("{reviewer} reviewed the test that the same person carried out");
        return refused(builder, id, condition, seen);
    }
    let Some(reviewed) = test.reviewed else {
        let reason = format!("the record names {reviewer} as reviewer, and no time of the review");
        return builder.indeterminate(id, reason, "when the test was reviewed", seen);
    };
    if let Some(doubt) = untimely(context, row, reviewed) {
        return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
    }
    let ended = test.finished.unwrap_or(test.started);
    if reviewed < ended {
        let condition = format!(
            "reviewed at {}, before the test ended at {}",
            show(reviewed),
            show(ended)
        );
        return refused(builder, id, condition, seen);
    }
    match test.signed_off {
        Some(false) => {
            let condition = format!("{reviewer} reviewed the test and did not sign it off");
            return refused(builder, id, condition, seen);
        }
        None => {
            let reason = format!("the record does not say whether {reviewer} signed the test off");
            return builder.indeterminate(id, reason, "the sign-off of the review", seen);
        }
        Some(true) => {}
    }
    let proof = both(log.clone(), register(context, Source::RoleRoster));
    match attributed(context, roster, test, reviewer, reviewed) {
        Ok(people) => builder.supported_if(id, &proof, seen.and(people)),
        Err(Open {
            reason,
            resolves,
            rows,
        }) => {
            let seen = rows.map_or(seen.clone(), |rows| seen.and(rows));
            builder.indeterminate(id, reason, resolves, seen);
        }
    }
}

fn refused(builder: &mut FindingBuilder, id: String, condition: String, seen: Evidence) {
    builder.exception(id, Severity::Medium, condition, CRITERION, seen);
}

/// Why the time of the review can't be taken as it stands.
fn untimely(context: &Context<'_>, row: &Observed<RestoreTest>, reviewed: Instant) -> Option<Doubt> {
    match standing(context, reviewed, row) {
        Standing::Fact => None,
        Standing::AheadOfItsListing => Some(Doubt::ahead("the review", reviewed, row)),
        Standing::NotYet => Some(Doubt {
            reason: format!("reviewed at {}, not before the as-of instant", show(reviewed)),
            resolves: "the next period's report".to_owned(),
            evidence: Evidence::of(&row.citation),
        }),
    }
}

/// What the roster leaves open.
struct Open {
    reason: String,
    resolves: &'static str,
    rows: Option<Evidence>,
}

/// The rows of the roster that show two persons, the reviewer one of management; or what they leave open.
fn attributed(
    context: &Context<'_>,
    roster: &Roster<'_>,
    test: &RestoreTest,
    reviewer: &str,
    reviewed: Instant,
) -> Result<Evidence, Open> {
    let day = |at| day_of(at, context.scope.period.zone());
    let tester = roster.ask(test.tester.trim(), day(test.started), |_| Some(true));
    let tester = answered(tester, "who tested is not known")?;
    let management = |row: &RoleHolder| Some(is_management(&row.role));
    let reviewer = roster.ask(reviewer, day(reviewed), management);
    let reviewer = answered(reviewer, "who reviewed is not known")?;
    Ok(Evidence::of(&tester.citation).and(Evidence::of(&reviewer.citation)))
}

fn answered<'a>(answer: Answer<'a>, what: &str) -> Result<&'a Observed<RoleHolder>, Open> {
    match answer {
        Answer::Yes(row) => Ok(row),
        Answer::No(rows) => Err(Open {
            reason: format!(
                "the reviewer was {} that day; the policy does not say which roles are management",
                roles(&rows)
            ),
            resolves: "a review by management, or a statement that the role counts as such",
            rows: Evidence::all(rows.iter().map(|row| &row.citation)),
        }),
        Answer::Unclear { reason, evidence } => Err(Open {
            reason: format!("{what}: {reason}"),
            resolves: "the person's row in the roster on that day",
            rows: evidence,
        }),
    }
}
