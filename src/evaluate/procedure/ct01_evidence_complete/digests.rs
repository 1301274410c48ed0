//! What the digests of the trails show beyond their gaps: that log files or digests were altered, deleted or added.
//!
//! A time that the chain leaves unproven, for whatever reason, is a gap of its source like any other, and an item already.

use chrono::TimeDelta;

use crate::evaluate::context::Context;
use crate::evaluate::grounds::examined;
use crate::evaluate::place::tail;
use crate::model::finding::{Evidence, FindingBuilder, Severity};
use crate::model::records::trail::{DigestChain, DigestFault};
use crate::model::time::{Interval, show};

/// Events of the period's last minutes lie in log files, and under digests, of the hour after it.
const SPILL_HOURS: i64 = 1;
const CRITERION: &str = "every log file and digest is there, unaltered, and nothing was added";

/// An EXCEPTION for each sign of tampering in the span. Late digests have no span of their own to leave open: what they
/// can't show is INDETERMINATE here.
pub(super) fn examine_digests(context: &Context<'_>, builder: &mut FindingBuilder) {
    let span = examined(context.scope);
    let span = Interval::new(span.start(), span.end() + TimeDelta::hours(SPILL_HOURS)).unwrap_or(span);
    let expected = context.records.coverage.expected();
    let chains = context.records.digest_chains.iter();
    for chain in chains.filter(|chain| expected.contains(&chain.key)) {
        let within = |fault: &&DigestFault| fault.span.intersect(&span).is_some();
        for fault in chain.faults.iter().filter(within) {
            examine_fault(chain, fault, builder);
        }
        observe(chain, &span, builder);
    }
}

fn examine_fault(chain: &DigestChain, fault: &DigestFault, builder: &mut FindingBuilder) {
    let place = chain.key.to_string().replace(' ', "/");
    let id = format!("{place}/{}/{}/{}", chain.trail, fault.code, tail(&fault.subject));
    let said = format!("{}: {}: {}", fault.code.title(), fault.subject, fault.detail);
    let searched = Evidence::place(&chain.key);
    let evidence = match Evidence::all(&fault.citations) {
        Some(records) => records.and(searched),
        None => searched,
    };
    if fault.code.is_tampering() {
        builder.exception(id, Severity::Critical, said, CRITERION, evidence);
    } else if chain.backfill {
        let resolves = "the late digests with their signatures, keys and log files";
        builder.indeterminate(id, said, resolves, evidence);
    }
}

/// What holds, in numbers: a gap says only what doesn't.
fn observe(chain: &DigestChain, span: &Interval, builder: &mut FindingBuilder) {
    let proven: Vec<_> = chain
        .proven
        .within(span)
        .iter()
        .map(|part| format!("{} to {}", show(part.start()), show(part.end())))
        .collect();
    if !chain.backfill && !proven.is_empty() {
        let text = format!(
            "The trail {} in {} {}: {} digests with signatures that hold and {} log files with the hashes that they name; \
             the chain is unbroken for events of {}",
            chain.trail,
            chain.key.account,
            chain.key.region,
            chain.digests,
            chain.logs,
            proven.join(", ")
        );
        builder.observe(text, Evidence::place(&chain.key));
    }
}

#[cfg(test)]
mod tests;
