//! PKCS#12 files as OpenSSL writes them: those that are read, and those that are refused.

use std::fs;
use std::path::Path;

use backproof::sign::file::FileSigner;
use backproof::sign::{Signer as _, pkcs12};
use proptest::prelude::*;
use tempfile::TempDir;

use super::identities::{SIGNERS, certificates, path, read, signer};
use super::tools::{run, text};
use super::{Change, mutate, now};

const PASSWORD: &str = "pässword";

/// Exports the key `name`, with its certificate and what `options` add.
fn export(directory: &Path, name: &str, options: &[&str]) -> Vec<u8> {
    let [key, own, out] = [
        path(&format!("{name}.key")),
        path(&format!("{name}.pem")),
        directory.join("file.p12"),
    ];
    let line = ["pkcs12", "-export", "-inkey", text(&key), "-out", text(&out)];
    let own = match options.contains(&"-in") || options.contains(&"-nocerts") {
        true => vec![],
        false => vec!["-in", text(&own)],
    };
    let password = match options.contains(&"-passout") {
        true => vec![],
        false => vec!["-passout", "pass:pässword"],
    };
    run("openssl", &[&line[..], &own, &password, options].concat());
    fs::read(out).expect("the file")
}

/// Another certificate of `signer-p256`, by another authority.
fn renewed(directory: &Path) -> String {
    let [root, root_pem, request, out] =
        ["other.key", "other.pem", "renewed.csr", "renewed.pem"].map(|name| directory.join(name));
    let own = path("signer-p256.key");
    let subject = ["-subj", "/CN=another authority", "-days", "3650"];
    let made = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        text(&root),
        "-out",
        text(&root_pem),
    ];
    run("openssl", &[&made[..], &subject].concat());
    run(
        "openssl",
        &[
            "req",
            "-new",
            "-key",
            text(&own),
            "-subj",
            "/CN=signer-p256",
            "-out",
            text(&request),
        ],
    );
    // Valid on the day of these tests, whenever they are run.
    let issue = [
        "2026-10-01",
        "openssl",
        "x509",
        "-req",
        "-in",
        text(&request),
        "-CA",
        text(&root_pem),
    ];
    run(
        "faketime",
        &[
            &issue[..],
            &["-CAkey", text(&root), "-days", "3650", "-out", text(&out)],
        ]
        .concat(),
    );
    fs::read_to_string(out).expect("PEM")
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("directory")
}

#[test]
fn what_openssl_writes_signs_like_the_pem_file() {
    let (directory, issuing, root) = (scratch(), path("issuing.pem"), path("root.pem"));
    let both = directory.path().join("both.pem");
    let chain = ["root.pem", "issuing.pem"].map(|name| fs::read_to_string(path(name)).expect("PEM"));
    fs::write(&both, chain.concat()).expect("writes");
    for name in SIGNERS {
        let (expected, issued) = (signer(name), certificates(&[name, "issuing"]));
        for options in [
            &["-certfile", text(&issuing)][..],
            &["-certfile", text(&both)],
            &[
                "-certfile",
                text(&issuing),
                "-keypbe",
                "AES-128-CBC",
                "-certpbe",
                "NONE",
            ],
            &["-certfile", text(&issuing), "-macalg", "sha512", "-iter", "1"],
            &[
                "-certfile",
                text(&issuing),
                "-macalg",
                "sha384",
                "-keypbe",
                "NONE",
            ],
        ] {
            let file = export(directory.path(), name, options);
            let signer = FileSigner::from_pkcs12(&file, PASSWORD, now())
                .unwrap_or_else(|error| panic!("{name} {options:?}: {error}"));
            // The root is left out, whatever the file holds.
            assert_eq!(signer.chain(), issued, "{name} {options:?}");
            assert_eq!(
                signer.sign(b"text").expect("signs"),
                expected.sign(b"text").expect("signs")
            );
        }
        let alone = export(directory.path(), name, &["-certfile", text(&root)]);
        let alone = FileSigner::from_pkcs12(&alone, PASSWORD, now()).expect("a signer");
        assert_eq!(alone.chain(), certificates(&[name]));
        let open = export(directory.path(), name, &["-passout", "pass:"]);
        FileSigner::from_pkcs12(&open, "", now()).expect("a file without a password");
    }
}

#[test]
fn what_is_not_safe_or_not_whole_is_refused() {
    let directory = scratch();
    let other = path("signer-rsa.pem");
    let refused = |file: &[u8], password: &str| match FileSigner::from_pkcs12(file, password, now()) {
        Ok(signer) => panic!("{signer:?} was taken"),
        Err(error) => error.to_string(),
    };
    let file = export(directory.path(), "signer-p256", &[]);
    let wrong = "the password is wrong, or the file is damaged";
    for password in ["", "passwort", "pässword "] {
        assert_eq!(refused(&file, password), wrong, "{password:?}");
    }
    assert_eq!(
        refused(b"-----BEGIN", PASSWORD),
        "the file is no PKCS#12 file in DER: it does not parse"
    );
    assert!(
        refused(&vec![0x30; pkcs12::MAX_BYTES + 1], PASSWORD)
            .starts_with("the file has more than 1048576 bytes")
    );
    for (options, expected) in [
        (
            &["-legacy"][..],
            "the file is protected by a digest by 1.3.14.3.2.26, which is not read: write it anew",
        ),
        (
            &["-macalg", "sha256", "-keypbe", "PBE-SHA1-3DES"],
            "the file is protected by the algorithm 1.2.840.113549.1.12.1.3",
        ),
        (&["-nomac"], "the file is not protected by a password"),
        (
            &["-nocerts"],
            "none of the 0 certificates of the file belongs to its private key",
        ),
    ] {
        let said = refused(&export(directory.path(), "signer-p256", options), PASSWORD);
        assert!(said.starts_with(expected), "{options:?}: {said}");
    }
    let keyless = directory.path().join("keyless.p12");
    let line = [
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        text(&other),
        "-passout",
        "pass:pässword",
        "-out",
        text(&keyless),
    ];
    run("openssl", &line);
    let said = refused(&fs::read(keyless).expect("the file"), PASSWORD);
    assert_eq!(said, "the file holds 0 private keys, one is needed");
    let twice = directory.path().join("twice.pem");
    fs::write(
        &twice,
        [read("signer-p256.pem"), renewed(directory.path())].concat(),
    )
    .expect("writes");
    let said = refused(
        &export(directory.path(), "signer-p256", &["-in", text(&twice)]),
        PASSWORD,
    );
    assert_eq!(
        said,
        "2 certificates of the file are valid for its private key, one is needed"
    );
    let expired = export(directory.path(), "expired", &[]);
    assert!(refused(&expired, PASSWORD).starts_with("at the time of signing, "));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The MAC is over the content: no changed byte of it signs.
    #[test]
    fn an_altered_file_never_panics(changes in prop::collection::vec(any::<Change>(), 1..4)) {
        use std::sync::LazyLock;
        static FILE: LazyLock<Vec<u8>> =
            LazyLock::new(|| export(scratch().path(), "signer-p256", &["-iter", "1", "-keypbe", "NONE"]));
        let altered = mutate(&FILE, changes);
        if let Ok(signer) = FileSigner::from_pkcs12(&altered, PASSWORD, now()) {
            prop_assert_eq!(signer.chain(), certificates(&["signer-p256"]));
        }
    }
}
