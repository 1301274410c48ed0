//! The identities of `fixtures/pki`, and a signer that signs with whatever it is given.

use std::fs;
use std::path::PathBuf;

use backproof::sign::file::{FileError, FileSigner};
use backproof::sign::{Algorithm, SignError, Signer};
use backproof_verify::signature::TrustAnchors;
use p256::ecdsa::signature::Signer as _;
use pkcs8::DecodePrivateKey as _;

use super::now;

/// The two kinds of keys that sign.
pub(crate) const SIGNERS: [&str; 2] = ["signer-rsa", "signer-p256"];

/// A file of `fixtures/pki`.
pub(crate) fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/pki")
        .join(file)
}

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn anchors(name: &str) -> TrustAnchors {
    TrustAnchors::from_pem(&read(&format!("{name}.pem"))).expect("anchors")
}

/// The certificates of these names, in DER.
pub(crate) fn certificates(names: &[&str]) -> Vec<Vec<u8>> {
    let der = |name: &&str| {
        der::Document::from_pem(&read(&format!("{name}.pem")))
            .expect("PEM")
            .1
            .as_bytes()
            .to_vec()
    };
    names.iter().map(der).collect()
}

/// A proper signer below `issuing`.
pub(crate) fn signer(name: &str) -> FileSigner {
    load(&format!("{name}.key"), &[name, "issuing"]).expect("signer")
}

pub(crate) fn load(key: &str, chain: &[&str]) -> Result<FileSigner, FileError> {
    let chain: String = chain.iter().map(|name| read(&format!("{name}.pem"))).collect();
    FileSigner::from_pem(&read(key), &chain, now())
}

/// Signs with any key under any certificates: the liar among the signers.
pub(crate) struct AnySigner {
    pub(crate) chain: Vec<Vec<u8>>,
    key: AnyKey,
}

enum AnyKey {
    P256(p256::ecdsa::SigningKey),
    Rsa(rsa::PrivateKey),
}

impl AnySigner {
    pub(crate) fn new(key: &str, chain: Vec<Vec<u8>>) -> Self {
        let pem = read(&format!("{key}.key"));
        let key = match p256::SecretKey::from_pkcs8_pem(&pem) {
            Ok(key) => AnyKey::P256(key.into()),
            Err(_) => AnyKey::Rsa(rsa::PrivateKey::from_pkcs8_pem(&pem).expect("key")),
        };
        Self { chain, key }
    }

    /// A signer with the certificate of its own name, below others.
    pub(crate) fn below(key: &str, issuers: &[&str]) -> Self {
        Self::new(key, certificates(&[&[key], issuers].concat()))
    }
}

impl Signer for AnySigner {
    fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn algorithm(&self) -> Algorithm {
        match self.key {
            AnyKey::P256(_) => Algorithm::EcdsaP256Sha256,
            AnyKey::Rsa(_) => Algorithm::RsaPkcs1Sha256,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(match &self.key {
            AnyKey::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.normalize_s().to_der().as_bytes().to_vec()
            }
            AnyKey::Rsa(key) => key.pkcs1v15_sign::<rsa::sha2::Sha256>(message).expect("signs"),
        })
    }

    fn repeats(&self) -> bool {
        true
    }
}
