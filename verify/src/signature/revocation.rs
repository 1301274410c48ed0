//! Revocation, from the lists (RFC 5280 §5) and OCSP responses (RFC 6960) that a signature or a document carries.
//!
//! Nothing signs the carrier, so each of them has to be signed by the issuer of a certificate that is judged by it, or by
//! whom that issuer delegated; one that belongs to no certificate is refused, as it could be anything. What is known is
//! asked for a point in time: the time stamp's where there is one. Revoked later is not revoked; nothing known is not good.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint};

use super::certificate::{self, instant, subject};
use super::cms::canonical;
use super::ocsp::{self, BasicResponse, CertificateStatus, Response, ResponseStatus};
use super::signed_data::{Elements, Revocation, SignedData};
use super::{key, path};
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;

/// `id-ri-ocsp-response` (RFC 5940)
const OCSP_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.16.2");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");
/// The most lists and responses that are looked at.
const MAX_DATA: usize = 32;

/// How many bytes of them stand in a document, in all: an entry of a list takes many times its bytes in memory.
const MAX_BYTES: usize = 4 << 20;

/// Lists and responses, and which of them were of use.
pub(super) struct Revocations {
    /// The time of verification: nothing can have been said after it.
    now: DateTime<Utc>,
    bytes_left: usize,
    lists: Vec<CertificateList>,
    responses: Vec<BasicResponse>,
    used: BTreeSet<Place>,
}

/// A list or a response, by its place among its like: more may be taken after the first were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    List(usize),
    Response(usize),
}

/// What one list or response says about one certificate. Times in seconds since 1970.
struct Statement {
    this_update: i64,
    next_update: Option<i64>,
    /// Since when the certificate is revoked, or not to be relied on.
    revoked: Option<i64>,
}

/// What is known about a certificate at a time.
enum Standing {
    Good(String),
    Unknown(String),
    Revoked(String),
}

impl Revocations {
    /// Nothing yet, at the time of verification.
    pub(super) const fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            bytes_left: MAX_BYTES,
            lists: Vec::new(),
            responses: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// What stands in `crls` of a signature.
    ///
    /// # Errors
    /// In words, where it is neither a list nor a response in DER.
    pub(super) fn take_from(&mut self, signed: &SignedData) -> Result<(), String> {
        for choice in signed.crls.iter().flat_map(Elements::as_slice) {
            match choice {
                Revocation::List(list) => self.lists.push(list.clone()),
                Revocation::Other(other) if other.format == OCSP_RESPONSE => {
                    let der = other.info.to_der().map_err(|error| error.to_string())?;
                    self.take_response(&der)?;
                }
                Revocation::Other(other) => {
                    return Err(format!(
                        "revocation data of the form {} are not understood",
                        other.format
                    ));
                }
            }
        }
        self.check_number()
    }

    fn take_bytes(&mut self, der: &[u8]) -> Result<(), String> {
        let left = self.bytes_left.checked_sub(der.len());
        self.bytes_left = left
            .ok_or_else(|| format!("more than {MAX_BYTES} bytes of lists and responses about revocation"))?;
        Ok(())
    }

    fn check_number(&self) -> Result<(), String> {
        if self.lists.len() + self.responses.len() > MAX_DATA {
            Err(format!(
                "carries more than {MAX_DATA} lists and responses about revocation"
            ))
        } else {
            Ok(())
        }
    }

    /// Takes a list in DER.
    pub(super) fn take_list(&mut self, der: &[u8]) -> Result<(), String> {
        self.take_bytes(der)?;
        self.lists
            .push(canonical(der).ok_or("a revocation list cannot be read")?);
        self.check_number()
    }

    /// Takes an OCSP response in DER.
    pub(super) fn take_response(&mut self, der: &[u8]) -> Result<(), String> {
        self.take_bytes(der)?;
        let unreadable = || "an OCSP response cannot be read".to_owned();
        let response: Response = canonical(der).ok_or_else(unreadable)?;
        let bytes = response.bytes.filter(|bytes| bytes.kind == ocsp::BASIC);
        match bytes {
            Some(bytes) if response.status == ResponseStatus::Successful => {
                let basic = canonical(bytes.response.as_bytes()).ok_or_else(unreadable)?;
                self.responses.push(basic);
                self.check_number()
            }
            _ => Err("an OCSP response does not answer".to_owned()),
        }
    }

    /// Fails where something was carried that says nothing about any certificate.
    pub(super) fn refuse_unused(&self, name: &str, checks: &mut Checks) {
        let total = self.lists.len() + self.responses.len();
        if self.used.len() < total {
            let detail = format!(
                "{} of {total} lists and responses about revocation fit no certificate here: no issuer of the chain signed \
                 them, or they name certificates by another hash than SHA-256",
                total - self.used.len()
            );
            checks.failed(Code::CertificateRevocation, name, detail);
        }
    }

    /// Checks a path, its trust root left out, at the time `at`. Nothing is recorded where
    /// nothing is carried and no certificate says where to ask.
    pub(super) fn check(
        &mut self,
        name: &str,
        path: &[&Certificate],
        at: DateTime<Utc>,
        checks: &mut Checks,
    ) {
        let (mut good, mut unknown, mut revoked) = (Vec::new(), Vec::new(), Vec::new());
        let pairs = path
            .windows(2)
            .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
        for (certificate, issuer) in pairs {
            match self.standing(certificate, issuer, at.timestamp()) {
                Some(Standing::Good(detail)) => good.push(detail),
                Some(Standing::Unknown(detail)) => unknown.push(detail),
                Some(Standing::Revoked(detail)) => revoked.push(detail),
                None if certificate::tells_of_revocation(certificate) => unknown.push(format!(
                    "{} says where to ask about revocation, and no answer is carried",
                    subject(certificate)
                )),
                None => {}
            }
        }
        let code = Code::CertificateRevocation;
        if !revoked.is_empty() {
            checks.failed(code, name, revoked.join("; "));
        } else if !unknown.is_empty() {
            checks.undecided(code, name, unknown.join("; "));
        } else if !good.is_empty() {
            checks.ok(code, name, good.join("; "));
        }
    }

    /// `None` where nothing is carried about the certificate.
    fn standing(&mut self, certificate: &Certificate, issuer: &Certificate, at: i64) -> Option<Standing> {
        let name = subject(certificate);
        let mut statements = Vec::new();
        let lists = self.lists.iter().enumerate();
        let lists = lists.map(|(index, list)| (Place::List(index), by_list(list, certificate, issuer)));
        let responses = self.responses.iter().enumerate();
        let responses = responses
            .map(|(index, response)| (Place::Response(index), by_response(response, certificate, issuer)));
        for (place, statement) in lists.chain(responses) {
            match statement {
                Some(Ok(statement)) if statement.this_update > self.now.timestamp() => {
                    return Some(Standing::Revoked(format!(
                        "{name}: what is said about revocation is of the future"
                    )));
                }
                Some(Ok(statement)) => {
                    self.used.insert(place);
                    statements.push(statement);
                }
                Some(Err(reason)) => return Some(Standing::Revoked(format!("{name}: {reason}"))),
                None => {}
            }
        }
        let first = statements.iter().filter_map(|statement| statement.revoked).min();
        if let Some(since) = first.filter(|since| *since <= at) {
            return Some(Standing::Revoked(format!(
                "{name} was revoked at {}",
                instant(since)
            )));
        }
        let expiry = certificate::expiry(certificate);
        // An issuer may drop a certificate from its list once it has expired.
        let speaks = |statement: &&Statement| {
            statement.this_update <= expiry
                && (statement.this_update >= at || statement.next_update.is_some_and(|next| next >= at))
        };
        let newest = statements.iter().map(|statement| statement.this_update).max()?;
        Some(
            match (
                statements
                    .iter()
                    .filter(speaks)
                    .map(|statement| statement.this_update)
                    .max(),
                first,
            ) {
                (Some(_), Some(since)) => Standing::Good(format!(
                    "{name} was revoked at {}, after {}",
                    instant(since),
                    instant(at)
                )),
                (Some(said), None) => {
                    Standing::Good(format!("{name} not revoked, as said at {}", instant(said)))
                }
                (None, _) => Standing::Unknown(format!(
                    "what is said about {name} is of {}, and speaks no longer for {}",
                    instant(newest),
                    instant(at)
                )),
            },
        )
    }
}

/// What a list says; `None` where it is another issuer's, or leaves such certificates out.
fn by_list(
    list: &CertificateList,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Option<Result<Statement, String>> {
    let body = &list.tbs_cert_list;
    if body.issuer != *certificate.tbs_certificate().issuer() {
        return None;
    }
    let signed = body.signature == list.signature_algorithm
        && certificate::may_sign_lists(issuer)
        && is_signed(
            &body.to_der().ok()?,
            &list.signature_algorithm,
            list.signature.as_bytes(),
            issuer,
        );
    if !signed {
        return Some(Err(
            "a revocation list in its issuer's name was not signed by it".to_owned()
        ));
    }
    match covers(body.crl_extensions.iter().flatten(), certificate) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(reason) => return Some(Err(reason)),
    }
    let serial = certificate.tbs_certificate().serial_number();
    let entries = body.revoked_certificates.iter().flatten();
    let mut revoked = None;
    for entry in entries {
        if entry
            .crl_entry_extensions
            .iter()
            .flatten()
            .any(|extension| extension.critical)
        {
            return Some(Err(
                "a revocation list has an entry with a critical extension".to_owned()
            ));
        }
        if entry.serial_number == *serial {
            revoked = revoked.into_iter().chain([revoked_since(entry)]).min();
        }
    }
    Some(Ok(Statement {
        this_update: certificate::seconds(body.this_update),
        next_update: body.next_update.map(certificate::seconds),
        revoked,
    }))
}

/// The earlier of revocation and, where the issuer knows one, the date from which the key was not to be relied on.
fn revoked_since(entry: &RevokedCert) -> i64 {
    let revoked = certificate::seconds(entry.revocation_date);
    let extensions = entry.crl_entry_extensions.iter().flatten();
    let dates = extensions
        .filter(|extension| extension.extn_id == INVALIDITY_DATE)
        .filter_map(|extension| der::asn1::GeneralizedTime::from_der(extension.extn_value.as_bytes()).ok())
        .map(|date| certificate::seconds(date.into()));
    dates.chain([revoked]).min().unwrap_or(revoked)
}

/// Whether a list with these extensions speaks about `certificate`. A list for some reasons only, of changes only, or of
/// other issuers' certificates is refused.
fn covers<'a>(
    extensions: impl Iterator<Item = &'a Extension>,
    certificate: &Certificate,
) -> Result<bool, String> {
    for extension in extensions {
        if extension.extn_id == ISSUING_DISTRIBUTION_POINT {
            let point: IssuingDistributionPoint = canonical(extension.extn_value.as_bytes())
                .ok_or("a revocation list's distribution point cannot be read")?;
            if point.indirect_crl || point.only_some_reasons.is_some() || point.only_contains_attribute_certs
            {
                return Err(
                    "a revocation list is not about all certificates and reasons of its issuer".to_owned(),
                );
            }
            let is_authority = certificate::is_authority(certificate);
            let named = point.distribution_point.is_none()
                || certificate::list_places(certificate)
                    .iter()
                    .any(|place: &DistributionPoint| place.distribution_point == point.distribution_point);
            if point.only_contains_user_certs && is_authority
                || point.only_contains_ca_certs && !is_authority
                || !named
            {
                return Ok(false);
            }
        } else if extension.critical {
            return Err(format!(
                "a revocation list has the critical extension {}",
                extension.extn_id
            ));
        }
    }
    Ok(true)
}

/// What a response says; `None` where it is about other certificates.
fn by_response(
    response: &BasicResponse,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Option<Result<Statement, String>> {
    let data = &response.data;
    let single = data
        .responses
        .iter()
        .find(|single| is_about(&single.certificate, certificate, issuer))?;
    if !is_answered_by(response, issuer) {
        return Some(Err(
            "an OCSP response was not signed by the issuer or its delegate".to_owned(),
        ));
    }
    let mut extensions = data.extensions.iter().chain(single.extensions.iter()).flatten();
    if extensions.any(|extension| extension.critical) {
        return Some(Err("an OCSP response has a critical extension".to_owned()));
    }
    let revoked = match &single.status {
        CertificateStatus::Good(_) => None,
        CertificateStatus::Revoked(info) => Some(certificate::seconds(info.time.into())),
        CertificateStatus::Unknown(_) => {
            return Some(Err("the responder does not know the certificate".to_owned()));
        }
    };
    Some(Ok(Statement {
        this_update: certificate::seconds(single.this_update.into()),
        next_update: single.next_update.map(|next| certificate::seconds(next.into())),
        revoked,
    }))
}

fn is_about(id: &ocsp::CertificateId, certificate: &Certificate, issuer: &Certificate) -> bool {
    let tbs = issuer.tbs_certificate();
    let name = tbs.subject().to_der().map(|name| Sha256Digest::of(&name));
    let key = tbs
        .subject_public_key_info()
        .subject_public_key
        .as_bytes()
        .map(Sha256Digest::of);
    id.hash_algorithm.oid == key::SHA_256
        && id.serial_number == *certificate.tbs_certificate().serial_number()
        && name.is_ok_and(|name| id.issuer_name_hash.as_bytes() == name.as_bytes())
        && key.is_some_and(|key| id.issuer_key_hash.as_bytes() == key.as_bytes())
}

/// Whether the issuer signed the response, or one whom it certified for that. No other certificates may stand in it.
fn is_answered_by(response: &BasicResponse, issuer: &Certificate) -> bool {
    let Ok(body) = response.data.to_der() else {
        return false;
    };
    let produced = certificate::seconds(response.data.produced_at.into());
    let carried: Vec<_> = response
        .certificates
        .iter()
        .flatten()
        .filter(|carried| *carried != issuer)
        .collect();
    let responder = match carried.as_slice() {
        [] => issuer,
        [delegate] if path::issued(issuer, delegate) && certificate::may_answer(delegate, produced) => {
            delegate
        }
        _ => return false,
    };
    is_signed(
        &body,
        &response.signature_algorithm,
        response.signature.as_bytes(),
        responder,
    )
}

fn is_signed(
    body: &[u8],
    algorithm: &spki::AlgorithmIdentifierOwned,
    signature: Option<&[u8]>,
    signer: &Certificate,
) -> bool {
    let key = signer.tbs_certificate().subject_public_key_info();
    signature.is_some_and(|signature| key::verify(key, algorithm, body, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_responses_have_a_limit_in_all() {
        let mut revocations = Revocations::new(DateTime::UNIX_EPOCH);
        let unreadable = |outcome: Result<(), String>| {
            assert!(outcome.is_err_and(|reason| reason.contains("cannot be read")));
        };
        unreadable(revocations.take_list(&vec![0x30; MAX_BYTES - 1]));
        unreadable(revocations.take_response(&[0x30]));
        for outcome in [revocations.take_list(&[0x30]), revocations.take_response(&[0x30])] {
            assert!(outcome.is_err_and(|reason| reason.contains("more than 4194304 bytes")));
        }
    }
}
