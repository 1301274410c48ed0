//! CloudTrail's own memory of management events: 90 days, one event source a pull.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};

use super::capture::{Capture, send};
use super::jobs::seconds;
use super::place::Place;
use crate::collect::CollectError;
use crate::collect::failure::Failure;
use crate::collect::question::Question;
use crate::collect::window;
use crate::model::source::{EVENT_SOURCES, Source};

/// Rows of a page, the most that the service gives.
const ROWS: i32 = 50;
const OPERATION: &str = "cloudtrail:LookupEvents";

/// The events of each service.
pub(super) async fn events(place: &Place<'_, '_>) -> Result<(), CollectError> {
    for name in EVENT_SOURCES {
        let key = place.key(Source::Cloudtrail);
        let window = window::lacking(place.sink, key, OPERATION, &format!("/{name}"))?;
        let question = Question::new(Source::Cloudtrail, OPERATION)
            .part(name)
            .with("EventSource", name)
            .with("MaxResults", ROWS)
            .between("StartTime", "EndTime", window);
        let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
            let attribute = LookupAttribute::builder()
                .attribute_key(LookupAttributeKey::EventSource)
                .attribute_value(name)
                .build()
                .map_err(|error| Failure::new("NotSent", error.to_string()))?;
            let request = Client::new(config)
                .lookup_events()
                .lookup_attributes(attribute)
                .start_time(seconds(window.start()))
                .end_time(seconds(window.end()))
                .max_results(ROWS)
                .set_next_token(token);
            let said = send!(capture, request);
            Ok(((), said.next_token))
        };
        place.ask(question, turn).await?;
    }
    Ok(())
}
