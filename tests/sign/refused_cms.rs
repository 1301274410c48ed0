//! Detached signatures that must not pass, each with the check that refuses it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ::cms::cert::{CertificateChoices, OtherCertificateFormat};
use ::cms::content_info::{CmsVersion, ContentInfo};
use ::cms::revocation::RevocationInfoChoices;
use ::cms::signed_data::{CertificateSet, SignedData, SignerInfo, SignerInfos};
use backproof::sign::{Signer, cms};
use backproof_verify::check::{Checks, Outcome, Verdict};
use backproof_verify::signature::{TrustAnchors, check_detached};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _};
use proptest::prelude::*;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

use super::identities::{AnySigner, anchors, certificates};
use super::{Change, codes, mutate, verify_detached};

const CONTENT: &[u8] = b"content";
const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

/// Signs [`CONTENT`], lets `tamper` change what was made, signs the attributes again if they changed, and verifies.
fn failed_after(tamper: impl FnOnce(&mut SignedData, &mut SignerInfo)) -> BTreeSet<&'static str> {
    let signer = AnySigner::below("signer-p256", &["issuing"]);
    let made = cms::detached(&signer, None, CONTENT).expect("signs");
    let outer = ContentInfo::from_der(&made).expect("parses");
    let mut signed = SignedData::from_der(&outer.content.to_der().expect("encodes")).expect("parses");
    let mut info = signed.signer_infos.0.get(0).expect("one").clone();
    let attributes = info.signed_attrs.clone();
    tamper(&mut signed, &mut info);
    if info.signed_attrs != attributes {
        let message = info.signed_attrs.to_der().expect("encodes");
        info.signature = OctetString::new(signer.sign(&message).expect("signs")).expect("short");
    }
    if signed.signer_infos.0.len() == 1 {
        signed.signer_infos = SignerInfos::try_from(vec![info]).expect("one");
    }
    let content = Any::encode_from(&signed).expect("encodes");
    let der = ContentInfo {
        content_type: outer.content_type,
        content,
    }
    .to_der()
    .expect("encodes");
    let checks = verify_detached(&der, CONTENT, &anchors("root"));
    codes(&checks, Outcome::Failed)
}

/// Replaces, adds or (with `None`) removes a signed attribute.
fn set_attribute(info: &mut SignerInfo, oid: ObjectIdentifier, value: Option<Any>) {
    let old = info.signed_attrs.take().expect("attributes");
    let mut attributes: Vec<_> = old
        .iter()
        .filter(|attribute| attribute.oid != oid)
        .cloned()
        .collect();
    attributes.extend(value.map(|value| Attribute {
        oid,
        values: SetOfVec::try_from(vec![value]).expect("one"),
    }));
    info.signed_attrs = Some(SetOfVec::try_from(attributes).expect("a set"));
}

fn octets(bytes: &[u8]) -> Any {
    Any::encode_from(&OctetString::new(bytes).expect("short")).expect("encodes")
}

fn pins(names: &[&str]) -> Any {
    let pin = |der: &Vec<u8>| backproof_verify::signature::cms::CertificateDigest {
        sha256: OctetString::new(
            backproof_verify::digest::Sha256Digest::of(der)
                .as_bytes()
                .as_slice(),
        )
        .expect("short"),
    };
    let certificates = certificates(names).iter().map(pin).collect();
    Any::encode_from(&backproof_verify::signature::cms::SigningCertificates { certificates })
        .expect("encodes")
}

fn set_certificates(signed: &mut SignedData, names: &[&str]) {
    let choices = certificates(names)
        .iter()
        .map(|der| Certificate::from_der(der).expect("parses"))
        .collect::<Vec<_>>();
    let choices: Vec<_> = choices.into_iter().map(CertificateChoices::Certificate).collect();
    signed.certificates = Some(CertificateSet::try_from(choices).expect("a set"));
}

#[test]
fn the_untouched_signature_passes_this_bench() {
    assert!(failed_after(|_, _| {}).is_empty());
    let same =
        failed_after(|_, info| set_attribute(info, cms_oid::PINS, Some(pins(&["signer-p256", "issuing"]))));
    assert!(same.is_empty(), "{same:?}");
}

/// The attributes by their names here.
mod cms_oid {
    pub(crate) use backproof_verify::signature::cms::{
        CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2 as PINS,
    };
}

#[test]
fn shapes_that_are_not_ours_are_refused() {
    let attribute = || Attribute {
        oid: SIGNING_TIME,
        values: SetOfVec::try_from(vec![Any::null()]).expect("one"),
    };
    type Tamper = Box<dyn Fn(&mut SignedData, &mut SignerInfo)>;
    let cases: Vec<(&str, &str, Tamper)> = vec![
        (
            "two signers",
            "cms.parse",
            Box::new(|signed, info| {
                let other = SignerInfo {
                    signature: OctetString::new(*b"other").expect("short"),
                    ..info.clone()
                };
                signed.signer_infos = SignerInfos::try_from(vec![info.clone(), other]).expect("two");
            }),
        ),
        (
            "no signer",
            "cms.parse",
            Box::new(|signed, _| signed.signer_infos = SignerInfos(SetOfVec::new())),
        ),
        (
            "another version",
            "cms.parse",
            Box::new(|signed, _| signed.version = CmsVersion::V3),
        ),
        (
            "a signer of another version",
            "cms.parse",
            Box::new(|_, info| info.version = CmsVersion::V3),
        ),
        (
            "content within",
            "cms.parse",
            Box::new(|signed, _| signed.encap_content_info.econtent = Some(octets(CONTENT))),
        ),
        (
            "an empty set of revocation lists",
            "cms.parse",
            Box::new(|signed, _| signed.crls = Some(RevocationInfoChoices(SetOfVec::new()))),
        ),
        (
            "something other than a certificate",
            "cms.parse",
            Box::new(|signed, _| {
                let mut choices = signed.certificates.take().expect("certificates").0.into_vec();
                choices.push(CertificateChoices::Other(OtherCertificateFormat {
                    other_cert_format: SIGNING_TIME,
                    other_cert: octets(b"anything, and nobody signed it"),
                }));
                signed.certificates = Some(CertificateSet::try_from(choices).expect("a set"));
            }),
        ),
        (
            "more certificates than a path has",
            "cms.parse",
            Box::new(|signed, _| set_certificates(signed, &["signer-p256"; 9])),
        ),
        (
            "another form of the signer's digest algorithm",
            "cms.algorithms",
            Box::new(|_, info| info.digest_alg.parameters = Some(Any::null())),
        ),
        (
            "another form of the listed digest algorithm",
            "cms.algorithms",
            Box::new(|signed, info| {
                let mut sha256 = info.digest_alg.clone();
                sha256.parameters = Some(Any::null());
                signed.digest_algorithms = SetOfVec::try_from(vec![sha256]).expect("one");
            }),
        ),
        (
            "another form of the signature algorithm",
            "cms.algorithms",
            Box::new(|_, info| info.signature_algorithm.parameters = Some(Any::null())),
        ),
        (
            "SHA-1 named by the signer",
            "cms.algorithms",
            Box::new(|_, info| {
                info.digest_alg = AlgorithmIdentifierOwned {
                    oid: SHA_1,
                    parameters: None,
                }
            }),
        ),
        (
            "SHA-1 in the list",
            "cms.algorithms",
            Box::new(|signed, _| {
                let sha1 = AlgorithmIdentifierOwned {
                    oid: SHA_1,
                    parameters: None,
                };
                signed.digest_algorithms = SetOfVec::try_from(vec![sha1]).expect("one");
            }),
        ),
        (
            "no signed attributes",
            "cms.attributes",
            Box::new(|_, info| info.signed_attrs = None),
        ),
        (
            "an attribute more",
            "cms.attributes",
            Box::new(|_, info| set_attribute(info, SIGNING_TIME, Some(Any::null()))),
        ),
        (
            "an unsigned attribute",
            "cms.attributes",
            Box::new(move |_, info| {
                info.unsigned_attrs = Some(SetOfVec::try_from(vec![attribute()]).expect("one"));
            }),
        ),
        (
            "no content type",
            "cms.attributes",
            Box::new(|_, info| set_attribute(info, cms_oid::CONTENT_TYPE, None)),
        ),
        (
            "no digest",
            "cms.attributes",
            Box::new(|_, info| set_attribute(info, cms_oid::MESSAGE_DIGEST, None)),
        ),
        (
            "no pinned certificates",
            "cms.attributes",
            Box::new(|_, info| set_attribute(info, cms_oid::PINS, None)),
        ),
    ];
    for (name, code, tamper) in cases {
        let failed = failed_after(tamper);
        assert!(
            failed.contains(code),
            "{name}: {code} expected, failed are {failed:?}"
        );
    }
}

#[test]
fn substituted_certificates_and_digests_are_refused() {
    type Tamper = Box<dyn Fn(&mut SignedData, &mut SignerInfo)>;
    let repin = |names: &'static [&'static str]| -> Tamper {
        Box::new(move |_, info| set_attribute(info, cms_oid::PINS, Some(pins(names))))
    };
    let cases: Vec<(&str, &[&str], Tamper)> = vec![
        (
            "another certificate pinned",
            &["cms.certificate"],
            repin(&["signer-rsa", "issuing"]),
        ),
        (
            "the issuer pinned as signer",
            &["cms.certificate"],
            repin(&["issuing", "signer-p256"]),
        ),
        (
            "one certificate not pinned",
            &["cms.certificate"],
            repin(&["signer-p256"]),
        ),
        ("nothing pinned", &["cms.certificate"], repin(&[])),
        (
            "a certificate more",
            &["cms.certificate"],
            Box::new(|signed, _| set_certificates(signed, &["signer-p256", "issuing", "root"])),
        ),
        (
            "no certificates",
            &["cms.certificate"],
            Box::new(|signed, _| signed.certificates = None),
        ),
        (
            "another signer's certificate, all pins right",
            &["cms.certificate"],
            Box::new(|signed, info| {
                set_certificates(signed, &["signer-rsa", "issuing"]);
                set_attribute(info, cms_oid::PINS, Some(pins(&["signer-rsa", "issuing"])));
            }),
        ),
        (
            "another digest",
            &["cms.digest"],
            Box::new(|_, info| set_attribute(info, cms_oid::MESSAGE_DIGEST, Some(octets(&[7; 32])))),
        ),
        (
            "another signature",
            &["cms.signature"],
            Box::new(|_, info| {
                info.signature = OctetString::new(*b"\x30\x06\x02\x01\x01\x02\x01\x01").expect("short")
            }),
        ),
    ];
    for (name, expected, tamper) in cases {
        assert_eq!(failed_after(tamper), expected.iter().copied().collect(), "{name}");
    }
}

/// With `(r, s)`, `(r, n - s)` fits as well: anybody could alter a signature, and with it the file, and have it hold.
#[test]
fn of_the_two_values_that_fit_only_the_lesser_passes() {
    let failed = failed_after(|_, info| {
        let value = p256::ecdsa::Signature::from_der(info.signature.as_bytes()).expect("a value");
        let other = p256::ecdsa::Signature::from_scalars(value.r(), -value.s()).expect("a value");
        info.signature = OctetString::new(other.to_der().as_bytes()).expect("short");
    });
    assert_eq!(failed, ["cms.signature"].into());
    // The key's holder may give either value.
    let signer = super::identities::signer("signer-p256");
    let given: BTreeSet<bool> = (0..16u8)
        .map(|number| {
            let value = signer.sign(&[number]).expect("signs");
            let value = p256::ecdsa::Signature::from_der(&value).expect("a value");
            let der = cms::detached(&signer, None, &[number]).expect("signs");
            let checks = verify_detached(&der, &[number], &anchors("root"));
            assert_eq!(checks.verdict(), Verdict::Verified, "{number}: {checks:?}");
            value.normalize_s() == value
        })
        .collect();
    assert_eq!(given.len(), 2, "the bench tries both");
}

#[test]
fn paths_that_do_not_hold_are_refused() {
    let check = |name: &str, signer: &AnySigner, root: &str, expected: &[&str]| {
        let der = cms::detached(signer, None, CONTENT).expect("signs");
        let failed = codes(&verify_detached(&der, CONTENT, &anchors(root)), Outcome::Failed);
        assert_eq!(failed, expected.iter().copied().collect(), "{name}");
    };
    for (name, issuers, root, expected) in [
        ("signer-p256", &["issuing"][..], "root", &[][..]),
        ("signer-p256", &["issuing", "root"], "root", &[]),
        ("signer-p256", &["issuing"], "other-root", &["certificate.path"]),
        ("signer-p256", &[], "root", &["certificate.path"]),
        ("expired", &["issuing"], "root", &["certificate.validity"]),
        ("wrong-purpose", &["issuing"], "root", &["certificate.usage"]),
        ("wrong-usage", &["issuing"], "root", &["certificate.usage"]),
        ("critical-extension", &["issuing"], "root", &["certificate.usage"]),
        (
            "below-other",
            &["other-issuing", "issuing"],
            "root",
            &["certificate.usage"],
        ),
        (
            "below-constrained",
            &["constrained"],
            "root",
            &["certificate.usage"],
        ),
        ("below-no-ca", &["no-ca-issuer"], "root", &["certificate.usage"]),
        ("short-rsa", &["issuing"], "root", &["cms.signature"]),
    ] {
        check(name, &AnySigner::below(name, issuers), root, expected);
    }
    let mut forged = certificates(&["signer-p256", "issuing"]);
    *forged[0].last_mut().expect("bytes") ^= 1;
    check(
        "a forged certificate",
        &AnySigner::new("signer-p256", forged),
        "root",
        &["certificate.path"],
    );
    let borrowed = AnySigner::new("below-other", certificates(&["signer-p256", "issuing"]));
    check("another's certificate", &borrowed, "root", &["cms.signature"]);
}

/// Both ends belong to the validity, to the second (RFC 5280 §4.1.2.5); no tolerance for clocks that differ.
#[test]
fn validity_is_judged_at_the_given_time() {
    let signer = AnySigner::below("signer-p256", &["issuing"]);
    let der = cms::detached(&signer, None, CONTENT).expect("signs");
    let leaf = Certificate::from_der(&signer.chain()[0]).expect("parses");
    let validity = leaf.tbs_certificate().validity();
    let millis =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_millis()).expect("a time");
    let (first, last) = (millis(validity.not_before), millis(validity.not_after));
    for (at, holds) in [
        (first - 1, false),
        (first, true),
        (last, true),
        (last + 999, true),
        (last + 1000, false),
        (0, false),
        (-1, false),
    ] {
        let at = chrono::DateTime::from_timestamp_millis(at).expect("a time");
        let mut checks = Checks::new();
        check_detached("test.p7s", &der, CONTENT, &anchors("issuing"), at, &mut checks);
        let failed = codes(&checks, Outcome::Failed);
        assert_eq!(
            !failed.contains("certificate.validity"),
            holds,
            "{at}: {checks:?}"
        );
        assert!(
            failed.is_subset(&["certificate.validity"].into()),
            "{at}: {failed:?}"
        );
    }
}

#[test]
fn no_byte_can_be_changed_added_or_left_out() {
    let der = cms::detached(&AnySigner::below("signer-p256", &["issuing"]), None, CONTENT).expect("signs");
    for anchors in [TrustAnchors::none(), anchors("root")] {
        for at in 0..der.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut changed = der.clone();
                changed[at] ^= mask;
                let checks = verify_detached(&changed, CONTENT, &anchors);
                assert_eq!(
                    checks.verdict(),
                    Verdict::Failed,
                    "byte {at} with {mask:#x}: {checks:?}"
                );
            }
            let checks = verify_detached(&der[..at], CONTENT, &anchors);
            assert_eq!(
                codes(&checks, Outcome::Failed),
                ["cms.parse"].into(),
                "cut at {at}"
            );
        }
        let longer = [der.as_slice(), &[0]].concat();
        let checks = verify_detached(&longer, CONTENT, &anchors);
        assert_eq!(codes(&checks, Outcome::Failed), ["cms.parse"].into());
    }
}

proptest! {
    /// Several changes at once: never a panic, never a verdict other than failed.
    #[test]
    fn mutated_signatures_fail(changes in prop::collection::vec(any::<Change>(), 1..8)) {
        static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
            cms::detached(&AnySigner::below("signer-p256", &["issuing"]), None, CONTENT).expect("signs")
        });
        let signature = mutate(&SIGNED, changes);
        let verdict = verify_detached(&signature, CONTENT, &TrustAnchors::none()).verdict();
        prop_assert!(signature == *SIGNED || verdict == Verdict::Failed);
    }
}
