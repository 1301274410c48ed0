//! CT-28: versions in force, approvals to the day, reviews, contacts, and what has to be kept.

use super::plan_documents as procedure;
use crate::evaluate::testing::{World, at, check, span};
use crate::evaluate::testing_governance::{contact, document, holder};
use crate::model::finding::State::{self, Exception, Indeterminate};
use crate::model::records::governance::{DocumentKind, PlanDocument, PlanPhase, Predecessor, Retained};
use crate::model::source::Source;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().expect("a day")
}

/// A plan (`CP`), a policy, a procedure and guidelines, each in its first version since 2 February.
fn library(change: impl Fn(&mut PlanDocument)) -> World {
    let mut world = World::new();
    for (person, role, team) in [
        ("p-001", "CTO", "Executive"),
        ("p-002", "Security Officer", "InfoSec"),
        ("p-003", "CEO", "Executive"),
        ("p-004", "CMO", "Executive"),
        ("p-006", "DevOps Engineer", "DevOps"),
    ] {
        world.add_holder(holder(person, role, team));
    }
    let others = [
        ("BP", DocumentKind::BackupProcedure),
        ("MG", DocumentKind::MediaGuidelines),
        ("PO", DocumentKind::Policy),
    ];
    for (id, kind) in others {
        let mut other = document(id, "1", "2026-02-02");
        other.kind = Some(kind);
        world.add_document(other);
    }
    let mut plan = document("CP", "1", "2026-02-02");
    change(&mut plan);
    world.add_document(plan);
    world
}

/// Sixteen items are SUPPORTED in the clean library; this many fewer, and these others.
#[track_caller]
fn but(world: &World, others: &[crate::evaluate::testing::Expected<'_>]) {
    check(world, procedure, 16 - others.len() as u64, others);
}

#[test]
fn a_library_in_order_is_supported() {
    let finding = check(&library(|_| {}), procedure, 16, &[]);
    let about = |id: &str| {
        let mut items = finding.items().iter();
        let item = items.find(|item| item.id() == id).expect("an item");
        item.statements()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(about("CP/1/approval"), ["DR-13.0-1", "IM-316"]);
    assert_eq!(about("CP/1/changes"), ["DR-13.4-10"]);
    assert_eq!(about("CP/1/contacts"), ["DR-13.2-1"]);
    assert_eq!(about("CP/1/phases"), ["DR-13.0-2"]);
    assert_eq!(about("CP/1/succession"), ["DR-13.2-1"]);
    assert_eq!(about("MG/in-force"), ["DM-6.3-3", "IM-316"]);
    assert_eq!(about("PO/review"), ["DR-13.0-1", "IM-316"]);
    assert_eq!(about("BP/review"), ["IM-316"]);
}

#[test]
fn a_version_is_approved_on_a_day_before_it_takes_effect() {
    let approved = |when: &'static str| library(move |plan| plan.approved_at = Some(at(when)));
    but(&approved("2026-02-01T23:59"), &[]);
    let same = "it was approved on the day on which it took effect";
    but(
        &approved("2026-02-02T00:00"),
        &[
            ("CP/1/approval", Indeterminate, same),
            (
                "CP/in-force",
                Indeterminate,
                "10 of 10 days, the first 2026-07-01",
            ),
        ],
    );
    // Late, but before the period: its days are covered, its approval was late.
    but(
        &approved("2026-02-03T00:00"),
        &[(
            "CP/1/approval",
            Exception,
            "approved on 2026-02-03, in force since 2026-02-02",
        )],
    );
    but(
        &approved("2026-07-02T00:00"),
        &[
            ("CP/1/approval", Exception, "approved on 2026-07-02"),
            (
                "CP/in-force",
                Exception,
                "2 of 10 days, the first 2026-07-01: CP 1 was approved only on 2026-07-02",
            ),
        ],
    );
    let missing = library(|plan| plan.approved_at = None);
    but(
        &missing,
        &[
            (
                "CP/1/approval",
                Indeterminate,
                "does not say who approved it, or when",
            ),
            ("CP/in-force", Indeterminate, "10 of 10 days"),
        ],
    );
    let ahead = approved("2026-07-11T05:06");
    assert_eq!(ahead.run(procedure).state(), Indeterminate);
    assert_eq!(approved("2026-07-11T00:00").run(procedure).state(), Exception);
}

#[test]
fn the_owner_approves_by_the_roster() {
    let by = |person: &'static str| {
        library(move |plan| {
            plan.approved_by = Some(person.to_owned());
            plan.approved_role = None;
        })
    };
    let wrong = "approved by p-001, who was CTO that day; its owner is the Security Officer";
    but(
        &by("p-001"),
        &[
            ("CP/1/approval", Exception, wrong),
            ("CP/in-force", Exception, "10 of 10 days"),
        ],
    );
    but(
        &by("p-099"),
        &[
            ("CP/1/approval", Indeterminate, "the roster has no p-099"),
            ("CP/in-force", Indeterminate, "the roster has no p-099"),
        ],
    );
    let claimed = library(|plan| plan.approved_role = Some("CTO".to_owned()));
    but(
        &claimed,
        &[
            (
                "CP/1/approval",
                Indeterminate,
                "approved by the CTO, the roster that p-002 was",
            ),
            ("CP/in-force", Indeterminate, ""),
        ],
    );
    let mut engineer = library(|_| {});
    engineer.records.documents[0].value.approved_by = Some("p-006".to_owned());
    engineer.records.documents[0].value.approved_role = None;
    but(
        &engineer,
        &[
            ("BP/1/approval", Indeterminate, "which roles are management"),
            ("BP/in-force", Indeterminate, ""),
        ],
    );
    let mut unproven = by("p-001");
    unproven.unprove(Source::RoleRoster, span("2026-07-10T23:59", "2026-07-11"));
    assert_eq!(unproven.run(procedure).counts().get(Exception), 0);
}

#[test]
fn each_day_has_a_version() {
    let gap = library(|plan| plan.superseded = Some(day("2026-07-10")));
    let finding = gap.run(procedure);
    let found: Vec<_> = finding
        .items()
        .iter()
        .filter(|item| item.state() == Exception)
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id(), "CP/in-force");
    let late = library(|plan| {
        plan.effective = day("2026-07-02");
        plan.approved_at = Some(at("2026-07-01T10:00"));
    });
    but(
        &late,
        &[(
            "CP/in-force",
            Indeterminate,
            "1 of 10 days, the first 2026-07-01: the register begins",
        )],
    );
    let mut two = library(|_| {});
    let mut twin = document("CP", "1a", "2026-02-02");
    twin.supersedes = Some(Predecessor::Version("1".to_owned()));
    two.add_document(twin);
    let finding = two.run(procedure);
    let in_force = finding.items().iter().find(|item| item.id() == "CP/in-force");
    assert_eq!(in_force.map(|item| item.state()), Some(Indeterminate));
}

#[test]
fn a_missing_kind_is_an_exception_unless_a_kind_is_not_told() {
    let mut world = library(|_| {});
    world.records.documents.remove(1);
    check(
        &world,
        procedure,
        13,
        &[(
            "kind/media-guidelines",
            Exception,
            "no media guidelines was in force",
        )],
    );
    let mut untold = library(|_| {});
    untold.records.documents[1].value.kind = None;
    let kind = "the register does not say of what kind the document is";
    check(
        &untold,
        procedure,
        14,
        &[
            ("MG/1/approval", Indeterminate, kind),
            ("MG/in-force", Indeterminate, kind),
            (
                "kind/media-guidelines",
                Indeterminate,
                "of what kind MG is nobody says",
            ),
        ],
    );
    let mut retired = library(|_| {});
    retired.records.documents[1].value.superseded = Some(day("2026-07-01"));
    let finding = retired.run(procedure);
    let kind = finding
        .items()
        .iter()
        .find(|item| item.id() == "kind/media-guidelines");
    assert_eq!(kind.map(|item| item.state()), Some(Exception));
}

#[test]
fn reviews_are_no_older_than_management_allows() {
    let reviewed = |when: &'static [&'static str]| {
        library(move |plan| plan.reviews = when.iter().map(|text| at(text)).collect())
    };
    but(&reviewed(&["2025-07-10"]), &[]);
    but(
        &reviewed(&["2025-07-09T23:59"]),
        &[(
            "CP/review",
            Exception,
            "the newest is of 2025-07-09: 366 days old on 2026-07-10",
        )],
    );
    but(
        &reviewed(&[]),
        &[("CP/review", Indeterminate, "tells of no review")],
    );
    but(
        &reviewed(&["2026-07-11"]),
        &[("CP/review", Indeterminate, "tells of no review")],
    );
    let mut unapproved = library(|_| {});
    unapproved.criteria.plan_review_max_age_approved = false;
    let open = "the policy sets no interval for reviews, and management approved none";
    but(
        &unapproved,
        &[
            ("BP/review", Indeterminate, open),
            ("CP/review", Indeterminate, open),
            ("MG/review", Indeterminate, open),
            ("PO/review", Indeterminate, open),
        ],
    );
}

#[test]
fn the_plan_has_its_phases_and_a_note_of_changes() {
    let without = library(|plan| plan.phases = Some(vec![PlanPhase::Recovery]));
    but(
        &without,
        &[(
            "CP/1/phases",
            Exception,
            "no phase of notification and activation, nor of reconstitution",
        )],
    );
    but(
        &library(|plan| plan.phases = None),
        &[("CP/1/phases", Indeterminate, "does not say which phases")],
    );
    but(
        &library(|plan| plan.change_note = Some(" ".to_owned())),
        &[("CP/1/changes", Indeterminate, "has no note of its changes")],
    );
}

#[test]
fn each_of_the_line_of_succession_has_a_contact() {
    for (index, office) in ["CTO", "CEO", "CMO"].into_iter().enumerate() {
        let world = library(move |plan| {
            plan.contacts.as_mut().expect("contacts").remove(index);
        });
        but(
            &world,
            &[(
                "CP/1/succession",
                Exception,
                &format!("has no entry of the {office}"),
            )],
        );
    }
    let untold = library(|plan| plan.contacts = None);
    let words = "does not tell the contact list";
    but(
        &untold,
        &[
            ("CP/1/contacts", Indeterminate, words),
            ("CP/1/succession", Indeterminate, words),
        ],
    );
    let empty = library(|plan| plan.contacts = Some(Vec::new()));
    but(
        &empty,
        &[
            ("CP/1/contacts", Indeterminate, "the contact list is empty"),
            ("CP/1/succession", Exception, "the CTO and the CEO and the CMO"),
        ],
    );
}

#[test]
fn contacts_are_in_the_roster_with_numbers_of_their_own() {
    let is = |change: fn(&mut PlanDocument), state: State, words: &str| {
        but(&library(change), &[("CP/1/contacts", state, words)]);
    };
    is(
        |plan| {
            let contacts = plan.contacts.as_mut().expect("contacts");
            contacts[1].channel = contacts[0].channel.clone();
        },
        Exception,
        "p-001 and p-003 share one number",
    );
    is(
        |plan| plan.contacts.as_mut().expect("contacts")[0].channel = None,
        Indeterminate,
        "no number is known of p-001",
    );
    is(
        |plan| plan.contacts.as_mut().expect("contacts")[1].person = "p-006".to_owned(),
        Exception,
        "the list has p-006 as CEO, the roster as DevOps Engineer",
    );
    is(
        |plan| {
            let contacts = plan.contacts.as_mut().expect("contacts");
            contacts.push(contact("p-006", "Operator"));
        },
        Indeterminate,
        "p-006, Operator by the list",
    );
    is(
        |plan| plan.contacts.as_mut().expect("contacts")[2].person = "p-099".to_owned(),
        Indeterminate,
        "the roster has no p-099",
    );
    let twice = library(|plan| {
        let contacts = plan.contacts.as_mut().expect("contacts");
        contacts.push(contact("p-001", "Chief Technology Officer"));
        contacts.push(contact("p-006", "devops engineer"));
    });
    but(&twice, &[]);
    let mut left = library(|_| {});
    left.records.roster[3].value.to = Some(day("2026-07-09"));
    but(
        &left,
        &[(
            "CP/1/contacts",
            Indeterminate,
            "does not have p-004 on 2026-07-10",
        )],
    );
}

/// The plan's second version took effect on 2 February 2026; the first was superseded then.
fn superseded(change: impl Fn(&mut PlanDocument)) -> World {
    let mut world = library(|plan| {
        plan.version = "2".to_owned();
        plan.supersedes = Some(Predecessor::Version("1".to_owned()));
    });
    let mut first = document("CP", "1", "2025-02-03");
    first.superseded = Some(day("2026-02-02"));
    first.retained = Some(Retained {
        checked: at("2026-07-01"),
        digest: Some(first.digest.clone()),
    });
    change(&mut first);
    world.add_document(first);
    world
}

#[test]
fn a_superseded_version_is_found_unaltered() {
    let is = |change: fn(&mut PlanDocument), state: State, words: &str| {
        check(
            &superseded(change),
            procedure,
            16,
            &[("CP/1/retained", state, words)],
        );
    };
    check(&superseded(|_| {}), procedure, 17, &[]);
    is(
        |first| first.retained = None,
        Indeterminate,
        "nobody says whether it is still there",
    );
    let found = |first: &mut PlanDocument, digest: Option<&str>, checked: &str| {
        let digest = digest.map(|text| text.repeat(16));
        first.retained = Some(Retained {
            checked: at(checked),
            digest,
        });
    };
    let world = |digest: Option<&'static str>, checked: &'static str| {
        superseded(move |first| found(first, digest, checked))
    };
    let outcome = |world: &World, state, words| {
        check(world, procedure, 16, &[("CP/1/retained", state, words)]);
    };
    outcome(&world(None, "2026-07-01"), Exception, "not found on 2026-07-01");
    outcome(&world(Some("bb22"), "2026-07-01"), Exception, "another digest");
    check(&world(Some("AA11"), "2026-04-11"), procedure, 17, &[]);
    outcome(
        &world(Some("aa11"), "2026-04-10T23:59"),
        Indeterminate,
        "last checked on 2026-04-10",
    );
    outcome(
        &world(Some("aa11"), "2026-07-11"),
        Indeterminate,
        "not before the as-of instant",
    );
    outcome(
        &world(Some("aa11"), "2026-07-11T05:06"),
        Indeterminate,
        "after the answer that holds it",
    );
    let mut early = world(Some("aa11"), "2026-02-01");
    early.criteria.evidence_max_age_days = 1000;
    outcome(
        &early,
        Indeterminate,
        "superseded on 2026-02-02 and last checked on 2026-02-01",
    );
}

#[test]
fn documentation_is_kept_for_six_years() {
    let ended = |text: &'static str| {
        superseded(move |first| {
            first.effective = day("2015-01-01");
            first.approved_at = Some(at("2014-12-01"));
            first.superseded = Some(day(text));
            first.retained = None;
        })
    };
    check(&ended("2020-07-10"), procedure, 16, &[]);
    check(
        &ended("2020-07-11"),
        procedure,
        16,
        &[("CP/1/retained", Indeterminate, "superseded on 2020-07-11")],
    );
}

#[test]
fn what_a_version_replaced_is_on_record() {
    let mut missing = superseded(|_| {});
    missing.records.documents.pop();
    check(
        &missing,
        procedure,
        16,
        &[(
            "CP/1/retained",
            Exception,
            "version 1, which CP 2 replaced on 2026-02-02, is not in the register",
        )],
    );
    missing.unprove(Source::PlanDocuments, span("2026-07-10T23:59", "2026-07-11"));
    assert_eq!(missing.run(procedure).counts().get(Exception), 0);
    let unsaid = library(|plan| plan.supersedes = None);
    check(
        &unsaid,
        procedure,
        16,
        &[(
            "CP/history",
            Indeterminate,
            "the register begins with CP 1 of 2026-02-02",
        )],
    );
    let mut old = library(|plan| {
        plan.supersedes = None;
        plan.effective = day("2020-07-10");
        plan.approved_at = Some(at("2020-07-01"));
    });
    old.records.roster[1].value.from = day("2019-01-01");
    check(&old, procedure, 16, &[]);
}

#[test]
fn disputes_and_missing_registers_support_nothing() {
    let mut disputed = library(|_| {});
    disputed.add_conflict(Source::PlanDocuments, "CP 1");
    let finding = disputed.run(procedure);
    let plan: Vec<_> = finding
        .items()
        .iter()
        .filter(|item| item.id().starts_with("CP"))
        .collect();
    assert_eq!(plan.len(), 7);
    assert!(plan.iter().all(|item| item.state() == Indeterminate));
    let mut earlier = superseded(|_| {});
    earlier.add_conflict(Source::PlanDocuments, "CP 1");
    let open = [
        ("CP/1/retained", Indeterminate, "contradict each other"),
        ("CP/in-force", Indeterminate, "it may have been in force too"),
    ];
    check(&earlier, procedure, 15, &open);
    for (source, left) in [(Source::PlanDocuments, 0), (Source::RoleRoster, 7)] {
        let mut world = library(|_| {});
        world.unprove(source, span("2026-07-10T23:59", "2026-07-11"));
        assert_eq!(
            world.run(procedure).counts().get(State::Supported),
            left,
            "{source}"
        );
    }
    let mut nothing = World::new();
    let kinds = [
        "backup-procedure",
        "contingency-plan",
        "media-guidelines",
        "policy",
    ];
    let ids = kinds.map(|kind| format!("kind/{kind}"));
    let expected: Vec<_> = ids
        .iter()
        .map(|id| (id.as_str(), Exception, "was in force"))
        .collect();
    check(&nothing, procedure, 0, &expected);
    nothing.unprove_all(Source::PlanDocuments);
    assert_eq!(nothing.run(procedure).counts().get(Exception), 0);
}

#[test]
fn what_is_superseded_on_the_last_day_has_to_be_there_and_what_takes_effect_later_has_not() {
    let items = |effective: &'static str, change: fn(&mut World)| {
        let mut world = superseded(|first| first.superseded = None);
        for row in &mut world.records.documents {
            if row.value.id == "CP" && row.value.version == "2" {
                row.value.effective = day(effective);
            }
        }
        change(&mut world);
        let finding = world.run(procedure);
        let ids: Vec<_> = finding.items().iter().map(|item| item.id().to_owned()).collect();
        ids.contains(&"CP/1/retained".to_owned())
    };
    assert!(items("2026-07-10", |_| {}) && !items("2026-07-11", |_| {}));
    // The version that was replaced is missing: that is told from the day on which another replaced it.
    let remove = |world: &mut World| {
        world
            .records
            .documents
            .retain(|row| row.value.version != "1" || row.value.id != "CP")
    };
    assert!(items("2026-07-10", remove) && !items("2026-07-11", remove));
}

#[test]
fn a_version_is_superseded_by_the_next_and_may_be_checked_on_that_day() {
    let checked = |when: &'static str| {
        let mut world = superseded(move |first| {
            let digest = Some(first.digest.clone());
            first.retained = Some(Retained {
                checked: at(when),
                digest,
            });
        });
        world.criteria.evidence_max_age_days = 1000;
        world
    };
    check(&checked("2026-02-02T10:00"), procedure, 17, &[]);
    let mut three = superseded(|first| (first.superseded, first.retained) = (None, None));
    let mut third = document("CP", "3", "2026-06-01");
    third.supersedes = Some(Predecessor::Version("2".to_owned()));
    three.add_document(third);
    let finding = three.run(procedure);
    let mut items = finding.items().iter();
    let first = items.find(|item| item.id() == "CP/1/retained").expect("the item");
    assert!(format!("{:?}", first.conclusion()).contains("superseded on 2026-02-02"));
}

#[test]
fn a_first_version_was_not_due_for_review_before_and_one_of_unknown_ancestry_may_have_been() {
    let state = |supersedes: Option<Predecessor>| {
        let world = library(|plan| {
            plan.reviews = [at("2026-07-05T10:00")].into();
            plan.supersedes.clone_from(&supersedes);
        });
        let finding = world.run(procedure);
        let mut items = finding.items().iter();
        items
            .find(|item| item.id() == "CP/review")
            .map(|item| item.state())
    };
    assert_eq!(state(Some(Predecessor::First)), Some(State::Supported));
    assert_eq!(state(None), Some(Indeterminate));
}

#[test]
fn who_holds_no_office_is_no_owner() {
    let mut plan = library(|plan| {
        plan.approved_by = Some("p-042".to_owned());
        plan.approved_role = None;
    });
    plan.add_holder(holder("p-042", "Engineer", "DevOps"));
    let finding = plan.run(procedure);
    let item = finding.items().iter().find(|item| item.id() == "CP/1/approval");
    assert_eq!(item.expect("the approval").state(), Exception);
}
