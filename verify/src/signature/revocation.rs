//! Revocation, from the lists (RFC 5280 §5) and OCSP responses (RFC 6960) that a signature or a document carries.
//!
//! Nothing signs the carrier, so each of them has to be signed by the issuer of a certificate that is judged by it, or by
//! whom that issuer delegated; one that belongs to no certificate is refused, as it could be anything. What is known is
//! asked for a point in time: the time stamp's where there is one. Revoked later is not revoked; nothing known is not good.
//! Of a time stamp nobody else says when it was made: whoever stole its authority's key chooses the time. So any revocation
//! of the authority counts that is known by now (RFC 3161 §4.1), unless its reason says that the key was sound.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::Encode as _;
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;

use super::certificate::{self, instant, subject};
use super::cms::canonical;
use super::ocsp::{self, BasicResponse, Response, ResponseStatus};
use super::path::{Role, When};
use super::signed_data::{Elements, Revocation, SignedData};
use super::statements::{Revoked, Statement, by_list, by_response};
use crate::check::{Checks, Code};

/// `id-ri-ocsp-response` (RFC 5940)
const OCSP_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.16.2");
/// The most lists and responses that are looked at.
const MAX_DATA: usize = 32;

/// How many bytes of them stand in a document, in all: an entry of a list takes many times its bytes in memory.
const MAX_BYTES: usize = 4 << 20;

/// Lists and responses, and which of them were of use.
pub(super) struct Revocations {
    /// The time of verification: nothing can have been said after it.
    now: DateTime<Utc>,
    bytes_left: usize,
    lists: Vec<CertificateList>,
    responses: Vec<BasicResponse>,
    used: BTreeSet<Place>,
}

/// A list or a response, by its place among its like: more may be taken after the first were used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    List(usize),
    Response(usize),
}

/// What is known about a certificate at a time.
enum Standing {
    Good(String),
    Unknown(String),
    Revoked(String),
}

impl Revocations {
    /// Nothing yet, at the time of verification.
    pub(super) const fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            bytes_left: MAX_BYTES,
            lists: Vec::new(),
            responses: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// What stands in `crls` of a signature.
    ///
    /// # Errors
    /// In words, where it is neither a list nor a response in DER.
    pub(super) fn take_from(&mut self, signed: &SignedData) -> Result<(), String> {
        for choice in signed.crls.iter().flat_map(Elements::as_slice) {
            match choice {
                Revocation::List(list) => self.lists.push(list.clone()),
                Revocation::Other(other) if other.format == OCSP_RESPONSE => {
                    let der = other.info.to_der().map_err(|error| error.to_string())?;
                    self.take_response(&der)?;
                }
                Revocation::Other(other) => {
                    return Err(format!(
                        "revocation data of the form {} are not understood",
                        other.format
                    ));
                }
            }
        }
        self.check_number()
    }

    fn take_bytes(&mut self, der: &[u8]) -> Result<(), String> {
        let left = self.bytes_left.checked_sub(der.len());
        self.bytes_left = left
            .ok_or_else(|| format!("more than {MAX_BYTES} bytes of lists and responses about revocation"))?;
        Ok(())
    }

    fn check_number(&self) -> Result<(), String> {
        if self.lists.len() + self.responses.len() > MAX_DATA {
            Err(format!(
                "carries more than {MAX_DATA} lists and responses about revocation"
            ))
        } else {
            Ok(())
        }
    }

    /// Takes a list in DER.
    pub(super) fn take_list(&mut self, der: &[u8]) -> Result<(), String> {
        self.take_bytes(der)?;
        self.lists
            .push(canonical(der).ok_or("a revocation list cannot be read")?);
        self.check_number()
    }

    /// Takes an OCSP response in DER.
    pub(super) fn take_response(&mut self, der: &[u8]) -> Result<(), String> {
        self.take_bytes(der)?;
        let unreadable = || "an OCSP response cannot be read".to_owned();
        let response: Response = canonical(der).ok_or_else(unreadable)?;
        let bytes = response.bytes.filter(|bytes| bytes.kind == ocsp::BASIC);
        match bytes {
            Some(bytes) if response.status == ResponseStatus::Successful => {
                let basic = canonical(bytes.response.as_bytes()).ok_or_else(unreadable)?;
                self.responses.push(basic);
                self.check_number()
            }
            _ => Err("an OCSP response does not answer".to_owned()),
        }
    }

    /// Fails where something was carried that says nothing about any certificate.
    pub(super) fn refuse_unused(&self, name: &str, checks: &mut Checks) {
        let total = self.lists.len() + self.responses.len();
        if self.used.len() < total {
            let detail = format!(
                "{} of {total} lists and responses about revocation fit no certificate here: no issuer of the chain signed \
                 them, or they name certificates by another hash than SHA-256",
                total - self.used.len()
            );
            checks.failed(Code::CertificateRevocation, name, detail);
        }
    }

    /// Checks a path, its trust root left out. Nothing is recorded where
    /// nothing is carried and no certificate says where to ask.
    pub(super) fn check(
        &mut self,
        name: &str,
        role: Role,
        path: &[&Certificate],
        when: When,
        checks: &mut Checks,
    ) {
        let (mut good, mut unknown, mut revoked) = (Vec::new(), Vec::new(), Vec::new());
        let pairs = path
            .windows(2)
            .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)));
        for (certificate, issuer) in pairs {
            match self.standing(certificate, issuer, role, when) {
                Some(Standing::Good(detail)) => good.push(detail),
                Some(Standing::Unknown(detail)) => unknown.push(detail),
                Some(Standing::Revoked(detail)) => revoked.push(detail),
                None if certificate::tells_of_revocation(certificate) => unknown.push(format!(
                    "{} says where to ask about revocation, and no answer is carried",
                    subject(certificate)
                )),
                None => {}
            }
        }
        let code = Code::CertificateRevocation;
        if !revoked.is_empty() {
            checks.failed(code, name, revoked.join("; "));
        } else if !unknown.is_empty() {
            checks.undecided(code, name, unknown.join("; "));
        } else if !good.is_empty() {
            checks.ok(code, name, good.join("; "));
        }
    }

    /// `None` where nothing is carried about the certificate.
    fn standing(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        role: Role,
        when: When,
    ) -> Option<Standing> {
        let at = when.latest.timestamp();
        let name = subject(certificate);
        let today = self.now.timestamp();
        let mut statements = Vec::new();
        let lists = self.lists.iter().enumerate();
        let lists = lists.map(|(index, list)| (Place::List(index), by_list(list, certificate, issuer)));
        let responses = self.responses.iter().enumerate();
        let responses = responses.map(|(index, response)| {
            (
                Place::Response(index),
                by_response(response, certificate, issuer, today),
            )
        });
        for (place, statement) in lists.chain(responses) {
            match statement {
                Some(Ok(statement)) if is_of_the_future(&statement, today) => {
                    return Some(Standing::Revoked(format!(
                        "{name}: what is said about revocation is of the future"
                    )));
                }
                Some(Ok(statement)) => {
                    self.used.insert(place);
                    statements.push(statement);
                }
                Some(Err(reason)) => return Some(Standing::Revoked(format!("{name}: {reason}"))),
                None => {}
            }
        }
        let revoked = || statements.iter().flat_map(|statement| &statement.revoked);
        let first = |of: &dyn Fn(&&Revoked) -> bool| revoked().filter(of).map(|revoked| revoked.since).min();
        if let Some(since) = first(&|revoked| revoked.since <= at) {
            return Some(Standing::Revoked(format!(
                "{name} was revoked at {}",
                instant(since)
            )));
        }
        let now = when.now.timestamp();
        let unsound = |revoked: &&Revoked| revoked.since <= now && !revoked.key_was_sound;
        if let Some(since) = first(&unsound).filter(|_| role == Role::TimeStamp) {
            return Some(Standing::Revoked(format!(
                "{name} was revoked at {}, for no reason by which what it stamped before would still hold",
                instant(since)
            )));
        }
        let first = first(&|_| true);
        let expiry = certificate::expiry(certificate);
        // An issuer may drop a certificate from its list once it has expired.
        let speaks = |statement: &&Statement| {
            statement.this_update <= expiry
                && (statement.this_update >= at || statement.next_update.is_some_and(|next| next >= at))
        };
        let newest = statements.iter().map(|statement| statement.this_update).max()?;
        Some(
            match (
                statements
                    .iter()
                    .filter(speaks)
                    .map(|statement| statement.this_update)
                    .max(),
                first,
            ) {
                (Some(_), Some(since)) => Standing::Good(format!(
                    "{name} was revoked at {}, after {}",
                    instant(since),
                    instant(at)
                )),
                (Some(said), None) => {
                    Standing::Good(format!("{name} not revoked, as said at {}", instant(said)))
                }
                (None, _) => Standing::Unknown(format!(
                    "what is said about {name} is of {}, and speaks no longer for {}",
                    instant(newest),
                    instant(at)
                )),
            },
        )
    }
}

/// Nobody can have been revoked, or spoken of it, after the time of verification.
fn is_of_the_future(statement: &Statement, now: i64) -> bool {
    statement.this_update > now || statement.revoked.iter().any(|revoked| revoked.since > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_responses_have_a_limit_in_all() {
        let mut revocations = Revocations::new(DateTime::UNIX_EPOCH);
        let unreadable = |outcome: Result<(), String>| {
            assert!(outcome.is_err_and(|reason| reason.contains("cannot be read")));
        };
        unreadable(revocations.take_list(&vec![0x30; MAX_BYTES - 1]));
        unreadable(revocations.take_response(&[0x30]));
        for outcome in [revocations.take_list(&[0x30]), revocations.take_response(&[0x30])] {
            assert!(outcome.is_err_and(|reason| reason.contains("more than 4194304 bytes")));
        }
    }
}
