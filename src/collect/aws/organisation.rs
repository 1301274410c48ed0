//! Where there could be something to back up: the accounts of the organisation, and the regions of each account.

use aws_config::SdkConfig;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

/// Accounts of a page, the most that the service gives.
const ACCOUNTS: i32 = 20;
/// Regions of a page, the most that the service gives.
const REGIONS: i32 = 50;

/// The accounts of the organisation: only its management account, or one to which that delegates, may ask.
pub(super) async fn accounts(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question =
        Question::new(Source::AwsAccounts, "organizations:ListAccounts").with("MaxResults", ACCOUNTS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = aws_sdk_organizations::Client::new(config)
            .list_accounts()
            .max_results(ACCOUNTS)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}

/// The regions of the account, those that are not enabled too.
pub(super) async fn regions(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::AwsRegions, "account:ListRegions").with("MaxResults", REGIONS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = aws_sdk_account::Client::new(config)
            .list_regions()
            .max_results(REGIONS)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}
