//! Who asks, in one account: the identity of the environment, or a role that it assumes there.

use std::cell::RefCell;

use aws_config::{Region, SdkConfig};

use super::capture::{Capture, send};
use crate::collect::failure::Failure;
use crate::model::ids::Account;
use crate::service::aws::{Role, configure};

/// How an account is entered.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The name of the role to assume in each account; none where the environment's identity is of the one account.
    pub(super) role: Option<String>,
    /// What the role's trust policy may ask for.
    pub(super) external_id: Option<String>,
    /// How the session in the role is called.
    pub(super) session_name: &'static str,
}

impl Entry {
    pub(super) fn role_in(&self, account: &Account) -> Option<Role> {
        self.role.as_ref().map(|name| Role {
            account: account.clone(),
            name: name.clone(),
            external_id: self.external_id.clone(),
            session_name: self.session_name,
        })
    }
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
    pub(super) async fn enter(
        account: &Account,
        region: &str,
        entry: &Entry,
        capture: &Capture,
    ) -> Result<Self, Failure> {
        let config = configure(region, entry.role_in(account).as_ref()).await;
        let asked = send!(capture, aws_sdk_sts::Client::new(&config).get_caller_identity());
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
        let config = configure(region, self.entry.role_in(&self.account).as_ref()).await;
        *self.config.borrow_mut() = config;
    }
}
