//! The tag files that follow from the manifest and from the digests found: the bag's, the digest lists, the checkpoint
//! and the container's manifest.
//!
//! Each is generated anew and compared, or read strictly and compared item by item where a reader wants to know which
//! file differs. A tag file that is missing was reported as such and is passed over here.

use std::collections::{BTreeMap, BTreeSet};

use super::{summarize, verdict};
use crate::bagit::{self, BagInfo};
use crate::check::{Checks, Code};
use crate::manifest::v1::{self, Manifest};
use crate::sums::{self, Sums};
use crate::zip::Entry;
use crate::{asic, layout, merkle, packing};

/// `bagit.txt` and `bag-info.txt` are those that the manifest and the archive call for.
pub(super) fn check_bag(
    manifest: &Manifest,
    tags: &BTreeMap<&'static str, Vec<u8>>,
    payload: &[Entry<'_>],
    checks: &mut Checks,
) {
    if let Some(bytes) = tags.get(layout::BAG_DECLARATION) {
        let holds = bytes == bagit::DECLARATION.as_bytes();
        verdict(
            checks,
            Code::BagDeclaration,
            layout::BAG_DECLARATION,
            holds,
            "BagIt 1.0, UTF-8",
        );
    }
    let Some(bytes) = tags.get(layout::BAG_INFO) else {
        return;
    };
    let info = match BagInfo::parse(bytes) {
        Ok(info) => info,
        Err(error) => {
            checks.failed(Code::BagInfo, layout::BAG_INFO, error.to_string());
            return;
        }
    };
    let agent = format!("{} {}", manifest.tool.name, manifest.tool.version);
    let agrees = info.software_agent == agent && info.external_identifier == manifest.bundle_id;
    let detail = format!("{}, {}", info.software_agent, info.external_identifier);
    verdict(checks, Code::BagInfo, layout::BAG_INFO, agrees, &detail);
    let bytes: u64 = payload.iter().map(|entry| u64::from(entry.size)).sum();
    let holds = info.payload_bytes == bytes && info.payload_files == payload.len() as u64;
    let stated = format!(
        "{}.{} stated, {bytes}.{} there",
        info.payload_bytes,
        info.payload_files,
        payload.len()
    );
    verdict(checks, Code::BagOxum, layout::BAG_INFO, holds, &stated);
    let packing = packing::digest(payload);
    let detail = format!("{} pinned, {packing} there", info.packing);
    verdict(
        checks,
        Code::ZipPacking,
        "payload",
        info.packing == packing,
        &detail,
    );
}

/// The three digest lists name exactly the files that they must, with the digests found.
pub(super) fn check_lists(
    manifest: &Manifest,
    tags: &BTreeMap<&'static str, Vec<u8>>,
    found: &Sums,
    checks: &mut Checks,
) {
    let payload: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let in_sums = layout::TAG_FILES
        .iter()
        .filter(|tag| tag.in_sums)
        .map(|tag| tag.path);
    let in_tag_manifest = tags.keys().copied().filter(|path| *path != layout::TAG_MANIFEST);
    check_list(
        layout::BAG_MANIFEST,
        &payload,
        [Code::BagManifest; 2],
        tags,
        found,
        checks,
    );
    let signed: BTreeSet<&str> = payload.iter().copied().chain(in_sums).collect();
    check_list(
        layout::SUMS,
        &signed,
        [Code::SumsCovered, Code::SumsDigest],
        tags,
        found,
        checks,
    );
    let tag_set: BTreeSet<&str> = in_tag_manifest.collect();
    check_list(
        layout::TAG_MANIFEST,
        &tag_set,
        [Code::BagTagManifest; 2],
        tags,
        found,
        checks,
    );
}

/// One list: well formed, the expected paths (`codes[0]`), the digests found (`codes[1]`).
fn check_list(
    list: &'static str,
    expected: &BTreeSet<&str>,
    codes: [Code; 2],
    tags: &BTreeMap<&'static str, Vec<u8>>,
    found: &Sums,
    checks: &mut Checks,
) {
    let Some(bytes) = tags.get(list) else {
        return;
    };
    let listed = match sums::parse(bytes) {
        Ok(listed) => listed,
        Err(error) => {
            checks.failed(Code::SumsFormat, list, error.to_string());
            return;
        }
    };
    checks.ok(Code::SumsFormat, list, format!("{} lines", listed.len()));
    let names: BTreeSet<&str> = listed.keys().map(String::as_str).collect();
    summarize(
        checks,
        codes[0],
        list,
        format!("{} paths", names.len()),
        |failures| {
            let unlisted = expected.difference(&names).map(|path| (*path, "not listed"));
            let unexpected = names
                .difference(expected)
                .map(|path| (*path, "listed, but does not belong there"));
            let both = unlisted.chain(unexpected);
            failures.extend(both.map(|(path, problem)| (format!("{list}: {path}"), problem.to_owned())));
        },
    );
    summarize(
        checks,
        codes[1],
        list,
        format!("{} digests", listed.len()),
        |failures| {
            // A file that is missing or damaged has no digest and was reported where it was read.
            let differing = listed
                .iter()
                .filter_map(|(path, digest)| Some((path, digest, found.get(path)?)));
            let differing = differing.filter(|(_, digest, found)| digest != found);
            failures.extend(differing.map(|(path, digest, found)| {
                (
                    format!("{list}: {path}"),
                    format!("digest is {found}, listed is {digest}"),
                )
            }));
        },
    );
}

/// Leaves, root and checkpoint follow from the manifest's files.
pub(super) fn check_tree(manifest: &Manifest, tags: &BTreeMap<&'static str, Vec<u8>>, checks: &mut Checks) {
    let files = &manifest.files;
    summarize(
        checks,
        Code::MerkleLeaves,
        layout::MANIFEST,
        format!("{} leaves", files.len()),
        |failures| {
            let wrong = files
                .iter()
                .filter(|file| file.leaf != v1::leaf(&file.path, &file.sha256, file.size, &file.salt));
            failures.extend(
                wrong.map(|file| (file.path.clone(), "leaf is not the hash of its record".to_owned())),
            );
        },
    );
    let leaves: Vec<_> = files.iter().map(|file| file.leaf).collect();
    let root = merkle::root(&leaves);
    let detail = format!("{} stated, {root} found", manifest.tree.root);
    verdict(
        checks,
        Code::MerkleRoot,
        layout::MANIFEST,
        root == manifest.tree.root,
        &detail,
    );
    if let Some(bytes) = tags.get(layout::CHECKPOINT) {
        let expected = manifest.checkpoint();
        let detail = format!("origin {}, size {}", expected.origin, expected.size);
        let holds = *bytes == expected.to_string().into_bytes();
        verdict(checks, Code::MerkleCheckpoint, layout::CHECKPOINT, holds, &detail);
    }
}

/// The container's declaration, and its manifest generated anew from the digests found.
pub(super) fn check_asic(tags: &BTreeMap<&'static str, Vec<u8>>, found: &Sums, checks: &mut Checks) {
    if let Some(bytes) = tags.get(layout::MIMETYPE) {
        let holds = bytes == layout::ASIC_E.as_bytes();
        verdict(
            checks,
            Code::AsicMimetype,
            layout::MIMETYPE,
            holds,
            layout::ASIC_E,
        );
    }
    let Some(bytes) = tags.get(layout::ASIC_MANIFEST) else {
        return;
    };
    match asic::manifest(found) {
        Some(expected) => {
            let detail = format!("{} roots and their digests", asic::roots().count());
            verdict(
                checks,
                Code::AsicManifest,
                layout::ASIC_MANIFEST,
                *bytes == expected,
                &detail,
            );
        }
        None => checks.undecided(
            Code::AsicManifest,
            layout::ASIC_MANIFEST,
            "a file that it refers to was not read",
        ),
    }
}
