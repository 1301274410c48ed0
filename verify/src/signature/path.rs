//! The path from a signer's certificate to a trust root (RFC 5280 §6, without policies).
//!
//! Signers have other trust roots than time stamps. A trust root is matched by its exact bytes, by their SHA-256 digest, or by having signed the last certificate of the path; being self-signed
//! means nothing. Without trust roots, a sound path ends undecided.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use der::Encode as _;
use x509_cert::Certificate;

use super::anchors::{Roots, TrustAnchors};
use super::certificate::{
    fingerprint, is_self_issued, name_constraints, outside_validity, subject, unfit_to_issue, unfit_to_sign,
    unfit_to_stamp,
};
use super::revocation::Revocations;
use super::{key, names, record};
use crate::check::{Checks, Code, Outcome};

/// The longest path, trust root included.
pub(super) const MAX_PATH: usize = 8;

/// How far the search came.
enum End {
    /// The last certificate of the path is a trust root.
    Anchored,
    /// The issuer of the last certificate is neither a trust root nor in the signature.
    IssuerUnknown,
    /// A certificate named as issuer is there, but did not sign the last one.
    Broken,
    /// More than [`MAX_PATH`] certificates.
    TooLong,
}

/// What the certificate at the end of the path does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It signs a document or a list.
    Document,
    /// It stamps time.
    TimeStamp,
}

impl Role {
    /// The codes of path, usage and validity.
    const fn codes(self) -> [Code; 3] {
        match self {
            Self::Document => [
                Code::CertificatePath,
                Code::CertificateUsage,
                Code::CertificateValidity,
            ],
            Self::TimeStamp => [
                Code::TimestampAuthority,
                Code::TimestampAuthority,
                Code::TimestampTime,
            ],
        }
    }
}

/// The times that a path is judged at.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// When the signature was made: the time stamp's time, else that of verification. For a time stamp, its own.
    pub(super) at: DateTime<Utc>,
    /// The same at the latest, as a time stamp is only so accurate.
    pub(super) latest: DateTime<Utc>,
    /// The time of verification, or that of a later time stamp over the document.
    pub(super) now: DateTime<Utc>,
}

/// Checks path, usage, validity and revocation of a certificate; with it the others that the signature carries.
pub(super) fn check(
    name: &str,
    role: Role,
    (leaf, others): (&Certificate, &[&Certificate]),
    anchors: &TrustAnchors,
    when: When,
    revocations: &mut Revocations,
    checks: &mut Checks,
) {
    let [path_code, usage_code, validity_code] = role.codes();
    let roots = anchors.of(role);
    let (path, end) = find(leaf, others, roots);
    match say_end(role, &path, &end, roots) {
        (Outcome::Ok, detail) => checks.ok(path_code, name, detail),
        (Outcome::Undecided, detail) => checks.undecided(path_code, name, detail),
        (Outcome::Failed, detail) => checks.failed(path_code, name, detail),
    }
    record(checks, usage_code, name, check_usage(role, &path));
    record(checks, validity_code, name, check_validity(role, &path, when));
    revocations.check(name, role, &path, when, checks);
}

fn say_end(role: Role, path: &[&Certificate], end: &End, roots: &Roots) -> (Outcome, String) {
    let whose = match role {
        Role::Document => "",
        Role::TimeStamp => " for time stamps",
    };
    let names: Vec<_> = path.iter().map(|certificate| subject(certificate)).collect();
    let last = names.last().cloned().unwrap_or_default();
    let names = names.join(" < ");
    match end {
        End::Anchored => {
            let digest = path.last().and_then(|last| fingerprint(last));
            let digest = digest.map_or_else(String::new, |digest| digest.to_hex());
            (Outcome::Ok, format!("{names}; trust root sha256 {digest}"))
        }
        End::IssuerUnknown if roots.is_empty() => (
            Outcome::Undecided,
            format!("no trust root{whose} was given; the chain is {names}"),
        ),
        // The issuer is not there to be digested, and may be the one that the reader means. One that signed itself is its own.
        End::IssuerUnknown
            if !roots.fingerprints.is_empty() && !path.last().is_some_and(|last| issued(last, last)) =>
        {
            let detail = format!(
                "no certificate of the chain{whose} has a fingerprint that was given, and the issuer of {last} is not in the file: name the trust root by its certificate"
            );
            (Outcome::Undecided, detail)
        }
        End::IssuerUnknown => (
            Outcome::Failed,
            format!("{last} leads to none of the trust roots given{whose}"),
        ),
        End::Broken => {
            let detail = format!("{last} was not signed by the certificate that it names as its issuer");
            (Outcome::Failed, detail)
        }
        End::TooLong => (Outcome::Failed, format!("more than {MAX_PATH} certificates")),
    }
}

fn check_usage(role: Role, path: &[&Certificate]) -> Result<String, String> {
    let unfit = |leaf: &&Certificate| match role {
        Role::Document => unfit_to_sign(leaf),
        Role::TimeStamp => unfit_to_stamp(leaf),
    };
    let issuers = path.iter().skip(1).enumerate();
    let issuers = issuers.filter_map(|(below, certificate)| unfit_to_issue(certificate, role, below));
    let reasons: Vec<_> = path
        .first()
        .and_then(unfit)
        .into_iter()
        .chain(issuers)
        .chain(names_outside(path))
        .collect();
    if reasons.is_empty() {
        Ok(format!("{} certificates", path.len()))
    } else {
        Err(reasons.join("; "))
    }
}

/// The certificates whose names an issuer above them may not vouch for. One that an authority issued to itself, to change
/// its key, is let be, unless it is the signer's (RFC 5280 §6.1.3).
fn names_outside(path: &[&Certificate]) -> Vec<String> {
    let mut reasons = Vec::new();
    for (index, issuer) in path.iter().enumerate().skip(1) {
        let Some(constraints) = name_constraints(issuer) else {
            continue;
        };
        let below = path.iter().take(index).enumerate();
        let bound = below.filter(|(place, certificate)| *place == 0 || !is_self_issued(certificate));
        reasons.extend(bound.filter_map(|(_, certificate)| names::outside(&constraints, certificate)));
    }
    reasons
}

fn check_validity(role: Role, path: &[&Certificate], when: When) -> Result<String, String> {
    // Nobody stamped the authority's own certificates: they must hold now, too.
    let times = match role {
        Role::Document => BTreeSet::from([when.at, when.latest]),
        Role::TimeStamp => BTreeSet::from([when.at, when.now]),
    };
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut reasons = Vec::new();
    if when.at > when.now {
        reasons.push(format!("{} is in the future", text(when.at)));
    }
    for at in &times {
        let outside = path
            .iter()
            .filter_map(|certificate| outside_validity(certificate, *at));
        reasons.extend(outside.map(|reason| format!("at {}: {reason}", text(*at))));
    }
    if reasons.is_empty() {
        let times: Vec<_> = times.into_iter().map(text).collect();
        Ok(format!("{} certificates at {}", path.len(), times.join(" and ")))
    } else {
        Err(reasons.join("; "))
    }
}

/// Goes from issuer to issuer. Trust roots are asked first, so that a path ends as early as it may.
fn find<'a>(
    leaf: &'a Certificate,
    others: &[&'a Certificate],
    roots: &'a Roots,
) -> (Vec<&'a Certificate>, End) {
    let mut path = vec![leaf];
    let mut current = leaf;
    loop {
        if roots.contains(current) {
            return (path, End::Anchored);
        }
        if path.len() >= MAX_PATH {
            return (path, End::TooLong);
        }
        if let Some(anchor) = roots.given.iter().find(|anchor| issued(anchor, current)) {
            path.push(anchor);
            return (path, End::Anchored);
        }
        let is_named = |other: &&&Certificate| names_issuer(other, current) && !path.contains(other);
        match others
            .iter()
            .filter(is_named)
            .find(|other| issued(other, current))
        {
            Some(issuer) => {
                current = issuer;
                path.push(issuer);
            }
            None if others.iter().any(|other| is_named(&other)) => return (path, End::Broken),
            None => return (path, End::IssuerUnknown),
        }
    }
}

/// The path from `leaf` to a trust root, where there is one.
pub(super) fn anchored<'a>(
    leaf: &'a Certificate,
    others: &[&'a Certificate],
    roots: &'a Roots,
) -> Option<Vec<&'a Certificate>> {
    match find(leaf, others, roots) {
        (path, End::Anchored) => Some(path),
        _ => None,
    }
}

/// Whether `certificate` names `issuer` as its issuer.
fn names_issuer(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.tbs_certificate().subject() == certificate.tbs_certificate().issuer()
}

/// Whether `issuer` is named by `certificate` and signed it.
pub fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    names_issuer(issuer, certificate)
        && certificate.signature_algorithm() == tbs.signature()
        && match (tbs.to_der(), certificate.signature().as_bytes()) {
            (Ok(message), Some(signature)) => {
                let key = issuer.tbs_certificate().subject_public_key_info();
                key::verify(key, certificate.signature_algorithm(), &message, signature).is_ok()
            }
            _ => false,
        }
}
