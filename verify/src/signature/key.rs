//! One signature value tried with one public key.
//!
//! The list of algorithms is closed, and nothing is guessed from the key: the identifier must be exactly one of ours,
//! parameters included (RFC 4055 §5, RFC 5758 §3.2). SHA-1 and MD5 are not in the list.

use const_oid::ObjectIdentifier;
use der::Encode as _;
use p256::ecdsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Sha256, Sha384, Sha512};
use spki::{AlgorithmIdentifierOwned, DecodePublicKey as _, SubjectPublicKeyInfoOwned};

/// `id-sha256`
pub const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// `id-sha384`
pub const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
/// `id-sha512`
pub const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// `rsaEncryption`, with which many authorities name RSA, and the digest apart from it (RFC 3370 §3.2).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `sha256WithRSAEncryption`; its parameters are NULL.
pub const RSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const RSA_SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const RSA_SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
/// `ecdsa-with-SHA256`; it has no parameters.
pub const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Shorter RSA keys are refused, whoever issued them.
pub const MIN_RSA_BITS: u32 = 2048;

/// Why a signature value was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    /// The algorithm is not in the closed list.
    #[error("signature algorithm {0} is not accepted")]
    Algorithm(ObjectIdentifier),
    /// The key does not parse, or is of another kind than the algorithm.
    #[error("the public key cannot be read as {0}")]
    Key(&'static str),
    /// The RSA modulus is too short.
    #[error("an RSA key of {0} bits is too short, {MIN_RSA_BITS} are needed")]
    ShortKey(u32),
    /// The value is the greater one of two that fit.
    #[error("the signature value has s above half the group order, and so another form than the one made")]
    GreaterForm,
    /// The value was not made by this key over this message.
    #[error("the signature value does not fit the key and the message")]
    Mismatch,
}

/// Whether an algorithm may sign a CMS message (SHA-256 only; longer hashes are left to certificates).
pub(super) fn signs_messages(algorithm: &AlgorithmIdentifierOwned) -> bool {
    match algorithm.oid {
        RSA_SHA_256 => has_null_parameters(algorithm),
        ECDSA_SHA_256 => algorithm.parameters.is_none(),
        _ => false,
    }
}

/// The signature algorithm of an authority's CMS message with this digest: the two must fit each other.
pub(super) fn with_digest(
    algorithm: &AlgorithmIdentifierOwned,
    digest: ObjectIdentifier,
) -> Option<AlgorithmIdentifierOwned> {
    let rsa = match digest {
        SHA_256 => RSA_SHA_256,
        SHA_384 => RSA_SHA_384,
        SHA_512 => RSA_SHA_512,
        _ => return None,
    };
    if algorithm.oid == RSA && has_null_parameters(algorithm) {
        return Some(AlgorithmIdentifierOwned {
            oid: rsa,
            parameters: algorithm.parameters.clone(),
        });
    }
    let fits = algorithm.oid == rsa || (algorithm.oid == ECDSA_SHA_256 && digest == SHA_256);
    fits.then(|| algorithm.clone())
}

/// Whether an algorithm identifier carries exactly the parameter NULL.
pub(super) fn has_null_parameters(algorithm: &AlgorithmIdentifierOwned) -> bool {
    algorithm.parameters.as_ref().is_some_and(der::asn1::Any::is_null)
}

/// Tries `signature` over `message` with the public key in `spki`.
///
/// # Errors
/// [`KeyError`], where the algorithm or the key is not accepted or the signature does not fit.
pub(super) fn verify(
    spki: &SubjectPublicKeyInfoOwned,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<(), KeyError> {
    match algorithm.oid {
        ECDSA_SHA_256 if algorithm.parameters.is_none() => verify_p256(spki, message, signature),
        RSA_SHA_256 | RSA_SHA_384 | RSA_SHA_512 if has_null_parameters(algorithm) => {
            let key = rsa_key(spki)?;
            match algorithm.oid {
                RSA_SHA_256 => key.pkcs1v15_verify::<Sha256>(message, signature),
                RSA_SHA_384 => key.pkcs1v15_verify::<Sha384>(message, signature),
                _ => key.pkcs1v15_verify::<Sha512>(message, signature),
            }
            .map_err(|_| KeyError::Mismatch)
        }
        other => Err(KeyError::Algorithm(other)),
    }
}

/// Checks that the value is the lesser of the two that fit the same key and message: with `(r, s)`, `(r, n - s)` verifies
/// as well, so anybody could alter a signature and have it still hold.
///
/// # Errors
/// [`KeyError::GreaterForm`]. Certificates are not held to this: their issuers are not ours.
pub(super) fn check_lesser_form(
    algorithm: &AlgorithmIdentifierOwned,
    signature: &[u8],
) -> Result<(), KeyError> {
    if algorithm.oid != ECDSA_SHA_256 {
        return Ok(());
    }
    let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| KeyError::Mismatch)?;
    if signature.normalize_s() == signature {
        Ok(())
    } else {
        Err(KeyError::GreaterForm)
    }
}

fn rsa_key(spki: &SubjectPublicKeyInfoOwned) -> Result<rsa::PublicKey, KeyError> {
    let unreadable = KeyError::Key("an RSA key");
    let der = spki.to_der().map_err(|_| unreadable.clone())?;
    let key = rsa::PublicKey::from_public_key_der(&der).map_err(|_| unreadable)?;
    let bits = key.n().bit_width_vartime();
    if bits < MIN_RSA_BITS {
        return Err(KeyError::ShortKey(bits));
    }
    Ok(key)
}

fn verify_p256(spki: &SubjectPublicKeyInfoOwned, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
    let unreadable = KeyError::Key("a P-256 key");
    let der = spki.to_der().map_err(|_| unreadable.clone())?;
    let key = p256::ecdsa::VerifyingKey::from_public_key_der(&der).map_err(|_| unreadable)?;
    let signature = p256::ecdsa::DerSignature::from_bytes(signature).map_err(|_| KeyError::Mismatch)?;
    key.verify(message, &signature).map_err(|_| KeyError::Mismatch)
}
