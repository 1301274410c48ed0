//! Redacted bundles and proofs of one record, right and forged.

use anyhow::{Context as _, Result};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::disclosure::{Disclosure, Leaf, Opened, SCHEMA};
use backproof_verify::manifest::v1::Manifest;
use backproof_verify::proof::{Proof, key_id};
use backproof_verify::{asic, layout, merkle, packing, redacted, sums::Sums};

use super::Vectors;
use super::bundle::{Archive, Draft, File, RESULTS, TAR, by_content, deflate, evidence};
use super::cms::Cms;
use super::pdf::{Signs, house_signs};
use super::pki::{House, Template, signs_documents};
use super::zip_attacks::ID;

/// What the disclosed results hold, a file beside the vectors.
const RECORD: &str = "record.json";
const RECORD_CONTENT: &[u8] = b"{\"schema\":\"backproof.results/v1\"}";

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    good(&sign, vectors)?;
    leaves(&sign, vectors)?;
    heads(&sign, vectors)?;
    wrappings(&sign, vectors)?;
    signers(house, &sign, vectors)?;
    proofs(house, &sign, vectors)
}

/// A part of a bundle, taken apart.
#[derive(Clone)]
struct Part {
    manifest: Manifest,
    disclosure: Disclosure,
    archive: Archive,
}

impl Part {
    /// The bundle `id`, signed by `sign`, with the payload at the paths `opened` disclosed.
    fn of(id: &str, sign: Signs<'_>, opened: &[&str]) -> Result<Self> {
        let draft = Draft::new(id, sign);
        let manifest = draft.manifest();
        let mut archive = draft.sealed(&serde_json::to_value(&manifest)?, sign)?;
        let kept = [layout::CHECKPOINT, layout::ASIC_MANIFEST, layout::ASIC_SIGNATURE];
        archive
            .0
            .retain(|file| kept.contains(&file.path.as_str()) || opened.contains(&file.path.as_str()));
        let disclosure = Disclosure {
            schema: SCHEMA.to_owned(),
            leaves: manifest.files.iter().map(|file| Leaf(file.leaf)).collect(),
            opened: manifest
                .files
                .iter()
                .filter(|file| opened.contains(&file.path.as_str()))
                .map(|file| Opened {
                    index: file.index,
                    record: file.record(),
                })
                .collect(),
            packing: Sha256Digest::of(b""),
        };
        let text = redacted::text(&manifest.checkpoint(), opened.len() as u64);
        archive
            .0
            .push(File::stored(layout::REDACTED_TEXT, text.as_bytes()));
        archive.0.push(File::stored(layout::DISCLOSURE, b""));
        archive.0.sort_by_key(|file| {
            let mut fixed = layout::REDACTED_FILES.iter();
            let place = fixed.position(|(path, _)| *path == file.path);
            (place.unwrap_or(usize::MAX), file.path.clone())
        });
        let mut part = Self {
            manifest,
            disclosure,
            archive,
        };
        part.pin();
        Ok(part)
    }

    /// Writes the list anew, the packing with it.
    fn pin(&mut self) {
        let payload = self
            .archive
            .0
            .iter()
            .filter(|file| layout::is_payload_path(&file.path));
        let entries: Vec<_> = payload.map(File::entry).collect();
        self.disclosure.packing = packing::digest(&entries);
        // The encoder refuses what is not sound, and an attacker has another one.
        let bytes = backproof_verify::canonical::encode(&self.disclosure).expect("invariant: no floats");
        self.archive.set(layout::DISCLOSURE, &bytes);
    }

    /// Makes root and checkpoint anew over whatever leaves there are.
    fn head(&mut self) -> String {
        let hashes = self.disclosure.hashes();
        let mut head = self.manifest.checkpoint();
        (head.size, head.root) = (hashes.len() as u64, merkle::root(&hashes));
        head.to_string()
    }
}

fn good(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    for (name, story, opened) in [
        ("", "one record of three is disclosed", &[RESULTS][..]),
        (
            "-evidence",
            "evidence and results are disclosed, the report is not",
            &[TAR, RESULTS],
        ),
        ("-report", "the report alone is disclosed", &[layout::REPORT]),
    ] {
        let part = Part::of(ID, sign, opened)?;
        vectors.passes(&format!("good-redacted{name}.zip"), story, part.archive.write());
    }
    let part = Part::of(ID, sign, &[RESULTS])?;
    vectors.push(
        "undecided-redacted-no-root.zip",
        "a redacted bundle, and nobody names a trust root",
        ("undecided", &["certificate.path"]),
        "",
        part.archive.write(),
    );
    Ok(())
}

/// Leaves and records that are not those of the signed tree.
fn leaves(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        let mut part = whole.clone();
        alter(&mut part);
        vectors.fails(
            &format!("redacted-{name}.zip"),
            attack,
            code,
            part.archive.write(),
        );
    };
    let other: &[u8] = b"{\"schema\":\"backproof.results/v2\"}";
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

/// Sets, orders, forms and encodings.
fn wrappings(sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let whole = Part::of(ID, sign, &[TAR, RESULTS])?;
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Part)| {
        let mut part = whole.clone();
        alter(&mut part);
        vectors.fails(
            &format!("redacted-{name}.zip"),
            attack,
            code,
            part.archive.write(),
        );
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

/// Another's signature within.
fn signers(house: &House, sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let second = Template::new("second signer", signs_documents()).issued_by(&house.issuing);
    let by_second = |content: &[u8]| Cms::detached(&second, &[&house.issuing], content).assemble();
    let mixed = by_content([("%PDF", &by_second as Signs<'_>)].into(), sign);
    let part = Part::of(ID, &mixed, &[layout::REPORT])?;
    vectors.fails(
        "redacted-one-signer.zip",
        "the disclosed report was signed with another certificate",
        "bundle.one-signer",
        part.archive.write(),
    );
    Ok(())
}

fn proofs(house: &House, sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let part = Part::of(ID, sign, &[RESULTS])?;
    let mut archive = part.archive.clone();
    let opened = part.disclosure.opened[0].clone();
    let signature = archive.file(layout::ASIC_SIGNATURE).packed.clone();
    let checkpoint = part.manifest.checkpoint();
    let proof = Proof {
        record: opened.record,
        index: opened.index,
        hashes: merkle::inclusion_proof(&part.disclosure.hashes(), 2).context("a proof")?,
        key_id: key_id(&checkpoint.origin, &Sha256Digest::of(&house.signer.certificate)),
        checkpoint,
        container: archive.file(layout::ASIC_MANIFEST).packed.clone(),
        signature,
    };
    let text = proof.to_string();
    vectors.passes_of(
        "good-proof.tlog-proof",
        "the proof of one record",
        RECORD,
        text.clone(),
    );
    vectors.push(
        "undecided-proof-no-record.tlog-proof",
        "a proof without its record",
        ("undecided", &["disclosure.records"]),
        "root.pem",
        text.clone().into_bytes(),
    );
    let mut fails = |name: &str, attack: &str, code, alter: &dyn Fn(&mut Proof)| {
        let mut altered = proof.clone();
        alter(&mut altered);
        vectors.fails_of(
            &format!("proof-{name}.tlog-proof"),
            attack,
            code,
            RECORD,
            altered.to_string(),
        );
    };
    fails(
        "hash-altered",
        "a hash on the way to the root is another",
        "proof.inclusion",
        &|proof| {
            proof.hashes[0] = Sha256Digest::of(b"another");
        },
    );
    fails(
        "hash-missing",
        "a hash on the way to the root is missing",
        "proof.inclusion",
        &|proof| {
            proof.hashes.pop();
        },
    );
    fails(
        "hash-more",
        "a hash too many on the way to the root",
        "proof.inclusion",
        &|proof| {
            proof.hashes.push(Sha256Digest::of(b"more"));
        },
    );
    fails(
        "elsewhere",
        "the record claims another place",
        "proof.inclusion",
        &|proof| proof.index = 1,
    );
    fails(
        "beyond",
        "the record claims a place beyond the tree",
        "proof.inclusion",
        &|proof| proof.index = 3,
    );
    fails(
        "salt-changed",
        "the salt is another",
        "proof.inclusion",
        &|proof| proof.record.salt[0] ^= 1,
    );
    fails(
        "renamed",
        "the record goes by another name",
        "proof.inclusion",
        &|proof| {
            proof.record.path = "data/results-2.json".to_owned();
        },
    );
    fails(
        "checkpoint-forged",
        "the checkpoint is that of a tree with this record alone",
        "disclosure.checkpoint",
        &|proof| {
            (proof.checkpoint.size, proof.checkpoint.root) = (1, proof.record.leaf());
            (proof.index, proof.hashes) = (0, Vec::new());
        },
    );
    fails("key-id", "the key id is another's", "proof.format", &|proof| {
        proof.key_id[0] ^= 1
    });
    fails(
        "container-altered",
        "another digest in the ASiC manifest",
        "cms.digest",
        &|proof| {
            let text = String::from_utf8_lossy(&proof.container).into_owned();
            let value = text.find("DigestValue>").expect("invariant: a value") + 12;
            proof.container[value] ^= 1;
        },
    );
    let mut forms = |name: &str, attack: &str, text: String| {
        vectors.fails_of(
            &format!("proof-{name}.tlog-proof"),
            attack,
            "proof.format",
            RECORD,
            text,
        );
    };
    forms("trailing", "a line behind the proof", format!("{text}\n"));
    forms(
        "index-zero",
        "a number with a leading zero",
        text.replacen("index 2", "index 02", 1),
    );
    forms(
        "carriage-return",
        "lines that end as on Windows",
        text.replace('\n', "\r\n"),
    );
    forms(
        "another-name",
        "a signature line of another name",
        text.replacen("\u{2014} backproof", "\u{2014} packproof", 1),
    );
    forms(
        "no-extra",
        "no record",
        text.lines()
            .filter(|line| !line.starts_with("extra"))
            .map(|line| format!("{line}\n"))
            .collect(),
    );
    vectors.fails_of(
        "proof-other-record.tlog-proof",
        "the record that was handed over is another",
        "disclosure.records",
        "record-altered.json",
        text,
    );
    Ok(())
}

/// The records beside the proofs.
pub(super) fn records() -> [(String, Vec<u8>); 2] {
    [
        (RECORD.to_owned(), RECORD_CONTENT.to_vec()),
        (
            "record-altered.json".to_owned(),
            b"{\"schema\":\"backproof.results/v2\"}".to_vec(),
        ),
    ]
}
