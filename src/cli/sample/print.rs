//! A lead sheet and a second draw, for people.

use crate::bundle::lead_sheet::v1::{Attribute, Item, LeadSheet, SeedFrom};
use crate::cli::terminal::{Terminal, Tone};

/// Prints the lead sheet.
pub(super) fn sheet(sheet: &LeadSheet, terminal: &mut Terminal) {
    let title = format!("Lead sheet: {} {}", sheet.test.id, sheet.test.title);
    terminal.line(terminal.tone(Tone::Strong, &title));
    let period = &sheet.bundle.period;
    let population = &sheet.population;
    let proven = if population.proven {
        "proven to be all"
    } else {
        "not proven to be all"
    };
    let seed_from = match sheet.sampling.seed_from {
        SeedFrom::Population => "follows from the population",
        SeedFrom::Given => "given",
    };
    for (name, text) in [
        ("entity", sheet.bundle.entity.clone()),
        (
            "period",
            format!(
                "{} ({} to {}, {})",
                period.name, period.start, period.end, period.time_zone
            ),
        ),
        ("bundle", format!("{}, {}", sheet.bundle.id, sheet.bundle.tool)),
        ("manifest", sheet.bundle.manifest_sha256.clone()),
        (
            "population",
            format!("{} {}, {proven}", population.size, population.unit),
        ),
        ("sha256", population.sha256.clone()),
        ("seed", format!("{} ({seed_from})", sheet.sampling.seed)),
        (
            "sample",
            format!(
                "{} drawn of {} wanted ({})",
                sheet.items.len(),
                sheet.sampling.size,
                sheet.sampling.basis
            ),
        ),
    ] {
        terminal.line(format!("  {name:<11} {text}"));
    }
    for source in &population.sources {
        let pulls = match source.pulls {
            0 => "no pull in the bundle".to_owned(),
            n => format!("{n} pulls, {} to {}", source.first, source.last),
        };
        terminal.line(format!("  {:<11} {}: {pulls}", "source", source.source));
    }
    for gap in &population.gaps {
        terminal.line(format!(
            "  {:<11} {gap}: not drawn from",
            terminal.tone(Tone::Unclear, "gap        ")
        ));
    }
    terminal.line("");
    for attribute in &sheet.attributes {
        terminal.line(format!("  {}  {}", attribute.id, attribute.text));
    }
    for (number, item) in (1_u64..).zip(&sheet.items) {
        print_item(number, item, &sheet.attributes, terminal);
    }
    terminal.line("");
    let quiet = "drawn again by anybody: backproof sample BUNDLE --replay SHEET.json (the sheet from --json)";
    terminal.line(terminal.tone(Tone::Quiet, quiet));
}

fn print_item(number: u64, item: &Item, attributes: &[Attribute], terminal: &mut Terminal) {
    terminal.line("");
    let name = format!("{number:>4}  {}", item.item);
    terminal.line(terminal.tone(Tone::Strong, &name));
    for (attribute, result) in attributes.iter().zip(&item.results) {
        let tone = match result.as_str() {
            "SUPPORTED" => Tone::Good,
            "EXCEPTION" => Tone::Bad,
            "INDETERMINATE" => Tone::Unclear,
            result if result.contains("NOT found") => Tone::Bad,
            _ => Tone::Quiet,
        };
        terminal.line(format!("      {} {}", attribute.id, terminal.tone(tone, result)));
    }
    if !item.detail.is_empty() {
        terminal.line(format!("        {}", item.detail));
    }
    for evidence in &item.evidence {
        terminal.line(format!(
            "        {}",
            terminal.tone(Tone::Quiet, &evidence.citation)
        ));
        if !evidence.member.is_empty() {
            terminal.line(format!("          {}", evidence.shows));
        }
    }
}

/// Says whether the second draw gave the same.
pub(super) fn replayed(again: &LeadSheet, differences: &[String], terminal: &mut Terminal) {
    if differences.is_empty() {
        let word = terminal.tone(Tone::Good, "same");
        terminal.line(format!(
            "{word}: {} draws the same {} items of {}, in the same order, with the same results",
            again.bundle.id,
            again.items.len(),
            again.test.id
        ));
        return;
    }
    let word = terminal.tone(Tone::Bad, "OTHER");
    terminal.line(format!(
        "{word}: {} does not give this lead sheet",
        again.bundle.id
    ));
    for difference in differences {
        terminal.line(format!("  {difference}"));
    }
}
