//! What one certificate says about itself: its names, its validity, what it may be used for (RFC 5280 §4.2).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::name::Name;

use crate::check::legible;
use crate::digest::Sha256Digest;

/// The organizational unit that marks a development identity. `dev_identity` writes it into subject and issuer.
pub const DEVELOPMENT_UNIT: &str = "backproof development identity";

const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

/// Extended key usages under which a document may be signed; a certificate without the extension is not limited.
const SIGNING_PURPOSES: &[ObjectIdentifier] = &[
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"), // documentSigning, RFC 9336
    ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.5"), // Adobe authentic documents
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"), // Microsoft document signing
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),  // emailProtection, which CMS tools look for
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),        // any
];

/// SHA-256 of the certificate in DER.
pub(super) fn sha256(certificate: &Certificate) -> Option<Sha256Digest> {
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
    let seconds =
        |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
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
            .purpose_refused
            .then(|| format!("{name} is not for signing documents: extended key usage")),
    }
}

/// Says why this certificate may not issue the next one, or nothing if it may. `below` counts the intermediate
/// certificates between it and the signer.
pub(super) fn unfit_to_issue(certificate: &Certificate, below: usize) -> Option<String> {
    let name = subject(certificate);
    let usages = match Usages::read(certificate) {
        Ok(usages) => usages,
        Err(reason) => return Some(format!("{name}: {reason}")),
    };
    let Some(constraints) = usages.basic_constraints.filter(|constraints| constraints.ca) else {
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
    usages
        .purpose_refused
        .then(|| format!("{name} may not issue signers of documents: extended key usage"))
}

/// The extensions that decide what a certificate may be used for.
struct Usages {
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    /// An extended key usage is there, and names no purpose under which documents are signed.
    purpose_refused: bool,
}

impl Usages {
    /// Reads the extensions. One that stands twice, cannot be read, or is critical and not in the list below is refused
    /// (RFC 5280 §4.2); name constraints, which are always critical, fall under the last.
    fn read(certificate: &Certificate) -> Result<Self, String> {
        let mut usages = Self {
            basic_constraints: None,
            key_usage: None,
            purpose_refused: false,
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
                let purposes = ExtendedKeyUsage::from_der(value).map_err(unreadable)?;
                self.purpose_refused = !purposes
                    .0
                    .iter()
                    .any(|purpose| SIGNING_PURPOSES.contains(purpose));
            }
            unknown if extension.critical => {
                return Err(format!("critical extension {unknown} is not understood"));
            }
            _ => {}
        }
        Ok(())
    }
}
