//! The path from a signer's certificate to a trust root (RFC 5280 §6, without policies, name constraints and revocation).
//!
//! A trust root is matched by its exact bytes or by having signed the last certificate of the path; being self-signed
//! means nothing. Without trust roots, a sound path ends undecided.

use chrono::{DateTime, Utc};
use der::Encode as _;
use x509_cert::Certificate;

use super::anchors::TrustAnchors;
use super::certificate::{outside_validity, sha256, subject, unfit_to_issue, unfit_to_sign};
use super::key;
use crate::check::{Checks, Code};

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

/// Checks path, usage and validity of `leaf`; `others` are the further certificates of the signature.
pub(super) fn check(
    name: &str,
    leaf: &Certificate,
    others: &[&Certificate],
    anchors: &TrustAnchors,
    at: DateTime<Utc>,
    checks: &mut Checks,
) {
    let (path, end) = find(leaf, others, anchors);
    let last = path.last().copied().unwrap_or(leaf);
    let last_name = subject(last);
    let names = path
        .iter()
        .map(|certificate| subject(certificate))
        .collect::<Vec<_>>()
        .join(" < ");
    match end {
        End::Anchored => {
            let digest = sha256(last).map_or_else(String::new, |digest| digest.to_hex());
            checks.ok(
                Code::CertificatePath,
                name,
                format!("{names}; trust root sha256 {digest}"),
            );
        }
        End::IssuerUnknown if anchors.is_empty() => {
            checks.undecided(
                Code::CertificatePath,
                name,
                format!("no trust root was given; the chain is {names}"),
            );
        }
        End::IssuerUnknown => {
            checks.failed(
                Code::CertificatePath,
                name,
                format!("{last_name} leads to none of the trust roots given"),
            );
        }
        End::Broken => {
            let detail = format!("{last_name} was not signed by the certificate that it names as its issuer");
            checks.failed(Code::CertificatePath, name, detail);
        }
        End::TooLong => {
            checks.failed(
                Code::CertificatePath,
                name,
                format!("more than {MAX_PATH} certificates"),
            );
        }
    }
    check_usage(name, &path, checks);
    check_validity(name, &path, at, checks);
}

fn check_usage(name: &str, path: &[&Certificate], checks: &mut Checks) {
    let issuers = path.iter().skip(1).enumerate();
    let unfit = issuers.filter_map(|(below, certificate)| unfit_to_issue(certificate, below));
    let reasons: Vec<_> = path
        .first()
        .and_then(|leaf| unfit_to_sign(leaf))
        .into_iter()
        .chain(unfit)
        .collect();
    if reasons.is_empty() {
        checks.ok(
            Code::CertificateUsage,
            name,
            format!("{} certificates", path.len()),
        );
    } else {
        checks.failed(Code::CertificateUsage, name, reasons.join("; "));
    }
}

fn check_validity(name: &str, path: &[&Certificate], at: DateTime<Utc>, checks: &mut Checks) {
    let reasons: Vec<_> = path
        .iter()
        .filter_map(|certificate| outside_validity(certificate, at))
        .collect();
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    if reasons.is_empty() {
        let detail = format!("{} certificates at {at}; revocation was not checked", path.len());
        checks.ok(Code::CertificateValidity, name, detail);
    } else {
        checks.failed(
            Code::CertificateValidity,
            name,
            format!("at {at}: {}", reasons.join("; ")),
        );
    }
}

/// Goes from issuer to issuer. Trust roots are asked first, so that a path ends as early as it may.
fn find<'a>(
    leaf: &'a Certificate,
    others: &[&'a Certificate],
    anchors: &'a TrustAnchors,
) -> (Vec<&'a Certificate>, End) {
    let mut path = vec![leaf];
    let mut current = leaf;
    loop {
        if anchors.iter().any(|anchor| anchor == current) {
            return (path, End::Anchored);
        }
        if path.len() >= MAX_PATH {
            return (path, End::TooLong);
        }
        if let Some(anchor) = anchors.iter().find(|anchor| issued(anchor, current)) {
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
