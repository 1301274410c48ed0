//! Who held which role on a day, by the roster, and the offices and teams that the policy names (policy 13.0, 13.2, 13.3).
//!
//! A row is in force from its first day to its last one, both included. A person whom the roster does not have on that
//! day, and a team whose name the policy does not settle, answer nothing: the question stays open.

use chrono::NaiveDate;

use super::context::Context;
use super::facts::{Doubt, doubt};
use super::team::{Team, letters};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::governance::RoleHolder;

/// An office that the policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Office {
    /// Chief Technology Officer: executes and tests the contingency plan.
    Cto,
    /// Chief Executive Officer.
    Ceo,
    /// The CMO of policy 13.2, who has no longer name there.
    Cmo,
    /// Owns the contingency plan.
    SecurityOfficer,
    /// Maintains the policy together with the Security Officer.
    PrivacyOfficer,
}

impl Office {
    /// The line of succession of policy 13.2 behind the CTO.
    pub const SUCCESSORS: [Self; 2] = [Self::Ceo, Self::Cmo];

    /// The office that a role of the registers is, if any.
    pub fn of(role: &str) -> Option<Self> {
        Some(match letters(role).as_str() {
            "cto" | "chieftechnologyofficer" => Self::Cto,
            "ceo" | "chiefexecutiveofficer" => Self::Ceo,
            "cmo" => Self::Cmo,
            "securityofficer" => Self::SecurityOfficer,
            "privacyofficer" => Self::PrivacyOfficer,
            _ => return None,
        })
    }

    /// The name for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cto => "CTO",
            Self::Ceo => "CEO",
            Self::Cmo => "CMO",
            Self::SecurityOfficer => "Security Officer",
            Self::PrivacyOfficer => "Privacy Officer",
        }
    }
}

/// Whether a role is one of management by its name: an office of the policy, or a head, lead, manager, director or
/// officer. The policy itself does not say which roles are, so that another name settles nothing.
pub fn is_management(role: &str) -> bool {
    const LAST: [&str; 5] = ["lead", "manager", "director", "officer", "head"];
    let role = role.to_lowercase();
    let words: Vec<&str> = role.split_whitespace().collect();
    let leads = words.last().is_some_and(|word| LAST.contains(word));
    let heads = words.first().is_some_and(|word| ["head", "chief"].contains(word));
    Office::of(&role).is_some() || leads || heads
}

/// Whether a person was something on a day.
#[derive(Debug)]
pub enum Answer<'a> {
    /// By this row.
    Yes(&'a Observed<RoleHolder>),
    /// All rows of the person that are in force that day say otherwise.
    No(Vec<&'a Observed<RoleHolder>>),
    /// Nobody can tell. In words, and the rows that leave it open.
    Unclear {
        /// Why.
        reason: String,
        /// The rows, where there are any.
        evidence: Option<Evidence>,
    },
}

/// The roster as it answers questions about days.
#[derive(Debug)]
pub struct Roster<'a> {
    /// Other names of the team in charge that management approved.
    aliases: Option<&'a [String]>,
    rows: Vec<(&'a Observed<RoleHolder>, Option<Doubt>)>,
}

impl<'a> Roster<'a> {
    /// The rows, each with what stands against it.
    pub fn of(context: &Context<'a>) -> Self {
        let rows = context.records.roster.iter();
        let rows = rows.map(|row| (row, doubt(context.records, row, &[&row.value.id])));
        Self {
            aliases: context.criteria.team_aliases.as_deref(),
            rows: rows.collect(),
        }
    }

    /// Whether `person` was on `day` what `is` asks of a row; `is` answers `None` where the row does not settle it.
    pub fn ask(&self, person: &str, day: NaiveDate, is: impl Fn(&RoleHolder) -> Option<bool>) -> Answer<'a> {
        let theirs: Vec<_> = self
            .rows
            .iter()
            .filter(|(row, _)| row.value.person == person)
            .collect();
        let then: Vec<_> = theirs
            .iter()
            .filter(|(row, _)| in_force(&row.value, day))
            .collect();
        let sound = then.iter().filter(|(_, doubt)| doubt.is_none());
        let sound: Vec<_> = sound.map(|(row, _)| *row).collect();
        if let Some(row) = sound.iter().find(|row| is(&row.value) == Some(true)) {
            return Answer::Yes(row);
        }
        let unclear = |reason: String| Answer::Unclear {
            reason,
            evidence: Evidence::all(theirs.iter().map(|(row, _)| &row.citation)),
        };
        if theirs.is_empty() {
            return unclear(format!("the roster has no {person}"));
        }
        if let Some(doubt) = then.iter().find_map(|(_, doubt)| doubt.as_ref()) {
            return unclear(doubt.reason.clone());
        }
        if let Some(open) = sound.iter().find(|row| is(&row.value).is_none()) {
            let RoleHolder { role, team, .. } = &open.value;
            let team = team.as_deref().unwrap_or("no team");
            return unclear(format!(
                "the roster has {person} as {role} in {team}, which does not settle it"
            ));
        }
        if sound.is_empty() {
            return unclear(format!("the roster does not have {person} on {day}"));
        }
        Answer::No(sound)
    }

    /// Whether `person` held one of `offices` on `day`.
    pub fn holds(&self, person: &str, day: NaiveDate, offices: &[Office]) -> Answer<'a> {
        self.ask(person, day, |row| {
            Some(Office::of(&row.role).is_some_and(|office| offices.contains(&office)))
        })
    }

    /// Whether `person` was in `team` on `day`. A row without a team says nothing, nor does one with a name that neither
    /// the policy nor management has settled.
    pub fn is_in(&self, person: &str, day: NaiveDate, team: Team) -> Answer<'a> {
        self.ask(person, day, |row| team.is(row.team.as_deref(), self.aliases))
    }

    /// The rows in force on `day` against which nothing stands.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &'a Observed<RoleHolder>> {
        let sound = self.rows.iter().filter(|(_, doubt)| doubt.is_none());
        sound
            .map(|(row, _)| *row)
            .filter(move |row| in_force(&row.value, day))
    }
}

fn in_force(row: &RoleHolder, day: NaiveDate) -> bool {
    row.from <= day && row.to.is_none_or(|to| day <= to)
}

/// What a person was on a day, for readers: the roles of `rows`.
pub fn roles(rows: &[&Observed<RoleHolder>]) -> String {
    let roles: Vec<&str> = rows.iter().map(|row| row.value.role.as_str()).collect();
    roles.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::World;
    use crate::evaluate::testing_governance::holder;
    use crate::model::source::Source;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// Asks for the CTO, and says the answer in short.
    #[track_caller]
    fn cto(world: &World, person: &str, on: &str, expected: &str) {
        let context = Context {
            scope: &world.scope,
            criteria: &world.criteria,
            records: &world.records,
        };
        let found = match Roster::of(&context).holds(person, day(on), &[Office::Cto]) {
            Answer::Yes(row) => format!("yes {}", row.value.role),
            Answer::No(rows) => format!("no {}", roles(&rows)),
            Answer::Unclear { reason, .. } => format!("unclear: {reason}"),
        };
        assert!(found.starts_with(expected), "expected {expected}, found {found}");
    }

    fn world() -> World {
        let mut world = World::new();
        let mut before = holder("p-001", "CTO", "Executive");
        before.from = day("2026-01-05");
        before.to = Some(day("2026-06-30"));
        world.add_holder(before);
        let mut after = holder("p-002", "Chief Technology Officer", "Executive");
        after.from = day("2026-07-01");
        world.add_holder(after);
        world
    }

    #[test]
    fn a_role_counts_from_its_first_day_to_its_last() {
        let world = world();
        cto(&world, "p-001", "2026-01-05", "yes CTO");
        cto(&world, "p-001", "2026-06-30", "yes CTO");
        cto(
            &world,
            "p-001",
            "2026-07-01",
            "unclear: the roster does not have p-001 on 2026-07-01",
        );
        cto(
            &world,
            "p-001",
            "2026-01-04",
            "unclear: the roster does not have p-001",
        );
        cto(&world, "p-002", "2026-07-01", "yes Chief");
        cto(&world, "p-003", "2026-07-01", "unclear: the roster has no p-003");
    }

    #[test]
    fn one_row_suffices_and_all_have_to_deny() {
        let mut world = world();
        world.add_holder(holder("p-002", "InfoSec Engineer", "InfoSec"));
        cto(&world, "p-002", "2026-07-01", "yes");
        cto(&world, "p-002", "2026-06-30", "no InfoSec Engineer");
    }

    #[test]
    fn a_row_in_doubt_denies_and_proves_nothing() {
        let mut world = world();
        world.add_holder(holder("p-002", "InfoSec Engineer", "InfoSec"));
        let row = &mut world.records.roster[1];
        row.stands = false;
        cto(
            &world,
            "p-002",
            "2026-07-01",
            "unclear: the newest complete export of role_roster",
        );
        let mut disputed = self::world();
        disputed.add_conflict(Source::RoleRoster, "roster:p-002:Chief Technology Officer");
        cto(
            &disputed,
            "p-002",
            "2026-07-01",
            "unclear: revisions of roster:p-002",
        );
    }

    #[test]
    fn a_team_that_is_not_settled_answers_nothing() {
        let mut world = World::new();
        world.add_holder(holder("p-006", "Engineer", "SRE"));
        let mut teamless = holder("p-007", "Engineer", "");
        teamless.team = None;
        world.add_holder(teamless);
        world.add_holder(holder("p-008", "Engineer", "DevOps"));
        let context = Context {
            scope: &world.scope,
            criteria: &world.criteria,
            records: &world.records,
        };
        let roster = Roster::of(&context);
        let ask = |person: &str, team| roster.is_in(person, day("2026-07-01"), team);
        assert!(matches!(ask("p-006", Team::InCharge), Answer::Unclear { .. }));
        assert!(matches!(ask("p-006", Team::WebServices), Answer::No(_)));
        assert!(matches!(ask("p-007", Team::WebServices), Answer::Unclear { .. }));
        assert!(matches!(ask("p-008", Team::InCharge), Answer::Yes(_)));
        assert!(matches!(ask("p-008", Team::InfoSec), Answer::No(_)));
        let mut approved = world.clone();
        approved.criteria.team_aliases = Some(vec!["SRE".to_owned()]);
        let context = Context {
            criteria: &approved.criteria,
            ..context
        };
        let settled = Roster::of(&context).is_in("p-006", day("2026-07-01"), Team::InCharge);
        assert!(matches!(settled, Answer::Yes(_)));
        assert_eq!(roster.on(day("2023-12-31")).count(), 0);
        assert_eq!(roster.on(day("2024-01-01")).count(), 3);
    }

    #[test]
    fn management_goes_by_the_name_of_the_role() {
        for role in [
            "CMO",
            "DevOps Lead",
            "Head of Operations",
            "Chief of Staff",
            "IT Director",
        ] {
            assert!(is_management(role), "{role}");
        }
        for role in ["DevOps Engineer", "Lead Engineer", "", "Misleading"] {
            assert!(!is_management(role), "{role}");
        }
    }
}
