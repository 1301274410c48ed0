//! What a service, the wire or the SDK said when a request failed for good: after the SDK's own attempts.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Codes by which services refuse credentials that were good before.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];
/// The code of an answer that broke off, or is none.
pub(super) const BROKEN: &str = "BrokenAnswer";
const TIMED_OUT: &str = "TimedOut";
/// Longest message that a receipt keeps, in characters.
const MESSAGE_CHARS_MAX: usize = 1000;

/// Why a pull ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The service's code, or one of `TimedOut`, `Unreachable`, `BrokenAnswer`, `NotSent`.
    pub(super) code: String,
    /// What it said.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into().chars().take(MESSAGE_CHARS_MAX).collect(),
        }
    }

    /// Whether the answer broke off on the way.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.code.as_str(), BROKEN | TIMED_OUT)
    }

    /// Whether fresh credentials may help.
    pub(super) fn is_expiry(&self) -> bool {
        EXPIRED.contains(&self.code.as_str())
    }
}

impl<E: ProvideErrorMetadata + Error + 'static> From<SdkError<E, HttpResponse>> for Failure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let code = match &error {
            SdkError::ServiceError(said) => {
                let status = said.raw().status();
                let code = match said.err().code() {
                    Some(code) => code.to_owned(),
                    // A proxy's page, or the like: the status is good and the body is no answer.
                    None if status.is_success() => BROKEN.to_owned(),
                    None => format!("HttpStatus{}", status.as_u16()),
                };
                let message = said
                    .err()
                    .message()
                    .map_or_else(|| DisplayErrorContext(said.err()).to_string(), str::to_owned);
                return Self::new(code, message);
            }
            SdkError::TimeoutError(_) => TIMED_OUT,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => TIMED_OUT,
            SdkError::DispatchFailure(_) => "Unreachable",
            SdkError::ResponseError(_) => BROKEN,
            _ => "NotSent",
        };
        Self::new(code, DisplayErrorContext(&error).to_string())
    }
}
