//! The approved access list, and who has left.

use super::SEVERITY;
use crate::evaluate::approval::is_another;
use crate::evaluate::context::Context;
use crate::evaluate::facts::{doubt, register};
use crate::evaluate::wildcard;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::Observed;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::records::governance::{ApprovedAccess, RoleHolder};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of};

/// What was approved, and on what it rests.
pub(super) struct Grants<'a> {
    context: &'a Context<'a>,
    /// Proof that the roster is whole.
    pub(super) roster: Result<Proof, Vec<Gap>>,
}

/// How far the approved list covers a principal.
pub(super) struct Approved {
    /// The rows that approve something.
    pub(super) rows: Vec<Evidence>,
    /// What is not approved, in words.
    pub(super) missing: Option<String>,
    /// Whether `*` alone stands for all that is approved.
    pub(super) by_everything: bool,
}

impl<'a> Grants<'a> {
    /// The list of the roster.
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        Self {
            context,
            roster: register(context, Source::RoleRoster),
        }
    }

    /// The rows of the roster against which nothing stands.
    fn sound(&self) -> impl Iterator<Item = &'a Observed<RoleHolder>> {
        let records = self.context.records;
        records
            .roster
            .iter()
            .filter(|row| doubt(records, row, &[&row.value.id]).is_none())
    }

    /// Whether nothing was approved for anybody: there is no list.
    pub(super) fn is_empty(&self) -> bool {
        let none = self.context.criteria.expected_service_roles.is_none();
        none && self.sound().all(|row| row.value.approved_access.is_empty())
    }

    /// The accesses to `principal` that somebody else approved, in force at `at`, with their rows.
    pub(super) fn to(
        &self,
        principal: &str,
        at: Instant,
    ) -> Vec<(&'a Observed<RoleHolder>, &'a ApprovedAccess)> {
        let day = day_of(at, self.context.scope.period.zone());
        let in_force = |row: &RoleHolder| row.from <= day && row.to.is_none_or(|to| day <= to);
        let rows = self.sound().filter(|row| in_force(&row.value));
        let all = rows.flat_map(|row| row.value.approved_access.iter().map(move |access| (row, access)));
        let counts = |row: &RoleHolder, access: &ApprovedAccess| {
            let by_another = is_another(&access.approved_by, &row.person);
            let lasts = access.approved < at && access.until.is_none_or(|until| at < until);
            access.principal == principal && by_another && lasts
        };
        all.filter(|(row, access)| counts(&row.value, access)).collect()
    }

    /// How far the list covers `actions` of `principal` at `at`.
    pub(super) fn approved(&self, principal: &IamEntity, actions: &[&str], at: Instant) -> Approved {
        let expected = self.context.criteria.expected_service_roles.iter().flatten();
        let mut expected = expected.filter(|pattern| wildcard::matches(pattern, &principal.arn));
        if principal.kind == IamKind::Role && expected.next().is_some() {
            return Approved {
                rows: Vec::new(),
                missing: None,
                by_everything: false,
            };
        }
        let given = self.to(&principal.arn, at);
        let all: Vec<&str> = given
            .iter()
            .flat_map(|(_, access)| access.actions.iter().map(String::as_str))
            .collect();
        let named: Vec<&str> = all.iter().copied().filter(|pattern| *pattern != "*").collect();
        let missing = actions.iter().find(|action| !covers(&all, action));
        Approved {
            missing: missing.map(|action| match given.is_empty() {
                true => "no approved access names it".to_owned(),
                false => format!("its approved access does not name {action}"),
            }),
            by_everything: !actions.iter().all(|action| covers(&named, action)),
            rows: given.iter().map(|(row, _)| Evidence::of(&row.citation)).collect(),
        }
    }

    /// The row of the person whose user it is, and who had left by `at`: of everybody with that identity, nobody is in the
    /// roster on that day.
    pub(super) fn left(&self, principal: &IamEntity, at: Instant) -> Option<&'a Observed<RoleHolder>> {
        if principal.kind != IamKind::User {
            return None;
        }
        let day = day_of(at, self.context.scope.period.zone());
        let theirs = self
            .sound()
            .filter(|row| row.value.identities.contains(&principal.arn));
        let theirs: Vec<_> = theirs.collect();
        let over = |row: &&Observed<RoleHolder>| row.value.to.is_some_and(|to| to < day);
        let newest = theirs
            .iter()
            .copied()
            .max_by_key(|row| (row.value.to, &row.value.id))?;
        theirs.iter().all(over).then_some(newest)
    }

    /// An EXCEPTION that rests on what the roster does not hold.
    pub(super) fn refuse(
        &self,
        id: &str,
        condition: String,
        criterion: &str,
        evidence: Evidence,
        builder: &mut FindingBuilder,
    ) {
        match &self.roster {
            Err(gaps) => builder.gap(id, gaps, Some(evidence)),
            Ok(searched) => {
                let evidence = evidence.and(Evidence::absence_in(searched));
                builder.exception(id, SEVERITY, condition, criterion, evidence);
            }
        }
    }
}

/// Whether any of `patterns` stands for `action`; letter case says nothing.
fn covers(patterns: &[&str], action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    patterns
        .iter()
        .any(|pattern| wildcard::matches(&pattern.to_ascii_lowercase(), &action))
}
