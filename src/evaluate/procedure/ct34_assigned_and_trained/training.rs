//! Training before the first duty and not expired, and duties of people who were not designated.

use chrono::NaiveDate;

use super::{Trial, all_of};
use crate::evaluate::facts::both;
use crate::evaluate::statements::about;
use crate::evaluate::team::{IN_CHARGE, Membership};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{RoleHolder, Training};
use crate::model::source::Source;
use crate::model::time::{Interval, day_start};

const CRITERION: &str = "each duty is done by a designated member who completed training in backup or contingency before it, \
                         not expired";

/// Whether a course is one in backup or contingency.
fn counts(course: &Training) -> bool {
    let name = course.course.to_lowercase();
    ["backup", "contingency"].iter().any(|word| name.contains(word))
}

/// Whether a course was completed before `day` and had not expired on it.
fn covers(course: &Training, day: NaiveDate) -> bool {
    course.completed < day && course.expires.is_none_or(|last| day <= last)
}

impl<'a> Trial<'a> {
    /// Duties that somebody did on a day on which no row has him in the team in charge.
    pub(super) fn examine_duties(&self, person: &str, builder: &mut FindingBuilder) {
        let duties = self.duties.get(person).map(Vec::as_slice).unwrap_or_default();
        let id = format!("{person}/designation");
        let statements = about(&["DM-6.2-2", "DR-13.3-1"]);
        for (day, event) in duties {
            let rows: Vec<_> = self
                .context
                .records
                .standing_roster()
                .filter(|row| row.value.person == person)
                .filter(|row| row.value.from <= *day && row.value.to.is_none_or(|to| *day <= to))
                .collect();
            let stands = rows.iter().map(|row| self.membership(&row.value)).min();
            let evidence = Evidence::of(&event.citation);
            let evidence = rows
                .iter()
                .fold(evidence, |all, row| all.and(Evidence::of(&row.citation)));
            let what = format!("{} on {day}", event.value.name);
            match (stands, &self.roster) {
                (_, Err(gaps)) => builder.gap(&id, gaps, Some(evidence)),
                (Some(Membership::InCharge), Ok(proof)) => builder.supported(&id, proof, evidence),
                (Some(Membership::Unresolved), _) => {
                    let reason = format!(
                        "{person} did {what}; whether his team is the {IN_CHARGE} team nobody has said"
                    );
                    builder.indeterminate(&id, reason, "approved team_aliases", evidence);
                }
                (Some(Membership::Other) | None, Ok(_)) => {
                    let condition =
                        format!("{person} did {what} without being designated to the {IN_CHARGE} team");
                    builder.exception(&id, Severity::Medium, condition, CRITERION, evidence);
                }
            }
            builder.only_about(&id, &statements);
        }
    }

    /// The training of a member: `rows` are his rows of the teams, or as CTO.
    pub(super) fn examine_training(
        &self,
        person: &str,
        rows: &[&Observed<RoleHolder>],
        builder: &mut FindingBuilder,
    ) {
        let id = format!("{person}/training");
        self.judge_training(&id, person, rows, builder);
        builder.only_about(&id, &about(&["DM-6.2-3a", "DR-13.3-1"]));
    }

    fn judge_training(
        &self,
        id: &str,
        person: &str,
        rows: &[&Observed<RoleHolder>],
        builder: &mut FindingBuilder,
    ) {
        let evidence = all_of(rows);
        if rows.iter().all(|row| row.value.training.is_none()) {
            let reason = format!("the roster has no record of training for {person}");
            return builder.indeterminate(id, reason, "records of training", evidence);
        }
        let courses = rows.iter().flat_map(|row| row.value.training.iter().flatten());
        let courses: Vec<_> = courses.filter(|course| counts(course)).collect();
        let trained = |day: NaiveDate| courses.iter().any(|course| covers(course, day));
        let duties = self.duties.get(person).map(Vec::as_slice).unwrap_or_default();
        if let Some((day, event)) = duties.iter().find(|(day, _)| !trained(*day)) {
            let evidence = evidence.and(Evidence::of(&event.citation));
            let what = format!("{person} did {} on {day}", event.value.name);
            if courses.iter().any(|course| course.completed == *day) {
                let reason = format!(
                    "{what}, the day on which he completed his training: which came first is not known"
                );
                return builder.indeterminate(id, reason, "the time of the training", evidence);
            }
            let condition = format!("{what}; {}", state(&courses, *day));
            return builder.exception(id, Severity::Medium, condition, CRITERION, evidence);
        }
        let days = rows.iter().filter_map(|row| self.days_of(&row.value));
        let days: Vec<_> = days
            .flat_map(|(from, to)| from.iter_days().take_while(move |day| *day <= to))
            .collect();
        let last = days.iter().max().copied().unwrap_or(self.days.1);
        if !trained(last) {
            let reason = format!(
                "{person} did no duty without training that is known; on {last}, {}, and the policy does not say by when",
                state(&courses, last)
            );
            return builder.indeterminate(
                id,
                reason,
                "training in force, or the time management sets for it",
                evidence,
            );
        }
        let untrained = days.iter().filter(|day| !trained(**day));
        let no_duty = self.no_duty_between(untrained.clone().min().copied(), untrained.max().copied());
        builder.supported_if(id, &no_duty, evidence);
    }

    /// Proof that the trails are whole from `first` to `last`, so that no duty of those days is missing; that of the
    /// roster where there is no such day.
    fn no_duty_between(&self, first: Option<NaiveDate>, last: Option<NaiveDate>) -> Result<Proof, Vec<Gap>> {
        let (coverage, zone) = (&self.context.records.coverage, self.context.scope.period.zone());
        let mut proof = self.roster.clone();
        let span = first.zip(last).and_then(|(first, last)| {
            let after = last.succ_opt()?;
            Interval::new(day_start(first, zone), day_start(after, zone))
        });
        if let Some(span) = span {
            for source in [Source::Cloudtrail, Source::AtlasEvents] {
                proof = both(proof, coverage.prove_everywhere(source, span));
            }
        }
        proof
    }
}

/// What somebody's training was on `day`, in words.
fn state(courses: &[&Training], day: NaiveDate) -> String {
    let before = courses.iter().filter(|course| course.completed < day);
    match before.filter_map(|course| course.expires).max() {
        Some(expired) => format!("his training had expired with {expired}"),
        None => match courses.iter().map(|course| course.completed).min() {
            Some(later) => format!("he completed his training on {later} only"),
            None => "he had completed no training in backup or contingency".to_owned(),
        },
    }
}
