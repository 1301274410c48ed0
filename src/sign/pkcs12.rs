//! Reads PKCS#12 files (RFC 7292) as OpenSSL 3, Java and Windows write them today: PBES2 with AES, integrity by HMAC of SHA-2.
//!
//! The ASN.1 is `der`'s and the decryption `pkcs5`'s. The one published reader for these generations of both pins a
//! pre-release of `cms` that is not ours, and the one before it brings every one of these crates a second time. What older programs
//! write, with RC2, 3DES or SHA-1, is refused in words that say how to write it anew.

use backproof_verify::signature::{issued, outside_validity};
use chrono::{DateTime, Utc};
use cms::content_info::ContentInfo;
use cms::encrypted_data::EncryptedData;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, SecretDocument, Sequence};
use hmac::Hmac;
use pkcs8::pkcs5::EncryptionScheme;
use sha2::{Digest, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

/// Larger files hold more than a key and its chain.
pub const MAX_BYTES: usize = 1 << 20;
/// The most rounds of a key derivation: more would keep a run waiting for minutes.
const MAX_ROUNDS: u32 = 10_000_000;

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Why a PKCS#12 file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// It is too long.
    #[error("the file has more than {MAX_BYTES} bytes: it holds more than a key and its certificates")]
    TooLong,
    /// It is no PKCS#12 file, or one in another encoding than DER.
    #[error("the file is no PKCS#12 file in DER: {0}")]
    Unreadable(&'static str),
    /// Its integrity rests on a certificate or on nothing.
    #[error("the file is not protected by a password")]
    NoMac,
    /// The password is wrong, or the file is damaged.
    #[error("the password is wrong, or the file is damaged")]
    Password,
    /// It is written in a way that is no longer safe, or not known here.
    #[error(
        "the file is protected by {0}, which is not read: write it anew with OpenSSL 3 (openssl pkcs12 -in OLD -legacy -nodes, \
         then openssl pkcs12 -export)"
    )]
    Protection(String),
    /// It holds no private key, or several.
    #[error("the file holds {0} private keys, one is needed")]
    Keys(usize),
    /// None of its certificates is of its key.
    #[error("none of the {0} certificates of the file belongs to its private key")]
    NoCertificate(usize),
    /// Several of its certificates are valid for its key.
    #[error("{0} certificates of the file are valid for its private key, one is needed")]
    Certificates(usize),
}

impl From<der::Error> for Pkcs12Error {
    fn from(_: der::Error) -> Self {
        Self::Unreadable("a part does not parse")
    }
}

#[derive(Sequence)]
struct Pfx {
    version: u8,
    auth_safe: ContentInfo,
    #[asn1(optional = "true")]
    mac_data: Option<MacData>,
}

#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    #[asn1(default = "one")]
    rounds: u32,
}

fn one() -> u32 {
    1
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

#[derive(Sequence)]
struct SafeBag {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: Any,
    #[asn1(optional = "true")]
    attributes: Option<SetOfVec<Attribute>>,
}

#[derive(Sequence)]
struct EncryptedKey {
    algorithm: AlgorithmIdentifierOwned,
    data: OctetString,
}

#[derive(Sequence)]
struct CertificateBag {
    id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: OctetString,
}

/// What a file holds. It has no `Debug`: the key is never shown.
pub struct Contents {
    /// The private key: a PKCS#8 `PrivateKeyInfo`.
    pub key: SecretDocument,
    certificates: Vec<Certificate>,
}

impl Contents {
    /// The certificates from the key's own upwards, as far as the file leads, without a root. A file that is kept for years may
    /// hold the certificate before the renewal too: the one that is valid at the time of signing, `at`, is meant.
    ///
    /// # Errors
    /// No certificate is of the key, or several could be meant; `public_key` is its SubjectPublicKeyInfo.
    pub fn chain_of(&self, public_key: &[u8], at: DateTime<Utc>) -> Result<Vec<Certificate>, Pkcs12Error> {
        let is_own = |certificate: &&Certificate| {
            let info = certificate.tbs_certificate().subject_public_key_info();
            info.to_der().is_ok_and(|der| der == public_key)
        };
        let own: Vec<&Certificate> = self.certificates.iter().filter(is_own).collect();
        let is_meant = |certificate: &&Certificate| {
            outside_validity(certificate, at).is_none() && !issued(certificate, certificate)
        };
        let meant: Vec<&Certificate> = own.iter().copied().filter(is_meant).collect();
        let own = match (&meant[..], &own[..]) {
            ([one], _) => *one,
            // What is wrong with it is told where it is checked.
            ([], [any, ..]) => *any,
            ([], []) => return Err(Pkcs12Error::NoCertificate(self.certificates.len())),
            (several, _) => return Err(Pkcs12Error::Certificates(several.len())),
        };
        let mut chain = vec![own];
        // Each certificate once: as many steps as there are certificates.
        for _ in &self.certificates {
            let last = chain[chain.len() - 1];
            let above =
                |certificate: &&Certificate| issued(certificate, last) && !issued(certificate, certificate);
            match self.certificates.iter().find(above) {
                Some(above) if !chain.contains(&above) => chain.push(above),
                _ => break,
            }
        }
        Ok(chain.into_iter().cloned().collect())
    }
}

/// Opens a file with its password.
///
/// # Errors
/// [`Pkcs12Error`], with what is wrong. A wrong password is told from a damaged file by nobody.
pub fn open(file: &[u8], password: &str) -> Result<Contents, Pkcs12Error> {
    if file.len() > MAX_BYTES {
        return Err(Pkcs12Error::TooLong);
    }
    let pfx = Pfx::from_der(file).map_err(|_| Pkcs12Error::Unreadable("it does not parse"))?;
    if pfx.version != 3 {
        return Err(Pkcs12Error::Unreadable("it is not of version 3"));
    }
    let safe = data(&pfx.auth_safe)?;
    pfx.mac_data
        .ok_or(Pkcs12Error::NoMac)?
        .check(safe.as_bytes(), password)?;
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for part in Vec::<ContentInfo>::from_der(safe.as_bytes())? {
        let bags = match part.content_type {
            ENCRYPTED_DATA => {
                let encrypted: EncryptedData = part.content.decode_as()?;
                let info = encrypted.enc_content_info;
                let text = info
                    .encrypted_content
                    .ok_or(Pkcs12Error::Unreadable("a part is empty"))?;
                decrypt(&info.content_enc_alg, text.as_bytes(), password)?
            }
            _ => data(&part)?.into_bytes().into(),
        };
        for bag in Vec::<SafeBag>::from_der(&bags)? {
            match bag.id {
                KEY_BAG => keys.push(bag.value.to_der()?),
                SHROUDED_KEY_BAG => {
                    let key: EncryptedKey = bag.value.decode_as()?;
                    keys.push(decrypt(&key.algorithm, key.data.as_bytes(), password)?);
                }
                CERTIFICATE_BAG => {
                    let bag: CertificateBag = bag.value.decode_as()?;
                    if bag.id == X509_CERTIFICATE {
                        certificates.push(Certificate::from_der(bag.value.as_bytes())?);
                    }
                }
                // Revocation lists and secrets are of no use here.
                _ => {}
            }
        }
    }
    let [key] = keys.as_slice() else {
        return Err(Pkcs12Error::Keys(keys.len()));
    };
    Ok(Contents {
        key: SecretDocument::try_from(key.as_slice())?,
        certificates,
    })
}

fn data(info: &ContentInfo) -> Result<OctetString, Pkcs12Error> {
    match info.content_type {
        DATA => Ok(info.content.decode_as()?),
        _ => Err(Pkcs12Error::Unreadable(
            "a part is neither data nor encrypted data",
        )),
    }
}

fn decrypt(
    algorithm: &AlgorithmIdentifierOwned,
    text: &[u8],
    password: &str,
) -> Result<Vec<u8>, Pkcs12Error> {
    let other = || Pkcs12Error::Protection(format!("the algorithm {}", algorithm.oid));
    let scheme = EncryptionScheme::from_der(&algorithm.to_der()?).map_err(|_| other())?;
    // scrypt would take as much memory as the file says.
    let derivation = scheme.pbes2().and_then(|parameters| parameters.kdf.pbkdf2());
    let derivation = derivation.ok_or_else(other)?;
    if derivation.iteration_count > MAX_ROUNDS {
        return Err(Pkcs12Error::Protection(format!("more than {MAX_ROUNDS} rounds")));
    }
    scheme.decrypt(password, text).map_err(|error| match error {
        pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. } => other(),
        _ => Pkcs12Error::Password,
    })
}

impl MacData {
    fn check(&self, content: &[u8], password: &str) -> Result<(), Pkcs12Error> {
        if self.rounds > MAX_ROUNDS {
            return Err(Pkcs12Error::Protection(format!("more than {MAX_ROUNDS} rounds")));
        }
        // Without a password some programs take the empty text for it, with its end mark, and others nothing at all.
        let ended: Vec<u8> = password
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_be_bytes)
            .collect();
        let nothing: &[u8] = &[];
        let forms = [Some(ended.as_slice()), password.is_empty().then_some(nothing)];
        for password in forms.into_iter().flatten() {
            let fits = match self.mac.algorithm.oid {
                SHA_256 => self.fits::<Sha256, Hmac<Sha256>>(64, content, password),
                SHA_384 => self.fits::<Sha384, Hmac<Sha384>>(128, content, password),
                SHA_512 => self.fits::<Sha512, Hmac<Sha512>>(128, content, password),
                other => return Err(Pkcs12Error::Protection(format!("a digest by {other}"))),
            };
            if fits {
                return Ok(());
            }
        }
        Err(Pkcs12Error::Password)
    }

    /// RFC 7292, appendix B.2, for the key of the MAC (ID 3). The key is as long as the digest, so that one block does.
    fn fits<D: Digest, M: hmac::Mac + hmac::KeyInit>(
        &self,
        block: usize,
        content: &[u8],
        password: &[u8],
    ) -> bool {
        let filled = |text: &[u8]| -> Vec<u8> {
            let length = text.len().div_ceil(block) * block;
            text.iter().copied().cycle().take(length).collect()
        };
        let input = [vec![3; block], filled(self.salt.as_bytes()), filled(password)].concat();
        let mut key = D::digest(&input);
        for _ in 1..self.rounds {
            key = D::digest(&key);
        }
        let mac = <M as hmac::KeyInit>::new_from_slice(&key);
        mac.is_ok_and(|mac| {
            mac.chain_update(content)
                .verify_slice(self.mac.digest.as_bytes())
                .is_ok()
        })
    }
}
