//! `cargo xtask bench collect`: how long a collection takes and how much memory it holds, from ten thousand jobs to a million.
//!
//! A server that makes each page as it is asked for serves `ListBackupJobs` over HTTP to the built program, by creation and by
//! completion, in pages of a thousand. Memory has to be flat: the pages go to the ledger, and none is kept. Where `--peer` names
//! the AWS command line, it lists the same jobs once from the same server.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured is time, and the jobs are of the last days"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};

use crate::components::run;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
/// Rows of a page at the most, as the service has it.
const ROWS_MAX: u64 = 1000;
/// The days over which the jobs are spread: fewer than the thirty that the service remembers.
const DAYS: u64 = 29;
/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// How much more memory the most jobs may take than the fewest, in percent and KiB.
const GROWTH_MAX: (u64, u64) = (25, 8 << 10);

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Collect ever more backup jobs, and print wall time and peak memory
    Collect(Collect),
}

/// A collection of simulated backup jobs.
#[derive(Debug, Args)]
pub struct Collect {
    /// The program to measure; built in release mode if it is not given
    #[arg(long)]
    binary: Option<PathBuf>,
    /// How many jobs, from the fewest to the most
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    jobs: Vec<u64>,
    /// The AWS command line, to list the same jobs with
    #[arg(long)]
    peer: Option<PathBuf>,
}

/// What a process took.
struct Took {
    tenths: u128,
    peak_kib: u64,
}

impl Bench {
    /// Measures, prints, and fails where memory is not flat.
    pub fn run(&self, root: &Path) -> Result<()> {
        let Self::Collect(collect) = self;
        collect.run(root)
    }
}

impl Collect {
    fn run(&self, root: &Path) -> Result<()> {
        let binary = match &self.binary {
            Some(binary) => binary
                .canonicalize()
                .with_context(|| format!("{}", binary.display()))?,
            None => {
                run(Command::new("cargo")
                    .args(["build", "--release"])
                    .current_dir(root))?;
                root.join("target/release/backproof")
            }
        };
        let server = Server::start()?;
        println!("jobs       program     pages  seconds  peak MiB  ledger MiB");
        let mut peaks = Vec::new();
        for jobs in self.jobs.iter().copied() {
            server.jobs.store(jobs, Ordering::Relaxed);
            let desk = root.join("target/bench");
            drop(fs::remove_dir_all(&desk));
            fs::create_dir_all(&desk)?;
            fs::write(desk.join("backproof.toml"), configuration())?;
            let mut collect = Command::new(&binary);
            collect
                .args(["collect", "--source", "aws_backup_jobs"])
                .current_dir(&desk);
            let took = server.measured(&mut collect)?;
            println!(
                "{}",
                server.line(jobs, "backproof", &took, Some(size(&desk.join("ledger"))?))
            );
            peaks.push(took.peak_kib);
            if let Some(peer) = &self.peer {
                let mut list = Command::new(peer);
                list.args([
                    "backup",
                    "list-backup-jobs",
                    "--page-size",
                    "1000",
                    "--region",
                    REGION,
                ]);
                let took = server.measured(&mut list)?;
                println!("{}", server.line(jobs, "aws", &took, None));
            }
            fs::remove_dir_all(&desk)?;
        }
        let (least, most) = (peaks.iter().min(), peaks.iter().max());
        if let (Some(least), Some(most)) = (least, most) {
            let allowed = least + least * GROWTH_MAX.0 / 100 + GROWTH_MAX.1;
            if *most > allowed {
                bail!("memory is not flat: {most} KiB at the most, {least} at the least, {allowed} allowed");
            }
            println!("flat: {least} KiB at the least, {most} at the most");
        }
        Ok(())
    }
}

fn configuration() -> String {
    format!(
        "[entity]\nname = \"Bench\"\nslug = \"bench\"\n[[source]]\nkind = \"aws\"\n[ledger]\ndirectory = \"ledger\"\n\
         [[estate.aws]]\naccount = \"{ACCOUNT}\"\nname = \"bench\"\nregions = [\"{REGION}\"]\n"
    )
}

/// The bytes of all files below a directory.
fn size(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            size(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}

/// AWS Backup with so many jobs, and STS.
struct Server {
    port: u16,
    jobs: Arc<AtomicU64>,
    pages: Arc<AtomicU64>,
}

impl Server {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let server = Self {
            port: listener.local_addr()?.port(),
            jobs: Arc::default(),
            pages: Arc::default(),
        };
        let (jobs, pages) = (Arc::clone(&server.jobs), Arc::clone(&server.pages));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (jobs, pages) = (Arc::clone(&jobs), Arc::clone(&pages));
                // A client that goes away ends its own connection and nothing else.
                std::thread::spawn(move || serve(stream, &jobs, &pages));
            }
        });
        Ok(server)
    }

    /// Runs a program against the server until it ends well.
    fn measured(&self, command: &mut Command) -> Result<Took> {
        self.pages.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let mut child = command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ACCESS_KEY_ID", format!("AKIA{ACCOUNT}"))
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let status = PathBuf::from(format!("/proc/{}/status", child.id()));
        let mut peak_kib = 0;
        let ended = loop {
            // The peak of a process only rises, so that the last look has it, but for its last hundredth of a second.
            peak_kib = peak(&status).unwrap_or(0).max(peak_kib);
            if let Some(ended) = child.try_wait()? {
                break ended;
            }
            std::thread::sleep(LOOK);
        };
        if !ended.success() {
            bail!("{} ended with {ended}", command.get_program().display());
        }
        Ok(Took {
            tenths: begun.elapsed().as_millis() / 100,
            peak_kib,
        })
    }

    fn line(&self, jobs: u64, program: &str, took: &Took, ledger: Option<u64>) -> String {
        let ledger = ledger.map_or_else(|| "-".to_owned(), |bytes| (bytes >> 20).to_string());
        format!(
            "{jobs:<9}  {program:<10}  {:>5}  {:>5}.{}  {:>8}  {ledger:>10}",
            self.pages.load(Ordering::Relaxed),
            took.tenths / 10,
            took.tenths % 10,
            took.peak_kib >> 10
        )
    }
}

/// The most memory that a process had at once, in KiB; nothing once it has ended.
fn peak(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn serve(stream: TcpStream, jobs: &AtomicU64, pages: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    stream.set_nodelay(true).ok()?;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            let line = line.to_ascii_lowercase();
            if let Some(announced) = line.strip_prefix("content-length:") {
                length = announced.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let target = first.split(' ').nth(1)?;
        let (kind, body) = match target.split_once('?') {
            Some(("/backup-jobs/" | "/backup-jobs", query)) => {
                pages.fetch_add(1, Ordering::Relaxed);
                ("application/json", page(query, jobs.load(Ordering::Relaxed)))
            }
            _ if target.starts_with("/backup-jobs") => {
                pages.fetch_add(1, Ordering::Relaxed);
                ("application/json", page("", jobs.load(Ordering::Relaxed)))
            }
            _ => ("text/xml", identity()),
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-amzn-requestid: bench\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
    }
}

fn identity() -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>\
         </GetCallerIdentityResponse>"
    )
}

/// A page of the list from the row that the token names.
fn page(query: &str, jobs: u64) -> String {
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(known, _)| *known == name);
        named.next().and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let from = parameter("nextToken").unwrap_or(0);
    let to = jobs.min(from + parameter("maxResults").unwrap_or(ROWS_MAX).min(ROWS_MAX));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (oldest, span) = (now - DAYS * 86_400, DAYS * 86_400 - 3_600);
    let mut text = String::from("{\"BackupJobs\":[");
    for n in from..to {
        let created = oldest + n * span / jobs;
        let (comma, completed) = (if n == from { "" } else { "," }, created + 1_200);
        let written = write!(
            text,
            "{comma}{{\"AccountId\":\"{ACCOUNT}\",\"BackupJobId\":\"{n:08X}-0000-4000-8000-0123456789AB\",\
             \"BackupVaultName\":\"critical\",\"BackupVaultArn\":\"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:critical\",\
             \"VaultType\":\"BACKUP_VAULT\",\"RecoveryPointArn\":\"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:job-{n:08x}\",\
             \"ResourceArn\":\"arn:aws:rds:{REGION}:{ACCOUNT}:db:db-{:05}\",\"ResourceName\":\"db-{:05}\",\"ResourceType\":\"RDS\",\
             \"CreationDate\":{created}.5,\"CompletionDate\":{completed}.5,\"State\":\"COMPLETED\",\"PercentDone\":\"100.0\",\
             \"BackupSizeInBytes\":0,\"IamRoleArn\":\"arn:aws:iam::{ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole\",\
             \"CreatedBy\":{{\"BackupPlanId\":\"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\",\
             \"BackupPlanArn\":\"arn:aws:backup:{REGION}:{ACCOUNT}:backup-plan:0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\",\
             \"BackupPlanVersion\":\"b3f1\",\"BackupRuleId\":\"nightly\"}},\"StartBy\":{completed}.5,\"IsParent\":false,\
             \"IsEncrypted\":true,\"MessageCategory\":\"SUCCESS\"}}",
            n % 20_000,
            n % 20_000,
        );
        written.expect("invariant: a string takes what is written");
    }
    text.push(']');
    if to < jobs {
        let written = write!(text, ",\"NextToken\":\"{to}\"");
        written.expect("invariant: a string takes what is written");
    }
    text + "}"
}
