//! The outcomes of CT-33.

use State::{Exception, Indeterminate, Supported};
use chrono::TimeDelta;

use super::who_could;
use crate::evaluate::testing::backups::{check_order, ticket};
use crate::evaluate::testing::{ACCOUNT, World, at, check, observed, span};
use crate::evaluate::testing_governance::holder;
use crate::model::acquisition::PullOutcome;
use crate::model::estate::global;
use crate::model::finding::State;
use crate::model::records::Pulled;
use crate::model::records::access::{IamEntity, IamKind};
use crate::model::records::governance::ApprovedAccess;
use crate::model::records::protection::{Listed, PolicyCondition, PolicyStatement};
use crate::model::source::{Source, SourceKey};
use crate::model::time::Instant;

const ROLE: &str = "arn:aws:iam::111122223333:role/devops";
const GLASS: &str = "arn:aws:iam::111122223333:user/break-glass";
const TAKEN: &str = "2026-07-08T05:00";
const ITEM: &str = "111122223333/role/devops";

fn iam() -> SourceKey {
    SourceKey {
        source: Source::IamSnapshot,
        account: ACCOUNT.parse().expect("an account"),
        region: global(),
    }
}

fn allow(actions: &[&str]) -> PolicyStatement {
    PolicyStatement {
        allows: true,
        principals: Listed::Only(Vec::new()),
        actions: Listed::Only(actions.iter().map(|action| (*action).to_owned()).collect()),
        resources: Some(Listed::Only(vec!["*".to_owned()])),
        conditions: Vec::new(),
    }
}

fn entity(arn: &str, kind: IamKind, actions: &[&str], when: Instant) -> IamEntity {
    IamEntity {
        arn: arn.to_owned(),
        name: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        kind,
        at: when,
        statements: vec![allow(actions)],
        attached: Vec::new(),
        groups: Vec::new(),
        boundary: None,
    }
}

fn access(principal: &str, actions: &[&str]) -> ApprovedAccess {
    ApprovedAccess {
        principal: principal.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        approved_by: "p-001".to_owned(),
        approved: at("2026-01-15"),
        until: None,
        limits: None,
    }
}

impl World {
    fn add_entity(&mut self, entity: IamEntity) {
        let (seen, name) = (entity.at, entity.arn.clone());
        self.records.iam.push(observed(iam(), seen, &name, entity));
    }

    /// A whole snapshot, in the run of its day.
    fn add_snapshot(&mut self, when: &str) -> &mut Pulled {
        let operation = "iam:GetAccountAuthorizationDetails";
        let pulled = self.add_pull_at(at(when), Source::IamSnapshot, "us-east-1", operation);
        pulled.receipt.key = iam();
        pulled
    }
}

/// A snapshot with the people's role, approved; a review of the period; an identity for emergencies with its limits.
fn world() -> World {
    let mut world = World::new();
    world.add_snapshot(TAKEN);
    world.add_entity(entity(ROLE, IamKind::Role, &["backup:*", "kms:*"], at(TAKEN)));
    world.add_entity(entity(GLASS, IamKind::User, &["*"], at(TAKEN)));
    let mut engineer = holder("p-004", "Engineer", "DevOps");
    engineer.approved_access = vec![access(ROLE, &["backup:*", "kms:*"])];
    world.add_holder(engineer);
    let mut officer = holder("p-002", "Security Officer", "InfoSec");
    officer.approved_access = vec![access(GLASS, &["*"])];
    officer.approved_access[0].limits = Some("sealed; two persons".to_owned());
    world.add_holder(officer);
    world.add_holder(holder("p-001", "CTO", "Executive"));
    world.criteria.break_glass_identities = Some(vec![GLASS.to_owned()]);
    let mut review = ticket(ACCOUNT, "2026-07-02", Some("2026-07-03"), None);
    review.kind = "access_review".to_owned();
    world.add_ticket(review);
    world
}

/// What comes of one change: items that are not supported, of three.
#[track_caller]
fn becomes(edit: impl FnOnce(&mut World), expected: &[(&str, State, &str)]) {
    let mut world = world();
    edit(&mut world);
    check(&world, who_could, 3 - expected.len() as u64, expected);
}

fn grant(world: &mut World) -> &mut ApprovedAccess {
    &mut world.records.roster[0].value.approved_access[0]
}

#[test]
fn approved_principals_are_supported_though_the_answer_is_an_upper_bound() {
    let finding = check(&world(), who_could, 3, &[]);
    check_order(&world(), who_could);
    let ids: Vec<_> = finding.items().iter().map(|item| item.id()).collect();
    assert_eq!(
        ids,
        [
            "111122223333/review",
            ITEM,
            "emergency/arn:aws:iam::111122223333:user/break-glass"
        ]
    );
}

#[test]
fn an_approval_is_by_another_before_and_names_every_power() {
    let lacks = |edit: fn(&mut ApprovedAccess), words: &str| {
        becomes(|world| edit(grant(world)), &[(ITEM, Indeterminate, words)]);
    };
    lacks(
        |access| access.approved_by = "p-004".to_owned(),
        "no approved access",
    );
    lacks(|access| access.approved_by = String::new(), "no approved access");
    lacks(
        |access| access.approved_by = "P-004 ".to_owned(),
        "no approved access",
    );
    lacks(|access| access.approved = at(TAKEN), "no approved access");
    lacks(|access| access.until = Some(at(TAKEN)), "no approved access");
    lacks(
        |access| drop(access.actions.pop()),
        "does not name kms:DisableKey",
    );
    becomes(
        |world| grant(world).approved = at(TAKEN) - TimeDelta::seconds(1),
        &[],
    );
    becomes(
        |world| grant(world).until = Some(at(TAKEN) + TimeDelta::seconds(1)),
        &[],
    );
    // `*` does not say that one role may do both duties.
    lacks(|access| access.actions = vec!["*".to_owned()], "the two duties");
    becomes(
        |world| {
            grant(world).actions = vec!["*".to_owned()];
            world.records.iam[0].value.statements = vec![allow(&["kms:*"])];
        },
        &[],
    );
    becomes(
        |world| world.records.roster[0].stands = false,
        &[(ITEM, Indeterminate, "service control policies were not collected")],
    );
}

#[test]
fn no_list_at_all_is_said() {
    becomes(
        |world| {
            grant(world).actions.clear();
            world.records.roster[0].value.approved_access.clear();
            world.records.roster[1].value.approved_access.clear();
        },
        &[
            (ITEM, Indeterminate, "there is no approved list"),
            (
                "emergency/arn:aws:iam::111122223333:user/break-glass",
                Indeterminate,
                "states its limits",
            ),
        ],
    );
}

#[test]
fn who_administers_everything_outside_the_list_is_an_exception() {
    let admin = |world: &mut World| {
        world.records.roster[0].value.approved_access.clear();
        world.records.iam[0].value.statements = vec![allow(&["*"])];
    };
    becomes(
        admin,
        &[(
            ITEM,
            Exception,
            "administer everything; no approved access names it",
        )],
    );
    becomes(
        |world| {
            admin(world);
            world.records.iam[0].value.statements[0].conditions = vec![PolicyCondition {
                operator: "Bool".to_owned(),
                key: "aws:MultiFactorAuthPresent".to_owned(),
                values: vec!["true".to_owned()],
            }];
        },
        &[(ITEM, Indeterminate, "at the most")],
    );
    let mut unproven = world();
    admin(&mut unproven);
    unproven.unprove_all(Source::RoleRoster);
    let finding = unproven.run(who_could);
    assert_eq!(
        (finding.counts().get(Exception), finding.counts().get(Supported)),
        (0, 0)
    );
}

#[test]
fn workloads_are_expected_by_management() {
    let unapproved = |world: &mut World| world.records.roster[0].value.approved_access.clear();
    becomes(
        |world| {
            unapproved(world);
            world.criteria.expected_service_roles = Some(vec![ROLE.to_owned()]);
        },
        &[],
    );
    becomes(
        |world| {
            unapproved(world);
            world.criteria.expected_service_roles = Some(vec!["arn:x".to_owned()]);
        },
        &[(ITEM, Indeterminate, "no approved access")],
    );
}

#[test]
fn the_user_of_somebody_who_left_is_an_exception() {
    let user = "arn:aws:iam::111122223333:user/p-013";
    let left = |last: &str| {
        let mut world = world();
        let mut gone = holder("p-013", "Engineer", "DevOps");
        gone.identities = vec![user.to_owned()];
        gone.to = Some(last.parse().expect("a day"));
        world.add_holder(gone);
        world.add_entity(entity(user, IamKind::User, &["ec2:DeleteSnapshot"], at(TAKEN)));
        world
    };
    let id = "111122223333/user/p-013";
    check(
        &left("2026-07-07"),
        who_could,
        3,
        &[(id, Exception, "who left on 2026-07-07")],
    );
    check(
        &left("2026-07-08"),
        who_could,
        3,
        &[(id, Indeterminate, "no approved access")],
    );
    // Another person who has the user now did not leave.
    let mut handed_over = left("2026-07-07");
    handed_over.records.roster[0].value.identities = vec![user.to_owned()];
    check(
        &handed_over,
        who_could,
        3,
        &[(id, Indeterminate, "no approved access")],
    );
    // Without power over backups, the user is not of this test.
    let mut harmless = left("2026-07-07");
    harmless.records.iam[2].value.statements.clear();
    check(&harmless, who_could, 3, &[]);
}

#[test]
fn the_snapshot_is_whole_before_the_as_of_instant_and_young_enough() {
    let at_age = |when: &str| {
        let mut world = world();
        world.records.pulls.clear();
        world.add_snapshot(when);
        for entity in &mut world.records.iam {
            entity.value.at = at(when);
        }
        world.prove(Source::IamSnapshot, at("2026-01-01"));
        world
    };
    check(&at_age("2026-04-12"), who_could, 3, &[]);
    let id = "111122223333/snapshot";
    let old = at_age("2026-04-11T23:59").run(who_could);
    assert!(
        old.items()
            .iter()
            .any(|item| item.id() == id && item.state() == Indeterminate)
    );
    assert_eq!(old.counts().get(Supported), 0);
    let after = at_age("2026-07-11").run(who_could);
    assert_eq!(after.counts().get(Supported), 0, "it tells of the time after");
    let mut never = world();
    never.records.pulls.clear();
    never.unprove_all(Source::IamSnapshot);
    assert_eq!(never.run(who_could).counts().get(Supported), 0);
    // The newest one counts, and nothing of another.
    let mut newer = world();
    newer.add_snapshot("2026-07-09");
    newer.add_entity(entity(
        "arn:aws:iam::111122223333:role/other",
        IamKind::Role,
        &[],
        at("2026-07-09"),
    ));
    check(
        &newer,
        who_could,
        1,
        &[(
            "emergency/arn:aws:iam::111122223333:user/break-glass",
            Indeterminate,
            "no snapshot of the accounts",
        )],
    );
}

/// No snapshot speaks, for the reason `words`: nothing is supported.
#[track_caller]
fn is_silent(edit: impl FnOnce(&mut World), words: &str) {
    let mut world = world();
    edit(&mut world);
    let finding = world.run(who_could);
    let item = finding
        .items()
        .iter()
        .find(|item| item.id() == "111122223333/snapshot");
    let item = item.unwrap_or_else(|| panic!("{:?}", finding.items()));
    let said = format!("{:?}", item.conclusion());
    assert!(said.contains(words), "{said}");
    assert_eq!(
        (item.state(), finding.counts().get(Supported)),
        (Indeterminate, 0)
    );
}

#[test]
fn no_older_snapshot_speaks_for_the_newest() {
    let fail = |pulled: &mut Pulled| {
        pulled.whole = false;
        pulled.receipt.outcome = PullOutcome::Failed {
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
        };
    };
    is_silent(|world| fail(world.add_snapshot("2026-07-09")), "AccessDenied: no");
    is_silent(
        |world| world.add_snapshot("2026-07-09").whole = false,
        "does not prove itself whole",
    );
    // A failure before it, or at the as-of instant, tells nothing of it.
    becomes(|world| fail(world.add_snapshot("2026-07-07")), &[]);
    becomes(|world| fail(world.add_snapshot("2026-07-11")), &[]);
    // The snapshot itself has to be proven, not just one before it.
    is_silent(
        |world| world.unprove(Source::IamSnapshot, span("2026-07-08", "2026-07-08T06:00")),
        "the pull was refused",
    );
    is_silent(
        |world| {
            world.add_snapshot("2026-07-09");
        },
        "it has no user and no role",
    );
}

#[test]
fn a_later_run_without_a_snapshot_leaves_the_access_open() {
    let vaults = |world: &mut World, when| {
        world.add_pull_at(
            at(when),
            Source::AwsVaults,
            "us-east-1",
            "backup:ListBackupVaults",
        );
    };
    is_silent(|world| vaults(world, "2026-07-09"), "run 2026-07-09 listed");
    // The rest of its own run, what was listed before it or only at the as-of instant, and events say nothing.
    becomes(|world| vaults(world, "2026-07-08T06:00"), &[]);
    becomes(|world| vaults(world, "2026-07-07"), &[]);
    becomes(|world| vaults(world, "2026-07-11"), &[]);
    becomes(
        |world| {
            world.add_pull_at(
                at("2026-07-09"),
                Source::Cloudtrail,
                "us-east-1",
                "cloudtrail:LookupEvents",
            );
        },
        &[],
    );
    let of_another = |world: &mut World| {
        let pulled = world.add_pull_at(
            at("2026-07-09"),
            Source::AwsVaults,
            "us-east-1",
            "backup:ListBackupVaults",
        );
        pulled.receipt.key.account = "444455556666".parse().expect("an account");
    };
    becomes(of_another, &[]);
}

#[test]
fn a_principal_that_was_read_in_two_ways_is_open() {
    becomes(
        |world| world.add_conflict(Source::IamSnapshot, ROLE),
        &[(ITEM, Indeterminate, "contradict")],
    );
    becomes(
        |world| world.add_conflict(Source::IamSnapshot, GLASS),
        &[(
            "emergency/arn:aws:iam::111122223333:user/break-glass",
            Indeterminate,
            "contradict",
        )],
    );
}

#[test]
fn the_access_is_reviewed_within_the_period_by_another() {
    let id = "111122223333/review";
    let none = "no ticket of type access_review";
    let edit = |edit: fn(&mut crate::model::records::governance::Ticket)| {
        becomes(
            |world| edit(&mut world.records.tickets[0].value),
            &[(id, Indeterminate, none)],
        );
    };
    edit(|review| review.kind = "change".to_owned());
    edit(|review| review.refs = vec!["444455556666".to_owned()]);
    edit(|review| review.approved = Some(at("2026-06-30T23:59")));
    edit(|review| review.approved = Some(at("2026-07-11")));
    edit(|review| review.approved = None);
    edit(|review| review.opened_by = "p-001".to_owned());
    edit(|review| review.opened_by = " P-001".to_owned());
    edit(|review| review.approved_by = Some("p-099".to_owned()));
    edit(|review| review.approved_by = None);
    // The approver is in the roster on that very day; the ticket may name more than the account.
    for (from, to, stands) in [
        ("2026-07-03", "2026-07-03", true),
        ("2026-07-04", "2026-12-31", false),
        ("2025-01-01", "2026-07-02", false),
    ] {
        let mut world = world();
        world.records.tickets[0]
            .value
            .refs
            .insert(0, "another".to_owned());
        let approver = &mut world.records.roster[2].value;
        (approver.from, approver.to) = (from.parse().expect("a day"), Some(to.parse().expect("a day")));
        let open = [(id, Indeterminate, none)];
        check(
            &world,
            who_could,
            if stands { 3 } else { 2 },
            if stands { &[] } else { &open },
        );
    }
    becomes(
        |world| {
            let approver = world.records.roster[2].value.id.clone();
            world.add_conflict(Source::RoleRoster, &approver);
        },
        &[(id, Indeterminate, none)],
    );
    becomes(
        |world| world.records.tickets[0].value.approved = Some(at("2026-07-01")),
        &[],
    );
    let mut unproven = world();
    unproven.unprove(Source::Tickets, span("2026-07-10", "2026-07-13"));
    check(&unproven, who_could, 2, &[(id, Indeterminate, "tickets")]);
}

#[test]
fn identities_for_emergencies_are_named_there_and_limited() {
    let id = "emergency/arn:aws:iam::111122223333:user/break-glass";
    becomes(
        |world| world.records.roster[1].value.approved_access[0].limits = Some(" ".to_owned()),
        &[(id, Indeterminate, "states its limits")],
    );
    becomes(
        |world| drop(world.records.iam.pop()),
        &[(id, Indeterminate, "no snapshot of the accounts")],
    );
    let mut unnamed = world();
    unnamed.criteria.break_glass_identities = None;
    check(
        &unnamed,
        who_could,
        2,
        &[
            ("111122223333/user/break-glass", Indeterminate, "the two duties"),
            ("emergency", Indeterminate, "named no identities"),
        ],
    );
}

#[test]
fn an_access_counts_on_the_days_of_the_row_that_holds_it() {
    let days = |from: &str, to: &str| {
        let mut world = world();
        let row = &mut world.records.roster[0].value;
        (row.from, row.to) = (from.parse().expect("a day"), Some(to.parse().expect("a day")));
        world
    };
    check(&days("2026-07-08", "2026-07-08"), who_could, 3, &[]);
    let unnamed = [(ITEM, Indeterminate, "no approved access names it")];
    check(&days("2026-07-09", "2026-12-31"), who_could, 2, &unnamed);
    check(&days("2026-01-01", "2026-07-07"), who_could, 2, &unnamed);
}

#[test]
fn an_approval_of_everything_and_of_one_duty_names_not_both() {
    becomes(
        |world| grant(world).actions = vec!["*".to_owned(), "backup:*".to_owned()],
        &[(ITEM, Indeterminate, "everything instead of the two duties")],
    );
}

#[test]
fn an_identity_for_emergencies_without_limits_is_open() {
    let id = "emergency/arn:aws:iam::111122223333:user/break-glass";
    becomes(
        |world| world.records.roster[1].value.approved_access[0].limits = None,
        &[(id, Indeterminate, "states its limits")],
    );
}

#[test]
fn who_had_two_rows_left_with_the_later() {
    let user = "arn:aws:iam::111122223333:user/p-013";
    let mut world = world();
    for last in ["2026-07-07", "2026-03-31"] {
        let mut gone = holder("p-013", "Engineer", "DevOps");
        gone.id = format!("p-013/{last}");
        gone.identities = vec![user.to_owned()];
        gone.to = Some(last.parse().expect("a day"));
        world.add_holder(gone);
    }
    world.add_entity(entity(user, IamKind::User, &["ec2:DeleteSnapshot"], at(TAKEN)));
    let left = [("111122223333/user/p-013", Exception, "who left on 2026-07-07")];
    check(&world, who_could, 3, &left);
}

#[test]
fn whoever_can_do_a_part_of_it_only_at_the_most_is_no_administrator_of_everything() {
    let mut world = world();
    let mut wide = entity(
        "arn:aws:iam::111122223333:role/wide",
        IamKind::Role,
        &["backup:*"],
        at(TAKEN),
    );
    let mut limited = allow(&["*"]);
    limited.conditions = vec![PolicyCondition {
        operator: "Bool".to_owned(),
        key: "aws:MultiFactorAuthPresent".to_owned(),
        values: vec!["true".to_owned()],
    }];
    wide.statements.push(limited);
    world.add_entity(wide);
    let open = [("111122223333/role/wide", Indeterminate, "at the most")];
    check(&world, who_could, 3, &open);
    let last = world.records.iam.last_mut().expect("the role");
    last.value.statements = vec![allow(&["*"])];
    let everything = [("111122223333/role/wide", Exception, "could administer everything")];
    check(&world, who_could, 3, &everything);
}

#[test]
fn what_a_role_may_do_with_is_what_its_own_account_has() {
    const OWN: &str = "arn:aws:backup:us-east-1:111122223333:backup-vault:own";
    const OTHER: &str = "arn:aws:backup:us-east-1:444455556666:backup-vault:other";
    let id = "111122223333/role/narrow";
    let narrow = |vault: &str| {
        let mut world = world();
        for (arn, account) in [(OWN, ACCOUNT), (OTHER, "444455556666")] {
            let seen = crate::evaluate::testing::protection::vault(arn, at(TAKEN));
            let mut place = crate::evaluate::testing::key(Source::AwsVaults, "us-east-1");
            place.account = account.parse().expect("an account");
            world.records.vaults.push(observed(place, at(TAKEN), arn, seen));
        }
        let role = entity(
            "arn:aws:iam::111122223333:role/narrow",
            IamKind::Role,
            &["backup:*"],
            at(TAKEN),
        );
        world.add_entity(role);
        let statement = &mut world.records.iam[2].value.statements[0];
        statement.resources = Some(Listed::Only(vec![vault.to_owned()]));
        world
    };
    let open = [(id, Indeterminate, "no approved access")];
    check(&narrow(OWN), who_could, 3, &open);
    check(&narrow(OTHER), who_could, 3, &[]);
    // Where one list of the three is not whole, nobody knows that it can do nothing.
    for source in [Source::AwsVaults, Source::AwsRecoveryPoints, Source::KmsKeys] {
        let mut unknown = narrow(OTHER);
        unknown.unprove(source, span("2026-07-10", "2026-07-12"));
        check(&unknown, who_could, 3, &open);
    }
    let mut other = narrow(OTHER);
    other.unprove(Source::AwsBackupJobs, span("2026-07-10", "2026-07-12"));
    check(&other, who_could, 3, &[]);
}

#[test]
fn another_run_at_the_same_instant_is_not_later() {
    becomes(
        |world| {
            let pulled = world.add_pull_at(
                at(TAKEN),
                Source::AwsVaults,
                "us-east-1",
                "backup:ListBackupVaults",
            );
            pulled.receipt.id = "2026-07-09/vaults".parse().expect("an id");
        },
        &[],
    );
    is_silent(
        |world| {
            let pulled = world.add_pull_at(
                at("2026-07-08T05:00:01Z"),
                Source::AwsVaults,
                "us-east-1",
                "backup:ListBackupVaults",
            );
            pulled.receipt.id = "2026-07-09/vaults".parse().expect("an id");
        },
        "run 2026-07-09 listed",
    );
}

#[test]
fn what_is_open_about_emergencies_cites_where_it_was_looked_for_and_a_review_the_first_ticket() {
    let cites = |world: &World, id: &str| {
        let finding = world.run(who_could);
        let item = finding.items().iter().find(|item| item.id() == id);
        let evidence = item.expect("the item").evidence().clone();
        let sources: Vec<_> = evidence.searched().iter().map(|key| key.source).collect();
        let records: Vec<_> = evidence
            .records()
            .iter()
            .map(|record| record.locator.clone())
            .collect();
        (sources, records)
    };
    let mut unnamed = world();
    unnamed.criteria.break_glass_identities = None;
    assert_eq!(cites(&unnamed, "emergency").0, [Source::RoleRoster]);
    let mut absent = world();
    absent.records.iam.pop();
    let id = format!("emergency/{GLASS}");
    assert_eq!(cites(&absent, &id).0, [Source::IamSnapshot]);
    let mut twice = world();
    let mut second = twice.records.tickets[0].value.clone();
    second.id = "A-1".to_owned();
    twice.add_ticket(second);
    let (_, records) = cites(&twice, "111122223333/review");
    assert!(records.contains(&"/A-1".to_owned()), "{records:?}");
}
