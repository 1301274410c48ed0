//! `archive`: verified bundles into a store that lets nobody delete them, with a receipt of what the store says; `--check`
//! compares every archived bundle with the store.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use backproof_verify::signature::TrustAnchors;
use clap::Args;

use super::clock::{self, Clock};
use super::config::{ArchiveConfig, Config};
use super::output::Output;
use super::terminal::{Terminal, Tone};
use super::{DEFAULT_CONFIG, Exit, TOOL, opened};
use crate::archive::{self, ArchiveError, BadReceipt, Deviation, Grade, Receipt, Store};
use crate::bundle::checked::Checked;
use crate::model::ids::Sha256Digest;

/// How the name of a receipt ends.
const RECEIPT: &str = ".json";

#[derive(Debug, Args)]
pub(super) struct ArchiveArguments {
    /// Bundles (.zip) to archive
    #[arg(required_unless_present = "check", conflicts_with = "check")]
    bundles: Vec<PathBuf>,
    /// Compare every archived bundle with the store
    #[arg(long)]
    check: bool,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    config: PathBuf,
    #[command(flatten)]
    trust: opened::Trust,
    /// Print JSON for scripts
    #[arg(long)]
    json: bool,
}

/// The archive can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{0}: no [archive] says where bundles are kept")]
    NotConfigured(PathBuf),
    #[error("there is no receipt in {0}: nothing was archived, or its receipts lie elsewhere")]
    NoReceipts(PathBuf),
    #[error("the receipts can't be kept: {0}")]
    Unwritable(String),
    #[error("the receipt {path} can't be used: {source}")]
    Receipt { path: PathBuf, source: BadReceipt },
    #[error(
        "the receipt {path} is of {found}, another file under the same name; a bundle that was made anew needs a name of its own"
    )]
    OtherFile { path: PathBuf, found: String },
}

/// What is said of one bundle.
pub(super) struct Row {
    name: String,
    /// `archived`, `found`, `kept`; or why there is nothing to say.
    state: Result<&'static str, Untold>,
    receipt: Option<Receipt>,
    deviations: Vec<Deviation>,
}

/// Why there is nothing to say of a bundle, and what that ends with.
struct Untold {
    why: String,
    exit: Exit,
}

impl Untold {
    /// Nobody could ask how it is kept.
    const fn not_compared(why: String) -> Self {
        Self {
            why,
            exit: Exit::Undecided,
        }
    }

    /// It could not be archived.
    fn not_archived(error: &anyhow::Error) -> Self {
        Self {
            why: format!("{error:#}"),
            exit: Exit::of_error(error),
        }
    }

    fn said(&self) -> String {
        let what = match self.exit {
            Exit::Undecided => "could not be compared",
            _ => "could not be archived",
        };
        format!("{what}: {}", self.why)
    }

    /// For scripts.
    const fn state(&self) -> &'static str {
        match self.exit {
            Exit::Undecided => "unknown",
            _ => "failed",
        }
    }
}

impl Row {
    /// What is wrong with how it is kept, in words.
    pub(super) fn said(&self) -> String {
        let deviations = self.deviations.iter();
        let said = deviations.map(|deviation| format!("{}: {}", deviation.code(), deviation.detail()));
        match (&self.state, self.deviations.is_empty()) {
            (Err(untold), _) => untold.said(),
            (Ok(state), true) => words(state).to_owned(),
            (Ok(_), false) => said.collect::<Vec<_>>().join("; "),
        }
    }

    pub(super) fn exit(&self) -> Exit {
        let grade = self.deviations.iter().map(Deviation::grade).max();
        match (&self.state, grade) {
            (Err(untold), _) => untold.exit,
            (_, Some(Grade::Adverse)) => Exit::Altered,
            (_, Some(Grade::Undecided)) => Exit::Undecided,
            (_, None) => Exit::Done,
        }
    }
}

pub(super) fn archive(arguments: &ArchiveArguments, terminal: &mut Terminal) -> Result<Exit> {
    let config = Config::read(&arguments.config)?;
    let not_configured = || Unusable::NotConfigured(arguments.config.clone());
    let config = config.archive.ok_or_else(not_configured)?;
    let mut rows = Vec::new();
    if arguments.check {
        for path in receipts(&config.receipts)? {
            rows.push(compared(&config, &path, terminal));
        }
    } else {
        let anchors = arguments.trust.anchors()?;
        for bundle in &arguments.bundles {
            // One that can't be archived keeps none of the others from it.
            let row = named(&config, bundle, &anchors, terminal);
            rows.push(row.unwrap_or_else(|error| failed(bundle, &error, terminal)));
        }
    }
    print(&rows, &config, arguments.json, terminal);
    Ok(Exit::worst(rows.iter().map(Row::exit)))
}

/// Verifies a bundle that the reader names, and has the store keep it.
fn named(
    config: &ArchiveConfig,
    path: &Path,
    anchors: &TrustAnchors,
    terminal: &mut Terminal,
) -> Result<Row> {
    let bytes = opened::read(path)?;
    terminal.progress(format!("verifying {}", path.display()));
    let bundle = Checked::open(&bytes, anchors, Clock::ask()?.now)?;
    opened::say_undecided(path, &bundle, terminal);
    let sha256 = *bundle.sha256();
    archived(config, path, bytes, sha256, terminal)
}

/// The row of a bundle that could not be archived.
fn failed(path: &Path, error: &anyhow::Error, terminal: &mut Terminal) -> Row {
    terminal.error(error);
    Row {
        name: name_of(path),
        state: Err(Untold::not_archived(error)),
        receipt: None,
        deviations: Vec::new(),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Sees that the store keeps a verified bundle, and writes the receipt.
pub(super) fn archived(
    config: &ArchiveConfig,
    path: &Path,
    bytes: Vec<u8>,
    sha256: Sha256Digest,
    terminal: &mut Terminal,
) -> Result<Row> {
    let name = name_of(path);
    let receipt_name = format!("{name}{RECEIPT}");
    // Found before anything is stored: a bundle without its receipt is half a job.
    let output =
        Output::prepare(&config.receipts).map_err(|error| Unusable::Unwritable(error.to_string()))?;
    let receipt_path = output.path(&receipt_name);
    if receipt_path.exists() {
        let receipt = read(&receipt_path)?;
        if receipt.bundle.sha256 != sha256 {
            return Err(Unusable::OtherFile {
                path: receipt_path,
                found: receipt.bundle.sha256.to_hex(),
            }
            .into());
        }
        return Ok(compared(config, &receipt_path, terminal));
    }
    terminal.progress(format!("archiving {}", path.display()));
    let store = Store::new(&config.settings).map_err(ArchiveError::from)?;
    let archived = archive::archive(&store, &name, bytes, &clock::running(), TOOL)?;
    if archived.is_kept() {
        output.write(&[(&receipt_name, &archived.receipt.encode())])?;
    }
    Ok(Row {
        name,
        state: Ok(if archived.sent { "archived" } else { "found" }),
        receipt: Some(archived.receipt),
        deviations: archived.deviations,
    })
}

/// Whether there is a receipt of the bundle of this name. One that can't be used is an error: it is neither a bundle that is
/// kept, nor one that may be stored again.
pub(super) fn has_receipt(config: &ArchiveConfig, name: &str) -> Result<bool> {
    let path = config.receipts.join(format!("{name}{RECEIPT}"));
    let there = path.try_exists();
    if there.with_context(|| format!("can't look for {}", path.display()))? {
        read(&path)?;
        return Ok(true);
    }
    Ok(false)
}

/// Every receipt, in the order of their names.
fn receipts(dir: &Path) -> Result<Vec<PathBuf>> {
    let none = || Unusable::NoReceipts(dir.to_owned());
    if !dir.exists() {
        return Err(none().into());
    }
    let mut paths = Vec::new();
    for item in std::fs::read_dir(dir).with_context(|| format!("can't list {}", dir.display()))? {
        let path = item?.path();
        let name = name_of(&path);
        match (name.starts_with('.'), name.ends_with(RECEIPT)) {
            // What a run leaves that was killed while it wrote.
            (true, _) => {}
            (false, true) => paths.push(path),
            (false, false) => bail!(
                "{} is no receipt: only receipts stand in this directory",
                path.display()
            ),
        }
    }
    paths.sort();
    if paths.is_empty() {
        Err(none().into())
    } else {
        Ok(paths)
    }
}

/// A receipt, which has to stand under the name of its bundle.
fn read(path: &Path) -> Result<Receipt> {
    let context = || format!("can't read {}", path.display());
    let length = std::fs::metadata(path).with_context(context)?.len();
    if length > archive::RECEIPT_BYTES_MAX {
        bail!("{} has {length} bytes, more than any receipt", path.display());
    }
    let bytes = std::fs::read(path).with_context(context)?;
    let unusable = |source| Unusable::Receipt {
        path: path.to_owned(),
        source,
    };
    let receipt = Receipt::parse(&bytes).map_err(unusable)?;
    let name = format!("{}{RECEIPT}", receipt.bundle.name);
    if path
        .file_name()
        .is_none_or(|found| found.to_string_lossy() != name)
    {
        bail!(
            "{} is the receipt of {}: its name has to be {name}",
            path.display(),
            receipt.bundle.name
        );
    }
    Ok(receipt)
}

/// Compares one receipt with the store. What can't be asked is said, and the next one is compared.
fn compared(config: &ArchiveConfig, path: &Path, terminal: &mut Terminal) -> Row {
    terminal.progress(format!("comparing {}", path.display()));
    let compare = |receipt: &Receipt| -> Result<Vec<Deviation>, ArchiveError> {
        archive::check(&Store::of(&config.settings, &receipt.place)?, receipt)
    };
    let mut row = Row {
        name: name_of(path).trim_end_matches(RECEIPT).to_owned(),
        state: Ok("kept"),
        receipt: None,
        deviations: Vec::new(),
    };
    match read(path) {
        Err(error) => row.state = Err(Untold::not_compared(format!("{error:#}"))),
        Ok(receipt) => {
            match compare(&receipt) {
                Ok(deviations) => row.deviations = deviations,
                Err(error) => row.state = Err(Untold::not_compared(error.to_string())),
            }
            row.receipt = Some(receipt);
        }
    }
    row
}

fn print(rows: &[Row], config: &ArchiveConfig, json: bool, terminal: &mut Terminal) {
    terminal.clear_progress();
    if json {
        let rows: Vec<_> = rows.iter().map(|row| as_json(row, config)).collect();
        let json = serde_json::json!({"schema": "backproof.archived/v1", "bundles": rows});
        terminal.line(json.to_string());
        return;
    }
    for row in rows {
        let (tone, word) = match (row.exit(), &row.state) {
            (Exit::Undecided, _) => (Tone::Unclear, "undecided"),
            (_, Err(_)) => (Tone::Bad, "FAILED"),
            (Exit::Altered, Ok(_)) => (Tone::Bad, "NOT KEPT AS ASKED FOR"),
            (_, Ok(state)) => (Tone::Good, words(state)),
        };
        terminal.line(format!("{}: {}", row.name, terminal.tone(tone, word)));
        if let Err(untold) = &row.state {
            terminal.line(format!("  {}", untold.said()));
        }
        if let Some(receipt) = &row.receipt {
            for line in told(receipt) {
                terminal.line(format!("  {line}"));
            }
        }
        for deviation in &row.deviations {
            let (tone, word) = match deviation.grade() {
                Grade::Adverse => (Tone::Bad, "ADVERSE"),
                Grade::Undecided => (Tone::Unclear, "undecided"),
            };
            let word = terminal.tone(tone, word);
            terminal.line(format!("  {word} {}: {}", deviation.code(), deviation.detail()));
        }
    }
}

const fn words(state: &str) -> &str {
    match state.as_bytes() {
        b"archived" => "archived, and read back",
        b"found" => "in the store already, read back",
        _ => "kept, as its receipt says",
    }
}

fn told(receipt: &Receipt) -> Vec<String> {
    let place = &receipt.place;
    let lock = receipt.lock.as_ref();
    let encryption = receipt.encryption.as_ref();
    vec![
        format!("s3://{}/{} version {}", place.bucket, place.key, place.version),
        lock.map_or_else(
            || "lock: the store did not say".to_owned(),
            |lock| format!("locked: {}", archive::lock_words(lock)),
        ),
        match receipt.read_by {
            Some(archive::ReadBy::StoreChecksum) => {
                format!("sha256 {} by the store's checksum", receipt.bundle.sha256)
            }
            Some(archive::ReadBy::FetchedBytes) => {
                format!(
                    "sha256 {} of the bytes, fetched: the store gives no checksum",
                    receipt.bundle.sha256
                )
            }
            None => "sha256: could not be read back".to_owned(),
        },
        encryption.map_or_else(
            || "encryption: the store did not say".to_owned(),
            |encryption| format!("encrypted by {}", encryption.algorithm),
        ),
    ]
}

fn as_json(row: &Row, config: &ArchiveConfig) -> serde_json::Value {
    let deviations: Vec<_> = row
        .deviations
        .iter()
        .map(|deviation| {
            let grade = match deviation.grade() {
                Grade::Adverse => "adverse",
                Grade::Undecided => "undecided",
            };
            serde_json::json!({"code": deviation.code(), "grade": grade, "detail": deviation.detail()})
        })
        .collect();
    let receipt = row.receipt.as_ref();
    let receipt =
        receipt.and_then(|receipt| serde_json::from_slice::<serde_json::Value>(&receipt.encode()).ok());
    let path = config.receipts.join(format!("{}{RECEIPT}", row.name));
    let (state, why) = match &row.state {
        Ok(state) => (*state, None),
        Err(untold) => (untold.state(), Some(&untold.why)),
    };
    serde_json::json!({
        "name": row.name, "state": state, "why": why,
        "receipt": receipt, "receipt_file": path.exists().then(|| path.display().to_string()), "deviations": deviations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Encrypt, Settings};

    /// The unattended run takes a bundle with a receipt for done: a file that is none must not stand for one.
    #[test]
    fn what_is_no_receipt_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let config = ArchiveConfig {
            settings: Settings {
                bucket: "luma-evidence".to_owned(),
                prefix: String::new(),
                region: "us-east-1".to_owned(),
                owner: None,
                role: None,
                encryption: Encrypt::Bucket,
                years: 6,
                path_style: false,
            },
            receipts: dir.path().to_owned(),
        };
        assert!(!has_receipt(&config, "a.zip").expect("nothing is there"));
        let path = dir.path().join("a.zip.json");
        std::fs::write(&path, "").expect("a file");
        let error = has_receipt(&config, "a.zip").expect_err("an empty file");
        let said = format!("the receipt {} can't be used", path.display());
        assert!(error.to_string().contains(&said), "{error}");
    }
}
