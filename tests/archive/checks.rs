//! `archive --check`: every way in which a store may come to keep something else than its receipt says.

use crate::desk::{BUNDLE, Desk, KEY};
use crate::ministack;
use crate::proxy::{ALWAYS, Act, Call};

fn archived() -> Desk {
    let desk = Desk::new("");
    desk.archive().expect(0);
    desk
}

#[test]
fn a_delete_marker_hides_it() {
    let desk = archived();
    ministack::does("DELETE", &format!("/{}/{KEY}", desk.bucket), &[], "");
    let ended = desk.check().expect(5);
    assert_eq!(ended.deviations(), ["adverse hidden"]);
    assert!(ended.said.contains("remove the marker"), "{}", ended.said);
    // Archiving it anew does not store it a second time.
    assert_eq!(desk.archive().expect(5).deviations(), ["adverse hidden"]);
    std::fs::remove_file(desk.receipt_path()).unwrap();
    assert_eq!(desk.archive().expect(5).deviations(), ["adverse hidden"]);
    assert_eq!(desk.proxy.count(Call::Put), 1);
}

#[test]
fn another_version_covers_it() {
    let desk = archived();
    ministack::does("PUT", &format!("/{}/{KEY}", desk.bucket), &[], "something else");
    assert_eq!(desk.check().expect(5).deviations(), ["adverse covered"]);
}

#[test]
fn an_older_version_of_the_name_is_noticed() {
    let desk = Desk::new("");
    let target = format!("/{}/{KEY}", desk.bucket);
    let bytes = std::fs::read(desk.path(BUNDLE)).unwrap();
    assert_eq!(ministack::ask("PUT", &target, &[], &bytes).status, 200);
    desk.proxy.trouble(
        Call::Versions,
        1,
        Act::Say("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"),
    );
    desk.proxy
        .trouble(Call::Put, ALWAYS, Act::Forget("if-none-match"));
    assert_eq!(desk.archive().expect(6).deviations(), ["undecided not-alone"]);
    assert_eq!(desk.check().expect(6).deviations(), ["undecided not-alone"]);
}

#[test]
fn a_version_that_is_gone_is_missing() {
    let desk = archived();
    let version = desk.receipt()["place"]["version"].as_str().unwrap().to_owned();
    desk.edit_receipt(&version, "3f1e2d4c-0000-0000-0000-000000000000");
    assert_eq!(desk.check().expect(5).deviations(), ["adverse missing"]);
}

#[test]
fn other_bytes_another_length_and_a_shorter_lock_are_told_apart() {
    let receipt = archived().receipt();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let sha256 = text(&receipt["bundle"]["sha256"]);
    let bytes = format!("\"bytes\": {}", receipt["bundle"]["bytes"]);
    for (from, to, code) in [
        (sha256, "0".repeat(64), "adverse other-bytes"),
        (bytes, "\"bytes\": 7".to_owned(), "adverse other-size"),
    ] {
        let desk = archived();
        desk.edit_receipt(&from, &to);
        assert_eq!(desk.check().expect(5).deviations(), [code]);
    }
    let desk = archived();
    desk.edit_receipt(
        &text(&desk.receipt()["lock"]["retain_until"]),
        "2099-01-01T00:00:00Z",
    );
    let ended = desk.check().expect(5);
    assert_eq!(ended.deviations(), ["adverse short-lock"]);
    assert!(
        ended.said.contains("before 2099-01-01T00:00:00Z"),
        "{}",
        ended.said
    );
}

#[test]
fn a_lock_that_can_be_taken_off_or_is_gone_is_adverse() {
    const GOVERNANCE: &str = "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>";
    for (act, code) in [
        (Act::Say(GOVERNANCE), "adverse weak-lock"),
        (
            Act::Refuse(404, "NoSuchObjectLockConfiguration"),
            "adverse unlocked",
        ),
    ] {
        let desk = archived();
        desk.proxy.trouble(Call::Retention, ALWAYS, act.clone());
        assert_eq!(desk.check().expect(5).deviations(), [code]);
        // What comes back so at once leaves no receipt.
        std::fs::remove_file(desk.receipt_path()).unwrap();
        assert_eq!(desk.archive().expect(5).deviations(), [code]);
        assert!(!desk.receipt_path().exists());
    }
}

/// An object that somebody put there under the bundle's name, with a lock that ends too early or none.
#[test]
fn the_same_bytes_with_a_weaker_lock_are_not_taken_for_archived() {
    for (headers, code) in [
        (&[][..], "adverse unlocked"),
        (
            &[
                ("x-amz-object-lock-mode", "COMPLIANCE"),
                ("x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"),
            ],
            "adverse short-lock",
        ),
        (
            &[
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", "2090-01-01T00:00:00Z"),
            ],
            "adverse weak-lock",
        ),
    ] {
        let desk = Desk::new("encryption = \"bucket\"");
        let bytes = std::fs::read(desk.path(BUNDLE)).unwrap();
        let target = format!("/{}/{KEY}", desk.bucket);
        assert_eq!(ministack::ask("PUT", &target, headers, &bytes).status, 200);
        assert_eq!(desk.archive().expect(5).deviations(), [code]);
        assert!(!desk.receipt_path().exists());
        assert_eq!(desk.proxy.count(Call::Put), 0);
    }
}

#[test]
fn what_can_not_be_asked_is_undecided_and_never_kept() {
    for call in [Call::Versions, Call::Head] {
        let desk = archived();
        desk.proxy.trouble(call, ALWAYS, Act::Refuse(403, "AccessDenied"));
        let ended = desk.check().expect(6);
        assert_eq!(ended.bundle()["state"], "unknown");
    }
    let desk = archived();
    desk.proxy
        .trouble(Call::Retention, ALWAYS, Act::Refuse(403, "AccessDenied"));
    let ended = desk.check().expect(6);
    assert_eq!(ended.deviations(), ["undecided unread"]);
    assert!(
        ended
            .said
            .contains("its lock could not be read back: AccessDenied"),
        "{}",
        ended.said
    );
}

#[test]
fn receipts_are_read_strictly_and_their_absence_is_no_pass() {
    let desk = Desk::new("");
    let said = desk.check().expect(1);
    assert!(said.told.contains("there is no receipt in"), "{}", said.told);
    desk.archive().expect(0);
    for (from, to, said) in [
        ("backproof.archive/v1", "backproof.archive/v2", "its format is"),
        ("\"tool\"", "\"took\"", "unknown field `took`"),
        ("\n}\n", "\n}", "not written as this program writes receipts"),
        (
            "\"COMPLIANCE\"",
            "\"GOVERNANCE\"",
            "it says no lock of the mode COMPLIANCE",
        ),
        (
            "\"store_checksum\"",
            "null",
            "does not say how the sha256 was read back",
        ),
    ] {
        let text = std::fs::read_to_string(desk.receipt_path()).unwrap();
        desk.edit_receipt(from, to);
        let ended = desk.check().expect(6);
        assert!(ended.said.contains(said), "{}", ended.said);
        std::fs::write(desk.receipt_path(), text).unwrap();
    }
    desk.write("archive/notes.txt", b"");
    let said = desk.check().expect(1);
    assert!(
        said.told
            .contains("is no receipt: only receipts stand in this directory"),
        "{}",
        said.told
    );
}
