//! Who asks, in one account: the identity of the environment, or a role that it assumes there.

use std::cell::RefCell;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::collect::failure::Failure;
use crate::model::ids::Account;

/// Attempts for one request, unless `AWS_MAX_ATTEMPTS` or the profile says otherwise.
const ATTEMPTS: u32 = 6;
/// One attempt, from the first byte sent to the last received.
const ATTEMPT_SECONDS: u64 = 60;
/// Opening the connection.
const CONNECT_SECONDS: u64 = 10;
/// How collectors appear in CloudTrail.
const SESSION_NAME: &str = "backproof";

/// How an account is entered.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// The name of the role to assume in each account; none where the environment's identity is of the one account.
    pub(super) role: Option<String>,
    /// What the role's trust policy may ask for.
    pub(super) external_id: Option<String>,
}

/// An identity in an account.
#[derive(Debug)]
pub(super) struct Session {
    account: Account,
    entry: Entry,
    config: RefCell<SdkConfig>,
    /// The identity's ARN, as the services see it.
    pub(super) caller: String,
}

impl Session {
    /// Enters `account`, asking in `region` first.
    pub(super) async fn enter(account: &Account, region: &str, entry: &Entry) -> Result<Self, Failure> {
        let config = configure(account, region, entry).await;
        let asked = aws_sdk_sts::Client::new(&config)
            .get_caller_identity()
            .send()
            .await?;
        let entered = asked.account().unwrap_or_default();
        if entered != account.as_str() {
            let message = format!(
                "the credentials are of account {entered}, the estate names {account}: set `role` of the source to a role \
                 to assume there"
            );
            return Err(Failure::new("OtherAccount", message));
        }
        Ok(Self {
            account: account.clone(),
            entry: entry.clone(),
            config: RefCell::new(config),
            caller: asked.arn().unwrap_or_default().to_owned(),
        })
    }

    /// The configuration for a region.
    pub(super) fn in_region(&self, region: &str) -> SdkConfig {
        let config = self.config.borrow();
        config.to_builder().region(Region::new(region.to_owned())).build()
    }

    /// Takes fresh credentials: the cached ones have expired before their time.
    pub(super) async fn renew(&self, region: &str) {
        let config = configure(&self.account, region, &self.entry).await;
        *self.config.borrow_mut() = config;
    }
}

async fn configure(account: &Account, region: &str, entry: &Entry) -> SdkConfig {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
        .operation_attempt_timeout(Duration::from_secs(ATTEMPT_SECONDS))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(http)
        .timeout_config(timeouts);
    if !attempts_are_set() {
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    }
    let base = loader.load().await;
    let Some(role) = &entry.role else { return base };
    let arn = format!("arn:{}:iam::{account}:role/{role}", partition(region));
    let mut assumed = AssumeRoleProvider::builder(arn)
        .session_name(SESSION_NAME)
        .configure(&base);
    if let Some(id) = &entry.external_id {
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

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("cn-") => "aws-cn",
        _ => "aws",
    }
}
