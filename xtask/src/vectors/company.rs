//! The certificates that a token brings along beside its authority's: nothing else than the chain holds their bytes.

use super::Vectors;
use super::asn1::Der;
use super::pki::{House, Template, authority};
use super::time::{altered, pdf_by};

fn root() -> Der {
    House::new().root.certificate
}

/// Another certificate of the root, signed by itself.
fn second_root() -> Der {
    let mut root = Template::new("root", authority(None));
    root.serial = 5;
    root.self_signed().certificate
}

/// Another certificate of the authority's issuer.
fn second_issuer() -> Der {
    let mut issuing = Template::new("issuing", authority(None));
    issuing.serial = 5;
    issuing.issued_by(&House::new().root).certificate
}

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let with_root = pdf_by(house, &house.signer, &|cms| {
        altered(house, cms, |token| token.certificates.push(root()))
    });
    vectors.passes(
        "good-timestamp-with-root.pdf",
        "a time stamp that brings its root along",
        with_root.clone(),
    );
    vectors.push(
        "good-timestamp-root-above.pdf",
        "a time stamp that brings a root above the one that is trusted",
        ("verified", &[]),
        "issuing.pem",
        with_root,
    );
    let two_roots = pdf_by(house, &house.signer, &|cms| {
        altered(house, cms, |token| {
            token.certificates.extend([root(), second_root()])
        })
    });
    vectors.push(
        "timestamp-two-roots.pdf",
        "a time stamp that brings two roots above the one that is trusted",
        ("failed", &["timestamp.token"]),
        "issuing.pem",
        two_roots,
    );
    for (name, attack, pdf) in [
        (
            "second-issuer",
            "a token with another certificate of its issuer",
            pdf_by(house, &house.signer, &|cms| {
                altered(house, cms, |token| token.certificates.push(second_issuer()))
            }),
        ),
        (
            "second-root",
            "a token with another certificate of the root, signed by itself",
            pdf_by(house, &house.signer, &|cms| {
                altered(house, cms, |token| token.certificates.push(second_root()))
            }),
        ),
    ] {
        vectors.fails(&format!("timestamp-{name}.pdf"), attack, "timestamp.token", pdf);
    }
}
