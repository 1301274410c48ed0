//! The notifications of policy 13.5.1 in their order: the CTO, the Web Services Team, the other team members, the hosting
//! partners, the leadership.

use super::{Event, about};
use crate::evaluate::facts::{both, register};
use crate::evaluate::roles::{Answer, Office, Roster};
use crate::evaluate::team::Team;
use crate::model::finding::{FindingBuilder, Severity};
use crate::model::records::governance::{Incident, Notification};
use crate::model::source::Source;
use crate::model::time::{Instant, day_of, show};

/// Who is told, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Cto,
    WebServices,
    Members,
    Hosting,
    Leadership,
}

impl Told {
    const ALL: [Self; 5] = [
        Self::Cto,
        Self::WebServices,
        Self::Members,
        Self::Hosting,
        Self::Leadership,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Cto => "the CTO",
            Self::WebServices => "the Web Services Team",
            Self::Members => "the other team members",
            Self::Hosting => "the hosting partners",
            Self::Leadership => "the leadership",
        }
    }

    /// The group of that name, as the register writes it.
    fn group(to: &str) -> Option<Self> {
        Some(match to {
            "web_services" => Self::WebServices,
            "team_members" => Self::Members,
            "hosting_partners" => Self::Hosting,
            "leadership" => Self::Leadership,
            _ => return None,
        })
    }
}

/// Adds `<incident>/notifications`.
pub(super) fn judge(event: &Event<'_>, builder: &mut FindingBuilder) {
    let Event {
        incident, context, ..
    } = event;
    let id = event.item("notifications");
    let seen = event.seen.clone();
    let resolves = "the notifications with their times and who was told";
    match sequence(event) {
        Ok(()) => {
            let proof = both(event.register.clone(), register(context, Source::RoleRoster));
            builder.supported_if(&*id, &proof, seen);
        }
        Err(Lacking::Open(reason)) => builder.indeterminate(&*id, reason, resolves, seen),
        Err(Lacking::Step(condition)) => match event.still_open() {
            Some(open) => builder.indeterminate(&*id, format!("{condition}; {open}"), resolves, seen),
            None => {
                let condition = format!("incident {}: {condition}", incident.id);
                let rule = "the CTO, the Web Services Team, the other members, the hosting partners and the leadership \
                            are told, in this order";
                builder.exception(&*id, Severity::High, condition, rule, seen);
            }
        },
    }
    builder.only_about(&id, &about(&["DR-13.5.1-1"]));
}

enum Lacking {
    Step(String),
    Open(String),
}

/// Follows the sequence: each group is told not before the one that comes before it.
fn sequence(event: &Event<'_>) -> Result<(), Lacking> {
    let incident: &Incident = event.incident;
    let told: Vec<&Notification> = incident
        .notifications
        .iter()
        .filter(|told| told.at < event.as_of)
        .collect();
    let roster = Roster::of(event.context);
    let mut unclear = Vec::new();
    let mut before: Option<(Told, Instant)> = None;
    for step in Told::ALL {
        let mut times = Vec::new();
        for one in &told {
            match is_told(event, &roster, one, step) {
                Ok(true) => times.push(one.at),
                Ok(false) => {}
                Err(reason) => unclear.push(reason),
            }
        }
        let in_time = times
            .iter()
            .filter(|at| before.is_none_or(|(_, then)| then <= **at))
            .min();
        before = match (in_time, times.iter().max(), before) {
            (Some(at), ..) => Some((step, *at)),
            (None, _, _) if !unclear.is_empty() => {
                unclear.sort();
                unclear.dedup();
                let reason = format!(
                    "whether {} were told is not clear: {}",
                    step.as_str(),
                    unclear.join("; ")
                );
                return Err(Lacking::Open(reason));
            }
            (None, Some(last), Some((earlier, then))) => {
                let text = format!(
                    "{} told at {} at the latest, before {} at {}",
                    step.as_str(),
                    show(*last),
                    earlier.as_str(),
                    show(then)
                );
                return Err(Lacking::Step(text));
            }
            _ => {
                return Err(Lacking::Step(format!(
                    "no notification of {} is on record",
                    step.as_str()
                )));
            }
        };
    }
    Ok(())
}

/// Whether a notification went to `step`; or why the roster leaves it open.
fn is_told(event: &Event<'_>, roster: &Roster<'_>, told: &Notification, step: Told) -> Result<bool, String> {
    if let Some(group) = Told::group(&told.to) {
        return Ok(group == step);
    }
    let day = day_of(told.at, event.context.scope.period.zone());
    let to = told.to.as_str();
    let answer = match step {
        Told::Cto => roster.holds(to, day, &[Office::Cto]),
        Told::WebServices => roster.is_in(to, day, Team::WebServices),
        Told::Members => roster.is_in(to, day, Team::InCharge),
        Told::Leadership => roster.holds(to, day, &Office::SUCCESSORS),
        // Partners are no persons of the roster.
        Told::Hosting => return Ok(false),
    };
    match answer {
        Answer::Yes(_) => Ok(true),
        Answer::No(_) => Ok(false),
        Answer::Unclear { reason, .. } => Err(reason),
    }
}
