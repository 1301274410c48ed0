//! Tests of the house below the wording: one document that uses every block, judged by veraPDF.

use std::path::PathBuf;
use std::process::Command;

use chrono::{TimeZone, Utc};

use super::layout::block::*;
use super::layout::mark::{Mark, Shape};
use super::layout::measure::Fonts;
use super::layout::text::{Align, Span};
use super::layout::{Furniture, compose, theme};
use super::pdf::{Metadata, PdfError};

/// Writes `bytes` below `target/report/` and returns the path.
pub(super) fn store(name: &str, bytes: &[u8]) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/report");
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn metadata() -> Metadata {
    Metadata {
        title: "Every element".to_owned(),
        author: "Example <Clinic> & Söhne".to_owned(),
        subject: "A document that uses each block".to_owned(),
        producer: "backproof test".to_owned(),
        produced_at: Utc.with_ymd_and_hms(2026, 10, 5, 6, 0, 0).unwrap(),
    }
}

fn furniture() -> Furniture {
    let text = |s: &str| s.to_owned();
    Furniture {
        head_left: text("Entity"),
        head_right: text("2026-Q3"),
        foot_left: text("bundle 0123"),
    }
}

fn heading(level: u8, number: &str, title: &str, anchor: &str) -> Block {
    let own = |s: &str| s.to_owned();
    Block::Heading(Heading {
        level,
        number: own(number),
        title: own(title),
        anchor: own(anchor),
        aside: (level == 2).then(|| {
            Span::new("Exception noted", theme::STRONG).marked(Mark {
                shape: Shape::Triangle,
                ink: theme::VERMILION,
            })
        }),
        listed: true,
        fresh: level == 1,
    })
}

fn body(text: &str) -> Block {
    Block::Paragraph(Paragraph {
        spans: vec![Span::new(text, theme::BODY)],
        leading: theme::BODY_LEADING,
        wide: false,
    })
}

fn long_table() -> Block {
    let arn = "arn:aws:backup:us-east-1:111122223333:recovery-point:1eb3b5e7-9eb0-435a-a80b-108b488b0d45";
    let mut rows = vec![Row {
        cells: vec![Cell::of(vec![Span::new("A group of rows", theme::CELL_STRONG)]).over(4)],
        group: true,
        ..Row::default()
    }];
    for number in 0..70 {
        let text = if number == 40 {
            arn.repeat(60)
        } else {
            arn.to_owned()
        };
        rows.push(
            Row::of(vec![
                Cell::of(vec![Span::new(format!("EX-{number:03}"), theme::CELL_STRONG)]).heading(),
                Cell::of(vec![Span::new(text, theme::CELL_MONO)]),
                Cell::of(vec![Span::new("see there", theme::CELL).linked("row-69")]),
                Cell::of(vec![Span::new(number.to_string(), theme::CELL)]),
            ])
            .anchored(format!("row-{number}")),
        );
    }
    Block::Table(Table {
        summary: "Rows with long identifiers".to_owned(),
        columns: vec![
            Column::new("Id", 1.0),
            Column::new("Resource", 3.0),
            Column::new("Link", 1.0),
            Column {
                title: "Count".to_owned(),
                share: 0.5,
                align: Align::Right,
            },
        ],
        rows,
        dense: false,
    })
}

fn short_table() -> Table {
    let row = |text: &str| Row::of(vec![Cell::of(vec![Span::new(text, theme::CELL)]).heading()]);
    let columns = vec![Column::new("Column", 1.0)];
    Table {
        summary: "One column".to_owned(),
        columns,
        rows: vec![row("a"), row("b")],
        dense: true,
    }
}

fn figures() -> [Block; 2] {
    use Square::{Met, NotDue, NotMet, Unknown};
    let squares = |row: usize| {
        (0..92)
            .map(|d| [Met, Met, NotMet, Unknown, NotDue][(d * row) % 5])
            .collect()
    };
    let months = [(0, "July"), (31, "August"), (62, "September")];
    let map = HeatMap {
        alt: "Backup calendar of 70 systems over 92 days".to_owned(),
        divisions: months
            .iter()
            .map(|(at, month)| (*at, (*month).to_owned()))
            .collect(),
        columns: 92,
        rows: (0..70)
            .map(|row| (format!("system-with-a-very-long-name-{row}"), squares(row)))
            .collect(),
        legend: vec![
            (Met, "met".to_owned()),
            (NotMet, "not met".to_owned()),
            (Unknown, "unknown".to_owned()),
        ],
    };
    let row = |label: &str| TimelineRow {
        label: label.to_owned(),
        place: "111122223333 us-east-1".to_owned(),
        covered: vec![(0, 40), (42, 92)],
        gaps: vec![(40, 42)],
    };
    let timeline = Timeline {
        alt: "Coverage of two sources with one gap of two days each".to_owned(),
        length: 92,
        divisions: months
            .iter()
            .map(|(at, month)| (*at as i64, (*month).to_owned()))
            .collect(),
        rows: vec![row("aws_backup_jobs us-east-1"), row("cloudtrail")],
        legend: vec![(true, "covered".to_owned()), (false, "gap".to_owned())],
    };
    [Block::HeatMap(map), Block::Timeline(timeline)]
}

fn every_block() -> Vec<Block> {
    let fact = |key: &str, value: &str| Fact {
        key: vec![Span::new(key, theme::KEY)],
        value: vec![vec![Span::new(value, theme::BODY)]],
    };
    let mut blocks = vec![
        Block::Cover(Box::new(Cover {
            wordmark: "backproof".to_owned(),
            title: "Evidence report".to_owned(),
            subtitle: "Backup and contingency controls".to_owned(),
            entity: "Example Clinic, Inc.".to_owned(),
            period: "1 July to 30 September 2026".to_owned(),
            warning: Some((
                "Signed by a development identity".to_owned(),
                "Nobody vouches.".to_owned(),
            )),
            facts: vec![
                fact("As of", "2026-10-05T06:00:00Z"),
                fact("Bundle", "0123456789abcdef"),
            ],
            footer: "Confidential".to_owned(),
        })),
        Block::Contents,
        heading(1, "1", "First section", "first"),
        body("Größe, “quotes” – naïve façade; 漢字 are replaced."),
        heading(2, "1.1", "A subsection", "sub"),
        body(&"The evidence examined supports the statement for each item. ".repeat(90)),
        Block::List(vec![
            vec![Span::new("One item", theme::BODY)],
            vec![Span::new("Another", theme::BODY)],
        ]),
        Block::Facts(vec![
            fact("Population", &"aws_backup_jobs/".repeat(40)),
            fact("Severity", "high"),
        ]),
        Block::Code(vec![
            "sha256sum -c SHA256SUMS".to_owned(),
            "unzip -tq bundle.zip".to_owned(),
        ]),
        Block::Callout(Callout {
            ink: theme::AMBER,
            title: "Unable to conclude".to_owned(),
            spans: vec![Span::new("A region could not be read.", theme::BODY)],
        }),
        heading(1, "2", "Second section", "second"),
        Block::Form(vec![("Owner".to_owned(), 1.0), ("Date".to_owned(), 2.0)]),
        Block::Pair(Box::new([short_table(), short_table()])),
        Block::Together(vec![body("Kept together."), body("With this.")]),
        long_table(),
        Block::Tally(vec![
            (3, Span::new("Exception noted", theme::CELL)),
            (12, Span::new("Not tested", theme::CELL)),
        ]),
        heading(2, "2.1", "Figures", "figures"),
    ];
    blocks.extend(figures());
    blocks
}

/// Runs the check script named by `BACKPROOF_VERAPDF` and fails with its words unless every flavour passes.
pub(super) fn verapdf(path: &std::path::Path) {
    #[expect(clippy::disallowed_methods, reason = "a test asks where its tool is")]
    let script = std::env::var("BACKPROOF_VERAPDF")
        .expect("set BACKPROOF_VERAPDF to a script that runs veraPDF as `script 3a,ua1 FILE`");
    let output = Command::new(&script)
        .arg("3a,ua1")
        .arg(path)
        .output()
        .expect("the veraPDF script starts");
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{words}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        words.matches("PASS").count(),
        2,
        "both flavours must be judged: {words}"
    );
}

#[test]
fn a_document_of_every_block_is_pdf_a_3a_and_pdf_ua_1() {
    let fonts = Fonts::new();
    let bytes = compose(&every_block(), &fonts, &furniture())
        .finish(&metadata())
        .unwrap();
    verapdf(&store("every-block.pdf", &bytes));
    assert_eq!(fonts.replaced(), ['漢', '字'].into());
}

#[test]
fn the_same_blocks_give_the_same_bytes() {
    let make = || {
        compose(&every_block(), &Fonts::new(), &furniture())
            .finish(&metadata())
            .unwrap()
    };
    assert_eq!(make(), make());
}

#[test]
fn a_link_to_nowhere_is_refused() {
    let blocks = [Block::Paragraph(Paragraph {
        spans: vec![Span::new("lost", theme::BODY).linked("nowhere")],
        leading: 12.0,
        wide: true,
    })];
    let refused = compose(&blocks, &Fonts::new(), &furniture()).finish(&metadata());
    assert!(matches!(refused, Err(PdfError::DanglingLink(target)) if target == "nowhere"));
}
