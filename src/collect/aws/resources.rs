//! What the account has, by the tagging service: a list that AWS Backup has no part in.

use aws_config::SdkConfig;
use aws_sdk_resourcegroupstagging::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

/// Rows of a page, the most that the service gives.
const ROWS: i32 = 100;

/// All resources that have or had tags.
pub(super) async fn resources(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::CloudResourceListing, "tag:GetResources")
        .with("ResourcesPerPage", ROWS)
        .carried_as("PaginationToken");
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .get_resources()
            .resources_per_page(ROWS)
            .set_pagination_token(token);
        let said = send!(capture, request);
        Ok(((), said.pagination_token))
    };
    place.ask(question, turn).await.map(drop)
}
