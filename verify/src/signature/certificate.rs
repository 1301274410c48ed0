//! What one certificate says about itself: its names, its validity, what it may be used for (RFC 5280 §4.2).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::NameConstraints;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
};
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::path::Role;
use crate::check::legible;
use crate::digest::Sha256Digest;

/// The organizational unit that marks a development identity. `dev_identity` writes it into subject and issuer.
pub const DEVELOPMENT_UNIT: &str = "backproof development identity";

const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const REVOCATION_LISTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const AUTHORITY_INFORMATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
/// `id-pkix-ocsp-nocheck` (RFC 6960 §4.2.2.2.1)
const OCSP_NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Extended key usages under which a document may be signed; a certificate without the extension is not limited.
const SIGNING_PURPOSES: &[ObjectIdentifier] = &[
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"), // documentSigning, RFC 9336
    ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.5"), // Adobe authentic documents
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"), // Microsoft document signing
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),  // emailProtection, which CMS tools look for
    ANY_PURPOSE,
];

/// Those of an authority that may issue time stamp authorities.
const STAMPING_PURPOSES: &[ObjectIdentifier] = &[TIME_STAMPING, ANY_PURPOSE];

/// SHA-256 of the certificate in DER.
pub fn fingerprint(certificate: &Certificate) -> Option<Sha256Digest> {
    certificate.to_der().ok().map(|der| Sha256Digest::of(&der))
}

/// The subject as text for a reader.
pub(super) fn subject(certificate: &Certificate) -> String {
    display_name(certificate.tbs_certificate().subject())
}

/// A name as RFC 4514 text. Whoever wrote it must not steer the reader's terminal.
pub fn display_name(name: &Name) -> String {
    legible(&name.to_string())
}

/// Whether subject or issuer carries the mark of a development identity.
pub(super) fn is_development(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    [tbs.subject(), tbs.issuer()]
        .into_iter()
        .flat_map(Name::iter)
        .any(is_development_unit)
}

fn is_development_unit(attribute: &AttributeTypeAndValue) -> bool {
    attribute.oid == ORGANIZATIONAL_UNIT && attribute.value.value() == DEVELOPMENT_UNIT.as_bytes()
}

/// Says how `at` falls outside the validity, or nothing if it falls within (both ends belong to it).
pub fn outside_validity(certificate: &Certificate, at: DateTime<Utc>) -> Option<String> {
    let validity = certificate.tbs_certificate().validity();
    let at_seconds = at.timestamp();
    if at_seconds < seconds(validity.not_before) {
        Some(format!(
            "{} is not valid before {}",
            subject(certificate),
            validity.not_before
        ))
    } else if at_seconds > seconds(validity.not_after) {
        Some(format!(
            "{} expired at {}",
            subject(certificate),
            validity.not_after
        ))
    } else {
        None
    }
}

/// A time in seconds since 1970.
pub(super) fn seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// Seconds since 1970 for a reader.
pub(super) fn instant(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0);
    time.map_or_else(
        || format!("second {seconds}"),
        |time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}

/// The last second of the validity, since 1970.
pub(super) fn expiry(certificate: &Certificate) -> i64 {
    seconds(certificate.tbs_certificate().validity().not_after)
}

/// Says why this certificate may not sign documents, or nothing if it may.
pub fn unfit_to_sign(certificate: &Certificate) -> Option<String> {
    let name = subject(certificate);
    let usages = match Usages::read(certificate) {
        Ok(usages) => usages,
        Err(reason) => return Some(format!("{name}: {reason}")),
    };
    match usages.key_usage {
        None => Some(format!("{name} states no key usage")),
        Some(usage) if !usage.digital_signature() && !usage.non_repudiation() => Some(format!(
            "{name} is not for signatures: key usage lacks digitalSignature and nonRepudiation"
        )),
        Some(_) => usages
            .refuses(SIGNING_PURPOSES)
            .then(|| format!("{name} is not for signing documents: extended key usage")),
    }
}

/// Says why this certificate may not stamp time, or nothing if it may: that has to be its only purpose (RFC 3161 §2.3).
pub(super) fn unfit_to_stamp(certificate: &Certificate) -> Option<String> {
    let name = subject(certificate);
    let usages = match Usages::read(certificate) {
        Ok(usages) => usages,
        Err(reason) => return Some(format!("{name}: {reason}")),
    };
    let signs = usages
        .key_usage
        .is_some_and(|usage| usage.digital_signature() || usage.non_repudiation());
    if !signs {
        return Some(format!("{name} is not for signatures: key usage"));
    }
    let only = usages.purposes_critical && usages.purposes == Some(vec![TIME_STAMPING]);
    (!only)
        .then(|| format!("{name} is not for time stamps alone: extended key usage, which must be critical"))
}

/// Whether the certificate's key may sign revocation lists.
pub(super) fn may_sign_lists(certificate: &Certificate) -> bool {
    let usages = Usages::read(certificate).ok();
    usages
        .and_then(|usages| usages.key_usage)
        .is_some_and(|usage| usage.crl_sign())
}

/// Whether a responder's certificate may answer at the time `at`, in seconds: for OCSP, and one of which its issuer says
/// that nobody need ask whether it is revoked.
pub(super) fn may_answer(certificate: &Certificate, at: i64) -> bool {
    let validity = certificate.tbs_certificate().validity();
    let usages = Usages::read(certificate);
    usages.is_ok_and(|usages| {
        let answers = usages
            .purposes
            .is_some_and(|purposes| purposes.contains(&OCSP_SIGNING));
        answers && usages.key_usage.is_none_or(|usage| usage.digital_signature())
    }) && extension(certificate, OCSP_NO_CHECK).is_some()
        && (seconds(validity.not_before)..=seconds(validity.not_after)).contains(&at)
}

/// Whether the certificate is an authority's.
pub(super) fn is_authority(certificate: &Certificate) -> bool {
    let usages = Usages::read(certificate).ok();
    usages
        .and_then(|usages| usages.basic_constraints)
        .is_some_and(|constraints| constraints.ca)
}

/// Whether the certificate says where to ask about its revocation.
pub(super) fn tells_of_revocation(certificate: &Certificate) -> bool {
    let responders = extension(certificate, AUTHORITY_INFORMATION)
        .and_then(|value| AuthorityInfoAccessSyntax::from_der(value).ok())
        .is_some_and(|access| {
            access
                .0
                .iter()
                .any(|description| description.access_method == OCSP)
        });
    responders || extension(certificate, REVOCATION_LISTS).is_some()
}

/// Where the issuer's revocation lists are, as the certificate says.
pub(super) fn list_places(certificate: &Certificate) -> Vec<DistributionPoint> {
    extension(certificate, REVOCATION_LISTS)
        .and_then(|value| CrlDistributionPoints::from_der(value).ok())
        .map_or_else(Vec::new, |points| points.0)
}

/// The name constraints of an authority.
pub(super) fn name_constraints(certificate: &Certificate) -> Option<NameConstraints> {
    extension(certificate, NAME_CONSTRAINTS).and_then(|value| NameConstraints::from_der(value).ok())
}

/// Whether subject and issuer are the same.
pub(super) fn is_self_issued(certificate: &Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    tbs.subject() == tbs.issuer()
}

fn extension(certificate: &Certificate, id: ObjectIdentifier) -> Option<&[u8]> {
    let extensions = certificate.tbs_certificate().extensions().into_iter().flatten();
    let mut of_id = extensions.filter(|extension| extension.extn_id == id);
    of_id.next().map(|extension| extension.extn_value.as_bytes())
}

/// Says why this certificate may not issue the next one on the way to a signer in this role, or nothing if it may. `below`
/// counts the intermediate certificates between it and the signer.
pub(super) fn unfit_to_issue(certificate: &Certificate, role: Role, below: usize) -> Option<String> {
    let name = subject(certificate);
    let usages = match Usages::read(certificate) {
        Ok(usages) => usages,
        Err(reason) => return Some(format!("{name}: {reason}")),
    };
    let Some(constraints) = usages
        .basic_constraints
        .as_ref()
        .filter(|constraints| constraints.ca)
    else {
        return Some(format!("{name} is not a certification authority"));
    };
    if constraints
        .path_len_constraint
        .is_some_and(|longest| below > usize::from(longest))
    {
        return Some(format!("{name} allows a shorter chain: path length constraint"));
    }
    if !usages.key_usage.is_some_and(|usage| usage.key_cert_sign()) {
        return Some(format!(
            "{name} may not sign certificates: key usage lacks keyCertSign"
        ));
    }
    let (purposes, whom) = match role {
        Role::Document => (SIGNING_PURPOSES, "signers of documents"),
        Role::TimeStamp => (STAMPING_PURPOSES, "time stamp authorities"),
    };
    usages
        .refuses(purposes)
        .then(|| format!("{name} may not issue {whom}: extended key usage"))
}

/// The extensions that decide what a certificate may be used for.
struct Usages {
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    /// The extended key usages, where there are any.
    purposes: Option<Vec<ObjectIdentifier>>,
    purposes_critical: bool,
    has_name_constraints: bool,
}

impl Usages {
    /// Whether extended key usages are there, and none of these.
    fn refuses(&self, accepted: &[ObjectIdentifier]) -> bool {
        let purposes = self.purposes.as_ref();
        purposes.is_some_and(|purposes| !purposes.iter().any(|purpose| accepted.contains(purpose)))
    }

    /// Reads the extensions. One that stands twice, cannot be read, or is critical and not in the list below is refused
    /// (RFC 5280 §4.2); so are name constraints of one that is no authority.
    fn read(certificate: &Certificate) -> Result<Self, String> {
        let mut usages = Self {
            basic_constraints: None,
            key_usage: None,
            purposes: None,
            purposes_critical: false,
            has_name_constraints: false,
        };
        let mut seen = BTreeSet::new();
        for extension in certificate
            .tbs_certificate()
            .extensions()
            .map_or(&[][..], Vec::as_slice)
        {
            if !seen.insert(extension.extn_id) {
                return Err(format!("extension {} stands twice", extension.extn_id));
            }
            usages.take(extension)?;
        }
        let is_authority = usages.basic_constraints.as_ref().is_some_and(|own| own.ca);
        if usages.has_name_constraints && !is_authority {
            return Err("it has name constraints and is no authority".to_owned());
        }
        Ok(usages)
    }

    fn take(&mut self, extension: &Extension) -> Result<(), String> {
        let value = extension.extn_value.as_bytes();
        let unreadable = |_| format!("extension {} cannot be read", extension.extn_id);
        match extension.extn_id {
            BASIC_CONSTRAINTS => {
                self.basic_constraints = Some(BasicConstraints::from_der(value).map_err(unreadable)?);
            }
            KEY_USAGE => self.key_usage = Some(KeyUsage::from_der(value).map_err(unreadable)?),
            EXTENDED_KEY_USAGE => {
                self.purposes = Some(ExtendedKeyUsage::from_der(value).map_err(unreadable)?.0);
                self.purposes_critical = extension.critical;
            }
            NAME_CONSTRAINTS => {
                NameConstraints::from_der(value).map_err(unreadable)?;
                self.has_name_constraints = true;
            }
            // Where lists are is looked at with them; that it is critical asks for no more.
            REVOCATION_LISTS => drop(CrlDistributionPoints::from_der(value).map_err(unreadable)?),
            unknown if extension.critical => {
                return Err(format!("critical extension {unknown} is not understood"));
            }
            _ => {}
        }
        Ok(())
    }
}
