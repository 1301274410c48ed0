//! Name constraints (RFC 5280 §4.2.1.10): an authority may be allowed to vouch for some names only.
//!
//! Five forms of name are understood. Of any other, a constraint that meets a name fails: what is not understood is not
//! allowed. Names are compared without regard to case and to repeated spaces, so that an excluded name cannot come back in
//! another spelling.

use const_oid::ObjectIdentifier;
use der::Decode as _;
use x509_cert::Certificate;
use x509_cert::ext::pkix::constraints::name::{GeneralSubtree, NameConstraints};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

use super::certificate::subject;

const SUBJECT_ALTERNATIVE_NAMES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// One name of a certificate, in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// Attributes from the outermost on: type, and value as folded text.
    Directory(Vec<(ObjectIdentifier, String)>),
    /// `user@host`
    Email(String),
    Dns(String),
    /// The host of an address.
    Uri(String),
    /// An address of 4 or 16 bytes; in a constraint, twice as many with the mask.
    Ip(Vec<u8>),
    /// A form that is not compared.
    Other,
}

/// Says which name of `certificate` lies outside of what `constraints` allow, or nothing if all lie within.
pub(super) fn outside(constraints: &NameConstraints, certificate: &Certificate) -> Option<String> {
    let owner = subject(certificate);
    let names = match names(certificate) {
        Ok(names) => names,
        Err(reason) => return Some(format!("{owner}: {reason}")),
    };
    let subtrees = |subtrees: &Option<Vec<GeneralSubtree>>| {
        let subtrees = subtrees.iter().flatten();
        subtrees
            .map(|subtree| {
                (subtree.minimum == 0 && subtree.maximum.is_none()).then(|| of_general_name(&subtree.base))
            })
            .collect::<Option<Vec<_>>>()
    };
    let (Some(permitted), Some(excluded)) = (
        subtrees(&constraints.permitted_subtrees),
        subtrees(&constraints.excluded_subtrees),
    ) else {
        return Some(format!(
            "{owner}: its issuer's name constraints have a minimum or maximum"
        ));
    };
    for name in &names {
        let mut of_form = permitted
            .iter()
            .filter(|base| is_same_form(base, name))
            .peekable();
        let is_permitted = of_form.peek().is_none() || of_form.any(|base| lies_within(name, base));
        let is_excluded = excluded
            .iter()
            .any(|base| is_same_form(base, name) && lies_within(name, base));
        let is_unknown = *name == Named::Other && !(permitted.is_empty() && excluded.is_empty());
        if !is_permitted || is_excluded || is_unknown {
            return Some(format!(
                "{owner} has a name outside of what an issuer above it may vouch for"
            ));
        }
    }
    None
}

/// The names of a certificate: its subject, the addresses in it, its alternative names.
fn names(certificate: &Certificate) -> Result<Vec<Named>, &'static str> {
    let tbs = certificate.tbs_certificate();
    let mut names = Vec::new();
    if !tbs.subject().is_empty() {
        names.push(of_directory_name(tbs.subject()));
    }
    let addresses = tbs
        .subject()
        .iter()
        .filter(|attribute| attribute.oid == EMAIL_ADDRESS);
    names.extend(addresses.map(|attribute| Named::Email(folded(attribute.value.value()))));
    let extensions = tbs.extensions().into_iter().flatten();
    for extension in extensions.filter(|extension| extension.extn_id == SUBJECT_ALTERNATIVE_NAMES) {
        let alternative = Vec::<GeneralName>::from_der(extension.extn_value.as_bytes());
        let alternative = alternative.map_err(|_| "its alternative names cannot be read")?;
        names.extend(alternative.iter().map(of_general_name));
    }
    Ok(names)
}

fn of_general_name(name: &GeneralName) -> Named {
    match name {
        GeneralName::DirectoryName(name) => of_directory_name(name),
        GeneralName::Rfc822Name(text) => Named::Email(folded(text.as_bytes())),
        GeneralName::DnsName(text) => Named::Dns(folded(text.as_bytes())),
        GeneralName::UniformResourceIdentifier(text) => Named::Uri(folded(text.as_bytes())),
        GeneralName::IpAddress(bytes) => Named::Ip(bytes.as_bytes().to_vec()),
        _ => Named::Other,
    }
}

fn of_directory_name(name: &Name) -> Named {
    let attributes = name
        .iter()
        .map(|attribute| (attribute.oid, folded(attribute.value.value())));
    Named::Directory(attributes.collect())
}

fn folded(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_same_form(base: &Named, name: &Named) -> bool {
    std::mem::discriminant(base) == std::mem::discriminant(name)
}

/// Whether `name` lies within the subtree `base` of the same form.
fn lies_within(name: &Named, base: &Named) -> bool {
    match (name, base) {
        (Named::Directory(name), Named::Directory(base)) => name.starts_with(base),
        (Named::Email(name), Named::Email(base)) => match name.rsplit_once('@') {
            Some(_) if base.contains('@') => name == base,
            Some((_, host)) => is_host_within(host, base),
            None => false,
        },
        (Named::Dns(name), Named::Dns(base)) => {
            base.is_empty() || name == base || name.ends_with(&format!(".{}", base.trim_start_matches('.')))
        }
        (Named::Uri(name), Named::Uri(base)) => host_of(name).is_some_and(|host| is_host_within(host, base)),
        (Named::Ip(name), Named::Ip(base)) => is_address_within(name, base),
        _ => true,
    }
}

/// A host is meant exactly, or with a dot before it, all hosts below.
fn is_host_within(host: &str, base: &str) -> bool {
    if base.starts_with('.') {
        host.len() > base.len() && host.ends_with(base)
    } else {
        host == base
    }
}

fn host_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next()
}

fn is_address_within(address: &[u8], base: &[u8]) -> bool {
    let Some((network, mask)) = base.split_at_checked(address.len()) else {
        return false;
    };
    mask.len() == address.len()
        && address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((byte, network), mask)| byte & mask == network & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: Named, base: Named, expected: bool) {
        assert_eq!(lies_within(&name, &base), expected, "{name:?} in {base:?}");
    }

    #[test]
    fn subtrees_are_those_of_rfc_5280() {
        let directory = |texts: &[&str]| {
            let attributes = texts.iter().map(|text| (EMAIL_ADDRESS, folded(text.as_bytes())));
            Named::Directory(attributes.collect())
        };
        check(directory(&["Luma", "CN"]), directory(&["luma"]), true);
        check(directory(&["Luma  Inc"]), directory(&["LUMA inc"]), true);
        check(directory(&["other", "Luma"]), directory(&["Luma"]), false);
        check(directory(&[]), directory(&["Luma"]), false);
        let email = |text: &str| Named::Email(text.to_owned());
        check(email("a@luma.example"), email("luma.example"), true);
        check(email("a@x.luma.example"), email("luma.example"), false);
        check(email("a@x.luma.example"), email(".luma.example"), true);
        check(email("a@luma.example"), email(".luma.example"), false);
        check(email("a@luma.example"), email("b@luma.example"), false);
        check(email("luma.example"), email("luma.example"), false);
        let dns = |text: &str| Named::Dns(text.to_owned());
        check(dns("x.luma.example"), dns("luma.example"), true);
        check(dns("xluma.example"), dns("luma.example"), false);
        let uri = |text: &str| Named::Uri(text.to_owned());
        check(uri("https://luma.example:8443/a"), uri("luma.example"), true);
        check(
            uri("https://luma.example@evil.example/"),
            uri("luma.example"),
            false,
        );
        let ip = |bytes: &[u8]| Named::Ip(bytes.to_vec());
        check(ip(&[10, 1, 2, 3]), ip(&[10, 0, 0, 0, 255, 0, 0, 0]), true);
        check(ip(&[11, 1, 2, 3]), ip(&[10, 0, 0, 0, 255, 0, 0, 0]), false);
        check(ip(&[10, 1, 2, 3]), ip(&[0; 32]), false);
    }
}
