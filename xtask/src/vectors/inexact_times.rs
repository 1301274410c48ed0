//! Time stamps that are only so accurate (RFC 3161 §2.4.2): what happened within the accuracy happened before.

use super::Vectors;
use super::asn1::{Der, int, retagged, seq};
use super::cms::Cms;
use super::pki::{ALWAYS, House, Identity, Template, signs_documents};
use super::revoked::FRESH;
use super::stamp::{Stamped, list, token_attribute};
use super::time::{AT, pdf_by};

/// Half a minute after the stamp, and a quarter of an hour.
const WITHIN: &str = "20261005000030";
const BEYOND: &str = "20261005001500";

fn stamp(house: &House, cms: &mut Cms, at: &'static str, accuracy: Option<Der>) {
    let (authority, issuing) = (house.stamping.clone(), house.issuing.clone());
    cms.unsigned.push(Box::new(move |value| {
        let mut stamped = Stamped::new(at, value);
        stamped.accuracy = accuracy.clone();
        token_attribute(stamped.token(&authority, &[&issuing]).assemble())
    }));
}

fn minute() -> Option<Der> {
    Some(seq([int(60)]))
}

/// A signer whose certificate is valid until `end`, and revoked at a time where one is given.
fn signed(
    house: &House,
    (at, accuracy): (&'static str, Option<Der>),
    end: &'static str,
    revoked: Option<&str>,
) -> Vec<u8> {
    let signer: Identity = Template::new("signer", signs_documents())
        .valid([ALWAYS[0], end])
        .issued_by(&house.issuing);
    pdf_by(house, &signer, &|cms| {
        stamp(house, cms, at, accuracy.clone());
        let lists = revoked.map(|date| list(&house.issuing, FRESH, &[(signer.serial, date, None)], &[]));
        cms.revocations.extend(lists);
    })
}

pub(super) fn add(house: &House, vectors: &mut Vectors) {
    vectors.passes(
        "good-timestamp-accuracy.pdf",
        "revoked after the time stamp and its accuracy",
        signed(house, (AT, minute()), ALWAYS[1], Some(BEYOND)),
    );
    let never = ALWAYS[1];
    let thousand = seq([retagged(0x80, &int(1000))]);
    let (revocation, validity) = ("certificate.revocation", "certificate.validity");
    for (name, attack, code, pdf) in [
        (
            "accuracy-revoked",
            "revoked within the time stamp's accuracy",
            revocation,
            signed(house, (AT, minute()), never, Some(WITHIN)),
        ),
        (
            "fraction-revoked",
            "revoked within the second that the time stamp's fraction has begun",
            revocation,
            signed(house, ("20261005000000.25", None), never, Some("20261005000001")),
        ),
        (
            "accuracy-expired",
            "expired within the time stamp's accuracy",
            validity,
            signed(house, (AT, minute()), WITHIN, None),
        ),
        (
            "accuracy-unreadable",
            "an accuracy of a thousand milliseconds",
            "timestamp.token",
            signed(house, (AT, Some(thousand)), never, None),
        ),
    ] {
        vectors.fails(&format!("timestamp-{name}.pdf"), attack, code, pdf);
    }
}
