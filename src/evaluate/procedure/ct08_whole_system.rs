//! CT-08: backups are complete, the whole system (policy 6.0, "complete backups are done daily").
//!
//! Population: each system that owes backups times each whole day on which it owes them. Every resource of the system has a
//! backup that counts on the day (as CT-05 counts them) and that is whole: each member of a composite completed, and a
//! sharded Atlas snapshot holds each of its shards. One whole backup a day is enough. A backup whose size is 0 or not said
//! leaves the day open, but for RDS, whose sizes AWS Backup never says. A fall in size, and how far the backups of a
//! system's resources lie apart, decide nothing and are told.

mod members;
mod sizes;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use self::members::{Composites, Whole};
use self::sizes::{Sizes, Spread};
use crate::evaluate::absence::Absence;
use crate::evaluate::context::Context;
use crate::evaluate::duty::{Due, for_each_due, for_each_resource, mark_exempt, mark_native, whole_days};
use crate::evaluate::facts::both;
use crate::evaluate::place::Place;
use crate::evaluate::taken::{Histories, History, Taken, histories};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::{ResourceId, TestId};
use crate::model::records::Observed;
use crate::model::records::governance::System;
use crate::model::source::Source;
use crate::model::time::{Instant, Interval};

/// Concludes CT-08.
pub(super) fn whole_system(context: &Context<'_>, test: TestId) -> Finding {
    let coverage = &context.records.coverage;
    let register = coverage.prove_register(Source::SystemsInventory, context.scope.as_of);
    let mut builder = FindingBuilder::new(test, "system-days on which a backup is due", register);
    let trial = Trial {
        context,
        histories: histories(context),
        composites: Composites::of(context),
        nothing: History::default(),
    };
    let mut sizes = Sizes::default();
    for_each_due(context, &mut builder, |row, due, builder| {
        trial.examine_system(row, due, &mut sizes, builder)
    });
    sizes.observe(context.criteria, &mut builder);
    builder.finish("no system owed a backup")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    histories: Histories<'a>,
    composites: Composites<'a>,
    nothing: History<'a>,
}

/// How one resource of a system stands on a day.
enum Member {
    /// A whole backup.
    Whole(Instant, Result<Proof, Vec<Gap>>, Evidence),
    /// None, or none that is whole.
    Lacking(String, Evidence),
    /// Nobody can tell.
    Open(String, Evidence),
    /// The list of jobs is not proven.
    Unproven(Vec<Gap>),
}

impl<'a> Trial<'a> {
    fn examine_system(
        &self,
        row: &Observed<System>,
        due: &Due<'_>,
        sizes: &mut Sizes<'a>,
        builder: &mut FindingBuilder,
    ) {
        mark_exempt(row, due, builder);
        let scope = self.context.scope;
        let days: BTreeMap<NaiveDate, Interval> = due
            .spans
            .iter()
            .flat_map(|span| whole_days(scope, span))
            .collect();
        if days.is_empty() || mark_native(row, builder) {
            return;
        }
        let mut places = Vec::new();
        for_each_resource(row, builder, |_, _, place, _| places.push(place));
        if places.len() != row.value.resources.len() || places.is_empty() {
            // What the row does not say has items of its own.
            return;
        }
        let mut spread = Spread::default();
        for (date, day) in &days {
            let resources = row.value.resources.iter().zip(&places);
            let members = resources.map(|(resource, place)| self.member(resource, place, *day));
            let members: Vec<Member> = members.collect();
            spread.add(*date, &members);
            let id = format!("{}/{date}", row.value.id);
            conclude(id, row, members, builder);
        }
        for resource in &row.value.resources {
            if let Some(history) = self.histories.get(&Some(resource)) {
                sizes.add(self.context, resource, history, &days);
            }
        }
        spread.observe(row, builder);
    }

    fn member(&self, resource: &ResourceId, place: &Place, day: Interval) -> Member {
        let history = self.histories.get(&Some(resource)).unwrap_or(&self.nothing);
        let taken: Vec<&Taken<'_>> = history.taken_in(day).map(|(_, taken)| taken).collect();
        if taken.is_empty() {
            let unplaced = self.histories.get(&None).unwrap_or(&self.nothing);
            return match Absence::of(self.context, resource, place, [history, unplaced], day) {
                Absence::Doubtful { reason, record } => Member::Open(reason, Evidence::of(record)),
                Absence::Unproven(gaps) => Member::Unproven(gaps),
                Absence::Proven(searched) => {
                    let failed = Evidence::all(history.failed_in(day).map(|job| &job.citation));
                    let searched = Evidence::absence_in(&searched);
                    let evidence = failed.into_iter().fold(searched, Evidence::and);
                    Member::Lacking(format!("no backup of {resource} counts"), evidence)
                }
            };
        }
        // One whole backup a day is enough; if there is none, what may be whole comes before what is not.
        let judged = taken
            .into_iter()
            .map(|taken| (taken, self.composites.judge(history, taken)));
        let worst_last = |(_, whole): &(&Taken<'_>, Whole)| whole.rank();
        let best = judged.min_by_key(worst_last);
        let (taken, whole) = best.expect("invariant: at least one was taken");
        match whole {
            Whole::Lacking(what, evidence) => Member::Lacking(what, evidence),
            Whole::Open(why, evidence) => Member::Open(why, evidence),
            Whole::Complete(members, evidence) => {
                let own = taken.proof(self.context);
                Member::Whole(taken.at, both(own, members), evidence)
            }
            Whole::Alone(evidence) => Member::Whole(taken.at, taken.proof(self.context), evidence),
        }
    }
}

/// Concludes a day from how each resource of the system stands.
fn conclude(id: String, row: &Observed<System>, members: Vec<Member>, builder: &mut FindingBuilder) {
    let mut evidence = Evidence::of(&row.citation);
    let (mut lacking, mut open, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    let mut proof: Option<Proof> = None;
    for member in members {
        match member {
            Member::Lacking(what, records) => {
                lacking.push(what);
                evidence = evidence.and(records);
            }
            Member::Open(why, records) => {
                open.push(why);
                evidence = evidence.and(records);
            }
            Member::Unproven(missing) => gaps.extend(missing),
            Member::Whole(_, part, records) => {
                evidence = evidence.and(records);
                match part {
                    Ok(part) => proof = Some(proof.map_or(part.clone(), |whole| whole.and(part))),
                    Err(missing) => gaps.extend(missing),
                }
            }
        }
    }
    if !lacking.is_empty() {
        let criterion = "each resource of the system has a whole backup on each day";
        builder.exception(id, Severity::High, lacking.join("; "), criterion, evidence);
    } else if !open.is_empty() {
        let resolves = "records that show the whole backup, its members and its size";
        builder.indeterminate(id, open.join("; "), resolves, evidence);
    } else {
        let proof = proof.filter(|_| gaps.is_empty()).ok_or(gaps);
        builder.supported_if(id, &proof, evidence);
    }
}

#[cfg(test)]
mod tests;
