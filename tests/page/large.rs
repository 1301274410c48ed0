//! A bundle of more than a gibibyte: verified without the page standing still, read range by range; and what is altered in its
//! midst is found.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek as _, SeekFrom, Write as _};

use backproof::bundle::{ControlSummary, Draft, Metadata, Signatures};
use backproof::sign::file::FileSigner;
use backproof::sign::{cms, pades};
use backproof_verify::bundle::verify_bundle;
use backproof_verify::layout;
use backproof_verify::manifest::v1::{Report, State, Tool};
use backproof_verify::signature::TrustAnchors;
use backproof_verify::unpack::unpack;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::browser::browse;
use crate::fixtures;

fn pki(file: &str) -> String {
    std::fs::read_to_string(fixtures().join("pki").join(file)).unwrap()
}

fn instant() -> DateTime<Utc> {
    "2026-10-05T00:00:00Z".parse().unwrap()
}

/// A report before it is signed, and how it is pinned: that of a vector.
fn unsigned_report() -> (Vec<u8>, Report) {
    let bytes = std::fs::read(fixtures().join("vectors/good-bundle.zip")).unwrap();
    let facts = verify_bundle(&bytes, &TrustAnchors::none(), instant())
        .facts
        .unwrap();
    let entry = facts
        .entries
        .iter()
        .find(|entry| entry.path == layout::REPORT)
        .unwrap();
    let mut report = Vec::new();
    unpack(&entry.entry(&bytes).unwrap(), |block| {
        report.extend_from_slice(block)
    })
    .unwrap();
    report.truncate(facts.manifest.report.unsigned_size as usize);
    (report, facts.manifest.report)
}

/// Bytes that shrink little, from a generator that is fixed (xorshift64).
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut made = Vec::with_capacity(bytes + 8);
    while made.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        made.extend(state.to_le_bytes());
    }
    made.truncate(bytes);
    made
}

/// A gibibyte that is stored, and a good deal that is deflated: both ways of reading are tried.
fn payload() -> BTreeMap<String, Vec<u8>> {
    let page = noise(16 << 10);
    let repeated = page
        .iter()
        .chain(&[0; 16 << 10])
        .copied()
        .collect::<Vec<_>>()
        .repeat(2 << 10);
    BTreeMap::from([
        ("data/evidence/deflated.bin".to_owned(), repeated),
        ("data/evidence/stored.bin".to_owned(), vec![0; 1 << 30]),
        (
            "data/results.json".to_owned(),
            b"{\"schema\":\"backproof.results/v1\"}".to_vec(),
        ),
    ])
}

fn large() -> Vec<u8> {
    let chain = format!("{}{}", pki("signer-p256.pem"), pki("issuing.pem"));
    let signer = FileSigner::from_pem(&pki("signer-p256.key"), &chain, instant()).unwrap();
    let (unsigned, report) = unsigned_report();
    let mut payload = payload();
    payload.insert(
        layout::REPORT.to_owned(),
        pades::certify(&unsigned, &signer, None, "test", instant()).unwrap(),
    );
    let metadata = Metadata {
        bundle_id: "luma-large".to_owned(),
        entity: "luma".to_owned(),
        period_start: "2026-07-01T00:00:00Z".parse().unwrap(),
        period_end: "2026-10-01T00:00:00Z".parse().unwrap(),
        tool: Tool {
            name: "backproof".to_owned(),
            version: "0.1.0".to_owned(),
        },
        previous: None,
        report,
        controls: vec![ControlSummary {
            id: "164.308(a)(7)(ii)(A)".to_owned(),
            state: State::Indeterminate,
            evidence: BTreeSet::from(["data/results.json".to_owned()]),
        }],
        time_stamps: Vec::new(),
        development: false,
        page: b"<!doctype html><title>A page of the tests</title>\n",
        salt_secret: [7; 32],
    };
    let draft = Draft::new(metadata, payload).unwrap();
    let signatures = Signatures {
        sums: cms::detached(&signer, None, draft.sha256sums()).unwrap(),
        asic: cms::detached(&signer, None, draft.asic_manifest()).unwrap(),
        sums_time_stamp: None,
    };
    let mut out = Vec::new();
    draft.seal(signatures, &mut out).unwrap();
    out
}

#[test]
fn a_bundle_of_a_gibibyte_is_verified_while_the_page_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, altered) = (dir.path().join("large.zip"), dir.path().join("altered.zip"));
    let bytes = large();
    assert!(bytes.len() > 1 << 30, "{}", bytes.len());
    std::fs::write(&whole, &bytes).unwrap();
    std::fs::write(&altered, &bytes).unwrap();
    let middle = bytes.len() as u64 / 2;
    drop(bytes);
    let mut file = std::fs::OpenOptions::new().write(true).open(&altered).unwrap();
    file.seek(SeekFrom::Start(middle)).unwrap();
    file.write_all(&[1]).unwrap();
    drop(file);
    let root = fixtures().join("pki/root.pem");
    let told = browse(&[
        json!({ "name": "large", "file": whole, "root": root, "hash": "data/evidence/stored.bin" }),
        json!({ "name": "altered", "file": altered, "root": root }),
    ]);
    assert_eq!(told[0]["headline"], "Verified", "{:#}", told[0]);
    assert!(told[0]["hashed"].as_str().unwrap().contains("the same"));
    assert_eq!(told[1]["headline"], "Altered", "{:#}", told[1]);
    for case in &told {
        // Busy machines stall, too; a page that verified by itself would not answer for all of the time that it takes.
        let (longest, took) = (
            case["longest_ms"].as_u64().unwrap(),
            case["took_ms"].as_u64().unwrap(),
        );
        assert!(longest * 4 < took && longest < 3000, "{case:#}");
    }
}
