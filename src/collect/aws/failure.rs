//! What a service, the wire or the SDK said when a request failed for good: after the SDK's own attempts.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::collect::failure::{BROKEN, Failure, NOT_SENT, TIMED_OUT, UNREACHABLE};

/// Codes by which services refuse credentials that were good before.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];

/// Whether fresh credentials may help.
pub(super) fn is_expiry(failure: &Failure) -> bool {
    EXPIRED.contains(&failure.code.as_str())
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
            SdkError::DispatchFailure(_) => UNREACHABLE,
            SdkError::ResponseError(_) => BROKEN,
            _ => NOT_SENT,
        };
        Self::new(code, DisplayErrorContext(&error).to_string())
    }
}
