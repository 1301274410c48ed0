//! A development identity: a root and a signer made on the spot, so that a first run ends with a signed bundle.
//!
//! It proves nothing about who signed, and says so: subject and issuer carry [`DEVELOPMENT_UNIT`], which the verifier
//! reports whoever trusts the root. The root's key is dropped once it has signed the signer's certificate. The directory
//! appears whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::DEVELOPMENT_UNIT;
use backproof_verify::signature::key::ECDSA_SHA_256;
use chrono::{DateTime, Months, Utc};
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, GeneralizedTime, Null, OctetString};
use der::pem::LineEnding;
use der::{Decode as _, Encode as _, Sequence};
use p256::ecdsa::signature::Signer as _;
use pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::file::{FileError, FileSigner};

/// The trust root, for whoever wants to verify.
pub const ROOT_FILE: &str = "root.pem";
/// The signer's certificate.
pub const CHAIN_FILE: &str = "chain.pem";
/// The signer's private key, readable by its owner alone.
pub const KEY_FILE: &str = "signer.key";

const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
/// `id-ce-noRevAvail` (RFC 9608): nobody will ever publish revocations, so nobody need look for them.
const NO_REVOCATION_AVAILABLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.56");
/// Validity reaches back, so that a period may be reported again with an earlier time, and forward, so that a bundle
/// made while trying things out does not fail for its age alone.
const VALID_MONTHS_BEFORE: Months = Months::new(24);
const VALID_MONTHS_AFTER: Months = Months::new(120);

/// Why there is no development identity.
#[derive(Debug, thiserror::Error)]
pub enum DevIdentityError {
    /// A file or directory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("no random bytes from the system: {0}")]
    Random(#[from] getrandom::Error),
    /// A certificate could not be built.
    #[error("cannot build a certificate: {0}")]
    Certificate(#[from] der::Error),
    /// The identity in the directory cannot be used.
    #[error("the development identity in {}: {source}", path.display())]
    Unusable {
        /// The identity's directory.
        path: PathBuf,
        /// What is wrong with it.
        source: FileError,
    },
}

/// Loads the identity in `directory`, or makes one there if the directory does not exist. `at` is the time of signing.
///
/// The parent directory must exist. A kill leaves either no identity or a whole one (and perhaps a directory
/// `….partial-…` beside it, which nothing reads).
///
/// # Errors
/// [`DevIdentityError`]; a damaged identity is reported, never replaced, since bundles may rest on it.
pub fn load_or_make(directory: &Path, at: DateTime<Utc>) -> Result<FileSigner, DevIdentityError> {
    let exists = directory
        .try_exists()
        .map_err(|source| io_error(directory, source))?;
    if !exists {
        make(directory, at)?;
    }
    let read = |file: &str| {
        let path = directory.join(file);
        fs::read_to_string(&path).map_err(|source| io_error(&path, source))
    };
    let (key, chain) = (read(KEY_FILE)?, read(CHAIN_FILE)?);
    FileSigner::from_pem(&key, &chain, at).map_err(|source| DevIdentityError::Unusable {
        path: directory.to_owned(),
        source,
    })
}

fn io_error(path: &Path, source: io::Error) -> DevIdentityError {
    DevIdentityError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Writes a new identity aside and renames it into place.
fn make(directory: &Path, at: DateTime<Utc>) -> Result<(), DevIdentityError> {
    let (root_key, signer_key) = (random_key()?, random_key()?);
    let root_name = name("development root")?;
    let validity = validity(at)?;
    let root = Draft {
        subject: &root_name,
        key: &root_key,
        issuer: &root_name,
        issuer_key: &root_key,
        validity,
        is_root: true,
    };
    let signer = Draft {
        subject: &name("backproof development identity, not for audit use")?,
        key: &signer_key,
        is_root: false,
        ..root
    };
    let (root, signer) = (root.certificate_pem()?, signer.certificate_pem()?);
    let key = signer_key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|_| der::Error::from(der::ErrorKind::Failed))?;

    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix)?;
    let mut aside = directory.as_os_str().to_owned();
    aside.push(format!(".partial-{:016x}", u64::from_be_bytes(suffix)));
    let aside = PathBuf::from(aside);
    let written = write_all(
        &aside,
        &[(ROOT_FILE, &root), (CHAIN_FILE, &signer), (KEY_FILE, &key)],
    )
    .and_then(|()| move_into_place(&aside, directory));
    if written.is_err() {
        // The error that counts is the one above; what is left aside holds no identity that anything would load.
        let _ = fs::remove_dir_all(&aside);
    }
    written
}

fn write_all(directory: &Path, files: &[(&str, &str)]) -> Result<(), DevIdentityError> {
    fs::create_dir(directory).map_err(|source| io_error(directory, source))?;
    for (file, text) in files {
        let path = directory.join(file);
        write_private(&path, text).map_err(|source| io_error(&path, source))?;
    }
    sync(directory)
}

/// Writes a file that only its owner can read. The certificates are no secret, but need no reader either.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn move_into_place(aside: &Path, directory: &Path) -> Result<(), DevIdentityError> {
    fs::rename(aside, directory).map_err(|source| io_error(directory, source))?;
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync(parent),
        _ => sync(Path::new(".")),
    }
}

fn sync(directory: &Path) -> Result<(), DevIdentityError> {
    File::open(directory)
        .and_then(|file| file.sync_all())
        .map_err(|source| io_error(directory, source))
}

fn random_key() -> Result<p256::SecretKey, DevIdentityError> {
    loop {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        // A number outside the group's order turns up once in 2^32 tries.
        if let Ok(key) = p256::SecretKey::from_slice(&bytes) {
            return Ok(key);
        }
    }
}

fn name(common_name: &str) -> Result<Name, der::Error> {
    format!("CN={},OU={DEVELOPMENT_UNIT}", common_name.replace(',', "\\,")).parse()
}

fn validity(at: DateTime<Utc>) -> Result<Validity, der::Error> {
    let time = |time: Option<DateTime<Utc>>| {
        let seconds = time.and_then(|time| u64::try_from(time.timestamp()).ok());
        let seconds = seconds.ok_or(der::ErrorKind::DateTime)?;
        GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::GeneralTime)
    };
    let not_before = time(at.checked_sub_months(VALID_MONTHS_BEFORE))?;
    Ok(Validity::new(
        not_before,
        time(at.checked_add_months(VALID_MONTHS_AFTER))?,
    ))
}

/// What goes into one of the two certificates.
struct Draft<'a> {
    subject: &'a Name,
    key: &'a p256::SecretKey,
    issuer: &'a Name,
    issuer_key: &'a p256::SecretKey,
    validity: Validity,
    is_root: bool,
}

/// `TBSCertificate` (RFC 5280 §4.1), of version 3. The crate `x509-cert` has it too, but builds it only with a feature
/// that brings SHA-1.
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// `Certificate` (RFC 5280 §4.1).
#[derive(Sequence)]
struct Certificate {
    tbs_certificate: TbsCertificate,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Draft<'_> {
    fn certificate_pem(&self) -> Result<String, DevIdentityError> {
        let algorithm = AlgorithmIdentifierOwned {
            oid: ECDSA_SHA_256,
            parameters: None,
        };
        let tbs_certificate = TbsCertificate {
            version: Version::V3,
            serial_number: random_serial()?,
            signature: algorithm.clone(),
            issuer: self.issuer.clone(),
            validity: self.validity,
            subject: self.subject.clone(),
            subject_public_key_info: public_key_info(self.key)?,
            extensions: self.extensions()?,
        };
        let issuer_key = p256::ecdsa::SigningKey::from(self.issuer_key);
        let value: p256::ecdsa::DerSignature = issuer_key
            .try_sign(&tbs_certificate.to_der()?)
            .map_err(|_| der::Error::from(der::ErrorKind::Failed))?;
        let signature = BitString::from_bytes(value.as_bytes())?;
        let certificate = Certificate {
            tbs_certificate,
            signature_algorithm: algorithm,
            signature,
        };
        Ok(der::Document::encode_msg(&certificate)?.to_pem("CERTIFICATE", LineEnding::LF)?)
    }

    fn extensions(&self) -> Result<Vec<Extension>, der::Error> {
        let usage = if self.is_root {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
        };
        let constraints = BasicConstraints {
            ca: self.is_root,
            path_len_constraint: self.is_root.then_some(0),
        };
        let own = key_identifier(self.key)?;
        let issuer = AuthorityKeyIdentifier {
            key_identifier: Some(key_identifier(self.issuer_key)?),
            ..Default::default()
        };
        let mut extensions = vec![
            (true, &constraints).to_extension(self.subject, &[])?,
            (true, &KeyUsage(usage)).to_extension(self.subject, &[])?,
            (false, &SubjectKeyIdentifier(own)).to_extension(self.subject, &[])?,
            (false, &issuer).to_extension(self.subject, &[])?,
        ];
        if !self.is_root {
            let purposes = ExtendedKeyUsage(vec![DOCUMENT_SIGNING]);
            extensions.push((false, &purposes).to_extension(self.subject, &[])?);
            extensions.push((NO_REVOCATION_AVAILABLE, false, &Null).to_extension(self.subject, &[])?);
        }
        Ok(extensions)
    }
}

fn random_serial() -> Result<SerialNumber, DevIdentityError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    // Positive, and of full length whatever was drawn (RFC 5280 §4.1.2.2).
    bytes[0] = bytes[0] & 0x3f | 0x40;
    Ok(SerialNumber::new(&bytes)?)
}

fn public_key_info(key: &p256::SecretKey) -> Result<SubjectPublicKeyInfoOwned, der::Error> {
    let document = key
        .public_key()
        .to_public_key_der()
        .map_err(|_| der::Error::from(der::ErrorKind::Failed))?;
    SubjectPublicKeyInfoOwned::from_der(document.as_bytes())
}

/// The leftmost 160 bits of the key's SHA-256 (RFC 7093 §2, method 1).
fn key_identifier(key: &p256::SecretKey) -> Result<OctetString, der::Error> {
    let info = public_key_info(key)?;
    let digest = Sha256Digest::of(info.subject_public_key.raw_bytes());
    OctetString::new(&digest.as_bytes()[..20])
}
