//! Whether a change weakens what protects backups, in what way, and until when.

mod plan;
mod vault;

use std::collections::BTreeSet;

use crate::evaluate::context::Context;
use crate::evaluate::place::tail;
use crate::model::finding::Evidence;
use crate::model::records::Observed;
use crate::model::records::backups::Event;
use crate::model::time::{show, show_delta};

/// How a change weakens.
pub(super) struct Weakening {
    /// What is weaker, and for how long.
    pub(super) says: String,
    /// What says so besides the event.
    pub(super) evidence: Evidence,
}

impl Weakening {
    fn until(event: &Observed<Event>, what: String, undone: Option<&Observed<Event>>) -> Self {
        let evidence = Evidence::of(&event.citation);
        match undone {
            Some(by) => {
                let lasted = show_delta(by.value.at - event.value.at);
                Self {
                    says: format!(
                        "{what} for {lasted}, until {} at {}",
                        by.value.name,
                        show(by.value.at)
                    ),
                    evidence: evidence.and(Evidence::of(&by.citation)),
                }
            }
            None => Self {
                says: format!("{what}, and nothing in the trail undid it"),
                evidence,
            },
        }
    }
}

/// How `event` weakens; `None` where it does not, or nothing tells.
pub(super) fn weakening(context: &Context<'_>, event: &Observed<Event>) -> Option<Weakening> {
    let change = Change { context, event };
    let plan = || change.named("/backupPlanId").unwrap_or("an unnamed plan");
    let (what, undone) = match event.value.name.as_str() {
        "StopLogging" | "DeleteTrail" | "UpdateTrail" => change.of_trail()?,
        "UpdateRegionSettings" => change.of_settings()?,
        "DeleteBackupSelection" => (
            format!("plan {} lost a selection", plan()),
            change.undone_by("CreateBackupSelection", "/backupPlanId", |_| true),
        ),
        "DeleteBackupPlan" => (format!("plan {} ended", plan()), None),
        "UpdateBackupPlan" => return plan::weakening(context, event),
        "UpdateRecoveryPointLifecycle" => (change.shorter_life()?, None),
        name if name.contains("DISABLED") || name.contains("DISABLE_REQUESTED") => {
            ("protection in Atlas was switched off".to_owned(), None)
        }
        _ => change.of_vault()?,
    };
    Some(Weakening::until(event, what, undone))
}

/// What is weaker, and the call that undid it.
type Told<'a> = Option<(String, Option<&'a Observed<Event>>)>;

/// A change, among all that is known.
struct Change<'c, 'a> {
    context: &'c Context<'a>,
    event: &'c Observed<Event>,
}

impl<'a> Change<'_, 'a> {
    /// The last part of the id that is this parameter.
    fn named(&self, pointer: &str) -> Option<&str> {
        name_in(&self.event.value, pointer)
    }

    /// The first later successful call of that name and place, about the same, that `undoes` it.
    fn undone_by(
        &self,
        name: &str,
        pointer: &str,
        undoes: impl Fn(&Event) -> bool,
    ) -> Option<&'a Observed<Event>> {
        let (value, key) = (&self.event.value, &self.event.key);
        let later = self.context.records.events.iter().filter(|other| {
            let (other_key, other) = (&other.key, &other.value);
            other_key == key
                && value.at < other.at
                && other.at < self.context.scope.as_of
                && other.error.is_none()
                && other.source == value.source
                && other.name == name
                && name_in(other, pointer) == self.named(pointer)
                && undoes(other)
        });
        later.min_by_key(|other| (other.value.at, &other.value.id))
    }

    fn of_trail(&self) -> Told<'a> {
        let value = &self.event.value;
        if value.name == "UpdateTrail" {
            let kept = [
                "/isMultiRegionTrail",
                "/includeGlobalServiceEvents",
                "/enableLogFileValidation",
            ];
            let off = switched(value, "/", "false");
            let lost: BTreeSet<_> = off.into_iter().filter(|pointer| kept.contains(pointer)).collect();
            let undone = self.undone_by("UpdateTrail", "/name", |other| {
                lost.is_subset(&switched(other, "/", "true"))
            });
            let list: Vec<_> = lost.iter().copied().collect();
            return (!lost.is_empty()).then(|| (format!("switched off {}", list.join(", ")), undone));
        }
        let trail = self.named("/name").unwrap_or("an unnamed trail");
        // A trail that was deleted does not start again.
        let undone = self.undone_by("StartLogging", "/name", |_| value.name == "StopLogging");
        Some((format!("logging to {trail} stopped"), undone))
    }

    fn of_settings(&self) -> Told<'a> {
        let types = "/resourceTypeOptInPreference/";
        let out = switched(&self.event.value, types, "false");
        let undone = self.undone_by("UpdateRegionSettings", types, |other| {
            out.is_subset(&switched(other, types, "true"))
        });
        let kinds: Vec<_> = out.iter().map(|pointer| tail(pointer)).collect();
        (!out.is_empty()).then(|| (format!("takes {} out of AWS Backup", kinds.join(", ")), undone))
    }

    /// A recovery point that is to go earlier than a listing once said.
    fn shorter_life(&self) -> Option<String> {
        let arn = self.event.value.request.as_ref()?.get("/recoveryPointArn")?;
        let mut points = self.context.records.points.iter();
        let point = &points.find(|point| point.value.id == *arn)?.value;
        let (now, latest) = (point.delete_at?, point.delete_at_latest_seen?);
        let told = || {
            format!(
                "{} is to go at {} instead of {}",
                tail(arn),
                show(now),
                show(latest)
            )
        };
        (now < latest).then(told)
    }
}

fn name_in<'e>(event: &'e Event, pointer: &str) -> Option<&'e str> {
    event.request.as_ref()?.get(pointer).map(|name| tail(name))
}

/// The parameters below `prefix` that are `word`.
fn switched<'e>(event: &'e Event, prefix: &str, word: &str) -> BTreeSet<&'e str> {
    let request = event.request.iter().flatten();
    let found = request.filter(|(pointer, value)| pointer.starts_with(prefix) && value.as_str() == word);
    found.map(|(pointer, _)| pointer.as_str()).collect()
}
