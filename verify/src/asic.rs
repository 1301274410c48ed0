//! The manifest of the ASiC-E container (EN 319 162-1 A.4): what `META-INF/signature001.p7s` signs.
//!
//! It refers to the roots only: files that hold the digests of all others, and the report. The verifier has no XML
//! parser: it generates the manifest anew from the digests that it found and compares bytes, so an attribute, a comment
//! or an entity that another reader would take differently cannot be there.

use base64ct::{Base64, Encoding as _};

use crate::digest::Sha256Digest;
use crate::layout;
use crate::sums::Sums;

/// The paths that the manifest refers to, in order.
pub fn roots() -> impl Iterator<Item = &'static str> {
    let tags = layout::TAG_FILES
        .iter()
        .filter(|tag| tag.in_roots)
        .map(|tag| tag.path);
    tags.chain([layout::REPORT])
}

/// The manifest's bytes; `None` when a root's digest is not in `digests`.
pub fn manifest(digests: &Sums) -> Option<Vec<u8>> {
    let mut xml = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n",
        "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\"",
        " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n",
    ));
    xml.push_str(&format!(
        "<asic:SigReference MimeType=\"application/pkcs7-signature\" URI=\"{}\"/>\n",
        layout::ASIC_SIGNATURE
    ));
    for path in roots() {
        xml.push_str(&reference(path, digests.get(path)?));
    }
    xml.push_str("</asic:ASiCManifest>\n");
    Some(xml.into_bytes())
}

/// The digests that a manifest gives, by path; `None` unless it is byte for byte what [`manifest`] writes for them.
pub fn parse(bytes: &[u8]) -> Option<Sums> {
    const VALUE: &str = "<ds:DigestValue>";
    let text = std::str::from_utf8(bytes).ok()?;
    let values = text.split(VALUE).skip(1).map(|rest| {
        let (value, _) = rest.split_once('<')?;
        let bytes = <[u8; 32]>::try_from(Base64::decode_vec(value).ok()?).ok()?;
        Some(Sha256Digest::from_bytes(bytes))
    });
    let digests: Sums = roots()
        .zip(values)
        .map(|(path, digest)| Some((path.to_owned(), digest?)))
        .collect::<Option<_>>()?;
    (manifest(&digests)? == bytes).then_some(digests)
}

/// Paths are letters, digits, dots, slashes and hyphens: nothing in them needs escaping in an attribute.
fn reference(path: &str, digest: &Sha256Digest) -> String {
    let value = Base64::encode_string(digest.as_bytes());
    format!(
        "<asic:DataObjectReference URI=\"{path}\">\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <ds:DigestValue>{value}</ds:DigestValue></asic:DataObjectReference>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_root_is_referred_to_once() {
        let mut digests: Sums = roots()
            .map(|path| (path.to_owned(), Sha256Digest::of(path.as_bytes())))
            .collect();
        let xml = String::from_utf8(manifest(&digests).unwrap()).unwrap();
        for path in roots() {
            assert_eq!(xml.matches(&format!("URI=\"{path}\"")).count(), 1, "{path}");
        }
        assert_eq!(xml.matches("URI=").count(), roots().count() + 1);
        assert_eq!(parse(xml.as_bytes()), Some(digests.clone()));
        for (from, to) in [
            ("checkpoint", "checkpoin"),
            ("sha256\"", "sha256\" "),
            ("</asic:ASiCManifest>\n", "</asic:ASiCManifest>"),
            ("<ds:DigestValue>", "<ds:DigestValue><!-- --> "),
            ("=</ds", "</ds"),
        ] {
            assert!(xml.contains(from));
            assert_eq!(parse(xml.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
        digests.remove(layout::MANIFEST);
        assert_eq!(manifest(&digests), None);
    }
}
