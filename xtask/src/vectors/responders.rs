//! Who answers for an issuer (RFC 6960 §4.2.2.2), when, and with which certificates.

use super::asn1::Der;
use super::pki::{ALWAYS, House, Identity, OCSP_SIGNING, Template};
use super::revoked::{Case, FRESH, answers};
use super::stamp::{Answer, Status, list};

const EXPIRED: [&str; 2] = ["20250101000000", "20260101000000"];

fn delegate(house: &House, validity: [&'static str; 2]) -> Identity {
    Template::new("responder", answers(OCSP_SIGNING))
        .valid(validity)
        .issued_by(&house.issuing)
}

/// A response of a delegate that it is good, altered before it is signed.
fn answer(
    house: &House,
    signer: &Identity,
    delegate: &Identity,
    times: [&str; 2],
    alter: impl Fn(&mut Answer<'_>),
) -> Vec<Der> {
    let mut answer = Answer::of(&house.issuing, delegate, signer, Status::Good, times);
    alter(&mut answer);
    vec![answer.assemble()]
}

/// One that is said before the delegate expires, to hold long after.
pub(super) fn outlived(house: &House, signer: &Identity) -> Vec<Der> {
    let times = ["20251201000000", "20271201000000"];
    answer(house, signer, &delegate(house, EXPIRED), times, |_| ())
}

pub(super) fn good() -> Vec<Case> {
    vec![(
        "response-with-issuer",
        "a response of whom the issuer delegated, with the issuer's certificate, too",
        |house, signer| {
            answer(house, signer, &delegate(house, ALWAYS), FRESH, |answer| {
                let issuing = house.issuing.certificate.clone();
                answer
                    .certificates
                    .iter_mut()
                    .for_each(|own| own.push(issuing.clone()));
            })
        },
    )]
}

pub(super) fn bad() -> Vec<Case> {
    vec![
        (
            "response-delegate-expired",
            "a responder that had expired answers anew, with the old date of making",
            |house, signer| {
                answer(house, signer, &delegate(house, EXPIRED), FRESH, |answer| {
                    answer.produced = "20251201000000";
                })
            },
        ),
        (
            "response-delegate-not-yet",
            "a responder says what was before it was certified",
            |house, signer| {
                let validity = ["20261010000000", ALWAYS[1]];
                answer(house, signer, &delegate(house, validity), FRESH, |answer| {
                    answer.produced = "20261011000000";
                })
            },
        ),
        (
            "response-before-its-word",
            "a response made before what it says was so",
            |house, signer| {
                answer(house, signer, &delegate(house, ALWAYS), FRESH, |answer| {
                    answer.produced = "20261007000000";
                })
            },
        ),
        (
            "response-future",
            "a response made in the future",
            |house, signer| {
                answer(house, signer, &delegate(house, ALWAYS), FRESH, |answer| {
                    answer.produced = "20480101000000";
                })
            },
        ),
        (
            "response-no-certificates",
            "a response with a field for certificates and none in it",
            |house, signer| {
                answer(house, signer, &house.issuing, FRESH, |answer| {
                    answer.certificates = Some(Vec::new());
                })
            },
        ),
        (
            "response-issuer-twice",
            "a response that carries its issuer's certificate twice",
            |house, signer| {
                answer(house, signer, &house.issuing, FRESH, |answer| {
                    answer.certificates = Some(vec![house.issuing.certificate.clone(); 2]);
                })
            },
        ),
        (
            "response-delegate-last",
            "a response that carries its delegate's certificate behind the issuer's",
            |house, signer| {
                answer(house, signer, &delegate(house, ALWAYS), FRESH, |answer| {
                    let issuing = house.issuing.certificate.clone();
                    answer
                        .certificates
                        .iter_mut()
                        .for_each(|own| own.insert(0, issuing.clone()));
                })
            },
        ),
        (
            "response-twice-about-one",
            "a response that has the signer good, and then revoked",
            |house, signer| {
                let [good, revoked] = [Status::Good, Status::Revoked("20261001000000")]
                    .map(|status| Answer::of(&house.issuing, &house.issuing, signer, status, FRESH).single());
                let mut answer = Answer::of(&house.issuing, &house.issuing, signer, Status::Good, FRESH);
                answer.singles = vec![good, revoked];
                vec![answer.assemble(), list(&house.issuing, FRESH, &[], &[])]
            },
        ),
    ]
}
