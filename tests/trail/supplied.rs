//! What was not supplied: an intact chain of which the collector did not bring everything.

use DigestCode::{
    DigestNotSupplied, KeyUnknown, LogDeleted, LogNotSupplied, LogUnreferenced, LogsNotListed,
    SignatureMissing, Unreadable,
};
use backproof::ledger::store::MemoryStore;
use backproof::model::records::trail::DigestCode;
use backproof::model::time::Interval;
use chrono::TimeDelta;

use crate::bucket::{BUCKET, Bucket, DIGESTS, HOURS, LOGS, Stored, at, digest_key, log_key};
use crate::collected::{Collected, codes, examined, key, records};

/// What becomes of the intact bucket when what was collected of it is changed.
#[track_caller]
fn check(expected: &[DigestCode], change: impl Fn(&mut Collected)) {
    let mut collected = Collected::of(&Bucket::new(|_, _| {}), at(16, 30));
    change(&mut collected);
    let records = collected.records();
    assert_eq!(codes(&records), expected);
    assert!(!expected.iter().any(|code| code.is_tampering()) || expected == [LogDeleted]);
    assert_eq!(
        records.coverage.prove(&key(), examined()).is_ok(),
        expected.is_empty()
    );
}

fn without(collected: &mut Collected, name: &str) {
    collected.asked.retain(|asked| asked.name != name);
}

fn without_object(collected: &mut Collected, name: &str, object: &str) {
    collected
        .pull(name)
        .answers
        .retain(|answer| answer.parameters["Key"] != object);
}

#[test]
fn what_was_not_supplied_is_no_tampering_and_proves_nothing() {
    check(&[], |_| {});
    check(&[], |collected| without(collected, "status"));
    check(&[], |collected| without(collected, "trails"));
    check(&[], |collected| without(collected, "digest-list"));
    check(&[KeyUnknown], |collected| without(collected, "keys"));
    check(&[LogNotSupplied], |collected| without(collected, "logs"));
    check(&[LogsNotListed], |collected| without(collected, "log-list"));
    check(&[LogNotSupplied], |collected| {
        without_object(collected, "logs", &log_key(11, 5))
    });
    check(&[DigestNotSupplied], |collected| {
        without_object(collected, "digests", &digest_key(1))
    });
    // The newest is listed and was not brought: only the end of the chain shows it.
    let mut collected = Collected::of(&Bucket::new(|_, _| {}), at(16, 30));
    without_object(&mut collected, "digests", &digest_key(HOURS - 1));
    let records = collected.records();
    assert_eq!(codes(&records), []);
    assert!(records.coverage.prove(&key(), examined()).is_err());
    assert!(
        records
            .coverage
            .prove(&key(), Interval::new(at(10, 0), at(13, 45)).unwrap())
            .is_ok()
    );
    // No pull at all.
    let nothing = crate::collected::records(&MemoryStore::default());
    let gaps = nothing.coverage.prove(&key(), examined()).unwrap_err();
    assert!(
        gaps[0]
            .reason
            .contains("no digests of the trail's log files were collected")
    );
}

#[test]
fn an_object_cut_short_on_the_way_accuses_nobody() {
    for (name, object) in [("logs", log_key(11, 5)), ("digests", digest_key(3))] {
        check(&[Unreadable], |collected| {
            let answers = &mut collected.pull(name).answers;
            let answer = answers
                .iter_mut()
                .find(|answer| answer.parameters["Key"] == object)
                .unwrap();
            answer.body.truncate(answer.body.len() - 9);
        });
    }
}

#[test]
fn a_log_file_is_deleted_by_the_list_too() {
    let mut bucket = Bucket::new(|_, _| {});
    bucket.objects.remove(&log_key(11, 5));
    let mut collected = Collected::of(&bucket, at(16, 30));
    without_object(&mut collected, "logs", &log_key(11, 5));
    assert_eq!(codes(&collected.records()), [LogDeleted]);
    // A list of other days does not tell.
    let after = format!("{LOGS}2026/07/02/");
    collected
        .pull("log-list")
        .parameters
        .insert("StartAfter".to_owned(), after);
    assert_eq!(codes(&collected.records()), [LogNotSupplied, LogsNotListed]);
}

#[test]
fn a_list_has_to_be_whole_and_of_the_day() {
    let with = |name: &'static str, value: String| {
        move |collected: &mut Collected| {
            drop(
                collected
                    .pull("log-list")
                    .parameters
                    .insert(name.to_owned(), value.clone()),
            )
        }
    };
    check(&[], with("StartAfter", format!("{LOGS}2026/07/01/")));
    check(
        &[LogsNotListed],
        with("StartAfter", format!("{LOGS}2026/07/01/1")),
    );
    check(&[], with("Prefix", format!("{LOGS}2026/07/01/")));
    check(&[], with("Prefix", String::new()));
    check(&[LogsNotListed], with("Prefix", format!("{LOGS}2026/07/01/1")));
    check(&[LogsNotListed], with("Delimiter", "/".to_owned()));
    check(&[LogsNotListed], |collected| {
        let list = collected.pull("log-list");
        let body = String::from_utf8(list.answers[0].body.clone()).unwrap();
        let body = body.replace(
            "<IsTruncated>false",
            "<NextContinuationToken>n</NextContinuationToken><IsTruncated>true",
        );
        list.answers[0].body = body.into_bytes();
    });
    // A list that was taken before the end of the time shows that much less.
    let mut bucket = Bucket::new(|_, _| {});
    let mut collected = Collected::of(&bucket, at(16, 30));
    bucket.objects.retain(|_, stored| stored.modified < at(13, 0));
    let mut early = Collected::of(&bucket, at(13, 0));
    early.asked.retain(|asked| asked.name == "log-list");
    without(&mut collected, "log-list");
    let mut store = MemoryStore::default();
    collected.put(&mut store, "late");
    early.put(&mut store, "early");
    let records = records(&store);
    assert!(
        records
            .coverage
            .prove(&key(), Interval::new(at(10, 0), at(12, 45)).unwrap())
            .is_ok()
    );
    assert!(
        records
            .coverage
            .prove(&key(), Interval::new(at(10, 0), at(12, 46)).unwrap())
            .is_err()
    );
}

#[test]
fn without_a_description_of_the_trails_a_stray_object_accuses_nobody() {
    let mut bucket = Bucket::new(|_, _| {});
    let stored = bucket.object(&log_key(11, 5)).clone();
    bucket.objects.insert(
        log_key(12, 30),
        Stored {
            modified: at(12, 31),
            ..stored.clone()
        },
    );
    let mut collected = Collected::of(&bucket, at(16, 30));
    without(&mut collected, "trails");
    assert_eq!(codes(&collected.records()), [LogUnreferenced]);
    // What was delivered after the digests at hand is none of theirs.
    let mut later = Bucket::new(|_, _| {});
    later.objects.insert(
        log_key(14, 50),
        Stored {
            modified: at(15, 1),
            ..stored
        },
    );
    assert_eq!(codes(&Collected::of(&later, at(16, 30)).records()), []);
}

#[test]
fn the_newest_digest_is_missed_only_by_a_list_taken_after_it() {
    let mut bucket = Bucket::new(|_, _| {});
    bucket.objects.remove(&digest_key(HOURS - 1));
    let newest = [DigestCode::NewestDigestDeleted];
    assert_eq!(codes(&Collected::of(&bucket, at(16, 30)).records()), newest);
    let mut collected = Collected::of(&bucket, at(16, 30));
    without(&mut collected, "digest-list");
    assert_eq!(codes(&collected.records()), []);
    let narrow = format!("{DIGESTS}2026/07/02/");
    let mut collected = Collected::of(&bucket, at(16, 30));
    collected
        .pull("digest-list")
        .parameters
        .insert("StartAfter".to_owned(), narrow);
    assert_eq!(codes(&collected.records()), []);
    // Five minutes are the bucket's clock; six are another digest.
    for (minutes, expected) in [(5, &[][..]), (6, &newest[..])] {
        let mut bucket = Bucket::new(|_, _| {});
        bucket.delivered = Some(at(15, 20) + TimeDelta::minutes(minutes));
        let records = Collected::of(&bucket, at(16, 30)).records();
        let found = records.digest_chains[0].faults.iter().map(|fault| fault.code);
        let found: Vec<_> = found.filter(|code| *code == newest[0]).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn order_and_repetition_mean_nothing_and_a_bare_copy_does_no_harm() {
    let bucket = Bucket::new(|_, _| {});
    let first = Collected::of(&bucket, at(16, 30));
    let mut second = Collected::of(&bucket, at(17, 30));
    let together = |runs: &[(&Collected, &str)]| {
        let mut store = MemoryStore::default();
        runs.iter().for_each(|(run, name)| run.put(&mut store, name));
        records(&store)
    };
    let one = together(&[(&first, "a"), (&second, "b")]);
    assert_eq!(one, together(&[(&second, "b"), (&first, "a"), (&first, "a")]));
    assert_eq!(codes(&one), []);
    assert_eq!((one.digest_chains[0].digests, one.digest_chains[0].logs), (5, 4));
    for answer in &mut second.pull("digests").answers {
        answer.parameters.retain(|name, _| name == "Key");
    }
    assert_eq!(codes(&together(&[(&first, "a"), (&second, "b")])), []);
    assert_eq!(codes(&second.records()), [SignatureMissing]);
    assert_eq!(BUCKET, "luma-trail");
}

#[test]
fn the_events_of_log_files_that_hold_are_kept() {
    let records = Collected::of(&Bucket::new(|_, _| {}), at(16, 30)).records();
    let [chain] = records.digest_chains.as_slice() else {
        panic!("{:?}", records.digest_chains);
    };
    let events: Vec<_> = chain
        .events
        .iter()
        .map(|event| (event.id.as_str(), event.at))
        .collect();
    let expected = [
        ("backup-10", at(10, 1)),
        ("backup-11", at(11, 1)),
        ("backup-13", at(13, 1)),
        ("backup-14", at(14, 1)),
    ];
    assert_eq!(events, expected);
    assert!(chain.unread.is_empty());
    // One that its digest does not name is no witness; one that is named and holds no events says so.
    let mut bucket = Bucket::new(|_, _| {});
    bucket.object(&log_key(11, 5)).bytes = crate::bucket::gzip(b"{\"Records\":[]}");
    let altered = Collected::of(&bucket, at(16, 30)).records();
    assert_eq!(altered.digest_chains[0].events.len(), 3);
    let content = b"[]";
    let mut bucket = Bucket::new(|index, fields| {
        if index == 1 {
            let hash = backproof::model::ids::Sha256Digest::of(content).to_hex();
            fields["logFiles"][0]["hashValue"] = hash.into();
        }
    });
    bucket.object(&log_key(11, 5)).bytes = crate::bucket::gzip(content);
    let unread = Collected::of(&bucket, at(16, 30)).records();
    assert_eq!(codes(&unread), []);
    let files: Vec<_> = unread.digest_chains[0].unread.keys().collect();
    assert_eq!(files, [&log_key(11, 5)]);
}
