//! Attacks on what a bundle says, in an archive of the right form: by somebody who only has the file, and by somebody who
//! can sign.

use anyhow::Result;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::Previous;
use backproof_verify::{canonical, layout};
use serde_json::{Value, json};

use super::Vectors;
use super::bundle::{Archive, Draft, RESULTS, bundle, by_content};
use super::cms::Cms;
use super::pdf::{house_signs, rfind};
use super::pki::{House, Template, signs_documents};
use super::zip_attacks::ID;

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    let whole = bundle(ID, &house_signs(house))?;
    for (name, attack, code, alter) in guides().into_iter().chain(texts()) {
        let mut archive = whole.clone();
        alter(&mut archive);
        vectors.fails(&format!("zip-{name}.zip"), attack, code, archive.write());
    }
    manifests(house, vectors)?;
    forms(house, vectors)?;
    signatures(house, vectors)
}

type Text = (&'static str, &'static str, &'static str, fn(&mut Archive));

/// What a reader is told to go by, changed by somebody who cannot sign.
fn guides() -> Vec<Text> {
    vec![
        (
            "text-altered",
            "VERIFY.txt is altered",
            "sums.digests",
            |archive| archive.edit(layout::VERIFY_TEXT, "never", "often"),
        ),
        (
            "page-altered",
            "the verifier's page is altered",
            "sums.digests",
            |archive| archive.edit(layout::VERIFY_PAGE, "never", "often"),
        ),
    ]
}

/// Other files changed by the same.
fn texts() -> Vec<Text> {
    vec![
        (
            "payload-altered",
            "a payload file is altered",
            "payload.digests",
            |archive| archive.edit(RESULTS, "v1", "v2"),
        ),
        (
            "mimetype",
            "another container is declared",
            "asic.mimetype",
            |archive| archive.edit(layout::MIMETYPE, "asic-e", "asic-s"),
        ),
        (
            "asic-comment",
            "a comment in the container's manifest",
            "asic.manifest",
            |archive| {
                archive.edit(
                    layout::ASIC_MANIFEST,
                    "<ds:DigestValue>",
                    "<!-- --><ds:DigestValue>",
                );
            },
        ),
        (
            "bag-version",
            "another version of BagIt",
            "bag.declaration",
            |archive| archive.edit(layout::BAG_DECLARATION, "1.0", "0.97"),
        ),
        ("bag-oxum", "the bag counts other bytes", "bag.oxum", |archive| {
            archive.edit(layout::BAG_INFO, "Payload-Oxum: ", "Payload-Oxum: 9")
        }),
        ("bag-agent", "the bag names another tool", "bag.info", |archive| {
            archive.edit(layout::BAG_INFO, "backproof 0.1.0", "backproof 0.1.1")
        }),
        (
            "sums-format",
            "a digest list of another form",
            "sums.format",
            |archive| archive.edit(layout::SUMS, "  data/results", " *data/results"),
        ),
        (
            "sums-line-missing",
            "SHA256SUMS lists less",
            "sums.covered",
            |archive| drop_line(archive, layout::SUMS),
        ),
        (
            "bag-line-missing",
            "manifest-sha256.txt lists less",
            "bag.manifest",
            |archive| drop_line(archive, layout::BAG_MANIFEST),
        ),
        (
            "tag-line-missing",
            "tagmanifest-sha256.txt lists less",
            "bag.tagmanifest",
            |archive| drop_line(archive, layout::TAG_MANIFEST),
        ),
        (
            "signature-altered",
            "a byte of a signature is altered, and the lists made anew",
            "cms.signature",
            |archive| {
                let signature = archive.file(layout::SUMS_SIGNATURE);
                let mut bytes = signature.packed.clone();
                let at = bytes.len() - 1;
                bytes[at] ^= 1;
                archive.set(layout::SUMS_SIGNATURE, &bytes);
                archive.list_tags();
            },
        ),
        (
            "signatures-swapped",
            "the two detached signatures change places",
            "cms.digest",
            |archive| {
                let [sums, asic] = [layout::SUMS_SIGNATURE, layout::ASIC_SIGNATURE]
                    .map(|path| archive.file(path).packed.clone());
                archive.set(layout::SUMS_SIGNATURE, &asic);
                archive.set(layout::ASIC_SIGNATURE, &sums);
                archive.list_tags();
            },
        ),
    ]
}

fn drop_line(archive: &mut Archive, list: &str) {
    let text = String::from_utf8_lossy(&archive.file(list).packed).into_owned();
    let (first, _) = text.split_once('\n').unwrap_or_default();
    archive.edit(list, &format!("{first}\n"), "");
}

/// Manifests that say what they must not, sealed with good signatures.
fn manifests(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    let draft = Draft::new(ID, &sign);
    let proper = serde_json::to_value(draft.manifest())?;
    for (name, attack, code, alter) in of_another_schema().into_iter().chain(of_other_files()) {
        let mut manifest = proper.clone();
        alter(&mut manifest);
        let bytes = draft.sealed(&manifest, &sign)?.write();
        vectors.fails(&format!("manifest-{name}.zip"), attack, code, bytes);
    }
    Ok(())
}

type Lie = (&'static str, &'static str, &'static str, fn(&mut Value));

fn of_another_schema() -> Vec<Lie> {
    vec![
        (
            "unknown-field",
            "the manifest has a field that is not of its schema",
            "manifest.schema",
            |m| m["note"] = json!("hello"),
        ),
        (
            "unknown-file-field",
            "a file of the manifest has an unknown field",
            "manifest.schema",
            |m| m["files"][0]["note"] = json!(1),
        ),
        (
            "wrong-type",
            "a number is written as text",
            "manifest.schema",
            |m| m["tree"]["size"] = json!("3"),
        ),
        (
            "unknown-state",
            "a control has a state that does not exist",
            "manifest.schema",
            |m| m["controls"][0]["state"] = json!("PASS"),
        ),
        (
            "another-schema",
            "a manifest of another version",
            "manifest.sound",
            |m| m["schema"] = json!("backproof.manifest/v2"),
        ),
        (
            "wrong-index",
            "indices that are not positions",
            "manifest.sound",
            |m| m["files"][0]["index"] = json!(1),
        ),
        (
            "evidence-out-of-range",
            "evidence that is no file",
            "manifest.sound",
            |m| m["controls"][0]["evidence"] = json!([99]),
        ),
        (
            "period-upside-down",
            "a period that ends before it begins",
            "manifest.sound",
            |m| m["period"]["end"] = json!("2026-06-01T00:00:00Z"),
        ),
        ("period-offset", "a time in another zone", "manifest.sound", |m| {
            m["period"]["end"] = json!("2026-10-01T02:00:00+02:00")
        }),
    ]
}

fn of_other_files() -> Vec<Lie> {
    vec![
        (
            "listed-path-escapes",
            "the manifest lists a path that leaves the folder",
            "manifest.sound",
            |m| m["files"][0]["path"] = json!("data/../x"),
        ),
        (
            "tree-size-lie",
            "the tree has another size than there are files",
            "manifest.sound",
            |m| m["tree"]["size"] = json!(4),
        ),
        (
            "leaf-swapped",
            "two Merkle leaves change places",
            "merkle.leaves",
            |m| {
                let first = m["files"][0]["leaf"].take();
                m["files"][0]["leaf"] = m["files"][1]["leaf"].take();
                m["files"][1]["leaf"] = first;
            },
        ),
        ("salt-changed", "a salt is another file's", "merkle.leaves", |m| {
            m["files"][0]["salt"] = m["files"][1]["salt"].clone()
        }),
        ("root-changed", "the tree has another root", "merkle.root", |m| {
            m["tree"]["root"] = json!("0".repeat(64))
        }),
        (
            "report-pin",
            "the manifest pins less than the report's first revision",
            "report.first-revision",
            |m| m["report"]["unsigned_size"] = json!(300),
        ),
        (
            "file-digest",
            "the manifest gives another digest of a file",
            "payload.digests",
            |m| m["files"][0]["sha256"] = json!("0".repeat(64)),
        ),
    ]
}

/// JSON that says the right thing in another form.
fn forms(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    let draft = Draft::new(ID, &sign);
    let proper = serde_json::to_value(draft.manifest())?;
    let canonical = String::from_utf8(canonical::encode(&proper)?)?;
    for (name, attack, old, new) in [
        (
            "white-space",
            "JSON with white space",
            "{\"bundle_id\"",
            "{ \"bundle_id\"",
        ),
        (
            "escape",
            "JSON with an escape that is not needed",
            "\"luma\"",
            "\"\\u006cuma\"",
        ),
        (
            "float",
            "JSON with a floating point number",
            "\"index\":0",
            "\"index\":0.0",
        ),
        (
            "exponent",
            "JSON with an exponent",
            "\"index\":0",
            "\"index\":0e0",
        ),
        (
            "field-twice",
            "JSON with a name twice",
            "{\"bundle_id\"",
            "{\"bundle_id\":\"x\",\"bundle_id\"",
        ),
        (
            "byte-order-mark",
            "JSON behind a byte order mark",
            "{\"bundle_id\"",
            "\u{feff}{\"bundle_id\"",
        ),
    ] {
        let mut archive = draft.sealed(&proper, &sign)?;
        archive.set(layout::MANIFEST, canonical.replacen(old, new, 1).as_bytes());
        archive.seal(&sign)?;
        vectors.fails(
            &format!("manifest-not-canonical-{name}.zip"),
            attack,
            "manifest.canonical",
            archive.write(),
        );
    }
    let mut unordered = draft.sealed(&proper, &sign)?;
    let (open, rest) = (canonical.find(",\"entity\""), canonical.find(",\"files\""));
    if let (Some(open), Some(rest)) = (open, rest) {
        let moved = format!(
            "{{{}{},{}",
            &canonical[open + 1..rest],
            &canonical[rest..canonical.len() - 1],
            &canonical[1..open]
        ) + "}";
        unordered.set(layout::MANIFEST, moved.as_bytes());
    }
    unordered.seal(&sign)?;
    vectors.fails(
        "manifest-not-canonical-order.zip",
        "JSON with names out of order",
        "manifest.canonical",
        unordered.write(),
    );
    Ok(())
}

/// Signatures and checkpoints that belong elsewhere.
fn signatures(house: &House, vectors: &mut Vectors) -> Result<()> {
    let sign = house_signs(house);
    let before = bundle("luma-2026-q2", &sign)?;
    let checkpoint = |archive: &Archive| {
        let file = archive.0.iter().find(|file| file.path == layout::CHECKPOINT);
        file.map(|file| file.packed.clone()).unwrap_or_default()
    };
    let mut replayed = bundle(ID, &sign)?;
    replayed.set(layout::CHECKPOINT, &checkpoint(&before));
    replayed.seal(&sign)?;
    vectors.fails(
        "checkpoint-replayed.zip",
        "the checkpoint of the bundle before, signed anew",
        "merkle.checkpoint",
        replayed.write(),
    );

    let mut draft = Draft::new(ID, &sign);
    draft.previous = Some(Previous {
        checkpoint: String::from_utf8(checkpoint(&before))?.replace("/luma/", "/other/"),
        manifest_sha256: Sha256Digest::of(b"the manifest before"),
    });
    let manifest = serde_json::to_value(draft.manifest())?;
    vectors.fails(
        "previous-of-another.zip",
        "the bundle before is another entity's",
        "manifest.sound",
        draft.sealed(&manifest, &sign)?.write(),
    );
    draft.previous = Some(Previous {
        checkpoint: "backproof/luma/luma-2026-q2\n0x3\n".to_owned(),
        manifest_sha256: Sha256Digest::of(b"the manifest before"),
    });
    let manifest = serde_json::to_value(draft.manifest())?;
    vectors.fails(
        "previous-no-checkpoint.zip",
        "the bundle before is named by something that is no checkpoint",
        "manifest.sound",
        draft.sealed(&manifest, &sign)?.write(),
    );

    let second = Template::new("second signer", signs_documents()).issued_by(&house.issuing);
    let by_second = |content: &[u8]| Cms::detached(&second, &[&house.issuing], content).assemble();
    for (name, start) in [("sums", ""), ("asic", "<?xml"), ("report", "%PDF")] {
        let mut usual: std::collections::BTreeMap<&'static str, super::pdf::Signs<'_>> =
            [("<?xml", &sign as _), ("%PDF", &sign as _)].into();
        let mixed = match start {
            "" => by_content(usual, &by_second),
            start => {
                usual.insert(start, &by_second);
                by_content(usual, &sign)
            }
        };
        let attack = format!("another certificate of the same authority signs: {name}");
        vectors.fails(
            &format!("one-signer-{name}.zip"),
            &attack,
            "bundle.one-signer",
            bundle(ID, &mixed)?.write(),
        );
    }
    let mut report = bundle(ID, &sign)?;
    let pdf = report.file(layout::REPORT).packed.clone();
    let at = rfind(&pdf, b"/Reason (vector)");
    let mut pdf = pdf;
    pdf[at + 9] = b'V';
    let mut draft = Draft::new(ID, &sign);
    draft.report = pdf;
    let manifest = serde_json::to_value(draft.manifest())?;
    report = draft.sealed(&manifest, &sign)?;
    vectors.fails(
        "report-altered.zip",
        "the report is altered, and the bundle sealed around it",
        "cms.digest",
        report.write(),
    );
    Ok(())
}
