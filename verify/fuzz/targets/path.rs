//! Paths of certificates and what is known of revocation: a signature that carries what it is given.
//!
//! The input is DER after DER: certificates, of which the first is the signer's, revocation lists, OCSP responses. They are
//! put into a signature whose value is wrong, so that everything behind the outer form is reached.
#![no_main]

use backproof_verify::check::Checks;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::check_detached;
use backproof_verify::signature::cms::{
    CONTENT_TYPE, CertificateDigest, DATA, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE_V2,
    SigningCertificates,
};
use backproof_verify::signature::key::{ECDSA_SHA_256, SHA_256};
use backproof_verify::signature::signed_data::{Elements, Revocation, SignedData};
use backproof_verify_fuzz::{ANCHORS, at, bounded, never_verified};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo};
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, EncodeValue, Reader as _, SliceReader, Tagged};
use libfuzzer_sys::fuzz_target;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

fn attribute(oid: const_oid::ObjectIdentifier, value: &(impl Tagged + EncodeValue)) -> Option<Attribute> {
    let values = SetOfVec::try_from(vec![Any::encode_from(value).ok()?]).ok()?;
    Some(Attribute { oid, values })
}

/// A signature that carries all of this and pins its certificates, the first as the signer's.
fn signature(certificates: &[Certificate], revocations: Vec<Revocation>) -> Option<Vec<u8>> {
    let signer = certificates.first()?.tbs_certificate();
    let pins = certificates.iter().map(|certificate| {
        let digest = Sha256Digest::of(&certificate.to_der().ok()?);
        let sha256 = OctetString::new(digest.as_bytes().as_slice()).ok()?;
        Some(CertificateDigest { sha256 })
    });
    let pins = SigningCertificates {
        certificates: pins.collect::<Option<_>>()?,
    };
    let content = OctetString::new(Sha256Digest::of(b"").as_bytes().as_slice()).ok()?;
    let attributes = vec![
        attribute(CONTENT_TYPE, &DATA)?,
        attribute(MESSAGE_DIGEST, &content)?,
        attribute(SIGNING_CERTIFICATE_V2, &pins)?,
    ];
    let algorithm = |oid| AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    };
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: signer.serial_number().clone(),
        }),
        digest_alg: algorithm(SHA_256),
        signed_attrs: Some(SetOfVec::try_from(attributes).ok()?),
        signature_algorithm: algorithm(ECDSA_SHA_256),
        signature: OctetString::new(b"wrong".as_slice()).ok()?,
        unsigned_attrs: None,
    };
    let has_responses = revocations
        .iter()
        .any(|choice| matches!(choice, Revocation::Other(_)));
    let choices = certificates
        .iter()
        .cloned()
        .map(CertificateChoices::Certificate)
        .collect();
    let signed = SignedData {
        version: if has_responses {
            CmsVersion::V5
        } else {
            CmsVersion::V1
        },
        digest_algorithms: SetOfVec::try_from(vec![algorithm(SHA_256)]).ok()?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: None,
        },
        certificates: Some(Elements::sorted(choices).ok()?),
        crls: if revocations.is_empty() {
            None
        } else {
            Some(Elements::sorted(revocations).ok()?)
        },
        signer_infos: vec![info].try_into().ok()?,
    };
    let content = Any::encode_from(&signed).ok()?;
    ContentInfo {
        content_type: SIGNED_DATA,
        content,
    }
    .to_der()
    .ok()
}

/// Takes the input apart.
fn parts(bytes: &[u8]) -> (Vec<Certificate>, Vec<Revocation>) {
    let (mut certificates, mut revocations) = (Vec::new(), Vec::new());
    let Ok(mut reader) = SliceReader::new(bytes) else {
        return (certificates, revocations);
    };
    while let Ok(der) = reader.tlv_bytes() {
        if let Ok(certificate) = Certificate::from_der(der) {
            certificates.push(certificate);
        } else if let Ok(revocation) = Revocation::from_der(der) {
            revocations.push(revocation);
        }
    }
    (certificates, revocations)
}

fuzz_target!(|bytes: &[u8]| {
    bounded(bytes, |bytes| {
        let (certificates, revocations) = parts(bytes);
        let Some(der) = signature(&certificates, revocations) else {
            return;
        };
        let mut checks = Checks::new();
        check_detached("fuzzed.p7s", &der, b"", &ANCHORS, at(), &mut checks);
        never_verified(&checks);
    });
});
