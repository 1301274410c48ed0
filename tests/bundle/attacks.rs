//! What an attacker would alter. Each attack names the check that must fail.

use std::collections::BTreeSet;

use backproof_verify::bundle::check_content;
use backproof_verify::check::{Checks, Code, Outcome, Verdict};
use backproof_verify::layout;
use backproof_verify::zip::{Method, end_record};
use serde_json::{Value, json};

use crate::archive::{Archive, File, deflate};
use crate::build;

const TAR: &str = "data/evidence/aws-backup.tar";

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

fn position(haystack: &[u8], needle: &[u8]) -> usize {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap()
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
        // What another reader would give a meaning, and ours would not look at.
        ("a second tag manifest", "tagmanifest-sha512.txt"),
        ("files to be fetched", "fetch.txt"),
        ("a second list of roots", "META-INF/ASiCManifest002.xml"),
        ("a second signature", "META-INF/signature002.p7s"),
        ("an XML signature", "META-INF/signatures.xml"),
        ("an OpenDocument manifest", "META-INF/manifest.xml"),
        ("a jar's manifest", "META-INF/MANIFEST.MF"),
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
    // Entries that share their bytes would let a small archive unpack to a large one.
    let at = |name: &str| central + position(&bytes[central..], name.as_bytes()) - 46;
    let (first, second) = (at("data/evidence/aws-backup.tar"), at("data/evidence/index.csv"));
    let mut overlapping = bytes.clone();
    overlapping.copy_within(first + 42..first + 46, second + 42);
    expect("overlapping entries", &overlapping, Code::ZipStrict);
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
    let again = archive.file(TAR).packed.clone();
    archive.file(TAR).packed.extend(again);
    expect("two deflate streams", &archive.write(), Code::ZipUnpack);
    let mut archive = Archive::new();
    // An empty stored block that is not final, before the stream: the same content, ten times over.
    let blocks = b"\x00\x00\x00\xff\xff".repeat(10);
    archive.file(TAR).packed.splice(0..0, blocks);
    expect("empty blocks", &archive.write(), Code::ZipPacking);
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
    alter("a file that is another's folder", Code::ManifestSound, &|m| {
        m["files"][3]["path"] = json!("data/report.pdf/x")
    });
    alter("a size that is a lie", Code::ManifestSound, &|m| {
        m["tree"]["size"] = json!(5)
    });
    alter("leaves equal", Code::MerkleLeaves, &|m| {
        m["files"][0]["leaf"] = m["files"][1]["leaf"].clone()
    });
    alter("indices equal", Code::ManifestSound, &|m| {
        m["files"][1]["index"] = json!(0)
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
}

#[test]
fn the_manifest_is_canonical() {
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
