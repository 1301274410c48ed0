//! The lead sheet as rows, with empty columns for what the auditor finds.

use super::v1::LeadSheet;
use crate::bundle::tables::rows;

/// One CSV file (RFC 4180): what the sample is, then a row an item.
pub fn encode(sheet: &LeadSheet) -> Vec<u8> {
    let period = &sheet.bundle.period;
    let mut head = vec![
        ["entity".to_owned(), sheet.bundle.entity.clone()],
        [
            "test".to_owned(),
            format!("{} {}", sheet.test.id, sheet.test.title),
        ],
        [
            "period".to_owned(),
            format!("{} to {} ({})", period.start, period.end, period.time_zone),
        ],
        ["bundle".to_owned(), sheet.bundle.id.clone()],
        ["manifest sha256".to_owned(), sheet.bundle.manifest_sha256.clone()],
        [
            "population".to_owned(),
            format!("{} {}", sheet.population.size, sheet.population.unit),
        ],
        [
            "population proven complete".to_owned(),
            sheet.population.proven.to_string(),
        ],
        ["population sha256".to_owned(), sheet.population.sha256.clone()],
        ["seed".to_owned(), sheet.sampling.seed.clone()],
        [
            "sample".to_owned(),
            format!("{} ({})", sheet.items.len(), sheet.sampling.basis),
        ],
    ];
    for source in &sheet.population.sources {
        let pulls = format!(
            "{}: {} pulls, {} to {}",
            source.source, source.pulls, source.first, source.last
        );
        head.push(["source".to_owned(), pulls]);
    }
    for attribute in &sheet.attributes {
        head.push([format!("attribute {}", attribute.id), attribute.text.clone()]);
    }
    let mut columns = vec!["number".to_owned(), "item".to_owned()];
    columns.extend(
        sheet
            .attributes
            .iter()
            .map(|attribute| format!("result {}", attribute.id)),
    );
    columns.extend(["detail", "evidence"].map(str::to_owned));
    columns.extend(
        sheet
            .attributes
            .iter()
            .map(|attribute| format!("auditor {}", attribute.id)),
    );
    columns.push("auditor's note".to_owned());
    let items = (1..).zip(&sheet.items).map(|(number, item)| {
        let evidence: Vec<_> = item.evidence.iter().map(|one| one.citation.as_str()).collect();
        let mut row = vec![number.to_string(), item.item.clone()];
        row.extend(item.results.iter().cloned());
        row.extend([item.detail.clone(), evidence.join(" ")]);
        row.resize(columns.len(), String::new());
        row
    });
    let table = std::iter::once(columns.clone()).chain(items);
    rows(head.into_iter().map(Vec::from).chain([Vec::new()]).chain(table))
}
