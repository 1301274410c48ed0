//! The verification of a redacted bundle: a part of a bundle that still stands under the signature over the whole.
//!
//! The signature is over the ASiC manifest, which gives the digest of the checkpoint, which has the root over all leaf
//! hashes; a disclosed record leads to one of them. Nobody signs what the redacted bundle adds, so all of it has to follow
//! from the rest. Invariant: what is withheld is never vouched for, and how much that is stands in what the verification
//! returns.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::asic;
use crate::bundle::{BundleReport, Disclosed, check_one_signer};
use crate::check::{Checks, Code};
use crate::checkpoint::Checkpoint;
use crate::content::{Failure, compare, conclude, digest_unpacked};
use crate::digest::Sha256Digest;
use crate::disclosure::{Disclosure, Opened};
use crate::manifest::v1;
use crate::signature::{SignerFacts, TrustAnchors, check_detached, pdf};
use crate::source::{Source, hold};
use crate::sums::Sums;
use crate::unpack::unpack_from;
use crate::zip::{self, Found, Method};
use crate::{layout, merkle, packing};

/// Whether an archive is to be judged as a redacted bundle: it begins with the file that no bundle has.
///
/// # Errors
/// Those of the source.
pub(crate) fn is_redacted<S: Source>(source: &mut S) -> Result<bool, S::Error> {
    const NAME_AT: u64 = 30;
    let name = layout::REDACTED_TEXT.as_bytes();
    Ok(hold(source, NAME_AT, name.len() as u64)? == name)
}

/// `REDACTED.txt`, as it follows from the checkpoint and the number of disclosed records.
pub fn text(checkpoint: &Checkpoint, opened: u64) -> String {
    let withheld = checkpoint.size.saturating_sub(opened);
    include_str!("redacted.txt")
        .replace("{origin}", &checkpoint.origin)
        .replace("{opened}", &opened.to_string())
        .replace("{total}", &checkpoint.size.to_string())
        .replace("{withheld}", &withheld.to_string())
}

/// What the signature over the whole bundle says: the checkpoint, the digests of the roots, and who signed.
pub(crate) struct Sealed {
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) roots: Option<Sums>,
    pub(crate) signer: Option<SignerFacts>,
}

/// Checks the way from the signature to the checkpoint.
pub(crate) fn check_seal(
    [checkpoint, container, signature]: [&[u8]; 3],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Sealed {
    let code = Code::DisclosureCheckpoint;
    let roots = asic::parse(container);
    let given = roots.as_ref().and_then(|roots| roots.get(layout::CHECKPOINT));
    let head = std::str::from_utf8(checkpoint)
        .ok()
        .and_then(|text| text.parse::<Checkpoint>().ok());
    let head = head.filter(|head| bundle_of(head).is_some());
    match (given, &head) {
        (None, _) => checks.failed(
            code,
            layout::ASIC_MANIFEST,
            "not an ASiC manifest in its one form",
        ),
        (_, None) => checks.failed(code, layout::CHECKPOINT, "not the checkpoint of a bundle"),
        (Some(digest), Some(head)) => {
            let detail = format!("{}, {} records, digest {digest}", head.origin, head.size);
            let holds = *digest == Sha256Digest::of(checkpoint);
            compare(checks, code, layout::CHECKPOINT, holds, &detail);
        }
    }
    let signer = check_detached(layout::ASIC_SIGNATURE, signature, container, anchors, at, checks);
    Sealed {
        checkpoint: head,
        roots,
        signer,
    }
}

/// The entity and the bundle's id that a checkpoint's origin names.
pub(crate) fn bundle_of(checkpoint: &Checkpoint) -> Option<(&str, &str)> {
    let (entity, id) = checkpoint.origin.strip_prefix("backproof/")?.split_once('/')?;
    (v1::is_slug(entity) && v1::is_slug(id)).then_some((entity, id))
}

/// Verifies a redacted bundle.
///
/// # Errors
/// Those of the source.
pub(crate) fn verify<S: Source>(
    source: &mut S,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
) -> Result<BundleReport, S::Error> {
    let mut checks = Checks::new();
    let disclosed = match zip::read_from(source, &mut checks)? {
        Some(entries) => check(source, &entries, anchors, at, &mut checks)?,
        None => None,
    };
    Ok(BundleReport {
        checks,
        facts: None,
        disclosed,
    })
}

fn check<S: Source>(
    source: &mut S,
    entries: &[Found],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Result<Option<Disclosed>, S::Error> {
    let fixed = read_fixed(source, entries, checks)?;
    let Some(disclosure) = read_disclosure(&fixed, checks) else {
        return Ok(None);
    };
    check_set(&disclosure, entries, checks);
    let file = |path: &str| fixed.get(path).map(Vec::as_slice);
    let seal = [layout::CHECKPOINT, layout::ASIC_MANIFEST, layout::ASIC_SIGNATURE];
    let [Some(checkpoint), Some(container), Some(signature)] = seal.map(file) else {
        // What is missing or damaged was said above; without it nothing leads to the signature.
        checks.undecided(
            Code::CmsParse,
            layout::ASIC_SIGNATURE,
            "what it signs was not read",
        );
        return Ok(None);
    };
    let sealed = check_seal([checkpoint, container, signature], anchors, at, checks);
    let Some(head) = sealed.checkpoint.as_ref() else {
        return Ok(None);
    };
    check_tree(&disclosure, head, checks);
    check_text(&disclosure, head, file(layout::REDACTED_TEXT), checks);
    let report = check_records(source, &disclosure, entries, sealed.roots.as_ref(), checks)?;
    let signers = check_signers(
        report.as_deref(),
        &disclosure,
        sealed.signer,
        (anchors, at),
        checks,
    );
    let disclosed = Disclosed::new(head.clone(), disclosure.opened, signers);
    Ok(Some(disclosed))
}

/// The fixed files' bytes by path.
type Fixed = BTreeMap<&'static str, Vec<u8>>;

/// Takes the fixed files, which must be stored; what is damaged is said and left out.
fn read_fixed<S: Source>(source: &mut S, entries: &[Found], checks: &mut Checks) -> Result<Fixed, S::Error> {
    let mut files = BTreeMap::new();
    for entry in entries {
        let fixed = layout::REDACTED_FILES
            .iter()
            .find(|(path, _)| *path == entry.path);
        let Some((path, size_max)) = fixed else {
            continue;
        };
        if entry.method != Method::Stored {
            checks.failed(Code::RedactedPacking, *path, "not stored");
        } else if entry.size > *size_max {
            let detail = format!("{} bytes, at most {size_max} are allowed", entry.size);
            checks.failed(Code::ZipUnpack, *path, detail);
        } else if let Err(error) = unpack_from(source, entry, |_| ())? {
            checks.failed(Code::ZipUnpack, *path, error.to_string());
        } else {
            files.insert(*path, hold(source, entry.packed.start, entry.packed_size())?);
        }
    }
    Ok(files)
}

fn read_disclosure(fixed: &Fixed, checks: &mut Checks) -> Option<Disclosure> {
    let (code, path) = (Code::DisclosureFormat, layout::DISCLOSURE);
    let Some(bytes) = fixed.get(path) else {
        checks.failed(code, path, "missing or damaged: nothing leads to the signature");
        return None;
    };
    match Disclosure::parse(bytes) {
        Ok(disclosure) => {
            let detail = format!("{} leaves", disclosure.leaves.len());
            checks.ok(code, path, detail);
            Some(disclosure)
        }
        Err(error) => {
            checks.failed(code, path, error.to_string());
            None
        }
    }
}

/// The closed set, in its one order.
fn check_set(disclosure: &Disclosure, entries: &[Found], checks: &mut Checks) {
    let fixed = layout::REDACTED_FILES.iter().map(|(path, _)| *path);
    let opened = disclosure.opened.iter().map(|opened| opened.record.path.as_str());
    let expected: Vec<&str> = fixed.chain(opened).collect();
    let there: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let missing = expected.iter().filter(|path| !there.contains(path));
    let missing = missing.map(|path| ((*path).to_owned(), "missing".to_owned()));
    let foreign = there.iter().filter(|path| !expected.contains(path));
    let foreign = foreign.map(|path| ((*path).to_owned(), "does not belong there".to_owned()));
    let mut differing: Vec<Failure> = missing.chain(foreign).collect();
    if differing.is_empty() && expected != there {
        differing.push((
            "archive".to_owned(),
            "the entries are not in their order".to_owned(),
        ));
    }
    let detail = format!("{} entries, nothing else, in order", there.len());
    conclude(checks, Code::RedactedSet, "archive", detail, differing);
}

/// The leaves of the disclosed records, and the root over all.
fn check_tree(disclosure: &Disclosure, head: &Checkpoint, checks: &mut Checks) {
    let hashes = disclosure.hashes();
    let at = |opened: &Opened| {
        usize::try_from(opened.index)
            .ok()
            .and_then(|index| hashes.get(index))
    };
    let wrong = disclosure
        .opened
        .iter()
        .filter(|opened| at(opened) != Some(&opened.record.leaf()));
    let wrong = wrong.map(|opened| {
        let path = opened.record.path.clone();
        (path, "the leaf hash is not that of its record".to_owned())
    });
    let detail = format!("{} disclosed of {} leaves", disclosure.opened.len(), hashes.len());
    conclude(
        checks,
        Code::DisclosureLeaves,
        layout::DISCLOSURE,
        detail,
        wrong.collect(),
    );
    let holds = hashes.len() as u64 == head.size && merkle::root(&hashes) == head.root;
    let detail = format!("{} leaves, root {}", head.size, head.root);
    compare(checks, Code::DisclosureRoot, layout::DISCLOSURE, holds, &detail);
}

fn check_text(disclosure: &Disclosure, head: &Checkpoint, found: Option<&[u8]>, checks: &mut Checks) {
    let Some(found) = found else { return };
    let opened = disclosure.opened.len() as u64;
    let holds = found == text(head, opened).as_bytes();
    let detail = format!("{opened} of {} records are disclosed", head.size);
    compare(checks, Code::RedactedText, layout::REDACTED_TEXT, holds, &detail);
}

/// The disclosed files are those of their records. Gives the report's bytes, where it is among them.
fn check_records<S: Source>(
    source: &mut S,
    disclosure: &Disclosure,
    entries: &[Found],
    roots: Option<&Sums>,
    checks: &mut Checks,
) -> Result<Option<Vec<u8>>, S::Error> {
    let payload: Vec<Found> = entries
        .iter()
        .filter(|entry| layout::is_payload_path(&entry.path))
        .cloned()
        .collect();
    let (mut damaged, mut altered, mut report) = (Vec::new(), Vec::new(), None);
    for Opened { record, .. } in &disclosure.opened {
        let Some(entry) = payload.iter().find(|entry| entry.path == record.path) else {
            continue;
        };
        let path = record.path.clone();
        let keep = path == layout::REPORT;
        if u64::from(entry.size) != record.size {
            altered.push((
                path,
                format!("{} bytes declared, {} signed", entry.size, record.size),
            ));
            continue;
        }
        if keep && entry.size > layout::REPORT_SIZE_MAX {
            let detail = format!(
                "{} bytes, at most {} are allowed",
                entry.size,
                layout::REPORT_SIZE_MAX
            );
            damaged.push((path, detail));
            continue;
        }
        match digest_unpacked(source, entry, keep)? {
            Err(error) => damaged.push((path, error.to_string())),
            Ok((digest, _)) if digest != record.sha256 => {
                altered.push((path, format!("digest is {digest}, signed is {}", record.sha256)));
            }
            Ok((digest, _)) if keep && roots.and_then(|roots| roots.get(layout::REPORT)) != Some(&digest) => {
                altered.push((path, "the ASiC manifest gives another digest".to_owned()));
            }
            Ok((_, bytes)) if keep => report = Some(bytes),
            Ok(_) => {}
        }
    }
    let files = format!("{} disclosed files", disclosure.opened.len());
    conclude(checks, Code::ZipUnpack, "payload", &files, damaged);
    conclude(checks, Code::DisclosureRecords, "payload", &files, altered);
    let packing = packing::digest_from(source, &payload)?;
    let detail = format!("packing list {packing}");
    compare(
        checks,
        Code::RedactedPacking,
        "payload",
        packing == disclosure.packing,
        &detail,
    );
    Ok(report)
}

/// A disclosed report carries a signature of its own, by the same certificate.
fn check_signers(
    report: Option<&[u8]>,
    disclosure: &Disclosure,
    signer: Option<SignerFacts>,
    (anchors, at): (&TrustAnchors, DateTime<Utc>),
    checks: &mut Checks,
) -> Vec<(&'static str, SignerFacts)> {
    let mut signers: Vec<_> = signer
        .map(|signer| (layout::ASIC_SIGNATURE, signer))
        .into_iter()
        .collect();
    if !disclosure
        .opened
        .iter()
        .any(|opened| opened.record.path == layout::REPORT)
    {
        return signers;
    }
    match report {
        Some(report) => {
            let certified = pdf::check(layout::REPORT, report, anchors, at, checks);
            signers.extend(certified.map(|certified| (layout::REPORT, certified.signer)));
            check_one_signer(&signers, 2, checks);
        }
        None => checks.undecided(
            Code::CmsParse,
            layout::REPORT,
            "the report was not there as signed",
        ),
    }
    signers
}
