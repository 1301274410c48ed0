//! Restore tests, the exercise schedule, exercises held, and business impact analyses.

use super::{closed_before, date, moved_when_over, named, system_id, systems, v1, whole};
use crate::model::records::governance::{
    ActionItem, ApplicationCheck, Bia, BiaSystem, ComparisonMethod, ContentManifest, ContentObject,
    ContentSample, Delegation, Elements, Exercise, ExerciseKind, ExerciseSchedule, PlannedExercise,
    RestoreTest,
};
use crate::model::records::{Moved, Observed};
use crate::model::time::{Instant, show};
use crate::normalize::fold::{Folded, backdated, differs};
use crate::normalize::pull::Row;

fn method(wire: v1::Method) -> ComparisonMethod {
    match wire {
        v1::Method::Checksum => ComparisonMethod::Checksum,
        v1::Method::RowCount => ComparisonMethod::RowCount,
        v1::Method::AppCheck => ComparisonMethod::AppCheck,
        v1::Method::None => ComparisonMethod::None,
    }
}

fn manifest(wire: v1::Manifest) -> ContentManifest {
    let object = |object: v1::Object| ContentObject {
        name: object.name,
        count: object.count.0,
        digest: object.sha256,
    };
    ContentManifest {
        taken_at: wire.taken_at.0,
        objects: wire.objects.into_iter().map(object).collect(),
    }
}

/// A restore test.
pub(in crate::normalize) fn restore_test(row: &Row<'_>) -> Result<Observed<RestoreTest>, String> {
    let wire: v1::RestoreTest = row.read()?;
    let explanations = wire.write_explanations.into_iter().flatten();
    Ok(row.observed(RestoreTest {
        id: named("test_id", wire.test_id)?,
        system: system_id(&wire.system_id)?,
        backup: wire.backup_id,
        backup_time: wire.backup_time.0,
        restore_job: wire.restore_job_id,
        simulated_loss: date(wire.simulated_loss_at),
        started: wire.restore_started.0,
        finished: date(wire.restore_finished),
        service_ready: date(wire.service_ready_at),
        target: wire.target_location,
        tester: wire.tester,
        reviewer: wire.reviewer,
        reviewed: date(wire.reviewed_at),
        method: method(wire.method),
        source_manifest: wire.source_manifest.map(manifest),
        restored_manifest: wire.restored_manifest.map(manifest),
        sample: wire.sample.map(|sample| ContentSample {
            stated_size: whole(sample.stated_size),
            seed: sample.seed,
        }),
        application_check: wire.application_check.map(|check| ApplicationCheck {
            at: check.at.0,
            passed: check.result == v1::TestResult::Success,
        }),
        explanations: explanations.map(|wire| (wire.object, wire.explanation)).collect(),
        success: wire.result == v1::TestResult::Success,
        deviations: wire.deviations,
        tickets: wire.tickets,
        signed_off: wire.signed_off,
    }))
}

fn kind(wire: v1::Kind) -> ExerciseKind {
    match wire {
        v1::Kind::Tabletop => ExerciseKind::Tabletop,
        v1::Kind::Technical => ExerciseKind::Technical,
    }
}

/// A version of a year's schedule.
pub(in crate::normalize) fn schedule(row: &Row<'_>) -> Result<Observed<ExerciseSchedule>, String> {
    let wire: v1::Schedule = row.read()?;
    let planned = |wire: v1::Planned| -> Result<PlannedExercise, String> {
        Ok(PlannedExercise {
            id: named("planned_id", wire.planned_id)?,
            kind: kind(wire.kind),
            planned: wire.planned_date.0,
            systems: systems(wire.scope_systems)?,
            criteria: wire.criteria,
            rescheduled_to: wire.rescheduled_to.map(|day| day.0),
            reschedule_approved_by: wire.reschedule_approved_by,
            reschedule_approved_at: date(wire.reschedule_approved_at),
        })
    };
    Ok(row.observed(ExerciseSchedule {
        id: named("schedule_id", wire.schedule_id)?,
        version: wire.version,
        approved_by: wire.approved_by,
        approved_role: wire.approved_role,
        approved_at: date(wire.approved_at),
        delegation: wire.delegation.map(|wire| Delegation {
            by: wire.by,
            at: wire.at.0,
            reason: wire.reason,
        }),
        year: wire.year.0,
        items: wire.items.into_iter().map(planned).collect::<Result<_, _>>()?,
    }))
}

/// An exercise that was held.
pub(in crate::normalize) fn exercise(row: &Row<'_>) -> Result<Observed<Exercise>, String> {
    let wire: v1::Exercise = row.read()?;
    let elements = wire.elements_done.map(|wire| Elements {
        alternate_site: wire.alternate_site,
        restore_from_backup: wire.restore_from_backup,
        switch_compute_storage: wire.switch_compute_storage,
    });
    Ok(row.observed(Exercise {
        id: named("exercise_id", wire.exercise_id)?,
        planned: wire.planned_id,
        kind: kind(wire.kind),
        held: wire.held_at.0,
        completed: wire.status == v1::Status::Completed,
        scenario: wire.scenario,
        systems: systems(wire.scope_systems)?,
        participants: wire
            .participants
            .into_iter()
            .map(|wire| (wire.person, wire.role))
            .collect(),
        facilitator: wire.facilitator,
        walked_notification: wire.walkthrough.as_ref().and_then(|wire| wire.notification),
        walked_activation: wire.walkthrough.as_ref().and_then(|wire| wire.activation),
        timing: wire.timing.map(|wire| (wire.started.0, wire.ended.0)),
        elements: elements.unwrap_or_default(),
        tasks: wire.tasks_done,
        restore_jobs: wire.restore_job_ids.unwrap_or_default(),
        simulated_loss: date(wire.simulated_loss_at),
        service_ready: date(wire.service_ready_at),
        rto_minutes: whole(wire.rto_measured_minutes),
        rpo_minutes: whole(wire.rpo_measured_minutes),
        result: wire.result,
        report: wire.report_ref,
        report_signed_by: wire.report_signed_by,
        report_signed_at: date(wire.report_signed_at),
        actions: wire
            .action_items
            .map(|items| items.into_iter().map(action).collect::<Result<_, _>>())
            .transpose()?,
    }))
}

fn action(wire: v1::ActionItem) -> Result<ActionItem, String> {
    Ok(ActionItem {
        id: named("the id of an action item", wire.id)?,
        owner: wire.owner,
        due: wire.due.map(|day| day.0),
        closed: date(wire.closed_at),
        evidence: wire.evidence,
        plan_change: wire.plan_change,
    })
}

/// A version of a business impact analysis.
pub(in crate::normalize) fn bia(row: &Row<'_>) -> Result<Observed<Bia>, String> {
    let wire: v1::Bia = row.read()?;
    let rated = |wire: v1::BiaSystem| -> Result<BiaSystem, String> {
        Ok(BiaSystem {
            system: system_id(&wire.system_id)?,
            critical: wire.criticality.map(|word| word == v1::Criticality::Critical),
            rto_minutes: whole(wire.rto_minutes),
            rpo_minutes: whole(wire.rpo_minutes),
        })
    };
    Ok(row.observed(Bia {
        id: named("bia_id", wire.bia_id)?,
        version: wire.version,
        performed: wire.performed_at.map(|day| day.0),
        approved_by: wire.approved_by,
        approved_at: date(wire.approved_at),
        systems: wire.systems.into_iter().map(rated).collect::<Result<_, _>>()?,
    }))
}

impl Folded for RestoreTest {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |test: &Self| test.started;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.system != later.system,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("the result", Some(&earlier.success), Some(&later.success))
            .or_else(|| differs("the backup", Some(&earlier.backup), Some(&later.backup)))
            .or_else(|| differs("the system", Some(&earlier.system), Some(&later.system)))
            .or_else(|| differs("the start", Some(&earlier.started), Some(&later.started)))
            .or_else(|| {
                let [was, is] = [earlier, later].map(|test| test.restore_job.as_ref());
                differs("the restore job", was, is)
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|test| test.source_manifest.as_ref());
                differs("the manifest of the source", was, is)
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|test| test.restored_manifest.as_ref());
                differs("the manifest of the restored copy", was, is)
            })
            .or_else(|| differs("the tester", Some(&earlier.tester), Some(&later.tester)))
            .or_else(|| {
                let kept = |deviation| later.deviations.contains(deviation);
                let dropped = earlier.deviations.iter().find(|deviation| !kept(deviation));
                dropped.map(|deviation| format!("the deviation {deviation:?} was dropped"))
            })
            .or_else(|| {
                let times = |test: &Self| (test.simulated_loss, test.service_ready);
                measured_again(times(earlier), times(later))
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|test| test.application_check.as_ref());
                differs("the check of the application", was, is)
            })
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] = [earlier, later].map(|test| (test.reviewer.as_ref(), test.reviewed));
        backdated("the review", was, seen, is).or_else(|| {
            // A sign-off has no date of its own: it is of its review.
            let [had, has] = [earlier, later].map(|test| test.signed_off == Some(true));
            let review = later.reviewed.filter(|at| !had && has && *at < seen)?;
            let review = show(review);
            Some(format!(
                "the sign-off of the review of {review} is not in the row that was read after it"
            ))
        })
    }
}

/// A recovery time that was measured is not measured anew by editing its record: times may be added, not changed or
/// taken away.
fn measured_again(
    (lost, ready): (Option<Instant>, Option<Instant>),
    (later_lost, later_ready): (Option<Instant>, Option<Instant>),
) -> Option<String> {
    let changed = |was: Option<Instant>, is: Option<Instant>| was.is_some() && was != is;
    if changed(lost, later_lost) {
        return Some("the time of the simulated loss changed".to_owned());
    }
    changed(ready, later_ready).then(|| "the time at which the service was ready changed".to_owned())
}

impl Folded for ExerciseSchedule {
    fn id(&self) -> String {
        format!("{} {}", self.id, self.version)
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let days = |schedule: &Self| -> Vec<_> {
            let items = schedule.items.iter();
            items.map(|item| (item.id.clone(), item.planned)).collect()
        };
        Moved {
            when: earlier.year != later.year || days(earlier) != days(later),
            about: false,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        let changed = |item: &PlannedExercise| {
            let Some(kept) = later.items.iter().find(|kept| kept.id == item.id) else {
                return Some(format!("planned exercise {} was dropped", item.id));
            };
            let same = (item.kind, item.planned, &item.systems) == (kept.kind, kept.planned, &kept.systems);
            (!same).then(|| format!("planned exercise {} was changed", item.id))
        };
        differs("the year", Some(&earlier.year), Some(&later.year))
            .or_else(|| earlier.items.iter().find_map(changed))
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] =
            [earlier, later].map(|schedule| (schedule.approved_by.as_ref(), schedule.approved_at));
        let moved = |item: &PlannedExercise| {
            let earlier = earlier.items.iter().find(|earlier| earlier.id == item.id);
            let approval = |item: &'_ PlannedExercise| item.reschedule_approved_at;
            let was = earlier.and_then(|item| Some((item.reschedule_approved_by.as_ref(), approval(item)?)));
            let was = was.map_or((None, None), |(by, at)| (by, Some(at)));
            let is = (item.reschedule_approved_by.as_ref(), approval(item));
            let what = format!("the approval of a new date for {}", item.id);
            backdated(&what, was, seen, is).or_else(|| {
                let to = earlier.and_then(|item| item.rescheduled_to);
                let old = approval(item).is_some_and(|at| at < seen);
                (old && to != item.rescheduled_to).then(|| format!("the new date of {} was changed", item.id))
            })
        };
        let [had, has] = [earlier, later].map(|schedule| {
            let delegation = schedule.delegation.as_ref();
            (delegation.map(|one| &one.by), delegation.map(|one| one.at))
        });
        backdated("the approval", was, seen, is)
            .or_else(|| backdated("the delegation", had, seen, has))
            .or_else(|| later.items.iter().find_map(moved))
    }
}

impl Folded for Exercise {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn moved(earlier: &Self, later: &Self) -> Moved {
        let when = |exercise: &Self| exercise.held;
        Moved {
            when: when(earlier) != when(later),
            about: earlier.kind != later.kind || earlier.systems != later.systems,
        }
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs("when it was held", Some(&earlier.held), Some(&later.held))
            .or_else(|| differs("its kind", Some(&earlier.kind), Some(&later.kind)))
            .or_else(|| {
                let [was, is] = [earlier, later].map(|exercise| exercise.completed);
                differs("whether it was completed", Some(&was), Some(&is))
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|exercise| {
                    let named = Some(&exercise.systems);
                    named.filter(|systems| !systems.is_empty())
                });
                differs("the systems in scope", was, is)
            })
            .or_else(|| {
                let [was, is] = [earlier, later].map(|exercise| {
                    let there = Some(&exercise.participants);
                    there.filter(|participants| !participants.is_empty())
                });
                differs("the participants", was, is)
            })
            .or_else(|| {
                differs(
                    "the planned exercise",
                    earlier.planned.as_ref(),
                    later.planned.as_ref(),
                )
            })
            .or_else(|| done_again(earlier, later))
            .or_else(|| {
                let times = |exercise: &Self| (exercise.simulated_loss, exercise.service_ready);
                measured_again(times(earlier), times(later))
            })
            .or_else(|| items_dropped(earlier, later))
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] =
            [earlier, later].map(|exercise| (exercise.report_signed_by.as_ref(), exercise.report_signed_at));
        let edited = |item: &ActionItem| {
            let kept = later.actions.iter().flatten();
            let kept = kept.filter(|kept| kept.id == item.id);
            kept.map(|kept| {
                moved_when_over(&item.id, item.due, seen, kept.due)
                    .or_else(|| closed_before(&item.id, item.closed, seen, kept.closed))
            })
            .find_map(|difference| difference)
        };
        backdated("the signature of the report", was, seen, is)
            .or_else(|| earlier.actions.iter().flatten().find_map(edited))
    }
}

/// An action item stays on its list, and so does its mark that a plan has to change.
fn items_dropped(earlier: &Exercise, later: &Exercise) -> Option<String> {
    let kept = |item: &&ActionItem| {
        let mut items = later.actions.iter().flatten();
        items.any(|kept| {
            kept.id == item.id && (item.plan_change != Some(true) || kept.plan_change == Some(true))
        })
    };
    let items = earlier.actions.iter().flatten();
    let mut dropped = items.filter(|item| !kept(item));
    let dropped = dropped.next()?;
    Some(format!(
        "action item {} was dropped, or its mark that a plan has to change",
        dropped.id
    ))
}

impl Folded for Bia {
    fn id(&self) -> String {
        format!("{} {}", self.id, self.version)
    }

    fn clash(earlier: &Self, later: &Self) -> Option<String> {
        differs(
            "the day of performance",
            earlier.performed.as_ref(),
            later.performed.as_ref(),
        )
        .or_else(|| differs("the systems rated", Some(&earlier.systems), Some(&later.systems)))
    }

    fn rewrites(earlier: &Self, seen: Instant, later: &Self) -> Option<String> {
        let [was, is] = [earlier, later].map(|bia| (bia.approved_by.as_ref(), bia.approved_at));
        backdated("the approval", was, seen, is)
    }
}

/// What a record said was left out can't have been done after all, nor the other way round.
fn done_again(earlier: &Exercise, later: &Exercise) -> Option<String> {
    let parts = |exercise: &Exercise| {
        let done = exercise.elements;
        [
            ("the walk-through of notification", exercise.walked_notification),
            ("the walk-through of activation", exercise.walked_activation),
            ("work at the alternate site", done.alternate_site),
            ("the restore from backup", done.restore_from_backup),
            ("the switch of compute and storage", done.switch_compute_storage),
        ]
    };
    let mut pairs = parts(earlier).into_iter().zip(parts(later));
    pairs.find_map(|((what, was), (_, is))| differs(what, was.as_ref(), is.as_ref()))
}
