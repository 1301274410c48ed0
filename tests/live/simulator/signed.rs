//! Who signed a request, read from its `Authorization` header (AWS Signature Version 4). The signature itself is not
//! verified: no key here is secret.

/// The scope of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Signed {
    /// The access key.
    pub(crate) key: String,
    /// The account that the access key belongs to: the digits in it.
    pub(crate) account: String,
    /// The region.
    pub(crate) region: String,
    /// The service's signing name.
    pub(crate) service: String,
}

impl Signed {
    /// `AWS4-HMAC-SHA256 Credential=AKIA…/20260706/us-east-1/backup/aws4_request, …`
    pub(crate) fn read(header: &str) -> Option<Self> {
        let credential = header.split("Credential=").nth(1)?.split(',').next()?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [key, _, region, service, _] = parts[..] else {
            return None;
        };
        let account = key.chars().filter(char::is_ascii_digit).collect();
        Some(Self {
            key: key.to_owned(),
            account,
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}
