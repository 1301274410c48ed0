//! A question to an authority and its answer as they are sent (RFC 3161 §2.4). Nothing signs an answer's status and words: they
//! say why there is no token, and no more than that.

use backproof_verify::digest::Sha256Digest;
use backproof_verify::signature::key::SHA_256;
use backproof_verify::signature::signed_data::{Elements, SignedData};
use cms::content_info::ContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::{BitString, Int, OctetString};
use der::{Any, Decode as _, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use super::Unstamped;

/// Bytes of a nonce: what the authorities of old take, too.
const NONCE_BYTES: usize = 8;
/// Longest words of an authority that are kept, in characters.
const WORDS_CHARS_MAX: usize = 200;
/// `PKIFailureInfo`, as far as RFC 3161 uses it: the bit and its name.
const REASONS: [(usize, &str); 8] = [
    (0, "badAlg"),
    (2, "badRequest"),
    (5, "badDataFormat"),
    (14, "timeNotAvailable"),
    (15, "unacceptedPolicy"),
    (16, "unacceptedExtension"),
    (17, "addInfoNotAvailable"),
    (25, "systemFailure"),
];

/// `TimeStampReq`.
#[derive(Debug, Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    nonce: Int,
    with_certificates: bool,
}

/// `MessageImprint`.
#[derive(Debug, Sequence)]
struct Imprint {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// `TimeStampResp`; the token as it came.
#[derive(Debug, Sequence)]
struct Answer {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

/// `PKIStatusInfo`.
#[derive(Debug, Sequence)]
struct Status {
    status: u8,
    #[asn1(optional = "true")]
    words: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    reasons: Option<BitString>,
}

/// What was asked.
pub(super) struct Question {
    pub(super) der: Vec<u8>,
    pub(super) nonce: Vec<u8>,
}

/// Asks for a token over `stamped` with the certificates that it takes to check it, by this policy or by whichever.
pub(super) fn question(
    stamped: Sha256Digest,
    policy: Option<ObjectIdentifier>,
) -> Result<Question, Unstamped> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|error| Unstamped::NotSent(error.to_string()))?;
    // Positive and of full length, whatever was drawn: so it has one encoding.
    nonce[0] = nonce[0] & 0x3f | 0x40;
    let encoded = || -> Result<Vec<u8>, der::Error> {
        let algorithm = AlgorithmIdentifierOwned {
            oid: SHA_256,
            parameters: Some(Any::null()),
        };
        let digest = OctetString::new(stamped.as_bytes().as_slice())?;
        let request = Request {
            version: 1,
            imprint: Imprint { algorithm, digest },
            policy,
            nonce: Int::new(&nonce)?,
            with_certificates: true,
        };
        request.to_der()
    };
    Ok(Question {
        der: encoded().map_err(|error| Unstamped::NotSent(error.to_string()))?,
        nonce: nonce.to_vec(),
    })
}

/// The token of an answer, in DER.
pub(super) fn token(answer: &[u8]) -> Result<Vec<u8>, Unstamped> {
    let answer = Answer::from_der(answer).map_err(|_| Unstamped::NoAnswer)?;
    // 1 grants with modifications; what has to be as it was asked for is looked at in the token itself.
    match (answer.status.status, answer.token) {
        (0 | 1, Some(token)) => in_order(&token).map_err(|_| Unstamped::NoAnswer),
        (0 | 1, None) => Err(Unstamped::NoAnswer),
        (status, _) => Err(Unstamped::Rejected {
            status,
            words: words(&answer.status),
        }),
    }
}

/// A token with the certificates and lists that it carries in the order of DER, each once. Many authorities, those of OpenSSL
/// among them, send them in another order, which nothing signs; the verifier knows one.
fn in_order(token: &Any) -> Result<Vec<u8>, der::Error> {
    let mut outer = token.decode_as::<ContentInfo>()?;
    let mut signed = outer.content.decode_as::<SignedData>()?;
    signed.certificates = signed.certificates.map(sorted).transpose()?;
    signed.crls = signed.crls.map(sorted).transpose()?;
    outer.content = Any::encode_from(&signed)?;
    outer.to_der()
}

fn sorted<T: Encode + Clone + PartialEq>(elements: Elements<T>) -> Result<Elements<T>, der::Error> {
    let mut once: Vec<T> = Vec::new();
    for element in elements.as_slice() {
        if !once.contains(element) {
            once.push(element.clone());
        }
    }
    Elements::sorted(once)
}

/// Why an authority refuses, in its words: the names of its reasons, and its text.
fn words(status: &Status) -> String {
    let is_set = |bit: usize| {
        let bytes = status.reasons.as_ref().map(BitString::raw_bytes);
        let byte = bytes.and_then(|bytes| bytes.get(bit / 8).copied());
        byte.is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)
    };
    let names = REASONS
        .iter()
        .filter(|(bit, _)| is_set(*bit))
        .map(|(_, name)| (*name).to_owned());
    let texts = status.words.iter().flatten();
    let texts = texts.map(|text| String::from_utf8_lossy(text.value()).into_owned());
    let all: Vec<_> = names.chain(texts).collect();
    if all.is_empty() {
        return "no reason is given".to_owned();
    }
    all.join(", ").chars().take(WORDS_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_names_digest_policy_and_nonce_and_no_two_are_alike() {
        let stamped = Sha256Digest::of(b"x");
        let policy = ObjectIdentifier::new_unwrap("1.2.3.4.1");
        let (one, other) = (
            question(stamped, Some(policy)).unwrap(),
            question(stamped, None).unwrap(),
        );
        assert_ne!(one.nonce, other.nonce);
        let read = Request::from_der(&one.der).unwrap();
        assert_eq!(read.imprint.digest.as_bytes(), stamped.as_bytes());
        assert_eq!(
            (read.policy, read.nonce.as_bytes()),
            (Some(policy), one.nonce.as_slice())
        );
        assert!(read.with_certificates && Request::from_der(&other.der).unwrap().policy.is_none());
    }

    #[test]
    fn a_refusal_is_told_in_the_authoritys_words() {
        let said = |der: &[u8]| token(der).unwrap_err().to_string();
        // status 2, "busy", timeNotAvailable
        let rejected = b"\x30\x12\x30\x10\x02\x01\x02\x30\x06\x0c\x04busy\x03\x03\x01\x00\x02";
        assert_eq!(said(rejected), "refuses with status 2: timeNotAvailable, busy");
        assert_eq!(
            said(b"\x30\x05\x30\x03\x02\x01\x02"),
            "refuses with status 2: no reason is given"
        );
        let none = "gave an answer that is no RFC 3161 reply in DER with a token";
        for bad in [
            b"".as_slice(),
            b"<html>",
            b"\x30\x05\x30\x03\x02\x01\x00",
            b"\x30\x05\x30\x03\x02\x01\x02\x00",
        ] {
            assert_eq!(said(bad), none, "{bad:?}");
        }
    }
}
