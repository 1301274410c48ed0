//! The conclusion in the terminal: what is proven, what is an exception, what nobody can tell. No grade, no percentage.

use std::collections::BTreeMap;
use std::path::PathBuf;

use backproof_verify::digest::Sha256Digest;
use backproof_verify::manifest::v1::AskedAuthority;

use super::Exit;
use super::identity::Identity;
use super::job::Concluded;
use super::terminal::{Terminal, Tone};
use super::time_stamps;
use crate::model::finding::{Conclusion, Counts, State};
use crate::model::time::show;

/// Exceptions, and groups of open items, that are shown; the report has them all.
const SHOWN_MAX: usize = 40;

/// The files that were made.
pub(super) struct Made<'a> {
    pub(super) bundle: PathBuf,
    pub(super) bundle_sha256: Sha256Digest,
    pub(super) report: PathBuf,
    pub(super) checks: usize,
    pub(super) identity: &'a Identity,
    /// The time stamp authorities that were asked; the last one stamped unless it failed.
    pub(super) time_stamps: Vec<AskedAuthority>,
}

/// Says loudly which pulls prove nothing although they did not fail: a page is cut, missing, or not what was asked for.
pub(super) fn unsound_pulls(concluded: &Concluded, terminal: &mut Terminal) {
    let unsound = concluded.unsound_pulls();
    let word = terminal.tone(Tone::Unclear, "gap");
    for reason in unsound.iter().take(SHOWN_MAX) {
        terminal.note(format!("{word}: {reason}"));
    }
    if unsound.len() > SHOWN_MAX {
        terminal.note(format!(
            "{word}: and {} more pulls that prove nothing",
            unsound.len() - SHOWN_MAX
        ));
    }
}

/// Prints the conclusion.
pub(super) fn conclusion(concluded: &Concluded, terminal: &mut Terminal) {
    let (scope, evaluation) = (&concluded.scope, &concluded.evaluation);
    let title = format!("{}, {}", scope.entity.name, scope.period.name());
    terminal.line(terminal.tone(Tone::Strong, &title));
    terminal.line(format!(
        "{} to {} ({}), as of {}\n",
        show(scope.period.start()),
        show(scope.period.end()),
        scope.period.zone().name(),
        show(scope.as_of)
    ));
    terminal.line(counted(
        "controls",
        &Counts::of(evaluation.controls.iter().map(|control| control.state)),
    ));
    terminal.line(counted(
        "statements",
        &Counts::of(evaluation.statements.iter().map(|statement| statement.state)),
    ));
    terminal.line(counted(
        "tests",
        &Counts::of(evaluation.findings.iter().map(|finding| finding.state())),
    ));
    exceptions(concluded, terminal);
    open_items(concluded, terminal);
}

fn counted(what: &str, counts: &Counts) -> String {
    let parts: Vec<_> = State::ALL
        .iter()
        .filter(|state| counts.get(**state) > 0)
        .map(|state| format!("{} {}", counts.get(*state), state))
        .collect();
    format!("{:>4} {what:<11} {}", counts.total(), parts.join(", "))
}

fn exceptions(concluded: &Concluded, terminal: &mut Terminal) {
    let mut rows: Vec<_> = concluded
        .evaluation
        .findings
        .iter()
        .flat_map(|finding| finding.exceptions())
        .filter_map(|(id, item)| match item.conclusion() {
            Conclusion::Exception {
                condition, severity, ..
            } => Some((*severity, id, item.id(), condition.as_str())),
            _ => None,
        })
        .collect();
    rows.sort();
    if rows.is_empty() {
        let tested = concluded
            .evaluation
            .findings
            .iter()
            .filter(|finding| finding.population().is_ok())
            .count();
        terminal.line(format!(
            "\nNo exceptions noted in the {tested} tests that were run."
        ));
        return;
    }
    let heading = format!("\nExceptions noted: {}", rows.len());
    terminal.line(terminal.tone(Tone::Bad, &heading));
    for (severity, id, item, condition) in rows.iter().take(SHOWN_MAX) {
        let id = terminal.tone(Tone::Strong, id);
        terminal.line(format!(
            "  {:<9} {id}  {item}\n            {condition}",
            severity.as_str()
        ));
    }
    more(rows.len(), terminal);
}

/// What nobody can tell, gathered by what would settle it: one collection often settles many items.
fn open_items(concluded: &Concluded, terminal: &mut Terminal) {
    let mut settled_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, item) in concluded
        .evaluation
        .findings
        .iter()
        .flat_map(|finding| finding.indeterminates())
    {
        if let Conclusion::Indeterminate { resolves, .. } = item.conclusion() {
            settled_by.entry(resolves).or_default().push(id);
        }
    }
    let mut groups: Vec<_> = settled_by.into_iter().collect();
    groups.sort_by_key(|(resolves, items)| (std::cmp::Reverse(items.len()), *resolves));
    let items: usize = groups.iter().map(|(_, items)| items.len()).sum();
    if items == 0 {
        return;
    }
    let heading = format!("\nNobody can tell: {items}. What would settle them:");
    terminal.line(terminal.tone(Tone::Unclear, &heading));
    for (resolves, items) in groups.iter().take(SHOWN_MAX) {
        let ids = terminal.tone(Tone::Strong, &items.join(", "));
        terminal.line(format!(
            "  {:>3} {:<5} {resolves}\n            {ids}",
            items.len(),
            if items.len() == 1 { "item" } else { "items" }
        ));
    }
    more(groups.len(), terminal);
}

fn more(rows: usize, terminal: &mut Terminal) {
    if rows > SHOWN_MAX {
        let text = format!(
            "  and {} more: see the report, or `evaluate --json`",
            rows - SHOWN_MAX
        );
        terminal.line(terminal.tone(Tone::Quiet, &text));
    }
}

impl Made<'_> {
    /// Says what was made, by whom it is signed, and what the exit code means.
    pub(super) fn print(&self, terminal: &mut Terminal, exit: Exit) {
        terminal.line(format!("\nreport  {}", self.report.display()));
        terminal.line(format!("bundle  {}", self.bundle.display()));
        terminal.line(format!("        sha256 {}", self.bundle_sha256));
        let verified = format!("        verified: {} checks hold", self.checks);
        terminal.line(terminal.tone(Tone::Good, &verified));
        match self.time_stamps.last() {
            None => {}
            Some(asked) if asked.failure.is_none() => {
                terminal.line(format!("        time stamps of {}", asked.authority));
            }
            Some(_) => terminal.note(format!(
                "\n{}: no authority vouches for the time of signing. The report says so, too.\n  {}",
                terminal.tone(Tone::Unclear, "NO TIME STAMP"),
                time_stamps::told(&self.time_stamps)
            )),
        }
        if let Some(root) = self.identity.root_file() {
            let warning = "SIGNED BY A DEVELOPMENT IDENTITY, NOT FOR AUDIT USE";
            terminal.note(format!(
                "\n{}\n  It shows that nothing was altered, not who signed. Configure [signing] for an audit.\n  \
                 Trust root for trying it out: {}",
                terminal.tone(Tone::Unclear, warning),
                root.display()
            ));
        }
        let meaning = match exit {
            Exit::Exceptions => "exceptions were noted",
            Exit::Indeterminate => "no exception, but not everything could be concluded",
            _ => "nothing adverse was found by the tests that were run",
        };
        terminal.note(format!("exit {}: {meaning}", exit.code()));
    }

    /// The same for scripts.
    pub(super) fn json(&self, concluded: &Concluded, exit: Exit) -> serde_json::Value {
        let count = |state| -> u64 {
            concluded
                .evaluation
                .findings
                .iter()
                .map(|finding| finding.counts().get(state))
                .sum()
        };
        serde_json::json!({
            "bundle": self.bundle.display().to_string(),
            "bundle_sha256": self.bundle_sha256.to_hex(),
            "report": self.report.display().to_string(),
            "checks": self.checks,
            "development_identity": self.identity.is_development(),
            "trust_root": self.identity.root_file().map(|root| root.display().to_string()),
            "time_stamps": self.time_stamps,
            "exceptions": count(State::Exception),
            "indeterminate": count(State::Indeterminate),
            "exit": exit.code(),
        })
    }
}
