//! The same conclusions as rows, for people with a spreadsheet.
//!
//! A cell that begins like a formula gets an apostrophe before it: a spreadsheet must not run what a service named.

use std::collections::BTreeMap;

use super::results::v1::cite;
use crate::model::finding::{Conclusion, Evaluation, Finding, Tally};
use crate::model::ids::TestId;
use crate::model::response::{Response, Responses};
use crate::model::time::show;

/// CSV files (RFC 4180) by payload path.
pub fn tables(evaluation: &Evaluation, responses: &Responses) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    files.insert("data/controls.csv".to_owned(), controls(evaluation));
    files.insert(
        "data/exceptions.csv".to_owned(),
        exceptions(evaluation, responses),
    );
    files.insert("data/indeterminate.csv".to_owned(), indeterminate(evaluation));
    for finding in evaluation
        .findings
        .iter()
        .filter(|finding| finding.population().is_ok())
    {
        files.insert(population_path(finding.test()), population(finding));
    }
    files
}

/// Where the population of a test stands in the bundle.
pub fn population_path(test: &TestId) -> String {
    format!("data/populations/{}.csv", test.as_str().to_ascii_lowercase())
}

fn controls(evaluation: &Evaluation) -> Vec<u8> {
    let header = ["control", "state", "statement", "statement_state", "tests"];
    let rows = evaluation.controls.iter().flat_map(|control| {
        let statements = control.statements.iter().filter_map(|id| {
            let statement = evaluation
                .statements
                .iter()
                .find(|statement| statement.id == *id)?;
            let tests: Vec<_> = statement.tests.iter().map(|test| test.as_str()).collect();
            Some([
                control.id.to_string(),
                control.state.to_string(),
                id.to_string(),
                statement.state.to_string(),
                tests.join(" "),
            ])
        });
        statements.collect::<Vec<_>>()
    });
    csv(header, rows)
}

fn exceptions(evaluation: &Evaluation, responses: &Responses) -> Vec<u8> {
    let header = [
        "id",
        "test",
        "item",
        "severity",
        "condition",
        "criterion",
        "evidence",
        "response",
        "owner",
        "due",
        "ticket",
    ];
    let rows = evaluation.findings.iter().flat_map(|finding| {
        finding
            .exceptions()
            .filter_map(|(id, item)| match item.conclusion() {
                Conclusion::Exception {
                    condition,
                    criterion,
                    severity,
                } => {
                    let response = responses.to(finding.test(), item);
                    let said = |text: fn(&Response) -> String| response.map(text).unwrap_or_default();
                    Some([
                        id,
                        finding.test().to_string(),
                        item.id().to_owned(),
                        severity.as_str().to_owned(),
                        condition.clone(),
                        criterion.clone(),
                        cite(item.evidence()).join(" "),
                        said(|response| response.text.clone()),
                        said(|response| response.owner.clone()),
                        said(|response| response.due.to_string()),
                        said(|response| response.ticket.clone().unwrap_or_default()),
                    ])
                }
                _ => None,
            })
    });
    csv(header, rows)
}

fn indeterminate(evaluation: &Evaluation) -> Vec<u8> {
    let header = ["id", "test", "item", "reason", "resolves", "evidence"];
    let rows = evaluation.findings.iter().flat_map(|finding| {
        finding
            .indeterminates()
            .filter_map(|(id, item)| match item.conclusion() {
                Conclusion::Indeterminate { reason, resolves } => Some([
                    id,
                    finding.test().to_string(),
                    item.id().to_owned(),
                    reason.clone(),
                    resolves.clone(),
                    cite(item.evidence()).join(" "),
                ]),
                _ => None,
            })
    });
    csv(header, rows)
}

fn population(finding: &Finding) -> Vec<u8> {
    let rows = finding.items().iter().map(|item| {
        let words = match item.conclusion() {
            Conclusion::Supported => item.tally().map(Tally::numbers).unwrap_or_default(),
            Conclusion::Exception { condition, .. } => condition.clone(),
            Conclusion::Indeterminate { reason, .. } => reason.clone(),
            Conclusion::NoOccurrence { statement } => statement.clone(),
            Conclusion::NotApplicable {
                rationale,
                approved_by,
                approved_at,
            } => {
                format!("{rationale} (approved by {approved_by}, {})", show(*approved_at))
            }
        };
        [
            item.id().to_owned(),
            item.state().to_string(),
            words,
            cite(item.evidence()).join(" "),
        ]
    });
    csv(["item", "state", "detail", "evidence"], rows)
}

fn csv<const N: usize>(header: [&str; N], body: impl Iterator<Item = [String; N]>) -> Vec<u8> {
    let header = header.map(str::to_owned).to_vec();
    rows(std::iter::once(header).chain(body.map(Vec::from)))
}

/// Rows, which may differ in length, as CSV whose cells are inert.
pub(super) fn rows(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.into_iter().map(inert))
            .expect("invariant: writing to memory does not fail");
    }
    writer
        .into_inner()
        .expect("invariant: writing to memory does not fail")
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_inert() {
        let rows = [["=cmd()".to_owned(), "a,\"b\"".to_owned()]];
        let text = String::from_utf8(csv(["x", "y"], rows.into_iter())).expect("UTF-8");
        assert_eq!(text, "x,y\r\n'=cmd(),\"a,\"\"b\"\"\"\r\n");
    }
}
