//! A bundle as it is written, as stock tools see it, and as an attacker would alter it.
//!
//! Signatures are fakes here: only what [`check_content`] checks is tried. Each attack names the check that must fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use backproof::bundle::{BundleError, ControlSummary, Draft, Metadata, RawPage, Signatures, pack};
use backproof_verify::bundle::check_content;
use backproof_verify::canonical;
use backproof_verify::check::{Checks, Code, Outcome, Verdict};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::layout;
use backproof_verify::manifest::v1::{Manifest, Report, State, Tool};
use backproof_verify::zip::{self, Entry, Method, end_record};
use chrono::{DateTime, Utc};
use flate2::{Compress, Compression, Crc, FlushCompress};
use serde_json::{Value, json};

const UNSIGNED: &[u8] = b"%PDF-1.7\nnot really\n%%EOF\n";

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn pages() -> Vec<RawPage> {
    let page = |number: u32| RawPage {
        source: "aws-backup".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        received_at: instant("2026-07-08T02:00:00Z"),
        page: number,
        request_id: format!("req-{number}"),
        json: true,
        bytes: format!("{{\"BackupJobs\":[{{\"BackupJobId\":\"J-{number}\"}}]}}").into_bytes(),
    };
    (1..=2).map(page).collect()
}

fn payload() -> BTreeMap<String, Vec<u8>> {
    let mut files = pack(&pages()).unwrap().files;
    files.insert(
        layout::REPORT.to_owned(),
        [UNSIGNED, b"signature revision\n%%EOF\n"].concat(),
    );
    files.insert(
        "data/results.json".to_owned(),
        b"{\"schema\":\"backproof.results/v1\"}".to_vec(),
    );
    files
}

fn metadata() -> Metadata {
    Metadata {
        bundle_id: "luma-2026-q3".to_owned(),
        entity: "luma".to_owned(),
        period_start: instant("2026-07-01T00:00:00Z"),
        period_end: instant("2026-10-01T00:00:00Z"),
        tool: Tool {
            name: "backproof".to_owned(),
            version: "0.1.0".to_owned(),
        },
        previous: None,
        report: Report {
            unsigned_sha256: Sha256Digest::of(UNSIGNED),
            unsigned_size: UNSIGNED.len() as u64,
        },
        controls: vec![ControlSummary {
            id: "164.308(a)(7)(ii)(A)".to_owned(),
            state: State::Exception,
            evidence: BTreeSet::from(["data/evidence/aws-backup.tar".to_owned()]),
        }],
        development: true,
        salt_secret: [7; 32],
    }
}

fn build() -> Vec<u8> {
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

fn failed(checks: &Checks) -> BTreeSet<&'static str> {
    let failed = checks.iter().filter(|check| check.outcome == Outcome::Failed);
    failed.map(|check| check.code.as_str()).collect()
}

/// The one question of every attack: is it refused, and by the check that is there for it?
fn expect(attack: &str, bytes: &[u8], code: Code) {
    let checks = check_content(bytes);
    assert_eq!(checks.verdict(), Verdict::Failed, "{attack}: {checks:?}");
    assert!(
        failed(&checks).contains(code.as_str()),
        "{attack}: expected {code}, found {checks:#?}"
    );
}

/// An archive taken apart, to be altered and put together again with correct headers.
#[derive(Clone)]
struct Archive(Vec<File>);

#[derive(Clone)]
struct File {
    path: String,
    method: Method,
    crc32: u32,
    size: u32,
    packed: Vec<u8>,
}

impl File {
    fn stored(path: &str, content: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            method: Method::Stored,
            crc32: crc32(content),
            size: content.len() as u32,
            packed: content.to_vec(),
        }
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            path: &self.path,
            method: self.method,
            crc32: self.crc32,
            size: self.size,
            packed: &self.packed,
        }
    }
}

impl Archive {
    fn new() -> Self {
        let bytes = build();
        let entries = zip::read(&bytes, &mut Checks::new()).unwrap();
        let file = |entry: Entry<'_>| File {
            path: entry.path.to_owned(),
            method: entry.method,
            crc32: entry.crc32,
            size: entry.size,
            packed: entry.packed.to_vec(),
        };
        Self(entries.into_iter().map(file).collect())
    }

    fn file(&mut self, path: &str) -> &mut File {
        self.0.iter_mut().find(|file| file.path == path).unwrap()
    }

    fn content(&mut self, path: &str) -> String {
        assert_eq!(self.file(path).method, Method::Stored);
        String::from_utf8(self.file(path).packed.clone()).unwrap()
    }

    /// Replaces a stored file's content.
    fn set(&mut self, path: &str, content: &[u8]) {
        *self.file(path) = File::stored(path, content);
    }

    fn alter_text(mut self, path: &str, from: &str, to: &str) -> Vec<u8> {
        let text = self.content(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.set(path, text.replacen(from, to, 1).as_bytes());
        self.write()
    }

    fn alter_manifest(mut self, alter: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut manifest = serde_json::from_str(&self.content(layout::MANIFEST)).unwrap();
        alter(&mut manifest);
        self.set(layout::MANIFEST, &canonical::encode(&manifest).unwrap());
        self.write()
    }

    fn write(&self) -> Vec<u8> {
        self.write_with_gap(b"")
    }

    /// Writes the archive with `gap` between the last entry and the central directory.
    fn write_with_gap(&self, gap: &[u8]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for file in &self.0 {
            directory.extend(file.entry().central_header(out.len() as u32));
            out.extend(file.entry().local_header());
            out.extend(&file.packed);
        }
        out.extend(gap);
        let start = out.len() as u32;
        out.extend(&directory);
        out.extend(end_record(self.0.len() as u16, directory.len() as u32, start));
        out
    }
}

fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

fn deflate(content: &[u8], level: u32) -> Vec<u8> {
    let mut packed = Vec::with_capacity(content.len() + 1024);
    let mut stream = Compress::new(Compression::new(level), false);
    stream
        .compress_vec(content, &mut packed, FlushCompress::Finish)
        .unwrap();
    packed
}

const TAR: &str = "data/evidence/aws-backup.tar";

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

#[test]
fn every_altered_byte_is_found() {
    let bytes = build();
    let mut altered = bytes.clone();
    for offset in 0..bytes.len() {
        // One bit, a different one from byte to byte, and all of them.
        for mask in [1 << (offset % 8), 0xff] {
            altered[offset] = bytes[offset] ^ mask;
            let verdict = check_content(&altered).verdict();
            assert_eq!(
                verdict,
                Verdict::Failed,
                "byte {offset} of {} with mask {mask:#04x}",
                bytes.len()
            );
        }
        altered[offset] = bytes[offset];
    }
}

#[test]
fn every_bit_of_a_deflated_entry_is_found() {
    // Another encoding of the same content is the case that no digest over contents sees.
    let bytes = build();
    let packed = Archive::new().file(TAR).packed.clone();
    let start = bytes
        .windows(packed.len())
        .position(|window| window == packed)
        .unwrap();
    let (mut altered, mut silent) = (bytes.clone(), 0);
    for bit in 0..packed.len() * 8 {
        altered[start + bit / 8] ^= 1 << (bit % 8);
        let checks = check_content(&altered);
        assert_eq!(checks.verdict(), Verdict::Failed, "bit {bit}");
        silent += usize::from(failed(&checks) == BTreeSet::from([Code::ZipPacking.as_str()]));
        altered[start + bit / 8] ^= 1 << (bit % 8);
    }
    assert!(
        silent > 0,
        "no bit was found by the packing list alone: is it still needed?"
    );
}

#[test]
fn truncation_is_found_at_every_length() {
    let bytes = build();
    for length in (0..bytes.len()).step_by(7) {
        expect("truncated", &bytes[..length], Code::ZipStrict);
    }
}

#[test]
fn bytes_that_belong_to_no_entry() {
    let bytes = build();
    expect(
        "prepended",
        &[b"#!/bin/sh\n", &bytes[..]].concat(),
        Code::ZipStrict,
    );
    expect("trailing", &[&bytes[..], b"\0"].concat(), Code::ZipStrict);
    let mut commented = bytes.clone();
    let length = commented.len();
    commented[length - 2] = 5;
    commented.extend(b"hello");
    expect("comment", &commented, Code::ZipStrict);
    let hidden = File::stored("data/hidden.txt", b"not in the directory");
    let gap = [hidden.entry().local_header(), hidden.packed.clone()].concat();
    expect(
        "hidden local entry",
        &Archive::new().write_with_gap(&gap),
        Code::ZipStrict,
    );
    expect("empty", b"", Code::ZipStrict);
    expect("an empty archive", &end_record(0, 0, 0), Code::BundleComplete);
}

#[test]
fn names_that_a_reader_could_take_otherwise() {
    for (attack, name) in [
        ("duplicate name", "data/results.json"),
        ("case-fold duplicate", "data/Results.json"),
        ("case-fold duplicate of a tag file", "sha256sums"),
        ("NFC duplicate", "data/re\u{301}sults.json"),
        ("traversal", "data/../../etc/passwd"),
        ("traversal at the start", "../x"),
        ("absolute", "/etc/passwd"),
        ("backslash", "data\\x"),
        ("drive", "c:x"),
        ("control character", "data/x\n"),
        ("folder", "data/x/"),
        ("empty", ""),
    ] {
        let mut archive = Archive::new();
        archive.0.push(File::stored(name, b"x"));
        expect(attack, &archive.write(), Code::ZipNames);
    }
}

#[test]
fn headers_that_are_not_of_the_profile() {
    let bytes = build();
    let central = bytes
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .unwrap();
    for (attack, offset, value) in [
        ("symlink attribute", central + 41, 0xa1),
        ("folder attribute", central + 38, 0x10),
        ("encrypted in the local header", 6, 1),
        ("data descriptor in the local header", 6, 8),
        ("local method", 8, 8),
        ("local crc", 14, 0),
        ("local size", 22, 0),
        ("local name", 30, b'M'),
        ("central name", central + 46, b'M'),
        ("local extra field", 28, 4),
        ("central extra field", central + 30, 4),
        ("central comment", central + 32, 4),
        ("version needed for ZIP64", central + 6, 45),
        ("unknown method", central + 10, 93),
        ("time", central + 12, 1),
        ("offset", central + 42, 1),
        ("number of entries", bytes.len() - 12, 1),
        ("second disk", bytes.len() - 18, 1),
    ] {
        let mut altered = bytes.clone();
        assert_ne!(altered[offset], value, "{attack} changes nothing");
        altered[offset] = value;
        expect(attack, &altered, Code::ZipStrict);
    }
    let mut crowded = Archive::new();
    crowded
        .0
        .extend((0..layout::ENTRIES_MAX).map(|n| File::stored(&format!("data/z{n}"), b"")));
    expect("too many entries", &crowded.write(), Code::ZipStrict);
}

#[test]
fn bombs_are_stopped_before_they_unpack() {
    let mut archive = Archive::new();
    let size = archive.file(TAR).size;
    archive.file(TAR).packed = deflate(&vec![0; 1 << 24], 9);
    expect("declared small", &archive.write(), Code::ZipUnpack);
    let mut archive = Archive::new();
    archive.file(TAR).size = u32::MAX;
    expect("declared large", &archive.write(), Code::ZipStrict);
    let mut archive = Archive::new();
    archive.file(TAR).size = size + 1;
    expect("declared larger than signed", &archive.write(), Code::PayloadSize);
    let mut archive = Archive::new();
    archive.set(layout::VERIFY_TEXT, &vec![b'x'; 65 << 10]);
    expect("large tag file", &archive.write(), Code::ZipUnpack);
    let mut archive = Archive::new();
    let text = archive.content(layout::VERIFY_TEXT);
    let file = archive.file(layout::VERIFY_TEXT);
    (file.method, file.packed) = (Method::Deflate, deflate(text.as_bytes(), 6));
    expect("deflated tag file", &archive.write(), Code::ZipPacking);
}

#[test]
fn packed_bytes_other_than_the_writer_s() {
    let mut archive = Archive::new();
    archive.file(TAR).packed.push(0);
    expect(
        "bytes after the deflate stream",
        &archive.write(),
        Code::ZipUnpack,
    );
    let mut archive = Archive::new();
    let mut content = Vec::new();
    backproof_verify::unpack::unpack(&archive.file(TAR).entry(), |block| {
        content.extend_from_slice(block)
    })
    .unwrap();
    archive.file(TAR).packed = deflate(&content, 1);
    expect("another encoding", &archive.write(), Code::ZipPacking);
    archive.set(TAR, &content);
    expect("stored instead", &archive.write(), Code::ZipPacking);
    let mut archive = Archive::new();
    archive.file(TAR).crc32 ^= 1;
    expect("crc wrong in both headers", &archive.write(), Code::ZipUnpack);
}

#[test]
fn the_set_is_closed() {
    for path in [
        "data/results.json",
        layout::BAG_INFO,
        layout::SUMS_SIGNATURE,
        layout::MANIFEST,
    ] {
        let mut archive = Archive::new();
        archive.0.retain(|file| file.path != path);
        expect(&format!("{path} missing"), &archive.write(), Code::BundleComplete);
    }
    let mut archive = Archive::new();
    archive.0.push(File::stored("data/zzz.txt", b"extra"));
    expect("extra entry", &archive.write(), Code::BundleClosed);
    let mut archive = Archive::new();
    let last = archive.0.len() - 1;
    archive.0.swap(last, last - 1);
    expect("payload out of order", &archive.write(), Code::BundleClosed);
    let mut archive = Archive::new();
    archive.0.swap(1, 2);
    expect("tag files out of order", &archive.write(), Code::BundleClosed);
    let replaced = Archive::new().alter_text("data/results.json", "v1", "v2");
    expect("payload replaced", &replaced, Code::PayloadDigest);
}

#[test]
fn the_manifest_is_strict() {
    let alter = |attack: &str, code, alter: &dyn Fn(&mut Value)| {
        expect(attack, &Archive::new().alter_manifest(alter), code);
    };
    alter("unknown field", Code::ManifestSchema, &|m| {
        m["note"] = json!("hello")
    });
    alter("unknown field of a file", Code::ManifestSchema, &|m| {
        m["files"][0]["note"] = json!(1)
    });
    alter("wrong type", Code::ManifestSchema, &|m| {
        m["tree"]["size"] = json!("4")
    });
    alter("unknown state", Code::ManifestSchema, &|m| {
        m["controls"][0]["state"] = json!("PASS")
    });
    alter("another schema", Code::ManifestSound, &|m| {
        m["schema"] = json!("backproof.manifest/v2")
    });
    alter("wrong index", Code::ManifestSound, &|m| {
        m["files"][0]["index"] = json!(1)
    });
    alter("evidence out of range", Code::ManifestSound, &|m| {
        m["controls"][0]["evidence"] = json!([99])
    });
    alter("period upside down", Code::ManifestSound, &|m| {
        m["period"]["end"] = json!("2026-06-01T00:00:00Z")
    });
    alter("period with an offset", Code::ManifestSound, &|m| {
        m["period"]["end"] = json!("2026-10-01T02:00:00+02:00")
    });
    alter("path that escapes", Code::ManifestSound, &|m| {
        m["files"][0]["path"] = json!("data/../x")
    });
    alter("file dropped", Code::ManifestSound, &|m| {
        drop(m["files"].as_array_mut().unwrap().pop())
    });
    alter("leaves swapped", Code::MerkleLeaves, &|m| {
        let first = m["files"][0]["leaf"].take();
        m["files"][0]["leaf"] = m["files"][1]["leaf"].take();
        m["files"][1]["leaf"] = first;
    });
    alter("salt changed", Code::MerkleLeaves, &|m| {
        m["files"][0]["salt"] = m["files"][1]["salt"].clone()
    });
    alter("root changed", Code::MerkleRoot, &|m| {
        m["tree"]["root"] = json!("0".repeat(64))
    });
    alter("another entity", Code::MerkleCheckpoint, &|m| {
        m["entity"] = json!("other")
    });
    alter("another report", Code::ReportRevision, &|m| {
        m["report"]["unsigned_size"] = json!(3)
    });
    alter("state changed", Code::SumsDigest, &|m| {
        m["controls"][0]["state"] = json!("SUPPORTED")
    });
    let text = |attack: &str, from: &str, to: &str| {
        expect(
            attack,
            &Archive::new().alter_text(layout::MANIFEST, from, to),
            Code::ManifestCanonical,
        );
    };
    text("white space", "{\"bundle_id\"", "{ \"bundle_id\"");
    text("escape", "luma", "\\u006cuma");
    text("float", "\"index\":0", "\"index\":0.0");
    text(
        "repeated field",
        "{\"bundle_id\"",
        "{\"bundle_id\":\"x\",\"bundle_id\"",
    );
    text("not JSON", "{\"bundle_id\"", "\"bundle_id\"");
}

#[test]
fn the_lists_and_tag_files_are_strict() {
    let alter = |path: &str, from: &str, to: &str, code| {
        expect(
            &format!("{path}: {from:?}"),
            &Archive::new().alter_text(path, from, to),
            code,
        );
    };
    let oxum = String::from("Payload-Oxum: ");
    alter(layout::BAG_INFO, &oxum, &format!("{oxum}9"), Code::BagOxum);
    alter(
        layout::BAG_INFO,
        "backproof 0.1.0",
        "backproof 0.1.1",
        Code::BagInfo,
    );
    alter(layout::BAG_INFO, "Payload-Oxum", "payload-oxum", Code::BagInfo);
    alter(layout::BAG_DECLARATION, "1.0", "0.97", Code::BagDeclaration);
    alter(layout::MIMETYPE, "asic-e", "asic-s", Code::AsicMimetype);
    alter(layout::CHECKPOINT, "luma", "lumb", Code::MerkleCheckpoint);
    alter(
        layout::ASIC_MANIFEST,
        "<ds:DigestValue>",
        "<!-- --><ds:DigestValue>",
        Code::AsicManifest,
    );
    alter(
        layout::VERIFY_TEXT,
        "Steps 1 and 2 alone prove nothing",
        "Steps 1 and 2 prove everything",
        Code::SumsDigest,
    );
    alter(
        layout::SUMS,
        "  data/results.json",
        " *data/results.json",
        Code::SumsFormat,
    );
    alter(layout::SUMS, "\n", "\n\n", Code::SumsFormat);
    for (list, code) in [
        (layout::SUMS, Code::SumsCovered),
        (layout::BAG_MANIFEST, Code::BagManifest),
        (layout::TAG_MANIFEST, Code::BagTagManifest),
    ] {
        let content = Archive::new().content(list);
        let dropped = content.lines().next().unwrap();
        alter(list, &format!("{dropped}\n"), "", code);
    }
    // The signatures are fakes here, and still no byte of them can change unnoticed.
    alter(layout::SUMS_SIGNATURE, "sums ", "Sums ", Code::BagTagManifest);
    alter(layout::ASIC_SIGNATURE, "asic ", "Asic ", Code::BagTagManifest);
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
fn run(folder: &Path, line: &str) -> String {
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

#[test]
fn stock_tools_accept_the_bundle_as_verify_txt_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("BUNDLE.zip"), build()).unwrap();
    run(folder.path(), "unzip -tq BUNDLE.zip");
    run(folder.path(), "unzip -q BUNDLE.zip -d bundle");
    // EN 319 162-1 A.1: the media type can be read at byte 38 without knowing ZIP.
    assert!(build()[30..].starts_with(format!("mimetype{}", layout::ASIC_E).as_bytes()));
    assert!(run(folder.path(), "python3 -m bagit --validate bundle").contains("is valid"));
    let bundle = folder.path().join("bundle");
    let text = std::fs::read_to_string(bundle.join(layout::VERIFY_TEXT)).unwrap();
    assert!(text.contains("DEVELOPMENT IDENTITY") && text.is_ascii(), "{text}");
    let sums = "sha256sum -c --quiet --strict SHA256SUMS && echo good";
    let pages = text
        .split_once("instead of sha256sum):\n")
        .unwrap()
        .1
        .split_once("  Expected")
        .unwrap()
        .0;
    assert!(text.contains(sums));
    assert_eq!(run(&bundle, sums), "good\n");
    assert_eq!(run(&bundle, pages), "");
    assert_eq!(
        run(&bundle, &pages.replace("${m%.*}", "x")).lines().count(),
        2,
        "the loop must be able to fail"
    );
}

/// The specification opens with this bundle; a reader must find there what the writer writes.
#[test]
fn the_specification_shows_what_is_written() {
    let spec = include_str!("../docs/spec/bundle.md");
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
    let spec = include_str!("../docs/spec/bundle.md");
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
    let codes = Code::ALL
        .iter()
        .filter(|code| families.iter().any(|family| code.as_str().starts_with(family)));
    let rows: Vec<_> = codes
        .map(|code| format!("| `{code}` | {} |\n", code.meaning()))
        .collect();
    assert!(
        rows.len() > 20 && spec.contains(&rows.concat()),
        "expected:\n{}",
        rows.concat()
    );
}
