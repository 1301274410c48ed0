//! Where a resource lives, and which sources speak about it there.

use std::collections::BTreeMap;

use crate::model::ids::{Account, Region, ResourceId};
use crate::model::records::backups::Provider;
use crate::model::records::governance::System;
use crate::model::source::{Source, SourceKey};

/// An account and region of AWS, or a project of Atlas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whose cloud it is.
    pub provider: Provider,
    /// Account or project.
    pub account: Account,
    /// Region, or `global` in Atlas.
    pub region: Region,
}

impl Place {
    /// The place that an ARN or `atlas:<project>/<cluster>` names. ARNs of buckets carry neither account nor region:
    /// these come from the inventory's `row`. `None` when the text is neither form, or leaves the place open.
    pub fn of(resource: &ResourceId, row: Option<&System>) -> Option<Self> {
        if let Some(rest) = resource.as_str().strip_prefix("atlas:") {
            let (project, _) = rest.split_once('/')?;
            return Some(Self {
                provider: Provider::Atlas,
                account: project.parse().ok()?,
                region: crate::model::estate::global(),
            });
        }
        let parts: Vec<_> = resource.as_str().splitn(6, ':').collect();
        let ["arn", _, _, region, account, _] = parts[..] else {
            return None;
        };
        Some(Self {
            provider: Provider::Aws,
            account: account.parse().ok().or_else(|| Some(row?.account.clone()))?,
            region: region.parse().ok().or_else(|| Some(row?.region.clone()))?,
        })
    }

    /// The place that `key` lists.
    pub fn at(provider: Provider, key: &SourceKey) -> Self {
        Self {
            provider,
            account: key.account.clone(),
            region: key.region.clone(),
        }
    }

    /// A source in this place.
    pub fn key(&self, source: Source) -> SourceKey {
        SourceKey {
            source,
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }

    /// The source that lists every attempt to back up.
    pub fn jobs(&self) -> SourceKey {
        self.key(match self.provider {
            Provider::Aws => Source::AwsBackupJobs,
            Provider::Atlas => Source::AtlasSnapshots,
        })
    }

    /// The source that lists what can be restored.
    pub fn points(&self) -> SourceKey {
        self.key(match self.provider {
            Provider::Aws => Source::AwsRecoveryPoints,
            Provider::Atlas => Source::AtlasSnapshots,
        })
    }

    /// The source that tells who did what.
    pub fn trail(&self) -> SourceKey {
        self.key(match self.provider {
            Provider::Aws => Source::Cloudtrail,
            Provider::Atlas => Source::AtlasEvents,
        })
    }
}

/// The last part of an ARN or path: what people call it.
pub fn tail(id: &str) -> &str {
    id.rsplit([':', '/']).next().unwrap_or(id)
}

/// A short name for each id: its [`tail`], or the whole id where two would share one.
pub fn short_names<'a>(ids: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, &'a str> {
    let mut by_tail: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for id in ids {
        by_tail
            .entry(tail(id))
            .and_modify(|first| *first = first.filter(|first| *first == id))
            .or_insert(Some(id));
        names.insert(id, id);
    }
    for (id, name) in &mut names {
        if by_tail.get(tail(id)).is_some_and(Option::is_some) {
            *name = tail(id);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{CLUSTER, DB, system};

    #[test]
    fn places_come_from_the_resource_and_only_for_buckets_from_the_row() {
        let place = |text: &str, row: Option<&System>| {
            let place = Place::of(&text.parse().expect("a resource"), row)?;
            Some(place.jobs().to_string())
        };
        let row = system("logs");
        let east = "aws_backup_jobs 111122223333 us-east-1";
        assert_eq!(place(DB, None).as_deref(), Some(east));
        assert_eq!(
            place(CLUSTER, None).as_deref(),
            Some("atlas_snapshots 64b000000000000000000001 global")
        );
        assert_eq!(place("arn:aws:s3:::logs", Some(&row)).as_deref(), Some(east));
        for unclear in ["arn:aws:s3:::logs", "i-0123", "arn:aws:rds", "atlas:cluster"] {
            assert_eq!(place(unclear, None), None, "{unclear}");
        }
    }

    #[test]
    fn short_names_never_collide() {
        let names = short_names(["arn:a:x/1", "arn:b:x/1", "arn:a:x/2", "arn:a:x/2"]);
        assert_eq!(
            names.values().copied().collect::<Vec<_>>(),
            ["arn:a:x/1", "2", "arn:b:x/1"]
        );
    }
}
