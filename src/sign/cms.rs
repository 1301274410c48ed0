//! Writes detached CMS signatures of the forms CAdES-B-B and B-T (RFC 5652; EN 319 122-1 §6).
//!
//! Three signed attributes: content type, message digest, and `signingCertificateV2` over every certificate that the
//! signature carries, so that no byte of it is left unsigned. No signing time: the claimed time has its own place in
//! each form, and a proven one is a time stamp's.

use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::cms::{
    CONTENT_TYPE, CertificateDigest, DATA, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE_V2,
    SigningCertificates,
};
use backproof_verify::signature::key::{ECDSA_SHA_256, RSA_SHA_256, SHA_256};
use backproof_verify::signature::signed_data::{Elements, SignedData};
use backproof_verify::signature::timestamp::TIME_STAMP_TOKEN;
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    EncapsulatedContentInfo, SignedAttributes, SignerIdentifier, SignerInfo, SignerInfos, UnsignedAttributes,
};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use super::time::Stamper;
use super::{Algorithm, SignError, Signer};

/// Signs `content`, which stays outside of the signature, and has `stamper` vouch for when (CAdES-B-T). Returns the DER of a
/// `ContentInfo`.
///
/// # Errors
/// [`SignError`], of the signer, of the stamper, or of a certificate that cannot be read.
pub fn detached(
    signer: &dyn Signer,
    stamper: Option<&dyn Stamper>,
    content: &[u8],
) -> Result<Vec<u8>, SignError> {
    detached_digest(signer, stamper, Sha256Digest::of(content))
}

/// Signs content of which only the digest is at hand.
///
/// # Errors
/// Those of [`detached`].
pub fn detached_digest(
    signer: &dyn Signer,
    stamper: Option<&dyn Stamper>,
    content: Sha256Digest,
) -> Result<Vec<u8>, SignError> {
    let chain = signer
        .chain()
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()?;
    let leaf = chain.first().ok_or(SignError::NoCertificate)?.tbs_certificate();
    let attributes = signed_attributes(signer.chain(), content)?;
    let signature = lesser_form(signer.algorithm(), signer.sign(&attributes.to_der()?)?)?;
    let stamps = stamper
        .map(|stamper| time_stamp(stamper, &signature))
        .transpose()?;
    let sha256 = AlgorithmIdentifierOwned {
        oid: SHA_256,
        parameters: None,
    };

    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: leaf.issuer().clone(),
            serial_number: leaf.serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: identifier(signer.algorithm()),
        signature: OctetString::new(signature)?,
        unsigned_attrs: stamps,
    };
    let certificates: Vec<_> = chain.into_iter().map(CertificateChoices::Certificate).collect();
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: DATA,
            econtent: None,
        },
        certificates: Some(Elements::sorted(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    let outer = ContentInfo {
        content_type: SIGNED_DATA,
        content: Any::encode_from(&signed)?,
    };
    Ok(outer.to_der()?)
}

fn signed_attributes(chain: &[Vec<u8>], content: Sha256Digest) -> Result<SignedAttributes, der::Error> {
    let digest = |digest: Sha256Digest| OctetString::new(digest.as_bytes().as_slice());
    let pins = chain.iter().map(|der| {
        Ok(CertificateDigest {
            sha256: digest(Sha256Digest::of(der))?,
        })
    });
    let pins = SigningCertificates {
        certificates: pins.collect::<Result<_, der::Error>>()?,
    };
    SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&digest(content)?)?)?,
        attribute(SIGNING_CERTIFICATE_V2, Any::encode_from(&pins)?)?,
    ])
}

/// The token over a signature value, as the one attribute that is not signed (EN 319 122-1 §5.3).
fn time_stamp(stamper: &dyn Stamper, signature: &[u8]) -> Result<UnsignedAttributes, SignError> {
    let token = stamper.stamp(Sha256Digest::of(signature))?;
    let token = attribute(TIME_STAMP_TOKEN, Any::from_der(&token)?)?;
    Ok(SetOfVec::try_from(vec![token])?)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// Of the two ECDSA values that fit, `(r, s)` and `(r, n - s)`, the verifier takes the lesser; a signer may give either.
fn lesser_form(algorithm: Algorithm, signature: Vec<u8>) -> Result<Vec<u8>, SignError> {
    match algorithm {
        Algorithm::RsaPkcs1Sha256 => Ok(signature),
        Algorithm::EcdsaP256Sha256 => {
            let value = p256::ecdsa::Signature::from_der(&signature)
                .map_err(|_| SignError::Refused("it gave no ECDSA value in DER".to_owned()))?;
            Ok(value.normalize_s().to_der().as_bytes().to_vec())
        }
    }
}

/// The algorithm identifier, with the parameters that its RFC asks for (RFC 4055 §5, RFC 5758 §3.2).
fn identifier(algorithm: Algorithm) -> AlgorithmIdentifierOwned {
    match algorithm {
        Algorithm::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
            oid: RSA_SHA_256,
            parameters: Some(Any::null()),
        },
        Algorithm::EcdsaP256Sha256 => AlgorithmIdentifierOwned {
            oid: ECDSA_SHA_256,
            parameters: None,
        },
    }
}
