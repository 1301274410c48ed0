//! Trouble on the way: what is known of the bundle afterwards, and that the next run heals it without storing it twice.

use std::time::Duration;

use crate::desk::{BUNDLE, Desk};
use crate::ministack;
use crate::proxy::{ALWAYS, Act, Call};
use crate::signing::signed;

/// A request that is stored and whose answer is lost is answered by 412 when it is made again: that is no failure.
#[test]
fn an_answer_that_is_lost_is_made_good_by_the_next_attempt() {
    for act in [Act::CutAfter, Act::FailAfter] {
        let desk = Desk::new("");
        desk.proxy.trouble(Call::Put, 1, act.clone());
        let ended = desk.archive().expect(0);
        assert_eq!(ended.bundle()["state"], "found", "{act:?}");
        assert_eq!(
            desk.proxy.count(Call::Put),
            2,
            "{act:?}: the second finds the first"
        );
        assert_eq!(desk.check().expect(0).deviations(), [""; 0]);
    }
}

/// Where every answer is lost, the object is looked for all the same.
#[test]
fn answers_that_stay_lost_are_made_good_by_looking() {
    for act in [Act::CutAfter, Act::FailAfter] {
        let desk = Desk::new("");
        desk.proxy.trouble(Call::Put, ALWAYS, act.clone());
        let ended = desk.archive().expect(0);
        assert_eq!(ended.bundle()["state"], "found", "{act:?}");
        assert!(desk.receipt_path().exists());
    }
}

#[test]
fn a_passing_fault_before_the_store_is_tried_again() {
    for act in [
        Act::CutBefore,
        Act::Refuse(500, "InternalError"),
        Act::Refuse(503, "SlowDown"),
        Act::Refuse(409, "ConditionalRequestConflict"),
    ] {
        let desk = Desk::new("");
        desk.proxy.trouble(Call::Put, 1, act.clone());
        assert_eq!(desk.archive().expect(0).bundle()["state"], "archived", "{act:?}");
    }
}

#[test]
fn what_stays_refused_is_an_error_without_a_receipt_and_heals() {
    for (act, said) in [
        (
            Act::Refuse(500, "InternalError"),
            "was stored is not known: InternalError",
        ),
        (Act::CutBefore, "was stored is not known: "),
        (Act::Refuse(403, "AccessDenied"), "s3:PutObject of s3://"),
        (Act::Refuse(400, "ExpiredToken"), "failed: ExpiredToken"),
        (
            Act::Refuse(409, "ConditionalRequestConflict"),
            "was stored is not known: ConditionalRequestConflict",
        ),
    ] {
        let desk = Desk::new("");
        desk.proxy.trouble(Call::Put, ALWAYS, act.clone());
        let ended = desk.archive().expect(1);
        assert!(ended.told.contains(said), "{act:?}: {}", ended.told);
        assert!(!desk.receipt_path().exists(), "{act:?}");
        desk.proxy.state().trouble.clear();
        assert_eq!(
            desk.archive().expect(0).bundle()["state"],
            "archived",
            "{act:?}: the next run"
        );
    }
}

/// Stored, and not read back: no receipt. The next run finds it and sends nothing.
#[test]
fn what_could_not_be_read_back_is_found_by_the_next_run() {
    for (call, said) in [
        (Call::Head, "s3:GetObjectVersion of s3://"),
        (Call::Versioning, "s3:GetBucketVersioning of "),
    ] {
        let desk = Desk::new("");
        desk.proxy.trouble(call, ALWAYS, Act::Refuse(403, "AccessDenied"));
        let ended = desk.archive().expect(1);
        assert!(ended.told.contains(said), "{}", ended.told);
        assert!(!desk.receipt_path().exists());
        let stored = desk.proxy.count(Call::Put);
        desk.proxy.state().trouble.clear();
        let healed = desk.archive().expect(0);
        assert_eq!(
            healed.bundle()["state"],
            if stored == 1 { "found" } else { "archived" }
        );
        assert_eq!(desk.proxy.count(Call::Put), 1);
    }
}

/// Stored, and the store would not say how it is locked: that may be anything, so that there is no receipt either.
#[test]
fn a_lock_that_could_not_be_read_back_leaves_no_receipt_and_heals() {
    let desk = Desk::new("");
    desk.proxy
        .trouble(Call::Retention, ALWAYS, Act::Refuse(403, "AccessDenied"));
    assert_eq!(desk.archive().expect(6).deviations(), ["undecided unread"]);
    assert!(!desk.receipt_path().exists());
    assert_eq!(desk.archive().expect(6).deviations(), ["undecided unread"]);
    desk.proxy.state().trouble.clear();
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(desk.receipt()["lock"]["mode"], "COMPLIANCE");
    assert_eq!(desk.proxy.count(Call::Put), 1, "nothing is sent twice");
}

/// `kill -9` between the request that stores and the receipt.
#[test]
fn a_run_that_is_killed_before_the_receipt_heals() {
    let desk = Desk::new("");
    desk.proxy.trouble(Call::Head, ALWAYS, Act::Hold);
    let mut run = desk.command(&["archive", BUNDLE]).spawn().unwrap();
    let asked = (0..3_000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        desk.proxy.count(Call::Head) > 0
    });
    assert!(asked, "the run never asked what was stored");
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(!desk.receipt_path().exists());
    assert_eq!(desk.proxy.count(Call::Put), 1);
    desk.proxy.state().trouble.clear();
    // Half a receipt of a run that was killed while it wrote is no receipt.
    desk.write("archive/.backproof-1-luma-2026-Q3.zip.json.partial", b"{");
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(desk.proxy.count(Call::Put), 1, "nothing is sent twice");
    assert_eq!(desk.check().expect(0).deviations(), [""; 0]);
}

/// Two at the same time: the second request is refused, and what it finds is another file.
#[test]
fn another_file_that_came_in_between_is_refused() {
    let desk = Desk::new("");
    // What the other one stored shows only to the request itself.
    desk.proxy.trouble(
        Call::Versions,
        1,
        Act::Say("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"),
    );
    let other = signed("luma-2026-q2");
    let target = format!("/{}/{}", desk.bucket, crate::desk::KEY);
    let said = ministack::ask("PUT", &target, &[], &other);
    assert_eq!(said.status, 200, "{said:?}");
    let refused = desk.archive().expect(1);
    assert!(
        refused.told.contains("is archived already, as another file"),
        "{}",
        refused.told
    );
    assert_eq!(desk.proxy.count(Call::Put), 1);
    assert!(!desk.receipt_path().exists());
}

#[test]
fn receipts_that_can_not_be_written_stop_it_before_anything_is_stored() {
    let desk = Desk::new("receipts = \"taken\"");
    desk.write("taken", b"a file");
    let refused = desk.archive().expect(1);
    let said = "hint: name a directory that can be written to as `receipts` in [archive]";
    assert!(refused.told.contains(said), "{}", refused.told);
    assert_eq!(desk.proxy.count(Call::Put), 0);
}
