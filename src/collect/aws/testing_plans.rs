//! Restore testing plans: what AWS Backup is to restore by itself, and when.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

/// Rows of a page.
const ROWS: i32 = 1000;

/// All restore testing plans.
pub(super) async fn testing_plans(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::AwsRestoreTestingPlans, "backup:ListRestoreTestingPlans")
        .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_restore_testing_plans()
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        Ok(((), said.next_token))
    };
    place.ask(question, turn).await.map(drop)
}
