//! The report as its readers get it: conforming, repeatable, readable, and careful with words.

#[cfg(test)]
#[path = "report/sample.rs"]
mod sample;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use backproof::report::{Signer, render};
use sample::{Sample, exception_ids, sample};

const FORBIDDEN: [&str; 8] = [
    "compliant",
    "in compliance with",
    "certified",
    "guarantees",
    "ensures",
    "passed hipaa",
    "audit opinion",
    "reasonable assurance",
];

fn example() -> Sample {
    sample("Example Clinic, Inc.", Signer::Development)
}

/// Writes `bytes` below `target/report/` and returns the path.
fn store(name: &str, bytes: &[u8]) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&directory).expect("target/ is writable");
    let path = directory.join(name);
    std::fs::write(&path, bytes).expect("target/ is writable");
    path
}

/// Runs a tool that must be there and must succeed.
fn run(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{tool} is needed: {e}"));
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{tool} {arguments:?}: {words}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    words
}

fn text_of(path: &Path) -> String {
    run("pdftotext", &["-layout", &path.to_string_lossy(), "-"])
}

/// A word on a page: left, top, right, bottom in points.
struct Word {
    text: String,
    edges: [f64; 4],
}

/// The words of each page with their places.
fn words_of(path: &Path) -> Vec<Vec<Word>> {
    let boxes = run("pdftotext", &["-bbox", &path.to_string_lossy(), "-"]);
    let edge = |line: &str, name: &str| -> f64 {
        let (_, rest) = line
            .split_once(&format!("{name}=\""))
            .expect("pdftotext names each edge");
        rest.split('"')
            .next()
            .and_then(|number| number.parse().ok())
            .expect("an edge is a number")
    };
    let word = |line: &str| Word {
        text: line
            .split_once('>')
            .map_or("", |(_, rest)| rest)
            .replace("</word>", ""),
        edges: ["xMin", "yMin", "xMax", "yMax"].map(|name| edge(line, name)),
    };
    let pages = boxes.split("<page ").skip(1);
    pages
        .map(|page| page.lines().filter(|l| l.contains("<word ")).map(word).collect())
        .collect()
}

#[test]
fn the_report_is_pdf_a_3a_and_pdf_ua_1() {
    let path = store("report.pdf", &render(&example().input()).unwrap());
    #[expect(clippy::disallowed_methods, reason = "a test asks where its tool is")]
    let script = std::env::var("BACKPROOF_VERAPDF")
        .expect("set BACKPROOF_VERAPDF to a script that runs veraPDF as `script 3a,ua1 FILE`");
    let words = run(&script, &["3a,ua1", path.to_str().unwrap()]);
    assert_eq!(
        words.matches("PASS").count(),
        2,
        "both flavours must be judged: {words}"
    );
    run("qpdf", &["--check", path.to_str().unwrap()]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(
        render(&example().input()).unwrap(),
        render(&example().input()).unwrap()
    );
}

#[test]
fn every_exception_can_be_found_by_its_id_and_no_forbidden_word_is_said() {
    let example = example();
    let path = store("report-text.pdf", &render(&example.input()).unwrap());
    let text = text_of(&path);
    let ids = exception_ids(&example.evaluation);
    assert!(ids.len() > 5, "the sample has exceptions");
    for id in ids {
        assert!(text.contains(&id), "{id} is not in the text");
    }
    let text = text.to_lowercase();
    for word in FORBIDDEN {
        assert!(!text.contains(word), "the report says {word:?}");
    }
    assert!(text.contains("signed by a development identity"));
}

#[test]
fn a_named_signer_gets_no_warning_strip() {
    let named = sample(
        "Example Clinic, Inc.",
        Signer::Named("CN=Example Clinic evidence".to_owned()),
    );
    let text = text_of(&store("report-named.pdf", &render(&named.input()).unwrap()));
    assert!(text.contains("CN=Example Clinic evidence"));
    assert!(!text.contains("development identity"));
}

#[test]
fn the_number_of_pages_is_bounded_and_printed() {
    let path = store("report-pages.pdf", &render(&example().input()).unwrap());
    let pages: usize = run("qpdf", &["--show-npages", path.to_str().unwrap()])
        .trim()
        .parse()
        .unwrap();
    assert!((20..=60).contains(&pages), "{pages} pages");
    let text = text_of(&path);
    for page in 2..=pages {
        assert!(
            text.contains(&format!("Page {page} of {pages}")),
            "page {page} of {pages}"
        );
    }
}

/// Fails when a word leaves the margins, two words overlap, or a page is near-empty.
fn check_places(path: &Path) {
    let pages = words_of(path);
    for (number, page) in (1..).zip(&pages) {
        assert!(page.len() > 40, "page {number} is near-empty");
        for (index, word) in page.iter().enumerate() {
            let [left, top, right, bottom] = word.edges;
            let inside = left > 55.0 && right < 557.5 && top > 10.0 && bottom < 775.0;
            assert!(
                inside,
                "page {number}: {:?} leaves the margins at {:?}",
                word.text, word.edges
            );
            for other in &page[index + 1..] {
                // Boxes are as tall as ascenders and descenders: what is inked takes about the middle half.
                let air = (bottom - top) * 0.25;
                let [l, t, r, b] = other.edges;
                let apart =
                    r < left + 0.3 || l > right - 0.3 || b - air < top + air || t + air > bottom - air;
                assert!(apart, "page {number}: {:?} overlaps {:?}", word.text, other.text);
            }
        }
    }
}

#[test]
fn nothing_overlaps_and_nothing_leaves_its_margins() {
    check_places(&store("report-boxes.pdf", &render(&example().input()).unwrap()));
    let long = "Regional Association of Cooperating Outpatient Clinics and Laboratories ".repeat(3);
    let long = sample(
        &format!("{long}{}", "x".repeat(120)),
        Signer::Named("CN=".repeat(80)),
    );
    check_places(&store("report-long.pdf", &render(&long.input()).unwrap()));
}

#[test]
fn links_and_bookmarks_lead_to_pages_of_the_report() {
    let example = example();
    let pdf = lopdf::Document::load_mem(&render(&example.input()).unwrap()).unwrap();
    let pages: BTreeSet<lopdf::ObjectId> = pdf.get_pages().into_values().collect();
    let leads = |entry: &lopdf::Dictionary| {
        let target = entry.get(b"Dest").and_then(lopdf::Object::as_array).unwrap()[0]
            .as_reference()
            .unwrap();
        assert!(pages.contains(&target), "{entry:?} leads nowhere");
    };
    let (mut links, mut titles) = (0, BTreeSet::new());
    for entry in pdf.objects.values().filter_map(|object| object.as_dict().ok()) {
        if entry
            .get(b"Subtype")
            .and_then(lopdf::Object::as_name)
            .is_ok_and(|name| name == b"Link")
        {
            leads(entry);
            links += 1;
        } else if let Ok(title) = entry.get(b"Title") {
            leads(entry);
            titles.insert(lopdf::decode_text_string(title).unwrap());
        }
    }
    assert!(links > 300, "{links} links");
    for id in exception_ids(&example.evaluation) {
        assert!(
            titles.iter().any(|title| title.starts_with(&id)),
            "{id} has no bookmark"
        );
    }
    for section in [
        "1 Conclusion",
        "8 Exceptions",
        "B Backup calendar",
        "G How to verify",
    ] {
        assert!(titles.contains(section), "{section} has no bookmark");
    }
}

#[test]
fn every_font_is_embedded_as_a_subset() {
    let pdf = lopdf::Document::load_mem(&render(&example().input()).unwrap()).unwrap();
    let fonts: Vec<&lopdf::Dictionary> = pdf
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter(|entry| entry.has_type(b"FontDescriptor"))
        .collect();
    assert_eq!(fonts.len(), 4);
    for font in fonts {
        let name = String::from_utf8_lossy(font.get(b"FontName").and_then(lopdf::Object::as_name).unwrap());
        let (tag, _) = name.split_once('+').expect("a subset has a tag");
        assert!(
            tag.len() == 6 && tag.bytes().all(|b| b.is_ascii_uppercase()),
            "{name}"
        );
        let program = pdf
            .get_object(font.get(b"FontFile2").unwrap().as_reference().unwrap())
            .unwrap();
        let size = program.as_stream().unwrap().decompressed_content().unwrap().len();
        assert!(size < 60_000, "{name}: {size} bytes");
    }
}

#[test]
fn undrawable_characters_are_replaced_and_reported() {
    let odd = sample("Example 診療所", Signer::Development);
    let text = text_of(&store("report-odd.pdf", &render(&odd.input()).unwrap()));
    assert!(
        text.contains("U+6240, U+7642, U+8A3A"),
        "the limitations list what was replaced"
    );
    assert!(text.contains('\u{fffd}'));
}
