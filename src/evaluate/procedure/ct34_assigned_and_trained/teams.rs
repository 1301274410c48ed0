//! The teams that the policies name: whether somebody was designated on every day, and who leads them.

use super::Trial;
use crate::evaluate::roles::Office;
use crate::evaluate::statements::about;
use crate::evaluate::team::{IN_CHARGE, Membership, Team};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::RoleHolder;

const WEB: &str = "Web Services";
/// Each name, and the statements that speak of the team by it.
const NAMES: [(&str, &[&str]); 4] = [
    (IN_CHARGE, &["DM-6.2-2"]),
    ("SRE", &["DM-6.3-7"]),
    ("Ops", &["DR-13.3-1"]),
    (WEB, &["DR-13.3-1"]),
];

impl<'a> Trial<'a> {
    /// An item for each name of a team, and one for the leader of each of the two teams.
    pub(super) fn examine_teams(&self, builder: &mut FindingBuilder) {
        for (name, statements) in NAMES {
            let id = format!("team/{name}/designation");
            self.examine_team(&id, name, builder);
            builder.only_about(&id, &about(statements));
        }
        for name in [IN_CHARGE, WEB] {
            let id = format!("team/{name}/leader");
            self.examine_leader(&id, name, builder);
            builder.only_about(&id, &about(&["DR-13.3-1"]));
        }
    }

    /// Whether a row is of the team that a policy calls `name`; `None` where management has not resolved its name.
    fn is_of(&self, row: &RoleHolder, name: &str) -> Option<bool> {
        if name == WEB {
            return Some(Team::WebServices.is(row.team.as_deref(), None) == Some(true));
        }
        let aliases = self.context.criteria.team_aliases.as_ref();
        let is_in_charge =
            name == IN_CHARGE || aliases.is_some_and(|aliases| aliases.iter().any(|alias| alias == name));
        match self.membership(row) {
            _ if row.team.as_deref() == Some(name) => Some(true),
            Membership::InCharge if is_in_charge => Some(true),
            Membership::InCharge | Membership::Unresolved if !is_in_charge && aliases.is_none() => None,
            Membership::Unresolved => None,
            Membership::InCharge | Membership::Other => Some(false),
        }
    }

    fn examine_team(&self, id: &str, name: &str, builder: &mut FindingBuilder) {
        let rows: Vec<_> = self
            .context
            .records
            .roster
            .iter()
            .filter(|row| self.days_of(&row.value).is_some() && self.is_of(&row.value, name) != Some(false))
            .collect();
        let (sound, open): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| self.is_of(&row.value, name) == Some(true) && self.doubt(row).is_none());
        let on = |rows: &[&Observed<RoleHolder>], day| {
            rows.iter().any(|row| {
                self.days_of(&row.value)
                    .is_some_and(|(from, to)| from <= day && day <= to)
            })
        };
        let (first, last) = self.days;
        let without = first
            .iter_days()
            .take_while(|day| *day <= last)
            .find(|day| !on(&sound, *day));
        let evidence = Evidence::all(sound.iter().chain(&open).map(|row| &row.citation));
        let (proof, evidence) = match (&self.roster, evidence) {
            (Err(gaps), evidence) => return builder.gap(id, gaps, evidence),
            (Ok(proof), evidence) => {
                let searched = Evidence::absence_in(proof);
                (
                    proof,
                    evidence.map_or(searched.clone(), |rows| rows.and(searched)),
                )
            }
        };
        match without {
            None => builder.supported(id, proof, evidence),
            Some(day) if on(&open, day) => {
                let reason = format!(
                    "on {day} the roster has no sound row of a team {name}, and management has not resolved which team is meant"
                );
                builder.indeterminate(
                    id,
                    reason,
                    "approved team_aliases, and rows without contradictions",
                    evidence,
                );
            }
            Some(day) => {
                let condition = format!("on {day} nobody was designated to the team {name}");
                let criterion = "the team is designated, with members, on every day";
                builder.exception(id, Severity::Medium, condition, criterion, evidence);
            }
        }
    }

    fn examine_leader(&self, id: &str, name: &str, builder: &mut FindingBuilder) {
        let rows = self.context.records.roster.iter().filter(|row| {
            let leads = row.value.leads.iter().any(|team| team == name);
            leads && self.days_of(&row.value).is_some_and(|(_, to)| to == self.days.1)
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| (&row.value.person, &row.citation));
        if let Some(doubt) = rows.iter().find_map(|row| self.doubt(row)) {
            return builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        }
        let evidence = Evidence::all(rows.iter().map(|row| &row.citation));
        let (proof, searched) = match &self.roster {
            Err(gaps) => return builder.gap(id, gaps, evidence),
            Ok(proof) => (proof, Evidence::absence_in(proof)),
        };
        let Some(evidence) = evidence else {
            let reason = format!("the roster says of nobody that he leads the team {name}");
            return builder.indeterminate(id, reason, "who leads it", searched);
        };
        let other = rows
            .iter()
            .find(|row| Office::of(&row.value.role) != Some(Office::Cto));
        match other {
            None => builder.supported(id, proof, evidence),
            Some(row) => {
                let condition = format!("{}, {}, leads the team {name}", row.value.person, row.value.role);
                let criterion = "the CTO leads the team";
                builder.exception(id, Severity::Medium, condition, criterion, evidence);
            }
        }
    }
}
