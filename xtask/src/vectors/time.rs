//! Time stamps, right and wrong: over a signature's value in a PDF, and over the list of digests in a bundle.

use anyhow::Result;
use backproof_verify::layout;

use super::asn1::{Der, null, oid, seq};
use super::bundle::{File, bundle};
use super::cms::{Cms, SIGNING_CERTIFICATE_V2};
use super::pdf::{Parts, house_signs};
use super::pki::{
    DOCUMENT_SIGNING, House, Identity, Key, TIME_STAMPING, Template, authority, extension, purposes,
    signs_documents, stamps_time,
};
use super::stamp::{Stamped, reply, token_attribute};
use super::{Vectors, asked, asn1, company, inexact_times};

/// When the stamps were made that are in time.
pub(super) const AT: &str = "20261005000000";

/// A PDF by `signer`, with what `alter` puts into its signature.
pub(super) fn pdf_by(house: &House, signer: &Identity, alter: &dyn Fn(&mut Cms)) -> Vec<u8> {
    Parts::proper().signed(&|content| {
        let mut cms = Cms::detached(signer, &[&house.issuing], content);
        alter(&mut cms);
        cms.assemble()
    })
}

/// Puts a time stamp of the house's authority at `at` over the signature.
pub(super) fn stamp(house: &House, cms: &mut Cms, at: &'static str) {
    let (authority, issuing) = (house.stamping.clone(), house.issuing.clone());
    stamp_by(cms, at, authority, issuing, |_| ());
}

/// Puts a time stamp over the signature, altered before it is signed.
pub(super) fn stamp_by(
    cms: &mut Cms,
    at: &'static str,
    authority: Identity,
    issuer: Identity,
    alter: fn(&mut Cms),
) {
    cms.unsigned.push(Box::new(move |value| {
        let mut token = Stamped::new(at, value).token(&authority, &[&issuer]);
        alter(&mut token);
        token_attribute(token.assemble())
    }));
}

pub(super) fn add(house: &House, vectors: &mut Vectors) -> Result<()> {
    good(house, vectors);
    for (name, attack, code, alter) in tokens().into_iter().chain(tokens_of_other_shape()) {
        let pdf = pdf_by(house, &house.signer, &|cms| alter(house, cms));
        vectors.fails(&format!("timestamp-{name}.pdf"), attack, code, pdf);
    }
    authorities(house, vectors);
    times(house, vectors);
    inexact_times::add(house, vectors);
    company::add(house, vectors);
    replies(house, vectors)?;
    asked::add(house, vectors)
}

/// A signer whose certificate held for a part of the time.
fn signer(house: &House, validity: [&'static str; 2]) -> Identity {
    Template::new("signer", signs_documents())
        .valid(validity)
        .issued_by(&house.issuing)
}

const EXPIRED: [&str; 2] = ["20250101000000", "20260101000000"];

fn good(house: &House, vectors: &mut Vectors) {
    let stamped = pdf_by(house, &house.signer, &|cms| stamp(house, cms, AT));
    vectors.passes(
        "good-timestamp.pdf",
        "a signature with a time stamp",
        stamped.clone(),
    );
    let undecided = ("undecided", &["timestamp.authority", "certificate.path"][..]);
    vectors.push(
        "undecided-timestamp.pdf",
        "a signature with a time stamp, and no trust root",
        undecided,
        "",
        stamped,
    );
    let expired = pdf_by(house, &signer(house, EXPIRED), &|cms| {
        stamp(house, cms, "20250601120000")
    });
    vectors.passes(
        "good-timestamp-expired-signer.pdf",
        "stamped while the signer's certificate held, which it does no longer",
        expired,
    );
    let rsa = Template::new("RSA stamping", stamps_time())
        .with_key(Key::rsa())
        .issued_by(&house.issuing);
    let foreign = pdf_by(house, &house.signer, &|cms| {
        stamp_by(
            cms,
            "20261005000000.25",
            rsa.clone(),
            house.issuing.clone(),
            |token| {
                token.signature_algorithm = seq([oid("1.2.840.113549.1.1.1"), null()]);
                token.digest_algorithm = seq([oid(super::pki::SHA_256), null()]);
                token.signer_digest_algorithm = token.digest_algorithm.clone();
                token
                    .attributes
                    .push(super::cms::attribute("1.2.840.113549.1.9.5", asn1::utc_time(AT)));
            },
        );
    });
    vectors.passes(
        "good-timestamp-foreign.pdf",
        "a time stamp in the forms that foreign authorities use",
        foreign,
    );
}

/// Puts a token of the house into a signature, altered before it is signed.
pub(super) fn altered(house: &House, cms: &mut Cms, alter: fn(&mut Cms)) {
    stamp_by(cms, AT, house.stamping.clone(), house.issuing.clone(), alter);
}

/// Puts a token over something else into a signature.
fn over(house: &House, cms: &mut Cms, stamped: Stamped<'_>) {
    let token = stamped.token(&house.stamping, &[&house.issuing]).assemble();
    cms.unsigned
        .push(Box::new(move |_| token_attribute(token.clone())));
}

type Token = (&'static str, &'static str, &'static str, fn(&House, &mut Cms));

/// Tokens that do not hold by themselves.
fn tokens() -> Vec<Token> {
    let (token, imprint) = ("timestamp.token", "timestamp.imprint");
    vec![
        (
            "substituted",
            "a time stamp of another signature",
            imprint,
            |house, cms| {
                over(house, cms, Stamped::new(AT, b"another signature"));
            },
        ),
        (
            "imprint-sha1",
            "what is stamped is named by SHA-1",
            imprint,
            |house, cms| {
                over(
                    house,
                    cms,
                    Stamped {
                        at: AT,
                        algorithm: "1.3.14.3.2.26",
                        digest: vec![0; 20],
                        accuracy: None,
                    },
                );
            },
        ),
        ("time-local", "a time without its zone", token, |house, cms| {
            over(house, cms, Stamped::new("2026100500", b""));
        }),
        ("no-token", "something other than a token", token, |_, cms| {
            cms.unsigned.push(Box::new(|_| token_attribute(null())));
        }),
        (
            "signature",
            "a token with another's signature",
            token,
            |house, cms| {
                altered(house, cms, |token| token.key = Key::named("another"));
            },
        ),
        ("sha1", "a token by SHA-1", token, |house, cms| {
            altered(house, cms, |token| {
                token.digest_algorithm = seq([oid("1.3.14.3.2.26")]);
                token.signer_digest_algorithm = token.digest_algorithm.clone();
            })
        }),
    ]
}

/// Tokens with something more, or something less.
fn tokens_of_other_shape() -> Vec<Token> {
    let token = "timestamp.token";
    vec![
        (
            "no-pin",
            "ESS: a token that pins no certificate",
            token,
            |house, cms| {
                altered(house, cms, |token| {
                    token.set_attribute(SIGNING_CERTIFICATE_V2, None)
                });
            },
        ),
        (
            "wrong-pin",
            "ESS: a token that pins another certificate",
            token,
            |house, cms| {
                altered(house, cms, |token| {
                    let other = super::cms::pins(&[token.certificates[1].clone()]);
                    token.set_attribute(SIGNING_CERTIFICATE_V2, Some(other));
                });
            },
        ),
        (
            "stray-certificate",
            "a token with a certificate that has no part in it",
            token,
            |house, cms| {
                altered(house, cms, |token| {
                    token.certificates.push(House::new().other_root.certificate)
                });
            },
        ),
        ("two-signers", "a token with two signers", token, |house, cms| {
            altered(house, cms, |token| token.signers = 2)
        }),
        (
            "unsigned-attribute",
            "a token with an unsigned attribute",
            token,
            |house, cms| {
                altered(house, cms, |token| {
                    token.unsigned.push(Box::new(|_| token_attribute(null())))
                });
            },
        ),
        ("twice", "two time stamps", "cms.attributes", |house, cms| {
            stamp(house, cms, AT);
            stamp(house, cms, "20261006000000");
        }),
    ]
}

/// Authorities that may not stamp, or that nobody trusts.
fn authorities(house: &House, vectors: &mut Vectors) {
    let key_usage = || extension("2.5.29.15", true, &asn1::named_bits(&[0]));
    let below = |name: &'static str, extensions: Vec<Der>| {
        (
            Template::new(name, extensions).issued_by(&house.issuing),
            house.issuing.clone(),
        )
    };
    let impostor = Template::new("issuing", authority(None)).issued_by(&house.other_root);
    let untrusted = Template::new("stamping", stamps_time()).issued_by(&impostor);
    for (name, attack, (authority, issuer)) in [
        (
            "wrong-purpose",
            "EKU: a signer of documents stamps time",
            below("a", signs_documents()),
        ),
        (
            "purpose-not-critical",
            "EKU: time stamping is not critical",
            below("b", vec![key_usage(), purposes(false, &[TIME_STAMPING])]),
        ),
        (
            "two-purposes",
            "EKU: time stamping is not the only purpose",
            below(
                "c",
                vec![key_usage(), purposes(true, &[TIME_STAMPING, DOCUMENT_SIGNING])],
            ),
        ),
        (
            "no-purpose",
            "EKU: an authority without a purpose",
            below("d", vec![key_usage()]),
        ),
        (
            "untrusted",
            "a time stamp of an authority that nobody trusts",
            (untrusted, impostor),
        ),
    ] {
        let pdf = pdf_by(house, &house.signer, &|cms| {
            stamp_by(cms, AT, authority.clone(), issuer.clone(), |_| ())
        });
        vectors.fails(
            &format!("timestamp-{name}.pdf"),
            attack,
            "timestamp.authority",
            pdf,
        );
    }
}

/// Times at which something did not hold.
fn times(house: &House, vectors: &mut Vectors) {
    let future = pdf_by(house, &house.signer, &|cms| stamp(house, cms, "20480101000000"));
    vectors.fails(
        "timestamp-future.pdf",
        "a time stamp of the future",
        "timestamp.time",
        future,
    );
    for (name, attack, validity) in [
        (
            "authority-expired",
            "the authority's certificate has expired since",
            ["20250101000000", "20261010000000"],
        ),
        (
            "authority-not-yet",
            "the authority's certificate was not valid yet when it stamped",
            ["20261020000000", "20491231235959"],
        ),
    ] {
        let authority = Template::new("stamping", stamps_time())
            .valid(validity)
            .issued_by(&house.issuing);
        let pdf = pdf_by(house, &house.signer, &|cms| {
            stamp_by(cms, AT, authority.clone(), house.issuing.clone(), |_| ())
        });
        vectors.fails(&format!("timestamp-{name}.pdf"), attack, "timestamp.time", pdf);
    }
    for (name, attack, validity) in [
        (
            "after-expiry",
            "stamped after the signer's certificate had expired",
            EXPIRED,
        ),
        (
            "before-validity",
            "stamped before the signer's certificate was valid",
            ["20261101000000", "20491231235959"],
        ),
    ] {
        let pdf = pdf_by(house, &signer(house, validity), &|cms| stamp(house, cms, AT));
        vectors.fails(
            &format!("timestamp-{name}.pdf"),
            attack,
            "certificate.validity",
            pdf,
        );
    }
}

/// Time stamps over `SHA256SUMS` in a bundle.
fn replies(house: &House, vectors: &mut Vectors) -> Result<()> {
    let plain = house_signs(house);
    let whole = bundle("luma-2026-q3", &plain)?;
    let sums = whole
        .0
        .iter()
        .find(|file| file.path == layout::SUMS)
        .map(|file| file.packed.clone())
        .unwrap_or_default();
    let with = |reply: &[u8]| {
        let mut archive = whole.clone();
        archive.0.push(File::stored(layout::SUMS_TIME_STAMP, reply));
        archive.list_tags();
        archive.write()
    };
    let token = |bytes: &[u8]| {
        Stamped::new(AT, bytes)
            .token(&house.stamping, &[&house.issuing])
            .assemble()
    };
    let proper = token(&sums);
    vectors.passes(
        "good-bundle-tsr.zip",
        "a bundle with a time stamp over its list of digests",
        with(&reply(0, proper.clone())),
    );
    for (name, attack, code, reply) in [
        (
            "substituted",
            "the time stamp of another bundle",
            "timestamp.imprint",
            reply(0, token(b"another list")),
        ),
        (
            "garbage",
            "something other than a reply",
            "timestamp.token",
            b"anything".to_vec(),
        ),
        (
            "refused",
            "a reply that refuses, with a token",
            "timestamp.token",
            reply(2, proper.clone()),
        ),
        (
            "token-alone",
            "a token without its reply",
            "timestamp.token",
            proper.clone(),
        ),
        (
            "trailing",
            "a byte behind the reply",
            "timestamp.token",
            [reply(0, proper.clone()), vec![0]].concat(),
        ),
    ] {
        vectors.fails(&format!("tsr-{name}.zip"), attack, code, with(&reply));
    }
    vectors.passes(
        "good-bundle-stamped.zip",
        "a bundle whose three signatures are time-stamped",
        bundle("luma-2026-q3", &stamps(house))?.write(),
    );
    Ok(())
}

/// Signs as the house does, with its time stamp over each signature.
pub(super) fn stamps(house: &House) -> impl Fn(&[u8]) -> Der + '_ {
    |content| {
        let mut cms = Cms::detached(&house.signer, &[&house.issuing], content);
        stamp(house, &mut cms, AT);
        cms.assemble()
    }
}
