//! `deploy/`, linted: the units by systemd itself, the manifests by Kubernetes' schemas, the tasks, jobs and their schedules by the AWS
//! CLI and by CloudFormation's schemas, the Containerfile by hadolint. That the command lines in these files are ones
//! that the program takes is held by `tests/cli/deploy.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use crate::components::{Components, say};

/// What the units refer to and is not ours: systemd looks for them below the root that it is given.
const TARGETS: &[&str] = &["basic", "network-online", "shutdown", "sysinit", "timers"];
/// The most that `systemd-analyze security` may say of the service, in tenths: 0 is shut in, 100 is open. Only what the network,
/// the resolver and `/proc/sys` need is left.
const EXPOSURE_MAX: &str = "15";
/// The manifests for Kubernetes.
const MANIFESTS: [&str; 2] = ["cronjob.yaml", "shards.yaml"];
/// The oldest Kubernetes that they say they are for.
const KUBERNETES: &str = "1.31.0";

/// What CloudFormation calls the members of a task definition whose names it does not only write with a capital.
const OF_ECS: &[(&str, &str)] = &[
    ("efsVolumeConfiguration", "EFSVolumeConfiguration"),
    ("fileSystemId", "FilesystemId"),
    ("iam", "IAM"),
];

/// Runs every lint; the first fault ends it.
pub fn run(root: &Path, components: &Components) -> Result<()> {
    let scratch = root.join("target/deploy");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    let lints = Lints {
        files: root.join("deploy"),
        scratch,
        components,
    };
    say("linting deploy/");
    lints.systemd()?;
    lints.kubernetes()?;
    lints.ecs()?;
    lints.batch()?;
    lints.image()
}

struct Lints<'a> {
    files: PathBuf,
    scratch: PathBuf,
    components: &'a Components,
}

impl Lints<'_> {
    /// The units, as if they were installed: below a root of their own, with a program that can be started.
    fn systemd(&self) -> Result<()> {
        let staged = self.scratch.join("root");
        let units = staged.join("etc/systemd/system");
        let theirs = staged.join("usr/lib/systemd/system");
        let programs = staged.join("usr/local/bin");
        for dir in [&units, &theirs, &programs] {
            fs::create_dir_all(dir)?;
        }
        for target in TARGETS {
            fs::write(
                theirs.join(format!("{target}.target")),
                "[Unit]\nDescription=a stand-in\n",
            )?;
        }
        let program = programs.join("backproof");
        fs::write(&program, "#!/bin/sh\n")?;
        silent(Command::new("chmod").arg("+x").arg(program))?;
        let names = ["backproof.service", "backproof.timer"];
        for name in names {
            let from = self.files.join("systemd").join(name);
            fs::copy(&from, units.join(name)).with_context(|| format!("can't read {}", from.display()))?;
        }
        let below = format!("--root={}", staged.display());
        // A line that it does not understand is a warning to systemd, and ignored: to us each word is a fault.
        silent(
            self.tool("systemd-analyze")
                .args(["verify", "--man=no", &below])
                .args(names),
        )?;
        passes(
            self.tool("systemd-analyze")
                .args([
                    "security",
                    "--offline=yes",
                    "--no-pager",
                    "--threshold",
                    EXPOSURE_MAX,
                ])
                .args([&below, "backproof.service"]),
        )?;
        passes(
            self.tool("systemd-sysusers")
                .arg("--dry-run")
                .arg(self.files.join("systemd/backproof.sysusers.conf")),
        )
    }

    fn kubernetes(&self) -> Result<()> {
        passes(
            self.tool("kubernetes-validate")
                .args(["--strict", "--kubernetes-version", KUBERNETES])
                .args(MANIFESTS.map(|name| self.files.join("kubernetes").join(name))),
        )
    }

    /// The AWS CLI knows the keys and types of the requests, CloudFormation's schemas also the values and what goes together.
    fn ecs(&self) -> Result<()> {
        let (task, schedule) = (
            self.files.join("ecs/task-definition.json"),
            self.files.join("ecs/schedule.json"),
        );
        self.request(&["ecs", "register-task-definition"], &task)?;
        self.request(&["scheduler", "create-schedule"], &schedule)?;
        let template = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": cloudformation(read(&task)?, OF_ECS)},
                "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": cloudformation(read(&schedule)?, &[])},
            },
        });
        self.template("ecs", &template)
    }

    /// The same for the array job. What the schedule submits is a request too.
    fn batch(&self) -> Result<()> {
        let (job, schedule) = (
            self.files.join("batch/job-definition.json"),
            self.files.join("batch/schedule.json"),
        );
        self.request(&["batch", "register-job-definition"], &job)?;
        self.request(&["scheduler", "create-schedule"], &schedule)?;
        let input = read(&schedule)?["Target"]["Input"].take();
        let input: Value = serde_json::from_str(input.as_str().context("the schedule submits nothing")?)?;
        let submitted = self.scratch.join("submit-job.json");
        fs::write(
            &submitted,
            serde_json::to_string_pretty(&renamed(input, &|name| small(name)))?,
        )?;
        self.request(&["batch", "submit-job"], &submitted)?;
        let template = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                "Job": {"Type": "AWS::Batch::JobDefinition", "Properties": cloudformation(read(&job)?, &[])},
                "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": cloudformation(read(&schedule)?, &[])},
            },
        });
        self.template("batch", &template)
    }

    fn template(&self, name: &str, template: &Value) -> Result<()> {
        let path = self.scratch.join(format!("{name}.template.json"));
        fs::write(&path, serde_json::to_string_pretty(template)?)?;
        silent(
            self.tool("cfn-lint")
                .args(["--regions", "us-east-1", "--template"])
                .arg(path),
        )
    }

    /// The request that a file holds, checked and not sent.
    fn request(&self, verb: &[&str], file: &Path) -> Result<()> {
        passes(
            self.tool("aws")
                .args(verb)
                .arg("--cli-input-json")
                .arg(format!("file://{}", file.display()))
                .args(["--generate-cli-skeleton", "output"])
                .env("AWS_DEFAULT_REGION", "us-east-1")
                .env("AWS_EC2_METADATA_DISABLED", "true"),
        )
    }

    fn image(&self) -> Result<()> {
        silent(
            self.tool("hadolint")
                .arg("--no-color")
                .arg(self.files.join("Containerfile")),
        )
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.components.environment());
        command
    }
}

fn read(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// The members of a request, as CloudFormation calls them: with a capital, and those of `named` by names of their own.
fn cloudformation(value: Value, named: &[(&str, &str)]) -> Value {
    renamed(value, &|name| {
        let own = named.iter().find(|(request, _)| *request == name);
        own.map_or_else(|| capital(name), |(_, own)| (*own).to_owned())
    })
}

/// The same value with other names of members. The names of the log driver's options are the driver's.
fn renamed(value: Value, rename: &dyn Fn(&str) -> String) -> Value {
    let member = |(name, value): (String, Value)| {
        let value = if name == "options" {
            value
        } else {
            renamed(value, rename)
        };
        (rename(&name), value)
    };
    match value {
        Value::Object(members) => Value::Object(members.into_iter().map(member).collect::<Map<_, _>>()),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| renamed(item, rename)).collect()),
        other => other,
    }
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_uppercase() + rest
}

fn small(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_lowercase() + rest
}

/// Runs a lint; what it said is told where it fails.
fn passes(command: &mut Command) -> Result<()> {
    ended(command).map(drop)
}

/// Runs a lint to which a word is a fault, whatever it ends with.
fn silent(command: &mut Command) -> Result<()> {
    let said = ended(command)?;
    if !said.trim().is_empty() {
        bail!("{command:?} says:\n{said}");
    }
    Ok(())
}

fn ended(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("can't start {command:?}"))?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{command:?} ended with {}:\n{said}", output.status);
    }
    Ok(said)
}
