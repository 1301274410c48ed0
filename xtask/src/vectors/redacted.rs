//! Redacted bundles, right and forged.

use anyhow::Result;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::disclosure::{Disclosure, Leaf, Opened, SCHEMA};
use backproof_verify::manifest::v1::Manifest;
use backproof_verify::{layout, merkle, packing, redacted};

use super::bundle::{Archive, Draft, File, RESULTS, TAR, by_content};
use super::cms::Cms;
use super::pdf::{Signs, house_signs};
use super::pki::{House, Template, signs_documents};
use super::zip_attacks::ID;
use super::{Vectors, proof_attacks, redacted_attacks};

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    good(&sign, vectors)?;
    redacted_attacks::add(&sign, vectors)?;
    signers(house, &sign, vectors)?;
    proof_attacks::add(house, &sign, vectors)
}

/// A part of a bundle, taken apart.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) manifest: Manifest,
    pub(super) disclosure: Disclosure,
    pub(super) archive: Archive,
}

impl Part {
    /// The bundle `id`, signed by `sign`, with the payload at the paths `opened` disclosed.
    pub(super) fn of(id: &str, sign: Signs<'_>, opened: &[&str]) -> Result<Self> {
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
    pub(super) fn pin(&mut self) {
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
    pub(super) fn head(&mut self) -> String {
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
