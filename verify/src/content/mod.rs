//! The checks of a bundle's content: everything but the signatures.
//!
//! The order of work bounds what an archive can ask for: the directory is read strictly; the tag files are unpacked
//! under named limits; the manifest then gives the size of every payload file; only an entry that declares its listed
//! size is unpacked. Most tag files follow from the manifest and the digests found, so they are generated anew and
//! compared, not interpreted.

mod derived;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;
use crate::layout;
use crate::manifest::v1::{self, Manifest};
use crate::sums::Sums;
use crate::unpack::{UnpackError, unpack};
use crate::zip::{self, Entry, Method};

/// What the content checks leave for the signatures' checks.
pub(crate) struct Content {
    pub(crate) manifest: Manifest,
    /// The tag files' bytes by path.
    pub(crate) tags: BTreeMap<&'static str, Vec<u8>>,
    /// The signed report, when it is what the manifest lists.
    pub(crate) report: Option<Vec<u8>>,
}

/// Checks everything but the signatures; `None` when there is no manifest to go by, which some check then says.
pub(crate) fn check(bytes: &[u8], checks: &mut Checks) -> Option<Content> {
    let Some(entries) = zip::read(bytes, checks) else {
        checks.undecided(
            Code::BundleComplete,
            "archive",
            "not looked into, since its entries are in doubt",
        );
        return None;
    };
    let (tag_entries, payload): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| layout::tag_file(entry.path).is_some());
    let mut found = Sums::new();
    let tags = unpack_tags(&tag_entries, &mut found, checks);
    let manifest = read_manifest(&tags, checks)?;
    check_set(&manifest, &tag_entries, &payload, checks);
    let report = unpack_payload(&manifest, &payload, &mut found, checks);
    check_report(&manifest, report.as_deref(), checks);
    derived::check_bag(&manifest, &tags, &payload, checks);
    derived::check_lists(&manifest, &tags, &found, checks);
    derived::check_tree(&manifest, &tags, checks);
    derived::check_asic(&tags, &found, checks);
    Some(Content {
        manifest,
        tags,
        report,
    })
}

/// Unpacks what stands in the archive of the tag files; what is missing or damaged is said and left out.
fn unpack_tags(
    entries: &[Entry<'_>],
    found: &mut Sums,
    checks: &mut Checks,
) -> BTreeMap<&'static str, Vec<u8>> {
    let mut tags = BTreeMap::new();
    for entry in entries {
        let Some((_, tag)) = layout::tag_file(entry.path) else {
            continue;
        };
        if entry.method != Method::Stored {
            checks.failed(Code::ZipPacking, tag.path, "a tag file must be stored");
        } else if entry.size > tag.size_max {
            let detail = format!("{} bytes, at most {} are allowed", entry.size, tag.size_max);
            checks.failed(Code::ZipUnpack, tag.path, detail);
        } else if let Err(error) = unpack(entry, |_| ()) {
            checks.failed(Code::ZipUnpack, tag.path, error.to_string());
        } else {
            found.insert(tag.path.to_owned(), Sha256Digest::of(entry.packed));
            tags.insert(tag.path, entry.packed.to_vec());
        }
    }
    tags
}

fn read_manifest(tags: &BTreeMap<&'static str, Vec<u8>>, checks: &mut Checks) -> Option<Manifest> {
    let Some(bytes) = tags.get(layout::MANIFEST) else {
        checks.failed(
            Code::BundleComplete,
            layout::MANIFEST,
            "missing or damaged: nothing to check the payload against",
        );
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
            checks.undecided(
                Code::BundleComplete,
                "archive",
                "not looked into, since there is no manifest to go by",
            );
            None
        }
    }
}

/// The closed set: the archive holds the tag files and the manifest's files, in order, and nothing else.
fn check_set(manifest: &Manifest, tags: &[Entry<'_>], payload: &[Entry<'_>], checks: &mut Checks) {
    let there: BTreeSet<&str> = tags.iter().chain(payload).map(|entry| entry.path).collect();
    let required = layout::TAG_FILES
        .iter()
        .filter(|tag| tag.required)
        .map(|tag| tag.path);
    let listed: BTreeSet<&str> = required
        .chain(manifest.files.iter().map(|file| file.path.as_str()))
        .collect();
    summarize(
        checks,
        Code::BundleComplete,
        "archive",
        format!("{} entries", there.len()),
        |failures| {
            failures.extend(
                listed
                    .difference(&there)
                    .map(|path| ((*path).to_owned(), "missing".to_owned())),
            );
        },
    );
    summarize(
        checks,
        Code::BundleClosed,
        "archive",
        "nothing but what is listed, in order",
        |failures| {
            let extra = payload.iter().filter(|entry| !listed.contains(entry.path));
            failures
                .extend(extra.map(|entry| (entry.path.to_owned(), "not listed in manifest.json".to_owned())));
            let tag_order = tags
                .iter()
                .filter_map(|entry| layout::tag_file(entry.path))
                .map(|(order, _)| order);
            let payload_order = payload.iter().map(|entry| entry.path);
            if !tag_order.is_sorted() || !payload_order.is_sorted() {
                failures.push((
                    "archive".to_owned(),
                    "the entries are not in their order".to_owned(),
                ));
            }
        },
    );
}

/// Unpacks each payload file that declares its listed size, digests it on the way, and keeps the report's bytes.
fn unpack_payload(
    manifest: &Manifest,
    payload: &[Entry<'_>],
    found: &mut Sums,
    checks: &mut Checks,
) -> Option<Vec<u8>> {
    let listed: BTreeMap<&str, &v1::File> = manifest
        .files
        .iter()
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut report = None;
    let (mut sizes, mut damages, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    for entry in payload {
        let Some(file) = listed.get(entry.path) else {
            continue;
        };
        let path = entry.path.to_owned();
        if u64::from(entry.size) != file.size {
            sizes.push((
                path,
                format!("{} bytes declared, {} listed", entry.size, file.size),
            ));
            continue;
        }
        let keep = path == layout::REPORT;
        if keep && entry.size > layout::REPORT_SIZE_MAX {
            damages.push((
                path,
                format!(
                    "{} bytes, at most {} are allowed",
                    entry.size,
                    layout::REPORT_SIZE_MAX
                ),
            ));
            continue;
        }
        match digest_unpacked(entry, keep) {
            Err(error) => damages.push((path, error.to_string())),
            Ok((digest, bytes)) => {
                if digest != file.sha256 {
                    digests.push((path, format!("digest is {digest}, listed is {}", file.sha256)));
                } else if keep {
                    report = Some(bytes);
                }
                found.insert(entry.path.to_owned(), digest);
            }
        }
    }
    let files = format!("{} payload files", payload.len());
    summarize(checks, Code::PayloadSize, "payload", &files, |failures| {
        *failures = sizes
    });
    summarize(checks, Code::ZipUnpack, "payload", &files, |failures| {
        *failures = damages
    });
    summarize(checks, Code::PayloadDigest, "payload", &files, |failures| {
        *failures = digests
    });
    report
}

/// One pass: unpack and digest together; the bytes themselves only if they are to be kept.
fn digest_unpacked(entry: &Entry<'_>, keep: bool) -> Result<(Sha256Digest, Vec<u8>), UnpackError> {
    let (mut hasher, mut kept) = (Sha256::new(), Vec::new());
    unpack(entry, |block| {
        hasher.update(block);
        if keep {
            kept.extend_from_slice(block);
        }
    })?;
    Ok((Sha256Digest::from_bytes(hasher.finalize().into()), kept))
}

/// The report without its signature is what the manifest pins: signing added to it and changed nothing.
fn check_report(manifest: &Manifest, report: Option<&[u8]>, checks: &mut Checks) {
    let Some(report) = report else {
        checks.undecided(Code::ReportRevision, layout::REPORT, "not there as listed");
        return;
    };
    let pinned = &manifest.report;
    let first = usize::try_from(pinned.unsigned_size)
        .ok()
        .and_then(|size| report.get(..size));
    match first.map(Sha256Digest::of) {
        Some(digest) if digest == pinned.unsigned_sha256 => {
            checks.ok(
                Code::ReportRevision,
                layout::REPORT,
                format!("first {} bytes", pinned.unsigned_size),
            );
        }
        _ => {
            let detail = format!("its first {} bytes are not the pinned ones", pinned.unsigned_size);
            checks.failed(Code::ReportRevision, layout::REPORT, detail);
        }
    }
}

fn verdict(checks: &mut Checks, code: Code, subject: &str, holds: bool, detail: &str) {
    if holds {
        checks.ok(code, subject, detail);
    } else {
        checks.failed(code, subject, format!("does not hold: {detail}"));
    }
}

/// Records each failure under its own subject, or one `ok` for all when there is none.
fn summarize(
    checks: &mut Checks,
    code: Code,
    subject: &str,
    detail: impl Into<String>,
    collect: impl FnOnce(&mut Vec<(String, String)>),
) {
    let mut failures = Vec::new();
    collect(&mut failures);
    if failures.is_empty() {
        checks.ok(code, subject, detail);
    }
    for (path, problem) in failures {
        checks.failed(code, path, problem);
    }
}
