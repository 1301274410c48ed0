//! The tag files that follow from the manifest and from the digests found: the bag's, the digest lists, the checkpoint
//! and the container's manifest.
//!
//! Each is generated anew and compared, or read strictly and compared item by item where a reader wants to know which
//! file differs. A tag file that is missing was reported as such and is passed over here.

use std::collections::BTreeSet;

use super::{Failure, Findings, compare, conclude};
use crate::bagit::{self, BagInfo};
use crate::check::{Checks, Code};
use crate::manifest::v1;
use crate::sums;
use crate::{asic, layout, merkle};

impl Findings<'_> {
    /// `bagit.txt` and `bag-info.txt` are those that the manifest and the archive call for.
    pub(super) fn check_bag(&self, checks: &mut Checks) {
        let path = layout::BAG_DECLARATION;
        if let Some(bytes) = self.tags.get(path) {
            let holds = bytes.as_slice() == bagit::DECLARATION.as_bytes();
            compare(checks, Code::BagDeclaration, path, holds, "BagIt 1.0 in UTF-8");
        }
        let path = layout::BAG_INFO;
        match self.tags.get(path).map(|bytes| BagInfo::parse(bytes)) {
            Some(Ok(info)) => self.check_bag_info(&info, checks),
            Some(Err(error)) => checks.failed(Code::BagInfo, path, error.to_string()),
            None => {}
        }
    }

    fn check_bag_info(&self, info: &BagInfo, checks: &mut Checks) {
        let path = layout::BAG_INFO;
        let tool = &self.manifest.tool;
        let agent = format!("{} {}", tool.name, tool.version);
        let id = &self.manifest.bundle_id;
        let holds = info.software_agent == agent && info.external_identifier == *id;
        compare(
            checks,
            Code::BagInfo,
            path,
            holds,
            &format!("bundle {id} by {agent}"),
        );

        let bytes: u64 = self.payload.iter().map(|entry| u64::from(entry.size)).sum();
        let files = self.payload.len() as u64;
        let holds = info.payload_bytes == bytes && info.payload_files == files;
        compare(
            checks,
            Code::BagOxum,
            path,
            holds,
            &format!("{bytes} bytes in {files} files"),
        );

        let detail = format!("packing list {}", self.packing);
        compare(
            checks,
            Code::ZipPacking,
            "payload",
            info.packing == self.packing,
            &detail,
        );
    }

    /// The three digest lists name exactly the files that they must, with the digests found.
    pub(super) fn check_lists(&self, checks: &mut Checks) {
        let payload: BTreeSet<&str> = self
            .manifest
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        let in_sums = layout::TAG_FILES
            .iter()
            .filter(|tag| tag.in_sums)
            .map(|tag| tag.path);
        let signed = payload.iter().copied().chain(in_sums).collect();
        let tags = self
            .tags
            .keys()
            .copied()
            .filter(|path| *path != layout::TAG_MANIFEST)
            .collect();
        self.check_list(layout::BAG_MANIFEST, &payload, [Code::BagManifest; 2], checks);
        self.check_list(
            layout::SUMS,
            &signed,
            [Code::SumsCovered, Code::SumsDigest],
            checks,
        );
        self.check_list(layout::TAG_MANIFEST, &tags, [Code::BagTagManifest; 2], checks);
    }

    /// One list: well formed, exactly the expected paths, and the digests found; `codes` are of the latter two.
    fn check_list(&self, list: &str, expected: &BTreeSet<&str>, codes: [Code; 2], checks: &mut Checks) {
        let listed = match self.tags.get(list).map(|bytes| sums::parse(bytes)) {
            Some(Ok(listed)) => listed,
            Some(Err(error)) => return checks.failed(Code::SumsFormat, list, error.to_string()),
            None => return,
        };
        checks.ok(Code::SumsFormat, list, format!("{} lines", listed.len()));

        let failure = |path: &str, problem: String| (format!("{list}: {path}"), problem);
        let names: BTreeSet<&str> = listed.keys().map(String::as_str).collect();
        let unlisted = expected
            .difference(&names)
            .map(|path| failure(path, "not listed".to_owned()));
        let foreign = names.difference(expected);
        let foreign = foreign.map(|path| failure(path, "listed, but does not belong there".to_owned()));
        let differing: Vec<Failure> = unlisted.chain(foreign).collect();
        conclude(
            checks,
            codes[0],
            list,
            format!("{} paths", names.len()),
            differing,
        );

        // A file that is missing or damaged has no digest, and was reported where it was read.
        let both = listed
            .iter()
            .filter_map(|(path, digest)| Some((path, digest, self.digests.get(path)?)));
        let altered = both.filter(|(_, listed, found)| listed != found);
        let altered = altered.map(|(path, listed, found)| {
            let problem = format!("digest is {found}, listed is {listed}");
            failure(path, problem)
        });
        conclude(
            checks,
            codes[1],
            list,
            format!("{} digests", listed.len()),
            altered.collect(),
        );
    }

    /// Leaves, root and checkpoint follow from the manifest's files.
    pub(super) fn check_tree(&self, checks: &mut Checks) {
        let (files, tree) = (&self.manifest.files, &self.manifest.tree);
        let hash = |file: &v1::File| v1::leaf(&file.path, &file.sha256, file.size, &file.salt);
        let wrong = files.iter().filter(|file| file.leaf != hash(file));
        let wrong = wrong.map(|file| (file.path.clone(), "leaf is not the hash of its record".to_owned()));
        let detail = format!("{} leaves", files.len());
        conclude(
            checks,
            Code::MerkleLeaves,
            layout::MANIFEST,
            detail,
            wrong.collect(),
        );

        let leaves: Vec<_> = files.iter().map(|file| file.leaf).collect();
        let holds = merkle::root(&leaves) == tree.root;
        compare(
            checks,
            Code::MerkleRoot,
            layout::MANIFEST,
            holds,
            &format!("root {}", tree.root),
        );

        if let Some(bytes) = self.tags.get(layout::CHECKPOINT) {
            let expected = self.manifest.checkpoint();
            let holds = bytes.as_slice() == expected.to_string().as_bytes();
            let detail = format!("origin {}, size {}, the root", expected.origin, expected.size);
            compare(checks, Code::MerkleCheckpoint, layout::CHECKPOINT, holds, &detail);
        }
    }

    /// The container's declaration, and its manifest generated anew from the digests found.
    pub(super) fn check_container(&self, checks: &mut Checks) {
        let path = layout::MIMETYPE;
        if let Some(bytes) = self.tags.get(path) {
            let holds = bytes.as_slice() == layout::ASIC_E.as_bytes();
            compare(checks, Code::AsicMimetype, path, holds, layout::ASIC_E);
        }
        let path = layout::ASIC_MANIFEST;
        match (self.tags.get(path), asic::manifest(self.digests)) {
            (Some(bytes), Some(expected)) => {
                let detail = format!("{} roots and their digests", asic::roots().count());
                compare(checks, Code::AsicManifest, path, *bytes == expected, &detail);
            }
            (Some(_), None) => checks.undecided(Code::AsicManifest, path, "a root was not read"),
            (None, _) => {}
        }
    }
}
