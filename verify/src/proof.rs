//! The proof that one record is in a bundle: a C2SP tlog-proof.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64: the leaf's record, canonical JSON>
//! index 3
//! <base64: the hashes from the leaf's sibling up to the root's child, one a line>
//!
//! backproof/luma/luma-2026-q3
//! 42
//! 5zaCWqgkOnOweaAsCUqPHCpJNhICeO3aZSUZ4n1mmIk=
//!
//! — backproof/luma/luma-2026-q3 <base64: key id, ASiC manifest, CAdES signature>
//! ```
//!
//! The signature line is one of the type `0xff` (C2SP signed-note), named [`SIGNATURE_TYPE`]: what it holds is the ASiC
//! manifest of the bundle, which gives the checkpoint's digest, and the CAdES signature over it. So a proof needs no key to
//! make, and no other file of the bundle to check. Invariant: `parse(text)?.to_string() == text`.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};

use crate::bundle::Disclosed;
use crate::check::{Checks, Code};
use crate::checkpoint::Checkpoint;
use crate::digest::Sha256Digest;
use crate::disclosure::Opened;
use crate::manifest::v1::LeafRecord;
use crate::merkle;
use crate::redacted::{Sealed, check_seal};
use crate::signature::TrustAnchors;

/// The first line.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// What distinguishes our type of signature line from others.
pub const SIGNATURE_TYPE: &str = "backproof/asic-cades/v1";
/// A proof is at most this long, in bytes: far more than a manifest and a signature take.
pub const SIZE_MAX: usize = 2 << 20;
/// A tree of 2^64 leaves is this high.
const HASHES_MAX: usize = 64;
/// The last line of an ASiC manifest.
const CONTAINER_END: &[u8] = b"</asic:ASiCManifest>\n";

/// That one record is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What the leaf is made of.
    pub record: LeafRecord,
    /// Its place in the tree, counted from 0.
    pub index: u64,
    /// The hashes from the leaf's sibling up to the root's child.
    pub hashes: Vec<Sha256Digest>,
    /// The head of the tree.
    pub checkpoint: Checkpoint,
    /// Which key signed (see [`key_id`]).
    pub key_id: [u8; 4],
    /// The bytes of the ASiC manifest.
    pub container: Vec<u8>,
    /// The CAdES signature over them, DER.
    pub signature: Vec<u8>,
}

/// The text is no proof of this form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Longer than any proof.
    #[error("{0} bytes are more than any proof has")]
    Size(usize),
    /// A part is missing or not in its one form.
    #[error("not a tlog-proof in its one form: {0}")]
    Part(&'static str),
}

/// Whether a file is to be judged as a proof.
pub fn looks_like_proof(bytes: &[u8]) -> bool {
    bytes.starts_with(b"c2sp.org/tlog-proof@")
}

/// The id of a key in a signature line: of the name, the type, and the digest of the signer's certificate.
pub fn key_id(origin: &str, certificate_sha256: &Sha256Digest) -> [u8; 4] {
    let digest = Sha256Digest::of(
        &[
            origin.as_bytes(),
            b"\n\xff",
            SIGNATURE_TYPE.as_bytes(),
            certificate_sha256.as_bytes(),
        ]
        .concat(),
    );
    let [a, b, c, d, ..] = *digest.as_bytes();
    [a, b, c, d]
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let extra = Base64::encode_string(&self.record.encode());
        write!(f, "{HEADER}\nextra {extra}\nindex {}\n", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", Base64::encode_string(hash.as_bytes()))?;
        }
        let signed = [&self.key_id[..], &self.container, &self.signature].concat();
        let signed = Base64::encode_string(&signed);
        let head = &self.checkpoint;
        write!(f, "\n{head}\n\u{2014} {} {signed}\n", head.origin)
    }
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// Any deviation from the one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > SIZE_MAX {
            return Err(ProofError::Size(bytes.len()));
        }
        let part = ProofError::Part;
        let text = std::str::from_utf8(bytes).map_err(|_| part("not UTF-8"))?;
        let (path, note) = text.split_once("\n\n").ok_or(part("no checkpoint"))?;
        let mut lines = path.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(part("the first line"));
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.and_then(|value| Base64::decode_vec(value).ok());
        let record = extra.and_then(|bytes| LeafRecord::parse(&bytes).ok());
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let hashes: Vec<_> = lines.map(hash).collect::<Option<_>>().ok_or(part("a hash"))?;
        if hashes.len() > HASHES_MAX {
            return Err(part("more hashes than any tree needs"));
        }
        let (head, signature) = note.split_once("\n\n").ok_or(part("no signature line"))?;
        let checkpoint: Checkpoint = format!("{head}\n").parse().map_err(|_| part("the checkpoint"))?;
        let signed = signature
            .strip_prefix("\u{2014} ")
            .and_then(|rest| rest.strip_prefix(&checkpoint.origin)?.strip_prefix(' '))
            .and_then(|rest| Base64::decode_vec(rest.strip_suffix('\n')?).ok())
            .ok_or(part("the signature line"))?;
        let (key_id, signed) = signed.split_first_chunk::<4>().ok_or(part("the key id"))?;
        let end = signed
            .windows(CONTAINER_END.len())
            .position(|window| window == CONTAINER_END)
            .ok_or(part("the signature line has no ASiC manifest"))?;
        let (container, signature) = signed.split_at(end + CONTAINER_END.len());
        let proof = Self {
            record: record.ok_or(part("the extra line is no leaf record"))?,
            index: index
                .and_then(|index| index.parse().ok())
                .ok_or(part("the index"))?,
            hashes,
            checkpoint,
            key_id: *key_id,
            container: container.to_vec(),
            signature: signature.to_vec(),
        };
        // Numbers have one more way to deviate: leading zeros and plus signs.
        if proof.to_string() != text {
            return Err(part("a number"));
        }
        Ok(proof)
    }
}

fn hash(line: &str) -> Option<Sha256Digest> {
    let bytes = <[u8; 32]>::try_from(Base64::decode_vec(line).ok()?).ok()?;
    Some(Sha256Digest::from_bytes(bytes))
}

/// Verifies a proof at the time `at`, trusting `anchors` and nothing else; `record` is the file that it is about, without
/// which nobody can tell whether it has that.
pub fn verify_proof(
    bytes: &[u8],
    record: Option<&[u8]>,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
) -> (Checks, Option<Disclosed>) {
    let mut checks = Checks::new();
    let proof = match Proof::parse(bytes) {
        Ok(proof) => proof,
        Err(error) => {
            checks.failed(Code::ProofFormat, "proof", error.to_string());
            return (checks, None);
        }
    };
    let head = proof.checkpoint.to_string();
    let seal = [head.as_bytes(), &proof.container, &proof.signature];
    let Sealed {
        checkpoint, signer, ..
    } = check_seal(seal, anchors, at, &mut checks);
    let expected = signer
        .as_ref()
        .map(|signer| key_id(&proof.checkpoint.origin, &signer.certificate_sha256));
    match expected {
        Some(expected) if expected != proof.key_id => {
            checks.failed(Code::ProofFormat, "proof", "the key id is not that of the signer");
        }
        Some(_) => checks.ok(Code::ProofFormat, "proof", HEADER),
        None => checks.undecided(
            Code::ProofFormat,
            "proof",
            "the key id could not be compared: no signer",
        ),
    }
    check_inclusion(&proof, &mut checks);
    check_record(&proof.record, record, &mut checks);
    let signers = signer.map(|signer| (crate::layout::ASIC_SIGNATURE, signer));
    let opened = Opened {
        index: proof.index,
        record: proof.record,
    };
    let disclosed = checkpoint.map(|head| Disclosed::new(head, vec![opened], signers.into_iter().collect()));
    (checks, disclosed)
}

fn check_inclusion(proof: &Proof, checks: &mut Checks) {
    let head = &proof.checkpoint;
    let holds = merkle::verify_inclusion(
        &proof.record.leaf(),
        proof.index,
        head.size,
        &proof.hashes,
        &head.root,
    );
    let detail = format!("leaf {} of {}, root {}", proof.index, head.size, head.root);
    if holds {
        checks.ok(Code::ProofInclusion, &proof.record.path, detail);
    } else {
        checks.failed(
            Code::ProofInclusion,
            &proof.record.path,
            format!("does not hold: {detail}"),
        );
    }
}

fn check_record(signed: &LeafRecord, found: Option<&[u8]>, checks: &mut Checks) {
    let (code, path) = (Code::DisclosureRecords, &signed.path);
    let Some(found) = found else {
        let detail = format!(
            "the file itself was not given: its digest has to be {}",
            signed.sha256
        );
        return checks.undecided(code, path, detail);
    };
    let digest = Sha256Digest::of(found);
    if found.len() as u64 == signed.size && digest == signed.sha256 {
        checks.ok(code, path, format!("{} bytes, digest {digest}", signed.size));
    } else {
        let detail = format!(
            "{} bytes with digest {digest}, signed are {} with {}",
            found.len(),
            signed.size,
            signed.sha256
        );
        checks.failed(code, path, detail);
    }
}
