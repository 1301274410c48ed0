//! A comparison for people: the causes first, then what was concluded otherwise.

use crate::bundle::comparison::{Comparison, Entry, Row, Tested};
use crate::bundle::results::v1::StateCounts;
use crate::cli::terminal::{Terminal, Tone};

/// Rows of one kind that are shown; `--json` has them all.
const SHOWN_MAX: usize = 40;

/// Prints everything that is otherwise.
pub(super) fn comparison(comparison: &Comparison, terminal: &mut Terminal) {
    for (name, about) in [("old", &comparison.old), ("new", &comparison.new)] {
        let title = terminal.tone(Tone::Strong, &format!("{}, {}", about.entity, about.bundle));
        terminal.line(format!("{name}  {title}"));
        terminal.line(format!("     {}, as of {}", about.period, about.as_of));
        terminal.line(format!("     manifest {}", about.manifest_sha256));
    }
    if comparison.is_empty() {
        terminal.line("");
        terminal.line(
            "nothing differs: evidence, estate, parameters, catalogue, program and conclusions are the same",
        );
        return;
    }
    section("Program", terminal);
    match &comparison.tool {
        Some(change) => terminal.line(format!("  {} became {}", change.old, change.new)),
        None => same(terminal),
    }
    entries("Catalogue", &comparison.catalogue, terminal);
    entries("Parameters", &comparison.parameters, terminal);
    entries(
        "Estate: places that have to be covered",
        &comparison.estate,
        terminal,
    );
    evidence(comparison, terminal);
    tests(&comparison.tests, terminal);
    rows(&comparison.rows, terminal);
}

fn section(title: &str, terminal: &mut Terminal) {
    terminal.line("");
    terminal.line(terminal.tone(Tone::Strong, title));
}

fn same(terminal: &mut Terminal) {
    terminal.line(format!("  {}", terminal.tone(Tone::Quiet, "the same")));
}

fn rest(shown: usize, all: usize, terminal: &mut Terminal) {
    if all > shown {
        let text = format!("  and {} more: --json has them all", all - shown);
        terminal.line(terminal.tone(Tone::Quiet, &text));
    }
}

fn entries(title: &str, entries: &[Entry], terminal: &mut Terminal) {
    section(title, terminal);
    if entries.is_empty() {
        return same(terminal);
    }
    for entry in entries.iter().take(SHOWN_MAX) {
        terminal.line(format!("  {} {}", entry.name, entry.how));
        for member in &entry.members {
            terminal.line(format!("      {member}"));
        }
    }
    rest(SHOWN_MAX, entries.len(), terminal);
}

fn evidence(comparison: &Comparison, terminal: &mut Terminal) {
    section("Evidence", terminal);
    if comparison.pages.is_empty() && comparison.proven.is_empty() {
        return same(terminal);
    }
    for pages in comparison.pages.iter().take(SHOWN_MAX) {
        terminal.line(format!(
            "  {} {} {}: {} pages in both, {} only in the old, {} only in the new",
            pages.source,
            pages.account,
            pages.region,
            pages.both,
            pages.only_old.len(),
            pages.only_new.len()
        ));
    }
    rest(SHOWN_MAX, comparison.pages.len(), terminal);
    for proven in comparison.proven.iter().take(SHOWN_MAX) {
        terminal.line(format!("  {} is proven for {}", proven.place, proven.spans.new));
        terminal.line(format!("      it was for {}", proven.spans.old));
    }
    rest(SHOWN_MAX, comparison.proven.len(), terminal);
}

fn tests(tests: &[Tested], terminal: &mut Terminal) {
    section("Tests", terminal);
    if tests.is_empty() {
        return same(terminal);
    }
    for test in tests {
        let state = |state: &Option<String>| state.clone().unwrap_or_else(|| "none".to_owned());
        let (old, new) = (state(&test.old), state(&test.new));
        let change = if old == new {
            old
        } else {
            format!("{old} became {new}")
        };
        terminal.line(format!("  {} {change}", test.test));
        terminal.line(format!("      {}", numbers(test.old_counts, test.new_counts)));
    }
}

/// `supported 90 -> 89, exception 1 -> 2`: the numbers that differ.
fn numbers(old: Option<StateCounts>, new: Option<StateCounts>) -> String {
    let list = |counts: Option<StateCounts>| {
        counts.map_or([0; 6], |counts| {
            [
                counts.supported,
                counts.exception,
                counts.indeterminate,
                counts.no_occurrence,
                counts.not_applicable,
                counts.not_tested,
            ]
        })
    };
    let words = [
        "supported",
        "exception",
        "indeterminate",
        "no occurrence",
        "not applicable",
        "not tested",
    ];
    let pairs = words.iter().zip(list(old).into_iter().zip(list(new)));
    let shown: Vec<_> = pairs
        .filter(|(_, (old, new))| old != new)
        .map(|(word, (old, new))| format!("{word} {old} -> {new}"))
        .collect();
    if shown.is_empty() {
        "the same numbers".to_owned()
    } else {
        shown.join(", ")
    }
}

fn rows(rows: &[Row], terminal: &mut Terminal) {
    let (both, one): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .partition(|row| row.old.is_some() && row.new.is_some());
    section("Items that are concluded otherwise", terminal);
    if both.is_empty() {
        same(terminal);
    }
    for row in both.iter().take(SHOWN_MAX) {
        print_row(row, terminal);
    }
    rest(SHOWN_MAX, both.len(), terminal);
    section("Items that only one of them has", terminal);
    if one.is_empty() {
        return same(terminal);
    }
    // Items with a day in their name are all new in a new period: what is adverse among them is shown, the rest counted.
    let (adverse, plain): (Vec<&Row>, Vec<&Row>) = one.iter().partition(|row| {
        let state = row.new.as_deref().or(row.old.as_deref());
        matches!(state, Some("EXCEPTION" | "INDETERMINATE"))
    });
    for row in adverse.iter().take(SHOWN_MAX) {
        print_row(row, terminal);
    }
    rest(SHOWN_MAX, adverse.len(), terminal);
    let added = plain.iter().filter(|row| row.old.is_none()).count();
    let gone = plain.len() - added;
    terminal.line(format!(
        "  besides them, nothing adverse: {added} only in the new, {gone} only in the old"
    ));
}

fn print_row(row: &Row, terminal: &mut Terminal) {
    let state = |state: &Option<String>| state.clone().unwrap_or_else(|| "not there".to_owned());
    let tone = match row.new.as_deref() {
        Some("EXCEPTION") => Tone::Bad,
        Some("INDETERMINATE") => Tone::Unclear,
        Some(_) => Tone::Good,
        None => Tone::Quiet,
    };
    let new = terminal.tone(tone, &state(&row.new));
    terminal.line(format!(
        "  {} {}: {} -> {new}",
        row.test,
        row.item,
        state(&row.old)
    ));
    if !row.old_words.is_empty() {
        terminal.line(format!("      was: {}", row.old_words));
    }
    if !row.new_words.is_empty() {
        terminal.line(format!("      is:  {}", row.new_words));
    }
    let causes: Vec<_> = row.causes.iter().map(|cause| cause.as_str()).collect();
    let causes = if causes.is_empty() {
        "nothing that the bundles show".to_owned()
    } else {
        causes.join(", ")
    };
    terminal.line(terminal.tone(Tone::Quiet, &format!("      touched by: {causes}")));
}
