//! What a principal of IAM may do, as far as identity policies and boundaries tell it (IAM user guide, *Policy evaluation
//! logic*).
//!
//! An explicit denial wins, then an allowance is needed, in the identity's own policies and in its boundary. What can't be
//! decided counts as the upper bound of what may be: a condition of an allowance may hold, one of a denial may not; a
//! policy that the snapshot does not have may allow anything. Service control policies and session policies only take
//! away: an answer without them is an upper bound too, and [`Power::Perhaps`] at the most.

use std::collections::BTreeMap;

use super::wildcard;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::records::protection::{Listed, PolicyStatement};

/// How far a principal may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// Not at all: nothing allows it, or it is denied without a condition.
    None,
    /// At most: a condition, or a policy that is not there, decides.
    Perhaps,
    /// By its own policies, on everything, without a condition.
    Whole,
}

/// The policies of one snapshot of an account.
#[derive(Debug)]
pub struct Permissions<'a> {
    policies: BTreeMap<&'a str, &'a IamEntity>,
    groups: BTreeMap<&'a str, &'a IamEntity>,
}

impl<'a> Permissions<'a> {
    /// Those of `snapshot`.
    pub fn of(snapshot: &[&'a IamEntity]) -> Self {
        let of_kind = |kind: IamKind| snapshot.iter().copied().filter(move |entity| entity.kind == kind);
        Self {
            policies: of_kind(IamKind::Policy)
                .map(|policy| (policy.arn.as_str(), policy))
                .collect(),
            groups: of_kind(IamKind::Group)
                .map(|group| (group.name.as_str(), group))
                .collect(),
        }
    }

    /// How far `principal` may call `action` on any of `resources`; `None` where nobody knows all of them.
    pub fn power(&self, principal: &'a IamEntity, action: &str, resources: Option<&[&str]>) -> Power {
        let (own, whole) = self.statements(principal);
        let granted = decide(&own, action, resources, whole);
        let bound = match principal.boundary.as_deref().map(|arn| self.policies.get(arn)) {
            None => Power::Whole,
            Some(None) => Power::Perhaps,
            Some(Some(policy)) => decide(
                &policy.statements.iter().collect::<Vec<_>>(),
                action,
                resources,
                true,
            ),
        };
        granted.min(bound)
    }

    /// All statements that a principal has of itself and by its groups, and whether none is missing.
    fn statements(&self, principal: &'a IamEntity) -> (Vec<&'a PolicyStatement>, bool) {
        let groups: Vec<_> = principal
            .groups
            .iter()
            .map(|name| self.groups.get(name.as_str()))
            .collect();
        let mut whole = groups.iter().all(Option::is_some);
        let mut statements = Vec::new();
        for entity in std::iter::once(principal).chain(groups.into_iter().flatten().copied()) {
            statements.extend(&entity.statements);
            for arn in &entity.attached {
                match self.policies.get(arn.as_str()) {
                    Some(policy) => statements.extend(&policy.statements),
                    None => whole = false,
                }
            }
        }
        (statements, whole)
    }
}

fn decide(statements: &[&PolicyStatement], action: &str, resources: Option<&[&str]>, whole: bool) -> Power {
    let about = |statement: &&&PolicyStatement| covers_action(&statement.actions, action);
    let denied = statements.iter().filter(about).any(|statement| {
        !statement.allows && statement.conditions.is_empty() && covers_everything(statement)
    });
    if denied {
        return Power::None;
    }
    let allowances = statements
        .iter()
        .filter(about)
        .filter(|statement| statement.allows);
    let mut power = if whole { Power::None } else { Power::Perhaps };
    for statement in allowances {
        if statement.conditions.is_empty() && covers_everything(statement) {
            return Power::Whole;
        }
        if may_cover(statement, resources) {
            power = Power::Perhaps;
        }
    }
    power
}

/// Actions are compared without regard to case.
fn covers_action(actions: &Listed, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let named = |list: &[String]| {
        list.iter()
            .any(|pattern| wildcard::matches(&pattern.to_ascii_lowercase(), &action))
    };
    match actions {
        Listed::Only(list) => named(list),
        Listed::AllBut(list) => !named(list),
    }
}

fn covers_everything(statement: &PolicyStatement) -> bool {
    matches!(&statement.resources, Some(Listed::Only(list)) if list.iter().any(|one| one == "*"))
}

/// Whether an allowance may be about any of `resources`. One with a policy variable, or without a word on resources, may;
/// so may any while the resources are not all known.
fn may_cover(statement: &PolicyStatement, resources: Option<&[&str]>) -> bool {
    let (Some(listed), Some(resources)) = (&statement.resources, resources) else {
        return true;
    };
    let open = |pattern: &String| pattern == "*" || pattern.contains("${");
    let named = |list: &[String], id: &&str| list.iter().any(|pattern| wildcard::matches(pattern, id));
    match listed {
        Listed::Only(list) => list.iter().any(open) || resources.iter().any(|id| named(list, id)),
        Listed::AllBut(list) => !resources.iter().all(|id| named(list, id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::records::protection::PolicyCondition;
    use crate::model::time::Instant;

    const ACTION: &str = "backup:DeleteRecoveryPoint";
    const POINT: &str = "arn:aws:backup:us-east-1:111122223333:recovery-point:p-1";

    fn list(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    fn statement(allows: bool, actions: &str, resources: &str) -> PolicyStatement {
        PolicyStatement {
            allows,
            principals: Listed::Only(Vec::new()),
            actions: Listed::Only(list(actions)),
            resources: Some(Listed::Only(list(resources))),
            conditions: Vec::new(),
        }
    }

    fn conditional(mut statement: PolicyStatement) -> PolicyStatement {
        statement.conditions = vec![PolicyCondition {
            operator: "Bool".to_owned(),
            key: "aws:MultiFactorAuthPresent".to_owned(),
            values: list("true"),
        }];
        statement
    }

    fn entity(kind: IamKind, name: &str, statements: Vec<PolicyStatement>) -> IamEntity {
        IamEntity {
            arn: format!("arn:aws:iam::111122223333:{kind:?}/{name}"),
            name: name.to_owned(),
            kind,
            at: Instant::UNIX_EPOCH,
            statements,
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
        }
    }

    fn power_of(user: &IamEntity, others: &[&IamEntity]) -> Power {
        Permissions::of(others).power(user, ACTION, Some(&[POINT]))
    }

    #[track_caller]
    fn check(statements: Vec<PolicyStatement>, expected: Power) {
        assert_eq!(power_of(&entity(IamKind::User, "u", statements), &[]), expected);
    }

    #[test]
    fn nothing_is_allowed_by_default_and_a_denial_wins() {
        let allow = || statement(true, "*", "*");
        check(vec![], Power::None);
        check(vec![allow()], Power::Whole);
        check(
            vec![allow(), statement(false, "backup:Delete*", "*")],
            Power::None,
        );
        check(
            vec![statement(false, "backup:Delete*", "*"), allow()],
            Power::None,
        );
        check(vec![allow(), statement(false, "kms:*", "*")], Power::Whole);
        check(
            vec![statement(true, "backup:deleterecoverypoint", "*")],
            Power::Whole,
        );
        check(
            vec![statement(true, "backup:Delete?ecoveryPoint", "*")],
            Power::Whole,
        );
        check(vec![statement(true, "backup:Start*", "*")], Power::None);
    }

    #[test]
    fn what_a_condition_decides_is_an_upper_bound() {
        let allow = || statement(true, "backup:*", "*");
        check(vec![conditional(allow())], Power::Perhaps);
        check(
            vec![allow(), conditional(statement(false, "*", "*"))],
            Power::Whole,
        );
        check(
            vec![conditional(allow()), statement(false, "*", "*")],
            Power::None,
        );
    }

    #[test]
    fn resources_are_those_in_scope() {
        let on = |resources: &str| statement(true, "backup:*", resources);
        check(vec![on(POINT)], Power::Perhaps);
        check(vec![on("arn:aws:backup:*:*:recovery-point:*")], Power::Perhaps);
        check(vec![on("arn:aws:backup:us-west-2:*")], Power::None);
        check(
            vec![on("arn:aws:backup:*:*:backup-vault:${aws:PrincipalTag/team}")],
            Power::Perhaps,
        );
        let mut silent = on("*");
        silent.resources = None;
        check(vec![silent], Power::Perhaps);
        let but = |resources: &str| {
            let mut all_but = on("*");
            all_but.resources = Some(Listed::AllBut(list(resources)));
            vec![all_but]
        };
        check(but("arn:aws:s3:::*"), Power::Perhaps);
        check(but("arn:aws:backup:*"), Power::None);
        // One of several patterns, and one of several resources, is enough.
        check(vec![on(&format!("arn:aws:s3:::* {POINT}"))], Power::Perhaps);
        check(
            vec![on("arn:aws:s3:::* arn:aws:s3:::${aws:username}")],
            Power::Perhaps,
        );
        check(but(&format!("arn:aws:s3:::* {POINT}")), Power::None);
        let other = "arn:aws:backup:us-east-1:111122223333:recovery-point:p-2";
        for statements in [vec![on(POINT)], but(POINT)] {
            let user = entity(IamKind::User, "u", statements);
            let power = Permissions::of(&[]).power(&user, ACTION, Some(&[POINT, other]));
            assert_eq!(power, Power::Perhaps);
        }
        let elsewhere = entity(IamKind::User, "u", vec![on("arn:aws:backup:us-west-2:*")]);
        let unknown = Permissions::of(&[]).power(&elsewhere, ACTION, None);
        assert_eq!(unknown, Power::Perhaps, "nobody knows all resources");
        // A denial of one thing leaves all others.
        check(vec![on("*"), statement(false, "*", POINT)], Power::Whole);
    }

    #[test]
    fn all_actions_but_a_list() {
        let but = |actions: &str, allows: bool| {
            let mut statement = statement(allows, "*", "*");
            statement.actions = Listed::AllBut(list(actions));
            statement
        };
        check(vec![but("iam:*", true)], Power::Whole);
        check(vec![but("backup:*", true)], Power::None);
        check(vec![statement(true, "*", "*"), but("iam:*", false)], Power::None);
        check(
            vec![statement(true, "*", "*"), but("backup:*", false)],
            Power::Whole,
        );
    }

    #[test]
    fn groups_attached_policies_and_boundaries_count() {
        let policy = |actions: &str| entity(IamKind::Policy, "p", vec![statement(true, actions, "*")]);
        let (wide, narrow) = (policy("backup:*"), policy("s3:*"));
        let mut user = entity(IamKind::User, "u", vec![]);
        user.attached = vec![wide.arn.clone()];
        assert_eq!(power_of(&user, &[&wide]), Power::Whole);
        assert_eq!(power_of(&user, &[&narrow]), Power::None);
        assert_eq!(power_of(&user, &[]), Power::Perhaps, "the policy is not there");
        let mut group = entity(IamKind::Group, "g", vec![]);
        group.attached = vec![wide.arn.clone()];
        let mut member = entity(IamKind::User, "m", vec![]);
        member.groups = vec!["g".to_owned()];
        assert_eq!(power_of(&member, &[&group, &wide]), Power::Whole);
        assert_eq!(
            power_of(&member, &[&wide]),
            Power::Perhaps,
            "the group is not there"
        );
        let mut bound = entity(IamKind::Role, "r", vec![statement(true, "*", "*")]);
        bound.boundary = Some(wide.arn.clone());
        assert_eq!(power_of(&bound, &[&wide]), Power::Whole);
        assert_eq!(power_of(&bound, &[&narrow]), Power::None);
        assert_eq!(power_of(&bound, &[]), Power::Perhaps, "the boundary is not there");
        bound.statements.clear();
        assert_eq!(
            power_of(&bound, &[&wide]),
            Power::None,
            "a boundary gives nothing"
        );
    }
}
