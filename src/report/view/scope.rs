//! Scope: places, exclusions with their rationale, carve-outs.

use crate::model::finding::Conclusion;
use crate::report::input::ReportInput;
use crate::report::layout::block::{Column, Row};
use crate::report::view::doc::{Doc, Start, cell, mono, strong};
use crate::report::view::say::{count, day, utc};
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let estate = &input.scope.estate;
    doc.section("3", "scope", Start::Page)?;
    let systems = count(input.records.systems.len(), "system", "systems");
    let accounts = count(estate.aws.len(), "AWS account", "AWS accounts");
    let projects = count(estate.atlas.len(), "Atlas project", "Atlas projects");
    doc.lead(
        "scope/lead",
        &[
            ("systems", &systems),
            ("accounts", &accounts),
            ("projects", &projects),
        ],
    )?;
    doc.body("scope/population", &[])?;
    places(doc, input)?;
    exclusions(doc, input)?;
    carve_outs(doc, input)
}

fn places(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    let estate = &input.scope.estate;
    doc.heading("scope/places-title")?;
    let row = |kind: &str, id: &str, name: &str, parts: Vec<&str>| {
        Row::of(vec![strong(kind), mono(id), cell(name), cell(parts.join(", "))])
    };
    let mut rows = Vec::new();
    for account in &estate.aws {
        let regions = account.regions.iter().map(|r| r.as_str()).collect();
        rows.push(row(
            "AWS account",
            account.account.as_str(),
            &account.name,
            regions,
        ));
    }
    for project in &estate.atlas {
        let clusters = project.clusters.iter().map(String::as_str).collect();
        rows.push(row(
            "Atlas project",
            project.project.as_str(),
            &project.name,
            clusters,
        ));
    }
    if let Some(database) = &estate.records {
        rows.push(row(
            "Database",
            database.as_str(),
            "Compliance records",
            Vec::new(),
        ));
    }
    let columns = vec![
        Column::new("Place", 1.2),
        Column::new("Id", 2.0),
        Column::new("Name", 1.6),
        Column::new("Regions or clusters", 2.4),
    ];
    doc.table("scope/places-summary", columns, rows, "scope/exclusions-none")
}

fn exclusions(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("scope/exclusions-title")?;
    let mut rows = Vec::new();
    for system in &input.records.systems {
        if let Some(exemption) = &system.value.exemption {
            let until = exemption
                .until
                .map_or_else(|| "open".to_owned(), |at| day(at.date_naive()));
            rows.push(Row::of(vec![
                strong(system.value.id.as_str()),
                cell(exemption.rationale.clone()),
                cell(format!(
                    "{}, {}",
                    exemption.approved_by,
                    utc(exemption.approved_at)
                )),
                cell(format!("{} to {until}", day(exemption.from.date_naive()))),
            ]));
        }
    }
    for finding in &input.evaluation.findings {
        for item in finding.items() {
            if let Conclusion::NotApplicable {
                rationale,
                approved_by,
                approved_at,
            } = item.conclusion()
            {
                rows.push(Row::of(vec![
                    strong(format!("{} {}", finding.test(), item.id())),
                    cell(rationale.clone()),
                    cell(format!("{approved_by}, {}", utc(*approved_at))),
                    cell("this item"),
                ]));
            }
        }
    }
    let columns = vec![
        Column::new("System or item", 1.6),
        Column::new("Rationale", 2.6),
        Column::new("Approved by, when", 1.5),
        Column::new("For", 1.4),
    ];
    doc.table("scope/exclusions-summary", columns, rows, "scope/exclusions-none")
}

fn carve_outs(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.heading("scope/carve-title")?;
    doc.wide("scope/carve", &[])?;
    let rows = input
        .records
        .assurances
        .iter()
        .map(|assurance| {
            let value = &assurance.value;
            let reviewed = match (&value.reviewed_by, value.reviewed) {
                (Some(who), Some(when)) => format!("{who}, {}", utc(when)),
                (Some(who), None) => format!("{who}, undated"),
                _ => "not reviewed".to_owned(),
            };
            let period = format!("{} to {}", day(value.start), day(value.end));
            Row::of(vec![
                strong(&*value.vendor),
                cell(&*value.document),
                cell(period),
                cell(reviewed),
            ])
        })
        .collect();
    let columns = vec![
        Column::new("Vendor", 1.5),
        Column::new("Document", 1.2),
        Column::new("Period", 2.2),
        Column::new("Reviewed by, when", 2.0),
    ];
    doc.table("scope/carve-summary", columns, rows, "scope/carve-none")
}
