//! CloudTrail's log file integrity validation, in full ("CloudTrail log file integrity validation", custom implementations).
//!
//! Every digest has to be signed by a key of its region, lie where it says, name the digest before it by hash and
//! signature, and begin where that one ends; every log file that it names has to be there with its hash; and nothing else
//! may lie among the log files. What the chain itself can't show, that its newest digest is gone, is taken from the trail's
//! status. Invariant: a time is proven only where nothing at all is wrong.
//!
//! [`object`] reads one object, [`sound`] checks a digest by itself, [`place`] puts together what all pulls brought of one
//! account and region, [`chain`] links the digests of one trail and [`strays`] looks for what no digest names.

mod chain;
mod name;
mod object;
mod place;
mod sound;
mod strays;
mod v1;

use std::collections::{BTreeMap, BTreeSet};

use self::chain::{Chain, Named};
use self::object::{Content, Metadata, SignedDigest, Spoiled, StoredObject};
use self::place::Place;
use crate::model::coverage::Shortfall;
use crate::model::estate::Estate;
use crate::model::records::trail::DigestChain;
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, Interval, Spans};
use crate::normalize::form::Call;
use crate::normalize::instant::plausible;
use crate::normalize::pull::{Pull, Row};

/// CloudTrail delivers an event's log file up to about so many minutes after the event.
const DELIVERY_MINUTES: i64 = 15;

/// A trail, as `DescribeTrails` tells of it.
#[derive(Debug)]
struct Trail {
    name: String,
    home: String,
    bucket: String,
    prefix: Option<String>,
    multi_region: bool,
}

/// When a trail delivered its last digest in the region that was asked.
#[derive(Debug)]
struct Status {
    /// ARN or name, as it was asked for.
    trail: String,
    delivered: Option<Instant>,
}

/// A public key of the region.
#[derive(Debug)]
struct PublicKey {
    fingerprint: String,
    /// `None` when it can't be read.
    der: Option<Vec<u8>>,
    from: Instant,
    to: Instant,
}

/// An object in a list of the bucket.
#[derive(Debug)]
struct Listed {
    key: String,
    modified: Instant,
    size: u64,
    citation: crate::model::records::Citation,
}

/// What one pull brought of a trail.
#[derive(Debug, Default)]
pub(in crate::normalize) struct Shelf {
    trails: Vec<Trail>,
    statuses: Vec<Status>,
    keys: Vec<PublicKey>,
    listed: Vec<Listed>,
    objects: Vec<StoredObject>,
}

impl Shelf {
    /// Takes a row; answers with its id, or with why it does not fit.
    pub(in crate::normalize) fn take(&mut self, row: &Row<'_>) -> Result<String, String> {
        match row.form.call {
            Call::Trails => {
                let wire: v1::Trail = row.read()?;
                self.trails.push(Trail {
                    name: wire.name.clone(),
                    home: wire.home_region,
                    bucket: wire.s3_bucket_name,
                    prefix: wire.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
                    multi_region: wire.is_multi_region_trail,
                });
                Ok(wire.name)
            }
            Call::TrailStatus => {
                let wire: v1::Status = row.read()?;
                let trail = row.part.unwrap_or_default().to_owned();
                let delivered = wire.latest_digest_delivery_time.map(|at| at.0);
                row.past("LatestDigestDeliveryTime", delivered)?;
                self.statuses.push(Status {
                    trail: trail.clone(),
                    delivered,
                });
                Ok(trail)
            }
            Call::TrailKeys => {
                let wire: v1::PublicKey = row.read()?;
                self.keys.push(PublicKey {
                    fingerprint: wire.fingerprint.clone(),
                    der: object::key_der(&wire.value),
                    from: wire.validity_start_time.0,
                    to: wire.validity_end_time.0,
                });
                Ok(wire.fingerprint)
            }
            Call::ObjectList => self.take_listed(row),
            _ => self.take_object(row),
        }
    }

    fn take_listed(&mut self, row: &Row<'_>) -> Result<String, String> {
        let wire: v1::Listed = row.read()?;
        let modified: Option<Instant> = wire.last_modified.parse().ok().and_then(plausible);
        let modified =
            modified.ok_or_else(|| format!("LastModified {:?} is no instant", wire.last_modified))?;
        row.past("LastModified", Some(modified))?;
        let size = wire.size.parse();
        self.listed.push(Listed {
            key: wire.key.clone(),
            modified,
            size: size.map_err(|_| format!("Size {:?} is no length", wire.size))?,
            citation: row.citation.clone(),
        });
        Ok(wire.key)
    }

    fn take_object(&mut self, row: &Row<'_>) -> Result<String, String> {
        let stated = |name: &str| row.page.parameters.get(name).cloned();
        let key = stated("Key").ok_or("the response does not say of which Key it is")?;
        let digest = name::is_digest(&key);
        if digest && name::digest(&key, &row.pull.key).is_none() {
            return Err(format!("{key} is no name of a digest of {}", row.pull.key));
        }
        let generated = stated("x-amz-meta-backfill-generation-timestamp");
        let metadata = Metadata {
            signature: stated("x-amz-meta-signature"),
            algorithm: stated("x-amz-meta-signature-algorithm"),
            generated: generated.and_then(|at| at.parse().ok()).and_then(plausible),
        };
        let content = if row.page.status == 404 {
            Content::Gone
        } else if digest {
            let inflated = object::inflate(row.object);
            Content::Digest(inflated.and_then(|raw| {
                let digest = SignedDigest::parse(&raw, metadata);
                digest.map(Box::new).map_err(Spoiled::Unreadable)
            }))
        } else {
            Content::Log(object::log_file(row.object))
        };
        self.objects.push(StoredObject {
            bucket: row.part.unwrap_or_default().to_owned(),
            key: key.clone(),
            size: row.page.size,
            citation: row.citation.clone(),
            content,
        });
        Ok(key)
    }
}

/// The chains of every place.
pub(in crate::normalize) fn chains<'r, 'a: 'r>(
    pulls: impl Iterator<Item = (&'r Pull<'a>, &'r Shelf)>,
) -> Vec<DigestChain> {
    let mut places: BTreeMap<&SourceKey, Vec<_>> = BTreeMap::new();
    for (pull, shelf) in pulls.filter(|(pull, _)| pull.receipt.key.source == Source::CloudtrailDigests) {
        places.entry(&pull.receipt.key).or_default().push((pull, shelf));
    }
    places
        .into_iter()
        .flat_map(|(key, pulls)| {
            let place = Place::of(key, &pulls);
            let chains: Vec<_> = place
                .trails()
                .into_iter()
                .map(|id| Chain::of(&place, id))
                .collect();
            let named = Named::of(&chains);
            let concluded = chains.iter().map(|chain| chain.conclude(&place, &named));
            concluded.collect::<Vec<_>>()
        })
        .collect()
}

/// What the chains prove of each place. Late digests prove nothing by themselves.
pub(in crate::normalize) fn proven(chains: &[DigestChain]) -> BTreeMap<SourceKey, Spans> {
    let mut proven: BTreeMap<_, Vec<Interval>> = BTreeMap::new();
    for chain in chains.iter().filter(|chain| !chain.backfill) {
        proven
            .entry(chain.key.clone())
            .or_default()
            .extend(chain.proven.iter());
    }
    proven
        .into_iter()
        .map(|(key, spans)| (key, Spans::of(spans)))
        .collect()
}

/// Why the rest is not proven.
pub(in crate::normalize) fn shortfalls(chains: &[DigestChain], estate: &Estate) -> Vec<Shortfall> {
    let mut all = Vec::new();
    for chain in chains {
        let about = |span: Interval, reason: String| Shortfall {
            key: chain.key.clone(),
            interval: span,
            reason,
        };
        let faults = chain.faults.iter();
        all.extend(faults.map(|fault| {
            about(
                fault.span,
                format!("{} ({}): {}", fault.code.title(), fault.code, fault.detail),
            )
        }));
        let last = chain.proven.iter().last().map(Interval::end);
        if let Some(rest) = last
            .and_then(|end| Interval::new(end, Instant::MAX_UTC))
            .filter(|_| !chain.backfill)
        {
            let reason = format!(
                "the chain of digests of the trail {} proves nothing after {}",
                chain.trail,
                crate::model::time::show(rest.start())
            );
            all.push(about(rest, reason));
        }
    }
    let supplied: BTreeSet<_> = chains.iter().map(|chain| &chain.key).collect();
    for key in estate.expected() {
        if key.source == Source::CloudtrailDigests && !supplied.contains(&key) {
            let always = Interval::new(Instant::UNIX_EPOCH, Instant::MAX_UTC);
            all.push(Shortfall {
                key,
                interval: always.expect("invariant: all time is not empty"),
                reason: "no digests of the trail's log files were collected: that no event was removed is not shown"
                    .to_owned(),
            });
        }
    }
    all
}
