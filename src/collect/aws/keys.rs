//! KMS keys and their states: a key that is pending deletion makes its backups useless.

use aws_config::SdkConfig;
use aws_sdk_kms::Client;

use super::capture::{Capture, send};
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::question::Question;
use crate::model::source::Source;

/// Rows of a page.
const ROWS: i32 = 1000;

/// All keys, each described.
pub(super) async fn keys(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(Source::KmsKeys, "kms:ListKeys")
        .part("list")
        .with("Limit", ROWS)
        .carried_as("Marker");
    let turn = async |config: &SdkConfig, capture: &Capture, marker: Option<String>| {
        let request = Client::new(config).list_keys().limit(ROWS).set_marker(marker);
        let said = send!(capture, request);
        let keys: Vec<_> = said
            .keys
            .unwrap_or_default()
            .into_iter()
            .filter_map(|key| key.key_id)
            .collect();
        Ok((keys, said.next_marker.filter(|_| said.truncated)))
    };
    for key in place.ask(question, turn).await?.unwrap_or_default().concat() {
        let question = Question::new(Source::KmsKeys, "kms:DescribeKey")
            .part(&key)
            .with("KeyId", &key);
        let turn = async |config: &SdkConfig, capture: &Capture, _| {
            send!(capture, Client::new(config).describe_key().key_id(&key));
            Ok(((), None))
        };
        place.ask(question, turn).await?;
    }
    Ok(())
}
