//! Proofs of one record, right and forged.

use anyhow::{Context as _, Result};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::proof::{Proof, key_id};
use backproof_verify::{layout, merkle};

use super::Vectors;
use super::bundle::RESULTS;
use super::pdf::Signs;
use super::pki::House;
use super::redacted::Part;
use super::zip_attacks::ID;

/// The record that is proven, a file beside the vectors.
const RECORD: &str = "record.json";
/// Another one.
const ALTERED: &str = "record-altered.json";

pub(super) fn add(house: &House, sign: Signs<'_>, vectors: &mut Vectors) -> Result<()> {
    let proof = honest(house, sign)?;
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
    vectors.fails_of(
        "proof-other-record.tlog-proof",
        "the record that was handed over is another",
        "disclosure.records",
        ALTERED,
        text.clone(),
    );
    claims(&proof, vectors);
    forms(&text, vectors);
    Ok(())
}

fn honest(house: &House, sign: Signs<'_>) -> Result<Proof> {
    let part = Part::of(ID, sign, &[RESULTS])?;
    let mut archive = part.archive.clone();
    let opened = part.disclosure.opened[0].clone();
    let signature = archive.file(layout::ASIC_SIGNATURE).packed.clone();
    let checkpoint = part.manifest.checkpoint();
    Ok(Proof {
        record: opened.record,
        index: opened.index,
        hashes: merkle::inclusion_proof(&part.disclosure.hashes(), 2).context("a proof")?,
        key_id: key_id(&checkpoint.origin, &Sha256Digest::of(&house.signer.certificate)),
        checkpoint,
        container: archive.file(layout::ASIC_MANIFEST).packed.clone(),
        signature,
    })
}

/// Proofs that claim what is not so.
fn claims(proof: &Proof, vectors: &mut Vectors) {
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
}

/// Texts that say the same in another form.
fn forms(text: &str, vectors: &mut Vectors) {
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
}

/// The records beside the proofs.
pub(super) fn records() -> [(String, Vec<u8>); 2] {
    [(RECORD, "v1"), (ALTERED, "v2")].map(|(name, version)| {
        let content = format!("{{\"schema\":\"backproof.results/{version}\"}}");
        (name.to_owned(), content.into_bytes())
    })
}
