//! How services of AWS are reached: TLS, time limits, attempts, and the role that is assumed; and what failed, in words.
//! Credentials and endpoints are the environment's, as for the AWS command line.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::failure::{BROKEN, Failure, NOT_SENT, TIMED_OUT, UNREACHABLE};
use crate::model::ids::Account;

/// Attempts for one request, unless `AWS_MAX_ATTEMPTS` or the profile says otherwise.
const ATTEMPTS: u32 = 6;
/// One attempt, from the first byte sent to the last received.
pub const ATTEMPT_SECONDS: u64 = 60;
/// Opening the connection.
const CONNECT_SECONDS: u64 = 10;
/// How we appear in CloudTrail where we take on a role.
pub const SESSION_NAME: &str = "backproof";
/// The same while something is only tried: those calls leave no receipt, and must not be taken for a collector's.
pub const TRIAL_SESSION_NAME: &str = "backproof-doctor";

/// What the services' clocks showed, one answer after the other.
#[derive(Debug, Clone, Default)]
pub struct Dates(Arc<Mutex<Option<String>>>);

impl Dates {
    /// The header `Date` of the last answer, if it had one.
    pub fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for Dates {
    fn name(&self) -> &'static str {
        "Dates"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

/// A role that is assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The account that it is of.
    pub account: Account,
    /// Its name.
    pub name: String,
    /// What its trust policy may ask for.
    pub external_id: Option<String>,
    /// The name of the session in it.
    pub session_name: &'static str,
}

impl Role {
    /// Its ARN, in the partition of `region`.
    pub fn arn(&self, region: &str) -> String {
        format!(
            "arn:{}:iam::{}:role/{}",
            partition(region),
            self.account,
            self.name
        )
    }
}

/// Time limits, with so many seconds for one attempt.
pub fn timeouts(attempt_seconds: u64) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
        .operation_attempt_timeout(Duration::from_secs(attempt_seconds))
        .build()
}

/// What clients are made of that ask in `region`, as `role` where there is one.
pub async fn configure(region: &str, role: Option<&Role>) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(http)
        .timeout_config(timeouts(ATTEMPT_SECONDS));
    if !attempts_are_set() {
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    }
    let base = loader.load().await;
    let Some(role) = role else { return base };
    let mut assumed = AssumeRoleProvider::builder(role.arn(region))
        .session_name(role.session_name)
        .configure(&base);
    if let Some(id) = &role.external_id {
        assumed = assumed.external_id(id);
    }
    let provider = assumed.build().await;
    base.to_builder()
        .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(provider))
        .identity_cache(aws_config::identity::IdentityCache::lazy().build())
        .build()
}

/// The SDK reads the variable itself, but a retry configuration given in code goes before it.
#[expect(
    clippy::disallowed_methods,
    reason = "the SDK's own variables are read where the SDK is configured"
)]
fn attempts_are_set() -> bool {
    std::env::var("AWS_MAX_ATTEMPTS").is_ok()
}

/// The partition that a region is of, as ARNs name it.
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("cn-") => "aws-cn",
        _ => "aws",
    }
}

/// What the service, the wire or the SDK said, after the SDK's own attempts.
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
                    .map_or_else(|| whole(said.err()), str::to_owned);
                return Self::new(code, message);
            }
            SdkError::TimeoutError(_) => TIMED_OUT,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => TIMED_OUT,
            // Nothing is sent by whom may not assume the role: STS was reached, and refused.
            SdkError::DispatchFailure(_) => refused_role(&error).unwrap_or(UNREACHABLE),
            SdkError::ResponseError(_) => BROKEN,
            _ => NOT_SENT,
        };
        Self::new(code, whole(&error))
    }
}

/// The code with which STS refused the role that was to ask.
fn refused_role<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e str> {
    let mut cause = error.source();
    while let Some(known) = cause {
        if let Some(refusal) = known.downcast_ref::<AssumeRoleError>() {
            return refusal.code();
        }
        cause = known.source();
    }
    None
}

/// An error with all that lies beneath it, each once. The SDK's own text for this adds the whole structure, which nobody can
/// read.
fn whole(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut beneath = error.source();
    while let Some(cause) = beneath {
        let text = cause.to_string();
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
        beneath = cause.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once() {
        let told = |outer: &'static str| whole(anyhow::anyhow!("no credentials").context(outer).as_ref());
        assert_eq!(told("dispatch failure"), "dispatch failure: no credentials");
        assert_eq!(
            told("dispatch failure: no credentials"),
            "dispatch failure: no credentials"
        );
    }
}
