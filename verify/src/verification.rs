//! The verification of a file, be it a bundle, a report or a proof, as every reader of it gets it: the command line, the page, a script.
//!
//! The words for people come from here, too: what an aspect and a code mean, what stays unproven. No face of the verifier writes
//! its own.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::bundle::{BundleFacts, Disclosed, verify_bundle_from};
use crate::check::{Aspect, Checks, Code, Outcome, Verdict};
use crate::proof::{self, looks_like_proof, verify_proof};
use crate::signature::pdf::{self, LOOKED_AT};
use crate::signature::{SignerFacts, TrustAnchors, check_pdf};
use crate::source::{Source, hold};

/// What was found, whatever kind of file it was.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Every check.
    pub checks: Checks,
    /// Who signed, where a signature verifies; whether to believe it is the trust checks' answer.
    pub signer: Option<SignerFacts>,
    /// What a whole bundle says about itself; nothing of a report alone, or of a part.
    pub facts: Option<BundleFacts>,
    /// What of the bundle is disclosed, where it is a part.
    pub disclosed: Option<Disclosed>,
}

/// What a reader can give for more to be decided, as the face of the verifier calls it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// A trust root.
    pub root: &'static str,
    /// A trust root for time stamps.
    pub stamps_root: &'static str,
    /// The record that a proof is about.
    pub record: &'static str,
}

/// Whether a file is to be judged as the proof of a record, with which the record goes.
///
/// # Errors
/// Those of the source.
pub fn is_proof<S: Source>(source: &mut S) -> Result<bool, S::Error> {
    Ok(looks_like_proof(&hold(source, 0, LOOKED_AT as u64)?))
}

/// Verifies a bundle, whole or redacted, a report or a proof at the time `at`, trusting `anchors` and nothing else. `record` is the
/// file that a proof is about; it plays no part for anything else.
///
/// # Errors
/// Those of the source: what could not be read was not verified.
pub fn verify<S: Source>(
    source: &mut S,
    record: Option<&[u8]>,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
) -> Result<Verification, S::Error> {
    if is_proof(source)? {
        // One byte more than a proof may have: the check then says that it is too long.
        let bytes = hold(source, 0, proof::SIZE_MAX as u64 + 1)?;
        let (checks, disclosed) = verify_proof(&bytes, record, anchors, at);
        return Ok(Verification::new(checks, None, disclosed));
    }
    let head = hold(source, 0, LOOKED_AT as u64)?;
    if pdf::looks_like_pdf(&head) {
        let mut checks = Checks::new();
        let bytes = hold(source, 0, pdf::MAX_PDF_BYTES as u64 + 1)?;
        let signer = check_pdf("report", &bytes, anchors, at, &mut checks);
        return Ok(Verification {
            signer,
            ..Verification::new(checks, None, None)
        });
    }
    let report = verify_bundle_from(source, anchors, at)?;
    Ok(Verification::new(report.checks, report.facts, report.disclosed))
}

impl Verification {
    fn new(checks: Checks, facts: Option<BundleFacts>, disclosed: Option<Disclosed>) -> Self {
        let of_whole = facts.iter().flat_map(|facts| &facts.signers);
        let of_part = disclosed.iter().flat_map(|disclosed| &disclosed.signers);
        let first = of_whole.chain(of_part).next();
        Self {
            checks,
            signer: first.map(|(_, signer)| signer.clone()),
            facts,
            disclosed,
        }
    }

    /// What a reader should know and no check can hold against the file.
    pub fn notes(&self) -> Vec<String> {
        let of_whole = self.facts.iter().flat_map(|facts| facts.notes.clone());
        of_whole
            .chain(self.disclosed.iter().flat_map(Disclosed::notes))
            .collect()
    }

    /// The verification of the file named `file` as JSON, `backproof.verification/v1`.
    pub fn to_json(&self, file: &str) -> Value {
        let checks: Vec<_> = self
            .checks
            .iter()
            .map(|check| {
                json!({
                    "code": check.code.as_str(), "aspect": check.code.aspect().as_str(),
                    "outcome": check.outcome.as_str(), "subject": check.subject, "detail": check.detail,
                })
            })
            .collect();
        let aspects: Map<_, _> = Aspect::ALL
            .iter()
            .map(|aspect| {
                (
                    aspect.as_str().to_owned(),
                    self.checks.aspect(*aspect).as_str().into(),
                )
            })
            .collect();
        let disclosed = self.disclosed.as_ref().map(|disclosed| {
            let opened = disclosed.opened.iter();
            let paths: Vec<&str> = opened.map(|opened| opened.record.path.as_str()).collect();
            let head = &disclosed.checkpoint;
            json!({ "origin": head.origin, "records": head.size, "paths": paths })
        });
        json!({
            "schema": "backproof.verification/v1", "file": file, "verdict": self.checks.verdict().as_str(),
            "aspects": aspects, "signer": self.signer.as_ref().map(signer), "notes": self.notes(), "disclosed": disclosed, "checks": checks,
        })
    }

    /// The bottom line in words, for people; where something is open, with what the reader can give.
    pub fn bottom_line(&self, wanted: &Wanted) -> String {
        let Wanted {
            root,
            stamps_root,
            record,
        } = wanted;
        let total = self.checks.iter().count();
        let count = |outcome: Outcome| {
            self.checks
                .iter()
                .filter(|check| check.outcome == outcome)
                .count()
        };
        let open = count(Outcome::Undecided);
        let is_open = |code: Code| {
            let mut of_code = self.checks.iter().filter(|check| check.code == code);
            of_code.any(|check| check.outcome == Outcome::Undecided)
        };
        let is_open_within = self.checks.iter().any(|check| {
            check.outcome == Outcome::Undecided
                && !matches!(check.code.aspect(), Aspect::Trusted | Aspect::Timely)
        });
        match self.checks.verdict() {
            Verdict::Verified => match &self.disclosed {
                None => format!("all {total} checks hold"),
                Some(disclosed) => format!("all {total} checks hold, {}", disclosed.extent()),
            },
            Verdict::Failed => format!("{} of {total} checks do not hold", count(Outcome::Failed)),
            Verdict::Undecided if is_open(Code::DisclosureRecords) => {
                format!("without {record} nobody can tell whether that is the record that was signed")
            }
            // What is open beside trust and time may be an alteration.
            Verdict::Undecided if is_open_within => format!("{open} of {total} checks could not be made"),
            Verdict::Undecided if is_open(Code::CertificatePath) => {
                format!("nothing is altered, but without {root} nobody can tell who signed")
            }
            Verdict::Undecided if is_open(Code::TimestampAuthority) => {
                format!("without {stamps_root} nobody can tell whose the time stamps are")
            }
            Verdict::Undecided => format!("{open} of {total} checks could not be made"),
        }
    }
}

impl Verification {
    /// The bottom line in a word or two, and what it means. What fails is named by its gravest aspect: bytes that are not those
    /// that were signed come before a signer whom nobody trusts.
    pub fn headline(&self) -> (&'static str, &'static str) {
        let fails = |aspects: &[Aspect]| {
            let mut of_aspects = aspects.iter();
            of_aspects.any(|aspect| self.checks.aspect(*aspect) == Outcome::Failed)
        };
        match self.checks.verdict() {
            Verdict::Verified if self.disclosed.is_some() => (
                "Verified in part",
                "What is disclosed is what the holder of the key signed, and the key leads to a trust root that you named. \
                 Nothing vouches for what is withheld.",
            ),
            Verdict::Verified => (
                "Verified",
                "It is what the holder of the key signed, whole, and the key leads to a trust root that you named.",
            ),
            Verdict::Undecided => ("Undecided", "What could not be checked is not taken for good."),
            Verdict::Failed if fails(&[Aspect::Intact, Aspect::Covered, Aspect::Complete]) => (
                "Altered",
                "It is not what was signed, or never was a bundle or a report of backproof. Do not rely on it.",
            ),
            Verdict::Failed if fails(&[Aspect::Trusted]) => (
                "Not trusted",
                "Nothing is altered, but the signer leads to no trust root that you named, or may not sign. Do not rely on it.",
            ),
            Verdict::Failed => (
                "Out of time",
                "A certificate or a time stamp does not hold at the time that counts. Do not rely on it.",
            ),
        }
    }
}

fn signer(signer: &SignerFacts) -> Value {
    let seconds = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({
        "subject": signer.subject, "issuer": signer.issuer,
        "certificate_sha256": signer.certificate_sha256.to_hex(), "development": signer.development,
        "time_stamp": signer.time_stamp.as_ref().map(|stamp| json!({
            "at": seconds(stamp.at), "latest": seconds(stamp.latest), "authority": stamp.authority,
        })),
    })
}

/// What no verification of a bundle or a report can show, whoever makes it.
pub const NOT_PROVEN: &[&str] = &[
    "that the services told the truth, or that the entity asked them everything: the report's coverage section and the receipts say what was asked and what is missing",
    "who holds the signing key, beyond what the trust root's owner vouches for",
    "when it was signed, unless there is a time stamp: without one the time is the signer's word",
    "that no other bundle of the same period exists: a chain of bundles does not stop its owner from writing it anew, only copies held elsewhere do",
    "that the entity complies with any law or standard: the report gives findings",
];

/// The words for people as JSON: what the aspects and the codes mean, and what stays unproven.
pub fn words() -> Value {
    let aspects: Vec<_> = Aspect::ALL
        .iter()
        .map(|aspect| json!({ "aspect": aspect.as_str(), "meaning": aspect.meaning() }))
        .collect();
    let codes: Map<_, _> = Code::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), code.meaning().into()))
        .collect();
    json!({ "aspects": aspects, "codes": codes, "not_proven": NOT_PROVEN })
}
