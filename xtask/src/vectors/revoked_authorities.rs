//! Time stamp authorities that are revoked after their time stamp was made, if the stamp is to be believed: whoever stole the
//! key writes into a stamp what time they like (RFC 3161 §4.1).

use super::asn1::{Der, enumerated};
use super::pki::{House, Identity, extension};
use super::revoked::{AFTER, Case, FRESH};
use super::stamp::{Status, list, response};

/// A list of the issuer with somebody revoked after the stamp, for a reason by number.
fn revoked(issuer: &Identity, whom: &Identity, reason: Option<u8>) -> Der {
    let reason = reason.map(|reason| extension("2.5.29.21", false, &enumerated(reason)));
    list(issuer, FRESH, &[(whom.serial, AFTER, reason)], &[])
}

pub(super) fn good() -> Vec<Case> {
    vec![
        (
            "authority-superseded",
            "the time stamp authority got another key after the time stamp",
            |house, _| vec![revoked(&house.issuing, &house.stamping, Some(4))],
        ),
        (
            "authority-unspecified",
            "the time stamp authority was revoked after the time stamp, and the issuer says that there is no reason",
            |house, _| vec![revoked(&house.issuing, &house.stamping, Some(0))],
        ),
    ]
}

pub(super) fn bad() -> Vec<Case> {
    vec![
        (
            "revoked-authority-since",
            "the time stamp authority was revoked since, nobody says why",
            |house, _| vec![revoked(&house.issuing, &house.stamping, None)],
        ),
        (
            "revoked-authority-key",
            "the time stamp authority's key was stolen, as is known since",
            |house, _| vec![revoked(&house.issuing, &house.stamping, Some(1))],
        ),
        (
            "revoked-authority-held",
            "the time stamp authority is suspended since",
            |house, _| vec![revoked(&house.issuing, &house.stamping, Some(6))],
        ),
        (
            "revoked-authority-reason",
            "the reason for which the time stamp authority was revoked is none",
            |house, _| vec![revoked(&house.issuing, &house.stamping, Some(7))],
        ),
        (
            "revoked-authority-above",
            "the authority above the time stamp authority was revoked since, nobody says why",
            |house, _| {
                let fresh = list(&house.issuing, FRESH, &[], &[]);
                vec![fresh, revoked(&house.root, &house.issuing, None)]
            },
        ),
        (
            "response-revoked-authority-key",
            "a response: the time stamp authority's key was stolen, as is known since",
            |house: &House, _| {
                let (issuing, stamping) = (&house.issuing, &house.stamping);
                vec![
                    list(issuing, FRESH, &[], &[]),
                    response(issuing, issuing, stamping, &Status::Revoked(AFTER), FRESH),
                ]
            },
        ),
    ]
}
