//! Which version of a plan or policy document was in force on a day.
//!
//! A version is in force from its effective day until the day before it was superseded; a later one that takes effect
//! supersedes the earlier. Before the first version on record nobody knows what was in force.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::context::Context;
use super::facts::{Doubt, doubt};
use crate::model::records::Observed;
use crate::model::records::governance::PlanDocument;

/// What was in force on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InForce<'a> {
    /// One version.
    Version(&'a Observed<PlanDocument>),
    /// Versions that took effect on one day: nobody can tell which.
    Several(Vec<&'a Observed<PlanDocument>>),
    /// Every version known by then was superseded.
    Nothing,
    /// The day is before the first version on record.
    BeforeHistory,
}

/// The versions of each document, by the document's id; the oldest first.
pub fn versions<'a>(context: &Context<'a>) -> BTreeMap<&'a str, Vec<&'a Observed<PlanDocument>>> {
    let mut all: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for row in &context.records.documents {
        all.entry(&row.value.id).or_default().push(row);
    }
    for versions in all.values_mut() {
        versions.sort_by_key(|row| (row.value.effective, &row.value.version, &row.citation));
    }
    all
}

/// Which of a document's `versions` was in force on `day`.
pub fn in_force<'a>(versions: &[&'a Observed<PlanDocument>], day: NaiveDate) -> InForce<'a> {
    let begun = |row: &&&Observed<PlanDocument>| row.value.effective <= day;
    let Some(newest) = versions.iter().filter(begun).map(|row| row.value.effective).max() else {
        return InForce::BeforeHistory;
    };
    let lasts = |row: &&&Observed<PlanDocument>| row.value.superseded.is_none_or(|until| day < until);
    let current = versions
        .iter()
        .filter(|row| row.value.effective == newest)
        .filter(lasts);
    match current.copied().collect::<Vec<_>>().as_slice() {
        [] => InForce::Nothing,
        [one] => InForce::Version(one),
        several => InForce::Several(several.to_vec()),
    }
}

/// What stands against a version.
pub fn version_doubt(context: &Context<'_>, row: &Observed<PlanDocument>) -> Option<Doubt> {
    let name = name(&row.value);
    doubt(context.records, row, &[&name, &row.value.id])
}

/// The version as readers know it: `DOC-CP 5.0`.
pub fn name(document: &PlanDocument) -> String {
    format!("{} {}", document.id, document.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::World;
    use crate::evaluate::testing_governance::document;

    /// Versions by number, first day and the day of being superseded; what is in force on a day.
    #[track_caller]
    fn check(known: &[(&str, &str, Option<&str>)], day: &str, expected: &str) {
        let mut world = World::new();
        for (version, from, until) in known {
            let mut document = document("CP", version, from);
            document.superseded = until.map(|day| day.parse().expect("a day"));
            world.add_document(document);
        }
        let context = Context {
            scope: &world.scope,
            criteria: &world.criteria,
            records: &world.records,
        };
        let versions = versions(&context);
        let found = match in_force(&versions["CP"], day.parse().expect("a day")) {
            InForce::Version(row) => row.value.version.clone(),
            InForce::Several(rows) => format!("{} of one day", rows.len()),
            InForce::Nothing => "nothing".to_owned(),
            InForce::BeforeHistory => "before".to_owned(),
        };
        assert_eq!(found, expected, "{day}");
    }

    #[test]
    fn a_version_holds_from_its_first_day_until_it_is_superseded() {
        let two = [("1", "2026-01-01", Some("2026-07-05")), ("2", "2026-07-06", None)];
        check(&two, "2025-12-31", "before");
        check(&two, "2026-01-01", "1");
        check(&two, "2026-07-04", "1");
        check(&two, "2026-07-05", "nothing");
        check(&two, "2026-07-06", "2");
    }

    #[test]
    fn a_later_version_supersedes_the_earlier_and_two_of_one_day_settle_nothing() {
        let open = [("1", "2026-01-01", None), ("2", "2026-07-06", None)];
        check(&open, "2026-07-05", "1");
        check(&open, "2026-07-06", "2");
        check(
            &[("1", "2026-01-01", None), ("1a", "2026-01-01", None)],
            "2026-02-01",
            "2 of one day",
        );
        check(
            &[("1", "2026-01-01", None), ("2", "2026-02-01", Some("2026-03-01"))],
            "2026-03-01",
            "nothing",
        );
    }
}
