//! What AWS Backup selects: the rules by which a selection's ARNs, tags and conditions choose a resource.
//!
//! `Resources` and `ListOfTags` each select by themselves, and neither of them selects everything; `Conditions` must then
//! all hold, and `NotResources` always excludes (AWS Backup developer guide, BackupSelection).

use std::collections::BTreeMap;

use crate::model::ids::ResourceId;
use crate::model::records::backups::{Selection, TagCondition, TagOperator};

/// Whether a selection chooses a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// By its own ARN, which needs no opt-in of its type.
    ByName,
    /// By a wildcard or by tags.
    ByRule,
    /// Tags decide, and nobody knows them.
    Unknown,
    /// It does not.
    No,
}

/// Whether `selection` chooses `resource`, whose tags are `tags` where the independent listing shows them.
pub fn chooses(
    selection: &Selection,
    resource: &ResourceId,
    tags: Option<&BTreeMap<String, String>>,
) -> Choice {
    let arn = resource.as_str();
    if selection
        .not_resources
        .iter()
        .any(|pattern| is_like(pattern, arn))
    {
        return Choice::No;
    }
    let everything = selection.resources.is_empty() && selection.tags.is_empty();
    let by_tag = match tags {
        _ if selection.tags.is_empty() => Some(false),
        None => None,
        Some(tags) => Some(
            selection
                .tags
                .iter()
                .any(|(key, value)| tags.get(key) == Some(value)),
        ),
    };
    let chosen = if selection.resources.iter().any(|named| named == arn) {
        Choice::ByName
    } else if everything
        || selection.resources.iter().any(|pattern| is_like(pattern, arn))
        || by_tag == Some(true)
    {
        Choice::ByRule
    } else if by_tag.is_none() {
        Choice::Unknown
    } else {
        return Choice::No;
    };
    let conditions = selection
        .conditions
        .iter()
        .map(|condition| holds(condition, tags));
    conditions.fold(chosen, |chosen, holds| match (chosen, holds) {
        (Choice::No, _) | (_, Some(false)) => Choice::No,
        (_, None) => Choice::Unknown,
        (chosen, Some(true)) => chosen,
    })
}

/// `None` where nobody can tell: tags that are not known, or a negated condition on a tag that is not there.
fn holds(condition: &TagCondition, tags: Option<&BTreeMap<String, String>>) -> Option<bool> {
    let value = tags?.get(&condition.key);
    match (condition.operator, value) {
        (TagOperator::Equals, value) => Some(value == Some(&condition.value)),
        (TagOperator::Like, value) => Some(value.is_some_and(|value| is_like(&condition.value, value))),
        (TagOperator::NotEquals, value) => Some(*value? != condition.value),
        (TagOperator::NotLike, value) => Some(!is_like(&condition.value, value?)),
    }
}

/// Whether `text` has the form of `pattern`, in which `*` stands for any text.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ec2:us-east-1:111122223333:volume/vol-1";

    fn choice(build: impl Fn(&mut Selection), tags: Option<&[(&str, &str)]>) -> Choice {
        let mut selection = Selection {
            id: "s".to_owned(),
            plan: "p".to_owned(),
            account: "111122223333".parse().expect("an account"),
            region: "us-east-1".parse().expect("a region"),
            from: crate::evaluate::testing::at("2026-01-01"),
            gone_after: None,
            absent_from: None,
            resources: Vec::new(),
            not_resources: Vec::new(),
            tags: Vec::new(),
            conditions: Vec::new(),
        };
        build(&mut selection);
        let tags = tags.map(|tags| {
            tags.iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        });
        chooses(&selection, &ARN.parse().expect("a resource"), tags.as_ref())
    }

    fn condition(operator: TagOperator, key: &str, value: &str) -> TagCondition {
        TagCondition {
            operator,
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn arns_wildcards_and_exclusions() {
        assert_eq!(choice(|s| s.resources = vec![ARN.into()], None), Choice::ByName);
        for (pattern, chosen) in [
            ("*", Choice::ByRule),
            ("arn:aws:ec2:*:*:volume/*", Choice::ByRule),
            ("arn:aws:ec2:*:*:instance/*", Choice::No),
            ("arn:aws:ec2:*:*:volume/*2", Choice::No),
            ("arn:aws:ec2:us-east-1:111122223333:volume/vol-", Choice::No),
        ] {
            assert_eq!(
                choice(|s| s.resources = vec![pattern.into()], None),
                chosen,
                "{pattern}"
            );
        }
        let excluded = |s: &mut Selection| {
            s.resources = vec![ARN.into()];
            s.not_resources = vec!["arn:aws:ec2:*".into()];
        };
        assert_eq!(choice(excluded, None), Choice::No);
        assert_eq!(
            choice(|_| {}, None),
            Choice::ByRule,
            "a selection of nothing selects everything"
        );
    }

    #[test]
    fn tags_select_by_any_and_conditions_by_all() {
        let tags = |s: &mut Selection| {
            s.tags = vec![("backup".into(), "daily".into()), ("tier".into(), "gold".into())];
        };
        assert_eq!(choice(tags, Some(&[("tier", "gold")])), Choice::ByRule);
        assert_eq!(choice(tags, Some(&[("tier", "lead")])), Choice::No);
        assert_eq!(choice(tags, None), Choice::Unknown);
        let all = |s: &mut Selection| {
            s.resources = vec!["*".into()];
            s.conditions = vec![
                condition(TagOperator::Equals, "backup", "daily"),
                condition(TagOperator::NotLike, "tier", "t*"),
            ];
        };
        assert_eq!(
            choice(all, Some(&[("backup", "daily"), ("tier", "gold")])),
            Choice::ByRule
        );
        assert_eq!(
            choice(all, Some(&[("backup", "daily"), ("tier", "test")])),
            Choice::No
        );
        assert_eq!(
            choice(all, Some(&[("backup", "daily")])),
            Choice::Unknown,
            "negation of what is not there"
        );
        assert_eq!(choice(all, Some(&[("tier", "gold")])), Choice::No);
        let with = |operator: TagOperator, tags: &[(&str, &str)]| {
            let one = |s: &mut Selection| {
                s.resources = vec!["*".into()];
                s.conditions = vec![condition(operator, "tier", "gold")];
            };
            choice(one, Some(tags))
        };
        let (gold, lead) = (&[("tier", "gold")], &[("tier", "lead")]);
        for operator in [TagOperator::Equals, TagOperator::Like] {
            let chosen = [&gold[..], &lead[..], &[]].map(|tags| with(operator, tags));
            assert_eq!(chosen, [Choice::ByRule, Choice::No, Choice::No], "{operator:?}");
        }
        for operator in [TagOperator::NotEquals, TagOperator::NotLike] {
            let chosen = [&gold[..], &lead[..], &[]].map(|tags| with(operator, tags));
            assert_eq!(
                chosen,
                [Choice::No, Choice::ByRule, Choice::Unknown],
                "{operator:?}"
            );
        }
        assert_eq!(choice(all, None), Choice::Unknown);
    }
}
