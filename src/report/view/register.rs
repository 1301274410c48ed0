//! Appendix A: the system register.

use crate::model::records::governance::{BackupMethod, Ephi, Hosting, System};
use crate::report::input::ReportInput;
use crate::report::layout::block::{Cell, Column, Row};
use crate::report::layout::text::Span;
use crate::report::layout::theme;
use crate::report::view::doc::{Doc, Start, cell};
use crate::report::view::say::day;
use crate::report::words::WordingError;

pub(super) fn write(doc: &mut Doc<'_>, input: &ReportInput<'_>) -> Result<(), WordingError> {
    doc.section("A", "register", Start::Flow)?;
    doc.lead("register/lead", &[])?;
    let mut systems: Vec<&System> = input.records.systems.iter().map(|s| &s.value).collect();
    systems.sort_by(|a, b| a.id.cmp(&b.id));
    let rows = systems.into_iter().map(row).collect();
    let columns = vec![
        Column::new("System", 1.7),
        Column::new("Class", 1.65),
        Column::new("Place", 1.95),
        Column::new("Backup", 1.05),
        Column::new("Owner", 1.1),
        Column::new("In use", 1.4),
    ];
    doc.table("register/summary", columns, rows, "register/none")
}

fn row(system: &System) -> Row {
    let two = |first: Span, second: String| {
        Cell::paragraphs(vec![vec![first], vec![Span::new(second, theme::CELL_GREY)]])
    };
    let plain = |text: &str| Span::new(text, theme::CELL);
    let critical = if system.critical {
        "critical"
    } else {
        "not critical"
    };
    let owner = system.owner.as_deref().unwrap_or("no owner recorded");
    let method = system.backup_method.map_or("not recorded", method);
    let from = system
        .onboarded
        .map_or_else(|| "from an unknown day".to_owned(), |at| day(at.date_naive()));
    let until = system
        .decommissioned
        .map_or_else(String::new, |at| format!("until {}", day(at.date_naive())));
    Row::of(vec![
        two(
            Span::new(system.id.as_str(), theme::CELL_STRONG),
            system.name.clone(),
        )
        .heading(),
        two(
            plain(&format!("{}, {critical}", system.class.as_str())),
            ephi(system.ephi).to_owned(),
        ),
        two(
            Span::new(system.account.as_str(), theme::CELL_MONO),
            format!("{} {}", hosting(system.hosting), system.region),
        ),
        two(plain(method), system.mechanism.clone().unwrap_or_default()),
        two(plain(owner), system.owner_role.clone().unwrap_or_default()),
        if until.is_empty() {
            cell(from)
        } else {
            two(plain(&from), until)
        },
    ])
}

fn method(method: BackupMethod) -> &'static str {
    match method {
        BackupMethod::AwsBackup => "AWS Backup",
        BackupMethod::Atlas => "Atlas",
        BackupMethod::Native => "by its own means",
        BackupMethod::IacRebuild => "rebuilt from code",
        BackupMethod::None => "none",
    }
}

fn ephi(ephi: Ephi) -> &'static str {
    match ephi {
        Ephi::Stores => "stores ePHI",
        Ephi::Processes => "processes ePHI",
        Ephi::Transmits => "transmits ePHI",
        Ephi::None => "no ePHI",
        Ephi::Unknown => "ePHI unknown",
    }
}

fn hosting(hosting: Hosting) -> &'static str {
    match hosting {
        Hosting::Aws => "AWS",
        Hosting::Atlas => "Atlas",
        Hosting::Saas => "vendor",
        Hosting::Device => "device",
    }
}
