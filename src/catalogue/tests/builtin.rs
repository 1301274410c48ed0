//! The built-in catalogue: its counts, its facts, its wording.

use std::collections::BTreeMap;

use super::*;
use crate::model::finding::Severity;
use crate::model::source;

#[test]
fn the_built_in_catalogue_has_all_its_entries() {
    let catalogue = builtin();
    assert_eq!(catalogue.controls().len(), 45);
    assert_eq!(catalogue.statements().len(), 72);
    assert_eq!(catalogue.sources().len(), 33);
    assert_eq!(catalogue.observations().len(), 10);
    assert_eq!(catalogue.frameworks().len(), 3);

    let count = |prefix| {
        let of = |control: &&Control| control.framework == prefix;
        catalogue.controls().iter().filter(of).count()
    };
    assert_eq!((count("hipaa"), count("hitrust")), (27, 18));

    let numbers: Vec<_> = catalogue.tests().iter().map(|test| test.id.to_string()).collect();
    let expected: Vec<_> = (1..=numbers.len())
        .map(|number| format!("CT-{number:02}"))
        .collect();
    assert_eq!(numbers, expected);
}

#[test]
fn statements_fall_into_their_kinds_and_policies() {
    let mut kinds = BTreeMap::new();
    let mut policies = BTreeMap::new();
    for statement in builtin().statements() {
        *kinds.entry(statement.kind.as_str()).or_insert(0) += 1;
        *policies.entry(statement.id.as_str()[..2].to_owned()).or_insert(0) += 1;
        let (policy, implied) = match &statement.id.as_str()[..2] {
            "DM" => ("Data Management Policy 6", false),
            "DR" => ("Disaster Recovery Policy 13", false),
            _ => ("Implied by ", true),
        };
        assert!(
            statement.section.starts_with(policy),
            "{}: {}",
            statement.id,
            statement.section
        );
        assert_eq!(statement.implied, implied, "{}", statement.id);
    }
    let expected = [
        ("configuration", 5),
        ("document", 31),
        ("narrative", 1),
        ("operating", 35),
    ];
    assert_eq!(kinds, BTreeMap::from(expected));
    assert_eq!(
        policies,
        BTreeMap::from([("DM", 31), ("DR", 36), ("IM", 5)].map(|(policy, count)| (policy.to_owned(), count)))
    );
}

#[test]
fn entries_carry_their_facts() {
    let catalogue = builtin();
    let control = |id: &str| catalogue.control(&id.parse().unwrap()).unwrap();
    let backup_plan = control("hipaa:164.308(a)(7)(ii)(A)");
    assert_eq!(backup_plan.requirement, Some(Requirement::Required));
    assert_eq!(
        backup_plan.named_by_policy.as_deref(),
        Some("Data Management Policy 6.1.2")
    );
    let mappings = backup_plan.mappings.as_ref().unwrap();
    assert_eq!(mappings.nist_800_53, ["CP-9"]);
    assert_eq!(mappings.confidence, Confidence::Recalled);
    assert_eq!(
        control("hitrust:09.l").title_confidence,
        Some(Confidence::Verified)
    );
    assert_eq!(control("hitrust:09.l").named_by_policy, None);

    let daily = catalogue.test(&"CT-05".parse().unwrap()).unwrap();
    assert_eq!(daily.severity.of(true), Severity::Critical);
    assert_eq!(daily.severity.of(false), Severity::High);
    let ids: Vec<_> = daily.statements.iter().map(|id| id.as_str()).collect();
    assert_eq!(
        ids,
        ["DM-6.2-1a", "DM-6.0-1", "DM-6.0-2", "DM-6.0-3", "DM-6.2-1c"]
    );
    let newest = catalogue.test(&"CT-06".parse().unwrap()).unwrap();
    assert_eq!(newest.audit_manager, ["BACKUP_LAST_RECOVERY_POINT_CREATED"]);
    assert_eq!(newest.severity.of(false), Severity::Critical);

    let emergency = "hipaa:164.312(a)(2)(ii)".parse().unwrap();
    let mapped: Vec<_> = catalogue
        .statements_of(&emergency)
        .map(|statement| statement.id.as_str())
        .collect();
    assert_eq!(mapped, ["IM-312a2ii"]);
    assert!(catalogue.framework("hitrust").is_some() && catalogue.framework("iso").is_none());
    assert_eq!(catalogue.source("kms_keys").unwrap().title, "KMS keys");
    assert!(catalogue.test(&"CT-36".parse().unwrap()).is_none());
}

#[test]
fn sources_bear_the_names_and_titles_of_the_model() {
    let catalogue = builtin();
    let mut not_in_the_model: Vec<_> = catalogue
        .sources()
        .iter()
        .map(|source| source.id.as_str())
        .collect();
    for source in source::Source::ALL {
        // Job summaries corroborate jobs inside CT-01; no test names them as an input.
        match catalogue.source(source.as_str()) {
            Some(known) => assert_eq!(known.title, source.title()),
            None => assert_eq!(source.as_str(), "aws_backup_job_summaries"),
        }
        not_in_the_model.retain(|id| *id != source.as_str());
    }
    // The log of collections is the ledger itself.
    assert_eq!(not_in_the_model, ["collection_log"]);
}

#[test]
fn hitrust_controls_are_paraphrased_and_hipaa_controls_have_a_requirement() {
    for control in builtin().controls() {
        let hitrust = control.framework == "hitrust";
        assert_eq!(control.paraphrase.is_some(), hitrust, "{}", control.id);
        assert_eq!(control.title_confidence.is_some(), hitrust, "{}", control.id);
        assert_eq!(control.requirement.is_none(), hitrust, "{}", control.id);
        assert_eq!(control.mappings.is_none(), hitrust, "{}", control.id);
    }
}

#[test]
fn the_text_in_force_is_itself_the_same_catalogue() {
    let catalogue = builtin();
    let whole = CatalogueFile {
        name: "catalogue.toml",
        text: catalogue.toml(),
    };
    let again = Catalogue::from_toml(&[whole]).unwrap();
    assert_eq!(again, catalogue);
    assert_eq!(again.digest(), catalogue.digest());
    assert_eq!(catalogue.digest(), Sha256Digest::of(catalogue.toml().as_bytes()));

    let other = edited("tests.toml", "Backups are encrypted", "Backups are ciphered").unwrap();
    assert_ne!(other.digest(), catalogue.digest());
}

#[test]
fn no_wording_that_an_evidence_report_may_not_use() {
    const FORBIDDEN: [&str; 9] = [
        "compliant",
        "in compliance with",
        "certified",
        "guarantees",
        "ensures",
        "passed hipaa",
        "audit opinion",
        "reasonable assurance",
        "attest",
    ];
    for file in BUILTIN {
        for (number, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let found = FORBIDDEN.iter().find(|word| lower.contains(*word));
            assert_eq!(found, None, "{} line {}: {line}", file.name, number + 1);
        }
    }
}

#[test]
fn every_text_is_clean_and_every_sentence_ends() {
    let catalogue = builtin();
    assert!(
        catalogue
            .toml()
            .chars()
            .all(|c| c == '\n' || (' '..='~').contains(&c)),
        "plain ASCII only"
    );
    for test in catalogue.tests() {
        let sentences = [
            &test.objective,
            &test.population,
            &test.criterion,
            &test.supported,
            &test.exception,
            &test.indeterminate,
        ];
        for sentence in sentences.into_iter().chain(&test.procedure) {
            assert!(sentence.ends_with('.'), "{}: {sentence}", test.id);
        }
    }
    for statement in catalogue.statements() {
        assert!(statement.paraphrase.ends_with('.'), "{}", statement.id);
    }
}

/// The eleven controls of AWS Backup Audit Manager, each answered by a test: whoever comes from there finds what he knows.
#[test]
fn every_control_of_audit_manager_is_answered() {
    let catalogue = builtin();
    let answered: BTreeMap<&str, &str> = catalogue
        .tests()
        .iter()
        .flat_map(|test| {
            test.audit_manager
                .iter()
                .map(|name| (name.as_str(), test.id.as_str()))
        })
        .collect();
    let expected = [
        ("BACKUP_LAST_RECOVERY_POINT_CREATED", "CT-06"),
        ("BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK", "CT-04"),
        ("BACKUP_RECOVERY_POINT_ENCRYPTED", "CT-09"),
        ("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", "CT-12"),
        ("BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK", "CT-11"),
        ("BACKUP_RESOURCES_IN_LOGICALLY_AIR_GAPPED_VAULT", "CT-12"),
        ("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "CT-03"),
        ("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK", "CT-12"),
        ("BACKUP_RESOURCES_PROTECTED_BY_CROSS_ACCOUNT", "CT-14"),
        ("BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION", "CT-14"),
        ("RESTORE_TIME_FOR_RESOURCES_MEET_TARGET", "CT-19"),
    ];
    assert_eq!(answered, BTreeMap::from(expected));
}
