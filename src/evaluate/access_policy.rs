//! What a vault's access policy keeps people from doing, and to whom it gives.

use std::collections::BTreeSet;

use super::selects::is_like;
use crate::model::records::protection::{AccessPolicy, Listed, PolicyCondition, PolicyStatement};

/// What somebody could undo a backup's protection with.
pub const UNDOING: [&str; 3] = [
    "backup:DeleteRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:PutBackupVaultAccessPolicy",
];

/// To whom a policy leaves what [`UNDOING`] names: it denies each to all others. `Err` gives the first that it does not
/// deny to all but a list.
pub fn left_to(policy: &AccessPolicy) -> Result<BTreeSet<String>, &'static str> {
    let mut left = BTreeSet::new();
    for action in UNDOING {
        let denials = policy
            .statements
            .iter()
            .filter_map(|statement| denies(statement, action));
        // Several denials leave less than each of them: the shortest list is at least as long as what they leave.
        left.extend(denials.min_by_key(BTreeSet::len).ok_or(action)?);
    }
    Ok(left)
}

/// To whom a statement leaves `action`, given that it denies it to all others, for whatever the vault holds.
fn denies(statement: &PolicyStatement, action: &str) -> Option<BTreeSet<String>> {
    let everything =
        matches!(&statement.resources, Some(Listed::Only(list)) if list.iter().any(|one| one == "*"));
    if statement.allows || !everything || !covers(&statement.actions, action) {
        return None;
    }
    let left = match (&statement.principals, statement.conditions.as_slice()) {
        (Listed::Only(who), []) if who.iter().any(|one| one == "*") => Some(&[][..]),
        (Listed::Only(who), [condition]) if who.iter().any(|one| one == "*") => excepted(condition),
        (Listed::AllBut(who), []) => Some(who.as_slice()),
        _ => None,
    };
    // Who may be anybody is nobody in particular.
    let left = left.filter(|left| {
        left.iter()
            .all(|one| one.chars().any(|c| c.is_ascii_alphanumeric()))
    });
    left.map(|left| left.iter().cloned().collect())
}

/// The principals whom a condition takes out of a denial. Any other condition makes the denial one of special cases.
fn excepted(condition: &PolicyCondition) -> Option<&[String]> {
    let negated = ["ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike"];
    let by_principal = ["aws:PrincipalArn", "aws:userid"];
    let is = |list: &[&str], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    (is(&negated, &condition.operator) && is(&by_principal, &condition.key))
        .then_some(condition.values.as_slice())
}

fn covers(actions: &Listed, action: &str) -> bool {
    let named = |list: &[String]| {
        list.iter()
            .any(|pattern| is_like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()))
    };
    match actions {
        Listed::Only(list) => named(list),
        Listed::AllBut(list) => !named(list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &str) -> Vec<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    /// A denial of everything to everybody, then changed.
    pub(super) fn denial(change: impl FnOnce(&mut PolicyStatement)) -> PolicyStatement {
        let mut statement = PolicyStatement {
            allows: false,
            principals: Listed::Only(list("*")),
            actions: Listed::Only(list("backup:*")),
            resources: Some(Listed::Only(list("*"))),
            conditions: Vec::new(),
        };
        change(&mut statement);
        statement
    }

    fn condition(operator: &str, key: &str) -> PolicyCondition {
        PolicyCondition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: list("arn:aws:iam::1:role/a"),
        }
    }

    fn left(statements: Vec<PolicyStatement>) -> Result<Vec<String>, &'static str> {
        left_to(&AccessPolicy { statements }).map(|left| left.into_iter().collect())
    }

    #[test]
    fn a_policy_denies_all_three_to_all_but_a_list() {
        assert_eq!(left(vec![denial(|_| {})]), Ok(vec![]));
        let but = denial(|s| s.conditions = vec![condition("ArnNotEquals", "aws:PrincipalArn")]);
        assert_eq!(left(vec![but.clone()]), Ok(list("arn:aws:iam::1:role/a")));
        let not = denial(|s| s.principals = Listed::AllBut(list("arn:aws:iam::1:role/b")));
        assert_eq!(left(vec![not.clone()]), Ok(list("arn:aws:iam::1:role/b")));
        // Everybody and somebody is everybody, as a statement or with an exception.
        let everybody = || Listed::Only(list("* arn:aws:iam::1:role/b"));
        assert_eq!(left(vec![denial(|s| s.principals = everybody())]), Ok(vec![]));
        let mut all_but = but.clone();
        all_but.principals = everybody();
        assert_eq!(left(vec![all_but]), Ok(list("arn:aws:iam::1:role/a")));
        assert_eq!(
            left(vec![but, denial(|_| {})]),
            Ok(vec![]),
            "a second denial leaves nobody"
        );
        for (n, action) in UNDOING.iter().enumerate() {
            let mut rest: Vec<_> = UNDOING.iter().map(|one| (*one).to_owned()).collect();
            rest.remove(n);
            assert_eq!(
                left(vec![denial(|s| s.actions = Listed::Only(rest))]),
                Err(*action)
            );
            let but = Listed::AllBut(list(action));
            assert_eq!(left(vec![denial(|s| s.actions = but)]), Err(*action));
        }
    }

    #[test]
    fn a_denial_of_special_cases_is_none() {
        let first = Err(UNDOING[0]);
        assert_eq!(left(vec![]), first);
        assert_eq!(left(vec![denial(|s| s.allows = true)]), first);
        assert_eq!(left(vec![denial(|s| s.resources = None)]), first);
        let one = Some(Listed::Only(list("arn:aws:ec2:us-east-1::snapshot/*")));
        assert_eq!(left(vec![denial(|s| s.resources = one)]), first);
        let some = Listed::Only(list("arn:aws:iam::1:role/a"));
        assert_eq!(left(vec![denial(|s| s.principals = some)]), first);
        for conditions in [
            vec![condition("StringEquals", "aws:PrincipalArn")],
            vec![condition("StringNotEquals", "aws:SourceIp")],
            vec![condition("ArnNotLike", "aws:PrincipalArn"); 2],
        ] {
            assert_eq!(left(vec![denial(|s| s.conditions = conditions)]), first);
        }
        let anybody = PolicyCondition {
            values: list("*"),
            ..condition("ArnNotLike", "aws:PrincipalArn")
        };
        assert_eq!(left(vec![denial(|s| s.conditions = vec![anybody])]), first);
    }
}
