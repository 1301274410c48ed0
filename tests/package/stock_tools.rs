//! The made bundle and its report, tried with the tools of others only. `VERIFY.txt` promises these commands.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::quarter::{BUNDLE, REPORT, quarter};
use crate::tools::{refused, run, verapdf};

#[test]
fn unzip_finds_the_archive_whole() {
    run(&quarter().out(), "unzip", &["-tq", BUNDLE]);
}

#[test]
fn sha256sum_finds_every_file_as_listed_and_every_file_listed() {
    let unpacked = quarter().unpacked();
    run(
        unpacked.path(),
        "sha256sum",
        &["-c", "--quiet", "--strict", "SHA256SUMS"],
    );
    let sums = fs::read_to_string(unpacked.path().join("SHA256SUMS")).unwrap();
    let mut listed: BTreeSet<_> = sums.lines().map(|line| line[66..].to_owned()).collect();
    // What can't be in the list, because it is the list, signs it, or digests what signs it.
    listed.extend(
        [
            "SHA256SUMS",
            "SHA256SUMS.p7s",
            "tagmanifest-sha256.txt",
            "META-INF/ASiCManifest001.xml",
            "META-INF/signature001.p7s",
        ]
        .map(str::to_owned),
    );
    let there = run(unpacked.path(), "find", &[".", "-type", "f", "-printf", "%P\\n"]);
    assert_eq!(there.lines().map(str::to_owned).collect::<BTreeSet<_>>(), listed);
    // The tool would see a change.
    fs::write(unpacked.path().join("data/results.json"), "{}").unwrap();
    refused(
        unpacked.path(),
        "sha256sum",
        &["-c", "--quiet", "--strict", "SHA256SUMS"],
    );
}

#[test]
fn bagit_finds_the_bag_valid() {
    let unpacked = quarter().unpacked();
    run(unpacked.path(), "python3", &["-m", "bagit", "--validate", "."]);
}

/// Verifies a detached signature with openssl and the root `root.pem` of `dir`'s parent.
fn openssl(dir: &Path, signature: &str, content: &str, root: &Path, more: &[&str]) {
    let arguments = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        signature,
        "-content",
        content,
        "-CAfile",
        root.to_str().unwrap(),
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ];
    let said = run(dir, "openssl", &[&arguments[..], more].concat());
    assert!(said.to_lowercase().contains("verification successful"), "{said}");
}

#[test]
fn openssl_finds_both_detached_signatures_good() {
    let unpacked = quarter().unpacked();
    let dir = unpacked.path();
    for more in [&[][..], &["-cades"]] {
        openssl(dir, "SHA256SUMS.p7s", "SHA256SUMS", &quarter().root(), more);
        let (signature, content) = ("META-INF/signature001.p7s", "META-INF/ASiCManifest001.xml");
        openssl(dir, signature, content, &quarter().root(), more);
    }
    let root = quarter().root();
    let refuse = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        "SHA256SUMS.p7s",
        "-content",
        "manifest.json",
        "-CAfile",
        root.to_str().unwrap(),
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ];
    refused(dir, "openssl", &refuse);
}

#[test]
fn every_raw_page_in_the_tars_has_its_name_for_digest_and_is_a_recorded_body() {
    let unpacked = quarter().unpacked();
    let script = r#"
        for t in data/evidence/*.tar; do
            tar -tf "$t" | while read -r m; do
                [ "$(tar -xOf "$t" "$m" | sha256sum | cut -c1-64)" = "${m%.*}" ] || echo "FAILED $t $m"
                echo "$m" | cut -c1-64
            done
        done
    "#;
    let said = run(unpacked.path(), "sh", &["-eu", "-c", script]);
    assert!(!said.contains("FAILED"), "{said}");
    let packed: BTreeSet<_> = said.lines().collect();
    // The pages are the recorded bodies, all of them and no other: the whole recording speaks about the quarter.
    let recorded = crate::harness::fixtures().join("luma/recorded");
    let find = "find . -name pulls.json -prune -o -type f -print0 | xargs -0 sha256sum | cut -c1-64";
    let said = run(&recorded, "sh", &["-eu", "-c", find]);
    assert_eq!(packed, said.lines().collect());
    assert!(packed.len() > 500, "{} pages", packed.len());
}

#[test]
fn verapdf_finds_the_report_to_be_pdf_a_3a_and_pdf_ua_1() {
    let out = quarter().out();
    let said = run(&out, &verapdf(), &["3a,ua1", REPORT]);
    assert_eq!(
        said.matches("PASS").count(),
        2,
        "both flavours must be judged: {said}"
    );
}

#[test]
fn pyhanko_pdfsig_and_qpdf_find_the_report_sound_and_its_signature_valid() {
    let out = quarter().out();
    run(&out, "qpdf", &["--check", REPORT]);
    let said = run(&out, "pdfsig", &["-nocert", REPORT]);
    assert!(said.contains("Signature is Valid."), "{said}");
    assert!(said.contains("Total document signed"), "{said}");
    let root = quarter().root();
    // A development identity has no revocation data, which pyHanko's AdES mode would otherwise demand.
    let arguments = [
        "sign",
        "adesverify",
        "--no-revocation-check",
        "--trust",
        root.to_str().unwrap(),
        "--trust-replace",
        REPORT,
    ];
    let said = run(&out, "pyhanko", &arguments);
    assert!(said.contains(":INTACT:TRUSTED,UNTOUCHED"), "{said}");
}

/// The commands that `VERIFY.txt` gives for Linux, where they are run, and what they must print.
const PROMISED: [(&str, &str, &str); 8] = [
    (".", "    unzip -q BUNDLE.zip -d bundle && cd bundle\n", ""),
    (
        "bundle",
        "    sha256sum -c --quiet --strict SHA256SUMS && echo good\n",
        "good\n",
    ),
    (
        "bundle",
        "    openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile root.pem -purpose \
         any -out signed.txt\n",
        "CMS Verification successful",
    ),
    (
        "bundle",
        "    openssl pkcs7 -inform DER -in SHA256SUMS.p7s -print_certs -noout\n",
        "subject=",
    ),
    (".", "    bagit.py --validate bundle\n", "bundle is valid\n"),
    (
        "bundle",
        "    pdfsig data/report.pdf\n",
        "Signature Validation: Signature is Valid.",
    ),
    (
        "bundle",
        "    openssl cms -verify -binary -inform DER -in META-INF/signature001.p7s -content \
         META-INF/ASiCManifest001.xml -CAfile root.pem -purpose any -out roots.xml\n",
        "CMS Verification successful",
    ),
    (
        "bundle",
        r#"    for t in data/evidence/*.tar; do tar -tf "$t" | while read -r m; do
      [ "$(tar -xOf "$t" "$m" | sha256sum | cut -c1-64)" = "${m%.*}" ] || echo "FAILED $t $m"
    done; done
"#,
        "",
    ),
];

#[test]
fn the_commands_of_verify_txt_print_what_it_says() {
    let dir = crate::harness::scratch();
    fs::copy(quarter().out().join(BUNDLE), dir.path().join("BUNDLE.zip")).unwrap();
    for (place, command, printed) in PROMISED {
        let said = run(&dir.path().join(place), "bash", &["-eu", "-c", command]);
        // The first command is the one that unpacks the text, and makes the folder that the root goes to.
        fs::copy(quarter().root(), dir.path().join("bundle/root.pem")).unwrap();
        let text = fs::read_to_string(dir.path().join("bundle/VERIFY.txt")).unwrap();
        assert!(text.contains(command), "VERIFY.txt no longer says: {command}");
        if printed.is_empty() {
            assert_eq!(said, "", "{command}");
        } else {
            assert!(said.contains(printed), "{command}: {said}");
        }
    }
}
