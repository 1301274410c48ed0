//! A store that does what it should: what is sent, what is read back, what is done once only, and what is refused.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::desk::{BUNDLE, Desk, KEY};
use crate::proxy::{Call, header};
use crate::signing::signed;
use crate::{ministack, store};

fn instant(value: &serde_json::Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_bundle_is_locked_read_back_and_sent_once_only() {
    let desk = Desk::new("");
    let ended = desk.archive().expect(0);
    assert_eq!(ended.bundle()["state"], "archived");
    assert_eq!(ended.deviations(), [""; 0]);
    let receipt = desk.receipt();
    assert_eq!(ended.bundle()["receipt"], receipt);
    let bytes = std::fs::read(desk.path(BUNDLE)).unwrap();
    let sha256 = backproof_verify::digest::Sha256Digest::of(&bytes);
    assert_eq!(receipt["format"], "backproof.archive/v1");
    assert_eq!(receipt["bundle"]["name"], BUNDLE);
    assert_eq!(receipt["bundle"]["bytes"], bytes.len());
    assert_eq!(receipt["bundle"]["sha256"], sha256.to_hex());
    assert_eq!(
        (
            receipt["place"]["bucket"].as_str(),
            receipt["place"]["key"].as_str()
        ),
        (Some(&*desk.bucket), Some(KEY))
    );
    assert_eq!(receipt["read_by"], "store_checksum");
    assert_eq!(receipt["encryption"]["algorithm"], "AES256");
    assert_eq!(receipt["lock"]["mode"], "COMPLIANCE");
    let (until, stored) = (
        instant(&receipt["lock"]["retain_until"]),
        instant(&receipt["stored"]),
    );
    let asked = stored + Months::new(72) + TimeDelta::days(90);
    assert!(
        (until - asked).abs() < TimeDelta::minutes(5),
        "{until} is six years and 90 days after {stored}"
    );
    {
        let state = desk.proxy.state();
        let (_, put) = state.log.iter().find(|(call, _)| *call == Call::Put).unwrap();
        for (name, value) in [
            ("if-none-match", "*"),
            ("x-amz-object-lock-mode", "COMPLIANCE"),
            ("x-amz-server-side-encryption", "AES256"),
            ("content-length", &bytes.len().to_string()),
        ] {
            assert_eq!(header(put, name), Some(value), "{put}");
        }
        assert!(header(put, "x-amz-checksum-sha256").is_some(), "{put}");
        assert!(
            header(put, "x-amz-trailer").is_none(),
            "one checksum, and it is the whole object's: {put}"
        );
    }
    // The store itself says no to whoever would delete it.
    let version = receipt["place"]["version"].as_str().unwrap();
    let target = format!("/{}/{KEY}?versionId={version}", desk.bucket);
    assert_eq!(
        ministack::ask(
            "DELETE",
            &target,
            &[("x-amz-bypass-governance-retention", "true")],
            b""
        )
        .status,
        403
    );

    let again = desk.archive().expect(0);
    assert_eq!(again.bundle()["state"], "kept");
    assert_eq!(desk.check().expect(0).bundle()["state"], "kept");
    assert_eq!(
        desk.proxy.count(Call::Put),
        1,
        "one request stores it; nothing is sent again"
    );
    assert_eq!(desk.receipt(), receipt);
}

#[test]
fn words_for_people_say_what_is_kept() {
    let desk = Desk::new("");
    let said = desk.run(&["archive", BUNDLE]).expect(0);
    for words in [
        "luma-2026-Q3.zip: archived, and read back",
        &format!("s3://{}/{KEY} version ", desk.bucket),
        "locked: COMPLIANCE until 20",
        "by the store's checksum",
        "encrypted by AES256",
    ] {
        assert!(said.said.contains(words), "{words:?} in {}", said.said);
    }
    assert!(
        said.told
            .contains("nobody can tell by whom: name the root that you trust with --trust"),
        "{}",
        said.told
    );
    let said = desk.run(&["archive", "--check"]).expect(0);
    assert!(
        said.said.contains("luma-2026-Q3.zip: kept, as its receipt says"),
        "{}",
        said.said
    );
}

#[test]
fn retention_is_raised_and_never_lowered() {
    let desk = Desk::new("retention_years = 10");
    desk.archive().expect(0);
    let receipt = desk.receipt();
    let years = instant(&receipt["lock"]["retain_until"]) - instant(&receipt["stored"]);
    assert!((3_652 + 89..=3_653 + 91).contains(&years.num_days()), "{years}");
    desk.configure("retention_years = 5");
    let refused = desk.archive().expect(1);
    let said = "archive.retention_years is 5: documentation is kept for 6 years at the least (45 CFR 164.316(b)(2)(i))";
    assert!(refused.told.contains(said), "{}", refused.told);
}

#[test]
fn a_key_of_kms_is_asked_for_and_read_back() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let desk = Desk::new(&format!("kms_key = \"{key}\""));
    desk.archive().expect(0);
    assert_eq!(
        desk.receipt()["encryption"],
        serde_json::json!({"algorithm": "aws:kms", "key": key})
    );
}

#[test]
fn another_file_under_the_same_name_is_refused() {
    let desk = Desk::new("");
    desk.archive().expect(0);
    let receipt = desk.receipt();
    desk.write(BUNDLE, &signed("luma-2026-q2"));
    let refused = desk.archive().expect(1);
    assert!(
        refused.told.contains("another file under the same name"),
        "{}",
        refused.told
    );
    // The store says the same to somebody who has no receipt.
    std::fs::remove_file(desk.receipt_path()).unwrap();
    let refused = desk.archive().expect(1);
    let said = format!(
        "is archived already, as another file: sha256 {}",
        receipt["bundle"]["sha256"].as_str().unwrap()
    );
    assert!(refused.told.contains(&said), "{}", refused.told);
    assert!(!desk.receipt_path().exists());
    assert_eq!(desk.proxy.count(Call::Put), 1);
}

#[test]
fn one_that_can_not_be_archived_keeps_none_of_the_others_from_it() {
    let desk = Desk::new("");
    desk.write("other.zip", &signed("luma-2026-q2"));
    let mut altered = signed("luma-2026-q2");
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    desk.write("altered.zip", &altered);
    let told = |last: &str, code: i32| {
        let names = ["archive", BUNDLE, "altered.zip", last, "other.zip"];
        let json = [&names[..], &["--json"]].concat();
        let ended = desk.run(&json).expect(code);
        let said: serde_json::Value = serde_json::from_str(&ended.said).unwrap();
        let rows = said["bundles"].as_array().unwrap().iter();
        let states: Vec<_> = rows
            .map(|row| row["state"].as_str().unwrap().to_owned())
            .collect();
        let said = desk.run(&names).expect(code).said;
        for words in [
            "altered.zip: FAILED\n  could not be archived: the bundle does not verify",
            "other.zip: kept, as its receipt says",
        ] {
            assert!(said.contains(words), "{words:?} in {said}");
        }
        states
    };
    assert_eq!(
        told("missing.zip", 1),
        ["archived", "failed", "failed", "archived"],
        "an error of the input comes before what was altered"
    );
    assert_eq!(told(BUNDLE, 5), ["kept", "failed", "kept", "kept"]);
    assert_eq!(desk.proxy.count(Call::Put), 2);
}

#[test]
fn buckets_that_can_not_keep_evidence_are_refused_with_the_reason() {
    let suspended = store::plain();
    store::versioning(&suspended, "Suspended");
    let unlocked = store::plain();
    store::versioning(&unlocked, "Enabled");
    for (bucket, said) in [
        (
            store::plain(),
            "can't keep evidence: it has no versioning, and only versions can be locked",
        ),
        (suspended, "can't keep evidence: its versioning is suspended"),
        (
            unlocked,
            "can't keep evidence: it has no Object Lock: what is put there can be deleted",
        ),
        (
            "luma-nowhere".to_owned(),
            "s3:GetBucketVersioning of luma-nowhere failed: NoSuchBucket",
        ),
    ] {
        let desk = Desk::with(bucket, "");
        let refused = desk.archive().expect(1);
        assert!(refused.told.contains(said), "{}", refused.told);
        assert_eq!(desk.proxy.count(Call::Put), 0);
    }
}

#[test]
fn a_default_of_governance_does_not_weaken_the_lock() {
    let desk = Desk::new("");
    store::default_lock(&desk.bucket, "GOVERNANCE");
    desk.archive().expect(0);
    assert_eq!(desk.receipt()["lock"]["mode"], "COMPLIANCE");
}

#[test]
fn what_does_not_verify_is_not_archived() {
    let desk = Desk::new("");
    let mut bytes = std::fs::read(desk.path(BUNDLE)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    desk.write(BUNDLE, &bytes);
    let refused = desk.archive().expect(5);
    assert!(
        refused.told.contains("the bundle does not verify"),
        "{}",
        refused.told
    );
    desk.write("report.pdf", b"%PDF-1.7");
    desk.run(&["archive", "report.pdf"]).expect(5);
    let name = "luma 2026.zip";
    desk.write(name, &signed("luma-2026-q3"));
    let refused = desk.run(&["archive", name]).expect(1);
    assert!(
        refused.told.contains("can't be the name of an archived bundle"),
        "{}",
        refused.told
    );
    assert!(desk.proxy.state().log.is_empty(), "the store was asked nothing");
}

/// One limit, that of the bundle's format, whatever the store would take.
#[test]
fn what_is_larger_than_any_bundle_is_not_read() {
    let desk = Desk::new("");
    desk.write("large.zip", b"");
    let large = std::fs::OpenOptions::new()
        .write(true)
        .open(desk.path("large.zip"));
    // Sparse: it takes no room.
    large.unwrap().set_len(1 << 32).unwrap();
    let refused = desk.run(&["archive", "large.zip"]).expect(1);
    let said = "has 4294967296 bytes, more than any bundle of ours (4294967295)";
    assert!(refused.told.contains(said), "{}", refused.told);
    assert!(desk.proxy.state().log.is_empty(), "the store was asked nothing");
}

#[test]
fn a_configuration_that_can_not_be_meant_is_refused() {
    let desk = Desk::new("");
    for (lines, said) in [
        (
            "retention_year = 7",
            "unknown key `retention_year`: did you mean `retention_years`?",
        ),
        ("retention_years = 1000", "write 6 to 100, or leave it out"),
        ("role = \"archiver\"", "archive.role needs archive.account"),
        (
            "account = \"111122223333\"\nexternal_id = \"x\"",
            "archive.external_id is for a role",
        ),
        (
            "encryption = \"none\"",
            "archive.encryption is \"none\": write \"AES256\", or \"bucket\"",
        ),
        (
            "encryption = \"AES256\"\nkms_key = \"k\"",
            "leave archive.encryption out",
        ),
    ] {
        desk.configure(lines);
        let refused = desk.archive().expect(1);
        assert!(refused.told.contains(said), "{lines}: {}", refused.told);
    }
    let text = std::fs::read_to_string(desk.path("backproof.toml")).unwrap();
    desk.write(
        "backproof.toml",
        text.split("[archive]").next().unwrap().as_bytes(),
    );
    let refused = desk.archive().expect(1);
    assert!(
        refused.told.contains("no [archive] says where bundles are kept"),
        "{}",
        refused.told
    );
    desk.run(&["archive"]).expect(2);
    desk.run(&["archive", BUNDLE, "--check"]).expect(2);
}
