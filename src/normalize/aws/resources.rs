//! Resources by the tagging service: a listing that does not depend on the backup tool.

use std::collections::{BTreeMap, BTreeSet};

use super::v1;
use crate::model::records::Observed;
use crate::model::records::backups::CloudResource;
use crate::normalize::arn::{self, Arn};
use crate::normalize::fold::Folded;
use crate::normalize::pull::Row;

/// A row of `GetResources`. The service says neither what kind it is nor when it was created: the kind is in the ARN.
pub(in crate::normalize) fn resource(row: &Row<'_>) -> Result<Observed<CloudResource>, String> {
    let wire: v1::ResourceRow = row.read()?;
    let key = &row.pull.key;
    arn::in_place("ResourceARN", &wire.arn, key)?;
    let mut tags = BTreeMap::new();
    for tag in wire.tags {
        if tags.insert(tag.key.clone(), tag.value).is_some() {
            return Err(format!("tag {:?} stands twice", tag.key));
        }
    }
    Ok(row.observed(CloudResource {
        id: arn::resource("ResourceARN", &wire.arn)?,
        account: key.account.clone(),
        region: key.region.clone(),
        tags,
        tag_history: Vec::new(),
        cloud_regions: BTreeSet::new(),
        data_bearing: Arn::parse(&wire.arn).is_some_and(|arn| arn.holds_data()),
        created: None,
    }))
}

impl Folded for CloudResource {
    fn id(&self) -> String {
        self.id.to_string()
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        crate::normalize::fold::differs(
            "the creation time",
            earlier.created.as_ref(),
            later.created.as_ref(),
        )
    }
}
