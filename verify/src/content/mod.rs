//! The checks of a bundle's content: everything but the signatures.
//!
//! The order of work bounds what an archive can ask for: the directory is read strictly; the tag files are taken under
//! named limits; the manifest then gives the size of every payload file; only an entry that declares its listed size is
//! unpacked. Most tag files follow from the manifest and the digests found, so they are generated anew and compared, not
//! interpreted ([`derived`]).

mod derived;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;
use crate::layout;
use crate::manifest::v1::{self, Manifest};
use crate::packing;
use crate::source::{Source, hold};
use crate::sums::Sums;
use crate::unpack::{UnpackError, unpack_from};
use crate::zip::{self, Found, Method};

/// The tag files' bytes by path.
pub(crate) type Tags = BTreeMap<&'static str, Vec<u8>>;

/// What the content checks leave for the signatures' checks.
pub(crate) struct Content {
    pub(crate) manifest: Manifest,
    pub(crate) tags: Tags,
    /// The entries, in the order of the archive.
    pub(crate) entries: Vec<Found>,
    /// The signed report, when it is what the manifest lists.
    pub(crate) report: Option<Vec<u8>>,
}

/// What was found in the archive, to be held against what its tag files say.
struct Findings<'a> {
    manifest: &'a Manifest,
    tags: &'a Tags,
    payload: &'a [Found],
    /// The digest of the packing list.
    packing: Sha256Digest,
    /// The digests of all files that could be read.
    digests: &'a Sums,
}

/// A file, and what is wrong with it.
pub(crate) type Failure = (String, String);

/// Checks everything but the signatures; `None` when there is no manifest to go by, which some check then says.
///
/// # Errors
/// Those of the source.
pub(crate) fn check<S: Source>(source: &mut S, checks: &mut Checks) -> Result<Option<Content>, S::Error> {
    let Some(entries) = zip::read_from(source, checks)? else {
        let detail = "not looked into, since its entries are in doubt";
        checks.undecided(Code::BundleComplete, "archive", detail);
        return Ok(None);
    };
    let is_tag = |entry: &Found| layout::tag_file(&entry.path).is_some();
    let (tag_entries, payload): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(is_tag);
    let mut digests = Sums::new();
    let tags = read_tags(source, &tag_entries, &mut digests, checks)?;
    let Some(manifest) = read_manifest(&tags, checks) else {
        return Ok(None);
    };
    check_set(&manifest, &tag_entries, &payload, checks);
    let report = unpack_payload(source, &manifest, &payload, &mut digests, checks)?;
    check_report(&manifest, report.as_deref(), checks);
    let findings = Findings {
        manifest: &manifest,
        tags: &tags,
        payload: &payload,
        packing: packing::digest_from(source, &payload)?,
        digests: &digests,
    };
    findings.check_bag(checks);
    findings.check_lists(checks);
    findings.check_tree(checks);
    findings.check_container(checks);
    Ok(Some(Content {
        manifest,
        tags,
        entries,
        report,
    }))
}

/// Takes the tag files, which must be stored; what is missing or damaged is said and left out.
fn read_tags<S: Source>(
    source: &mut S,
    entries: &[Found],
    digests: &mut Sums,
    checks: &mut Checks,
) -> Result<Tags, S::Error> {
    let mut tags = Tags::new();
    for entry in entries {
        let Some((_, tag)) = layout::tag_file(&entry.path) else {
            continue;
        };
        if entry.method != Method::Stored {
            checks.failed(Code::ZipPacking, tag.path, "a tag file must be stored");
        } else if entry.size > tag.size_max {
            checks.failed(Code::ZipUnpack, tag.path, beyond_limit(entry, tag.size_max));
        } else if let Err(error) = unpack_from(source, entry, |_| ())? {
            checks.failed(Code::ZipUnpack, tag.path, error.to_string());
        } else {
            let bytes = hold(source, entry.packed.start, entry.packed_size())?;
            digests.insert(tag.path.to_owned(), Sha256Digest::of(&bytes));
            tags.insert(tag.path, bytes);
        }
    }
    Ok(tags)
}

fn beyond_limit(entry: &Found, size_max: u32) -> String {
    format!("{} bytes, at most {size_max} are allowed", entry.size)
}

fn read_manifest(tags: &Tags, checks: &mut Checks) -> Option<Manifest> {
    let Some(bytes) = tags.get(layout::MANIFEST) else {
        let detail = "missing or damaged: nothing to check the payload against";
        checks.failed(Code::BundleComplete, layout::MANIFEST, detail);
        return None;
    };
    match Manifest::parse(bytes) {
        Ok(manifest) => {
            for code in [Code::ManifestCanonical, Code::ManifestSchema, Code::ManifestSound] {
                checks.ok(code, layout::MANIFEST, v1::SCHEMA);
            }
            Some(manifest)
        }
        Err(error) => {
            checks.failed(error.code(), layout::MANIFEST, error.to_string());
            let detail = "not looked into, since there is no manifest to go by";
            checks.undecided(Code::BundleComplete, "archive", detail);
            None
        }
    }
}

/// The closed set: the archive holds the tag files and the manifest's files, in order, and nothing else.
fn check_set(manifest: &Manifest, tags: &[Found], payload: &[Found], checks: &mut Checks) {
    let required = layout::TAG_FILES
        .iter()
        .filter(|tag| tag.required)
        .map(|tag| tag.path);
    let listed: BTreeSet<&str> = required
        .chain(manifest.files.iter().map(|file| file.path.as_str()))
        .collect();
    let there: BTreeSet<&str> = tags
        .iter()
        .chain(payload)
        .map(|entry| entry.path.as_str())
        .collect();

    let missing = listed
        .difference(&there)
        .map(|path| ((*path).to_owned(), "missing".to_owned()));
    conclude(
        checks,
        Code::BundleComplete,
        "archive",
        format!("{} entries", there.len()),
        missing.collect(),
    );

    let unlisted = payload
        .iter()
        .filter(|entry| !listed.contains(entry.path.as_str()));
    let unlisted = unlisted.map(|entry| (entry.path.clone(), "not listed in manifest.json".to_owned()));
    let mut extra: Vec<Failure> = unlisted.collect();
    let tag_order = tags
        .iter()
        .filter_map(|entry| layout::tag_file(&entry.path))
        .map(|(order, _)| order);
    if !tag_order.is_sorted() || !payload.is_sorted_by_key(|entry| &entry.path) {
        extra.push((
            "archive".to_owned(),
            "the entries are not in their order".to_owned(),
        ));
    }
    conclude(
        checks,
        Code::BundleClosed,
        "archive",
        "nothing but what is listed, in order",
        extra,
    );
}

/// Unpacks each payload file that declares its listed size, digests it on the way, and keeps the report's bytes.
fn unpack_payload<S: Source>(
    source: &mut S,
    manifest: &Manifest,
    payload: &[Found],
    digests: &mut Sums,
    checks: &mut Checks,
) -> Result<Option<Vec<u8>>, S::Error> {
    let listed: BTreeMap<&str, &v1::File> = manifest
        .files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut report = None;
    let (mut missized, mut damaged, mut altered) = (Vec::new(), Vec::new(), Vec::new());
    for entry in payload {
        let Some(file) = listed.get(entry.path.as_str()) else {
            continue;
        };
        let path = entry.path.clone();
        if u64::from(entry.size) != file.size {
            missized.push((
                path,
                format!("{} bytes declared, {} listed", entry.size, file.size),
            ));
            continue;
        }
        let keep = path == layout::REPORT;
        if keep && entry.size > layout::REPORT_SIZE_MAX {
            damaged.push((path, beyond_limit(entry, layout::REPORT_SIZE_MAX)));
            continue;
        }
        match digest_unpacked(source, entry, keep)? {
            Err(error) => damaged.push((path, error.to_string())),
            Ok((digest, bytes)) => {
                if digest != file.sha256 {
                    altered.push((
                        path.clone(),
                        format!("digest is {digest}, listed is {}", file.sha256),
                    ));
                } else if keep {
                    report = Some(bytes);
                }
                digests.insert(path, digest);
            }
        }
    }
    let files = format!("{} payload files", payload.len());
    conclude(checks, Code::PayloadSize, "payload", &files, missized);
    conclude(checks, Code::ZipUnpack, "payload", &files, damaged);
    conclude(checks, Code::PayloadDigest, "payload", &files, altered);
    Ok(report)
}

/// The digest of what an entry unpacks to, and the bytes where they are kept.
pub(crate) type Unpacked = (Sha256Digest, Vec<u8>);

/// One pass: unpack and digest together; the bytes themselves only if they are to be kept.
pub(crate) fn digest_unpacked<S: Source>(
    source: &mut S,
    entry: &Found,
    keep: bool,
) -> Result<Result<Unpacked, UnpackError>, S::Error> {
    let (mut hasher, mut kept) = (Sha256::new(), Vec::new());
    let whole = unpack_from(source, entry, |block| {
        hasher.update(block);
        if keep {
            kept.extend_from_slice(block);
        }
    })?;
    Ok(whole.map(|()| (Sha256Digest::from_bytes(hasher.finalize().into()), kept)))
}

/// The report without its signature is what the manifest pins: signing added to it and changed nothing.
fn check_report(manifest: &Manifest, report: Option<&[u8]>, checks: &mut Checks) {
    let Some(report) = report else {
        checks.undecided(Code::ReportRevision, layout::REPORT, "not there as listed");
        return;
    };
    let pinned = &manifest.report;
    let size = usize::try_from(pinned.unsigned_size).ok();
    let first = size.and_then(|size| report.get(..size)).map(Sha256Digest::of);
    let detail = format!("its first {} bytes are the pinned ones", pinned.unsigned_size);
    compare(
        checks,
        Code::ReportRevision,
        layout::REPORT,
        first == Some(pinned.unsigned_sha256),
        &detail,
    );
}

/// Records whether one thing holds; `detail` says what was to hold.
pub(crate) fn compare(checks: &mut Checks, code: Code, subject: &str, holds: bool, detail: &str) {
    if holds {
        checks.ok(code, subject, detail);
    } else {
        checks.failed(code, subject, format!("does not hold: {detail}"));
    }
}

/// Records each failure under its own file, or that the check holds when there is none.
pub(crate) fn conclude(
    checks: &mut Checks,
    code: Code,
    subject: &str,
    detail: impl Into<String>,
    failures: Vec<Failure>,
) {
    if failures.is_empty() {
        checks.ok(code, subject, detail);
    }
    for (path, problem) in failures {
        checks.failed(code, path, problem);
    }
}
