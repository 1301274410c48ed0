//! CT-32: who backed up, restored, copied, shared and deleted, and changed what protects backups (implied by HITRUST 01.v;
//! policy 6.2(3) for backups on demand).
//!
//! Population: the acts of the period ([`crate::evaluate::acts`]) in the trail and in Atlas' events, attempts that were
//! refused included, and the restore jobs that no act explains. Each needs one person of the roster ([`who`]) of the team
//! in charge, or with an access that somebody else approved before, or a workload whose role management expects. A restore
//! of ePHI needs a ticket besides ([`restore`]). Nobody can be named behind a session that carries no person's name, or an
//! API key without an owner: INDETERMINATE.

mod restore;
mod who;

use self::restore::{By, Need};
use self::who::{Who, approved, who};
use crate::evaluate::acts::{Act, Acts};
use crate::evaluate::authority::{Authority, Tickets};
use crate::evaluate::context::Context;
use crate::evaluate::facts::{both, doubt, mark_disputed_events, register};
use crate::evaluate::grounds::{Grounds, examined, moment};
use crate::evaluate::statements::about;
use crate::evaluate::team::{IN_CHARGE, Membership, membership};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::records::governance::RoleHolder;
use crate::model::source::Source;
use crate::model::time::show;

const CRITERION: &str = "who acts on backups is a person of the team in charge on that day, or a workload that management \
                         expects";
const RESTORE_CRITERION: &str = "a restore of ePHI has a ticket that somebody else approved before";

/// Concludes CT-32.
pub(super) fn who_did(context: &Context<'_>, test: TestId) -> Finding {
    let sources = [
        Source::Cloudtrail,
        Source::AtlasEvents,
        Source::AwsRestoreJobs,
        Source::AtlasRestoreJobs,
    ];
    let grounds = Grounds::of(&context.records.coverage, &sources, examined(context.scope));
    let mut builder = FindingBuilder::new(test, "acts on backups", grounds.basis.clone());
    let trial = Trial {
        context,
        acts: Acts::of(context.records),
        tickets: Tickets::of(context),
        roster: register(context, Source::RoleRoster),
    };
    for event in trial.acts_of_the_period() {
        let id = format!("{}/{}", event.value.name, event.value.id);
        let Some(act) = trial.acts.act(&event.value) else {
            continue;
        };
        trial.judge(&id, event, act, &mut builder);
        builder.only_about(&id, &about(statements(act)));
    }
    trial.examine_unexplained_restores(&mut builder);
    mark_disputed_events(context, &mut builder, |event| trial.is_judged(event));
    grounds.mark(&mut builder);
    builder.finish("nobody acted on a backup, and nobody tried to")
}

/// The statements that an act speaks about: 6.2(3) is of backups on demand.
const fn statements(act: Act) -> &'static [&'static str] {
    match act {
        Act::Backup => &["IM-01.v", "DM-6.2-3b"],
        Act::Restore | Act::Other => &["IM-01.v"],
    }
}

struct Trial<'a> {
    context: &'a Context<'a>,
    acts: Acts<'a>,
    tickets: Tickets<'a>,
    roster: Result<Proof, Vec<Gap>>,
}

impl<'a> Trial<'a> {
    fn acts_of_the_period(&self) -> impl Iterator<Item = &'a Observed<Event>> {
        let events = self.context.records.events.iter();
        events.filter(move |event| self.is_judged(event))
    }

    fn is_judged(&self, event: &Observed<Event>) -> bool {
        let period = examined(self.context.scope);
        period.contains(event.value.at) && self.acts.act(&event.value).is_some()
    }

    fn judge(&self, id: &str, event: &Observed<Event>, act: Act, builder: &mut FindingBuilder) {
        let value = &event.value;
        let evidence = Evidence::of(&event.citation);
        let refused = value.error.as_deref();
        let attempt = refused.map(|error| format!(", refused with {error}"));
        let what = format!(
            "{} at {}{}",
            value.name,
            show(value.at),
            attempt.unwrap_or_default()
        );
        if let Some(doubt) = doubt(self.context.records, event, &[&value.id]) {
            return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        }
        if refused.is_some() {
            builder.observe(what.clone(), evidence.clone());
        }
        match who(self.context, value) {
            Who::Open { why, resolves } => {
                builder.indeterminate(id, format!("{what}: {why}"), resolves, evidence);
            }
            Who::Root => {
                let condition = format!("{what}: done by the account's root user");
                builder.exception(id, Severity::High, condition, CRITERION, evidence);
            }
            Who::Unknown { why, records } => {
                let evidence = records.into_iter().fold(evidence, Evidence::and);
                self.refuse(id, format!("{what}: {why}"), evidence, builder);
            }
            Who::Workload => self.ticket(id, &what, (event, act, By::Workload), evidence, builder),
            Who::Person(rows) => self.judge_person(id, &what, event, act, &rows, builder),
        }
    }

    /// An EXCEPTION that rests on what the roster does not hold.
    fn refuse(&self, id: &str, condition: String, evidence: Evidence, builder: &mut FindingBuilder) {
        match &self.roster {
            Err(gaps) => builder.gap(id, gaps, Some(evidence)),
            Ok(searched) => {
                let evidence = evidence.and(Evidence::absence_in(searched));
                builder.exception(id, Severity::High, condition, CRITERION, evidence);
            }
        }
    }

    fn judge_person(
        &self,
        id: &str,
        what: &str,
        event: &Observed<Event>,
        act: Act,
        rows: &[&Observed<RoleHolder>],
        builder: &mut FindingBuilder,
    ) {
        let evidence = rows.iter().fold(Evidence::of(&event.citation), |all, row| {
            all.and(Evidence::of(&row.citation))
        });
        let mut doubts = rows
            .iter()
            .filter_map(|row| doubt(self.context.records, row, &[&row.value.id]));
        if let Some(doubt) = doubts.next() {
            return builder.indeterminate(id, doubt.reason, doubt.resolves, evidence.and(doubt.evidence));
        }
        let aliases = self.context.criteria.team_aliases.as_deref();
        let stands = rows
            .iter()
            .map(|row| membership(row.value.team.as_deref(), aliases));
        let person = rows.first().map_or("", |row| row.value.person.as_str());
        let teams: Vec<_> = rows.iter().filter_map(|row| row.value.team.as_deref()).collect();
        let team = teams.join(", ");
        match stands.min().unwrap_or(Membership::Unresolved) {
            Membership::InCharge => self.ticket(id, what, (event, act, By::Person), evidence, builder),
            _ if approved(rows, &event.value) => {
                self.ticket(id, what, (event, act, By::Person), evidence, builder)
            }
            Membership::Unresolved => {
                let reason = format!(
                    "{what}: done by {person} of team {team:?}, and nobody has said whether that is the {IN_CHARGE} team"
                );
                let resolves = "the team in the roster, and approved team_aliases";
                builder.indeterminate(id, reason, resolves, evidence);
            }
            Membership::Other => {
                let condition = format!(
                    "{what}: done by {person} of {team}, with no access that somebody else approved before"
                );
                self.refuse(id, condition, evidence, builder);
            }
        }
    }

    /// What is left of an act by somebody who may act: the ticket of a restore.
    fn ticket(
        &self,
        id: &str,
        what: &str,
        (event, act, by): (&Observed<Event>, Act, By),
        evidence: Evidence,
        builder: &mut FindingBuilder,
    ) {
        let trail = self
            .context
            .records
            .coverage
            .prove(&event.key, moment(event.value.at));
        let proof = both(trail, self.roster.clone());
        let need = match act {
            // Nothing was restored by what was refused.
            Act::Restore if event.value.error.is_none() => self.need(event),
            _ => Need::None,
        };
        if need == Need::None {
            return builder.supported_if(id, &proof, evidence);
        }
        match self.restore_authority(event, by) {
            Authority::Given {
                proof: given,
                records,
            } => {
                builder.supported_if(id, &both(proof, given), evidence.and(records));
            }
            Authority::Unproven { gaps, records } => {
                let evidence = records.into_iter().fold(evidence, Evidence::and);
                builder.gap(id, &gaps, Some(evidence));
            }
            Authority::Unsaid => {
                builder.indeterminate(id, format!("{what}: nobody is named"), "who it was", evidence);
            }
            Authority::Lacking { why, records } => {
                let evidence = records.into_iter().fold(evidence, Evidence::and);
                if need == Need::Ticket {
                    let condition = format!("{what}: {why}");
                    return builder.exception(id, Severity::High, condition, RESTORE_CRITERION, evidence);
                }
                let reason = format!("{what}: {why}; whether it restored ePHI is not known");
                let resolves = "a ticket approved before, or the system that the backup is of and its ePHI";
                builder.indeterminate(id, reason, resolves, evidence);
            }
        }
    }
}

#[cfg(test)]
mod tests;
