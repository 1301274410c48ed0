//! Checks as they are shown: those of a place that all work in one line, and each other one by itself with what to do.

use serde_json::{Value, json};

use crate::cli::terminal::{Terminal, Tone};
use crate::service::checkup::{Check, Outcome};

/// Columns that words take at the most.
const COLUMNS: usize = 110;
/// Columns of a name.
const NAME: usize = 28;
/// Where names begin.
const INDENT: usize = 8;

pub(super) fn as_json(checks: &[Check], terminal: &mut Terminal) {
    let rows: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({
                "group": check.group, "place": check.place, "check": check.name, "outcome": check.outcome.as_str(),
                "said": check.said, "next": check.next,
            })
        })
        .collect();
    let counts = Counts::of(checks);
    let json = json!({
        "schema": "backproof.doctor/v1",
        "ok": counts.works, "notes": counts.said, "unknown": counts.untold, "failed": counts.fails,
        "checks": rows,
    });
    terminal.line(json.to_string());
}

pub(super) fn as_text(checks: &[Check], all: bool, terminal: &mut Terminal) {
    for group in checks.chunk_by(|one, next| one.group == next.group) {
        terminal.line(terminal.tone(Tone::Strong, &group[0].group));
        for place in group.chunk_by(|one, next| one.place == next.place) {
            of_place(place, all, terminal);
        }
    }
    terminal.line("");
    bottom_line(&Counts::of(checks), terminal);
}

fn of_place(checks: &[Check], all: bool, terminal: &mut Terminal) {
    let place = &checks[0].place;
    let (mut shown, mut indent) = (checks.iter().collect::<Vec<_>>(), INDENT);
    if !place.is_empty() {
        let counts = Counts::of(checks);
        let worst = checks
            .iter()
            .map(|check| check.outcome)
            .max()
            .unwrap_or(Outcome::Untold);
        let said = match counts.works == checks.len() {
            true => format!("all {} checks", checks.len()),
            false => format!("{} of {} checks", counts.works, checks.len()),
        };
        row(worst, place, &said, "", INDENT, terminal);
        shown.retain(|check| all || check.outcome != Outcome::Works);
        indent += 2;
    }
    for check in shown {
        row(
            check.outcome,
            &check.name,
            &check.said,
            &check.next,
            indent,
            terminal,
        );
    }
}

/// One check: its mark, its name, what was found, and below it what to do.
fn row(outcome: Outcome, name: &str, said: &str, next: &str, indent: usize, terminal: &mut Terminal) {
    let (tone, word) = match outcome {
        Outcome::Works => (Tone::Good, "ok"),
        Outcome::Said => (Tone::Quiet, "note"),
        Outcome::Untold => (Tone::Unclear, "?"),
        Outcome::Fails => (Tone::Bad, "FAIL"),
    };
    // Colour takes no columns.
    let mark = format!("{}{}", terminal.tone(tone, word), " ".repeat(6 - word.len()));
    let gap = " ".repeat(indent - INDENT);
    let mut lines = wrapped(said, COLUMNS - indent - NAME - 1).into_iter();
    let first = lines.next().unwrap_or_default();
    if name.chars().count() > NAME && !first.is_empty() {
        terminal.line(format!("  {mark}{gap}{name}"));
        terminal.line(format!("{}{first}", " ".repeat(indent + NAME + 1)));
    } else {
        terminal.line(format!("  {mark}{gap}{name:<NAME$} {first}").trim_end());
    }
    for line in lines {
        terminal.line(format!("{}{line}", " ".repeat(indent + NAME + 1)));
    }
    if !next.is_empty() {
        for (n, line) in wrapped(next, COLUMNS - indent - NAME - 4).iter().enumerate() {
            let arrow = if n == 0 { "-> " } else { "   " };
            terminal.line(format!("{}{arrow}{line}", " ".repeat(indent + NAME + 1)));
        }
    }
}

/// `text` in lines of so many columns, where its words allow.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("invariant: there is a line");
        match (
            last.is_empty(),
            last.chars().count() + 1 + word.chars().count() <= columns,
        ) {
            (true, _) => last.push_str(word),
            (false, true) => {
                last.push(' ');
                last.push_str(word);
            }
            (false, false) => lines.push(word.to_owned()),
        }
    }
    lines
}

#[derive(Default)]
struct Counts {
    works: usize,
    said: usize,
    untold: usize,
    fails: usize,
}

impl Counts {
    fn of(checks: &[Check]) -> Self {
        let mut counts = Self::default();
        for check in checks {
            match check.outcome {
                Outcome::Works => counts.works += 1,
                Outcome::Said => counts.said += 1,
                Outcome::Untold => counts.untold += 1,
                Outcome::Fails => counts.fails += 1,
            }
        }
        counts
    }
}

fn bottom_line(counts: &Counts, terminal: &mut Terminal) {
    let (fails, untold) = (counts.fails, counts.untold);
    let many = |n: usize| {
        if n == 1 {
            "1 check".to_owned()
        } else {
            format!("{n} checks")
        }
    };
    let line = match (fails, untold) {
        (0, 0) => terminal.tone(
            Tone::Good,
            &format!(
                "{} tried: everything that is configured works",
                many(counts.works)
            ),
        ),
        (0, _) => format!(
            "nothing failed, and {}: whether that works, nobody can tell yet",
            terminal.tone(Tone::Unclear, &format!("{} could not be made", many(untold)))
        ),
        _ => {
            let open = match untold {
                0 => String::new(),
                n => format!("{} could not be made, ", many(n)),
            };
            format!(
                "{}, {open}{} work: mend what failed, then ask again",
                terminal.tone(Tone::Bad, &format!("{} failed", many(fails))),
                counts.works
            )
        }
    };
    terminal.line(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrapped("a-word-that-is-too-long b", 5),
            ["a-word-that-is-too-long", "b"]
        );
        assert_eq!(wrapped("", 5), [""]);
    }
}
