//! The development identity: made once, loaded ever after, marked for everybody to see.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use backproof::sign::dev_identity::{CHAIN_FILE, KEY_FILE, ROOT_FILE, load_or_make};
use backproof::sign::{Signer as _, cms};
use backproof_verify::check::{Checks, Verdict};
use backproof_verify::signature::{TrustAnchors, check_detached};
use chrono::Months;

use super::now;
use super::tools::{run, text};

#[test]
fn it_is_made_once_and_marked() {
    let parent = tempfile::tempdir().expect("directory");
    let directory = parent.path().join("dev-identity");
    let made = load_or_make(&directory, now()).expect("makes");
    let loaded = load_or_make(&directory, now() + Months::new(3)).expect("loads");
    assert_eq!(made.chain(), loaded.chain());
    assert_eq!(
        made.sign(b"message").expect("signs"),
        loaded.sign(b"message").expect("signs")
    );

    let names = |path| {
        fs::read_dir(path)
            .expect("reads")
            .map(|entry| entry.expect("entry").file_name())
    };
    let mut files: Vec<_> = names(&directory).collect();
    files.sort();
    assert_eq!(files, [CHAIN_FILE, ROOT_FILE, KEY_FILE]);
    assert_eq!(
        names(&parent.path().to_owned()).count(),
        1,
        "nothing is left aside"
    );
    let mode = fs::metadata(directory.join(KEY_FILE))
        .expect("metadata")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let (root, chain) = (directory.join(ROOT_FILE), directory.join(CHAIN_FILE));
    let verdict = run(
        "openssl",
        &["verify", "-x509_strict", "-CAfile", text(&root), text(&chain)],
    );
    assert!(verdict.trim_end().ends_with(": OK"), "{verdict}");
    let printed = run("openssl", &["x509", "-noout", "-text", "-in", text(&chain)]);
    for expected in [
        "CN = \"backproof development identity, not for audit use\"",
        "OU = backproof development identity",
        "CA:FALSE",
        "Digital Signature, Non Repudiation",
        "1.3.6.1.5.5.7.3.36",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Key Identifier",
    ] {
        assert!(printed.contains(expected), "{expected:?} in {printed}");
    }

    let signature = cms::detached(&made, None, b"content").expect("signs");
    let anchors = TrustAnchors::from_pem(&fs::read_to_string(&root).expect("reads")).expect("anchors");
    let mut checks = Checks::new();
    let facts = check_detached("x.p7s", &signature, b"content", &anchors, now(), &mut checks).expect("facts");
    assert_eq!(checks.verdict(), Verdict::Verified, "{checks:?}");
    assert!(facts.development);
}

#[test]
fn a_damaged_one_is_reported_and_kept() {
    let parent = tempfile::tempdir().expect("directory");
    let directory = parent.path().join("dev-identity");
    load_or_make(&directory, now()).expect("makes");
    let key = directory.join(KEY_FILE);
    fs::write(&key, "nothing").expect("writes");
    let error = load_or_make(&directory, now()).expect_err("refused").to_string();
    assert!(error.contains("no private key found"), "{error}");
    assert_eq!(fs::read_to_string(&key).expect("reads"), "nothing");
    fs::remove_file(&key).expect("removes");
    let error = load_or_make(&directory, now()).expect_err("refused").to_string();
    assert!(error.contains("signer.key"), "{error}");
}

#[test]
fn where_it_cannot_be_written_nothing_is_left() {
    let parent = tempfile::tempdir().expect("directory");
    let missing = parent.path().join("missing").join("dev-identity");
    let error = load_or_make(&missing, now()).expect_err("refused").to_string();
    assert!(error.contains("No such file"), "{error}");
    assert_eq!(fs::read_dir(parent.path()).expect("reads").count(), 0);
}
