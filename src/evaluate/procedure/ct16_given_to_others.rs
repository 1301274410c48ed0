//! CT-16: backups given to other parties are known and authorised (policy 6.2(4)).
//!
//! Population: what gave a backup away in the period: calls that share a snapshot or an image, start an export, share a
//! vault or set a vault's policy that allows others in; access policies of vaults that do so without such a call; copies
//! to another account, by vault; and restores by download in Atlas. Each names its recipient ([`recipients`]); the
//! organisation's list are the accounts of the estate. Public sharing and an account outside of the list are exceptions
//! whoever approved them. To an account of the list, a ticket has to name the data set, the vault or the event, approved
//! before by somebody else. A recipient that no record shows is INDETERMINATE.

mod calls;
mod downloads;
mod recipients;
mod vaults;

use crate::evaluate::approval::is_another;
use crate::evaluate::authority::Tickets;
use crate::evaluate::context::Context;
use crate::evaluate::facts::mark_disputed_events;
use crate::evaluate::grounds::{Grounds, examined};
use crate::model::finding::{Evidence, Finding, FindingBuilder, Severity};
use crate::model::ids::TestId;
use crate::model::records::Observed;
use crate::model::records::governance::Ticket;
use crate::model::source::{Source, SourceKey};
use crate::model::time::Instant;
use recipients::Recipient;

const CRITERION: &str =
    "backups go only to accounts of the organisation, and with a ticket that somebody else approved before";

/// Concludes CT-16.
pub(super) fn given_to_others(context: &Context<'_>, test: TestId) -> Finding {
    let sources = [
        Source::Cloudtrail,
        Source::AwsCopyJobs,
        Source::AwsVaults,
        Source::AtlasRestoreJobs,
        Source::AtlasEvents,
    ];
    let grounds = Grounds::of(&context.records.coverage, &sources, examined(context.scope));
    let unit = "backups given to other parties";
    let mut builder = FindingBuilder::new(test, unit, grounds.basis.clone());
    let trial = Trial {
        context,
        tickets: Tickets::of(context),
    };
    trial.calls(&mut builder);
    trial.standing_policies(&mut builder);
    trial.copies(&mut builder);
    trial.downloads(&mut builder);
    mark_disputed_events(context, &mut builder, |_| false);
    grounds.mark(&mut builder);
    builder.finish("no backup was given to another party")
}

struct Trial<'a> {
    context: &'a Context<'a>,
    tickets: Tickets<'a>,
}

impl Trial<'_> {
    fn in_period(&self, at: Instant) -> bool {
        examined(self.context.scope).contains(at)
    }

    fn is_ours(&self, account: &str) -> bool {
        let mut accounts = self.context.scope.estate.aws.iter();
        accounts.any(|ours| ours.account.as_str() == account)
    }

    /// Concludes where the recipients alone decide: the public, an account outside of the list, or one that no record
    /// shows. Says whether it did; otherwise all of them stand on the list.
    fn refused(
        &self,
        builder: &mut FindingBuilder,
        id: &str,
        what: &str,
        recipients: &[Recipient],
        evidence: &Evidence,
    ) -> bool {
        let outside: Vec<_> = recipients
            .iter()
            .filter_map(|recipient| match recipient {
                Recipient::Public => Some("everybody".to_owned()),
                Recipient::Account(account) if !self.is_ours(account) => {
                    Some(format!("account {account}, which is none of the organisation's"))
                }
                Recipient::Account(_) | Recipient::Hidden(_) => None,
            })
            .collect();
        let hidden = recipients.iter().find_map(|recipient| match recipient {
            Recipient::Hidden(why) => Some(why),
            _ => None,
        });
        if !outside.is_empty() {
            let condition = format!("{what}: to {}", outside.join(", "));
            builder.exception(id, Severity::Critical, condition, CRITERION, evidence.clone());
            return true;
        }
        if let Some(why) = hidden {
            let reason = format!("{what}: who received it is not visible: {why}");
            let resolves = "the account or person who received it";
            builder.indeterminate(id, reason, resolves, evidence.clone());
        }
        hidden.is_some()
    }

    /// Concludes on what stands since `since` and was done by nobody that a record names: a ticket that names one of
    /// `objects` has to be approved before, by somebody else than who opened it.
    fn arranged(
        &self,
        builder: &mut FindingBuilder,
        id: &str,
        what: &str,
        (key, objects, since): (&SourceKey, &[&str], Instant),
        evidence: Evidence,
    ) {
        let tickets = self.tickets.naming(key, objects.iter().copied());
        let register = self.tickets.register(Source::Tickets);
        let approves = |ticket: &&&Observed<Ticket>| {
            let by = ticket.value.approved_by.as_deref();
            let by_another = by.is_some_and(|by| is_another(by, &ticket.value.opened_by));
            by_another && ticket.value.approved.is_some_and(|at| at < since)
        };
        let evidence = tickets
            .iter()
            .fold(evidence, |all, ticket| all.and(Evidence::of(&ticket.citation)));
        match (tickets.iter().find(approves), register) {
            (Some(_), register) => {
                let listed = self
                    .context
                    .records
                    .coverage
                    .prove(key, crate::evaluate::grounds::moment(since));
                builder.supported_if(id, &crate::evaluate::facts::both(listed, register), evidence);
            }
            (None, Err(gaps)) => builder.gap(id, &gaps, Some(evidence)),
            (None, Ok(searched)) => {
                let condition = format!("{what}, and no ticket that names it was approved before");
                let evidence = evidence.and(Evidence::absence_in(&searched));
                builder.exception(id, Severity::Critical, condition, CRITERION, evidence);
            }
        }
    }
}

#[cfg(test)]
mod tests;
