//! The bundle that the tests try: small, with both methods and a raw page or two. The specification opens with it.

use std::collections::{BTreeMap, BTreeSet};

use backproof::bundle::{ControlSummary, Metadata, RawPage, pack};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::layout;
use backproof_verify::manifest::v1::{Report, State, Tool};
use chrono::{DateTime, Utc};

pub(crate) const UNSIGNED: &[u8] = b"%PDF-1.7\nnot really\n%%EOF\n";

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn pages() -> Vec<RawPage> {
    let page = |number: u32| RawPage {
        source: "aws-backup".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        received_at: instant("2026-07-08T02:00:00Z"),
        page: number,
        request_id: format!("req-{number}"),
        json: true,
        bytes: format!("{{\"BackupJobs\":[{{\"BackupJobId\":\"J-{number}\"}}]}}").into_bytes(),
    };
    (1..=2).map(page).collect()
}

pub(crate) fn payload() -> BTreeMap<String, Vec<u8>> {
    let mut files = pack(&pages()).unwrap().files;
    files.insert(
        layout::REPORT.to_owned(),
        [UNSIGNED, b"signature revision\n%%EOF\n"].concat(),
    );
    files.insert(
        "data/results.json".to_owned(),
        b"{\"schema\":\"backproof.results/v1\"}".to_vec(),
    );
    files
}

pub(crate) fn metadata() -> Metadata {
    Metadata {
        bundle_id: "luma-2026-q3".to_owned(),
        entity: "luma".to_owned(),
        period_start: instant("2026-07-01T00:00:00Z"),
        period_end: instant("2026-10-01T00:00:00Z"),
        tool: Tool {
            name: "backproof".to_owned(),
            version: "0.1.0".to_owned(),
        },
        previous: None,
        report: Report {
            unsigned_sha256: Sha256Digest::of(UNSIGNED),
            unsigned_size: UNSIGNED.len() as u64,
        },
        time_stamps: Vec::new(),
        controls: vec![ControlSummary {
            id: "164.308(a)(7)(ii)(A)".to_owned(),
            state: State::Exception,
            evidence: BTreeSet::from(["data/evidence/aws-backup.tar".to_owned()]),
        }],
        development: true,
        page: b"<!doctype html><title>A page of the tests</title>\n",
        salt_secret: [7; 32],
    }
}
