//! What others sign beside the signer: time stamps (RFC 3161), revocation lists (RFC 5280), OCSP responses (RFC 6960).

use super::asn1::{
    Der, bits, context, enumerated, generalized_time, int, octets, oid, retagged, seq, seq_of, tagged,
    utc_time,
};
use super::cms::{Cms, sha256};
use super::pki::{Identity, SHA_256};

pub(super) const TIME_STAMP_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const TIME_STAMP_TOKEN: &str = "1.2.840.113549.1.9.16.2.14";
const BASIC_RESPONSE: &str = "1.3.6.1.5.5.7.48.1.1";

/// What is stamped, and when.
pub(super) struct Stamped<'a> {
    pub(super) at: &'a str,
    pub(super) algorithm: &'a str,
    pub(super) digest: Vec<u8>,
    /// The accuracy of the time, where it is told.
    pub(super) accuracy: Option<Der>,
}

impl<'a> Stamped<'a> {
    pub(super) fn new(at: &'a str, bytes: &[u8]) -> Self {
        Self {
            at,
            algorithm: SHA_256,
            digest: sha256(bytes),
            accuracy: None,
        }
    }

    /// The token, to be altered before it is put together.
    pub(super) fn token(&self, authority: &Identity, issuers: &[&Identity]) -> Cms {
        let mut info = vec![
            int(1),
            oid("1.2.3.4.1"),
            seq([seq([oid(self.algorithm)]), octets(&self.digest)]),
            int(7),
            generalized_time(self.at),
        ];
        info.extend(self.accuracy.clone());
        let info = seq_of(&info);
        Cms::of(authority, issuers, TIME_STAMP_INFO, Some(octets(&info)), &info)
    }
}

/// The unsigned attribute that holds a token.
pub(super) fn token_attribute(token: Der) -> Der {
    super::cms::attribute(TIME_STAMP_TOKEN, token)
}

/// A reply that grants the token.
pub(super) fn reply(status: u64, token: Der) -> Der {
    seq([seq([int(status)]), token])
}

/// A revocation list: serial numbers with the date, and extensions of the entry.
pub(super) fn list(
    issuer: &Identity,
    [this, next]: [&str; 2],
    revoked: &[(u64, &str, Option<Der>)],
    extensions: &[Der],
) -> Der {
    let mut body = vec![
        int(1),
        issuer.key.algorithm(),
        issuer.name.clone(),
        utc_time(this),
        utc_time(next),
    ];
    if !revoked.is_empty() {
        let entries = revoked.iter().map(|(serial, date, extension)| {
            let mut entry = vec![int(*serial), utc_time(date)];
            entry.extend(extension.iter().map(|extension| seq([extension.clone()])));
            seq_of(&entry)
        });
        body.push(seq_of(&entries.collect::<Vec<_>>()));
    }
    if !extensions.is_empty() {
        body.push(context(0, &seq_of(extensions)));
    }
    let body = seq_of(&body);
    seq([
        body.clone(),
        issuer.key.algorithm(),
        bits(&issuer.key.sign(&body)),
    ])
}

/// What a responder says.
#[derive(Clone, Copy)]
pub(super) enum Status<'a> {
    Good,
    /// Revoked then, with the key compromised.
    Revoked(&'a str),
    Unknown,
}

/// An OCSP response about `about`, signed by `responder`, as it stands among the revocation data of a signature.
pub(super) fn response(
    issuer: &Identity,
    responder: &Identity,
    about: &Identity,
    status: &Status<'_>,
    times: [&str; 2],
) -> Der {
    Answer::of(issuer, responder, about, *status, times).assemble()
}

/// An OCSP response in parts, each of which a vector may set to what it should not be.
pub(super) struct Answer<'a> {
    /// The hash algorithm in the certificate's name.
    pub(super) hash: &'a str,
    issuer: &'a Identity,
    responder: &'a Identity,
    about: &'a Identity,
    status: Status<'a>,
    pub(super) produced: &'a str,
    times: [&'a str; 2],
    /// Extensions of what is said about the certificate.
    pub(super) extensions: Vec<Der>,
    /// The certificates that it carries, where it has any such field.
    pub(super) certificates: Option<Vec<Der>>,
    /// What it says in place of its own.
    pub(super) singles: Vec<Der>,
}

impl<'a> Answer<'a> {
    pub(super) fn of(
        issuer: &'a Identity,
        responder: &'a Identity,
        about: &'a Identity,
        status: Status<'a>,
        times: [&'a str; 2],
    ) -> Self {
        let is_delegate = responder.certificate != issuer.certificate;
        Self {
            hash: SHA_256,
            issuer,
            responder,
            about,
            status,
            produced: times[0],
            times,
            extensions: Vec::new(),
            certificates: is_delegate.then(|| vec![responder.certificate.clone()]),
            singles: Vec::new(),
        }
    }

    /// What it says about the certificate.
    pub(super) fn single(&self) -> Der {
        let [this, next] = self.times;
        let status = match self.status {
            Status::Good => tagged(0x80, &[]),
            Status::Revoked(at) => retagged(0xa1, &seq([generalized_time(at), context(0, &enumerated(1))])),
            Status::Unknown => tagged(0x82, &[]),
        };
        let id = seq([
            seq([oid(self.hash)]),
            octets(&sha256(&self.issuer.name)),
            octets(&sha256(&self.issuer.key.public_bits())),
            int(self.about.serial),
        ]);
        let mut single = vec![
            id,
            status,
            generalized_time(this),
            context(0, &generalized_time(next)),
        ];
        if !self.extensions.is_empty() {
            single.push(context(1, &seq_of(&self.extensions)));
        }
        seq_of(&single)
    }

    pub(super) fn assemble(&self) -> Der {
        let mut singles = self.singles.clone();
        if singles.is_empty() {
            singles.push(self.single());
        }
        let body = seq([
            context(1, &self.responder.name),
            generalized_time(self.produced),
            seq_of(&singles),
        ]);
        let mut basic = vec![
            body.clone(),
            self.responder.key.algorithm(),
            bits(&self.responder.key.sign(&body)),
        ];
        if let Some(certificates) = &self.certificates {
            basic.push(context(0, &seq_of(certificates)));
        }
        let basic = seq([oid(BASIC_RESPONSE), octets(&seq_of(&basic))]);
        let response = seq([enumerated(0), context(0, &basic)]);
        retagged(0xa1, &seq([oid("1.3.6.1.5.5.7.16.2"), response]))
    }
}
