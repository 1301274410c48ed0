//! Time stamps (RFC 3161; RFC 5816): a token is a CMS signature by an authority over the digest of what was stamped.
//!
//! The authority is not ours, so its token may have the forms that such authorities use: SHA-256, SHA-384 or SHA-512,
//! parameters NULL or absent, a signing time. What a reader must be able to rely on is as strict as elsewhere: DER, one
//! signer, its certificate pinned, no byte that neither the authority nor an issuer of its chain signed.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use der::asn1::{Int, OctetString};
use der::{Any, Encode as _, Sequence};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extensions;

use super::anchors::{Roots, TrustAnchors};
use super::cms::{
    CONTENT_TYPE, MAX_SIGNATURE_BYTES, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE_V2, canonical,
};
use super::path::{self, Role};
use super::revocation::Revocations;
use super::signed_data::{Elements, SignedData};
use super::{Ground, certificate, key, record};
use crate::check::{Checks, Code, Outcome};
use crate::digest::Sha256Digest;

/// `id-ct-TSTInfo`
pub const TIME_STAMP_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// `id-aa-timeStampToken`, the unsigned attribute that holds a token over the signature value.
pub const TIME_STAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
/// `id-aa-CMSAlgorithmProtection` (RFC 6211): says again which algorithms were used.
const ALGORITHM_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.52");

/// What an authority vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeStamp {
    /// The time that the stamp states, to the second.
    pub at: DateTime<Utc>,
    /// When the stamped bytes existed at the latest, to the second: that time with its accuracy, but no later than the time
    /// of verification.
    pub latest: DateTime<Utc>,
    /// The authority's distinguished name (RFC 4514 text).
    pub authority: String,
    /// By which of its policies the authority stamped.
    pub policy: ObjectIdentifier,
    /// The number of the question that this answers, its bytes as they stand; whoever asked knows it.
    pub nonce: Option<Vec<u8>>,
}

/// `TSTInfo` (RFC 3161 §2.4.2).
#[derive(Debug, Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial_number: Int,
    /// Kept as it is: it may have fractions of a second.
    time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Debug, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    milliseconds: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    microseconds: Option<u16>,
}

/// `SigningCertificateV2` as authorities write it (RFC 5035 §3); policies are not accepted.
#[derive(Debug, Sequence)]
struct Pins {
    certificates: Vec<Pin>,
}

#[derive(Debug, Sequence)]
struct Pin {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    digest: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// A token that was read, its signature tried.
struct Token {
    info: Info,
    at: DateTime<Utc>,
    latest: DateTime<Utc>,
    leaf: Certificate,
    others: Vec<Certificate>,
}

/// Checks a token. Gives its time where no check failed; whether the authority is trusted is told by the checks alone.
pub(super) fn check(
    name: &str,
    der: &[u8],
    ground: &Ground<'_>,
    revocations: &mut Revocations,
    checks: &mut Checks,
) -> Option<TimeStamp> {
    let mut part = Checks::new();
    let token = match read(der, ground.anchors, revocations) {
        Ok(token) => token,
        Err(reason) => {
            checks.failed(Code::TimestampToken, name, reason);
            return None;
        }
    };
    let at = token.at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let authority = certificate::subject(&token.leaf);
    part.ok(Code::TimestampToken, name, format!("{at} by {authority}"));
    record(
        &mut part,
        Code::TimestampImprint,
        name,
        check_imprint(&token.info, ground.content),
    );
    let others: Vec<_> = token.others.iter().collect();
    let when = path::When {
        at: token.at,
        latest: token.latest.min(ground.now),
        now: ground.now,
    };
    path::check(
        name,
        Role::TimeStamp,
        (&token.leaf, &others),
        ground.anchors,
        when,
        revocations,
        &mut part,
    );
    let holds = part.iter().all(|check| check.outcome != Outcome::Failed);
    checks.extend(part);
    holds.then_some(TimeStamp {
        at: token.at,
        latest: when.latest,
        authority,
        policy: token.info.policy,
        nonce: token.info.nonce.map(|nonce| nonce.as_bytes().to_vec()),
    })
}

fn check_imprint(info: &Info, stamped: Sha256Digest) -> Result<String, String> {
    let imprint = &info.imprint;
    if imprint.algorithm.oid != key::SHA_256 {
        return Err(format!(
            "the digest of what was stamped is by {}, not by SHA-256",
            imprint.algorithm.oid
        ));
    }
    if imprint.digest.as_bytes() == stamped.as_bytes() {
        Ok(format!("sha256 {stamped}"))
    } else {
        Err(format!(
            "what stands here has sha256 {stamped}, something else was stamped"
        ))
    }
}

fn read(der: &[u8], anchors: &TrustAnchors, revocations: &mut Revocations) -> Result<Token, String> {
    if der.len() > MAX_SIGNATURE_BYTES {
        return Err(format!(
            "{} bytes, at most {MAX_SIGNATURE_BYTES} are looked at",
            der.len()
        ));
    }
    let outer: ContentInfo = canonical(der).ok_or("not a CMS ContentInfo in DER")?;
    let inner = outer.content.to_der().map_err(|error| error.to_string())?;
    let signed = canonical(&inner)
        .filter(|signed: &SignedData| outer.content_type == SIGNED_DATA && signed.is_sorted())
        .ok_or("not a CMS SignedData in DER")?;
    let content = &signed.encap_content_info;
    if signed.version != CmsVersion::V3 || content.econtent_type != TIME_STAMP_INFO {
        return Err("not a time stamp token of version 3".to_owned());
    }
    let content = content
        .econtent
        .as_ref()
        .and_then(|content| content.decode_as::<OctetString>().ok());
    let content = content.ok_or("the token has no content")?;
    let info: Info = canonical(content.as_bytes()).ok_or("what was stamped cannot be read")?;
    let extensions = info.extensions.iter().flatten();
    if info.version != 1 || extensions.into_iter().any(|extension| extension.critical) {
        return Err("what was stamped is not of version 1, or has a critical extension".to_owned());
    }
    let (at, fraction) = parse_time(&info.time).ok_or("the time cannot be read")?;
    let latest = latest(at, fraction, info.accuracy.as_ref()).ok_or("the time's accuracy cannot be read")?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err("the token has not exactly one signer".to_owned());
    };
    revocations.take_from(&signed)?;
    let certificates = certificates(&signed)?;
    let leaf = check_signer(&signed, signer, content.as_bytes(), &certificates)?;
    check_company(&leaf, &certificates, anchors.of(Role::TimeStamp))?;
    let others = certificates.into_iter().filter(|other| *other != leaf).collect();
    Ok(Token {
        info,
        at,
        latest,
        leaf,
        others,
    })
}

/// Tries digest and signature, and gives the signer's certificate.
fn check_signer(
    signed: &SignedData,
    signer: &SignerInfo,
    content: &[u8],
    certificates: &[Certificate],
) -> Result<Certificate, String> {
    if signer.version != CmsVersion::V1 || signer.unsigned_attrs.is_some() {
        return Err("the token's signer is not of version 1, or has unsigned attributes".to_owned());
    }
    let digest_algorithm = &signer.digest_alg;
    let is_plain = |algorithm: &AlgorithmIdentifierOwned| {
        algorithm.parameters.is_none() || key::has_null_parameters(algorithm)
    };
    match signed.digest_algorithms.as_slice() {
        [listed] if listed.oid == digest_algorithm.oid && is_plain(listed) && is_plain(digest_algorithm) => {}
        _ => return Err("the token's digest algorithms are not its signer's alone".to_owned()),
    }
    let digest = |bytes: &[u8]| digest_by(digest_algorithm.oid, bytes);
    let (message_digest, pin, message) = attributes(signer)?;
    if Some(message_digest) != digest(content) {
        return Err("the token's signed digest is not that of its content, or not by SHA-2".to_owned());
    }
    let pin_algorithm = pin.algorithm.map_or(key::SHA_256, |algorithm| algorithm.oid);
    let leaf = certificates.iter().find(|certificate| {
        let der = certificate.to_der().ok();
        let own = der.and_then(|der| digest_by(pin_algorithm, &der));
        own.is_some_and(|own| own == pin.digest.as_bytes()) && is_named(&signer.sid, certificate)
    });
    let leaf = leaf.ok_or("the certificate that the token pins is not its signer's")?;
    let algorithm = key::with_digest(&signer.signature_algorithm, digest_algorithm.oid).ok_or_else(|| {
        format!(
            "signature algorithm {} is not accepted",
            signer.signature_algorithm.oid
        )
    })?;
    let spki = leaf.tbs_certificate().subject_public_key_info();
    key::verify(spki, &algorithm, &message, signer.signature.as_bytes())
        .map_err(|error| error.to_string())?;
    Ok(leaf.clone())
}

/// Message digest, the first pin, and what was signed.
fn attributes(signer: &SignerInfo) -> Result<(Vec<u8>, Pin, Vec<u8>), String> {
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or("the token has no signed attributes")?;
    let mut found = std::collections::BTreeMap::new();
    for attribute in attributes.iter() {
        let known = [
            CONTENT_TYPE,
            MESSAGE_DIGEST,
            SIGNING_CERTIFICATE_V2,
            SIGNING_TIME,
            ALGORITHM_PROTECTION,
        ];
        let [value] = attribute.values.as_slice() else {
            return Err(format!(
                "attribute {} of the token has not exactly one value",
                attribute.oid
            ));
        };
        if !known.contains(&attribute.oid) || found.insert(attribute.oid, value).is_some() {
            return Err(format!(
                "attribute {} of the token is not expected",
                attribute.oid
            ));
        }
    }
    let value = |oid| found.get(&oid).and_then(|value: &&Any| value.to_der().ok());
    let content_type = value(CONTENT_TYPE).and_then(|der| canonical::<ObjectIdentifier>(&der));
    if content_type != Some(TIME_STAMP_INFO) {
        return Err("the token's content type is not signed".to_owned());
    }
    let digest = value(MESSAGE_DIGEST).and_then(|der| canonical::<OctetString>(&der));
    let pins = value(SIGNING_CERTIFICATE_V2).and_then(|der| canonical::<Pins>(&der));
    let pin = pins.and_then(|pins| pins.certificates.into_iter().next());
    match (digest, pin, attributes.to_der()) {
        (Some(digest), Some(pin), Ok(message)) => Ok((digest.into_bytes().into_vec(), pin, message)),
        _ => Err("the token does not sign a digest and its certificate (signingCertificateV2)".to_owned()),
    }
}

fn certificates(signed: &SignedData) -> Result<Vec<Certificate>, String> {
    let choices = signed.certificates.iter().flat_map(Elements::as_slice);
    let certificates = choices
        .map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Ok(certificate.clone()),
            CertificateChoices::Other(_) => Err("the token carries something other than certificates"),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.len() > path::MAX_PATH {
        return Err(format!(
            "the token carries more than {} certificates",
            path::MAX_PATH
        ));
    }
    Ok(certificates)
}

/// Every certificate that is carried beside the signer's must have issued one of the others. Where the chain leads to a trust
/// root, it must stand in that chain or be a root, as nothing else holds its bytes; but one that signed itself and the chain's
/// end may stand there, too, since authorities send along the roots that they are known by.
fn check_company(leaf: &Certificate, carried: &[Certificate], roots: &Roots) -> Result<(), String> {
    let others: Vec<_> = carried.iter().filter(|other| *other != leaf).collect();
    let chain = path::anchored(leaf, &others, roots);
    let signed_itself = |certificate: &Certificate| path::issued(certificate, certificate);
    let is_above = |certificate: &Certificate| {
        let end = chain.as_ref().and_then(|chain| chain.last());
        end.is_some_and(|end| !signed_itself(end) && path::issued(certificate, end))
            && signed_itself(certificate)
    };
    let belongs = |certificate: &&Certificate| {
        let mut below = carried.iter().filter(|other| other != certificate);
        let is_held = chain.as_ref().is_none_or(|chain| {
            chain.contains(certificate) || roots.contains(certificate) || is_above(certificate)
        });
        is_held && below.any(|other| path::issued(certificate, other))
    };
    if others.iter().filter(|certificate| is_above(certificate)).count() > 1 {
        return Err("the token carries two certificates of one authority that sign themselves".to_owned());
    }
    match others.iter().find(|certificate| !belongs(certificate)) {
        Some(stray) => Err(format!(
            "the token carries {}, which has no part in its chain",
            certificate::subject(stray)
        )),
        None => Ok(()),
    }
}

fn is_named(id: &SignerIdentifier, certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    match id {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(_) => false,
    }
}

fn digest_by(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        key::SHA_256 => Some(Sha256::digest(bytes).to_vec()),
        key::SHA_384 => Some(Sha384::digest(bytes).to_vec()),
        key::SHA_512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// Reads `YYYYMMDDhhmmss[.f]Z` as second and microseconds, these rounded up; the fraction may not end with a zero
/// (RFC 3161 §2.4.2).
fn parse_time(value: &Any) -> Option<(DateTime<Utc>, i64)> {
    let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = der::Tagged::tag(value) == der::Tag::GeneralizedTime
        && seconds.len() == 14
        && are_digits(seconds)
        && are_digits(fraction)
        && !fraction.ends_with('0')
        && text.contains('.') != fraction.is_empty();
    if !is_time {
        return None;
    }
    let time = NaiveDateTime::parse_from_str(seconds, "%Y%m%d%H%M%S").ok()?;
    let (kept, cut) = fraction.split_at(fraction.len().min(6));
    let microseconds: i64 = format!("{kept:0<6}").parse().ok()?;
    Some((time.and_utc(), microseconds + i64::from(!cut.is_empty())))
}

/// The last second in which a stamp can have been made: its time plus its accuracy, rounded up.
fn latest(at: DateTime<Utc>, microseconds: i64, accuracy: Option<&Accuracy>) -> Option<DateTime<Utc>> {
    let mut microseconds = TimeDelta::microseconds(microseconds);
    if let Some(accuracy) = accuracy {
        let parts = [accuracy.milliseconds, accuracy.microseconds];
        if parts.iter().flatten().any(|part| !(1..1000).contains(part)) {
            return None;
        }
        let [milli, micro] = parts.map(|part| i64::from(part.unwrap_or(0)));
        microseconds += TimeDelta::seconds(i64::from(accuracy.seconds.unwrap_or(0)))
            + TimeDelta::microseconds(1000 * milli + micro);
    }
    let whole = TimeDelta::seconds(microseconds.num_seconds());
    let begun = TimeDelta::seconds(i64::from(microseconds > whole));
    at.checked_add_signed(whole + begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_form() {
        let time = |text: &str| {
            Any::new(der::Tag::GeneralizedTime, text.as_bytes())
                .ok()
                .and_then(|any| parse_time(&any))
        };
        let expected = DateTime::from_timestamp(1_791_158_400, 0).unwrap_or_default();
        assert_eq!(time("20261005000000Z"), Some((expected, 0)));
        assert_eq!(time("20261005000000.25Z"), Some((expected, 250_000)));
        assert_eq!(time("20261005000000.0000001Z"), Some((expected, 1)));
        for bad in [
            "",
            "Z",
            "20261005000000",
            "20261005000000.Z",
            "20261005000000.50Z",
            "20261005000000.xZ",
            "20261005000000.12345\u{e9}Z",
            "202610050000Z",
            "20261305000000Z",
            "20261005000000+0000",
            "20261005000000.1.1Z",
            " 2026100500000Z",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
        let text = Any::new(der::Tag::Utf8String, "20261005000000Z".as_bytes()).ok();
        assert_eq!(text.and_then(|any| parse_time(&any)), None);
    }

    #[test]
    fn the_latest_time_has_the_accuracy_in_it_and_is_rounded_up() {
        let accuracy = |seconds, milliseconds, microseconds| {
            Some(Accuracy {
                seconds,
                milliseconds,
                microseconds,
            })
        };
        for (fraction, accuracy, expected) in [
            (0, None, Some(0)),
            (1, None, Some(1)),
            (0, accuracy(None, None, None), Some(0)),
            (0, accuracy(Some(60), None, None), Some(60)),
            (0, accuracy(Some(1), Some(999), Some(999)), Some(2)),
            (1, accuracy(None, Some(999), Some(999)), Some(1)),
            (2, accuracy(None, Some(999), Some(999)), Some(2)),
            (0, accuracy(None, Some(0), None), None),
            (0, accuracy(None, Some(1000), None), None),
            (0, accuracy(None, None, Some(1000)), None),
        ] {
            let latest = latest(DateTime::UNIX_EPOCH, fraction, accuracy.as_ref());
            assert_eq!(
                latest.map(|latest| latest.timestamp()),
                expected,
                "{fraction} {accuracy:?}"
            );
        }
        let forever = accuracy(Some(u32::MAX), None, None);
        assert_eq!(latest(DateTime::<Utc>::MAX_UTC, 0, forever.as_ref()), None);
    }
}
