//! One file on the page: it is verified first, and read only where that did not fail.

use backproof_verify::bundle::BundleFacts;
use backproof_verify::check::Verdict;
use backproof_verify::digest::{NotADigest, Sha256Digest};
use backproof_verify::signature::{AnchorError, TrustAnchors};
use backproof_verify::unpack::{UnpackError, unpack_from};
use backproof_verify::verification::{self, Verification, Wanted};
use backproof_verify::zip::Found;
use base64ct::{Base64, Encoding as _};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::evidence::{self, EvidenceError};
use crate::file::{File, ReadAt, Unreadable};

/// What the page asks its reader for.
const WANTED: Wanted = Wanted {
    root: "a trust root",
    stamps_root: "a trust root for time stamps",
    record: "the file itself",
};
/// The most bytes of a file of the bundle that are handed to the page at once.
pub(crate) const HANDED_MAX: u32 = 256 << 20;

/// What the page asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
enum Ask {
    /// The words for people.
    Words,
    /// The verification of the file.
    Verify {
        file: String,
        /// RFC 3339.
        now: String,
        #[serde(default)]
        trust: Trust,
        #[serde(default)]
        trust_timestamps: Trust,
        /// The record that a proof is about, in base64; none where empty.
        #[serde(default)]
        record: String,
    },
    /// The files of the bundle.
    Files,
    /// A file's bytes.
    File { path: String },
    /// The digest of a file, made anew.
    Digest { path: String },
    /// A page of the evidence: its bytes read and digested anew, and who brought it.
    Record { sha256: String },
}

/// Trust roots as the reader named them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    /// Texts of PEM files, joined; none where empty.
    #[serde(default)]
    pem: String,
    /// SHA-256 digests of certificates: hexadecimal digits of either case, with or without colons and spaces.
    #[serde(default)]
    fingerprints: Vec<String>,
}

/// What the page gets.
#[derive(Debug)]
pub enum Answer {
    /// JSON.
    Json(Value),
    /// The bytes of a file.
    Bytes(Vec<u8>),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the question could not be read: {0}")]
    Question(#[from] serde_json::Error),
    #[error("not a time: {0:?}")]
    Time(String),
    #[error("the trust root can't be used: {0}")]
    Anchor(#[from] AnchorError),
    #[error("not a SHA-256 fingerprint, which has 64 hexadecimal digits: {0:?}")]
    Fingerprint(String),
    #[error("the record did not come over whole")]
    Record,
    #[error("a record goes with a proof (.tlog-proof), and this is none")]
    RecordWithoutProof,
    #[error("there is no verified bundle to read from")]
    NothingVerified,
    #[error("the bundle has no {0}")]
    Missing(String),
    #[error("{path} has {size} bytes, at most {HANDED_MAX} are shown")]
    TooLarge { path: String, size: u32 },
    #[error("{path}: {error}")]
    Unpack { path: String, error: UnpackError },
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

/// A file, and what its verification found.
pub struct Session<R> {
    file: File<R>,
    facts: Option<BundleFacts>,
}

impl<R: ReadAt> Session<R> {
    /// A file that nothing is known of yet.
    pub fn new(file: File<R>) -> Self {
        Self { file, facts: None }
    }

    /// Answers a question in JSON. Where there is no answer, the reason is one: `{"error": …}`.
    pub fn answer(&mut self, question: &[u8]) -> Answer {
        self.try_answer(question)
            .unwrap_or_else(|error| Answer::Json(json!({ "error": error.to_string() })))
    }

    fn try_answer(&mut self, question: &[u8]) -> Result<Answer, AskError> {
        Ok(match serde_json::from_slice(question)? {
            Ask::Words => Answer::Json(verification::words()),
            Ask::Verify {
                file,
                now,
                trust,
                trust_timestamps,
                record,
            } => {
                let now = now.parse().map_err(|_| AskError::Time(now))?;
                let record = self.record(&record)?;
                Answer::Json(self.verify(
                    &file,
                    record.as_deref(),
                    now,
                    &anchors(&trust, &trust_timestamps)?,
                )?)
            }
            Ask::Files => Answer::Json(self.files()?),
            Ask::File { path } => Answer::Bytes(self.bytes(&path)?),
            Ask::Digest { path } => Answer::Json(self.digest(&path)?),
            Ask::Record { sha256 } => Answer::Json(evidence::record(self, &sha256)?),
        })
    }

    /// `verification` is what `backproof verify --json` says; beside it stands what the page shows around it.
    fn verify(
        &mut self,
        file: &str,
        record: Option<&[u8]>,
        now: DateTime<Utc>,
        anchors: &TrustAnchors,
    ) -> Result<Value, AskError> {
        self.facts = None;
        let found: Verification = verification::verify(&mut self.file, record, anchors, now)?;
        let readable = found.checks.verdict() != Verdict::Failed;
        let bundle = found.facts.as_ref().map(|facts| {
            let manifest = &facts.manifest;
            json!({
                "bundle_id": manifest.bundle_id, "entity": manifest.entity,
                "period": { "start": manifest.period.start, "end": manifest.period.end },
                "tool": format!("{} {}", manifest.tool.name, manifest.tool.version),
                "manifest_sha256": facts.manifest_sha256.to_hex(),
            })
        });
        let (headline, advice) = found.headline();
        let answer = json!({
            "headline": headline, "advice": advice, "verification": found.to_json(file), "bundle": bundle, "readable": readable && found.facts.is_some(),
            "bottom_line": found.bottom_line(&WANTED),
        });
        self.facts = found.facts.filter(|_| readable);
        Ok(answer)
    }

    /// The bytes of the record that goes with a proof, and with nothing else.
    fn record(&mut self, record: &str) -> Result<Option<Vec<u8>>, AskError> {
        if record.is_empty() {
            return Ok(None);
        }
        if !verification::is_proof(&mut self.file)? {
            return Err(AskError::RecordWithoutProof);
        }
        Base64::decode_vec(record).map(Some).map_err(|_| AskError::Record)
    }

    fn facts(&self) -> Result<&BundleFacts, AskError> {
        self.facts.as_ref().ok_or(AskError::NothingVerified)
    }

    fn found(&self, path: &str) -> Result<Found, AskError> {
        let entry = self.facts()?.entries.iter().find(|entry| entry.path == path);
        entry.cloned().ok_or_else(|| AskError::Missing(path.to_owned()))
    }

    /// The payload with the digests of the manifest, which the verification found to hold.
    fn files(&self) -> Result<Value, AskError> {
        let files = self.facts()?.manifest.files.iter();
        let files =
            files.map(|file| json!({ "path": file.path, "size": file.size, "sha256": file.sha256.to_hex() }));
        Ok(files.collect())
    }

    /// The bytes of a file of the bundle, read anew.
    pub(crate) fn bytes(&mut self, path: &str) -> Result<Vec<u8>, AskError> {
        let entry = self.found(path)?;
        if entry.size > HANDED_MAX {
            return Err(AskError::TooLarge {
                path: path.to_owned(),
                size: entry.size,
            });
        }
        let mut bytes = Vec::with_capacity(entry.size as usize);
        self.unpack(&entry, |block| bytes.extend_from_slice(block))?;
        Ok(bytes)
    }

    /// Reads a file of the bundle anew, however large, and digests it.
    fn digest(&mut self, path: &str) -> Result<Value, AskError> {
        let entry = self.found(path)?;
        let mut hasher = Sha256::new();
        self.unpack(&entry, |block| hasher.update(block))?;
        let found = Sha256Digest::from_bytes(hasher.finalize().into());
        let files = &self.facts()?.manifest.files;
        let listed = files.iter().find(|file| file.path == path);
        let listed = listed.ok_or_else(|| AskError::Missing(path.to_owned()))?.sha256;
        Ok(json!({
            "path": path, "size": entry.size, "found": found.to_hex(), "listed": listed.to_hex(), "same": found == listed,
        }))
    }

    fn unpack(&mut self, entry: &Found, sink: impl FnMut(&[u8])) -> Result<(), AskError> {
        unpack_from(&mut self.file, entry, sink)?.map_err(|error| AskError::Unpack {
            path: entry.path.clone(),
            error,
        })
    }
}

fn anchors(trust: &Trust, time_stamps: &Trust) -> Result<TrustAnchors, AskError> {
    let mut anchors = TrustAnchors::none();
    if !trust.pem.is_empty() {
        anchors = anchors.with_signers(&trust.pem)?;
    }
    if !time_stamps.pem.is_empty() {
        anchors = anchors.with_time_stamps(&time_stamps.pem)?;
    }
    for text in &trust.fingerprints {
        anchors = anchors.with_signer_fingerprint(fingerprint(text)?);
    }
    for text in &time_stamps.fingerprints {
        anchors = anchors.with_time_stamp_fingerprint(fingerprint(text)?);
    }
    Ok(anchors)
}

/// Reads a fingerprint as people write them: `openssl x509 -fingerprint` has upper case and colons.
fn fingerprint(text: &str) -> Result<Sha256Digest, AskError> {
    let digits = text.rsplit('=').next().unwrap_or(text);
    let kept = digits
        .chars()
        .filter(|char| !char.is_whitespace() && *char != ':');
    let digits: String = kept.collect();
    let digest = digits.to_ascii_lowercase().parse();
    digest.map_err(|_: NotADigest| AskError::Fingerprint(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::file::tests::Held;

    fn vector(name: &str) -> Vec<u8> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
        std::fs::read(folder.join(name)).unwrap()
    }

    fn ask(session: &mut Session<Held>, question: &Value) -> Value {
        match session.answer(question.to_string().as_bytes()) {
            Answer::Json(value) => value,
            Answer::Bytes(bytes) => json!({ "bytes": bytes.len() }),
        }
    }

    fn session(name: &str) -> Session<Held> {
        let bytes = vector(name);
        let size = bytes.len() as u64;
        Session::new(File::new(Held(bytes), size))
    }

    fn verify(session: &mut Session<Held>, trust: &Value) -> Value {
        let question = json!({ "ask": "verify", "file": "x", "now": "2026-12-01T00:00:00Z", "trust": trust });
        ask(session, &question)
    }

    fn issuing() -> String {
        let pem = String::from_utf8(vector("issuing.pem")).unwrap();
        let certificates = backproof_verify::signature::certificates_from_pem(&pem).unwrap();
        let [certificate] = certificates.as_slice() else {
            panic!("one certificate")
        };
        backproof_verify::signature::fingerprint(certificate)
            .unwrap()
            .to_hex()
    }

    #[test]
    fn a_trust_root_can_be_a_fingerprint_of_a_certificate_that_is_there() {
        let root = String::from_utf8(vector("root.pem")).unwrap();
        let spaced = issuing()
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join(":");
        for (trust, verdict) in [
            (json!({ "pem": root }), "verified"),
            (json!({ "fingerprints": [issuing()] }), "verified"),
            (
                json!({ "fingerprints": [format!("sha256 Fingerprint={spaced}")] }),
                "verified",
            ),
            // The root is not in the signature, so that its digest can't be compared with anything.
            (json!({ "fingerprints": ["0".repeat(64)] }), "undecided"),
            (json!({}), "undecided"),
            (
                json!({ "pem": String::from_utf8(vector("other-root.pem")).unwrap() }),
                "failed",
            ),
        ] {
            let said = verify(&mut session("good-bundle.zip"), &trust);
            assert_eq!(said["verification"]["verdict"], verdict, "{trust}: {said}");
        }
        let said = verify(
            &mut session("good-bundle.zip"),
            &json!({ "fingerprints": ["12:34"] }),
        );
        assert!(
            said["error"].as_str().unwrap().contains("64 hexadecimal digits"),
            "{said}"
        );
    }

    #[test]
    fn nothing_is_read_out_of_a_bundle_that_fails() {
        let root = json!({ "pem": String::from_utf8(vector("root.pem")).unwrap() });
        let mut good = session("good-bundle.zip");
        let file = json!({ "ask": "file", "path": "data/results.json" });
        assert!(
            ask(&mut good, &file)["error"].is_string(),
            "before it is verified"
        );
        verify(&mut good, &root);
        assert!(ask(&mut good, &file)["bytes"].is_u64());
        let digest = ask(&mut good, &json!({ "ask": "digest", "path": "data/report.pdf" }));
        assert_eq!(digest["same"], true, "{digest}");
        assert!(ask(&mut good, &json!({ "ask": "digest", "path": "data/none" }))["error"].is_string());
        let mut altered = session("zip-payload-altered.zip");
        assert_eq!(verify(&mut altered, &root)["readable"], false);
        for question in [
            file,
            json!({ "ask": "files" }),
            json!({ "ask": "digest", "path": "data/report.pdf" }),
        ] {
            assert!(ask(&mut altered, &question)["error"].is_string());
        }
    }

    #[test]
    fn a_file_that_goes_away_is_an_error_and_no_verdict() {
        let bytes = vector("good-bundle.zip");
        let size = bytes.len() as u64;
        let mut gone = Session::new(File::new(Held(bytes[..500].to_vec()), size));
        let said = verify(&mut gone, &json!({}));
        assert!(
            said["error"].as_str().unwrap().contains("could not be read"),
            "{said}"
        );
        assert!(said.get("verification").is_none());
    }
}
