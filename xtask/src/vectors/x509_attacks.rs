//! Certificates that do not bear what is done with them, each in an otherwise proper PDF.

use super::Vectors;
use super::asn1::{Der, context, named_bits, null, oid, retagged, seq, set_of, tagged, utf8, yes};
use super::cms::Cms;
use super::pdf::{Parts, house_signs};
use super::pki::{
    House, Identity, Key, SERVER, Template, authority, distinguished, extension, name_constraints, purposes,
    signs_documents,
};

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    for (name, attack, code, signer, issuers) in signers(house)
        .into_iter()
        .chain(issuers(house))
        .chain(constrained(house))
    {
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

/// Signers whose names an authority above them may not vouch for.
fn constrained(house: &House) -> Vec<Case> {
    let directory = |organization: &str| {
        let name = seq([set_of(&[seq([oid("2.5.4.10"), utf8(organization)])])]);
        context(4, &name)
    };
    let below = |permitted: &[Der], excluded: &[Der], organizations: &[&str], more: Vec<Der>| {
        let constraints = vec![name_constraints(permitted, excluded)];
        let issuer =
            Template::new("constrained", [authority(None), constraints].concat()).issued_by(&house.root);
        let signer = Template::new("signer", [signs_documents(), more].concat())
            .with_subject(distinguished(organizations, "signer"))
            .issued_by(&issuer);
        (signer, vec![issuer])
    };
    let alternative = |name: Der| vec![extension("2.5.29.17", false, &seq([name]))];
    let email = |address: &str| tagged(0x81, address.as_bytes());
    let registered = || retagged(0x88, &oid("1.2.3.4"));
    let constraints = || vec![name_constraints(&[directory("Luma")], &[])];
    let on_leaf =
        Template::new("signer", [signs_documents(), constraints()].concat()).issued_by(&house.issuing);
    let upper = Template::new("upper", [authority(None), constraints()].concat()).issued_by(&house.root);
    let lower = Template::new("lower", authority(None))
        .with_subject(distinguished(&["Luma"], "lower"))
        .issued_by(&upper);
    let deep = Template::new("signer", signs_documents())
        .with_subject(distinguished(&["Other"], "signer"))
        .issued_by(&lower);
    let luma = || [directory("Luma")];
    let case = |name, attack, (signer, issuers)| (name, attack, "certificate.usage", signer, issuers);
    vec![
        case(
            "names-not-permitted",
            "a name beside the permitted ones",
            below(&luma(), &[], &["Other"], Vec::new()),
        ),
        case(
            "names-excluded",
            "an excluded name",
            below(&[], &luma(), &["Luma"], Vec::new()),
        ),
        case(
            "names-excluded-case",
            "an excluded name in another spelling",
            below(&[], &luma(), &["LUMA"], Vec::new()),
        ),
        case(
            "names-email",
            "an address that is not permitted",
            below(
                &[email("luma.example")],
                &[],
                &["Luma"],
                alternative(email("a@other.example")),
            ),
        ),
        case(
            "names-email-suffix",
            "an address that only ends like a permitted one",
            below(
                &[email("luma.example")],
                &[],
                &["Luma"],
                alternative(email("a@otherluma.example")),
            ),
        ),
        case(
            "names-form-unknown",
            "a constrained form of name that is not understood",
            below(&[registered()], &[], &["Luma"], alternative(registered())),
        ),
        case(
            "names-on-leaf",
            "name constraints of one that is no authority",
            (on_leaf, vec![house.issuing.clone()]),
        ),
        case(
            "names-two-above",
            "constraints of an authority two above",
            (deep, vec![lower, upper]),
        ),
    ]
}
