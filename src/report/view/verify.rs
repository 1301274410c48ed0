//! Appendices G and H: the glossary, and how a stranger verifies package, report and evidence.

use crate::report::input::ReportInput;
use crate::report::layout::block::Block;
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, fact};
use crate::report::words::WordingError;

/// Glossary terms with the passages that explain them.
const GLOSSARY: [(&str, &str); 9] = [
    ("Acquisition", "Acquisition"),
    ("Bundle", "Bundle"),
    ("Control", "Control"),
    ("Evidence", "Evidence-term"),
    ("Exception", "Exception"),
    ("Gap", "Gap"),
    ("Population", "Population"),
    ("Proof", "Proof-term"),
    ("Statement", "Statement"),
];

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("G", "verify", Start::Flow)?;
    doc.lead("verify/lead", &[])?;
    let name = format!("{}-{}", input.scope.entity.slug, input.scope.period.name());
    let steps: [(&str, Vec<String>); 4] = [
        (
            "package",
            vec![
                format!("unzip -tq {name}.zip"),
                format!("unzip -q {name}.zip -d {name}"),
                format!("cd {name}"),
                "sha256sum -c SHA256SUMS".to_owned(),
                "openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s \\".to_owned(),
                "-content SHA256SUMS -CAfile root.pem -purpose any -out /dev/null".to_owned(),
            ],
        ),
        ("report", vec!["pdfsig data/report.pdf".to_owned()]),
        (
            "evidence",
            vec!["tar -xOf data/evidence/SOURCE.tar DIGEST.json | sha256sum".to_owned()],
        ),
        (
            "tool",
            vec![format!("backproof verify {name}.zip --trust root.pem")],
        ),
    ];
    for (passage, commands) in steps {
        doc.heading(&format!("verify/{passage}-title"))?;
        doc.body(&format!("verify/{passage}"), &[])?;
        doc.push(Block::Code(commands));
    }
    doc.heading("verify/glossary-title")?;
    let mut facts = Vec::new();
    for (term, passage) in GLOSSARY {
        let words = doc.say(&format!("verify/{passage}"), &[])?;
        facts.push(fact(term, vec![Span::new(words, theme::BODY)]));
    }
    doc.push(Block::Facts(facts));
    Ok(())
}
