//! Certificates that do not bear what is done with them, each in an otherwise proper PDF.

use super::Vectors;
use super::asn1::{Der, named_bits, null, seq, yes};
use super::cms::Cms;
use super::pdf::{Parts, house_signs};
use super::pki::{House, Identity, Key, SERVER, Template, authority, extension, purposes, signs_documents};

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    for (name, attack, code, signer, issuers) in signers(house).into_iter().chain(issuers(house)) {
        let issuers: Vec<&Identity> = issuers.iter().collect();
        let pdf = Parts::proper().signed(&|content| Cms::detached(&signer, &issuers, content).assemble());
        vectors.fails(&format!("x509-{name}.pdf"), attack, code, pdf);
    }
    let proper = Parts::proper().signed(&house_signs(house));
    vectors.push(
        "x509-another-root.pdf",
        "a good signature, and another trust root than the signer's",
        ("failed", &["certificate.path"]),
        "other-root.pem",
        proper,
    );
}

type Case = (&'static str, &'static str, &'static str, Identity, Vec<Identity>);

fn key_usage(bits: &[u8]) -> Der {
    extension("2.5.29.15", true, &named_bits(bits))
}

/// Signers whose certificates do not bear what they do.
fn signers(house: &House) -> Vec<Case> {
    let leaf = |extensions: Vec<Der>| Template::new("signer", extensions).issued_by(&house.issuing);
    let issuing = vec![house.issuing.clone()];
    let (usage, validity) = ("certificate.usage", "certificate.validity");
    vec![
        (
            "expired",
            "the signer's certificate has expired",
            validity,
            Template::new("signer", signs_documents())
                .valid(["20250101000000", "20260101000000"])
                .issued_by(&house.issuing),
            issuing.clone(),
        ),
        (
            "not-yet-valid",
            "the signer's certificate is not valid yet",
            validity,
            Template::new("signer", signs_documents())
                .valid(["20480101000000", "20491231235959"])
                .issued_by(&house.issuing),
            issuing.clone(),
        ),
        (
            "wrong-purpose",
            "EKU: a certificate for servers signs a document",
            usage,
            leaf(vec![key_usage(&[0]), purposes(false, &[SERVER])]),
            issuing.clone(),
        ),
        (
            "wrong-key-usage",
            "a certificate for key encipherment signs",
            usage,
            leaf(vec![key_usage(&[2])]),
            issuing.clone(),
        ),
        (
            "no-key-usage",
            "a certificate that does not say what its key is for",
            usage,
            leaf(Vec::new()),
            issuing.clone(),
        ),
        (
            "critical-unknown",
            "a critical extension that is not understood",
            usage,
            leaf([signs_documents(), vec![extension("1.2.3.4", true, &null())]].concat()),
            issuing.clone(),
        ),
        (
            "extension-twice",
            "an extension stands twice",
            usage,
            leaf([signs_documents(), signs_documents()].concat()),
            issuing.clone(),
        ),
    ]
}

/// Issuers that may not issue, and certificates that were not issued.
fn issuers(house: &House) -> Vec<Case> {
    let issuing = vec![house.issuing.clone()];
    let (usage, path, validity) = ("certificate.usage", "certificate.path", "certificate.validity");
    let forged = {
        let mut forged = house.signer.clone();
        let at = forged.certificate.len() - 1;
        forged.certificate[at] ^= 1;
        forged
    };
    let impostor = Template::new("issuing", authority(Some(0)))
        .with_key(Key::named("impostor"))
        .self_signed();
    let by_impostor = Template::new("signer", signs_documents()).issued_by(&impostor);
    let second = Template::new("second", authority(None)).issued_by(&house.issuing);
    let too_deep = Template::new("signer", signs_documents()).issued_by(&second);
    let no_authority = Template::new("no authority", vec![key_usage(&[0, 5])]).issued_by(&house.root);
    let below_no_authority = Template::new("signer", signs_documents()).issued_by(&no_authority);
    let no_issuing = Template::new(
        "may not issue",
        vec![extension("2.5.29.19", true, &seq([yes()])), key_usage(&[0])],
    )
    .issued_by(&house.root);
    let below_no_issuing = Template::new("signer", signs_documents()).issued_by(&no_issuing);
    let expired_issuing = Template::new("expired issuing", authority(Some(0)))
        .valid(["20200101000000", "20260101000000"])
        .issued_by(&house.root);
    let below_expired = Template::new("signer", signs_documents()).issued_by(&expired_issuing);
    vec![
        (
            "issuer-expired",
            "the issuer's certificate has expired",
            validity,
            below_expired,
            vec![expired_issuing],
        ),
        (
            "forged",
            "the signer's certificate was changed after it was issued",
            path,
            forged,
            issuing.clone(),
        ),
        (
            "self-made-issuer",
            "an issuer of the same name, made by the attacker",
            path,
            by_impostor,
            vec![impostor],
        ),
        (
            "issuer-missing",
            "the issuer's certificate is missing",
            path,
            house.signer.clone(),
            Vec::new(),
        ),
        (
            "path-length",
            "an authority below one that allows none",
            usage,
            too_deep,
            vec![second, house.issuing.clone()],
        ),
        (
            "issuer-no-authority",
            "the issuer is no authority",
            usage,
            below_no_authority,
            vec![no_authority],
        ),
        (
            "issuer-key-usage",
            "the issuer may not sign certificates",
            usage,
            below_no_issuing,
            vec![no_issuing],
        ),
    ]
}
