//! What the log claims of a system's restore tests, each claim with what the provider's history says of it.

use chrono::NaiveDate;

use crate::evaluate::context::Context;
use crate::evaluate::facts::{Doubt, Standing, doubt, standing};
use crate::evaluate::restores::{Cited, cited_by};
use crate::model::records::Observed;
use crate::model::records::governance::{RestoreTest, System};
use crate::model::source::Source;
use crate::model::time::day_of;

/// A test that the log calls a success, with what the provider's history says of it.
pub(super) struct Claim<'a> {
    pub(super) test: &'a Observed<RestoreTest>,
    pub(super) day: NaiveDate,
    pub(super) history: Cited<'a>,
}

/// The claims about a system, oldest first, and the tests that failed; or what keeps its log from being read.
pub(super) fn log_of<'a>(
    context: &Context<'a>,
    system: &System,
) -> Result<(Vec<Claim<'a>>, Vec<&'a Observed<RestoreTest>>), Doubt> {
    let (mut claims, mut failed) = (Vec::new(), Vec::new());
    for test in &context.records.restore_tests {
        let value = &test.value;
        // By another revision it may have been of this system, or have been done by now.
        let moved = context.records.moved(Source::RestoreTests, &value.id);
        if value.system != system.id && !moved.about {
            continue;
        }
        match standing(context, value.started, test) {
            Standing::NotYet if !moved.when => continue,
            Standing::AheadOfItsListing => {
                return Err(Doubt::ahead(
                    &format!("restore test {}", value.id),
                    value.started,
                    test,
                ));
            }
            Standing::NotYet | Standing::Fact => {}
        }
        if let Some(doubt) = doubt(context.records, test, &[&value.id]) {
            return Err(doubt);
        }
        if !value.success {
            failed.push(test);
            continue;
        }
        let history = cited_by(context, system, value);
        claims.push(Claim {
            test,
            day: day_of(value.started, context.scope.period.zone()),
            history,
        });
    }
    // Of claims of one instant the weakest comes last and decides.
    let rank = |claim: &Claim<'_>| match claim.history {
        Cited::Matched { .. } => 0,
        Cited::Open { .. } => 1,
        Cited::Contradicted { .. } => 2,
    };
    claims.sort_by(|a, b| {
        let key = |claim: &Claim<'_>| (claim.test.value.started, rank(claim));
        (key(a), &a.test.value.id).cmp(&(key(b), &b.test.value.id))
    });
    Ok((claims, failed))
}
