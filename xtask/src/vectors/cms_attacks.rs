//! Attacks on the signature within and on what it rests on, each in an otherwise proper PDF.

use super::Vectors;
use super::asn1::{context, null, octets, oid, retagged, seq, utc_time};
use super::cms::{CONTENT_TYPE, Cms, DATA, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, attribute, pins};
use super::pdf::Parts;
use super::pki::{House, Key, Template, signs_documents};

const SHA_1: &str = "1.3.14.3.2.26";
const MD5: &str = "1.2.840.113549.2.5";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    for (name, attack, code, alter) in shapes()
        .into_iter()
        .chain(attributes())
        .chain(certificates_and_values())
    {
        let pdf = Parts::proper().signed(&|content| {
            let mut cms = Cms::detached(&house.signer, &[&house.issuing], content);
            alter(house, &mut cms);
            cms.assemble()
        });
        vectors.fails(&format!("cms-{name}.pdf"), attack, code, pdf);
    }
    let content_of_another = Parts::proper()
        .signed(&|_| Cms::detached(&house.signer, &[&house.issuing], b"another content").assemble());
    vectors.fails(
        "cms-another-content.pdf",
        "a good signature over another content",
        "cms.digest",
        content_of_another,
    );
    let behind = Parts::proper().signed(&|content| {
        let der = Cms::detached(&house.signer, &[&house.issuing], content).assemble();
        [der.as_slice(), &null()].concat()
    });
    vectors.fails(
        "cms-trailing-value.pdf",
        "a second DER value behind the signature",
        "pdf.byte-range",
        behind,
    );
}

type Alter = fn(&House, &mut Cms);

type Case = (&'static str, &'static str, &'static str, Alter);

/// Shapes and algorithms that are not in the closed list.
fn shapes() -> Vec<Case> {
    vec![
        ("two-signers", "two signers", "cms.parse", |_, cms| {
            cms.signers = 2
        }),
        ("no-signer", "no signer", "cms.parse", |_, cms| cms.signers = 0),
        (
            "content-within",
            "the signature carries content of its own",
            "cms.parse",
            |_, cms| {
                cms.content = seq([oid(DATA), context(0, &octets(b"content"))]);
            },
        ),
        (
            "not-minimal",
            "DER with a length in more bytes than it needs",
            "cms.parse",
            |_, cms| {
                cms.digest_algorithm = [&[0x30, 0x81, 0x0b][..], &oid("2.16.840.1.101.3.4.2.1")].concat();
            },
        ),
        (
            "sha1",
            "SHA-1 as the signer's digest algorithm",
            "cms.algorithms",
            |_, cms| {
                cms.signer_digest_algorithm = seq([oid(SHA_1)]);
            },
        ),
        (
            "sha1-signature",
            "ECDSA with SHA-1 as the signature algorithm",
            "cms.algorithms",
            |_, cms| {
                cms.signature_algorithm = seq([oid("1.2.840.10045.4.1")]);
            },
        ),
        (
            "md5-listed",
            "MD5 in the list of digest algorithms",
            "cms.algorithms",
            |_, cms| {
                cms.digest_algorithm = seq([oid(MD5)]);
            },
        ),
        (
            "algorithm-parameters",
            "the signature algorithm has parameters that do not belong to it",
            "cms.algorithms",
            |_, cms| {
                cms.signature_algorithm = seq([oid("1.2.840.10045.4.3.2"), null()]);
            },
        ),
        (
            "foreign-certificate-form",
            "something other than a certificate among the certificates",
            "cms.parse",
            |_, cms| {
                let other = seq([oid(SIGNING_TIME), octets(b"nobody signed this")]);
                cms.certificates.push(retagged(0xa3, &other));
            },
        ),
    ]
}

/// Attributes that are missing, too many or another.
fn attributes() -> Vec<Case> {
    vec![
        (
            "no-attributes",
            "no signed attributes",
            "cms.attributes",
            |_, cms| cms.attributes.clear(),
        ),
        (
            "no-content-type",
            "the content type is not signed",
            "cms.attributes",
            |_, cms| {
                cms.set_attribute(CONTENT_TYPE, None);
            },
        ),
        (
            "wrong-content-type",
            "the signed content type is another",
            "cms.attributes",
            |_, cms| {
                cms.set_attribute(
                    CONTENT_TYPE,
                    Some(attribute(CONTENT_TYPE, oid("1.2.840.113549.1.7.2"))),
                );
            },
        ),
        (
            "no-digest",
            "the digest is not signed",
            "cms.attributes",
            |_, cms| cms.set_attribute(MESSAGE_DIGEST, None),
        ),
        (
            "ess-missing",
            "no certificate is pinned",
            "cms.attributes",
            |_, cms| {
                cms.set_attribute(SIGNING_CERTIFICATE_V2, None);
            },
        ),
        (
            "ess-wrong",
            "ESS: another certificate than the signer's is pinned",
            "cms.certificate",
            |house, cms| {
                let wrong = pins(&[
                    house.other_root.certificate.clone(),
                    house.issuing.certificate.clone(),
                ]);
                cms.set_attribute(SIGNING_CERTIFICATE_V2, Some(wrong));
            },
        ),
        (
            "ess-short",
            "ESS: the issuer's certificate is not pinned",
            "cms.certificate",
            |house, cms| {
                cms.set_attribute(
                    SIGNING_CERTIFICATE_V2,
                    Some(pins(std::slice::from_ref(&house.signer.certificate))),
                );
            },
        ),
        (
            "ess-old",
            "ESS: the certificate is pinned by SHA-1 (signingCertificate)",
            "cms.attributes",
            |_, cms| {
                let old = seq([seq([seq([octets(&[0; 20])])])]);
                cms.set_attribute(
                    SIGNING_CERTIFICATE_V2,
                    Some(attribute("1.2.840.113549.1.9.16.2.12", old)),
                );
            },
        ),
        (
            "attribute-more",
            "a signed attribute that is not expected",
            "cms.attributes",
            |_, cms| {
                cms.attributes
                    .push(attribute(SIGNING_TIME, utc_time("20261005000000")));
            },
        ),
        (
            "unsigned-attribute",
            "an unsigned attribute that is not expected",
            "cms.attributes",
            |_, cms| {
                cms.unsigned.push(Box::new(|_| attribute(SIGNING_TIME, null())));
            },
        ),
    ]
}

/// Certificates and values that are not those that were pinned and made.
fn certificates_and_values() -> Vec<Case> {
    vec![
        (
            "certificate-added",
            "a certificate that nobody pinned",
            "cms.certificate",
            |house, cms| {
                cms.certificates.push(house.root.certificate.clone());
            },
        ),
        (
            "certificate-substituted",
            "another certificate for the same name and number",
            "cms.certificate",
            |house, cms| {
                let twin = Template::new("signer", signs_documents())
                    .with_key(Key::named("twin"))
                    .issued_by(&house.issuing);
                cms.certificates[0] = twin.certificate;
            },
        ),
        (
            "another-key",
            "signed with another key than the certificate's",
            "cms.signature",
            |_, cms| {
                cms.key = Key::named("another");
            },
        ),
        (
            "greater-s",
            "the greater of the two ECDSA values that fit",
            "cms.signature",
            |_, cms| {
                cms.value = |value| {
                    let value = p256::ecdsa::Signature::from_der(&value).expect("invariant: just made");
                    let other = p256::ecdsa::Signature::from_scalars(value.r(), -value.s());
                    other.expect("invariant: not zero").to_der().as_bytes().to_vec()
                };
            },
        ),
        (
            "signer-identifier",
            "the signer identifier names another certificate",
            "cms.certificate",
            |_, cms| {
                let end = cms.signer_identifier.len() - 1;
                cms.signer_identifier[end] ^= 1;
            },
        ),
    ]
}
