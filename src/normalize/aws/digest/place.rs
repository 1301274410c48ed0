//! What all pulls brought of the trails of one account and region.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::name::{self, DigestName};
use super::object::{Content, StoredObject};
use super::{Listed, PublicKey, Shelf, Status, Trail};
use crate::model::source::SourceKey;
use crate::model::time::Instant;
use crate::normalize::form::Call;
use crate::normalize::pull::Pull;

/// A chain's name: the trail, its home region, and whether it is of the late digests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TrailId {
    pub(super) trail: String,
    pub(super) home: String,
    pub(super) backfill: bool,
}

/// A list of the bucket that is whole.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    bucket: &'a str,
    prefix: &'a str,
    after: Option<&'a str>,
    /// When it was asked for: what was there then stands in it.
    pub(super) asked: Instant,
    pub(super) entries: BTreeMap<&'a str, &'a Listed>,
}

impl Listing<'_> {
    fn would_show(&self, bucket: &str, key: &str) -> bool {
        self.bucket == bucket && key.starts_with(self.prefix) && self.after.is_none_or(|after| key > after)
    }

    pub(super) fn is_of(&self, bucket: &str) -> bool {
        self.bucket == bucket
    }

    /// Whether everything in the day's folder below `folder` would be in it.
    pub(super) fn covers(&self, bucket: &str, folder: &str, day: NaiveDate) -> bool {
        let folder = name::day_below(folder, day);
        let from = self.after.is_none_or(|after| folder.as_str() >= after);
        self.bucket == bucket && folder.starts_with(self.prefix) && from
    }
}

/// What is there of one account and region.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) key: &'a SourceKey,
    pub(super) keys: Vec<&'a PublicKey>,
    /// The trails of the newest whole description; `None` when there is none.
    pub(super) described: Option<Vec<&'a Trail>>,
    pub(super) statuses: Vec<&'a Status>,
    pub(super) listings: Vec<Listing<'a>>,
    /// By bucket and key.
    objects: BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a StoredObject>>>,
}

impl<'a> Place<'a> {
    pub(super) fn of<'p>(key: &'a SourceKey, pulls: &[(&'a Pull<'p>, &'a Shelf)]) -> Self
    where
        'p: 'a,
    {
        let whole = |call: Call| {
            let whole = pulls.iter().filter(|(pull, _)| pull.is_whole());
            whole.filter(move |(pull, _)| pull.call() == Some(call))
        };
        let newest = whole(Call::Trails).max_by_key(|(pull, _)| (pull.receipt.started, &pull.receipt.id));
        let listings = whole(Call::ObjectList).map(|(pull, shelf)| Listing {
            bucket: pull.part().unwrap_or_default(),
            prefix: pull.receipt.parameters.get("Prefix").map_or("", String::as_str),
            after: pull.receipt.parameters.get("StartAfter").map(String::as_str),
            asked: pull.receipt.started,
            entries: shelf
                .listed
                .iter()
                .map(|listed| (listed.key.as_str(), listed))
                .collect(),
        });
        let mut objects: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
        for object in pulls.iter().flat_map(|(_, shelf)| &shelf.objects) {
            let bucket = objects.entry(object.bucket.as_str()).or_default();
            bucket.entry(object.key.as_str()).or_default().push(object);
        }
        Self {
            key,
            keys: pulls.iter().flat_map(|(_, shelf)| &shelf.keys).collect(),
            described: newest.map(|(_, shelf)| shelf.trails.iter().collect()),
            statuses: whole(Call::TrailStatus)
                .flat_map(|(_, shelf)| &shelf.statuses)
                .collect(),
            listings: listings.collect(),
            objects,
        }
    }

    /// Every chain of which there is a digest, or a trail of which the status tells that there should be one.
    pub(super) fn trails(&self) -> BTreeSet<TrailId> {
        let keys = self.objects.values().flat_map(BTreeMap::keys);
        let digests = keys.filter_map(|key| name::digest(key, self.key));
        let stored = digests.map(|name| TrailId {
            trail: name.trail,
            home: name.home,
            backfill: name.backfill,
        });
        let described = self.described.iter().flatten().filter(|trail| {
            let asked = self
                .statuses
                .iter()
                .filter(|status| is_of(status, &trail.name, &trail.home));
            asked.into_iter().any(|status| status.delivered.is_some())
        });
        let delivering = described.map(|trail| TrailId {
            trail: trail.name.clone(),
            home: trail.home.clone(),
            backfill: false,
        });
        stored.chain(delivering).collect()
    }

    /// The digests of a chain by their names, with each thing that was read of them.
    pub(super) fn digests(&self, id: &TrailId) -> Vec<(DigestName, Vec<&'a StoredObject>)> {
        let objects = self.objects.values().flatten();
        let named =
            objects.filter_map(|(key, objects)| Some((name::digest(key, self.key)?, objects.clone())));
        let of_chain = |name: &DigestName| {
            (&name.trail, &name.home, name.backfill) == (&id.trail, &id.home, id.backfill)
        };
        named.filter(|(name, _)| of_chain(name)).collect()
    }

    /// Where the trail delivers to: bucket, and what stands before `CloudTrail/` and `CloudTrail-Digest/`.
    pub(super) fn roots(&self, id: &TrailId) -> BTreeSet<(String, String)> {
        let stored = self.digests(id).into_iter().flat_map(|(name, objects)| {
            let root = move |object: &StoredObject| (object.bucket.clone(), name.root.clone());
            objects.into_iter().map(root)
        });
        let stored: BTreeSet<_> = stored.collect();
        if !stored.is_empty() {
            return stored;
        }
        let described = self.described.iter().flatten();
        let of_chain = described.filter(|trail| (&trail.name, &trail.home) == (&id.trail, &id.home));
        of_chain
            .map(|trail| {
                let prefix = trail.prefix.as_ref().map(|prefix| format!("{prefix}/"));
                let root = format!("{}AWSLogs/{}/", prefix.unwrap_or_default(), self.key.account);
                (trail.bucket.clone(), root)
            })
            .collect()
    }

    /// Everything that was read of an object.
    pub(super) fn objects(&self, bucket: &str, key: &str) -> &[&'a StoredObject] {
        let read = self.objects.get(bucket).and_then(|bucket| bucket.get(key));
        read.map_or(&[], Vec::as_slice)
    }

    /// Whether an object that was there at `since` is there no longer: the bucket said so, or its newest whole list that
    /// would show it does not.
    pub(super) fn is_gone(&self, bucket: &str, key: &str, since: Instant) -> bool {
        let read = self.objects(bucket, key);
        let answered = read.iter().any(|object| matches!(object.content, Content::Gone));
        let lists = self.listings.iter();
        let newest = lists
            .filter(|listing| listing.asked >= since && listing.would_show(bucket, key))
            .max_by_key(|listing| listing.asked);
        answered || newest.is_some_and(|listing| !listing.entries.contains_key(key))
    }

    /// Whether what was read of an object is as long as a list of the bucket says.
    pub(super) fn is_read_whole(&self, object: &StoredObject) -> bool {
        let lists = self
            .listings
            .iter()
            .filter(|listing| listing.bucket == object.bucket);
        let listed = lists.filter_map(|listing| listing.entries.get(object.key.as_str()));
        listed.into_iter().any(|listed| listed.size == object.size)
    }

    /// The trails that deliver into the folders below `root`; `None` when no whole description tells.
    pub(super) fn delivering(&self, bucket: &str, root: &str) -> Option<Vec<&'a Trail>> {
        let delivers = |trail: &&&Trail| {
            let prefix = trail
                .prefix
                .as_ref()
                .map_or(String::new(), |prefix| format!("{prefix}/"));
            let here = trail.multi_region || trail.home == self.key.region.as_str();
            here && trail.bucket == bucket && root.starts_with(&format!("{prefix}AWSLogs/"))
        };
        let described = self.described.as_ref()?;
        Some(described.iter().filter(delivers).copied().collect())
    }
}

/// Whether a status is of the trail: it is asked for by name or by ARN.
pub(super) fn is_of(status: &Status, trail: &str, home: &str) -> bool {
    let arn = |text: &str| {
        let mut parts = text.splitn(6, ':').skip(3);
        (parts.next() == Some(home))
            && parts.nth(1).and_then(|rest| rest.strip_prefix("trail/")) == Some(trail)
    };
    status.trail == trail || arn(&status.trail)
}
