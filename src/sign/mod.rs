//! Signing: a port that holds a key, and the two forms of signature that leave the house.
//!
//! [`Signer`] is the port. Behind it lies a key in a [`file`], in AWS [`kms`], or in a token that speaks PKCS#11
//! ([`token`]); and a [development identity](dev_identity). What stands beside a signature is checked once for all of them,
//! in [`chain`]. [`cms`] signs any content, [`pades`] certifies a PDF; [`time`] has authorities vouch for when. What the forms look like in detail is laid down
//! where they are checked, in `backproof_verify::signature`.

pub mod chain;
pub mod cms;
pub mod dev_identity;
pub mod file;
pub mod key;
pub mod kms;
pub mod pades;
pub mod pkcs12;
pub mod time;
pub mod token;

use backproof_verify::digest::Sha256Digest;

/// What is signed to see whether a key signs at all. A CMS signature is over a DER SET (first byte 0x31): so this is never one.
pub const TRIAL: &[u8] = b"backproof/v1 key check, not a signature of anything\0";

/// How a signer signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaP256Sha256,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The key's holder did not sign.
    #[error("the signer did not sign: {0}")]
    Refused(String),
    /// The signer came without a certificate.
    #[error("the signer has no certificate")]
    NoCertificate,
    /// A certificate or a part of the signature has no DER encoding.
    #[error("cannot encode the signature: {0}")]
    Encoding(#[from] der::Error),
    /// What came back is no signature by the certificate's key: it is not used.
    #[error("the signer's answer is no signature by the key of its certificate")]
    NotOurs,
    /// The authority that was to vouch for the time gave no time stamp.
    #[error("there is no time stamp over the signature")]
    Unstamped(#[from] time::Unstamped),
    /// The system gave no random bytes.
    #[error("no random bytes from the system: {0}")]
    Random(#[from] getrandom::Error),
}

/// Something that holds a private key and signs with it.
pub trait Signer {
    /// The certificates in DER: the signer's own first, then each one's issuer. The trust root may be left out.
    fn chain(&self) -> &[Vec<u8>];

    /// The algorithm of [`Signer::sign`].
    fn algorithm(&self) -> Algorithm;

    /// Signs a message of any length; hashing it with SHA-256 is part of the algorithm. RSA gives the raw value, ECDSA
    /// the DER of `ECDSA-Sig-Value`.
    ///
    /// # Errors
    /// [`SignError::Refused`], in the words of whoever holds the key.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;

    /// Whether the same message always gives the same signature: RSA does, ECDSA with the nonce of RFC 6979 does, and ECDSA of a
    /// key management service or token draws another nonce each time. Only a signer that repeats itself builds the same bundle
    /// again.
    fn repeats(&self) -> bool;
}

/// A secret for the salts of a Merkle tree: the same for the same signer and context where the signer repeats itself, otherwise
/// drawn.
///
/// Derived, it is the digest of a signature that is never published: whoever lacks the key cannot guess it, and whoever has
/// the identity can build the same bundle again. The signed message begins with text, a CMS signature is over a DER SET
/// (first byte 0x31): so neither can be passed off as the other.
///
/// # Errors
/// Those of [`Signer::sign`], or the system gives no random bytes.
pub fn salt_secret(signer: &dyn Signer, context: &[u8]) -> Result<[u8; 32], SignError> {
    if !signer.repeats() {
        let mut drawn = [0; 32];
        getrandom::fill(&mut drawn)?;
        return Ok(drawn);
    }
    let message = [
        b"backproof/v1 salt secret, not a signature of anything\0",
        context,
    ]
    .concat();
    let signature = signer.sign(&message)?;
    let secret = [b"backproof/v1 salt secret\0".as_slice(), &signature].concat();
    Ok(*Sha256Digest::of(&secret).as_bytes())
}
