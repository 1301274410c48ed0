//! The least that has to be allowed for exactly the sources, the archive and the signer that are configured, by who asks.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::Terminal;
use crate::cli::config::SigningConfig;
use crate::cli::job::Job;
use crate::collect::{self, Privilege, Trails};
use crate::service::iam::{Identity, Statement};

pub(super) fn print(job: &Job, trails: &Trails, terminal: &mut Terminal) -> Result<()> {
    let mut identities: BTreeMap<Identity, Vec<Statement>> = BTreeMap::new();
    let (mut atlas, mut mongodb) = (Vec::new(), Vec::new());
    for source in &job.config.sources {
        for privilege in collect::privileges(&source.kind, &source.settings, trails)? {
            match privilege {
                Privilege::Iam { identity, statement } => {
                    add(identities.entry(identity).or_default(), statement);
                }
                Privilege::Atlas { project, role } => atlas.push(json!({"project": project, "role": role})),
                Privilege::MongoDb { database, command } => {
                    mongodb.push(json!({"database": database, "command": command}));
                }
            }
        }
    }
    if let Some(archive) = &job.config.archive {
        for (identity, statement) in crate::archive::privileges(&archive.settings) {
            add(identities.entry(identity).or_default(), statement);
        }
    }
    if let Some(SigningConfig::Kms { key, .. }) = &job.config.signing {
        for (identity, statement) in crate::sign::kms::privileges(key) {
            add(identities.entry(identity).or_default(), statement);
        }
    }
    let aws: Vec<Value> = identities
        .iter()
        .map(|(identity, statements)| {
            let identity = match identity {
                Identity::Environment => "environment",
                Identity::Role(arn) => arn,
            };
            json!({"identity": identity, "policy": document(statements)})
        })
        .collect();
    let json = json!({"schema": "backproof.policy/v1", "aws": aws, "atlas": atlas, "mongodb": mongodb});
    terminal.line(serde_json::to_string_pretty(&json)?);
    if trails.folders.is_empty() && job.config.sources.iter().any(|source| source.kind == "aws") {
        terminal.note(
            "note: the configuration does not say where trails deliver to, so that the policy allows to read trails in any \
             bucket; narrow it with --trail BUCKET[/PREFIX], as `aws cloudtrail describe-trails` names them",
        );
    }
    Ok(())
}

/// Adds a statement, to one that differs only in what it is about where there is one.
fn add(statements: &mut Vec<Statement>, more: Statement) {
    let same = |known: &&mut Statement| {
        known.sid == more.sid && known.actions == more.actions && known.regions == more.regions
    };
    match statements.iter_mut().find(same) {
        None => statements.push(more),
        Some(known) => {
            known.resources.extend(more.resources);
            known.resources.sort();
            known.resources.dedup();
        }
    }
}

/// A policy as IAM takes it. Each statement of a policy needs a name of its own there.
fn document(statements: &[Statement]) -> Value {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let statements: Vec<Value> = statements
        .iter()
        .map(|statement| {
            let mut json = statement.as_json();
            let count = seen.entry(statement.sid).or_insert(0);
            *count += 1;
            if *count > 1 {
                json["Sid"] = json!(format!("{}{count}", statement.sid));
            }
            json
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}
