//! Whether an approved version of a document was in force on each day judged.

use chrono::NaiveDate;

use super::approval::Approved;
use super::{Shelf, Volume, statements};
use crate::evaluate::documents::{InForce, in_force, name};
use crate::evaluate::facts::is_disputed;
use crate::evaluate::statements::about;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::PlanDocument;
use crate::model::source::Source;

/// How one day stands.
enum Day {
    Covered,
    Bare(String),
    Open(String),
}

impl<'a> Shelf<'a> {
    /// Concludes `<doc>/in-force`.
    pub(super) fn examine_days(&self, volume: &Volume<'a>, builder: &mut FindingBuilder) {
        let id = format!("{}/in-force", volume.id);
        let seen = Evidence::all(volume.versions.iter().map(|row| &row.citation));
        let seen = seen.expect("invariant: a document has a version");
        let days: Vec<(NaiveDate, Day)> = self.judged().map(|day| (day, day_of(volume, day))).collect();
        let bare = days.iter().filter_map(|(day, stands)| match stands {
            Day::Bare(why) => Some((*day, why.as_str())),
            _ => None,
        });
        let open = days.iter().filter_map(|(day, stands)| match stands {
            Day::Open(why) => Some((*day, why.as_str())),
            _ => None,
        });
        if let Some(condition) = told(bare, days.len()) {
            match &self.with_roster {
                Ok(proof) => {
                    let criterion = "an approved version in force on each day";
                    let seen = seen.and(Evidence::absence_in(proof));
                    builder.exception(&id, Severity::Medium, condition, criterion, seen);
                }
                Err(gaps) => builder.gap(&id, gaps, Some(seen)),
            }
        } else if let Some(reason) = told(open, days.len()) {
            let resolves = "the versions in force on those days, with their approvals";
            builder.indeterminate(&id, reason, resolves, seen);
        } else if let Some(version) = self.disputed(volume) {
            let reason =
                format!("revisions of {version} contradict each other: it may have been in force too");
            builder.indeterminate(&id, reason, "which revision of the version is true", seen);
        } else {
            builder.supported_if(&id, &self.with_roster, seen);
        }
        builder.only_about(&id, &about(statements(volume.kind)));
    }
}

impl<'a> Shelf<'a> {
    /// A version whose revisions contradict each other: its first day may be what is wrong.
    fn disputed(&self, volume: &Volume<'a>) -> Option<String> {
        let names = volume.versions.iter().map(|row| name(&row.value));
        let records = self.context.records;
        names
            .into_iter()
            .find(|name| is_disputed(records, Source::PlanDocuments, name))
    }
}

fn day_of(volume: &Volume<'_>, day: NaiveDate) -> Day {
    match in_force(&volume.versions, day) {
        InForce::Version(row) => by_approval(volume, row, day),
        InForce::Several(_) => Day::Open("several versions took effect on one day".to_owned()),
        InForce::Nothing => Day::Bare("every version known by then was superseded".to_owned()),
        InForce::BeforeHistory => Day::Open("the register begins with a later version".to_owned()),
    }
}

fn by_approval(volume: &Volume<'_>, row: &Observed<PlanDocument>, day: NaiveDate) -> Day {
    let known = volume
        .current
        .iter()
        .find(|(current, _)| current.citation == row.citation);
    let name = name(&row.value);
    match known.map(|(_, approved)| approved) {
        Some(Approved::Sound(_)) => Day::Covered,
        Some(Approved::Late(approved)) if *approved < day => Day::Covered,
        Some(Approved::Late(approved)) => Day::Bare(format!("{name} was approved only on {approved}")),
        Some(Approved::Wrong(why, _)) => Day::Bare(format!("{name} was {why}")),
        Some(Approved::Open(why, _)) => Day::Open(format!("{name}: {why}")),
        None => Day::Open(format!("{name} was not looked at")),
    }
}

/// How many days, from when, and why, in words.
fn told<'d>(mut days: impl Iterator<Item = (NaiveDate, &'d str)>, all: usize) -> Option<String> {
    let (first, why) = days.next()?;
    let count = 1 + days.count();
    Some(format!("{count} of {all} days, the first {first}: {why}"))
}
