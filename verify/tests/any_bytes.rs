//! Every parser is given bytes that nobody wrote: soup, and good texts with a few bytes changed.
//!
//! None may panic, and what one accepts must encode to the very bytes that it was given: a text has one form.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::sync::LazyLock;

use backproof_verify::bagit::BagInfo;
use backproof_verify::bundle::verify_bundle;
use backproof_verify::canonical;
use backproof_verify::check::{Checks, Verdict};
use backproof_verify::checkpoint::Checkpoint;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::disclosure::Disclosure;
use backproof_verify::manifest::v1::Manifest;
use backproof_verify::proof::Proof;
use backproof_verify::signature::pdf::{Document, SigningUpdate, check_report};
use backproof_verify::signature::{TrustAnchors, check_detached, check_time_stamp_reply};
use backproof_verify::{sums, zip};
use proptest::prelude::*;
use proptest::sample::Index;

/// The block of the specification that begins with `fence`; the line breaks of JSON are the page's.
fn example(fence: &str, content: &str) -> String {
    let spec = include_str!("../../docs/spec/bundle.md");
    let mut blocks = spec.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.starts_with(fence) && block.contains(content));
    block.unwrap().split_once('\n').unwrap().1.to_owned()
}

static MANIFEST: LazyLock<String> =
    LazyLock::new(|| example("json", "bundle_id").split_whitespace().collect());
static CHECKPOINT: LazyLock<String> = LazyLock::new(|| example("text", "backproof/luma/"));
static BAG_INFO: LazyLock<String> = LazyLock::new(|| example("text", "Payload-Oxum"));
static SUMS: LazyLock<String> = LazyLock::new(|| {
    let paths = ["bagit.txt", "data/a", "data/b.csv", "manifest.json"];
    paths
        .map(|path| format!("{}  {path}\n", Sha256Digest::of(path.as_bytes())))
        .concat()
});

/// A vector's text.
fn vector(file: &str) -> String {
    let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

static PROOF: LazyLock<String> = LazyLock::new(|| vector("good-proof.tlog-proof"));
static DISCLOSURE: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256Digest::of(b"a leaf");
    let salt = "A".repeat(43) + "=";
    format!(
        "{{\"leaves\":[\"{digest}\",\"{digest}\"],\"opened\":[{{\"index\":1,\"record\":{{\"path\":\"data/a\",\"salt\":\"{salt}\",\
         \"sha256\":\"{digest}\",\"size\":7}}}}],\"packing\":\"{digest}\",\"schema\":\"backproof.disclosure/v1\"}}"
    )
});

/// A report of one page, its table right for as long as nothing before it grows.
static REPORT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for (number, object) in [
        (1, "<</Type /Catalog /Pages 2 0 R /Lang (en)>>"),
        (2, "<</Type /Pages /Kids [3 0 R] /Count 1>>"),
        (
            3,
            "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595.5 -842] /Contents 4 0 R /Annots [<</Subtype /Link>>]>>",
        ),
        (4, "<</Length 4>>stream\nq Q\n\nendstream"),
    ] {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = bytes.len();
    bytes.extend(format!("{table}trailer\n<</Size 5 /Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
});

/// One change at some place: put, insert or remove a byte, or repeat a stretch.
type Change = (Index, u8, u8);

fn changed(bytes: &[u8], changes: Vec<Change>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (index, byte, kind) in changes {
        let at = index.index(bytes.len());
        match kind % 4 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => {
                let end = bytes.len().min(at + usize::from(byte));
                let stretch = bytes[at..end].to_vec();
                bytes.splice(at..at, stretch);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(any::<Change>(), 0..4)
}

#[test]
fn the_seeds_are_accepted() {
    Manifest::parse(MANIFEST.as_bytes()).unwrap();
    CHECKPOINT.parse::<Checkpoint>().unwrap();
    BagInfo::parse(BAG_INFO.as_bytes()).unwrap();
    sums::parse(SUMS.as_bytes()).unwrap();
    Proof::parse(PROOF.as_bytes()).unwrap();
    Disclosure::parse(DISCLOSURE.as_bytes()).unwrap();
    let document = Document::parse(&REPORT).unwrap();
    check_report(&document.revisions()[0]).unwrap();
    SigningUpdate::certification(&document.revisions()[0], &REPORT).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn texts_have_one_form(changes in changes(), which in 0..6) {
        let seed = [&MANIFEST, &CHECKPOINT, &BAG_INFO, &SUMS, &PROOF, &DISCLOSURE][which as usize].as_bytes();
        let bytes = changed(seed, changes);
        if let Ok(manifest) = Manifest::parse(&bytes) {
            prop_assert_eq!(&manifest.encode().unwrap(), &bytes);
        }
        if let Some(Ok(checkpoint)) = std::str::from_utf8(&bytes).ok().map(str::parse::<Checkpoint>) {
            prop_assert_eq!(checkpoint.to_string().into_bytes(), bytes.clone());
        }
        if let Ok(info) = BagInfo::parse(&bytes) {
            prop_assert_eq!(&info.encode(), &bytes);
        }
        if let Ok(proof) = Proof::parse(&bytes) {
            prop_assert_eq!(proof.to_string().into_bytes(), bytes.clone());
        }
        if let Ok(disclosure) = Disclosure::parse(&bytes) {
            prop_assert_eq!(&disclosure.encode().unwrap(), &bytes);
        }
        if let Ok(list) = sums::parse(&bytes) {
            prop_assert_eq!(&sums::encode(&list), &bytes);
        }
    }

    #[test]
    fn json_has_one_form(parts in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "\\u00", "1f", "0", "-", "9007199254740991", "1e9", "null", "true", " ", "\"a\"",
    ]), 0..12)) {
        let text = parts.concat();
        if let Ok(value) = canonical::parse::<serde_json::Value>(text.as_bytes()) {
            prop_assert_eq!(canonical::encode(&value).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn a_pdf_is_judged_without_panic(changes in changes()) {
        let bytes = changed(&REPORT, changes);
        if let Ok(document) = Document::parse(&bytes) {
            for revision in document.revisions() {
                let _ = check_report(revision);
                let _ = SigningUpdate::certification(revision, &bytes);
            }
        }
    }

    #[test]
    fn pdf_tokens_are_judged_without_panic(parts in prop::collection::vec(prop::sample::select(vec![
        &b"1 0 obj\n"[..], b"\nendobj\n", b"<<", b">>", b"/A ", b"/#41", b"[", b"]", b"(", b")", b"\\7", b"<4", b">", b"5 0 R ",
        b"-.5 ", b"99999999999", b"stream\n", b"endstream\n", b"/Length 4294967296 ", b"/Length -1 ", b"xref\n", b"0 1\n",
        b"4294967295 4294967295\n", b"0000000000 65535 f \n", b"0000000015 00000 n \n", b"trailer\n", b"startxref\n", b"\n%%EOF",
        b"\xff",
    ]), 0..24)) {
        let bytes = [&b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"[..], &parts.concat()].concat();
        prop_assert!(Document::parse(&bytes).is_err(), "accepted: {}", String::from_utf8_lossy(&bytes));
    }

    /// DER that is well formed on the outside, so that the inner parsers are reached.
    #[test]
    fn der_is_judged_without_panic(parts in prop::collection::vec(
        (prop::sample::select(vec![0x02u8, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x17, 0x30, 0x31, 0xa0, 0xa1]), any::<u8>(), 0..6usize),
        0..12,
    )) {
        let mut der = Vec::new();
        for (tag, byte, length) in parts {
            let content = if tag & 0x20 == 0 { vec![byte; length] } else { std::mem::take(&mut der) };
            if content.len() < 128 {
                der.extend([tag, content.len() as u8]);
                der.extend(content);
            }
        }
        let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
        let wrapped = [&[0x30, (oid.len() + der.len()) as u8][..], oid, &der].concat();
        for signature in [&der, &wrapped] {
            let mut checks = Checks::new();
            let at = chrono::DateTime::UNIX_EPOCH;
            prop_assert!(check_detached("x", signature, b"", &TrustAnchors::none(), at, &mut checks).is_none());
            prop_assert_eq!(checks.verdict(), Verdict::Failed);
            let mut checks = Checks::new();
            let reply = [&[0x30, (5 + signature.len()) as u8, 0x30, 3, 2, 1, 0][..], signature].concat();
            prop_assert!(check_time_stamp_reply("x", &reply, b"", &TrustAnchors::none(), at, &mut checks).is_none());
            prop_assert_eq!(checks.verdict(), Verdict::Failed);
        }
    }

    #[test]
    fn any_archive_is_judged_without_panic(noise in prop::collection::vec(any::<u8>(), 0..64), changes in changes()) {
        let entry = |path, packed| zip::Entry { path, method: zip::Method::Deflate, crc32: 0, size: 9, packed };
        let entries = [entry("mimetype", &noise[..]), entry("manifest.json", &noise), entry("data/report.pdf", &noise)];
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for entry in &entries {
            directory.extend(entry.central_header(out.len() as u32));
            out.extend(entry.local_header());
            out.extend(entry.packed);
        }
        let end = zip::end_record(3, directory.len() as u32, out.len() as u32);
        let bytes = changed(&[out, directory, end].concat(), changes);
        for bytes in [&bytes, &noise] {
            let report = verify_bundle(bytes, &TrustAnchors::none(), chrono::DateTime::UNIX_EPOCH);
            prop_assert_ne!(report.checks.verdict(), Verdict::Verified);
        }
    }
}
