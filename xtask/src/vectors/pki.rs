//! The vectors' own certification authorities: public keys, never to be trusted, the same at every run.

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer as _;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256};

use super::asn1::{
    Der, bits, context, int, named_bits, null, octets, oid, seq, seq_of, set_of, tagged, utc_time, utf8, yes,
};

pub(super) const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
pub(super) const ECDSA_SHA_256: &str = "1.2.840.10045.4.3.2";
pub(super) const RSA_SHA_256: &str = "1.2.840.113549.1.1.11";
pub(super) const DOCUMENT_SIGNING: &str = "1.3.6.1.5.5.7.3.36";
pub(super) const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
pub(super) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
pub(super) const SERVER: &str = "1.3.6.1.5.5.7.3.1";

/// Any RSA key will do: this one is public, too.
const RSA_KEY: &[u8] = include_bytes!("../../../fixtures/pki/trail-digest.pkcs1.der");

/// A key that signs the same message the same way each time.
#[derive(Clone)]
pub(super) enum Key {
    P256(SigningKey),
    Rsa(Box<rsa::PrivateKey>),
}

impl Key {
    /// The P-256 key that this label leads to.
    pub(super) fn named(label: &str) -> Self {
        let scalar = Sha256::digest(format!("backproof vectors, never trusted: {label}"));
        Self::P256(SigningKey::from_slice(&scalar).expect("invariant: almost every 32 bytes are a scalar"))
    }

    pub(super) fn rsa() -> Self {
        Self::Rsa(Box::new(
            rsa::PrivateKey::from_pkcs1_der(RSA_KEY).expect("invariant: a committed key"),
        ))
    }

    /// The signature value over `message`; of two that fit, the lesser.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let value: p256::ecdsa::Signature = key.sign(message);
                value.normalize_s().to_der().as_bytes().to_vec()
            }
            Self::Rsa(key) => key
                .pkcs1v15_sign::<Sha256>(message)
                .expect("invariant: the key is long enough"),
        }
    }

    pub(super) fn algorithm(&self) -> Der {
        match self {
            Self::P256(_) => seq([oid(ECDSA_SHA_256)]),
            Self::Rsa(_) => seq([oid(RSA_SHA_256), null()]),
        }
    }

    /// The public key's bits, as they stand in a certificate.
    pub(super) fn public_bits(&self) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
            Self::Rsa(key) => seq([unsigned(&key.n().to_be_bytes()), unsigned(&key.e().to_be_bytes())]),
        }
    }

    fn public(&self) -> Der {
        let algorithm = match self {
            Self::P256(_) => seq([oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")]),
            Self::Rsa(_) => seq([oid("1.2.840.113549.1.1.1"), null()]),
        };
        seq([algorithm, bits(&self.public_bits())])
    }
}

fn unsigned(bytes: &[u8]) -> Der {
    let start = bytes.iter().take_while(|byte| **byte == 0).count();
    let padding: &[u8] = if bytes[start] & 0x80 == 0 { &[] } else { &[0] };
    tagged(2, &[padding, &bytes[start..]].concat())
}

/// A key with its certificate.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) key: Key,
    pub(super) name: Der,
    pub(super) serial: u64,
    pub(super) certificate: Der,
    /// The issuer's name.
    pub(super) issuer: Der,
}

/// What a certificate says; each field may be set to what it should not be.
#[derive(Clone)]
pub(super) struct Template {
    pub(super) subject: Der,
    pub(super) key: Key,
    pub(super) serial: u64,
    pub(super) validity: [&'static str; 2],
    pub(super) extensions: Vec<Der>,
}

pub(super) const ALWAYS: [&str; 2] = ["20250101000000", "20491231235959"];

impl Template {
    /// A certificate for `name`, its serial number made from it.
    pub(super) fn new(name: &str, extensions: Vec<Der>) -> Self {
        let digest = Sha256::digest(name);
        Self {
            subject: distinguished(&["backproof vectors, never trusted"], name),
            key: Key::named(name),
            serial: u64::from_be_bytes([0, 0, 0, 0, 0x11, digest[0], digest[1], digest[2]]),
            validity: ALWAYS,
            extensions,
        }
    }

    pub(super) fn valid(mut self, validity: [&'static str; 2]) -> Self {
        self.validity = validity;
        self
    }

    pub(super) fn with_key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    pub(super) fn with_subject(mut self, subject: Der) -> Self {
        self.subject = subject;
        self
    }

    pub(super) fn self_signed(self) -> Identity {
        let (key, name) = (self.key.clone(), self.subject.clone());
        self.signed(&key, &name)
    }

    pub(super) fn issued_by(self, issuer: &Identity) -> Identity {
        self.signed(&issuer.key, &issuer.name)
    }

    fn signed(self, key: &Key, issuer: &Der) -> Identity {
        let [begin, end] = self.validity;
        let body = seq([
            context(0, &int(2)),
            int(self.serial),
            key.algorithm(),
            issuer.clone(),
            seq([utc_time(begin), utc_time(end)]),
            self.subject.clone(),
            self.key.public(),
            context(3, &seq_of(&self.extensions)),
        ]);
        let certificate = seq([body.clone(), key.algorithm(), bits(&key.sign(&body))]);
        Identity {
            key: self.key,
            name: self.subject,
            serial: self.serial,
            certificate,
            issuer: issuer.clone(),
        }
    }
}

/// A name of organizations and a common name.
pub(super) fn distinguished(organizations: &[&str], common: &str) -> Der {
    let part = |kind: &str, text: &str| set_of(&[seq([oid(kind), utf8(text)])]);
    let mut parts: Vec<_> = organizations
        .iter()
        .map(|organization| part("2.5.4.10", organization))
        .collect();
    parts.push(part("2.5.4.3", common));
    seq_of(&parts)
}

pub(super) fn extension(id: &str, critical: bool, value: &Der) -> Der {
    if critical {
        seq([oid(id), yes(), octets(value)])
    } else {
        seq([oid(id), octets(value)])
    }
}

/// Basic constraints and key usage of an authority.
pub(super) fn authority(longest: Option<u64>) -> Vec<Der> {
    let constraints = match longest {
        Some(longest) => seq([yes(), int(longest)]),
        None => seq([yes()]),
    };
    // keyCertSign, cRLSign
    vec![
        extension("2.5.29.19", true, &constraints),
        extension("2.5.29.15", true, &named_bits(&[5, 6])),
    ]
}

pub(super) fn purposes(critical: bool, purposes: &[&str]) -> Der {
    let purposes: Vec<_> = purposes.iter().map(|purpose| oid(purpose)).collect();
    extension("2.5.29.37", critical, &seq_of(&purposes))
}

/// Key usage and purpose of somebody who signs documents.
pub(super) fn signs_documents() -> Vec<Der> {
    vec![
        extension("2.5.29.15", true, &named_bits(&[0, 1])),
        purposes(false, &[DOCUMENT_SIGNING]),
    ]
}

/// Key usage and purpose of a time stamp authority.
pub(super) fn stamps_time() -> Vec<Der> {
    vec![
        extension("2.5.29.15", true, &named_bits(&[0])),
        purposes(true, &[TIME_STAMPING]),
    ]
}

/// Says where the issuer's revocation list is.
pub(super) fn list_at(address: &str) -> Der {
    let point = seq([context(0, &context(0, &tagged(0x86, address.as_bytes())))]);
    extension("2.5.29.31", false, &seq([point]))
}

/// Name constraints: what is permitted, and what is excluded; each a general name.
pub(super) fn name_constraints(permitted: &[Der], excluded: &[Der]) -> Der {
    let trees = |number, names: &[Der]| {
        let trees: Vec<_> = names.iter().map(|name| seq([name.clone()])).collect();
        if trees.is_empty() {
            Vec::new()
        } else {
            context(number, &trees.concat())
        }
    };
    let value = tagged(0x30, &[trees(0, permitted), trees(1, excluded)].concat());
    extension("2.5.29.30", true, &value)
}

/// Whoever signs in the vectors.
pub(super) struct House {
    pub(super) root: Identity,
    pub(super) issuing: Identity,
    pub(super) signer: Identity,
    pub(super) stamping: Identity,
    pub(super) other_root: Identity,
}

impl House {
    pub(super) fn new() -> Self {
        let root = Template::new("root", authority(None)).self_signed();
        let issuing = Template::new("issuing", authority(Some(0))).issued_by(&root);
        let signer = Template::new("signer", signs_documents()).issued_by(&issuing);
        let stamping = Template::new("stamping", stamps_time()).issued_by(&issuing);
        let other_root = Template::new("other root", authority(None)).self_signed();
        Self {
            root,
            issuing,
            signer,
            stamping,
            other_root,
        }
    }
}
