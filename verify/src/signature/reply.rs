//! The reply to a question for a time stamp (RFC 3161 §2.4.2), as in `SHA256SUMS.tsr`: a token, and a status that nothing signs.

use cms::content_info::ContentInfo;
use der::{Decode as _, Encode as _, Sequence};

use super::Ground;
use super::cms::canonical;
use super::revocation::Revocations;
use super::timestamp::{self, TimeStamp};
use crate::check::{Checks, Code};

/// `TimeStampResp` (RFC 3161 §2.4.2).
#[derive(Debug, Sequence)]
struct Reply {
    status: Status,
    token: ContentInfo,
}

/// `PKIStatusInfo` of a request that was granted. Nothing signs it, so it has one form, without words.
#[derive(Debug, Sequence)]
struct Status {
    status: u8,
}

/// The one form of a reply that grants `token`: whatever else an authority says beside it, it does not sign.
///
/// # Errors
/// `token` is no CMS `ContentInfo`.
pub fn granting(token: &[u8]) -> Result<Vec<u8>, der::Error> {
    let token = ContentInfo::from_der(token)?;
    let status = Status { status: 0 };
    Reply { status, token }.to_der()
}

/// Checks a reply, as in `SHA256SUMS.tsr`.
pub(super) fn check(
    name: &str,
    der: &[u8],
    ground: &Ground<'_>,
    revocations: &mut Revocations,
    checks: &mut Checks,
) -> Option<TimeStamp> {
    let reply: Option<Reply> = canonical(der);
    let token = reply
        .filter(|reply| reply.status.status == 0)
        .and_then(|reply| reply.token.to_der().ok());
    match token {
        Some(token) => timestamp::check(name, &token, ground, revocations, checks),
        None => {
            checks.failed(
                Code::TimestampToken,
                name,
                "not an RFC 3161 reply in DER that grants a token, with status 0 and no words",
            );
            None
        }
    }
}
