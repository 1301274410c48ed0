//! Stores that know less, as Ceph's gateway does: no `If-None-Match` on names with versions, no checksums, no word about
//! encryption. What they don't say is fetched or said to be unknown.

use crate::desk::{BUNDLE, Desk, KEY};
use crate::ministack;
use crate::proxy::{ALWAYS, Act, Call};

fn lesser(lines: &str) -> Desk {
    let desk = Desk::new(lines);
    desk.proxy
        .trouble(Call::Put, ALWAYS, Act::Forget("if-none-match"));
    for call in [Call::Head, Call::Get, Call::Put] {
        desk.proxy.trouble(call, ALWAYS, Act::Conceal("x-amz-checksum"));
        desk.proxy
            .trouble(call, ALWAYS, Act::Conceal("x-amz-server-side-encryption"));
    }
    desk
}

#[test]
fn without_a_checksum_the_bytes_are_fetched() {
    let desk = lesser("encryption = \"bucket\"");
    let ended = desk.archive().expect(0);
    assert_eq!(ended.deviations(), [""; 0]);
    let receipt = desk.receipt();
    assert_eq!(receipt["read_by"], "fetched_bytes");
    assert!(receipt["encryption"].is_null());
    assert_eq!(desk.proxy.count(Call::Get), 1);
    let said = desk.run(&["archive", "--check"]).expect(0).said;
    assert!(
        said.contains("of the bytes, fetched: the store gives no checksum"),
        "{said}"
    );
    assert!(said.contains("encryption: the store did not say"), "{said}");
}

#[test]
fn encryption_that_was_asked_for_and_is_not_shown_is_undecided() {
    let desk = lesser("");
    let ended = desk.archive().expect(6);
    assert_eq!(ended.deviations(), ["undecided other-encryption"]);
    assert!(desk.receipt_path().exists(), "the bundle is locked all the same");
}

#[test]
fn a_name_that_is_taken_is_seen_before_it_is_asked_for() {
    let desk = lesser("encryption = \"bucket\"");
    desk.archive().expect(0);
    std::fs::remove_file(desk.receipt_path()).unwrap();
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(desk.proxy.count(Call::Put), 1, "no second version is made");
}

#[test]
fn a_second_version_that_got_in_is_noticed() {
    let desk = lesser("encryption = \"bucket\"");
    desk.archive().expect(0);
    let target = format!("/{}/{KEY}", desk.bucket);
    let bytes = std::fs::read(desk.path(BUNDLE)).unwrap();
    assert_eq!(ministack::ask("PUT", &target, &[], &bytes).status, 200);
    assert_eq!(desk.check().expect(5).deviations(), ["adverse covered"]);
}

#[test]
fn bytes_that_break_off_are_no_digest_and_leave_no_receipt() {
    let desk = lesser("encryption = \"bucket\"");
    let trouble = desk.proxy.state().trouble.clone();
    desk.proxy
        .trouble(Call::Get, ALWAYS, Act::Refuse(500, "InternalError"));
    let ended = desk.archive().expect(6);
    assert_eq!(ended.deviations(), ["undecided unread"]);
    assert!(ended.bundle()["receipt_file"].is_null());
    assert!(!desk.receipt_path().exists());
    desk.proxy.state().trouble = trouble;
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(desk.receipt()["read_by"], "fetched_bytes");
    assert_eq!(desk.proxy.count(Call::Put), 1, "nothing is sent twice");
}
