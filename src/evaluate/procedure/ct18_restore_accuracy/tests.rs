//! CT-18: the comparison of manifests, when they were taken, samples, and the vector "counts only".

use super::restore_accuracy as procedure;
use crate::evaluate::testing::{World, at, check, span, system};
use crate::evaluate::testing_rehearsals::{point, restore_job, restore_test};
use crate::model::finding::State::{self, Exception, Indeterminate, NoOccurrence};
use crate::model::records::backups::JobState;
use crate::model::records::governance::{ContentManifest, ContentObject, ContentSample, RestoreTest};
use crate::model::source::Source;

/// One test of 2 July that `change` made unclean, with the provider's record of its backup.
fn changed(change: impl Fn(&mut RestoreTest)) -> World {
    let mut world = World::new();
    let mut test = restore_test("RT-1", "2026-07-02T09:00");
    change(&mut test);
    world.add_test(test);
    world.add_point(point("2026-07-02T03:00"));
    world
}

fn source(test: &mut RestoreTest) -> &mut ContentManifest {
    test.source_manifest.as_mut().expect("a manifest")
}

fn restored(test: &mut RestoreTest) -> &mut ContentManifest {
    test.restored_manifest.as_mut().expect("a manifest")
}

/// Both items are INDETERMINATE with `words`.
#[track_caller]
fn open(world: &World, words: &str) {
    let others = [
        ("RT-1/accurate", Indeterminate, words),
        ("RT-1/complete", Indeterminate, words),
    ];
    check(world, procedure, 0, &others);
}

/// `RT-1/accurate` and `RT-1/complete`, each SUPPORTED by `None` or in a state with words.
#[track_caller]
fn items(world: &World, accurate: Option<(State, &str)>, complete: Option<(State, &str)>) {
    let named = [("RT-1/accurate", accurate), ("RT-1/complete", complete)];
    let others: Vec<_> = named
        .iter()
        .filter_map(|(id, expected)| expected.map(|(state, words)| (*id, state, words)))
        .collect();
    check(world, procedure, 2 - others.len() as u64, &others);
}

#[test]
fn equal_manifests_support_both() {
    items(&changed(|_| {}), None, None);
    // Case and order of a manifest say nothing.
    let world = changed(|test| {
        restored(test).objects.reverse();
        restored(test).objects[1].digest = Some("AA11".repeat(16));
    });
    items(&world, None, None);
}

#[test]
fn counts_only_show_completeness_and_not_accuracy() {
    let world = changed(|test| {
        for object in source(test).objects.iter_mut() {
            object.digest = None;
        }
        for object in restored(test).objects.iter_mut() {
            object.digest = Some(String::new());
        }
    });
    items(
        &world,
        Some((
            Indeterminate,
            "no digests to compare for 2 of 2 objects: lines, orders",
        )),
        None,
    );
    let one = changed(|test| restored(test).objects[0].digest = None);
    items(&one, Some((Indeterminate, "1 of 2 objects: orders")), None);
}

#[test]
fn differences_are_exceptions_unless_explained() {
    let digest = |test: &mut RestoreTest| restored(test).objects[0].digest = Some("cc33".repeat(16));
    items(
        &changed(digest),
        Some((
            Exception,
            "which the log calls a success: digests of orders differ",
        )),
        None,
    );
    let count = changed(|test| restored(test).objects[0].count = 99);
    let complete = Some((Exception, "orders has 100 at the source and 99 restored"));
    items(&count, Some((Indeterminate, "not the same")), complete);
    let explained = |object: &'static str| {
        changed(move |test| {
            digest(test);
            source(test).taken_at = at("2026-07-02T03:05:01Z");
            test.explanations = vec![(object.to_owned(), "written after the backup".to_owned())];
        })
    };
    items(&explained("orders"), None, None);
    open(&explained("lines"), "source manifest of test RT-1");
    // Nothing was written between the backup and a manifest of its own time.
    for taken in ["2026-07-02T03:00", "2026-07-02T03:05"] {
        let mut world = explained("orders");
        source(&mut world.records.restore_tests[0].value).taken_at = at(taken);
        items(&world, Some((Exception, "digests of orders differ")), None);
    }
    let silent = changed(|test| {
        digest(test);
        test.explanations = vec![("orders".to_owned(), " ".to_owned())];
    });
    items(&silent, Some((Exception, "digests of orders differ")), None);
}

#[test]
fn what_is_no_digest_proves_no_equal_content() {
    for word in ["ok", "n/a", &"zz11".repeat(16), &"aa11".repeat(15)] {
        let world = changed(|test| {
            source(test).objects[0].digest = Some(word.to_owned());
            restored(test).objects[0].digest = Some(word.to_owned());
        });
        items(
            &world,
            Some((Indeterminate, "no digests to compare for 1 of 2 objects")),
            None,
        );
    }
}

#[test]
fn equal_manifests_of_a_restore_that_was_none_show_nothing() {
    let mut world = changed(|_| {});
    world.add_system(system("orders"));
    items(&world, None, None);
    world.add_restore(restore_job("job-RT-1", "2026-07-02T09:00"));
    items(&world, None, None);
    world.records.restores[0].value.state = JobState::Failed;
    open(
        &world,
        "cites a restore that was none: restore job job-RT-1 is failed",
    );
}

#[test]
fn a_backup_that_only_a_broken_listing_shows_supports_nothing() {
    let mut world = changed(|_| {});
    world.records.points[0].value.sightings.clear();
    world.unprove(
        Source::AwsRecoveryPoints,
        span("2026-07-02T03:00", "2026-07-02T03:01"),
    );
    open(&world, "is in no complete listing");
    world.records.points[0].value.sightings = vec![at("2026-07-03T05:00")];
    items(&world, None, None);
}

#[test]
fn the_sets_of_objects_have_to_be_equal() {
    let open = Some((Indeterminate, "not the same"));
    let missing = changed(|test| restored(test).objects.truncate(1));
    items(&missing, open, Some((Exception, "lines was not restored")));
    let added = changed(|test| source(test).objects.truncate(1));
    items(&added, open, Some((Exception, "lines is not in the source")));
}

#[test]
fn without_two_usable_manifests_nothing_is_shown() {
    open(
        &changed(|test| test.source_manifest = None),
        "has no two manifests",
    );
    open(
        &changed(|test| test.restored_manifest = None),
        "has no two manifests",
    );
    open(
        &changed(|test| source(test).objects.clear()),
        "source manifest names no object",
    );
    let twice = |test: &mut RestoreTest| {
        let object = ContentObject {
            name: "orders".to_owned(),
            count: 1,
            digest: None,
        };
        restored(test).objects.push(object);
    };
    open(&changed(twice), "restored manifest names orders twice");
    open(&changed(|test| source(test).objects[0].count = -1), "below zero");
}

#[test]
fn the_source_manifest_stands_at_the_consistency_point() {
    items(
        &changed(|test| source(test).taken_at = at("2026-07-02T03:05")),
        None,
        None,
    );
    items(
        &changed(|test| source(test).taken_at = at("2026-07-02T02:55")),
        None,
        None,
    );
    let late = |test: &mut RestoreTest| source(test).taken_at = at("2026-07-02T03:05:01Z");
    open(
        &changed(late),
        "source manifest of test RT-1 is of 2026-07-02T03:05:01Z",
    );
    let unexplained = changed(|test| {
        late(test);
        restored(test).objects[0].count = 99;
    });
    open(&unexplained, "source manifest of test RT-1");
    let explain = |test: &mut RestoreTest| {
        restored(test).objects[0].count = 99;
        test.explanations = vec![("orders".to_owned(), "one order after the backup".to_owned())];
    };
    let explained = changed(|test| {
        late(test);
        explain(test);
    });
    items(&explained, None, None);
    // Later writes can't explain a manifest of before the backup.
    let early = changed(|test| {
        source(test).taken_at = at("2026-07-02T02:00");
        explain(test);
    });
    open(&early, "source manifest of test RT-1");
}

#[test]
fn the_consistency_point_is_the_provider_s() {
    let mut world = changed(|_| {});
    world.records.points[0].value.created = at("2026-07-02T03:05:01Z");
    open(
        &world,
        "gives 2026-07-02T03:00:00Z as the time of its backup, the provider 2026-07-02T03:05:01Z",
    );
    world.records.points.clear();
    open(&world, "no single record of the provider shows backup");
    let mut world = changed(|_| {});
    world.add_conflict(
        Source::AwsRecoveryPoints,
        crate::evaluate::testing_rehearsals::POINT,
    );
    open(&world, "contradict each other");
}

#[test]
fn a_restored_manifest_is_not_older_than_the_restore() {
    items(
        &changed(|test| restored(test).taken_at = at("2026-07-02T08:55")),
        None,
        None,
    );
    let world = changed(|test| restored(test).taken_at = at("2026-07-02T08:54:59Z"));
    open(&world, "before the restore started");
}

#[test]
fn a_sample_needs_seed_size_and_as_many_digests() {
    let sample = |size: Option<i64>, seed: Option<&str>| {
        let sample = ContentSample {
            stated_size: size,
            seed: seed.map(str::to_owned),
        };
        changed(move |test| {
            source(test).objects[1].digest = None;
            restored(test).objects[1].digest = None;
            test.sample = Some(sample.clone());
        })
    };
    items(&sample(Some(1), Some("7f")), None, None);
    open(&sample(Some(1), None), "has no seed");
    open(&sample(Some(1), Some("")), "has no seed");
    open(&sample(None, Some("7f")), "has no stated size");
    open(&sample(Some(0), Some("7f")), "has no stated size");
    open(
        &sample(Some(2), Some("7f")),
        "states 2 objects, digests were compared of 1",
    );
    let undrawn = changed(|test| {
        restored(test).objects[1].digest = None;
        test.sample = Some(ContentSample {
            stated_size: Some(1),
            seed: Some("7f".to_owned()),
        });
    });
    items(
        &undrawn,
        Some((Indeterminate, "no digests to compare for 1 of 2")),
        None,
    );
}

#[test]
fn a_test_called_a_failure_is_not_supported_by_equal_manifests() {
    open(&changed(|test| test.success = false), "calls test RT-1 a failure");
}

#[test]
fn the_population_is_of_tests_started_in_the_period() {
    let nothing = [("population", NoOccurrence, "no restore test was started")];
    for started in ["2026-06-30T23:59", "2026-07-11T00:00"] {
        let mut world = World::new();
        world.add_test(restore_test("RT-1", started));
        check(&world, procedure, 0, &nothing);
    }
    let mut world = World::new();
    check(&world, procedure, 0, &nothing);
    world.unprove_all(Source::RestoreTests);
    assert_eq!(world.run(procedure).state(), Indeterminate);
}

#[test]
fn nothing_is_supported_where_the_log_is_unproven_or_disputed() {
    let mut world = changed(|_| {});
    world.unprove_all(Source::RestoreTests);
    assert_eq!(world.run(procedure).counts().get(State::Supported), 0);
    let mut world = changed(|_| {});
    world.add_conflict(Source::RestoreTests, "RT-1");
    open(&world, "contradict each other");
    // By another revision one of a year ago, or of after the as-of instant, was started in the period.
    for started in ["2025-07-02T09:00", "2026-07-11T02:00"] {
        world.records.restore_tests[0].value.started = at(started);
        open(&world, "contradict each other");
    }
    let mut world = changed(|_| {});
    world.records.restore_tests[0].last_seen = at("2026-07-02T08:00");
    open(&world, "after the answer that holds it");
}

#[test]
fn an_empty_object_and_a_time_within_the_clocks_skew_are_no_fault() {
    let empty = changed(|test| {
        source(test).objects[0].count = 0;
        restored(test).objects[0].count = 0;
    });
    items(&empty, None, None);
    let taken = |shift: i64| changed(move |test| test.backup_time += chrono::TimeDelta::seconds(shift));
    for within in [300, -300] {
        items(&taken(within), None, None);
    }
    for beyond in [301, -301] {
        open(&taken(beyond), "as the time of its backup, the provider");
    }
}

#[test]
fn explanations_are_told_where_they_explain_something() {
    let told = |world: &World| {
        let finding = world.run(procedure);
        finding
            .observations()
            .iter()
            .any(|seen| seen.text.contains("explained by later writes"))
    };
    assert!(!told(&changed(|_| {})));
    assert!(told(&changed(|test| {
        source(test).objects[0].digest = Some("bb22".repeat(16));
        source(test).taken_at = at("2026-07-02T03:05:01Z");
        let name = source(test).objects[0].name.clone();
        test.explanations = vec![(name, "written after the backup".to_owned())];
    })));
}

#[test]
fn a_later_manifest_is_no_evidence_while_any_difference_is_unexplained() {
    let explained_but = |change: fn(&mut RestoreTest)| {
        changed(move |test| {
            source(test).objects[0].digest = Some("bb22".repeat(16));
            source(test).taken_at = at("2026-07-02T03:05:01Z");
            let name = source(test).objects[0].name.clone();
            test.explanations = vec![(name, "written after the backup".to_owned())];
            change(test);
        })
    };
    items(&explained_but(|_| {}), None, None);
    let words = "source manifest of test RT-1";
    open(&explained_but(|test| restored(test).objects[1].count = 99), words);
    open(
        &explained_but(|test| restored(test).objects[1].digest = Some("cc33".repeat(16))),
        words,
    );
}

#[test]
fn an_explained_digest_is_one_that_was_compared_and_an_explained_count_is_none_more() {
    let sample = |size: i64, change: fn(&mut RestoreTest)| {
        changed(move |test| {
            source(test).taken_at = at("2026-07-02T03:05:01Z");
            test.explanations = vec![("orders".to_owned(), "written after the backup".to_owned())];
            test.sample = Some(ContentSample {
                seed: Some("17".to_owned()),
                stated_size: Some(size),
            });
            change(test);
        })
    };
    let changes: [fn(&mut RestoreTest); 2] = [
        |test| restored(test).objects[0].digest = Some("cc33".repeat(16)),
        |test| restored(test).objects[0].count = 99,
    ];
    for change in changes {
        items(&sample(2, change), None, None);
        open(&sample(3, change), "states 3 objects, digests were compared of 2");
    }
}
