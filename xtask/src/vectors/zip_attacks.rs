//! Attacks on the archive, by somebody who only has the file.

use anyhow::Result;
use backproof_verify::layout;
use backproof_verify::zip::Method;

use super::Vectors;
use super::bundle::{Archive, File, RESULTS, TAR, bundle, deflate, evidence};
use super::pdf::{find, house_signs};
use super::pki::House;

/// The bundle that is attacked.
pub(super) const ID: &str = "luma-2026-q3";

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    let whole = bundle(ID, &sign)?;
    bytes_between(&whole, vectors);
    names(&whole, vectors);
    headers(&whole.write(), vectors);
    places(&whole.write(), vectors);
    packing(&whole, vectors);
    sets(&whole, vectors);
    Ok(())
}

/// Bytes that belong to no entry.
fn bytes_between(whole: &Archive, vectors: &mut Vectors) {
    let bytes = whole.write();
    let mut fails = |name: &str, attack: &str, bytes| {
        vectors.fails(&format!("zip-{name}.zip"), attack, "zip.strict", bytes)
    };
    fails(
        "prepended",
        "bytes before the first entry",
        [b"#!/bin/sh\n", bytes.as_slice()].concat(),
    );
    fails(
        "prepended-fixed",
        "bytes before the first entry, all offsets right",
        whole.write_around(b"#!/bin/sh\n", b""),
    );
    fails(
        "trailing",
        "bytes behind the end record",
        [bytes.as_slice(), b"\0"].concat(),
    );
    let mut commented = bytes.clone();
    let length = commented.len();
    commented[length - 2] = 5;
    commented.extend(b"hello");
    fails("comment", "an archive comment", commented);
    let hidden = File::stored("data/hidden.txt", b"not in the directory");
    let gap = [hidden.entry().local_header(), hidden.packed.clone()].concat();
    fails(
        "hidden-local",
        "an entry that only the local headers know",
        whole.write_around(b"", &gap),
    );
    fails(
        "second-archive",
        "a second archive behind the first",
        [bytes.as_slice(), &bytes].concat(),
    );
    fails(
        "truncated",
        "the end is missing",
        bytes[..bytes.len() - 1].to_vec(),
    );
    vectors.fails(
        "zip-empty.zip",
        "an archive without entries",
        "bundle.complete",
        Archive(Vec::new()).write(),
    );
}

/// Names that a reader could take otherwise.
fn names(whole: &Archive, vectors: &mut Vectors) {
    for (name, attack, path) in [
        ("duplicate", "two entries of the same name", RESULTS),
        (
            "case-fold-duplicate",
            "two names that differ by case only",
            "data/Results.json",
        ),
        (
            "nfc-duplicate",
            "a name in another Unicode normalization",
            "data/re\u{301}sults.json",
        ),
        (
            "nfc-composed",
            "a name that is not ASCII",
            "data/r\u{e9}sults.json",
        ),
        (
            "traversal",
            "a path that leaves the folder",
            "data/../../etc/passwd",
        ),
        ("absolute", "an absolute path", "/etc/passwd"),
        ("backslash", "a backslash in a path", "data\\results.json"),
        ("drive", "a drive letter", "c:results.json"),
        ("control-character", "a control character in a path", "data/x\n"),
        ("device", "a device name of Windows", "data/nul.json"),
        ("folder", "a folder entry", "data/x/"),
        (
            "second-signature",
            "a second ASiC signature",
            "META-INF/signature002.p7s",
        ),
        ("fetch", "files to be fetched from elsewhere (BagIt)", "fetch.txt"),
    ] {
        let mut archive = whole.clone();
        archive.0.push(File::stored(path, b"x"));
        vectors.fails(&format!("zip-{name}.zip"), attack, "zip.names", archive.write());
    }
}

/// Headers that are not of the profile.
fn headers(bytes: &[u8], vectors: &mut Vectors) {
    let central = find(bytes, b"PK\x01\x02");
    let end = bytes.len() - 22;
    for (name, attack, offset, value) in [
        (
            "symlink",
            "an entry marked as a symbolic link",
            central + 41,
            0xa1,
        ),
        (
            "folder-attribute",
            "a file marked as a folder",
            central + 38,
            0x10,
        ),
        ("encrypted", "an entry marked as encrypted", 6, 1),
        ("data-descriptor", "sizes in a data descriptor", 6, 8),
        ("method-mismatch", "the local header has another method", 8, 8),
        (
            "crc-mismatch",
            "the local header has another checksum",
            14,
            bytes[14] ^ 1,
        ),
        (
            "size-mismatch",
            "the local header has another size",
            22,
            bytes[22] ^ 1,
        ),
        ("name-mismatch", "the local header has another name", 30, b'M'),
        ("local-extra", "an extra field in the local header", 28, 4),
        (
            "central-extra",
            "an extra field in the directory",
            central + 30,
            4,
        ),
        ("entry-comment", "a comment of an entry", central + 32, 4),
        (
            "zip64-version",
            "ZIP64: an entry claims to need it",
            central + 6,
            45,
        ),
        (
            "zip64-count",
            "ZIP64: the number of entries is left to another record",
            end + 10,
            0xff,
        ),
        (
            "method-unknown",
            "a compression method that stock tools skip",
            central + 10,
            93,
        ),
        ("disk", "a second disk", end + 4, 1),
        (
            "count",
            "the end record counts fewer entries",
            end + 10,
            bytes[end + 10] - 1,
        ),
    ] {
        let mut altered = bytes.to_vec();
        altered[offset] = value;
        vectors.fails(&format!("zip-{name}.zip"), attack, "zip.strict", altered);
    }
}

/// Places that lead elsewhere, or are left to another record.
fn places(bytes: &[u8], vectors: &mut Vectors) {
    let (central, end) = (find(bytes, b"PK\x01\x02"), bytes.len() - 22);
    let sizes = |at: usize| {
        let mut altered = bytes.to_vec();
        altered[at..at + 4].copy_from_slice(&[0xff; 4]);
        altered
    };
    vectors.fails(
        "zip-zip64-sizes.zip",
        "ZIP64: a size of 0xffffffff, the true one elsewhere",
        "zip.strict",
        sizes(central + 24),
    );
    vectors.fails(
        "zip-zip64-offset.zip",
        "ZIP64: the directory's place is left to another record",
        "zip.strict",
        sizes(end + 16),
    );
    let mut located = bytes[..end].to_vec();
    located.extend([b"PK\x06\x07".as_slice(), &[0; 16]].concat());
    located.extend(&bytes[end..]);
    vectors.fails(
        "zip-zip64-locator.zip",
        "ZIP64: a locator before the end record",
        "zip.strict",
        located,
    );
    let at = |name: &str| central + find(&bytes[central..], name.as_bytes()) - 46;
    let (first, second) = (at(TAR), at(RESULTS));
    let mut overlapping = bytes.to_vec();
    overlapping.copy_within(first + 42..first + 46, second + 42);
    vectors.fails(
        "zip-overlap.zip",
        "two entries share their bytes",
        "zip.strict",
        overlapping,
    );
}

/// Packed bytes other than the writer's.
fn packing(whole: &Archive, vectors: &mut Vectors) {
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut File)| {
        let mut archive = whole.clone();
        alter(archive.file(TAR));
        vectors.fails(&format!("zip-{name}.zip"), attack, code, archive.write());
    };
    fails(
        "bomb",
        "a bomb: 16 MiB of zeros under the old size",
        "zip.unpack",
        &|file| {
            file.packed = deflate(&vec![0; 1 << 24], 9);
        },
    );
    fails(
        "bomb-declared",
        "a bomb that declares its 4 GiB",
        "zip.strict",
        &|file| file.size = u32::MAX,
    );
    fails(
        "size-beyond-signed",
        "an entry that declares more than was signed",
        "payload.size",
        &|file| file.size += 1,
    );
    fails(
        "bytes-behind-deflate",
        "a byte behind the DEFLATE stream",
        "zip.unpack",
        &|file| file.packed.push(0),
    );
    fails(
        "two-streams",
        "two DEFLATE streams in one entry",
        "zip.unpack",
        &|file| {
            let again = file.packed.clone();
            file.packed.extend(again);
        },
    );
    fails(
        "another-encoding",
        "another encoding of the same content",
        "zip.packing",
        &|file| {
            file.packed = deflate(&evidence(), 1);
        },
    );
    fails(
        "crc-wrong",
        "a wrong checksum in both headers",
        "zip.unpack",
        &|file| file.crc32 ^= 1,
    );
    let mut archive = whole.clone();
    let text = archive.file(layout::VERIFY_TEXT);
    (text.method, text.packed) = (Method::Deflate, deflate(b"A vector: never to be trusted.\n", 6));
    vectors.fails(
        "zip-tag-deflated.zip",
        "a tag file is deflated",
        "zip.packing",
        archive.write(),
    );
}

/// Missing, extra and misplaced entries.
fn sets(whole: &Archive, vectors: &mut Vectors) {
    for (name, path) in [
        ("missing-payload", RESULTS),
        ("missing-tag", layout::BAG_INFO),
        ("missing-signature", layout::SUMS_SIGNATURE),
        ("missing-manifest", layout::MANIFEST),
        ("missing-report", layout::REPORT),
    ] {
        let mut archive = whole.clone();
        archive.0.retain(|file| file.path != path);
        vectors.fails(
            &format!("zip-{name}.zip"),
            &format!("{path} is missing"),
            "bundle.complete",
            archive.write(),
        );
    }
    let mut extra = whole.clone();
    extra.0.push(File::stored("data/zzz.txt", b"extra"));
    vectors.fails(
        "zip-extra.zip",
        "an entry that the manifest does not list",
        "bundle.closed-set",
        extra.write(),
    );
    let mut swapped = whole.clone();
    let last = swapped.0.len() - 1;
    swapped.0.swap(last, last - 1);
    vectors.fails(
        "zip-order.zip",
        "payload out of order",
        "bundle.closed-set",
        swapped.write(),
    );
    let mut first = whole.clone();
    first.0.swap(0, 1);
    vectors.fails(
        "zip-mimetype-not-first.zip",
        "mimetype is not the first entry",
        "bundle.closed-set",
        first.write(),
    );
}
