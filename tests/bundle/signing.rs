//! Bundles that are signed for good, by the identities of `fixtures/pki`.

use std::collections::BTreeMap;

use backproof::bundle::{Draft, Metadata, Signatures};
use backproof::sign::file::FileSigner;
use backproof::sign::{Signer, cms, pades};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::layout;
use backproof_verify::manifest::v1::Report;

use crate::example::{instant, metadata, payload};

pub(crate) const AT: &str = "2026-10-05T00:00:00Z";

pub(crate) fn pki(file: &str) -> String {
    let path = format!("{}/fixtures/pki/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn signer(name: &str) -> FileSigner {
    let chain = format!("{}{}", pki(&format!("{name}.pem")), pki("issuing.pem"));
    FileSigner::from_pem(&pki(&format!("{name}.key")), &chain, instant(AT)).unwrap()
}

/// A report of one page on which nothing is written but its name, in the document's language.
pub(crate) fn unsigned_report(name: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("xref\n0 4\n0000000000 65535 f \n");
    for (number, object) in [
        (1, format!("<</Type /Catalog /Pages 2 0 R /Lang ({name})>>")),
        (2, "<</Type /Pages /Kids [3 0 R] /Count 1>>".to_owned()),
        (
            3,
            "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>".to_owned(),
        ),
    ] {
        table.push_str(&format!("{:010} 00000 n \n", bytes.len()));
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let start = bytes.len();
    bytes.extend(format!("{table}trailer\n<</Size 4 /Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

/// A draft of the bundle `id` with a certified report.
pub(crate) fn draft(id: &str, signer: &dyn Signer, alter: impl FnOnce(&mut Metadata)) -> Draft {
    let unsigned = unsigned_report(id);
    let mut payload: BTreeMap<_, _> = payload();
    payload.insert(
        layout::REPORT.to_owned(),
        pades::certify(&unsigned, signer, None, "test", instant(AT)).unwrap(),
    );
    let mut metadata = Metadata {
        bundle_id: id.to_owned(),
        report: Report {
            unsigned_sha256: Sha256Digest::of(&unsigned),
            unsigned_size: unsigned.len() as u64,
        },
        ..metadata()
    };
    alter(&mut metadata);
    Draft::new(metadata, payload).unwrap()
}

pub(crate) fn seal(draft: Draft, signer: &dyn Signer) -> Vec<u8> {
    let signatures = Signatures {
        sums: cms::detached(signer, None, draft.sha256sums()).unwrap(),
        asic: cms::detached(signer, None, draft.asic_manifest()).unwrap(),
        sums_time_stamp: None,
    };
    let mut out = Vec::new();
    draft.seal(signatures, &mut out).unwrap();
    out
}

pub(crate) fn signed(id: &str) -> Vec<u8> {
    let signer = signer("signer-p256");
    seal(draft(id, &signer, |_| ()), &signer)
}
