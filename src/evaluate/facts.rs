//! Which records of the registers may decide anything.
//!
//! A record counts when it is dated before the as-of instant, not after the answer that carried it, when the newest
//! complete export of its register still holds it, and when no other revision or unfit copy of it stands against it. A register counts as a whole when it was exported completely at the
//! as-of instant or later and holds no record that nobody could read: that one may be the one that contradicts.

use chrono::NaiveDate;

use super::context::Context;
use super::grounds::{examined, moment};
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder};
use crate::model::records::backups::Event;
use crate::model::records::{Observed, Records};
use crate::model::source::Source;
use crate::model::time::{Instant, Interval, day_of, show};

/// The days of the period that lie before the as-of instant, first and last, in the policy's calendar.
pub fn judged_days(context: &Context<'_>) -> (NaiveDate, NaiveDate) {
    let zone = context.scope.period.zone();
    let examined = examined(context.scope);
    let last_moment = examined.end() - chrono::TimeDelta::milliseconds(1);
    (day_of(examined.start(), zone), day_of(last_moment, zone))
}

/// How a date on a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has happened by the as-of instant.
    Fact,
    /// It happened at the as-of instant or later: no fact yet.
    NotYet,
    /// It lies after the answer in which the record stood, by more than clocks may differ.
    AheadOfItsListing,
}

/// How `at`, a date of `record`, stands.
pub fn standing<T>(context: &Context<'_>, at: Instant, record: &Observed<T>) -> Standing {
    if at > record.last_seen + context.criteria.clock_skew {
        Standing::AheadOfItsListing
    } else if at >= context.scope.as_of {
        Standing::NotYet
    } else {
        Standing::Fact
    }
}

/// Why a record can't be relied on.
#[derive(Debug)]
pub struct Doubt {
    /// In words.
    pub reason: String,
    /// What would settle it.
    pub resolves: String,
    /// Where the doubt comes from.
    pub evidence: Evidence,
}

impl Doubt {
    /// The doubt about a record whose date lies after the answer that carried it.
    pub fn ahead<T>(what: &str, at: Instant, record: &Observed<T>) -> Self {
        Self {
            reason: format!(
                "{what} is dated {}, after the answer that holds it ({})",
                show(at),
                show(record.last_seen)
            ),
            resolves: format!("{what} with its true date"),
            evidence: Evidence::of(&record.citation),
        }
    }
}

/// What stands against `record`, known by any of `names`: a contradicting revision, a copy that does not fit its form, or
/// that its register does not hold it any more.
pub fn doubt<T>(records: &Records, record: &Observed<T>, names: &[&str]) -> Option<Doubt> {
    let source = record.key.source;
    let named = |id: &str| names.contains(&id);
    let conflict = records.conflicts.iter().find(|conflict| {
        conflict.source == source && (named(&conflict.id) || conflict.citations.contains(&record.citation))
    });
    if let Some(conflict) = conflict {
        let seen = Evidence::of(&record.citation);
        return Some(Doubt {
            reason: format!(
                "revisions of {} in {source} contradict each other: {}",
                conflict.id, conflict.difference
            ),
            resolves: format!(
                "a statement of which revision of {} is true, with its source",
                conflict.id
            ),
            evidence: Evidence::all(&conflict.citations).map_or(seen.clone(), |both| seen.and(both)),
        });
    }
    let unfit = |misfit: &&crate::model::records::Misfit| misfit.key.source == source;
    let misfit = records.misfits.iter().filter(unfit);
    let mut about = misfit.filter(|misfit| misfit.id.as_deref().is_some_and(named));
    let unreadable = about.next().map(|misfit| Doubt {
        reason: format!(
            "a revision of {} in {source} could not be read: {}",
            names[0], misfit.reason
        ),
        resolves: format!("a readable revision of {}", names[0]),
        evidence: Evidence::of(&record.citation).and(Evidence::of(&misfit.citation)),
    });
    unreadable.or_else(|| {
        (!record.stands).then(|| Doubt {
            reason: format!(
                "the newest complete export of {source} does not hold {} as it was read last",
                names[0]
            ),
            resolves: format!(
                "a complete export of {source} that holds {}, or why it was withdrawn",
                names[0]
            ),
            evidence: Evidence::of(&record.citation),
        })
    })
}

/// Whether a record dated `at` may lie in `span`: it does, or contradicting revisions date it otherwise.
pub fn may_lie_in<T>(
    context: &Context<'_>,
    record: &Observed<T>,
    (id, at): (&str, Instant),
    span: Interval,
) -> bool {
    span.contains(at) || context.records.moved(record.key.source, id).when
}

/// Adds an INDETERMINATE item for each event whose answers contradict each other in what was done, or when: whatever the
/// last one says, it may be one of those that a test is about. Those that are `judged` have an item of their own.
pub fn mark_disputed_events(
    context: &Context<'_>,
    builder: &mut FindingBuilder,
    judged: impl Fn(&Observed<Event>) -> bool,
) {
    let records = context.records;
    for event in records.events.iter().filter(|event| !judged(event)) {
        let name = event.value.id.as_str();
        let moved = records.moved(event.key.source, name);
        if moved.when || moved.about {
            let doubt = doubt(records, event, &[name]);
            let doubt = doubt.expect("invariant: an event that moved is disputed");
            let id = format!("event/{name}");
            builder.indeterminate(id, doubt.reason, doubt.resolves, doubt.evidence);
        }
    }
}

/// Whether revisions of the record `id` contradict each other. Then its dates may be what is wrong, and nobody can say by
/// them that it lies outside of what is judged.
pub fn is_disputed(records: &Records, source: Source, id: &str) -> bool {
    records.is_disputed(source, id)
}

/// Proof that a register is whole at the as-of instant, or what is missing from it.
pub fn register(context: &Context<'_>, source: Source) -> Result<Proof, Vec<Gap>> {
    let Context { scope, records, .. } = context;
    let proof = records.coverage.prove_register(source, scope.as_of);
    let unread: Vec<Gap> = records
        .misfits
        .iter()
        .filter(|misfit| misfit.key.source == source)
        .filter(|misfit| {
            !misfit
                .id
                .as_deref()
                .is_some_and(|id| is_known(records, source, id))
        })
        .map(|misfit| Gap {
            key: misfit.key.clone(),
            interval: moment(scope.as_of - chrono::TimeDelta::milliseconds(1)),
            reason: format!(
                "record {} could not be read: {}",
                misfit.id.as_deref().unwrap_or("without a readable id"),
                misfit.reason
            ),
        })
        .collect();
    match proof {
        Ok(proof) if unread.is_empty() => Ok(proof),
        Ok(_) => Err(unread),
        Err(gaps) => Err(gaps.into_iter().chain(unread).collect()),
    }
}

/// Both proofs together, or every gap of either.
pub fn both(one: Result<Proof, Vec<Gap>>, other: Result<Proof, Vec<Gap>>) -> Result<Proof, Vec<Gap>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(one.and(other)),
        (Ok(_), Err(gaps)) | (Err(gaps), Ok(_)) => Err(gaps),
        (Err(one), Err(other)) => Err(one.into_iter().chain(other).collect()),
    }
}

fn is_known(records: &Records, source: Source, id: &str) -> bool {
    match source {
        Source::SystemsInventory => records.systems.iter().any(|row| row.value.id.as_str() == id),
        Source::RestoreTests => records.restore_tests.iter().any(|test| test.value.id == id),
        Source::Exercises => records.exercises.iter().any(|exercise| exercise.value.id == id),
        Source::ExerciseSchedule => records
            .exercise_schedules
            .iter()
            .any(|schedule| schedule.value.id == id),
        Source::Bia => records.bias.iter().any(|bia| bia.value.id == id),
        Source::Incidents => records.incidents.iter().any(|incident| incident.value.id == id),
        Source::MediaRegister => records.media.iter().any(|medium| medium.value.id == id),
        Source::DeviceList => records.listed_devices.iter().any(|device| device.value.id == id),
        _ => false,
    }
}

/// Says which records are left out because they are dated at the as-of instant or later.
pub fn observe_not_yet<'a, T: 'a>(
    builder: &mut FindingBuilder,
    context: &Context<'_>,
    dated: impl Iterator<Item = (&'a Observed<T>, Instant, &'a str)>,
) {
    for (record, at, id) in dated {
        if standing(context, at, record) == Standing::NotYet {
            let text = format!(
                "{id} is dated {}, not before the as-of instant: left out",
                show(at)
            );
            builder.observe(text, Evidence::of(&record.citation));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{World, at, key, observed, system};
    use crate::evaluate::testing_contingency::{incident, laptop, listed};
    use crate::evaluate::testing_rehearsals::{bia, exercise, restore_test, schedule};
    use crate::model::records::governance::ExerciseKind;

    /// Two records of each register that knows its records by id, and the ids.
    fn registers() -> (World, [(Source, [&'static str; 2]); 8]) {
        let mut world = World::new();
        for id in ["one", "two"] {
            world.add_system(system(id));
            world.add_test(restore_test(id, "2026-07-02T08:00"));
            world.add_exercise(exercise(id, ExerciseKind::Tabletop, "2026-07-02T08:00"));
            let mut plan = schedule("1", Vec::new());
            plan.id = id.to_owned();
            world.add_schedule(plan);
            let mut analysis = bia("1", "2026-02-01");
            analysis.id = id.to_owned();
            world.add_bia(analysis);
            world.add_incident(incident(id, "2026-07-02T08:00"));
            world.add_medium(laptop(id));
            world.add_listed(listed(id));
        }
        let plain = ["one", "two"];
        let registers = [
            (Source::SystemsInventory, plain),
            (Source::RestoreTests, plain),
            (Source::Exercises, plain),
            (Source::ExerciseSchedule, plain),
            (Source::Bia, plain),
            (Source::Incidents, plain),
            (Source::MediaRegister, plain),
            (Source::DeviceList, ["MDM-one", "MDM-two"]),
        ];
        (world, registers)
    }

    #[test]
    fn a_register_with_an_unreadable_record_that_it_holds_otherwise_is_whole_all_the_same() {
        let (world, registers) = registers();
        for (source, ids) in registers {
            let whole_with = |id: Option<&str>| {
                let mut world = world.clone();
                world.add_misfit(source, id);
                world.with_context(|context| register(context, source).is_ok())
            };
            for id in ids {
                assert!(whole_with(Some(id)), "{source} {id}");
            }
            for id in [Some("three"), None] {
                assert!(!whole_with(id), "{source} {id:?}");
            }
        }
    }

    #[test]
    fn an_unreadable_record_without_an_id_is_about_none_that_was_read() {
        let (mut world, _) = registers();
        let doubted = |world: &World| {
            world.with_context(|context| {
                doubt(context.records, &context.records.incidents[0], &["one"]).is_some()
            })
        };
        world.add_misfit(Source::Incidents, None);
        world.add_misfit(Source::Incidents, Some("two"));
        assert!(!doubted(&world));
        world.add_misfit(Source::Incidents, Some("one"));
        assert!(doubted(&world));
    }

    #[test]
    fn a_date_stands_by_the_as_of_instant_and_by_the_answer_that_holds_it() {
        let world = World::new();
        let seen = |last_seen: &str, when: &str| {
            let record = observed(key(Source::Incidents, ""), at(last_seen), "record", ());
            world.with_context(|context| standing(context, at(when), &record))
        };
        assert_eq!(seen("2026-07-11T05:00", "2026-07-10T23:59:59Z"), Standing::Fact);
        assert_eq!(seen("2026-07-11T05:00", "2026-07-11"), Standing::NotYet);
        assert_eq!(
            seen("2026-07-05", "2026-07-05T00:05:00Z"),
            Standing::Fact,
            "clocks may differ"
        );
        assert_eq!(
            seen("2026-07-05", "2026-07-05T00:05:01Z"),
            Standing::AheadOfItsListing
        );
    }
}
