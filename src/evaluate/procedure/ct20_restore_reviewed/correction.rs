//! The ticket by which a restore test that failed or deviated is put right.

use std::collections::BTreeSet;

use crate::evaluate::context::Context;
use crate::evaluate::facts::Standing;
use crate::evaluate::facts::{both, judged_days, register, standing};
use crate::evaluate::overdue::Done;
use crate::model::coverage::{Gap, Proof};
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::Observed;
use crate::model::records::governance::{RestoreTest, Ticket};
use crate::model::source::Source;
use crate::model::time::day_of;

const CRITERION: &str = "a ticket opened since the test began, closed or not overdue";

/// Concludes `<test>/follow-up` of a test that failed or deviated.
pub(super) fn examine(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    log: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let test = &row.value;
    let id = format!("{}/follow-up", test.id);
    let seen = Evidence::of(&row.citation);
    let tickets = register(context, Source::Tickets);
    let why = why(test);
    let corrective = corrective(context, test);
    if corrective.is_empty() {
        return none(context, row, &why, &tickets, builder);
    }
    let cited = Evidence::all(corrective.iter().map(|ticket| &ticket.citation));
    let seen = cited.map_or(seen.clone(), |cited| seen.and(cited));
    let mut open = Vec::new();
    for ticket in corrective {
        match progress(context, ticket) {
            Progress::Settled => {}
            Progress::Overdue(days) => {
                let condition = format!(
                    "{why}, and ticket {} is open, {days} days overdue",
                    ticket.value.id
                );
                return builder.exception(id, Severity::Medium, condition, CRITERION, seen);
            }
            Progress::Open(reason) => open.push(reason),
        }
    }
    if open.is_empty() {
        builder.supported_if(id, &both(log.clone(), tickets), seen);
    } else {
        let reason = open.join("; ");
        builder.indeterminate(
            id,
            reason,
            "the day by which the ticket is due, or its closing",
            seen,
        );
    }
}

fn why(test: &RestoreTest) -> String {
    if test.success {
        format!("the test deviated: {}", test.deviations.join("; "))
    } else {
        "the test failed".to_owned()
    }
}

/// Whether a ticket is one of the test's: named by it, or naming it.
fn concerns(test: &RestoreTest, ticket: &Ticket) -> bool {
    test.tickets.contains(&ticket.id) || ticket.refs.contains(&test.id)
}

/// The test's tickets that were opened since it began, by the as-of instant.
fn corrective<'a>(context: &Context<'a>, test: &RestoreTest) -> Vec<&'a Observed<Ticket>> {
    let tickets = context.records.standing_tickets();
    let tickets = tickets.filter(|ticket| concerns(test, &ticket.value));
    tickets
        .filter(|ticket| ticket.value.opened >= test.started)
        .filter(|ticket| standing(context, ticket.value.opened, ticket) != Standing::NotYet)
        .collect()
}

/// How far a corrective ticket is.
enum Progress {
    /// Closed, or not due yet.
    Settled,
    /// By so many days.
    Overdue(i64),
    /// Nobody can tell. In words.
    Open(String),
}

fn progress(context: &Context<'_>, row: &Observed<Ticket>) -> Progress {
    let ticket = &row.value;
    let (_, last) = judged_days(context);
    let mut dated = [Some(ticket.opened), ticket.closed].into_iter().flatten();
    if dated.any(|at| standing(context, at, row) == Standing::AheadOfItsListing) {
        return Progress::Open(format!(
            "ticket {} is dated after the answer that holds it",
            ticket.id
        ));
    }
    if ticket.closed.is_some_and(|closed| closed < ticket.opened) {
        return Progress::Open(format!(
            "ticket {} is dated closed before it was opened",
            ticket.id
        ));
    }
    let closed = ticket
        .closed
        .filter(|at| standing(context, *at, row) == Standing::Fact);
    let closed = closed.map(|at| day_of(at, context.scope.period.zone()));
    match Done::by(ticket.due, closed, last) {
        _ if closed.is_some() => Progress::Settled,
        Done::InTime | Done::Late { .. } | Done::NotYetDue => Progress::Settled,
        Done::Overdue { days } => Progress::Overdue(days),
        Done::Undated => Progress::Open(format!("ticket {} is open and has no due day", ticket.id)),
    }
}

/// No ticket corrects the test, unless one that it names is not to be relied on.
fn none(
    context: &Context<'_>,
    row: &Observed<RestoreTest>,
    why: &str,
    tickets: &Result<Proof, Vec<Gap>>,
    builder: &mut FindingBuilder,
) {
    let test = &row.value;
    let id = format!("{}/follow-up", test.id);
    let seen = Evidence::of(&row.citation);
    let stands = |name: &&String| {
        let mut standing = context.records.standing_tickets();
        standing.any(|ticket| ticket.value.id == **name)
    };
    let named = test.tickets.iter();
    let naming = context.records.tickets.iter().map(|ticket| &ticket.value);
    let naming = naming.filter(|ticket| ticket.refs.contains(&test.id));
    let all: BTreeSet<&String> = named.chain(naming.map(|ticket| &ticket.id)).collect();
    let missing: Vec<&str> = all
        .into_iter()
        .filter(|name| !stands(name))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let reason = format!(
            "{why}, and the register does not vouch for the tickets that concern it: {}",
            missing.join(", ")
        );
        return builder.indeterminate(id, reason, "the tickets, as the register holds them", seen);
    }
    let earlier = context.records.standing_tickets();
    let earlier: Vec<_> = earlier.filter(|ticket| concerns(test, &ticket.value)).collect();
    let ids: Vec<&str> = earlier.iter().map(|ticket| ticket.value.id.as_str()).collect();
    let seen = Evidence::all(earlier.iter().map(|ticket| &ticket.citation))
        .map_or(seen.clone(), |found| seen.and(found));
    match tickets {
        Ok(proof) => {
            let condition = if ids.is_empty() {
                format!("{why}, and no ticket names it")
            } else {
                format!("{why}, and no ticket was opened since: {}", ids.join(", "))
            };
            let evidence = seen.and(Evidence::absence_in(proof));
            builder.exception(id, Severity::Medium, condition, CRITERION, evidence);
        }
        Err(gaps) => builder.gap(id, gaps, Some(seen)),
    }
}
