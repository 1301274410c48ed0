//! `status`: what the evidence covers of a period, per source and place, as a line of days.

use anyhow::Result;

use super::job::{Concluded, Job};
use super::terminal::{Terminal, Tone};
use super::{Exit, PeriodArguments};
use crate::ledger::store::EvidenceStore as _;
use crate::model::coverage::Coverage;
use crate::model::source::SourceKey;
use crate::model::time::{Period, show};

pub(super) fn status(arguments: &PeriodArguments, terminal: &mut Terminal) -> Result<Exit> {
    let job = Job::new(&arguments.job)?;
    let concluded = job.conclude_from_ledger(arguments)?;
    let (coverage, period) = (&concluded.records.coverage, &concluded.scope.period);
    let gaps = coverage
        .keys()
        .iter()
        .any(|key| coverage.prove(key, period.interval()).is_err());
    if arguments.job.json {
        let places: Vec<_> = coverage
            .keys()
            .into_iter()
            .map(|key| place_json(key, coverage, period))
            .collect();
        let json = serde_json::json!({
            "ledger_head": concluded.evidence.ledger().head().to_hex(),
            "pulls": concluded.evidence.acquisitions().len(),
            "places": places,
        });
        terminal.line(json.to_string());
    } else {
        print(&concluded, terminal);
    }
    Ok(if gaps { Exit::Indeterminate } else { Exit::Done })
}

fn print(concluded: &Concluded, terminal: &mut Terminal) {
    let (coverage, period) = (&concluded.records.coverage, &concluded.scope.period);
    terminal.line(format!(
        "{} {}: {} pulls in {} speak about it",
        concluded.scope.entity.name,
        period.name(),
        concluded.evidence.acquisitions().len(),
        concluded.evidence.ledger().dir().display(),
    ));
    terminal.line("each mark is a day: # covered  - in part  . not at all\n");
    let mut last = None;
    for key in coverage.keys() {
        if last != Some(key.source) {
            terminal.line(terminal.tone(Tone::Strong, key.source.as_str()));
            last = Some(key.source);
        }
        let days: String = period
            .days()
            .map(|(_, day)| match coverage.spans(key).within(&day) {
                spans if spans.covers(&day) => '#',
                spans if spans.is_empty() => '.',
                _ => '-',
            })
            .collect();
        let tone = if days.contains(['.', '-']) {
            Tone::Unclear
        } else {
            Tone::Good
        };
        terminal.line(format!(
            "  {:<26} {:<10} {}",
            key.account.as_str(),
            key.region.as_str(),
            terminal.tone(tone, &days)
        ));
        for gap in coverage.prove(key, period.interval()).err().unwrap_or_default() {
            terminal.line(format!(
                "      gap {} to {}: {}",
                show(gap.interval.start()),
                show(gap.interval.end()),
                gap.reason
            ));
        }
    }
}

fn place_json(key: &SourceKey, coverage: &Coverage, period: &Period) -> serde_json::Value {
    let gaps: Vec<_> = coverage
        .prove(key, period.interval())
        .err()
        .unwrap_or_default()
        .iter()
        .map(|gap| {
            serde_json::json!({
                "start": show(gap.interval.start()), "end": show(gap.interval.end()), "reason": gap.reason,
            })
        })
        .collect();
    serde_json::json!({
        "source": key.source.as_str(), "account": key.account.as_str(), "region": key.region.as_str(), "gaps": gaps,
    })
}
