//! What AWS Backup protects, and when each of it was last restored by its own account.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_backup::Client;

use super::capture::{Capture, send};
use super::place::{Object, Place};
use crate::collect::CollectError;
use crate::collect::failure::{BROKEN, Failure};
use crate::collect::question::Question;
use crate::model::source::Source;

const SOURCE: Source = Source::AwsProtectedResources;
/// Rows of a page.
const ROWS: i32 = 1000;
/// Resources of one pull.
const RESOURCES_MAX: usize = 1_000;

/// All protected resources, each described.
pub(super) async fn protected(place: &Place<'_, '_>) -> Result<(), CollectError> {
    let question = Question::new(SOURCE, "backup:ListProtectedResources")
        .part("list")
        .with("MaxResults", ROWS);
    let turn = async |config: &SdkConfig, capture: &Capture, token: Option<String>| {
        let request = Client::new(config)
            .list_protected_resources()
            .max_results(ROWS)
            .set_next_token(token);
        let said = send!(capture, request);
        let listed = said.results.unwrap_or_default().into_iter();
        let arns: Vec<_> = listed.filter_map(|resource| resource.resource_arn).collect();
        Ok((arns, said.next_token))
    };
    let listed = place.ask(question, turn).await?.unwrap_or_default().concat();
    for (batch, arns) in listed.chunks(RESOURCES_MAX).enumerate() {
        let question =
            Question::new(SOURCE, "backup:DescribeProtectedResource").part(format!("describe/{}", batch + 1));
        place.fetch(question, arns, describe).await?;
    }
    Ok(())
}

async fn describe(config: &SdkConfig, arn: &str) -> Result<Object, Failure> {
    let capture = Capture::default();
    send!(
        capture,
        Client::new(config)
            .describe_protected_resource()
            .resource_arn(arn)
    );
    let answer = capture
        .take()
        .ok_or_else(|| Failure::new(BROKEN, "the answer was not seen"))?;
    Ok((
        answer,
        BTreeMap::from([("ResourceArn".to_owned(), arn.to_owned())]),
    ))
}
