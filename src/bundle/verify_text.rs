//! `VERIFY.txt`: how to check the bundle with stock tools. The wording stands in `templates/VERIFY.txt`.

use backproof_verify::manifest::v1::Manifest;
use backproof_verify::verification::NOT_PROVEN;
use tera::{Context, Tera};

const TEMPLATE: &str = include_str!("../../templates/VERIFY.txt");

/// The widest line of the text, in characters.
const WIDTH: usize = 88;

/// Renders the text for the bundle of `manifest`; `development` says that the signing identity is the tool's own.
pub(super) fn render(manifest: &Manifest, development: bool) -> Result<String, tera::Error> {
    let mut context = Context::new();
    context.insert("bundle_id", &manifest.bundle_id);
    context.insert("entity", &manifest.entity);
    context.insert("period", &manifest.period);
    context.insert("tool", &manifest.tool);
    context.insert("files", &manifest.tree.size);
    context.insert("development", &development);
    context.insert("time_stamps", &manifest.time_stamps);
    context.insert(
        "segments",
        &manifest.files.iter().any(|file| file.path.ends_with(".tar")),
    );
    context.insert("not_proven", &not_proven());
    // Plain text: nothing is to be escaped.
    Tera::one_off(TEMPLATE, &context, false)
}

/// What stays unproven, as a list: the verifier's own words, broken into lines.
fn not_proven() -> String {
    let last = NOT_PROVEN.len() - 1;
    let mut lines = Vec::new();
    for (index, text) in NOT_PROVEN.iter().enumerate() {
        let mut line = String::from("  -");
        for word in text.split(' ') {
            if line.len() + 1 + word.len() > WIDTH {
                lines.push(std::mem::replace(&mut line, "   ".to_owned()));
            }
            line.push(' ');
            line.push_str(word);
        }
        line.push(if index == last { '.' } else { ';' });
        lines.push(line);
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_says_what_the_verifier_says_within_its_width() {
        let list = not_proven();
        assert!(
            list.lines().all(|line| line.len() <= WIDTH && line.is_ascii()),
            "{list}"
        );
        let words = list.replace("\n    ", " ");
        for text in NOT_PROVEN {
            assert!(words.contains(&format!("  - {text}")), "{words}");
        }
        assert!(list.ends_with('.'));
    }
}
