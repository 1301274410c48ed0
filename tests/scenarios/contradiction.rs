//! One row that a later answer dates otherwise than the answers before it, and what must not come of it.

use std::collections::BTreeSet;

use backproof::evaluate::evaluate;
use backproof::model::finding::{Evaluation, Item, State};
use backproof::model::ids::EvidenceId;
use backproof::model::records::Citation;
use backproof::model::source::Source;
use backproof::normalize::combine;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::properties::{Known, claims_beyond, read, with_bodies};
use crate::pulls::Pull;

/// Where the rows of a source lie, what names one, what dates it, and by how many days the later answer dates it
/// otherwise: across the edges of the period, as far as the window that was asked for goes.
struct Dated {
    source: Source,
    list: &'static str,
    /// Members whose texts, with a space between, are the record's name.
    name: &'static [&'static str],
    /// A JSON pointer.
    date: &'static str,
    days: i64,
}

const fn dated(
    source: Source,
    list: &'static str,
    name: &'static [&'static str],
    date: &'static str,
    days: i64,
) -> Dated {
    Dated {
        source,
        list,
        name,
        date,
        days,
    }
}

const DOCUMENTS: &str = "/cursor/firstBatch";

/// Of each source whose records are dated, the date that puts a record into the period, which no later answer may tell
/// otherwise.
const DATED: [Dated; 12] = [
    dated(
        Source::AwsBackupJobs,
        "/BackupJobs",
        &["BackupJobId"],
        "/CreationDate",
        1,
    ),
    dated(
        Source::AwsCopyJobs,
        "/CopyJobs",
        &["CopyJobId"],
        "/CreationDate",
        1,
    ),
    dated(
        Source::AwsRestoreJobs,
        "/RestoreJobs",
        &["RestoreJobId"],
        "/CreationDate",
        1,
    ),
    dated(
        Source::AwsRecoveryPoints,
        "/RecoveryPoints",
        &["RecoveryPointArn"],
        "/CreationDate",
        20,
    ),
    dated(Source::AtlasSnapshots, "/results", &["id"], "/createdAt", 20),
    dated(
        Source::RestoreTests,
        DOCUMENTS,
        &["test_id"],
        "/restore_started",
        700,
    ),
    dated(Source::Exercises, DOCUMENTS, &["exercise_id"], "/held_at", 700),
    dated(
        Source::ExerciseSchedule,
        DOCUMENTS,
        &["schedule_id", "version"],
        "/items/0/planned_date",
        700,
    ),
    dated(
        Source::Bia,
        DOCUMENTS,
        &["bia_id", "version"],
        "/performed_at",
        700,
    ),
    dated(
        Source::Incidents,
        DOCUMENTS,
        &["incident_id"],
        "/detected_at",
        700,
    ),
    dated(Source::Tickets, DOCUMENTS, &["ticket_id"], "/opened_at", 700),
    dated(
        Source::MediaRegister,
        DOCUMENTS,
        &["media_id"],
        "/first_used_at",
        700,
    ),
];

/// A record that two answers date differently.
pub(crate) struct Contradicted {
    pub(crate) source: Source,
    pub(crate) id: String,
    /// The number of the pull that says otherwise than it did, and how it does.
    number: usize,
    pull: Pull,
}

/// Each row that a whole pull could date otherwise than an older whole pull, which has it too: the number of the pull, and
/// the name of the row.
fn choices(known: &Known) -> Vec<(usize, &'static Dated, String)> {
    let mut found = Vec::new();
    for (number, pull) in known.pulls.iter().enumerate() {
        let Some(dated) = DATED.iter().find(|dated| dated.source == pull.receipt.key.source) else {
            continue;
        };
        let older = known.pulls.iter().filter(|other| {
            other.receipt.key == pull.receipt.key && other.receipt.started < pull.receipt.started
        });
        let older: BTreeSet<String> = older.flat_map(|pull| names(pull, dated)).collect();
        let both = names(pull, dated).into_iter().filter(|id| older.contains(id));
        found.extend(both.map(|id| (number, dated, id)));
    }
    found
}

/// One of the rows that could be dated otherwise, dated so; `None` where there is no such row.
pub(crate) fn contradicted(known: &Known, choice: &Index, earlier: bool) -> Option<Contradicted> {
    let found = choices(known);
    (!found.is_empty()).then(|| dated_otherwise(known, choice.get(&found), earlier))
}

/// Every row of a register that could be dated otherwise, and of other sources every other one, both ways.
pub(crate) fn every(known: &Known) -> Vec<Contradicted> {
    let found = choices(known);
    let some = found.iter().enumerate();
    let some = some.filter(|(number, (_, dated, _))| dated.list == DOCUMENTS || number % 2 == 0);
    let both =
        some.flat_map(|(_, choice)| [true, false].map(|earlier| dated_otherwise(known, choice, earlier)));
    both.collect()
}

fn dated_otherwise(
    known: &Known,
    (number, dated, id): &(usize, &'static Dated, String),
    earlier: bool,
) -> Contradicted {
    let (pull, days) = (
        &known.pulls[*number],
        if earlier { -dated.days } else { dated.days },
    );
    let edit = |bytes: &Vec<u8>| {
        let Ok(mut body) = serde_json::from_slice::<Value>(bytes) else {
            return bytes.clone();
        };
        let rows = body.pointer_mut(dated.list).and_then(Value::as_array_mut);
        for row in rows
            .into_iter()
            .flatten()
            .filter(|row| name(row, dated).as_ref() == Some(id))
        {
            if let Some(date) = row.pointer_mut(dated.date) {
                *date = shifted(date, days);
            }
        }
        body.to_string().into_bytes()
    };
    Contradicted {
        source: dated.source,
        id: id.clone(),
        number: *number,
        pull: with_bodies(pull, pull.bodies.iter().map(edit).collect()),
    }
}

fn name(row: &Value, dated: &Dated) -> Option<String> {
    let texts = dated.name.iter().map(|member| {
        let member = row.get(*member)?;
        let number = member.get("$numberInt").or(member.get("$numberLong"));
        number.unwrap_or(member).as_str().map(str::to_owned)
    });
    let texts: Option<Vec<String>> = texts.collect();
    row.pointer(dated.date).filter(|date| !date.is_null())?;
    Some(texts?.join(" "))
}

fn names(pull: &Pull, dated: &Dated) -> Vec<String> {
    let bodies = pull
        .bodies
        .iter()
        .filter_map(|body| serde_json::from_slice::<Value>(body).ok());
    let rows = bodies.flat_map(|body| {
        let rows = body.pointer(dated.list).and_then(Value::as_array);
        rows.cloned().unwrap_or_default()
    });
    rows.filter_map(|row| name(&row, dated)).collect()
}

/// The date so many days later, in its own form.
fn shifted(date: &Value, days: i64) -> Value {
    if let Some(seconds) = date.as_i64() {
        return Value::from(seconds + days * 86_400);
    }
    if let Some(milliseconds) = date.pointer("/$date/$numberLong").and_then(Value::as_str) {
        let milliseconds = milliseconds.parse::<i64>().unwrap() + days * 86_400_000;
        return json!({"$date": {"$numberLong": milliseconds.to_string()}});
    }
    let text = date.as_str().unwrap();
    let shift = TimeDelta::days(days);
    match text.parse::<DateTime<Utc>>() {
        Ok(at) => Value::from((at + shift).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        Err(_) => {
            let day = text.parse::<chrono::NaiveDate>().unwrap() + shift;
            Value::from(day.to_string())
        }
    }
}

/// States that claim something for the entity.
const CLAIMS: [State; 3] = [State::Supported, State::NoOccurrence, State::NotApplicable];

/// What is wrong with what is concluded: a claim more than without the contradiction; the contradiction is not listed; a
/// claim rests on the record; or an item that the record decided is gone, as though it had never been of the period.
pub(crate) fn faults_of(known: &Known, contradicted: &Contradicted) -> Vec<String> {
    let altered = read(&contradicted.pull);
    let rest = known.readings.iter().enumerate();
    let rest = rest.filter(|(number, _)| *number != contradicted.number);
    let question = &known.told.question;
    let records = combine(
        rest.map(|(_, reading)| reading).chain([&altered]),
        &question.scope.estate,
    );
    let about_it = |misfit: &&backproof::model::records::Misfit| {
        misfit.key.source == contradicted.source && misfit.id.as_ref() == Some(&contradicted.id)
    };
    // A date that can't be is no revision.
    if records.misfits.iter().any(|misfit| about_it(&misfit)) {
        return Vec::new();
    }
    let conflicts = records.conflicts.iter();
    let conflicts =
        conflicts.filter(|conflict| conflict.source == contradicted.source && conflict.id == contradicted.id);
    let cited: BTreeSet<&Citation> = conflicts.flat_map(|conflict| &conflict.citations).collect();
    let evaluation = evaluate(
        &question.scope,
        &question.catalogue,
        &question.parameters,
        &records,
    )
    .unwrap();
    let mut faults = claims_beyond(known, &evaluation);
    if !is_listed(&evaluation, &contradicted.id) {
        faults.push("CT-01 does not list it".to_owned());
    }
    for (test, item) in items(&evaluation) {
        if CLAIMS.contains(&item.state()) && item.evidence().records().iter().any(|at| cited.contains(at)) {
            faults.push(format!(
                "{test} {} is {} and rests on it",
                item.id(),
                item.state()
            ));
        }
    }
    let before: BTreeSet<Citation> = cited
        .iter()
        .map(|at| as_recorded(known, contradicted, at))
        .collect();
    for (test, item) in items(&known.whole) {
        let rested = item.evidence().records().iter().any(|at| before.contains(at));
        let open = |other: &(&str, &Item)| {
            let same = other.1.id() == item.id();
            let mut cites = other.1.evidence().records().iter();
            let says_so = !CLAIMS.contains(&other.1.state()) && cites.any(|at| cited.contains(at));
            other.0 == test && (same || says_so)
        };
        if rested && !items(&evaluation).any(|other| open(&other)) {
            faults.push(format!("{test} {} was {} and is gone", item.id(), item.state()));
        }
    }
    faults
}

/// Every item of every test but CT-01, which is about the evidence itself.
fn items(evaluation: &Evaluation) -> impl Iterator<Item = (&str, &Item)> {
    let findings = evaluation.findings.iter();
    let others = findings.filter(|finding| finding.test().as_str() != "CT-01");
    others.flat_map(|finding| finding.items().iter().map(|item| (finding.test().as_str(), item)))
}

fn is_listed(evaluation: &Evaluation, id: &str) -> bool {
    let gate = crate::expect::finding(evaluation, "CT-01").unwrap();
    let mut items = gate.items().iter();
    items.any(|item| {
        item.id().starts_with("conflict/") && item.id().ends_with(id) && item.state() == State::Indeterminate
    })
}

/// Where a record of the altered pull stood before.
fn as_recorded(known: &Known, contradicted: &Contradicted, at: &Citation) -> Citation {
    let pages = |pull: &Pull| -> Vec<Option<EvidenceId>> {
        pull.receipt.pages.iter().map(|page| page.evidence).collect()
    };
    let (was, is) = (
        pages(&known.pulls[contradicted.number]),
        pages(&contradicted.pull),
    );
    let page = is.iter().position(|page| *page == Some(at.evidence));
    let evidence = page.and_then(|page| was[page]).unwrap_or(at.evidence);
    Citation {
        evidence,
        locator: at.locator.clone(),
    }
}
