//! Whether a backup is whole: the members of a composite, the shards of a sharded cluster, and whether its size is known.

use std::collections::{BTreeMap, BTreeSet};

use super::sizes::{Size, bytes_of, size_of};
use crate::evaluate::context::Context;
use crate::evaluate::grounds::moment;
use crate::evaluate::place::tail;
use crate::evaluate::taken::{History, Taken};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::{BackupJob, JobState, PointState, RecoveryPoint, Shards};
use crate::model::time::Interval;

/// What is known of a backup's parts.
pub(super) enum Whole {
    /// It has no parts.
    Alone(Evidence),
    /// It has all its parts, where the proof is one that their list is complete.
    Complete(Result<Proof, Vec<Gap>>, Evidence),
    /// Nobody can tell.
    Open(String, Evidence),
    /// It lacks a part.
    Lacking(String, Evidence),
}

impl Whole {
    /// The order in which the backups of a day are preferred: whole and proven first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Alone(_) | Self::Complete(Ok(_), _) => 0,
            Self::Complete(Err(_), _) => 1,
            Self::Open(..) => 2,
            Self::Lacking(..) => 3,
        }
    }
}

/// The members of composites by their parents.
pub(super) struct Composites<'a> {
    context: &'a Context<'a>,
    jobs: BTreeMap<&'a str, Vec<&'a Observed<BackupJob>>>,
    points: BTreeMap<&'a str, Vec<&'a Observed<RecoveryPoint>>>,
    conflicted: BTreeSet<&'a str>,
}

impl<'a> Composites<'a> {
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        let records = context.records;
        let mut jobs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for job in &records.jobs {
            let parent = job.value.parent.as_deref();
            jobs.entry(parent.unwrap_or_default()).or_default().push(job);
        }
        let mut points: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for point in &records.points {
            let parent = point.value.parent.as_deref();
            points.entry(parent.unwrap_or_default()).or_default().push(point);
        }
        // What has no parent is a member of nothing.
        jobs.remove("");
        points.remove("");
        Self {
            context,
            jobs,
            points,
            conflicted: records
                .conflicts
                .iter()
                .map(|conflict| conflict.id.as_str())
                .collect(),
        }
    }

    /// Judges a backup that counts; `history` is that of its resource.
    pub(super) fn judge(&self, history: &History<'a>, taken: &Taken<'a>) -> Whole {
        let evidence = Evidence::all(taken.citations()).expect("invariant: a backup has a record");
        if let Some(shards) = taken.point.and_then(|point| point.value.shards.as_ref()) {
            return match of_shards(history, taken, shards) {
                Some(Part::Lacking(what)) => Whole::Lacking(what, evidence),
                Some(Part::Open(why)) => Whole::Open(why, evidence),
                None => with_size(taken, Whole::Alone(evidence)),
            };
        }
        let by_job = taken.job.is_some_and(|job| job.value.is_parent);
        let by_point = taken.point.is_some_and(|point| point.value.is_parent);
        if by_job || by_point {
            return self.of_members(taken, evidence);
        }
        with_size(taken, Whole::Alone(evidence))
    }

    /// A composite: each member that was started has completed, and the list of what was started is complete.
    fn of_members(&self, taken: &Taken<'a>, mut evidence: Evidence) -> Whole {
        let job = taken.job.map(|job| &job.value);
        let point_id = taken.point.map(|point| point.value.id.as_str());
        let point_id = point_id.or_else(|| job.and_then(|job| job.point.as_deref()));
        let listed = |id: &str| self.jobs.get(id).map(Vec::as_slice).unwrap_or_default();
        let jobs = job.map(|job| listed(&job.id)).unwrap_or_default();
        let points = point_id
            .and_then(|id| self.points.get(id))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let records = jobs.iter().map(|job| &job.citation);
        let records = Evidence::all(records.chain(points.iter().map(|point| &point.citation)));
        evidence = records.into_iter().fold(evidence, Evidence::and);
        let id = tail(taken.id());
        let mut open = Vec::new();
        for part in jobs
            .iter()
            .filter_map(|job| self.of_job(&job.value))
            .chain(points.iter().filter_map(|point| self.of_point(&point.value)))
        {
            match part {
                Part::Lacking(what) => {
                    return Whole::Lacking(format!("composite {id} completed, but {what}"), evidence);
                }
                Part::Open(why) => open.push(format!("composite {id}: {why}")),
            }
        }
        if !open.is_empty() {
            return Whole::Open(open.join("; "), evidence);
        }
        let Some(parent) = job.filter(|_| !jobs.is_empty()) else {
            let reason = format!("{id} is a composite, and no job of a member of it is known");
            return Whole::Open(reason, evidence);
        };
        let over = parent
            .completed
            .unwrap_or(parent.created + self.context.criteria.completion_max);
        let while_it_ran = Interval::new(parent.created, over).unwrap_or(moment(parent.created));
        let key = taken
            .job
            .map(|job| &job.key)
            .expect("invariant: the parent is a job");
        Whole::Complete(self.context.records.coverage.prove(key, while_it_ran), evidence)
    }

    fn of_job(&self, job: &BackupJob) -> Option<Part> {
        let id = &job.id;
        match job.state {
            _ if self.conflicted.contains(id.as_str()) => Some(Part::Open(format!(
                "revisions of its member {id} contradict each other"
            ))),
            JobState::Completed | JobState::CompletedWithIssues => {
                match size_of(job.resource.as_ref(), job.bytes) {
                    Size::Unknown(why) => Some(Part::Open(format!("the size of its member {id} is {why}"))),
                    Size::Bytes(_) | Size::NeverSaid => None,
                }
            }
            JobState::Partial | JobState::Failed | JobState::Expired | JobState::Aborted => {
                Some(Part::Lacking(format!("its member {id} {}", job.state.as_str())))
            }
            JobState::Unfinished | JobState::Unknown => Some(Part::Open(format!(
                "its member {id} was {} when last seen",
                job.state.as_str()
            ))),
        }
    }

    fn of_point(&self, point: &RecoveryPoint) -> Option<Part> {
        let id = tail(&point.id);
        match point.state {
            _ if self.conflicted.contains(point.id.as_str()) => Some(Part::Open(format!(
                "revisions of its member {id} contradict each other"
            ))),
            PointState::Partial => Some(Part::Lacking(format!("its member {id} is partial"))),
            PointState::Creating | PointState::Unknown => Some(Part::Open(format!(
                "whether its member {id} was complete is not known"
            ))),
            // What became of it later is not this day's matter.
            PointState::Usable | PointState::Deleting | PointState::Expired | PointState::Stopped => None,
        }
    }
}

/// What is wrong with a part.
enum Part {
    Lacking(String),
    Open(String),
}

/// A snapshot of a sharded cluster holds each snapshot that it names, and each replica set that the one before it held.
fn of_shards(history: &History<'_>, taken: &Taken<'_>, shards: &Shards) -> Option<Part> {
    let id = taken.id();
    if shards.snapshots.is_empty() || shards.members.is_empty() {
        return Some(Part::Open(format!(
            "snapshot {id} of a sharded cluster does not name its shards"
        )));
    }
    let members: BTreeSet<_> = shards.members.keys().collect();
    let lacking: Vec<_> = shards
        .snapshots
        .iter()
        .filter(|snapshot| !members.contains(snapshot))
        .collect();
    if let Some(first) = lacking.first() {
        let (lacks, all) = (lacking.len(), shards.snapshots.len());
        return Some(Part::Lacking(format!(
            "snapshot {id} lacks {lacks} of its {all} shards: {first}"
        )));
    }
    if let Some(stranger) = members.iter().find(|member| !shards.snapshots.contains(**member)) {
        return Some(Part::Open(format!(
            "snapshot {id} has a member that it does not name: {stranger}"
        )));
    }
    let names = |shards: &Shards| shards.members.values().cloned().collect::<Option<BTreeSet<_>>>();
    let Some(now) = names(shards) else {
        return Some(Part::Open(format!(
            "snapshot {id} does not say which shards its members are"
        )));
    };
    let earlier = history.taken.iter().rev().filter(|earlier| earlier.at < taken.at);
    let before = earlier
        .filter_map(|earlier| names(earlier.point?.value.shards.as_ref()?))
        .next();
    let gone = before.and_then(|before| before.difference(&now).next().cloned());
    gone.map(|gone| {
        Part::Open(format!(
            "snapshot {id} has no shard {gone}, which the one before it has"
        ))
    })
}

/// A backup without parts is open when its size is 0 or not said.
fn with_size(taken: &Taken<'_>, whole: Whole) -> Whole {
    match (size_of(taken.resource(), bytes_of(taken)), whole) {
        (Size::Unknown(why), Whole::Alone(evidence)) => Whole::Open(
            format!("the size of backup {} is {why}", tail(taken.id())),
            evidence,
        ),
        (_, whole) => whole,
    }
}
