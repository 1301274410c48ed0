//! CMS signatures in parts, each of which a vector may set to what it should not be.

use sha2::{Digest as _, Sha256};

use super::asn1::{Der, context, int, octets, oid, retagged, seq, seq_of, set_of};
use super::pki::{Identity, Key, SHA_256};

pub(super) const DATA: &str = "1.2.840.113549.1.7.1";
pub(super) const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
pub(super) const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
pub(super) const SIGNING_CERTIFICATE_V2: &str = "1.2.840.113549.1.9.16.2.47";

/// Makes an unsigned attribute from the signature value: a time stamp.
pub(super) type Unsigned = Box<dyn Fn(&[u8]) -> Der>;

/// A SignedData with one signer, before it is put together.
pub(super) struct Cms {
    pub(super) version: u64,
    pub(super) digest_algorithm: Der,
    /// The encapsulated content info.
    pub(super) content: Der,
    pub(super) certificates: Vec<Der>,
    /// What stands in `crls`: each a CertificateList, or another form under its tag.
    pub(super) revocations: Vec<Der>,
    pub(super) signer_identifier: Der,
    pub(super) signer_digest_algorithm: Der,
    pub(super) attributes: Vec<Der>,
    pub(super) signature_algorithm: Der,
    pub(super) key: Key,
    /// Replaces the signature value once it is made.
    pub(super) value: fn(Vec<u8>) -> Vec<u8>,
    pub(super) unsigned: Vec<Unsigned>,
    /// How many times the signer stands in it.
    pub(super) signers: usize,
}

pub(super) fn attribute(id: &str, value: Der) -> Der {
    seq([oid(id), set_of(&[value])])
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// The attribute that pins certificates by their digests.
pub(super) fn pins(certificates: &[Der]) -> Der {
    let pins: Vec<_> = certificates
        .iter()
        .map(|certificate| seq([octets(&sha256(certificate))]))
        .collect();
    attribute(SIGNING_CERTIFICATE_V2, seq([seq_of(&pins)]))
}

impl Cms {
    /// A detached signature of the form that our writer makes.
    pub(super) fn detached(signer: &Identity, issuers: &[&Identity], content: &[u8]) -> Self {
        Self::of(signer, issuers, DATA, None, content)
    }

    /// A signature over content of a type, which stands in it where `encapsulated` says so.
    pub(super) fn of(
        signer: &Identity,
        issuers: &[&Identity],
        content_type: &str,
        encapsulated: Option<Der>,
        content: &[u8],
    ) -> Self {
        let certificates: Vec<_> = [signer]
            .iter()
            .chain(issuers)
            .map(|identity| identity.certificate.clone())
            .collect();
        let attributes = vec![
            attribute(CONTENT_TYPE, oid(content_type)),
            attribute(MESSAGE_DIGEST, octets(&sha256(content))),
            pins(&certificates),
        ];
        let content = match encapsulated {
            Some(content) => seq([oid(content_type), context(0, &content)]),
            None => seq([oid(content_type)]),
        };
        Self {
            version: if content_type == DATA { 1 } else { 3 },
            digest_algorithm: seq([oid(SHA_256)]),
            content,
            certificates,
            revocations: Vec::new(),
            signer_identifier: seq([signer.issuer.clone(), int(signer.serial)]),
            signer_digest_algorithm: seq([oid(SHA_256)]),
            attributes,
            signature_algorithm: signer.key.algorithm(),
            key: signer.key.clone(),
            value: |value| value,
            unsigned: Vec::new(),
            signers: 1,
        }
    }

    /// Puts an attribute in the place of the one of the same type.
    pub(super) fn set_attribute(&mut self, id: &str, attribute: Option<Der>) {
        self.attributes.retain(|own| !contains(own, &oid(id)));
        self.attributes.extend(attribute);
    }

    /// Signs, and puts everything together.
    pub(super) fn assemble(&self) -> Der {
        let attributes = set_of(&self.attributes);
        let value = (self.value)(self.key.sign(&attributes));
        let mut signer = vec![
            int(1),
            self.signer_identifier.clone(),
            self.signer_digest_algorithm.clone(),
        ];
        if !self.attributes.is_empty() {
            signer.push(retagged(0xa0, &attributes));
        }
        signer.extend([self.signature_algorithm.clone(), octets(&value)]);
        if !self.unsigned.is_empty() {
            let unsigned: Vec<_> = self.unsigned.iter().map(|make| make(&value)).collect();
            signer.push(retagged(0xa1, &set_of(&unsigned)));
        }
        let mut signed = vec![
            int(self.version),
            set_of(std::slice::from_ref(&self.digest_algorithm)),
            self.content.clone(),
        ];
        if !self.certificates.is_empty() {
            signed.push(retagged(0xa0, &set_of(&self.certificates)));
        }
        if !self.revocations.is_empty() {
            signed.push(retagged(0xa1, &set_of(&self.revocations)));
        }
        signed.push(set_of(&vec![seq_of(&signer); self.signers]));
        seq([oid("1.2.840.113549.1.7.2"), context(0, &seq_of(&signed))])
    }
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
