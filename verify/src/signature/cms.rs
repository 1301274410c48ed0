//! A detached CMS signature of the form CAdES-B-B or B-T (RFC 5652; EN 319 122-1 §6; RFC 5035), with what was known of
//! revocation or without.
//!
//! The shape is closed: DER that encodes back to the same bytes, one signer, SHA-256, three signed attributes. Every
//! certificate in it is pinned by `signingCertificateV2`, which is signed; a time stamp is signed by its authority, and
//! revocation data by the issuers that they are of. So no byte can be changed without one of the checks failing, whatever
//! trust roots are given.

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;

use super::path::{self, Role, When};
use super::revocation::Revocations;
use super::signed_data::{Elements, Revocation, SignedData};
use super::timestamp::{self, TIME_STAMP_TOKEN, TimeStamp};
use super::{Ground, SignerFacts, certificate, key, record};
use crate::check::{Checks, Code};
use crate::digest::Sha256Digest;

/// The longest signature that is looked at, in bytes: one signer, a short chain, one day a time stamp.
pub const MAX_SIGNATURE_BYTES: usize = 128 * 1024;

/// `id-signedData`
pub const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// `id-data`
pub const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// `id-contentType`
pub const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// `id-messageDigest`
pub const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// `id-aa-signingCertificateV2`
pub const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// `SigningCertificateV2` (RFC 5035 §3). Policies are not accepted; the hash algorithm must be the default, SHA-256.
#[derive(Debug, Sequence)]
pub struct SigningCertificates {
    /// The signer's certificate, then the rest of those that the signature carries.
    pub certificates: Vec<CertificateDigest>,
}

/// `ESSCertIDv2` with the default hash algorithm and without the redundant issuer and serial number.
#[derive(Debug, Sequence)]
pub struct CertificateDigest {
    /// SHA-256 of the certificate in DER.
    pub sha256: OctetString,
}

/// The attributes, each read from its one value.
struct SignedAttributes {
    message_digest: Vec<u8>,
    certificate_digests: Vec<Vec<u8>>,
    /// What was signed: the attributes as a SET OF in DER (RFC 5652 §5.4).
    der: Vec<u8>,
    /// The token over the signature value, the one attribute that may be unsigned: its authority signs it.
    time_stamp: Option<Vec<u8>>,
}

/// Checks one signature over the content of `ground`.
pub(super) fn check(
    name: &str,
    signature_der: &[u8],
    ground: &Ground<'_>,
    revocations: &mut Revocations,
    checks: &mut Checks,
) -> Option<SignerFacts> {
    let parsed = parse(signature_der).and_then(|signed| {
        revocations.take_from(&signed)?;
        one_signer(&signed).map(|signer| (signed, signer))
    });
    let (signed, signer) = match parsed {
        Ok(parts) => parts,
        Err(reason) => {
            checks.failed(Code::CmsParse, name, reason);
            return None;
        }
    };
    let said = format!("{} bytes, one signer", signature_der.len());
    checks.ok(Code::CmsParse, name, said);
    let algorithms = check_algorithms(&signed, &signer);
    record(checks, Code::CmsAlgorithms, name, algorithms);

    let attributes = match read_attributes(&signer) {
        Ok(attributes) => attributes,
        Err(reason) => {
            checks.failed(Code::CmsAttributes, name, reason);
            return None;
        }
    };
    let said = match &attributes.time_stamp {
        Some(_) => "contentType, messageDigest, signingCertificateV2; a time stamp",
        None => "contentType, messageDigest, signingCertificateV2",
    };
    checks.ok(Code::CmsAttributes, name, said);
    let digest_ok = record(
        checks,
        Code::CmsDigest,
        name,
        check_digest(&attributes, ground.content),
    );

    let certificates = embedded(&signed);
    let leaf = match find_signer(&certificates, &signer, &attributes) {
        Ok(leaf) => leaf,
        Err(reason) => {
            checks.failed(Code::CmsCertificate, name, reason);
            return None;
        }
    };
    let said = format!(
        "{} certificates, signer {}",
        certificates.len(),
        certificate::subject(leaf)
    );
    checks.ok(Code::CmsCertificate, name, said);
    let value = check_value(leaf, &signer, &attributes);
    let signature_ok = record(checks, Code::CmsSignature, name, value);

    let others: Vec<_> = certificates
        .iter()
        .copied()
        .filter(|other| *other != leaf)
        .collect();
    let time_stamp = check_time_stamp(name, &signer, &attributes, ground, revocations, checks);
    let when = When {
        at: time_stamp.as_ref().map_or(ground.now, |stamp| stamp.at),
        latest: time_stamp.as_ref().map_or(ground.now, |stamp| stamp.latest),
        now: ground.now,
    };
    let chain = (leaf, others.as_slice());
    path::check(
        name,
        Role::Document,
        chain,
        ground.anchors,
        when,
        revocations,
        checks,
    );
    (digest_ok && signature_ok)
        .then(|| facts(leaf, time_stamp))
        .flatten()
}

/// Checks the time stamp over the signature value, where there is one.
fn check_time_stamp(
    name: &str,
    signer: &SignerInfo,
    attributes: &SignedAttributes,
    ground: &Ground<'_>,
    revocations: &mut Revocations,
    checks: &mut Checks,
) -> Option<TimeStamp> {
    let token = attributes.time_stamp.as_ref()?;
    let stamped = Ground {
        content: Sha256Digest::of(signer.signature.as_bytes()),
        ..*ground
    };
    let name = format!("{name} (time stamp)");
    timestamp::check(&name, token, &stamped, revocations, checks)
}

/// Reads the outer shape. Both layers must encode back to the bytes that they were read from.
fn parse(der: &[u8]) -> Result<SignedData, String> {
    if der.len() > MAX_SIGNATURE_BYTES {
        return Err(format!(
            "{} bytes, at most {MAX_SIGNATURE_BYTES} are looked at",
            der.len()
        ));
    }
    let outer: ContentInfo = canonical(der).ok_or("not a CMS ContentInfo in DER")?;
    if outer.content_type != SIGNED_DATA {
        return Err(format!("content type {} is not SignedData", outer.content_type));
    }
    let inner = outer
        .content
        .to_der()
        .map_err(|_| "not a CMS SignedData in DER")?;
    let signed = canonical(&inner)
        .filter(SignedData::is_sorted)
        .ok_or("not a CMS SignedData in DER")?;
    if signed
        .crls
        .as_ref()
        .is_some_and(|crls| crls.as_slice().is_empty())
    {
        return Err("carries an empty set of revocation data".to_owned());
    }
    let mut revocations = signed.crls.iter().flat_map(Elements::as_slice);
    let has_responses = revocations.any(|choice| matches!(choice, Revocation::Other(_)));
    let version = if has_responses {
        CmsVersion::V5
    } else {
        CmsVersion::V1
    };
    if signed.version != version {
        return Err("SignedData is not of the version that its content calls for".to_owned());
    }
    if signed.encap_content_info.econtent_type != DATA || signed.encap_content_info.econtent.is_some() {
        return Err("not a detached signature over plain data".to_owned());
    }
    let choices = signed.certificates.iter().flat_map(Elements::as_slice);
    let (mut certificates, mut others) = (0, 0);
    for choice in choices {
        match choice {
            CertificateChoices::Certificate(_) => certificates += 1,
            CertificateChoices::Other(_) => others += 1,
        }
    }
    if others > 0 {
        return Err("carries something other than X.509 certificates, which nothing signs".to_owned());
    }
    if certificates > path::MAX_PATH {
        return Err(format!(
            "carries {certificates} certificates, at most {} are looked at",
            path::MAX_PATH
        ));
    }
    Ok(signed)
}

fn one_signer(signed: &SignedData) -> Result<SignerInfo, String> {
    match signed.signer_infos.0.as_slice() {
        [signer] if signer.version == CmsVersion::V1 => Ok(signer.clone()),
        [_] => Err("SignerInfo is not of version 1".to_owned()),
        signers => Err(format!("{} signers where one is expected", signers.len())),
    }
}

/// Decodes DER, and only if it encodes back to the same bytes.
pub(super) fn canonical<T: for<'a> Decode<'a> + Encode>(der: &[u8]) -> Option<T> {
    let value = T::from_der(der).ok()?;
    (value.to_der().ok()?.as_slice() == der).then_some(value)
}

fn check_algorithms(signed: &SignedData, signer: &SignerInfo) -> Result<String, String> {
    // RFC 5754 §2 would have NULL accepted, too: but these identifiers are not signed, so they have one form here.
    let is_sha256 = |algorithm: &AlgorithmIdentifierOwned| {
        algorithm.oid == key::SHA_256 && algorithm.parameters.is_none()
    };
    match signed.digest_algorithms.as_slice() {
        [algorithm] if is_sha256(algorithm) => {}
        algorithms => {
            let oids: Vec<_> = algorithms
                .iter()
                .map(|algorithm| algorithm.oid.to_string())
                .collect();
            return Err(format!(
                "digest algorithms are [{}], not SHA-256 alone",
                oids.join(", ")
            ));
        }
    }
    if !is_sha256(&signer.digest_alg) {
        return Err(format!(
            "digest algorithm {} is not SHA-256",
            signer.digest_alg.oid
        ));
    }
    if !key::signs_messages(&signer.signature_algorithm) {
        return Err(format!(
            "signature algorithm {} is not accepted",
            signer.signature_algorithm.oid
        ));
    }
    Ok(format!(
        "SHA-256, signature algorithm {}",
        signer.signature_algorithm.oid
    ))
}

/// Reads the three signed attributes; another, a missing one or one of two values is refused.
fn read_attributes(signer: &SignerInfo) -> Result<SignedAttributes, String> {
    let time_stamp = match signer.unsigned_attrs.as_ref().map(SetOfVec::as_slice) {
        None => None,
        Some([attribute]) if attribute.oid == TIME_STAMP_TOKEN => match attribute.values.as_slice() {
            [token] => Some(token.to_der().map_err(|error| error.to_string())?),
            _ => return Err("carries not exactly one time stamp".to_owned()),
        },
        Some(_) => return Err("carries unsigned attributes other than a time stamp".to_owned()),
    };
    let Some(attributes) = &signer.signed_attrs else {
        return Err("carries no signed attributes".to_owned());
    };
    let (mut content_type, mut message_digest, mut signing_certificates) = (None, None, None);
    for attribute in attributes.iter() {
        let oid = attribute.oid;
        let [value] = attribute.values.as_slice() else {
            return Err(format!("attribute {oid} has not exactly one value"));
        };
        let slot = match oid {
            CONTENT_TYPE => &mut content_type,
            MESSAGE_DIGEST => &mut message_digest,
            SIGNING_CERTIFICATE_V2 => &mut signing_certificates,
            other => return Err(format!("signed attribute {other} is not expected")),
        };
        if slot.replace(value).is_some() {
            return Err(format!("attribute {oid} stands twice"));
        }
    }
    if decode::<ObjectIdentifier>(content_type, "contentType")? != DATA {
        return Err("contentType is not plain data".to_owned());
    }
    let message_digest = decode::<OctetString>(message_digest, "messageDigest")?
        .into_bytes()
        .into_vec();
    let pins = decode::<SigningCertificates>(signing_certificates, "signingCertificateV2")?.certificates;
    let certificate_digests = pins
        .into_iter()
        .map(|pin| pin.sha256.into_bytes().into_vec())
        .collect();
    let der = attributes
        .to_der()
        .map_err(|_| "the signed attributes cannot be encoded".to_owned())?;
    Ok(SignedAttributes {
        message_digest,
        certificate_digests,
        der,
        time_stamp,
    })
}

fn decode<T: for<'a> Decode<'a> + Encode>(value: Option<&Any>, attribute: &str) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("signed attribute {attribute} is missing"))?;
    value
        .to_der()
        .ok()
        .and_then(|der| canonical(&der))
        .ok_or_else(|| format!("{attribute} cannot be read"))
}

fn check_digest(attributes: &SignedAttributes, content: Sha256Digest) -> Result<String, String> {
    if attributes.message_digest == content.as_bytes() {
        Ok(format!("sha256 {content}"))
    } else {
        Err(format!(
            "the content has sha256 {content}, another digest was signed"
        ))
    }
}

/// The certificates in the signature, in the order in which they stand.
fn embedded(signed: &SignedData) -> Vec<&Certificate> {
    let choices = signed.certificates.iter().flat_map(Elements::as_slice);
    let certificates = choices.filter_map(|choice| match choice {
        CertificateChoices::Certificate(certificate) => Some(certificate),
        CertificateChoices::Other(_) => None,
    });
    certificates.collect()
}

/// Finds the signer's certificate: the first that `signingCertificateV2` pins, and the one that the signer identifier
/// names. The pinned certificates and those in the signature must be the same, no more and no fewer.
fn find_signer<'a>(
    certificates: &[&'a Certificate],
    signer: &SignerInfo,
    attributes: &SignedAttributes,
) -> Result<&'a Certificate, String> {
    let digest_of = |certificate: &Certificate| {
        certificate::fingerprint(certificate).map(|digest| digest.as_bytes().to_vec())
    };
    let mut present: Vec<_> = certificates
        .iter()
        .map(|certificate| digest_of(certificate))
        .collect();
    let mut pinned: Vec<_> = attributes.certificate_digests.iter().cloned().map(Some).collect();
    present.sort();
    pinned.sort();
    if present != pinned {
        return Err("signingCertificateV2 does not pin exactly the certificates in the signature".to_owned());
    }
    let first = attributes.certificate_digests.first().cloned();
    let leaf = certificates
        .iter()
        .find(|certificate| first.is_some() && digest_of(certificate) == first);
    let leaf = leaf.ok_or("the signature carries no certificate")?;
    let tbs = leaf.tbs_certificate();
    let is_named = match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(_) => false,
    };
    if is_named {
        Ok(leaf)
    } else {
        Err("the signer identifier names another certificate than the one pinned".to_owned())
    }
}

fn check_value(
    leaf: &Certificate,
    signer: &SignerInfo,
    attributes: &SignedAttributes,
) -> Result<String, String> {
    let spki = leaf.tbs_certificate().subject_public_key_info();
    key::verify(
        spki,
        &signer.signature_algorithm,
        &attributes.der,
        signer.signature.as_bytes(),
    )
    .and_then(|()| key::check_lesser_form(&signer.signature_algorithm, signer.signature.as_bytes()))
    .map(|()| format!("made with the key of {}", certificate::subject(leaf)))
    .map_err(|error| error.to_string())
}

fn facts(leaf: &Certificate, time_stamp: Option<TimeStamp>) -> Option<SignerFacts> {
    Some(SignerFacts {
        subject: certificate::subject(leaf),
        issuer: certificate::display_name(leaf.tbs_certificate().issuer()),
        certificate_sha256: certificate::fingerprint(leaf)?,
        development: certificate::is_development(leaf),
        time_stamp,
    })
}
