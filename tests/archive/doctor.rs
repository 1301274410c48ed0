//! `doctor` over a store: what can be told without writing to it.

use serde_json::Value;

use crate::desk::{Desk, Ended};
use crate::proxy::{ALWAYS, Act, Call};
use crate::store;

fn doctor(desk: &Desk) -> Ended {
    std::fs::create_dir_all(desk.path("recorded")).unwrap();
    desk.run(&["doctor", "--json"])
}

/// Outcomes of the checks of the archive.
fn outcomes(ended: &Ended) -> Vec<String> {
    let json: Value = serde_json::from_str(&ended.said).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let checks = json["checks"].as_array().unwrap().iter();
    let of_archive = checks.filter(|check| check["group"] == "archive");
    of_archive
        .map(|check| {
            format!(
                "{} {}",
                check["check"].as_str().unwrap(),
                check["outcome"].as_str().unwrap()
            )
        })
        .collect()
}

const NOTHING_WRITTEN: &str = "s3:PutObject, s3:PutObjectRetention unknown";

#[test]
fn a_bucket_that_can_keep_evidence_is_told_as_far_as_that_can_be_told() {
    let desk = Desk::new("");
    let ended = doctor(&desk);
    assert_eq!(
        outcomes(&ended),
        [
            "versioning ok",
            "Object Lock ok",
            "s3:ListBucketVersions ok",
            "s3:GetObjectVersion, s3:GetObjectRetention unknown",
            NOTHING_WRITTEN,
        ]
    );
    assert!(ended.said.contains("locked for 6 years and 90 days"), "{ended:?}");
    assert_eq!(desk.proxy.count(Call::Put), 0, "nothing is written");

    desk.archive().expect(0);
    let put = desk.proxy.count(Call::Put);
    assert_eq!(
        outcomes(&doctor(&desk)),
        [
            "versioning ok",
            "Object Lock ok",
            "s3:ListBucketVersions ok",
            "s3:GetObjectVersion ok",
            "s3:GetObjectRetention ok",
            NOTHING_WRITTEN,
        ]
    );
    assert_eq!(desk.proxy.count(Call::Put), put, "nothing is written");
}

#[test]
fn a_bucket_without_versions_or_lock_fails() {
    let ended = doctor(&Desk::with(store::plain(), "")).expect(1);
    assert_eq!(outcomes(&ended)[..2], ["versioning failed", "Object Lock failed"]);
    assert!(ended.said.contains("make a bucket with Object Lock"), "{ended:?}");
}

#[test]
fn what_the_store_refuses_is_named_by_its_permission() {
    let desk = Desk::new("");
    desk.archive().expect(0);
    for (call, code) in [
        (Call::Versions, "AccessDenied"),
        (Call::Retention, "AccessDenied"),
        (Call::LockConfiguration, "AccessDenied"),
    ] {
        desk.proxy.trouble(call, ALWAYS, Act::Refuse(403, code));
    }
    let ended = doctor(&desk).expect(1);
    assert_eq!(
        outcomes(&ended),
        [
            "versioning ok",
            "Object Lock failed",
            "s3:ListBucketVersions failed",
            "s3:GetObjectVersion, s3:GetObjectRetention unknown",
            NOTHING_WRITTEN,
        ]
    );
    assert!(
        ended.said.contains("allow s3:GetBucketObjectLockConfiguration"),
        "{ended:?}"
    );
}

#[test]
fn the_policy_names_the_bucket_and_what_may_be_done_in_it() {
    let desk = Desk::new("account = \"111122223333\"\nrole = \"archiver\"\nkms_key = \"1234abcd\"\n");
    let ended = desk.run(&["doctor", "--policy"]).expect(0);
    let json: Value = serde_json::from_str(&ended.said).unwrap();
    let role = &json["aws"][1];
    assert_eq!(role["identity"], "arn:aws:iam::111122223333:role/archiver");
    let statements = role["policy"]["Statement"].as_array().unwrap();
    let resources: Vec<&Value> = statements.iter().map(|one| &one["Resource"][0]).collect();
    let bucket = format!("arn:aws:s3:::{}", desk.bucket);
    assert_eq!(
        resources,
        [
            &bucket,
            &format!("{bucket}/packages/*"),
            "arn:aws:kms:us-east-1:*:key/1234abcd"
        ]
    );
    assert!(
        !ended.said.contains("Delete") && !ended.said.contains("Bypass"),
        "{ended:?}"
    );
    let environment = &json["aws"][0];
    assert_eq!(environment["identity"], "environment");
    assert_eq!(
        environment["policy"]["Statement"][0]["Resource"][0],
        role["identity"]
    );
}
