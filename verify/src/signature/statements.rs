//! What one list (RFC 5280 §5) or OCSP response (RFC 6960 §4.2) says about one certificate.

use const_oid::ObjectIdentifier;
use der::Encode as _;
use der::asn1::GeneralizedTime;
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint};

use super::cms::canonical;
use super::ocsp::{self, BasicResponse, CertificateStatus};
use super::{certificate, key, path};
use crate::digest::Sha256Digest;

const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");
const REASON_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const INVALIDITY_DATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.24");

/// Reasons for which what the key did before still holds (RFC 3161 §4.1).
const KEY_WAS_SOUND: [CrlReason; 4] = [
    CrlReason::Unspecified,
    CrlReason::AffiliationChanged,
    CrlReason::Superseded,
    CrlReason::CessationOfOperation,
];

/// What one list or response says about one certificate. Times in seconds since 1970.
pub(super) struct Statement {
    pub(super) this_update: i64,
    pub(super) next_update: Option<i64>,
    /// Empty where the certificate is not revoked.
    pub(super) revoked: Vec<Revoked>,
}

/// That a certificate is revoked.
pub(super) struct Revoked {
    /// The earlier of revocation and, where the issuer knows one, the date from which the key was not to be relied on.
    pub(super) since: i64,
    /// The issuer gives a reason, and by it what the key did before still holds.
    pub(super) key_was_sound: bool,
}

/// What a list says; `None` where it is another issuer's, or leaves such certificates out.
pub(super) fn by_list(
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
    let mut found = Vec::new();
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
            let date = certificate::seconds(entry.revocation_date);
            match revoked(date, None, entry.crl_entry_extensions.iter().flatten()) {
                Ok(revoked) => found.push(revoked),
                Err(reason) => return Some(Err(reason)),
            }
        }
    }
    Some(Ok(Statement {
        this_update: certificate::seconds(body.this_update),
        next_update: body.next_update.map(certificate::seconds),
        revoked: found,
    }))
}

/// Reads what the issuer adds to a revocation: reason and invalidity date, which stand in an entry of a list and in a
/// response alike (RFC 5280 §5.3, RFC 6960 §4.4.5). `reason` is one that stands elsewhere.
fn revoked<'a>(
    date: i64,
    reason: Option<CrlReason>,
    extensions: impl Iterator<Item = &'a Extension>,
) -> Result<Revoked, String> {
    let mut since = date;
    let mut reasons: Vec<_> = reason.into_iter().collect();
    for extension in extensions {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            INVALIDITY_DATE => {
                let date: GeneralizedTime = canonical(value)
                    .ok_or("the date from which a key is not to be relied on cannot be read")?;
                since = since.min(certificate::seconds(date.into()));
            }
            REASON_CODE => {
                reasons.push(canonical(value).ok_or("the reason of a revocation cannot be read")?);
            }
            _ => {}
        }
    }
    let key_was_sound = !reasons.is_empty() && reasons.iter().all(|reason| KEY_WAS_SOUND.contains(reason));
    Ok(Revoked { since, key_was_sound })
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
pub(super) fn by_response(
    response: &BasicResponse,
    certificate: &Certificate,
    issuer: &Certificate,
    now: i64,
) -> Option<Result<Statement, String>> {
    let data = &response.data;
    let about = data.responses.iter();
    let mut about = about.filter(|single| is_about(&single.certificate, certificate, issuer));
    let single = about.next()?;
    if about.next().is_some() {
        return Some(Err(
            "an OCSP response speaks twice about one certificate".to_owned()
        ));
    }
    let this_update = certificate::seconds(single.this_update.into());
    let responder = match responder(response, this_update, issuer, now) {
        Ok(responder) => responder,
        Err(reason) => return Some(Err(reason.to_owned())),
    };
    let mut extensions = data.extensions.iter().chain(single.extensions.iter()).flatten();
    if extensions.any(|extension| extension.critical) {
        return Some(Err("an OCSP response has a critical extension".to_owned()));
    }
    let revoked = match &single.status {
        CertificateStatus::Good(_) => Vec::new(),
        CertificateStatus::Revoked(info) => {
            let date = certificate::seconds(info.time.into());
            match revoked(date, info.reason, single.extensions.iter().flatten()) {
                Ok(revoked) => vec![revoked],
                Err(reason) => return Some(Err(reason)),
            }
        }
        CertificateStatus::Unknown(_) => {
            return Some(Err("the responder does not know the certificate".to_owned()));
        }
    };
    Some(Ok(Statement {
        this_update,
        // Nobody asks whether a delegate is revoked, and once it has expired nobody guards its key.
        next_update: single
            .next_update
            .map(|next| certificate::seconds(next.into()).min(certificate::expiry(responder))),
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

/// Who signed the response: the issuer, or one whom it certified for that. No other certificates may stand in it, and none
/// twice. What was said at `this_update` must have been so when the response was made, and a delegate hold at both times.
fn responder<'a>(
    response: &'a BasicResponse,
    this_update: i64,
    issuer: &'a Certificate,
    now: i64,
) -> Result<&'a Certificate, &'static str> {
    let produced = certificate::seconds(response.data.produced_at.into());
    if !(this_update <= produced && produced <= now) {
        return Err("an OCSP response was made before what it says, or in the future");
    }
    let may_answer = |delegate: &Certificate| {
        path::issued(issuer, delegate)
            && certificate::may_answer(delegate, this_update)
            && certificate::may_answer(delegate, produced)
    };
    let responder = match response.certificates.as_deref() {
        None => issuer,
        Some([own]) if own == issuer => issuer,
        Some([delegate]) if may_answer(delegate) => delegate,
        Some([delegate, own]) if own == issuer && delegate != issuer && may_answer(delegate) => delegate,
        Some(_) => {
            return Err("an OCSP response carries other certificates than its delegate's and its issuer's");
        }
    };
    let body = response
        .data
        .to_der()
        .map_err(|_| "an OCSP response cannot be written again")?;
    let signature = response.signature.as_bytes();
    if is_signed(&body, &response.signature_algorithm, signature, responder) {
        Ok(responder)
    } else {
        Err("an OCSP response was not signed by the issuer or its delegate")
    }
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
