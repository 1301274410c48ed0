//! A second opinion: Ceph's gateway, which keeps locks strictly, ignores `If-None-Match` on names with versions, and has neither
//! checksums nor encryption here. `cargo xtask ceph` starts it.

use std::process::Command;

use serde_json::Value;

use crate::desk::{BUNDLE, Desk, KEY};
use crate::proxy::{Call, Proxy};

/// What an administrator says to the store by the AWS command line, and whether it is done.
fn aws(port: u16, arguments: &[&str]) -> (bool, Value) {
    let output = Command::new("aws")
        .arg("s3api")
        .args(arguments)
        .args(["--output", "json"])
        .env("AWS_ACCESS_KEY_ID", "AKIA111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "canary-secret")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}"))
        .output()
        .expect("the AWS command line is a test component: `cargo xtask components`");
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.success(), said)
}

#[test]
#[ignore = "needs Ceph's gateway: `cargo xtask ceph` starts it and runs this"]
fn ceph_keeps_what_is_archived_and_what_it_does_not_say_is_fetched_or_unknown() {
    let port: u16 = std::env::var_os("BACKPROOF_CEPH_PORT")
        .and_then(|port| port.to_str()?.parse().ok())
        .expect("`cargo xtask ceph` runs this");
    let does = |arguments: &[&str]| {
        let (done, said) = aws(port, arguments);
        assert!(done, "{arguments:?}");
        said
    };
    does(&[
        "create-bucket",
        "--bucket",
        "luma-ceph",
        "--object-lock-enabled-for-bucket",
    ]);
    let of_bucket = ["--bucket", "luma-ceph", "--key", KEY];
    let desk = Desk::before(Proxy::to(port), "luma-ceph".to_owned(), "encryption = \"bucket\"");
    assert_eq!(desk.archive().expect(0).bundle()["state"], "archived");
    let receipt = desk.receipt();
    assert_eq!(receipt["read_by"], "fetched_bytes");
    assert_eq!(receipt["lock"]["mode"], "COMPLIANCE");
    assert!(receipt["encryption"].is_null());
    std::fs::remove_file(desk.receipt_path()).unwrap();
    assert_eq!(desk.archive().expect(0).bundle()["state"], "found");
    assert_eq!(
        desk.proxy.count(Call::Put),
        1,
        "no second version, whatever the store ignores"
    );

    // Ids may begin with a hyphen.
    let version = |id: &str| format!("--version-id={id}");
    let kept = version(receipt["place"]["version"].as_str().unwrap());
    let bypass = ["delete-object", &kept, "--bypass-governance-retention"];
    assert!(
        !aws(port, &[&bypass[..], &of_bucket].concat()).0,
        "nobody deletes it"
    );
    let marker = does(&[&["delete-object"][..], &of_bucket].concat());
    assert_eq!(desk.check().expect(5).deviations(), ["adverse hidden"]);
    let marker = version(marker["VersionId"].as_str().unwrap());
    does(&[&["delete-object", &marker][..], &of_bucket].concat());
    assert_eq!(desk.check().expect(0).deviations(), [""; 0]);
    let file = desk.path(BUNDLE);
    let put = [
        "put-object",
        "--if-none-match",
        "*",
        "--body",
        file.to_str().unwrap(),
    ];
    does(&[&put[..], &of_bucket].concat());
    assert_eq!(desk.check().expect(5).deviations(), ["adverse covered"]);

    std::fs::remove_file(desk.receipt_path()).unwrap();
    desk.configure("prefix = \"encrypted\"");
    let refused = desk.archive().expect(1);
    assert!(
        refused
            .told
            .contains("encryption = \"bucket\" in [archive] leaves it to the bucket"),
        "{}",
        refused.told
    );

    does(&["create-bucket", "--bucket", "luma-plain"]);
    let plain = Desk::before(Proxy::to(port), "luma-plain".to_owned(), "");
    assert!(plain.archive().expect(1).told.contains("it has no versioning"));
}
