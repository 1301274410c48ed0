//! CMS `SignedData` (RFC 5652 §5.1) whose sets keep the order in which they stand.
//!
//! The crate `cms` sorts a SET OF while it reads, and by an order that differs from that of the bytes (X.690 §11.6) where two
//! elements are equally long: a signature in right DER would then not encode back to itself.

use cms::cert::CertificateChoices;
use cms::content_info::CmsVersion;
use cms::signed_data::{DigestAlgorithmIdentifiers, EncapsulatedContentInfo, SignerInfos};
use const_oid::ObjectIdentifier;
use der::{
    Any, Choice, Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Sequence, Tag,
    Writer,
};
use x509_cert::crl::CertificateList;

/// A SET OF in the order of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elements<T>(Vec<T>);

impl<T: Encode> Elements<T> {
    /// Puts elements in the order that DER asks for.
    ///
    /// # Errors
    /// Where an element has no encoding.
    pub fn sorted(elements: Vec<T>) -> Result<Self, der::Error> {
        let mut encoded = elements
            .into_iter()
            .map(|element| Ok((element.to_der()?, element)))
            .collect::<Result<Vec<_>, der::Error>>()?;
        encoded.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(Self(encoded.into_iter().map(|(_, element)| element).collect()))
    }

    /// The elements in their order.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// Whether the elements stand in the order of their bytes, each once.
    pub(super) fn is_sorted(&self) -> bool {
        let encoded: Result<Vec<_>, _> = self.0.iter().map(Encode::to_der).collect();
        encoded.is_ok_and(|encoded| encoded.is_sorted_by(|left, right| left < right))
    }
}

impl<T> FixedTag for Elements<T> {
    const TAG: Tag = Tag::Set;
}

impl<'a, T: Decode<'a, Error = der::Error>> DecodeValue<'a> for Elements<T> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> Result<Self, der::Error> {
        let mut elements = Vec::new();
        while !reader.is_finished() {
            elements.push(T::decode(reader)?);
        }
        Ok(Self(elements))
    }
}

impl<T: Encode> EncodeValue for Elements<T> {
    fn value_len(&self) -> Result<Length, der::Error> {
        let mut elements = self.0.iter();
        elements.try_fold(Length::ZERO, |length, element| length + element.encoded_len()?)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> Result<(), der::Error> {
        self.0.iter().try_for_each(|element| element.encode(writer))
    }
}

/// `RevocationInfoChoice` (RFC 5652 §10.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Choice)]
#[expect(clippy::large_enum_variant, reason = "there are a few of them")]
pub enum Revocation {
    /// A revocation list.
    List(CertificateList),
    /// Something else: an OCSP response.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Other(OtherRevocation),
}

/// `OtherRevocationInfoFormat` (RFC 5652 §10.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct OtherRevocation {
    /// What it is.
    pub format: ObjectIdentifier,
    /// The thing itself.
    pub info: Any,
}

/// `SignedData` (RFC 5652 §5.1).
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct SignedData {
    /// 1 where the content is plain data and nothing of a newer form is carried.
    pub version: CmsVersion,
    /// The digest algorithms of the signers.
    pub digest_algorithms: DigestAlgorithmIdentifiers,
    /// What is signed; its type alone where the signature is detached.
    pub encap_content_info: EncapsulatedContentInfo,
    /// The certificates.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub certificates: Option<Elements<CertificateChoices>>,
    /// Revocation lists and OCSP responses.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub crls: Option<Elements<Revocation>>,
    /// The signers.
    pub signer_infos: SignerInfos,
}

impl SignedData {
    /// Whether all sets stand in the order that DER asks for; those of one element do.
    pub(super) fn is_sorted(&self) -> bool {
        self.certificates.as_ref().is_none_or(Elements::is_sorted)
            && self.crls.as_ref().is_none_or(Elements::is_sorted)
    }
}
