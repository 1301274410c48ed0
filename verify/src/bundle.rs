//! The verification of a bundle: its content, its three signatures, and who made them.
//!
//! Every check is collected under its code; the bottom line is derived from them ([`Checks::verdict`]). What an archive
//! may leave out (the time stamp) is said as a note, what is there and could not be checked is undecided.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::check::{Checks, Code, legible};
use crate::checkpoint::Checkpoint;
use crate::content::{self, Content};
use crate::digest::Sha256Digest;
use crate::disclosure::Opened;
use crate::layout;
use crate::manifest::v1::{AskedAuthority, Manifest};
use crate::redacted;
use crate::signature::{SignerFacts, TrustAnchors, check_detached, check_time_stamp_reply, pdf};
use crate::source::Source;
use crate::zip::Found;

/// All checks of a bundle, and what it says about itself.
#[derive(Debug, Clone)]
pub struct BundleReport {
    /// The checks, in the order in which they were made.
    pub checks: Checks,
    /// What the bundle says about itself; `None` when there is no manifest to go by. True only as far as the checks are.
    pub facts: Option<BundleFacts>,
    /// What a redacted bundle discloses, as far as the checks are; `None` for a whole one.
    pub disclosed: Option<Disclosed>,
}

/// What a redacted bundle, or the proof of a record, discloses of a bundle.
#[derive(Debug, Clone)]
pub struct Disclosed {
    /// The head of the whole bundle's tree; its origin names the bundle.
    pub checkpoint: Checkpoint,
    /// The disclosed records, in the order of the tree.
    pub opened: Vec<Opened>,
    /// The signatures that could be read, by the path of what carries them.
    pub signers: Vec<(&'static str, SignerFacts)>,
}

impl Disclosed {
    pub(crate) fn new(
        checkpoint: Checkpoint,
        opened: Vec<Opened>,
        signers: Vec<(&'static str, SignerFacts)>,
    ) -> Self {
        Self {
            checkpoint,
            opened,
            signers,
        }
    }

    /// How much is disclosed, in words that belong to every bottom line.
    pub fn extent(&self) -> String {
        let (opened, total) = (self.opened.len() as u64, self.checkpoint.size);
        let withheld = total.saturating_sub(opened);
        format!("{opened} of {total} records disclosed; the {withheld} withheld are not vouched for")
    }

    /// What a reader should know and no check can hold against what is disclosed.
    pub fn notes(&self) -> Vec<String> {
        const TOLD_MAX: usize = 20;
        let origin = legible(&self.checkpoint.origin);
        // A file can be given any name: which record it is, only what was signed says.
        let told = self.opened.iter().take(TOLD_MAX);
        let told: Vec<&str> = told.map(|opened| opened.record.path.as_str()).collect();
        let more = match self.opened.len().saturating_sub(TOLD_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        vec![
            format!("this is a part of bundle {origin}: {}", self.extent()),
            format!("disclosed: {}{more}", told.join(", ")),
            "what is disclosed may look otherwise beside what is withheld: ask for the whole bundle where that matters"
                .to_owned(),
        ]
    }
}

/// What a bundle says about itself.
#[derive(Debug, Clone)]
pub struct BundleFacts {
    /// The manifest.
    pub manifest: Manifest,
    /// The digest of `manifest.json`, which the next bundle names as its previous one.
    pub manifest_sha256: Sha256Digest,
    /// The signatures that could be read, by the path of what carries them.
    pub signers: Vec<(&'static str, SignerFacts)>,
    /// The entries, in the order of the archive.
    pub entries: Vec<Found>,
    /// What a reader should know and no check can hold against the bundle.
    pub notes: Vec<String>,
}

/// Checks everything but the signatures.
///
/// For those who write a bundle and check it before it is signed for good; a verification is [`verify_bundle`].
pub fn check_content(mut bytes: &[u8]) -> Checks {
    let mut checks = Checks::new();
    let Ok(_) = content::check(&mut bytes, &mut checks);
    checks
}

/// Verifies the bundle `bytes`, whole or redacted, at the time `at`, trusting `anchors` and nothing else.
pub fn verify_bundle(mut bytes: &[u8], anchors: &TrustAnchors, at: DateTime<Utc>) -> BundleReport {
    let Ok(report) = verify_bundle_from(&mut bytes, anchors, at);
    report
}

/// The same for a bundle that is read part by part.
///
/// # Errors
/// Those of the source: what could not be read was not verified.
pub fn verify_bundle_from<S: Source>(
    source: &mut S,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
) -> Result<BundleReport, S::Error> {
    if redacted::is_redacted(source)? {
        return redacted::verify(source, anchors, at);
    }
    let mut checks = Checks::new();
    let facts = content::check(source, &mut checks)?.map(|content| {
        let signers = check_signatures(&content, anchors, at, &mut checks);
        check_one_signer(&signers, DETACHED.len() + 1, &mut checks);
        let mut notes = vec![self_description(&content.manifest)];
        notes.extend(content.manifest.time_stamps.iter().filter_map(failed_authority));
        let (note, stamped) = check_time_stamp(&content, anchors, at, &mut checks);
        notes.extend(note);
        check_time_stamps(&content.manifest, &signers, stamped, &mut checks);
        BundleFacts {
            manifest_sha256: Sha256Digest::of(&content.tags[layout::MANIFEST]),
            manifest: content.manifest,
            entries: content.entries,
            signers,
            notes,
        }
    });
    Ok(BundleReport {
        checks,
        facts,
        disclosed: None,
    })
}

/// What carries a signature, and what it signs; the report carries its own.
const DETACHED: [(&str, &str); 2] = [
    (layout::SUMS_SIGNATURE, layout::SUMS),
    (layout::ASIC_SIGNATURE, layout::ASIC_MANIFEST),
];

fn check_signatures(
    content: &Content,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> Vec<(&'static str, SignerFacts)> {
    let mut signers = Vec::new();
    for (signature, signed) in DETACHED {
        match (content.tags.get(signature), content.tags.get(signed)) {
            (Some(der), Some(bytes)) => {
                let signer = check_detached(signature, der, bytes, anchors, at, checks);
                signers.extend(signer.map(|signer| (signature, signer)));
            }
            _ => checks.undecided(
                Code::CmsParse,
                signature,
                "the signature or what it signs was not read",
            ),
        }
    }
    match &content.report {
        Some(report) => {
            if let Some(certified) = pdf::check(layout::REPORT, report, anchors, at, checks) {
                check_pinned_revision(&content.manifest, certified.report_end, checks);
                signers.push((layout::REPORT, certified.signer));
            }
        }
        None => checks.undecided(
            Code::CmsParse,
            layout::REPORT,
            "the report was not there as listed",
        ),
    }
    signers
}

/// What the manifest pins is the report's first revision whole (a line feed behind its end may belong to it), and not
/// some beginning of it.
fn check_pinned_revision(manifest: &Manifest, report_end: usize, checks: &mut Checks) {
    let (pinned, end) = (manifest.report.unsigned_size, report_end as u64);
    if pinned == end || pinned == end + 1 {
        checks.ok(
            Code::ReportRevision,
            layout::REPORT,
            format!("the report ends at byte {end}"),
        );
    } else {
        let detail = format!("the report ends at byte {end}, pinned are {pinned} bytes");
        checks.failed(Code::ReportRevision, layout::REPORT, detail);
    }
}

/// A bundle is signed by one identity throughout: a part signed by another one was put together from two.
/// `expected` is how many signatures there have to be.
pub(crate) fn check_one_signer(
    signers: &[(&'static str, SignerFacts)],
    expected: usize,
    checks: &mut Checks,
) {
    let Some(((_, first), rest)) = signers.split_first() else {
        checks.undecided(Code::OneSigner, "signatures", "no signature could be read");
        return;
    };
    let certificate = first.certificate_sha256;
    let others: Vec<_> = rest
        .iter()
        .filter(|(_, signer)| signer.certificate_sha256 != certificate)
        .collect();
    for (path, signer) in &others {
        let detail = format!(
            "certificate {}, the first signature has {certificate}",
            signer.certificate_sha256
        );
        checks.failed(Code::OneSigner, *path, detail);
    }
    if signers.len() < expected {
        checks.undecided(
            Code::OneSigner,
            "signatures",
            format!("only {} of {expected} could be read", signers.len()),
        );
    } else if others.is_empty() {
        checks.ok(
            Code::OneSigner,
            "signatures",
            format!("certificate {certificate}"),
        );
    }
}

/// What the bundle says that it is: a reader must see it, since a file can be given any name.
fn self_description(manifest: &Manifest) -> String {
    format!(
        "this is bundle {} of {}, for {} to {} (end not included)",
        manifest.bundle_id, manifest.entity, manifest.period.start, manifest.period.end
    )
}

/// Checks the time stamp over `SHA256SUMS`, and says what time stamps there are and are not.
fn check_time_stamp(
    content: &Content,
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) -> (Option<String>, bool) {
    let path = layout::SUMS_TIME_STAMP;
    match (content.tags.get(path), content.tags.get(layout::SUMS)) {
        (Some(reply), Some(sums)) => {
            let stamp = check_time_stamp_reply(path, reply, sums, anchors, at, checks);
            let note = stamp.as_ref().map(|stamp| {
                let time = stamp.latest.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!(
                    "{path}: SHA256SUMS existed at {time}, by the word of {}",
                    stamp.authority
                )
            });
            (note, stamp.is_some())
        }
        (Some(_), None) => {
            checks.undecided(
                Code::TimestampImprint,
                path,
                "SHA256SUMS, which it stamps, was not read",
            );
            (None, false)
        }
        (None, _) => {
            let note = "SHA256SUMS.tsr is absent: no time stamp authority vouches for the signing time, it is the signer's word";
            (Some(note.to_owned()), false)
        }
    }
}

/// What the manifest says of an authority that gave no time stamp.
fn failed_authority(asked: &AskedAuthority) -> Option<String> {
    let failure = asked.failure.as_ref()?;
    Some(format!("the time stamp authority {} {failure}", asked.authority))
}

/// Holds the manifest to what it says of time stamps: nothing else would show that one was taken away, since nothing signs
/// where it stands. `stamped` is whether the one over `SHA256SUMS` is there and holds.
fn check_time_stamps(
    manifest: &Manifest,
    signers: &[(&'static str, SignerFacts)],
    stamped: bool,
    checks: &mut Checks,
) {
    let Some(authority) = manifest.stamped_by() else {
        return;
    };
    let unstamped = signers.iter().filter(|(_, signer)| signer.time_stamp.is_none());
    let mut missing: Vec<_> = unstamped.map(|(path, _)| *path).collect();
    if !stamped {
        missing.push(layout::SUMS_TIME_STAMP);
    }
    for path in &missing {
        let detail =
            format!("the manifest says that {authority} stamped it, and there is no time stamp that holds");
        checks.failed(Code::BundleTimeStamps, *path, detail);
    }
    if signers.len() < DETACHED.len() + 1 {
        let detail = format!("only {} of 3 signatures could be read", signers.len());
        checks.undecided(Code::BundleTimeStamps, "signatures", detail);
    } else if missing.is_empty() {
        let detail = format!("three signatures and SHA256SUMS, by {authority}");
        checks.ok(Code::BundleTimeStamps, "signatures", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Outcome;

    fn signer(certificate: &[u8]) -> SignerFacts {
        SignerFacts {
            subject: "CN=Test".to_owned(),
            issuer: "CN=Test".to_owned(),
            certificate_sha256: Sha256Digest::of(certificate),
            development: true,
            time_stamp: None,
        }
    }

    fn check(certificates: &[&[u8]], expected: &[Outcome]) {
        let names = [layout::SUMS_SIGNATURE, layout::ASIC_SIGNATURE, layout::REPORT];
        let signers: Vec<_> = names
            .into_iter()
            .zip(certificates.iter().map(|c| signer(c)))
            .collect();
        let mut checks = Checks::new();
        check_one_signer(&signers, DETACHED.len() + 1, &mut checks);
        assert_eq!(
            checks.iter().map(|check| check.outcome).collect::<Vec<_>>(),
            expected,
            "{checks:?}"
        );
    }

    #[test]
    fn all_three_signatures_are_of_one_certificate() {
        check(&[b"a", b"a", b"a"], &[Outcome::Ok]);
        check(&[b"a", b"a", b"b"], &[Outcome::Failed]);
        check(&[b"a", b"b", b"b"], &[Outcome::Failed, Outcome::Failed]);
        check(&[b"a", b"a"], &[Outcome::Undecided]);
        check(&[b"a", b"b"], &[Outcome::Failed, Outcome::Undecided]);
        check(&[], &[Outcome::Undecided]);
    }
}
