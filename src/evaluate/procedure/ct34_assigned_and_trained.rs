//! CT-34: roles are assigned and people trained (policy 6.2(2), 6.2(3), 6.3(7), 13.3).
//!
//! Population: the teams that the policies name with their leaders ([`teams`]); each person who is a member of one, or the
//! CTO, on a day of the period, with training ([`training`]) and local copies ([`copies`]); and each person of the roster
//! who acted on backups without being a member. A duty is a successful act of CT-32. A duty by somebody untrained or not
//! designated is an EXCEPTION; what nobody recorded, and a team name that management has not resolved, is INDETERMINATE.

mod copies;
mod teams;
mod training;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::evaluate::actor::{Behind, behind};
use crate::evaluate::acts::Acts;
use crate::evaluate::context::Context;
use crate::evaluate::documents;
use crate::evaluate::facts::{Doubt, doubt, judged_days, register};
use crate::evaluate::grounds::{Grounds, examined};
use crate::evaluate::roles::Office;
use crate::evaluate::team::{Membership, Team, membership};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, Finding, FindingBuilder};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::records::governance::{PlanDocument, RoleHolder};
use crate::model::source::Source;
use crate::model::time::day_of;

/// Concludes CT-34.
pub(super) fn assigned_and_trained(context: &Context<'_>, test: TestId) -> Finding {
    // Duties are known as far as the trails are whole.
    let sources = [Source::RoleRoster, Source::Cloudtrail, Source::AtlasEvents];
    let grounds = Grounds::of(&context.records.coverage, &sources, examined(context.scope));
    let roster = register(context, Source::RoleRoster);
    let mut builder = FindingBuilder::new(test, "teams and their members", grounds.basis.clone());
    let trial = Trial::of(context, roster);
    trial.examine_teams(&mut builder);
    for (person, rows) in trial.people() {
        if let Some(doubt) = rows.iter().find_map(|row| trial.doubt(row)) {
            builder.indeterminate(person, doubt.reason, doubt.resolves, doubt.evidence);
            continue;
        }
        let rows: Vec<_> = rows
            .into_iter()
            .filter(|row| trial.is_examined(&row.value))
            .collect();
        trial.examine_duties(person, &mut builder);
        if !rows.is_empty() {
            trial.examine_training(person, &rows, &mut builder);
            trial.examine_copies(person, &rows, &mut builder);
        }
    }
    grounds.mark(&mut builder);
    builder.finish("the roster has no member of the teams, and no CTO")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    roster: Result<Proof, Vec<Gap>>,
    /// First and last day that is judged.
    days: (NaiveDate, NaiveDate),
    /// Successful acts on backups by a person of the roster, with their days, in the period.
    duties: BTreeMap<&'a str, Vec<(NaiveDate, &'a Observed<Event>)>>,
    documents: BTreeMap<&'a str, Vec<&'a Observed<PlanDocument>>>,
}

impl<'a> Trial<'a> {
    fn of(context: &'a Context<'a>, roster: Result<Proof, Vec<Gap>>) -> Self {
        let (acts, period) = (Acts::of(context.records), examined(context.scope));
        let mut duties: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let done = context.records.events.iter().filter(|event| {
            let value = &event.value;
            value.error.is_none() && period.contains(value.at) && acts.act(value).is_some()
        });
        for event in done {
            let (at, all) = (event.value.at, &context.records.roster);
            if let Behind::Person(holder) = behind(&event.value.actor, at, all, &context.scope.period) {
                let day = day_of(at, context.scope.period.zone());
                duties
                    .entry(holder.value.person.as_str())
                    .or_default()
                    .push((day, event));
            }
        }
        for done in duties.values_mut() {
            done.sort_by_key(|(day, event)| (*day, &event.value.id));
        }
        Self {
            context,
            roster,
            days: judged_days(context),
            duties,
            documents: documents::versions(context),
        }
    }

    /// Everybody whom the test is about, with all rows: of a team, the CTO, or with a duty done.
    fn people(&self) -> BTreeMap<&'a str, Vec<&'a Observed<RoleHolder>>> {
        let rows = &self.context.records.roster;
        let about: BTreeSet<&str> = rows
            .iter()
            .filter(|row| self.is_examined(&row.value))
            .map(|row| row.value.person.as_str())
            .chain(self.duties.keys().copied())
            .collect();
        let mut people: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for row in rows
            .iter()
            .filter(|row| about.contains(row.value.person.as_str()))
        {
            people.entry(&row.value.person).or_default().push(row);
        }
        for rows in people.values_mut() {
            rows.sort_by_key(|row| (row.value.from, &row.value.id, &row.citation));
        }
        people
    }

    fn membership(&self, row: &RoleHolder) -> Membership {
        membership(row.team.as_deref(), self.context.criteria.team_aliases.as_deref())
    }

    /// Whether a row is of a member of the teams, or of the CTO, and in force on a day that is judged.
    fn is_examined(&self, row: &RoleHolder) -> bool {
        let member = row.team.is_some() && self.membership(row) != Membership::Other;
        let web = Team::WebServices.is(row.team.as_deref(), None) == Some(true);
        let cto = Office::of(&row.role) == Some(Office::Cto);
        (member || web || cto) && self.days_of(row).is_some()
    }

    /// The days of the period on which a row is in force, first and last.
    fn days_of(&self, row: &RoleHolder) -> Option<(NaiveDate, NaiveDate)> {
        let from = row.from.max(self.days.0);
        let to = row.to.map_or(self.days.1, |to| to.min(self.days.1));
        (from <= to).then_some((from, to))
    }

    fn doubt(&self, row: &Observed<RoleHolder>) -> Option<Doubt> {
        doubt(self.context.records, row, &[&row.value.id])
    }
}

fn all_of(rows: &[&Observed<RoleHolder>]) -> Evidence {
    Evidence::all(rows.iter().map(|row| &row.citation)).expect("invariant: nobody is examined without a row")
}

#[cfg(test)]
mod tests;
