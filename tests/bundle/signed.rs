//! Attacks on a bundle that is signed for good: parts exchanged between bundles of one signer, and what a signature
//! does not cover.

use std::sync::LazyLock;

use backproof::sign::cms;
use backproof_verify::bundle::{BundleReport, verify_bundle};
use backproof_verify::check::{Code, Outcome, Verdict};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::layout;
use backproof_verify::manifest::v1::Report;
use backproof_verify::signature::TrustAnchors;
use backproof_verify::sums::{self, Sums};

use crate::archive::{Archive, File};
use crate::example::instant;
use crate::signing::{AT, draft, pki, seal, signed, signer, unsigned_report};

static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| signed("luma-2026-q3"));
static OTHER: LazyLock<Vec<u8>> = LazyLock::new(|| signed("luma-2026-q2"));

fn verify(bytes: &[u8]) -> BundleReport {
    verify_bundle(
        bytes,
        &TrustAnchors::from_pem(&pki("root.pem")).unwrap(),
        instant(AT),
    )
}

/// The question of every attack: is it refused, and by the check that is there for it?
fn expect(attack: &str, bytes: &[u8], code: Code) {
    let checks = verify(bytes).checks;
    assert!(
        checks
            .iter()
            .any(|check| check.code == code && check.outcome == Outcome::Failed),
        "{attack}: expected {code}, found {checks:#?}"
    );
}

/// Puts `paths` of the second bundle into the first, and makes good what is not signed.
fn transplant(paths: &[&str]) -> Archive {
    let mut archive = Archive::of(&BUNDLE);
    for path in paths {
        *archive.file(path) = Archive::of(&OTHER).file(path).clone();
    }
    archive.list_tags_anew();
    archive
}

impl Archive {
    /// Makes `tagmanifest-sha256.txt`, which nobody signs, fit the archive again.
    fn list_tags_anew(&mut self) {
        let is_listed =
            |file: &&File| layout::tag_file(&file.path).is_some() && file.path != layout::TAG_MANIFEST;
        let tags = self.0.iter().filter(is_listed);
        let sums: Sums = tags
            .map(|file| (file.path.clone(), Sha256Digest::of(&file.packed)))
            .collect();
        self.set(layout::TAG_MANIFEST, &sums::encode(&sums));
    }
}

#[test]
fn the_signed_bundle_passes_and_says_what_it_is() {
    for (bytes, id) in [(&*BUNDLE, "luma-2026-q3"), (&*OTHER, "luma-2026-q2")] {
        let report = verify(bytes);
        assert_eq!(report.checks.verdict(), Verdict::Verified, "{:#?}", report.checks);
        let facts = report.facts.unwrap();
        assert_eq!(facts.signers.len(), 3);
        // A bundle can be renamed: what it is about must be told.
        let note = format!(
            "this is bundle {id} of luma, for 2026-07-01T00:00:00Z to 2026-10-01T00:00:00Z (end not included)"
        );
        assert_eq!(facts.notes[0], note);
    }
}

#[test]
fn parts_of_another_bundle_by_the_same_signer() {
    let expect = |paths: &[&str], code| {
        expect(&paths.join(", "), &transplant(paths).write(), code);
    };
    expect(&[layout::REPORT], Code::PayloadDigest);
    expect(&[layout::CHECKPOINT], Code::MerkleCheckpoint);
    expect(&[layout::MANIFEST], Code::SumsDigest);
    expect(&[layout::SUMS_SIGNATURE], Code::CmsDigest);
    expect(&[layout::ASIC_SIGNATURE], Code::CmsDigest);
    expect(&[layout::SUMS, layout::SUMS_SIGNATURE], Code::SumsDigest);
    expect(
        &[layout::ASIC_MANIFEST, layout::ASIC_SIGNATURE],
        Code::AsicManifest,
    );
    expect(&[layout::BAG_INFO], Code::BagInfo);
    expect(&[layout::VERIFY_TEXT], Code::SumsDigest);
    // Everything of the other one but the evidence, and the other way round.
    let mut tags: Vec<_> = layout::TAG_FILES
        .iter()
        .filter(|tag| tag.required)
        .map(|tag| tag.path)
        .collect();
    expect(&tags, Code::PayloadDigest);
    tags.retain(|path| *path != layout::SUMS_SIGNATURE);
    tags.push(layout::REPORT);
    expect(&tags, Code::CmsDigest);
}

#[test]
fn the_two_detached_signatures_exchanged() {
    let mut archive = Archive::of(&BUNDLE);
    let (sums, asic) = (
        archive.file(layout::SUMS_SIGNATURE).packed.clone(),
        archive.file(layout::ASIC_SIGNATURE).packed.clone(),
    );
    archive.set(layout::SUMS_SIGNATURE, &asic);
    archive.set(layout::ASIC_SIGNATURE, &sums);
    archive.list_tags_anew();
    expect("exchanged", &archive.write(), Code::CmsDigest);
}

#[test]
fn a_signature_by_another_identity_below_the_same_root() {
    let mut archive = Archive::of(&BUNDLE);
    let content = archive.file(layout::SUMS).packed.clone();
    let der = cms::detached(&signer("signer-rsa"), None, &content).unwrap();
    archive.set(layout::SUMS_SIGNATURE, &der);
    archive.list_tags_anew();
    let checks = verify(&archive.write()).checks;
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed)
        .collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|check| check.code == Code::OneSigner),
        "{failed:#?}"
    );
}

/// What no signature covers are the signatures themselves and `tagmanifest-sha256.txt`: none of it has a second form.
#[test]
fn nothing_unsigned_can_be_said_in_another_way() {
    for path in [layout::SUMS_SIGNATURE, layout::ASIC_SIGNATURE] {
        let der = Archive::of(&BUNDLE).file(path).packed.clone();
        for altered in [[&der[..], b"\0"].concat(), [b"\x30\x00", &der[..]].concat()] {
            let mut archive = Archive::of(&BUNDLE);
            archive.set(path, &altered);
            archive.list_tags_anew();
            expect(path, &archive.write(), Code::CmsParse);
        }
    }
    let list = String::from_utf8(Archive::of(&BUNDLE).file(layout::TAG_MANIFEST).packed.clone()).unwrap();
    let (first, rest) = list.split_at(list.find('\n').unwrap() + 1);
    for (altered, code) in [
        (list.replace('\n', "\r\n"), Code::SumsFormat),
        (format!("\u{feff}{list}"), Code::SumsFormat),
        (format!("{rest}{first}"), Code::SumsFormat),
        (format!("{list}{first}"), Code::SumsFormat),
        (format!("# comment\n{list}"), Code::SumsFormat),
        (list.to_uppercase(), Code::SumsFormat),
        (format!("{first}{first}{rest}"), Code::SumsFormat),
        (rest.to_owned(), Code::BagTagManifest),
        (format!("{list}{}  zz\n", "0".repeat(64)), Code::SumsFormat),
        (
            list.replacen(layout::BAG_DECLARATION, layout::SUMS_TIME_STAMP, 1),
            Code::SumsFormat,
        ),
        (
            format!("{}{list}", first.replace(layout::ASIC_MANIFEST, "BAGIT.TXT")),
            Code::SumsFormat,
        ),
    ] {
        let mut archive = Archive::of(&BUNDLE);
        archive.set(layout::TAG_MANIFEST, altered.as_bytes());
        expect(&altered, &archive.write(), code);
    }
}

#[test]
fn a_time_stamp_that_is_none_fails() {
    let mut archive = Archive::of(&BUNDLE);
    let after = archive
        .0
        .iter()
        .position(|file| file.path == layout::SUMS_SIGNATURE)
        .unwrap();
    archive
        .0
        .insert(after + 1, File::stored(layout::SUMS_TIME_STAMP, b"anything"));
    archive.list_tags_anew();
    expect("a time stamp", &archive.write(), Code::TimestampToken);
}

/// The signer is the attacker, or was deceived: the pin must name the report's first revision, not just its first bytes.
#[test]
fn a_pin_on_less_than_the_first_revision() {
    let signer = signer("signer-p256");
    for size in [0, 9, unsigned_report("luma-2026-q3").len() - 2] {
        let part = draft("luma-2026-q3", &signer, |metadata| {
            metadata.report = Report {
                unsigned_sha256: Sha256Digest::of(&unsigned_report("luma-2026-q3")[..size]),
                unsigned_size: size as u64,
            };
        });
        expect("a shorter pin", &seal(part, &signer), Code::ReportRevision);
    }
}

/// Names in the file go through messages to a reader's terminal.
#[test]
fn no_message_steers_the_terminal() {
    let bytes = Archive::new().alter_manifest(|manifest| {
        manifest["\u{1b}[2J\u{1b}[Hverified: all 62 checks hold\u{202e}"] = 1.into();
    });
    let checks = verify(&bytes).checks;
    assert_eq!(checks.verdict(), Verdict::Failed);
    for check in checks.iter() {
        let text = format!("{}{}", check.subject, check.detail);
        assert!(
            !text.contains(|char: char| char.is_control() || char == '\u{202e}'),
            "{text:?}"
        );
    }
    assert!(
        checks.iter().any(|check| check.detail.contains("[2J")),
        "the name is told: {checks:?}"
    );
}
