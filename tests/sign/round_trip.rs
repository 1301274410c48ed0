//! Both keys, both forms: valid here and for the tools that an auditor has.

use std::fs;

use backproof::sign::{Signer as _, cms, pades, salt_secret};
use backproof_verify::check::{Checks, Outcome, Verdict};
use backproof_verify::signature::{TrustAnchors, check_detached, check_pdf};

use super::identities::{SIGNERS, anchors, certificates, path, signer};
use super::tools::{attempt, run, text};
use super::{codes, documents, now, verify_pdf};

const CONTENT: &[u8] = b"0123  data/report.pdf\n";

#[test]
fn a_detached_signature_verifies_here_and_with_openssl() {
    let directory = tempfile::tempdir().expect("directory");
    let (content, signature) = (
        directory.path().join("content"),
        directory.path().join("content.p7s"),
    );
    let root = path("root.pem");
    for name in SIGNERS {
        let signer = signer(name);
        let der = cms::detached(&signer, None, CONTENT).expect("signs");
        assert_eq!(
            der,
            cms::detached(&signer, None, CONTENT).expect("signs"),
            "{name}: deterministic"
        );

        let mut checks = Checks::new();
        let facts = check_detached("content.p7s", &der, CONTENT, &anchors("root"), now(), &mut checks)
            .expect("facts");
        assert_eq!(checks.verdict(), Verdict::Verified, "{name}: {checks:?}");
        assert_eq!(checks.iter().count(), 9, "every check of the table is made once");
        assert_eq!(
            facts.subject,
            format!("CN={name},O=backproof test\\, never trusted")
        );
        assert_eq!(facts.issuer, "CN=issuing,O=backproof test\\, never trusted");
        assert_eq!(
            facts.certificate_sha256,
            backproof_verify::digest::Sha256Digest::of(&signer.chain()[0])
        );
        assert!(!facts.development);

        fs::write(&content, CONTENT).expect("writes");
        fs::write(&signature, der).expect("writes");
        let common = [
            "-binary",
            "-inform",
            "DER",
            "-in",
            text(&signature),
            "-content",
            text(&content),
        ];
        let trust = ["-CAfile", text(&root), "-purpose", "any", "-out", "/dev/null"];
        run("openssl", &[&["cms", "-verify"], &common[..], &trust].concat());
        run(
            "openssl",
            &[&["cms", "-verify", "-cades"], &common[..], &trust].concat(),
        );
        fs::write(&content, b"0123  data/report.pdg\n").expect("writes");
        let (accepted, _) = attempt("openssl", &[&["cms", "-verify"], &common[..], &trust].concat());
        assert!(!accepted, "{name}: openssl must refuse another content");
    }
}

#[test]
fn a_certified_report_verifies_here_and_with_pdf_tools() {
    let directory = tempfile::tempdir().expect("directory");
    let file = directory.path().join("report.pdf");
    let root = path("root.pem");
    let report = documents::printed();
    for name in SIGNERS {
        let signed = pades::certify(&report, &signer(name), None, "Audit report (Q3) – final", now())
            .expect("certifies");
        assert!(signed.starts_with(&report), "{name}: the report's bytes stay");
        let again = pades::certify(&report, &signer(name), None, "Audit report (Q3) – final", now())
            .expect("certifies");
        assert!(signed == again, "{name}: deterministic");

        let mut checks = Checks::new();
        let facts = check_pdf("report.pdf", &signed, &anchors("root"), now(), &mut checks).expect("facts");
        assert_eq!(checks.verdict(), Verdict::Verified, "{name}: {checks:?}");
        assert_eq!(checks.iter().count(), 15, "every check of the table is made once");
        assert!(facts.subject.starts_with(&format!("CN={name}")), "{facts:?}");

        fs::write(&file, &signed).expect("writes");
        run("qpdf", &["--check", text(&file)]);
        let printed = run("pdfsig", &["-nocert", text(&file)]);
        assert!(printed.contains("Signature is Valid."), "{name}: {printed}");
        assert!(printed.contains("Total document signed"), "{name}: {printed}");
        assert!(
            printed.contains(&format!("Signer Certificate Common Name: {name}")),
            "{name}: {printed}"
        );
        // The test identities have no revocation data, which pyHanko's AdES mode would otherwise demand.
        let trust = [
            "--no-revocation-check",
            "--trust",
            text(&root),
            "--trust-replace",
            text(&file),
        ];
        let verdict = run("pyhanko", &[&["sign", "adesverify"], &trust[..]].concat());
        assert!(verdict.contains(":INTACT:TRUSTED,UNTOUCHED"), "{name}: {verdict}");
    }
}

#[test]
fn without_trust_roots_the_verdict_is_undecided_and_with_others_it_fails() {
    let signed = pades::certify(
        &documents::smallest(),
        &signer("signer-p256"),
        None,
        "test",
        now(),
    )
    .expect("certifies");
    let checks = verify_pdf(&signed, &TrustAnchors::none());
    assert_eq!(checks.verdict(), Verdict::Undecided);
    assert_eq!(codes(&checks, Outcome::Undecided), ["certificate.path"].into());
    let checks = verify_pdf(&signed, &anchors("other-root"));
    assert_eq!(codes(&checks, Outcome::Failed), ["certificate.path"].into());
    for pinned in ["issuing", "signer-p256"] {
        assert_eq!(
            verify_pdf(&signed, &anchors(pinned)).verdict(),
            Verdict::Verified,
            "{pinned}"
        );
    }
}

#[test]
fn an_already_signed_or_foreign_pdf_is_not_certified() {
    let signer = signer("signer-p256");
    let signed = pades::certify(&documents::smallest(), &signer, None, "test", now()).expect("certifies");
    let error = pades::certify(&signed, &signer, None, "test", now())
        .expect_err("refused")
        .to_string();
    assert_eq!(
        error,
        "the PDF cannot be signed: it has been updated or signed already"
    );
    let error = pades::certify(b"%PDF-1.7\nhello", &signer, None, "test", now())
        .expect_err("refused")
        .to_string();
    assert_eq!(
        error,
        "the PDF cannot be signed: expected the binary comment at byte 8"
    );
}

#[test]
fn the_salt_secret_depends_on_key_and_context_and_is_no_signature() {
    let secret = |name: &str, context: &[u8]| salt_secret(&signer(name), context).expect("derives");
    for name in SIGNERS {
        assert_eq!(secret(name, b"a"), secret(name, b"a"));
        assert_ne!(secret(name, b"a"), secret(name, b"b"));
    }
    assert_ne!(secret(SIGNERS[0], b"a"), secret(SIGNERS[1], b"a"));
    let public = certificates(&["signer-p256"]).concat();
    assert!(
        !public
            .windows(32)
            .any(|window| window == secret("signer-p256", b"a"))
    );
}
