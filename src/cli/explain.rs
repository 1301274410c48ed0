//! `explain`: any test, statement, control, parameter or piece of evidence, as an auditor reads it.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;

use super::job::Job;
use super::terminal::{Terminal, Tone};
use super::{Exit, JobArguments};
use crate::catalogue::{Catalogue, Control, ParameterValue, Parameters, Standing, Statement, Test};
use crate::ledger::{Ledger, Sealed};
use crate::model::ids::ParameterId;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// CT-05, DM-6.2-1a, hipaa:164.308(a)(7)(ii)(A), backup_interval, ev-0123456789ab or a SHA-256
    id: String,
    #[command(flatten)]
    job: JobArguments,
}

pub(super) fn explain(arguments: &ExplainArguments, terminal: &mut Terminal) -> Result<Exit> {
    let id = arguments.id.as_str();
    let (catalogue, parameters) = in_force(&arguments.job)?;
    if let Some(test) = id.parse().ok().and_then(|id| catalogue.test(&id)) {
        explain_test(test, &catalogue, parameters.as_ref(), terminal);
    } else if let Some(statement) = id.parse().ok().and_then(|id| catalogue.statement(&id)) {
        explain_statement(statement, terminal);
    } else if let Some(control) = id.parse().ok().and_then(|id| catalogue.control(&id)) {
        explain_control(control, &catalogue, terminal);
    } else if let Some(parameter) = id.parse().ok().and_then(|id| catalogue.parameter(&id)) {
        heading(&format!("{}: {}", parameter.id, parameter.title), terminal);
        field("takes", parameter.kind.as_str(), terminal);
        let default = parameter
            .default
            .as_ref()
            .map_or_else(|| "not set".to_owned(), ToString::to_string);
        field("default", &default, terminal);
        field("policy", parameter.policy_defines.as_str(), terminal);
        optional("source", parameter.source.as_deref(), terminal);
        optional("note", parameter.note.as_deref(), terminal);
    } else if let Some(prefix) = evidence_prefix(id) {
        let job = Job::new(&arguments.job)?;
        return explain_evidence(prefix, &Ledger::read(&job.ledger_dir)?, terminal);
    } else {
        bail!("{id:?} is no test, statement, control, parameter or evidence id of this catalogue");
    }
    Ok(Exit::Done)
}

fn evidence_prefix(id: &str) -> Option<&str> {
    let digits = id.strip_prefix("ev-").unwrap_or(id);
    let hexadecimal = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (hexadecimal && (12..=64).contains(&digits.len())).then_some(digits)
}

/// The catalogue and the parameters that the configuration gives; without a configuration the built-in catalogue, whose
/// parameters nobody has set.
fn in_force(arguments: &JobArguments) -> Result<(Catalogue, Option<Parameters>)> {
    let is_default = arguments.config == Path::new(super::DEFAULT_CONFIG);
    if is_default && !arguments.config.exists() {
        return Ok((Catalogue::builtin()?, None));
    }
    let job = Job::new(arguments)?;
    Ok((job.catalogue, Some(job.parameters)))
}

fn explain_test(
    test: &Test,
    catalogue: &Catalogue,
    parameters: Option<&Parameters>,
    terminal: &mut Terminal,
) {
    heading(&format!("{}: {}", test.id, test.title), terminal);
    field("objective", &test.objective, terminal);
    field("population", &test.population, terminal);
    for (step, text) in (1..).zip(&test.procedure) {
        field(&format!("step {step}"), text, terminal);
    }
    field("criterion", &test.criterion, terminal);
    field("supported", &test.supported, terminal);
    field("exception", &test.exception, terminal);
    field("indeterminate", &test.indeterminate, terminal);
    optional("no occurrence", test.no_occurrence.as_deref(), terminal);
    optional("not applicable", test.not_applicable.as_deref(), terminal);
    field("sources", &test.inputs.join(", "), terminal);
    for id in &test.parameters {
        field(
            "parameter",
            &parameter_in_words(id, catalogue, parameters),
            terminal,
        );
    }
    for statement in test.statements.iter().filter_map(|id| catalogue.statement(id)) {
        let controls: Vec<_> = statement.controls.iter().map(|id| id.as_str()).collect();
        let text = format!(
            "{}: {} [{}]",
            statement.id,
            statement.paraphrase,
            controls.join(", ")
        );
        field("statement", &text, terminal);
    }
    if test.statements.is_empty() {
        field(
            "statement",
            "none names it: it is run and reported, and decides none",
            terminal,
        );
    }
    let audit_manager = (!test.audit_manager.is_empty()).then(|| test.audit_manager.join(", "));
    optional("audit manager", audit_manager.as_deref(), terminal);
    optional("note", test.note.as_deref(), terminal);
    if test.implemented_by.is_none() {
        field(
            "state",
            "not built in this version: comes out as NOT_TESTED",
            terminal,
        );
    }
}

/// A parameter with its value in force and who answers for it.
fn parameter_in_words(id: &ParameterId, catalogue: &Catalogue, parameters: Option<&Parameters>) -> String {
    let shown =
        |value: Option<&ParameterValue>| value.map_or_else(|| "not set".to_owned(), ToString::to_string);
    match parameters.map(|parameters| parameters.get(id.as_str())) {
        Some(Ok(parameter)) => {
            let by = match (parameter.standing(), &parameter.approval) {
                (Standing::Approved, Some(approval)) => {
                    format!(
                        "approved by {}, {}, on {}",
                        approval.by, approval.role, approval.on
                    )
                }
                (Standing::DefinedByPolicy, _) => "defined by the policy".to_owned(),
                (Standing::NotSet, _) => "tests that need it say INDETERMINATE".to_owned(),
                _ => "assumed: nobody has approved it".to_owned(),
            };
            format!("{id} = {} ({by})", shown(parameter.value.as_ref()))
        }
        _ => {
            let default = catalogue
                .parameter(id)
                .and_then(|definition| definition.default.as_ref());
            format!("{id} (default: {})", shown(default))
        }
    }
}

fn explain_statement(statement: &Statement, terminal: &mut Terminal) {
    heading(&format!("{}: {}", statement.id, statement.section), terminal);
    field("says", &statement.paraphrase, terminal);
    optional("criterion", statement.criterion.as_deref(), terminal);
    optional("evidence", statement.evidence.as_deref(), terminal);
    let tests: Vec<_> = statement.tests.iter().map(|id| id.as_str()).collect();
    field(
        "tests",
        if tests.is_empty() {
            "none: no evidence can try it".to_owned()
        } else {
            tests.join(", ")
        }
        .as_str(),
        terminal,
    );
    let controls: Vec<_> = statement.controls.iter().map(|id| id.as_str()).collect();
    optional(
        "controls",
        (!controls.is_empty()).then(|| controls.join(", ")).as_deref(),
        terminal,
    );
    optional("note", statement.note.as_deref(), terminal);
}

fn explain_control(control: &Control, catalogue: &Catalogue, terminal: &mut Terminal) {
    heading(&format!("{}: {}", control.id, control.title), terminal);
    optional("kind", control.requirement.map(|kind| kind.as_str()), terminal);
    optional("asks", control.paraphrase.as_deref(), terminal);
    optional("named by", control.named_by_policy.as_deref(), terminal);
    for statement in catalogue.statements_of(&control.id) {
        let tests: Vec<_> = statement.tests.iter().map(|id| id.as_str()).collect();
        field(
            statement.id.as_str(),
            &format!("{} [{}]", statement.paraphrase, tests.join(", ")),
            terminal,
        );
    }
    optional("note", control.note.as_deref(), terminal);
}

fn explain_evidence(prefix: &str, ledger: &Ledger<Sealed>, terminal: &mut Terminal) -> Result<Exit> {
    let mut found = false;
    for pull in ledger.acquisitions() {
        for (number, page) in (1..).zip(&pull.pages) {
            let Some(evidence) = page
                .evidence
                .filter(|evidence| evidence.to_string().starts_with(prefix))
            else {
                continue;
            };
            found = true;
            heading(
                &format!("{}: page {number} of {}", evidence.short(), pull.pages.len()),
                terminal,
            );
            field("sha256", &evidence.to_string(), terminal);
            field("bytes", &page.size.to_string(), terminal);
            field("pull", pull.id.as_str(), terminal);
            field("call", &pull.operation, terminal);
            field("place", &pull.key.to_string(), terminal);
            field("asked by", &pull.caller, terminal);
            field("request", &page.request_id, terminal);
            field("received", &crate::model::time::show(page.received), terminal);
        }
    }
    if !found {
        bail!(
            "the ledger {} holds no evidence that begins with {prefix}",
            ledger.dir().display()
        );
    }
    Ok(Exit::Done)
}

fn heading(text: &str, terminal: &mut Terminal) {
    terminal.line(terminal.tone(Tone::Strong, text));
}

fn field(name: &str, text: &str, terminal: &mut Terminal) {
    const INDENT: usize = 18;
    const WIDTH: usize = 82;
    let mut line = String::new();
    let mut label = format!("  {name}");
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH {
            terminal.line(format!("{label:<INDENT$}{line}"));
            (label, line) = (String::new(), String::new());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    terminal.line(format!("{label:<INDENT$}{line}"));
}

fn optional(name: &str, text: Option<&str>, terminal: &mut Terminal) {
    if let Some(text) = text {
        field(name, text, terminal);
    }
}
