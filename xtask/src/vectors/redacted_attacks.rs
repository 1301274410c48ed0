//! Attacks on redacted bundles: by whoever has one, and by somebody who can sign.

use anyhow::{Context as _, Result};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::disclosure::Leaf;
use backproof_verify::sums::Sums;
use backproof_verify::{asic, layout, redacted};

use super::Vectors;
use super::bundle::{File, RESULTS, TAR, deflate, evidence};
use super::pdf::Signs;
use super::redacted::Part;
use super::zip_attacks::ID;

pub(super) fn add(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    leaves(sign, vectors)?;
    records(sign, vectors)?;
    heads(sign, vectors)?;
    sets(sign, vectors)?;
    forms(sign, vectors)
}

fn attacked(
    whole: &Part,
    vectors: &mut Vectors,
    (name, attack, code): (&str, &str, &'static str),
    alter: &dyn Fn(&mut Part),
) {
    let mut part = whole.clone();
    alter(&mut part);
    let bytes = part.archive.write();
    vectors.fails(&format!("redacted-{name}.zip"), attack, code, bytes);
}

/// Leaves that are not those of the signed tree.
fn leaves(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        attacked(&whole, vectors, (name, attack, code), alter);
    };
    fails(
        "leaf-removed",
        "the leaf of one more record is removed",
        "disclosure.root",
        &|part| {
            part.disclosure.leaves.remove(0);
            part.disclosure.opened[0].index -= 1;
            part.pin();
        },
    );
    fails(
        "leaf-swapped",
        "two withheld leaves have changed places",
        "disclosure.root",
        &|part| {
            part.disclosure.leaves.swap(0, 1);
            part.pin();
        },
    );
    fails(
        "leaf-altered",
        "a withheld leaf is another",
        "disclosure.root",
        &|part| {
            part.disclosure.leaves[0] = Leaf(Sha256Digest::of(b"another"));
            part.pin();
        },
    );
    fails("leaf-added", "a leaf is added", "disclosure.root", &|part| {
        part.disclosure.leaves.push(Leaf(Sha256Digest::of(b"another")));
        part.pin();
    });
    Ok(())
}

/// Records that are not those of their leaves.
fn records(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        attacked(&whole, vectors, (name, attack, code), alter);
    };
    let other: &[u8] = b"{\"schema\":\"backproof.results/v2\"}";
    fails(
        "record-altered",
        "a disclosed file is another",
        "disclosure.records",
        &|part| {
            part.archive.set(RESULTS, other);
            part.pin();
        },
    );
    fails(
        "record-resealed",
        "a disclosed file and its record are others",
        "disclosure.leaves",
        &|part| {
            part.archive.set(RESULTS, other);
            part.disclosure.opened[0].record.sha256 = Sha256Digest::of(other);
            part.pin();
        },
    );
    fails(
        "leaf-resealed",
        "a disclosed file, its record and its leaf are others",
        "disclosure.root",
        &|part| {
            part.archive.set(RESULTS, other);
            part.disclosure.opened[0].record.sha256 = Sha256Digest::of(other);
            part.disclosure.leaves[2] = Leaf(part.disclosure.opened[0].record.leaf());
            part.pin();
        },
    );
    fails(
        "salt-changed",
        "the salt of a disclosed record is another",
        "disclosure.leaves",
        &|part| {
            part.disclosure.opened[0].record.salt[0] ^= 1;
            part.pin();
        },
    );
    fails(
        "record-elsewhere",
        "a record claims the leaf of another",
        "disclosure.leaves",
        &|part| {
            part.disclosure.opened[0].index = 1;
            part.pin();
        },
    );
    fails(
        "record-renamed",
        "a disclosed file goes by another name",
        "disclosure.leaves",
        &|part| {
            part.disclosure.opened[0].record.path = TAR.to_owned();
            part.archive.file(RESULTS).path = TAR.to_owned();
            part.pin();
        },
    );
    fails(
        "nothing-disclosed",
        "no record is disclosed",
        "disclosure.format",
        &|part| {
            part.archive.0.retain(|file| file.path != RESULTS);
            part.disclosure.opened.clear();
            part.pin();
        },
    );
    Ok(())
}

/// Checkpoints that are not the signed one.
fn heads(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[RESULTS])?;
    let mut shorter = whole.clone();
    shorter.disclosure.leaves.remove(0);
    shorter.disclosure.opened[0].index -= 1;
    shorter.pin();
    let head = shorter.head();
    shorter.archive.set(layout::CHECKPOINT, head.as_bytes());
    let text = redacted::text(&head.parse()?, 1);
    shorter.archive.set(layout::REDACTED_TEXT, text.as_bytes());
    vectors.fails(
        "redacted-checkpoint-made-anew.zip",
        "a leaf is removed, and the checkpoint made anew",
        "disclosure.checkpoint",
        shorter.archive.write(),
    );
    let digests = asic::parse(&shorter.archive.file(layout::ASIC_MANIFEST).packed).context("a container")?;
    let mut digests: Sums = digests;
    digests.insert(layout::CHECKPOINT.to_owned(), Sha256Digest::of(head.as_bytes()));
    let container = asic::manifest(&digests).context("a container")?;
    shorter.archive.set(layout::ASIC_MANIFEST, &container);
    vectors.fails(
        "redacted-container-made-anew.zip",
        "a leaf is removed, checkpoint and ASiC manifest made anew under the old signature",
        "cms.digest",
        shorter.archive.write(),
    );
    let mut replayed = whole.clone();
    let before = Part::of("luma-2026-q2", sign, &[RESULTS])?;
    replayed.archive = before.archive.clone();
    for path in [layout::ASIC_MANIFEST, layout::ASIC_SIGNATURE] {
        *replayed.archive.file(path) = whole.archive.clone().file(path).clone();
    }
    vectors.fails(
        "redacted-checkpoint-replayed.zip",
        "the part of the bundle before, under the signature of this one",
        "disclosure.checkpoint",
        replayed.archive.write(),
    );
    let mut spaced = whole;
    let mut container = spaced.archive.file(layout::ASIC_MANIFEST).packed.clone();
    container.push(b'\n');
    spaced.archive.set(layout::ASIC_MANIFEST, &container);
    let signature = sign(&container);
    spaced.archive.set(layout::ASIC_SIGNATURE, &signature);
    vectors.fails(
        "redacted-container-form.zip",
        "the ASiC manifest has another form, signed anew",
        "disclosure.checkpoint",
        spaced.archive.write(),
    );
    Ok(())
}

/// Files missing, added and out of order.
fn sets(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[TAR, RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        attacked(&whole, vectors, (name, attack, code), alter);
    };
    fails(
        "file-missing",
        "a disclosed file is missing",
        "redacted.closed-set",
        &|part| {
            part.archive.0.retain(|file| file.path != TAR);
            part.pin();
        },
    );
    fails(
        "file-extra",
        "a file that no leaf speaks of",
        "redacted.closed-set",
        &|part| {
            part.archive.0.push(File::stored("data/zzz.txt", b"extra"));
            part.pin();
        },
    );
    fails(
        "sums-extra",
        "the digests of all files lie in it",
        "redacted.closed-set",
        &|part| {
            part.archive.0.push(File::stored(layout::SUMS, b""));
        },
    );
    fails("order", "payload out of order", "redacted.closed-set", &|part| {
        let last = part.archive.0.len() - 1;
        part.archive.0.swap(last, last - 1);
        part.pin();
    });
    fails(
        "signature-missing",
        "the signature is missing",
        "redacted.closed-set",
        &|part| {
            part.archive.0.retain(|file| file.path != layout::ASIC_SIGNATURE);
        },
    );
    Ok(())
}

/// Other forms and encodings of the same, and of more.
fn forms(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[TAR, RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        attacked(&whole, vectors, (name, attack, code), alter);
    };
    fails(
        "text-lies",
        "the text says that all is disclosed",
        "redacted.text",
        &|part| {
            let text = redacted::text(&part.manifest.checkpoint(), 3);
            part.archive.set(layout::REDACTED_TEXT, text.as_bytes());
        },
    );
    fails(
        "another-encoding",
        "another encoding of the same content",
        "redacted.packing",
        &|part| {
            part.archive.file(TAR).packed = deflate(&evidence(), 1);
        },
    );
    fails(
        "fixed-deflated",
        "a fixed file is deflated",
        "redacted.packing",
        &|part| {
            let content = part.archive.file(layout::CHECKPOINT).packed.clone();
            *part.archive.file(layout::CHECKPOINT) = File::deflated(layout::CHECKPOINT, &content);
        },
    );
    fails(
        "size-beyond-signed",
        "a file that declares more than was signed",
        "disclosure.records",
        &|part| {
            part.archive.file(TAR).size += 1;
            part.pin();
        },
    );
    fails("bomb", "a bomb under the signed size", "zip.unpack", &|part| {
        part.archive.file(TAR).packed = deflate(&vec![0; 1 << 24], 9);
        part.pin();
    });
    fails(
        "disclosure-space",
        "white space in disclosure.json",
        "disclosure.format",
        &|part| {
            part.archive
                .edit(layout::DISCLOSURE, "{\"leaves\"", "{ \"leaves\"");
        },
    );
    fails(
        "disclosure-field",
        "an unknown field in disclosure.json",
        "disclosure.format",
        &|part| {
            part.archive
                .edit(layout::DISCLOSURE, "{\"leaves\"", "{\"all\":true,\"leaves\"");
        },
    );
    fails(
        "disclosure-missing",
        "disclosure.json is missing",
        "disclosure.format",
        &|part| {
            part.archive.0.retain(|file| file.path != layout::DISCLOSURE);
        },
    );
    fails(
        "path-escapes",
        "a record leaves the folder",
        "disclosure.format",
        &|part| {
            part.archive
                .edit(layout::DISCLOSURE, TAR, "data/../../etc/passwd");
        },
    );
    let mut trailing = whole.archive.write();
    trailing.push(0);
    vectors.fails(
        "redacted-trailing.zip",
        "a byte behind a redacted bundle",
        "zip.strict",
        trailing,
    );
    Ok(())
}
