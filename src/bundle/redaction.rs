//! Parts of a verified bundle that stand under the signature over the whole: redacted bundles, and proofs of one record.
//!
//! Neither takes a key: the salts of all leaves stand in the bundle's manifest, so whoever has the whole can disclose a part.
//! Invariant: of a withheld record nothing goes out but its salted leaf hash, which no guess can be compared with. That holds
//! for what this module adds; what the *disclosed files* say of withheld ones is found by [`confirmable`].

use std::collections::BTreeSet;
use std::io::{self, Read as _};

use backproof_verify::digest::Sha256Digest;
use backproof_verify::disclosure::{Disclosure, Leaf, Opened, SCHEMA};
use backproof_verify::manifest::v1::ManifestError;
use backproof_verify::proof::{self, Proof};
use backproof_verify::zip::Entry;
use backproof_verify::{layout, merkle, packing, redacted};
use base64ct::{Base64, Encoding as _};
use flate2::read::GzDecoder;
use md5::{Digest as _, Md5};

use super::archive;
use super::checked::{Checked, CheckedError, content};

/// Compressed members are looked into up to this many bytes: what is longer is taken for one that may say anything.
const UNPACKED_MAX: u64 = 256 << 20;

/// Why no part of a bundle was made.
#[derive(Debug, thiserror::Error)]
pub enum RedactionError {
    /// The bundle, or a file of it, can't be read.
    #[error(transparent)]
    Bundle(#[from] CheckedError),
    /// The list of what is disclosed would not be accepted.
    #[error("disclosure.json: {0}")]
    Disclosure(#[from] ManifestError),
    /// The bundle's signature could not be read.
    #[error("the signature of the bundle could not be read: nothing can be shown to stand under it")]
    Unsigned,
    /// The archive could not be written.
    #[error("writing the archive: {0}")]
    Write(#[from] io::Error),
}

/// The redacted bundle that discloses the files at the paths `opened`, as bytes.
///
/// # Errors
/// There is no such file, or the archive can't be written.
pub fn redact(bundle: &Checked<'_>, opened: &BTreeSet<String>) -> Result<Vec<u8>, RedactionError> {
    let manifest = &bundle.facts().manifest;
    let mut payload: Vec<Entry<'_>> = Vec::new();
    for path in opened {
        payload.push(
            bundle
                .entry(path)
                .ok_or_else(|| CheckedError::Missing(path.clone()))?,
        );
    }
    let disclosure = Disclosure {
        schema: SCHEMA.to_owned(),
        leaves: manifest.files.iter().map(|file| Leaf(file.leaf)).collect(),
        opened: manifest
            .files
            .iter()
            .filter(|file| opened.contains(&file.path))
            .map(|file| Opened {
                index: file.index,
                record: file.record(),
            })
            .collect(),
        packing: packing::digest(&payload),
    };
    let text = redacted::text(&manifest.checkpoint(), disclosure.opened.len() as u64);
    let signed = |path: &str| bundle.file(path);
    let fixed = [
        text.into_bytes(),
        disclosure.encode()?,
        signed(layout::CHECKPOINT)?,
        signed(layout::ASIC_MANIFEST)?,
        signed(layout::ASIC_SIGNATURE)?,
    ];
    let fixed = layout::REDACTED_FILES.iter().zip(&fixed);
    let mut entries: Vec<_> = fixed
        .filter_map(|((path, _), content)| archive::stored(path, content))
        .collect();
    entries.extend(payload);
    let mut bytes = Vec::new();
    archive::write(&entries, &mut bytes)?;
    Ok(bytes)
}

/// The proof that the file at `path` is in the bundle.
///
/// # Errors
/// There is no such file, or the bundle's signature could not be read.
pub fn prove(bundle: &Checked<'_>, path: &str) -> Result<Proof, RedactionError> {
    let manifest = &bundle.facts().manifest;
    let missing = || CheckedError::Missing(path.to_owned());
    let file = manifest
        .files
        .iter()
        .find(|file| file.path == path)
        .ok_or_else(missing)?;
    let leaves: Vec<_> = manifest.files.iter().map(|file| file.leaf).collect();
    let hashes = usize::try_from(file.index)
        .ok()
        .and_then(|index| merkle::inclusion_proof(&leaves, index));
    let signers = &bundle.facts().signers;
    let signer = signers.iter().find(|(path, _)| *path == layout::ASIC_SIGNATURE);
    let (_, signer) = signer.ok_or(RedactionError::Unsigned)?;
    let checkpoint = manifest.checkpoint();
    Ok(Proof {
        record: file.record(),
        index: file.index,
        hashes: hashes.ok_or_else(missing)?,
        key_id: proof::key_id(&checkpoint.origin, &signer.certificate_sha256),
        checkpoint,
        container: bundle.file(layout::ASIC_MANIFEST)?,
        signature: bundle.file(layout::ASIC_SIGNATURE)?,
    })
}

/// A file that would be disclosed, and what it has by which guesses at withheld ones could be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmable {
    /// The file.
    pub path: String,
    /// Digests of withheld files, or of pages and lines in them.
    pub withheld: usize,
    /// Other digests: of what is in no file of the bundle, as far as that can be told.
    pub unknown: usize,
    /// Whether it is a kind of file that is not looked into, and cites evidence by digest.
    pub opaque: bool,
}

impl Confirmable {
    /// Whether a guess at what is withheld can be confirmed, as far as that can be told.
    pub fn confirms(&self) -> bool {
        self.withheld > 0 || self.opaque
    }
}

/// Which of the files at the paths `opened` have digests that are not of what is disclosed: a digest has no salt, so whoever
/// guesses the content can tell by it that the guess is right.
///
/// # Errors
/// A file can't be read.
pub fn confirmable(
    bundle: &Checked<'_>,
    opened: &BTreeSet<String>,
) -> Result<Vec<Confirmable>, CheckedError> {
    let files = &bundle.facts().manifest.files;
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    confirmable_of(&paths, opened, &|path| bundle.file(path))
}

/// Gives the bytes of a file.
type Read<'r> = &'r dyn Fn(&str) -> Result<Vec<u8>, CheckedError>;

fn confirmable_of(
    paths: &[&str],
    opened: &BTreeSet<String>,
    read: Read<'_>,
) -> Result<Vec<Confirmable>, CheckedError> {
    let (mut own, mut withheld) = (BTreeSet::new(), BTreeSet::new());
    for path in paths {
        let digests = if opened.contains(*path) {
            &mut own
        } else {
            &mut withheld
        };
        for part in Parts::of(path, read(path)?)?.hashed() {
            let sha256 = Sha256Digest::of(part);
            // S3 gives the MD5 of its objects as their entity tags.
            let md5: [u8; 16] = Md5::digest(part).into();
            digests.extend([sha256.to_hex(), Base64::encode_string(sha256.as_bytes())]);
            digests.extend([hex(&md5), Base64::encode_string(&md5)]);
        }
    }
    let mut found = Vec::new();
    for path in opened {
        let parts = Parts::of(path, read(path)?)?;
        let (mut known, mut unknown) = (BTreeSet::new(), BTreeSet::new());
        let mut tell = |digest: &str, alone: bool| {
            // What is both withheld and disclosed is disclosed.
            let of_disclosed = own.contains(digest);
            if !of_disclosed && withheld.contains(digest) {
                known.insert(digest.to_owned());
            } else if !of_disclosed && alone {
                unknown.insert(digest.to_owned());
            }
        };
        parts.read().for_each(|text| digests_in(text, &mut tell));
        let row = Confirmable {
            path: path.clone(),
            withheld: known.len(),
            unknown: unknown.len(),
            opaque: parts.opaque,
        };
        if row.confirms() || row.unknown > 0 {
            found.push(row);
        }
    }
    Ok(found)
}

/// Hexadecimal digits of MD5 and SHA-256.
const DIGITS: [usize; 2] = [32, 64];

/// Tells of all in a text that may be a digest, and whether it stands there by itself: stretches of 32 or 64 hexadecimal digits,
/// also within longer ones, and base64.
fn digests_in(text: &[u8], mut tell: impl FnMut(&str, bool)) {
    for run in runs(text, |byte| byte.is_ascii_hexdigit()) {
        let run = run.to_ascii_lowercase();
        for length in DIGITS {
            for start in 0..(run.len() + 1).saturating_sub(length) {
                tell(&run[start..start + length], run.len() == length);
            }
        }
    }
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    for run in runs(text, is_base64).filter(|run| run.ends_with('=')) {
        tell(run, false);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The longest stretches of such bytes.
fn runs(text: &[u8], belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |byte| !belongs(*byte))
        .filter(|run| !run.is_empty())
        .filter_map(|run| std::str::from_utf8(run).ok())
}

/// What a file consists of.
struct Parts {
    whole: Vec<u8>,
    /// Members of an archive, and the lines of a text: what others may have hashed by itself.
    within: Vec<Vec<u8>>,
    /// What was compressed, unpacked.
    unpacked: Vec<Vec<u8>>,
    /// Whether something could not be looked into.
    opaque: bool,
}

impl Parts {
    fn of(path: &str, whole: Vec<u8>) -> Result<Self, CheckedError> {
        let mut parts = Self {
            // The text of a PDF is compressed within it, and the report cites evidence by digest.
            opaque: whole.starts_with(b"%PDF"),
            whole,
            within: Vec::new(),
            unpacked: Vec::new(),
        };
        if path.ends_with(".tar") {
            let mut tar = tar::Archive::new(parts.whole.as_slice());
            for member in tar.entries().map_err(|error| content(path, error))? {
                let mut bytes = Vec::new();
                member
                    .and_then(|mut member| member.read_to_end(&mut bytes))
                    .map_err(|error| content(path, error))?;
                parts.within.push(bytes);
            }
        } else if path.ends_with(".jsonl") {
            let lines = parts.whole.split_inclusive(|byte| *byte == b'\n');
            // The ledger's chain is over entries without the end of their line.
            parts.within = lines
                .flat_map(|line| [line.to_vec(), line.strip_suffix(b"\n").unwrap_or(line).to_vec()])
                .collect();
        }
        for member in [&parts.whole].into_iter().chain(&parts.within) {
            if member.starts_with(&[0x1f, 0x8b]) {
                let mut bytes = Vec::new();
                let read = GzDecoder::new(member.as_slice())
                    .take(UNPACKED_MAX)
                    .read_to_end(&mut bytes);
                parts.opaque |= read.is_err() || bytes.len() as u64 == UNPACKED_MAX;
                parts.unpacked.push(bytes);
            }
        }
        Ok(parts)
    }

    /// What somebody may have a digest of.
    fn hashed(&self) -> impl Iterator<Item = &[u8]> {
        [&self.whole]
            .into_iter()
            .chain(&self.within)
            .chain(&self.unpacked)
            .map(Vec::as_slice)
    }

    /// What is read by whoever reads the file.
    fn read(&self) -> impl Iterator<Item = &[u8]> {
        [&self.whole].into_iter().chain(&self.unpacked).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const EMPTY: &[u8] = b"{\"BackupJobs\":[]}";

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn tar_of(members: &[&[u8]]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (number, member) in (0..).zip(members) {
            let mut header = tar::Header::new_ustar();
            header.set_path(format!("{number}.json")).unwrap();
            header.set_size(member.len() as u64);
            header.set_cksum();
            tar.append(&header, *member).unwrap();
        }
        tar.into_inner().unwrap()
    }

    /// What `data/open` is found to have, beside `data/withheld` and whatever else is `more`.
    fn check(
        open: &[u8],
        withheld: (&str, Vec<u8>),
        more: &[(&str, Vec<u8>)],
        expected: Option<(usize, usize, bool)>,
    ) {
        let mut files = BTreeMap::from([("data/open", open.to_vec()), withheld]);
        files.extend(more.iter().cloned());
        let names = ["data/open"]
            .into_iter()
            .chain(more.iter().map(|(path, _)| *path));
        let opened = names.map(str::to_owned).collect();
        let paths: Vec<_> = files.keys().copied().collect();
        let found = confirmable_of(&paths, &opened, &|path| Ok(files[path].clone())).unwrap();
        let found = found.into_iter().find(|row| row.path == "data/open");
        let found = found.map(|row| (row.withheld, row.unknown, row.opaque));
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(open));
    }

    #[test]
    fn a_digest_of_what_is_withheld_is_found_in_whatever_form() {
        let page = Sha256Digest::of(EMPTY);
        let md5: [u8; 16] = Md5::digest(EMPTY).into();
        let withheld = || ("data/evidence/a.tar", tar_of(&[b"other", EMPTY]));
        for text in [
            format!("cited: {page}#/BackupJobs"),
            format!("{{\"sha256\":\"{}\"}}", page.to_hex().to_uppercase()),
            format!("<ETag>&quot;{}&quot;</ETag>", hex(&md5)),
            format!(
                "x-amz-checksum-sha256: {}\r\n",
                Base64::encode_string(page.as_bytes())
            ),
            format!("Content-MD5: {}", Base64::encode_string(&md5)),
        ] {
            check(text.as_bytes(), withheld(), &[], Some((1, 0, false)));
        }
        // Beside other digits, where a word's end does not show.
        let joined = format!("{page}00");
        check(joined.as_bytes(), withheld(), &[], Some((1, 0, false)));
        // In what is compressed, within an archive too.
        let citing = packed(page.to_hex().as_bytes());
        check(
            b"nothing",
            withheld(),
            &[("data/evidence/b.tar", tar_of(&[&citing]))],
            None,
        );
        check(&citing, withheld(), &[], Some((1, 0, false)));
    }

    #[test]
    fn pages_lines_and_what_is_compressed_count_as_withheld() {
        let cites = |content: &[u8]| Sha256Digest::of(content).to_hex().into_bytes();
        let log = packed(b"{\"Records\":[]}");
        let archive = || ("data/evidence/a.tar", tar_of(&[&log]));
        check(&cites(&log), archive(), &[], Some((1, 0, false)));
        check(&cites(b"{\"Records\":[]}"), archive(), &[], Some((1, 0, false)));
        check(&cites(&archive().1), archive(), &[], Some((1, 0, false)));
        let lines = || ("data/receipts.jsonl", b"{\"n\":1}\n{\"n\":2}\n".to_vec());
        check(&cites(b"{\"n\":2}"), lines(), &[], Some((1, 0, false)));
        check(&cites(b"{\"n\":2}\n"), lines(), &[], Some((1, 0, false)));
        // Of what is nowhere in the bundle nobody can tell; of what is disclosed too, a digest tells nothing.
        check(
            &cites(b"a document elsewhere"),
            archive(),
            &[],
            Some((0, 1, false)),
        );
        check(
            &cites(EMPTY),
            ("data/evidence/a.tar", tar_of(&[EMPTY])),
            &[("data/b", EMPTY.to_vec())],
            None,
        );
        check(b"no digest", archive(), &[], None);
    }

    #[test]
    fn what_is_not_looked_into_is_said() {
        check(
            b"%PDF-1.7\n",
            ("data/withheld", b"x".to_vec()),
            &[],
            Some((0, 0, true)),
        );
        let mut cut = packed(&[7; 100]);
        cut.truncate(cut.len() - 9);
        check(&cut, ("data/withheld", b"x".to_vec()), &[], Some((0, 0, true)));
    }
}
