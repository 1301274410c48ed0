//! Who receives a backup, by what a call or a policy says.

use crate::model::records::backups::Event;
use crate::model::records::protection::{AccessPolicy, Listed, PolicyStatement};

/// Somebody who receives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Recipient {
    /// Everybody.
    Public,
    /// An AWS account.
    Account(String),
    /// Nobody can tell who, and why not.
    Hidden(String),
}

/// The calls by which a snapshot or image is shared, with the pointer that what is added stands below.
const SHARES: [(&str, &str, &[&str]); 4] = [
    (
        "ec2.amazonaws.com",
        "ModifySnapshotAttribute",
        &["/createVolumePermission/add/"],
    ),
    (
        "ec2.amazonaws.com",
        "ModifyImageAttribute",
        &["/launchPermission/add/"],
    ),
    (
        "rds.amazonaws.com",
        "ModifyDBSnapshotAttribute",
        &["/valuesToAdd/"],
    ),
    (
        "rds.amazonaws.com",
        "ModifyDBClusterSnapshotAttribute",
        &["/valuesToAdd/"],
    ),
];

/// What is taken away stands below one of these.
const REMOVALS: [&str; 3] = [
    "/createVolumePermission/remove/",
    "/launchPermission/remove/",
    "/valuesToRemove/",
];

/// Whether the call shares snapshots or images, or shares them less.
pub(super) fn shares(event: &Event) -> bool {
    added_below(event).is_some()
}

fn added_below(event: &Event) -> Option<&'static [&'static str]> {
    let mut calls = SHARES.iter();
    let call = calls.find(|(source, name, _)| *source == event.source && *name == event.name)?;
    Some(call.2)
}

/// Whom the call shares with; empty where it only takes away.
pub(super) fn of_share(event: &Event) -> Vec<Recipient> {
    let hidden = |why: &str| vec![Recipient::Hidden(why.to_owned())];
    let Some(request) = &event.request else {
        return hidden("the event leaves its parameters out");
    };
    let below = added_below(event).unwrap_or_default();
    let is_below =
        |pointer: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| pointer.starts_with(prefix));
    let added: Vec<_> = request
        .iter()
        .filter(|(pointer, _)| is_below(pointer, below))
        .map(|(_, who)| who_is(who))
        .collect();
    let only_taken = request.keys().any(|pointer| is_below(pointer, &REMOVALS));
    if added.is_empty() && !only_taken && !changes_something_else(event) {
        return hidden("the event names nobody");
    }
    added
}

/// Images have descriptions and other attributes too.
fn changes_something_else(event: &Event) -> bool {
    let request = event.request.iter().flatten();
    event.name == "ModifyImageAttribute"
        && request.into_iter().all(|(pointer, value)| {
            let about_launching = pointer == "/attributeType" && value == "launchPermission";
            !pointer.starts_with("/launchPermission") && !about_launching
        })
}

/// `all`, an account, or an ARN of one.
fn who_is(text: &str) -> Recipient {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["all"] | ["*"] => Recipient::Public,
        [id] if account(id) => Recipient::Account(id.to_owned()),
        ["arn", _, "iam" | "sts", _, id, _] if account(id) => Recipient::Account(id.to_owned()),
        _ => Recipient::Hidden(format!("it is given to {text}")),
    }
}

/// The accounts that share a vault: principals of a resource share, whose members are their values.
pub(super) fn of_resource_share(event: &Event) -> Vec<Recipient> {
    let request = event.request.iter().flatten();
    let named: Vec<_> = request
        .filter(|(pointer, _)| pointer.starts_with("/principals/"))
        .map(|(_, who)| who_is(who))
        .collect();
    if event.request.is_none() {
        return vec![Recipient::Hidden(
            "the event leaves its parameters out".to_owned(),
        )];
    }
    named
}

/// Whom a vault's policy lets have backups, other than the vault's `own` account and AWS' services.
pub(super) fn of_policy(policy: &AccessPolicy, own: &str) -> Vec<Recipient> {
    let allowing = policy
        .statements
        .iter()
        .filter(|statement| statement.allows && gives(statement));
    let mut found: Vec<_> = allowing.flat_map(of_statement).collect();
    found.retain(|recipient| *recipient != Recipient::Account(own.to_owned()));
    found.sort();
    found.dedup();
    found
}

/// To let others copy into a vault gives nobody anything.
fn gives(statement: &PolicyStatement) -> bool {
    match &statement.actions {
        Listed::Only(actions) => actions
            .iter()
            .any(|action| action != "backup:CopyIntoBackupVault"),
        Listed::AllBut(_) => true,
    }
}

fn of_statement(statement: &PolicyStatement) -> Vec<Recipient> {
    let Listed::Only(principals) = &statement.principals else {
        return vec![Recipient::Public];
    };
    let each = principals.iter().filter(|who| !who.starts_with("Service:"));
    let each = each.map(|who| match who_is(who) {
        Recipient::Public if !statement.conditions.is_empty() => narrowed(statement),
        who => vec![who],
    });
    each.flatten().collect()
}

/// Everybody, if only a condition holds: accounts where it names them.
fn narrowed(statement: &PolicyStatement) -> Vec<Recipient> {
    for condition in &statement.conditions {
        let is = |word: &str, text: &str| word.eq_ignore_ascii_case(text);
        let equals = is("StringEquals", &condition.operator);
        if equals && (is("aws:PrincipalAccount", &condition.key) || is("aws:SourceAccount", &condition.key)) {
            return condition.values.iter().map(|who| who_is(who)).collect();
        }
    }
    let texts = statement.conditions.iter().map(|condition| {
        format!(
            "{} {} {}",
            condition.key,
            condition.operator,
            condition.values.join(", ")
        )
    });
    let texts: Vec<_> = texts.collect();
    vec![Recipient::Hidden(format!(
        "it is given to whoever meets {}",
        texts.join(" and ")
    ))]
}
