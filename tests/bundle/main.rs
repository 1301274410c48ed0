//! A bundle as it is written, as stock tools see it, and as an attacker would alter it.
//!
//! Only what [`check_content`] checks is tried: the signatures are fakes, or openssl's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod archive;
mod attacks;
mod example;
mod signed;
mod signing;
mod witness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use backproof::bundle::{BundleError, Draft, Metadata, Signatures};
use backproof_verify::bundle::{check_content, verify_bundle};
use backproof_verify::check::{Code, Outcome, Verdict};
use backproof_verify::layout;
use backproof_verify::manifest::v1::Manifest;
use backproof_verify::signature::TrustAnchors;

use crate::archive::Archive;
use crate::example::{instant, metadata, payload};

/// The example with signatures that are none.
pub(crate) fn build() -> Vec<u8> {
    let draft = Draft::new(metadata(), payload()).unwrap();
    let signatures = Signatures {
        sums: [b"sums ", draft.sha256sums()].concat(),
        asic: [b"asic ", draft.asic_manifest()].concat(),
        sums_time_stamp: None,
    };
    let mut out = Vec::new();
    draft.seal(signatures, &mut out).unwrap();
    out
}

#[test]
fn a_bundle_passes_every_content_check_and_is_the_same_twice() {
    let bytes = build();
    let checks = check_content(&bytes);
    assert_eq!(checks.verdict(), Verdict::Verified, "{checks:#?}");
    let made: BTreeSet<_> = checks.iter().map(|check| check.code).collect();
    for code in [
        Code::ZipPacking,
        Code::SumsCovered,
        Code::BagTagManifest,
        Code::MerkleRoot,
        Code::ReportRevision,
    ] {
        assert!(made.contains(&code), "{code} was not made");
    }
    assert!(bytes == build(), "two builds differ");
    assert!(
        bytes == Archive::new().write(),
        "reading and writing changes the archive"
    );
    let methods: BTreeSet<_> = Archive::new().0.iter().map(|file| file.method.number()).collect();
    assert_eq!(
        methods,
        BTreeSet::from([0, 8]),
        "the bundle must try both methods"
    );
}

type Alter = dyn Fn(&mut Metadata, &mut BTreeMap<String, Vec<u8>>);

#[test]
fn what_cannot_stand_in_a_bundle_is_refused_by_the_writer() {
    let draft = |alter: &Alter| {
        let (mut metadata, mut payload) = (metadata(), payload());
        alter(&mut metadata, &mut payload);
        Draft::new(metadata, payload).unwrap_err()
    };
    let error = draft(&|_, payload| drop(payload.insert("data/Über.csv".to_owned(), Vec::new())));
    assert!(matches!(error, BundleError::Path(_)), "{error}");
    let error = draft(&|_, payload| drop(payload.remove(layout::REPORT)));
    assert!(matches!(error, BundleError::Report), "{error}");
    let error = draft(&|metadata, _| metadata.report.unsigned_size -= 1);
    assert!(matches!(error, BundleError::Report), "{error}");
    let error = draft(&|metadata, _| {
        metadata.controls[0].evidence.insert("data/none".to_owned());
    });
    assert!(matches!(error, BundleError::Evidence { .. }), "{error}");
    let error = draft(&|metadata, _| metadata.entity = "Luma".to_owned());
    assert!(matches!(error, BundleError::Manifest(_)), "{error}");
    let error = draft(&|_, payload| payload.extend((0..900).map(|n| (format!("data/x{n}"), Vec::new()))));
    assert!(matches!(error, BundleError::Entries(_)), "{error}");
    let signatures = Signatures {
        sums: vec![0; 2 << 20],
        asic: Vec::new(),
        sums_time_stamp: None,
    };
    let error = Draft::new(metadata(), payload())
        .unwrap()
        .seal(signatures, &mut Vec::new())
        .unwrap_err();
    assert!(matches!(error, BundleError::Size { .. }), "{error}");
}

#[test]
fn salts_differ_from_bundle_to_bundle() {
    let salts = |bundle_id: &str| -> Vec<_> {
        let mut metadata = metadata();
        metadata.bundle_id = bundle_id.to_owned();
        let manifest: Manifest = Draft::new(metadata, payload()).unwrap().manifest().clone();
        manifest.files.iter().map(|file| file.salt).collect()
    };
    let all: BTreeSet<_> = salts("luma-2026-q3")
        .into_iter()
        .chain(salts("luma-2026-q4"))
        .collect();
    assert_eq!(all.len(), 2 * payload().len());
}

/// Runs a command line and returns its output; a tool that is missing is a failure.
pub(crate) fn run(folder: &Path, line: &str) -> String {
    let output = Command::new("bash")
        .args(["-ec", line])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{line}: {text}");
    text
}

/// A bundle signed by openssl with a certificate of its own, which is left in `folder` as the trust root.
fn build_signed_by_openssl(folder: &Path) -> Vec<u8> {
    run(
        folder,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out root.pem \
         -subj /CN=backproof-test -days 2 2>&1",
    );
    let draft = Draft::new(metadata(), payload()).unwrap();
    let sign = |content: &[u8]| {
        std::fs::write(folder.join("content"), content).unwrap();
        run(
            folder,
            "openssl cms -sign -binary -cades -md sha256 -in content -signer root.pem -inkey key.pem -outform DER -out p7s",
        );
        std::fs::read(folder.join("p7s")).unwrap()
    };
    let signatures = Signatures {
        sums: sign(draft.sha256sums()),
        asic: sign(draft.asic_manifest()),
        sums_time_stamp: None,
    };
    let mut out = Vec::new();
    draft.seal(signatures, &mut out).unwrap();
    out
}

#[test]
fn stock_tools_accept_the_bundle_as_verify_txt_says() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = build_signed_by_openssl(folder.path());
    // EN 319 162-1 A.1: the media type can be read at byte 38 without knowing ZIP.
    assert!(bytes[30..].starts_with(format!("mimetype{}", layout::ASIC_E).as_bytes()));
    std::fs::write(folder.path().join("BUNDLE.zip"), bytes).unwrap();
    run(folder.path(), "unzip -tq BUNDLE.zip");
    run(folder.path(), "unzip -q BUNDLE.zip -d bundle");
    assert!(run(folder.path(), "python3 -m bagit --validate bundle").contains("is valid"));
    let bundle = folder.path().join("bundle");
    std::fs::copy(folder.path().join("root.pem"), bundle.join("root.pem")).unwrap();
    let text = std::fs::read_to_string(bundle.join(layout::VERIFY_TEXT)).unwrap();
    assert!(text.contains("DEVELOPMENT IDENTITY") && text.is_ascii(), "{text}");
    let sums = "sha256sum -c --quiet --strict SHA256SUMS && echo good";
    assert!(text.contains(sums));
    assert_eq!(run(&bundle, sums), "good\n");
    let openssl: Vec<_> = text
        .lines()
        .filter(|line| line.trim().starts_with("openssl cms -verify"))
        .collect();
    assert_eq!(openssl.len(), 2);
    for line in openssl {
        assert!(run(&bundle, line).contains("CMS Verification successful"));
    }
    let signer = text.lines().find(|line| line.contains("-print_certs")).unwrap();
    assert!(run(&bundle, signer).contains("backproof-test"));
    let pages = text
        .split_once("instead of sha256sum):\n")
        .unwrap()
        .1
        .split_once("  Expected")
        .unwrap()
        .0;
    assert_eq!(run(&bundle, pages), "");
    assert_eq!(
        run(&bundle, &pages.replace("${m%.*}", "x")).lines().count(),
        2,
        "the loop must be able to fail"
    );
}

#[test]
fn what_a_bundle_leaves_out_is_said_and_what_cannot_be_checked_is_undecided() {
    let report = verify_bundle(&build(), &TrustAnchors::none(), instant("2026-10-05T00:00:00Z"));
    let facts = report.facts.unwrap();
    assert!(
        facts
            .notes
            .iter()
            .any(|note| note.contains("SHA256SUMS.tsr is absent")),
        "{:?}",
        facts.notes
    );
    assert_eq!(facts.manifest.bundle_id, "luma-2026-q3");
    assert_ne!(
        report.checks.verdict(),
        Verdict::Verified,
        "the signatures are fakes"
    );
    let mut out = Vec::new();
    let stamped = Signatures {
        sums: b"sums".to_vec(),
        asic: b"asic".to_vec(),
        sums_time_stamp: Some(b"tsr".to_vec()),
    };
    Draft::new(metadata(), payload())
        .unwrap()
        .seal(stamped, &mut out)
        .unwrap();
    assert_eq!(check_content(&out).verdict(), Verdict::Verified);
    let report = verify_bundle(&out, &TrustAnchors::none(), instant("2026-10-05T00:00:00Z"));
    let stamp: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.code == Code::TimestampToken)
        .collect();
    assert!(
        matches!(stamp[..], [check] if check.outcome == Outcome::Failed),
        "{stamp:?}"
    );
}

/// The specification opens with this bundle; a reader must find there what the writer writes.

#[test]
fn the_specification_shows_what_is_written() {
    let spec = include_str!("../../docs/spec/bundle.md");
    let mut archive = Archive::new();
    let names: String = archive.0.iter().map(|file| format!("{}\n", file.path)).collect();
    assert!(spec.contains(&format!("```text\n{names}```")), "{names}");
    for path in [layout::CHECKPOINT, layout::BAG_INFO] {
        let content = archive.content(path);
        assert!(spec.contains(&format!("```text\n{content}```")), "{content}");
    }
    let example = spec
        .split_once("```json\n")
        .unwrap()
        .1
        .split_once("```")
        .unwrap()
        .0;
    let unbroken: String = example.split_whitespace().collect();
    assert_eq!(unbroken, archive.content(layout::MANIFEST));
    for (language, path) in [("text", layout::SUMS), ("xml", layout::ASIC_MANIFEST)] {
        let content = archive.content(path);
        let example = spec.split("```").find(|part| {
            part.starts_with(language)
                && part
                    .lines()
                    .skip(1)
                    .all(|line| content.contains(&format!("{line}\n")))
        });
        assert!(
            example.is_some_and(|part| part.lines().count() > 4),
            "{path} is not shown as it is"
        );
    }
}

#[test]
fn the_specification_names_every_limit_and_every_code() {
    let spec = include_str!("../../docs/spec/bundle.md");
    for tag in &layout::TAG_FILES {
        let grouped = tag.size_max.to_string().into_bytes();
        let groups: Vec<_> = grouped
            .rchunks(3)
            .rev()
            .map(|group| std::str::from_utf8(group).unwrap())
            .collect();
        let yes = |holds| if holds { " yes |" } else { " |" };
        let absent = if tag.required { "" } else { " (may be missing)" };
        let size = groups.join(",");
        let row = format!(
            "| `{}`{absent} | {size} |{}{}",
            tag.path,
            yes(tag.in_sums),
            yes(tag.in_roots)
        );
        assert!(spec.contains(&row), "{row}");
    }
    let families = [
        "zip.",
        "bundle.",
        "manifest.",
        "payload.",
        "sums.",
        "bag.",
        "merkle.",
        "asic.",
        "report.",
    ];
    names_the_codes(spec, &families, 20);
    let spec = include_str!("../../docs/spec/disclosure.md");
    names_the_codes(spec, &["redacted.", "disclosure.", "proof."], 8);
}

/// A page has the rows of all codes of some families, in their order, and more of them than `least`.
#[track_caller]
fn names_the_codes(page: &str, families: &[&str], least: usize) {
    let codes = Code::ALL
        .iter()
        .filter(|code| families.iter().any(|family| code.as_str().starts_with(family)));
    let rows: Vec<_> = codes
        .map(|code| format!("| `{code}` | {} |\n", code.meaning()))
        .collect();
    assert!(
        rows.len() > least && page.contains(&rows.concat()),
        "expected:\n{}",
        rows.concat()
    );
}
