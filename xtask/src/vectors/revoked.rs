//! Revocation: before, after and without a time stamp; lists and responses that belong to nobody or are no longer fresh.

use super::asn1::{Der, context, generalized_time, seq, tagged, utc_time, yes};
use super::cms::Cms;
use super::pki::{
    House, Identity, Key, OCSP_SIGNING, Template, authority, extension, list_at, purposes, signs_documents,
};
use super::stamp::{Answer, Status, list, response};
use super::time::{AT, pdf_by, stamp};
use super::{Vectors, responders, revoked_authorities};

/// When lists and responses were made, some days after the stamp, and until when they speak.
pub(super) const FRESH: [&str; 2] = ["20261008000000", "20261015000000"];
pub(super) const BEFORE: &str = "20261004000000";
pub(super) const AFTER: &str = "20261006000000";
const ADDRESS: &str = "http://issuing.example/list.crl";

/// Name, attack, and the data.
pub(super) type Case = (&'static str, &'static str, Data);

/// Makes revocation data for a signer.
pub(super) type Data = fn(&House, &Identity) -> Vec<Der>;

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    let signer = Template::new("signer", [signs_documents(), vec![list_at(ADDRESS)]].concat())
        .issued_by(&house.issuing);
    let stamped = |data: Data| {
        pdf_by(house, &signer, &|cms| {
            stamp(house, cms, AT);
            put(cms, data(house, &signer));
        })
    };
    for (name, story, data) in good()
        .into_iter()
        .chain(revoked_authorities::good())
        .chain(responders::good())
    {
        vectors.passes(&format!("good-{name}.pdf"), story, stamped(data));
    }
    let bad = lists().into_iter().chain(other_lists()).chain(responses());
    let bad = bad.chain(revoked_authorities::bad()).chain(responders::bad());
    for (name, attack, data) in bad {
        vectors.fails(
            &format!("{name}.pdf"),
            attack,
            "certificate.revocation",
            stamped(data),
        );
    }
    let unstamped = |data: Data| pdf_by(house, &signer, &|cms| put(cms, data(house, &signer)));
    vectors.fails(
        "revoked-without-timestamp.pdf",
        "revoked after the claimed time of signing, which no time stamp proves",
        "certificate.revocation",
        unstamped(|house, signer| vec![list(&house.issuing, FRESH, &[(signer.serial, AFTER, None)], &[])]),
    );
    let unknown = ("undecided", &["certificate.revocation"][..]);
    for (name, story, pdf) in [
        (
            "stale",
            "a list that no longer speaks for the time that counts",
            unstamped(|house, _| vec![list(&house.issuing, FRESH, &[], &[])]),
        ),
        (
            "older-than-stamp",
            "a list that was superseded before the time stamp",
            stamped(|house, _| {
                vec![list(
                    &house.issuing,
                    ["20260901000000", "20260908000000"],
                    &[],
                    &[],
                )]
            }),
        ),
        (
            "delegate",
            "a response that speaks for longer than the certificate of whom the issuer delegated holds",
            stamped(responders::outlived),
        ),
        (
            "missing",
            "the certificate says where to ask, and nobody did",
            unstamped(|_, _| Vec::new()),
        ),
    ] {
        vectors.push(
            &format!("undecided-revocation-{name}.pdf"),
            story,
            unknown,
            "root.pem",
            pdf,
        );
    }
}

/// Puts revocation data into a signature; another form than a list calls for version 5.
fn put(cms: &mut Cms, data: Vec<Der>) {
    if data.iter().any(|datum| datum[0] == 0xa1) {
        cms.version = 5;
    }
    cms.revocations = data;
}

/// A responder that the issuer certified.
fn delegate(house: &House, extensions: Vec<Der>) -> Identity {
    Template::new("responder", extensions).issued_by(&house.issuing)
}

pub(super) fn answers(purpose: &str) -> Vec<Der> {
    vec![
        purposes(false, &[purpose]),
        extension("1.3.6.1.5.5.7.48.1.5", false, &super::asn1::null()),
    ]
}

fn good() -> Vec<Case> {
    vec![
        ("list", "a list without the signer", |house, _| {
            vec![list(&house.issuing, FRESH, &[(99, BEFORE, None)], &[])]
        }),
        ("list-of-root-too", "lists of both authorities", |house, _| {
            vec![
                list(&house.issuing, FRESH, &[], &[]),
                list(&house.root, FRESH, &[], &[]),
            ]
        }),
        (
            "list-of-place",
            "a list for this certificate's place of lists",
            |house, _| {
                let point = context(0, &context(0, &tagged(0x86, ADDRESS.as_bytes())));
                vec![list(
                    &house.issuing,
                    FRESH,
                    &[],
                    &[extension("2.5.29.28", true, &seq([point]))],
                )]
            },
        ),
        (
            "revoked-after",
            "revoked after the time stamp",
            |house, signer| vec![list(&house.issuing, FRESH, &[(signer.serial, AFTER, None)], &[])],
        ),
        ("response", "a response of the issuer", |house, signer| {
            vec![response(
                &house.issuing,
                &house.issuing,
                signer,
                &Status::Good,
                FRESH,
            )]
        }),
        (
            "response-of-delegate",
            "a response of whom the issuer delegated",
            |house, signer| {
                vec![response(
                    &house.issuing,
                    &delegate(house, answers(OCSP_SIGNING)),
                    signer,
                    &Status::Good,
                    FRESH,
                )]
            },
        ),
        (
            "response-revoked-after",
            "a response: revoked after the time stamp",
            |house, signer| {
                vec![response(
                    &house.issuing,
                    &house.issuing,
                    signer,
                    &Status::Revoked(AFTER),
                    FRESH,
                )]
            },
        ),
    ]
}

/// Lists on which somebody stands.
fn lists() -> Vec<Case> {
    vec![
        (
            "revoked-before-timestamp",
            "revoked before the time stamp",
            |house, signer| vec![list(&house.issuing, FRESH, &[(signer.serial, BEFORE, None)], &[])],
        ),
        (
            "revoked-key-known-before",
            "revoked after the time stamp, the key lost before it",
            |house, signer| {
                let lost = extension("2.5.29.24", false, &generalized_time(BEFORE));
                vec![list(
                    &house.issuing,
                    FRESH,
                    &[(signer.serial, AFTER, Some(lost))],
                    &[],
                )]
            },
        ),
        (
            "revoked-key-known-unreadable",
            "the date from which the key is not to be relied on is of another form",
            |house, signer| {
                let lost = extension("2.5.29.24", false, &utc_time(AFTER));
                vec![list(
                    &house.issuing,
                    FRESH,
                    &[(signer.serial, AFTER, Some(lost))],
                    &[],
                )]
            },
        ),
        (
            "revoked-issuer",
            "the issuer was revoked before the time stamp",
            |house, _| {
                let fresh = list(&house.issuing, FRESH, &[], &[]);
                vec![
                    fresh,
                    list(&house.root, FRESH, &[(house.issuing.serial, BEFORE, None)], &[]),
                ]
            },
        ),
        (
            "revoked-authority",
            "the time stamp authority was revoked before its time stamp",
            |house, _| {
                vec![list(
                    &house.issuing,
                    FRESH,
                    &[(house.stamping.serial, BEFORE, None)],
                    &[],
                )]
            },
        ),
    ]
}

/// Lists that are not what they should be.
fn other_lists() -> Vec<Case> {
    vec![
        (
            "list-forged",
            "a list in the issuer's name by another",
            |house, _| {
                let impostor = Template::new("issuing", authority(None))
                    .with_key(Key::named("impostor"))
                    .self_signed();
                vec![
                    list(&impostor, FRESH, &[], &[]),
                    list(&house.issuing, FRESH, &[], &[]),
                ]
            },
        ),
        (
            "list-of-another",
            "a list of an authority that has no part in it",
            |house, _| {
                vec![
                    list(&house.other_root, FRESH, &[], &[]),
                    list(&house.issuing, FRESH, &[], &[]),
                ]
            },
        ),
        ("list-of-changes", "a list of changes only", |house, _| {
            vec![list(
                &house.issuing,
                FRESH,
                &[],
                &[extension("2.5.29.27", true, &super::asn1::int(3))],
            )]
        }),
        ("list-indirect", "an indirect list", |house, _| {
            let point = seq([super::asn1::retagged(0x84, &yes())]);
            vec![list(
                &house.issuing,
                FRESH,
                &[],
                &[extension("2.5.29.28", true, &point)],
            )]
        }),
        ("list-of-authorities", "a list of authorities only", |house, _| {
            let point = seq([super::asn1::retagged(0x82, &yes())]);
            vec![list(
                &house.issuing,
                FRESH,
                &[],
                &[extension("2.5.29.28", true, &point)],
            )]
        }),
        (
            "list-entry-critical",
            "an entry with a critical extension",
            |house, signer| {
                let reason = extension("2.5.29.29", true, &seq([utc_time(AFTER)]));
                vec![list(
                    &house.issuing,
                    FRESH,
                    &[(signer.serial, AFTER, Some(reason))],
                    &[],
                )]
            },
        ),
        ("list-future", "a list of the future", |house, _| {
            vec![list(
                &house.issuing,
                ["20480101000000", "20480108000000"],
                &[],
                &[],
            )]
        }),
    ]
}

/// A response that has the signer revoked after the time stamp, with an invalidity date.
fn revoked_after_loss(house: &House, signer: &Identity, date: &Der) -> Der {
    let issuing = &house.issuing;
    let mut answer = Answer::of(issuing, issuing, signer, Status::Revoked(AFTER), FRESH);
    answer.extensions = vec![extension("2.5.29.24", false, date)];
    answer.assemble()
}

fn responses() -> Vec<Case> {
    vec![
        (
            "response-revoked",
            "a response: revoked before the time stamp",
            |house, signer| {
                vec![response(
                    &house.issuing,
                    &house.issuing,
                    signer,
                    &Status::Revoked(BEFORE),
                    FRESH,
                )]
            },
        ),
        (
            "response-revoked-key-known-before",
            "a response: revoked after the time stamp, the key lost before it",
            |house, signer| vec![revoked_after_loss(house, signer, &generalized_time(BEFORE))],
        ),
        (
            "response-revoked-key-known-unreadable",
            "a response: the date from which the key is not to be relied on is of another form",
            |house, signer| vec![revoked_after_loss(house, signer, &utc_time(AFTER))],
        ),
        (
            "response-unknown",
            "a responder that does not know the certificate",
            |house, signer| {
                vec![response(
                    &house.issuing,
                    &house.issuing,
                    signer,
                    &Status::Unknown,
                    FRESH,
                )]
            },
        ),
        ("response-forged", "a response by nobody", |house, signer| {
            let nobody = Template::new("nobody", answers(OCSP_SIGNING)).self_signed();
            vec![response(&house.issuing, &nobody, signer, &Status::Good, FRESH)]
        }),
        (
            "response-wrong-purpose",
            "EKU: a responder that may not answer",
            |house, signer| {
                let purpose = answers(super::pki::SERVER);
                vec![response(
                    &house.issuing,
                    &delegate(house, purpose),
                    signer,
                    &Status::Good,
                    FRESH,
                )]
            },
        ),
        (
            "response-by-signer",
            "the signer answers for itself",
            |house, signer| vec![response(&house.issuing, signer, signer, &Status::Good, FRESH)],
        ),
        (
            "response-about-another",
            "a response about another certificate",
            |house, _| {
                let other = &house.other_root;
                vec![
                    response(&house.issuing, &house.issuing, other, &Status::Good, FRESH),
                    list(&house.issuing, FRESH, &[], &[]),
                ]
            },
        ),
        (
            "response-sha1",
            "a response that names the certificate by SHA-1",
            |house, signer| {
                let issuing = &house.issuing;
                let mut answer = Answer::of(issuing, issuing, signer, Status::Good, FRESH);
                answer.hash = "1.3.14.3.2.26";
                vec![answer.assemble()]
            },
        ),
    ]
}
