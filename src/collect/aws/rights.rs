//! Who may do what in an account: its users, groups, roles and policies.

use aws_config::SdkConfig;
use aws_sdk_iam::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

/// Rows of a page.
const ROWS: i32 = 1000;

/// The snapshot of access rights; the answers are XML.
pub(super) async fn rights(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::IamSnapshot, "iam:GetAccountAuthorizationDetails")
        .with("MaxItems", ROWS)
        .carried_as("Marker");
    let turn = async |config: &SdkConfig, capture: &Capture, marker: Option<String>| {
        let request = Client::new(config)
            .get_account_authorization_details()
            .max_items(ROWS)
            .set_marker(marker);
        let said = send!(capture, request);
        Ok(((), said.marker.filter(|_| said.is_truncated)))
    };
    place.ask(question, turn).await.map(drop)
}
