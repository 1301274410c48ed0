//! What a failure of AWS says of a permission, and what to do about it.

use super::checkup::Outcome;
use super::failure::{Failure, UNREACHABLE};

/// Codes by which services refuse credentials that were good before.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// What came of a check, what is said of it, and what to do next.
pub type Verdict = (Outcome, String, String);

/// What a failure says of the permission that its call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// The identity may not.
    Denied,
    /// The region is not enabled for the account: credentials that are good elsewhere are unknown there.
    RegionOff,
    /// The credentials have expired.
    Expired,
    /// The clocks are too far apart for a signature to hold.
    Skewed,
    /// Too many calls at the moment.
    Throttled,
    /// No connection could be made.
    Unreachable,
    /// What has to be there is not, or is another.
    Missing,
    /// Nothing.
    Nothing,
}

/// Whether fresh credentials may help.
pub fn is_expiry(failure: &Failure) -> bool {
    EXPIRED.contains(&failure.code.as_str())
}

/// What a failure says. That of a `HEAD` of S3 comes without a code.
pub fn says(failure: &Failure) -> Says {
    match failure.code.as_str() {
        _ if is_expiry(failure) => Says::Expired,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "HttpStatus403"
        | "Forbidden"
        | "UnauthorizedOperation" => Says::Denied,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "OptInRequired"
        | "RegionDisabledException"
        | "SubscriptionRequiredException" => Says::RegionOff,
        "RequestTimeTooSkewed" => Says::Skewed,
        "InvalidSignatureException" | "SignatureDoesNotMatch"
            if failure.message.contains("expired") || failure.message.contains("not yet current") =>
        {
            Says::Skewed
        }
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "HttpStatus429"
        | "HttpStatus503" => Says::Throttled,
        UNREACHABLE => Says::Unreachable,
        "NoSuchBucket" | "NoOrganization" | "OtherAccount" => Says::Missing,
        _ => Says::Nothing,
    }
}

/// What is said of a call that failed, which takes `action`. What says neither that it works nor that it does not is untold.
pub fn refused(action: &str, failure: &Failure) -> Verdict {
    let Failure { code, message } = failure;
    let said = |what: &str| format!("{what}: {code}: {message}");
    match says(failure) {
        Says::Denied => (
            Outcome::Fails,
            said("denied"),
            format!("allow {action}; `backproof doctor --policy` prints all that it takes"),
        ),
        Says::RegionOff => (
            Outcome::Fails,
            said("not let in"),
            "enable the region in the account, or take it out of [[estate.aws]]; or the credentials are no good".to_owned(),
        ),
        Says::Expired => (
            Outcome::Fails,
            said("the credentials have expired"),
            "log in anew; the unattended run needs credentials that renew themselves".to_owned(),
        ),
        Says::Skewed => (
            Outcome::Fails,
            said("the signature's time is refused"),
            "set this machine's clock".to_owned(),
        ),
        Says::Throttled => (
            Outcome::Untold,
            said("throttled"),
            "try again when less is going on".to_owned(),
        ),
        Says::Unreachable => (
            Outcome::Fails,
            said("no connection"),
            "let this machine reach the service: network, proxy, endpoint, credentials".to_owned(),
        ),
        Says::Missing => (Outcome::Fails, message.clone(), String::new()),
        Says::Nothing => (Outcome::Untold, said("no clear answer"), "try again".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_can_be_told_from_it() {
        for (code, message, expected, outcome) in [
            ("AccessDeniedException", "", Says::Denied, Outcome::Fails),
            ("UnrecognizedClientException", "", Says::RegionOff, Outcome::Fails),
            ("ExpiredToken", "", Says::Expired, Outcome::Fails),
            (
                "SignatureDoesNotMatch",
                "Signature expired: …",
                Says::Skewed,
                Outcome::Fails,
            ),
            (
                "SignatureDoesNotMatch",
                "Check your secret",
                Says::Nothing,
                Outcome::Untold,
            ),
            (
                "ThrottlingException",
                "Rate exceeded",
                Says::Throttled,
                Outcome::Untold,
            ),
            ("HttpStatus500", "", Says::Nothing, Outcome::Untold),
        ] {
            let failure = Failure::new(code, message);
            assert_eq!(says(&failure), expected, "{code}");
            assert_eq!(refused("kms:ListKeys", &failure).0, outcome, "{code}");
        }
    }
}
