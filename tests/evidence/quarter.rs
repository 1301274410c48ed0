//! The recorded quarter `fixtures/luma`, collected once into memory, and what is concluded from it or from a variant.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use backproof::bundle::results;
use backproof::catalogue::{Catalogue, Parameters};
use backproof::cli::config::Config;
use backproof::collect::{self, Narrowed, collect};
use backproof::evaluate::evaluate;
use backproof::ledger::store::{EvidenceStore, MemoryStore};
use backproof::ledger::{Holder, Ledger};
use backproof::model::finding::Evaluation;
use backproof::model::records::Records;
use backproof::model::scope::Scope;
use backproof::model::time::{Instant, Period};
use backproof::normalize::normalize;

/// Everything that an evaluation of the quarter takes.
pub(crate) struct Quarter {
    pub(crate) store: MemoryStore,
    pub(crate) scope: Scope,
    pub(crate) catalogue: Catalogue,
    pub(crate) parameters: Parameters,
}

/// What was concluded from a store.
pub(crate) struct Concluded {
    pub(crate) records: Records,
    pub(crate) evaluation: Evaluation,
}

/// The quarter as recorded.
pub(crate) static QUARTER: LazyLock<Quarter> = LazyLock::new(Quarter::recorded);

/// What is concluded from the quarter as recorded.
pub(crate) static AS_RECORDED: LazyLock<Concluded> = LazyLock::new(|| QUARTER.conclude(&QUARTER.store));

/// Where the recorded quarter lies.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/luma")
}

impl Quarter {
    fn recorded() -> Self {
        let config = Config::read(&directory().join("backproof.toml")).unwrap();
        let catalogue = Catalogue::builtin().unwrap();
        let parameters = Parameters::new(&catalogue, &config.settings).unwrap();
        let period = Period::parse("2026-Q3", parameters.time_zone("policy_timezone").unwrap()).unwrap();
        let scope = Scope {
            entity: config.entity.clone(),
            as_of: period.end(),
            period,
            estate: config.estate.clone(),
        };
        Self {
            store: collected(&config),
            scope,
            catalogue,
            parameters,
        }
    }

    /// Normalizes `store` and tries every test on it.
    pub(crate) fn conclude(&self, store: &dyn EvidenceStore) -> Concluded {
        let records = normalize(store, &self.scope.estate);
        let evaluation = evaluate(&self.scope, &self.catalogue, &self.parameters, &records).unwrap();
        Concluded { records, evaluation }
    }

    /// The bytes of `results.json`.
    pub(crate) fn results(&self, concluded: &Concluded) -> Vec<u8> {
        results::v1::encode(&self.scope, &concluded.evaluation, &concluded.records.coverage)
    }
}

/// The recording, brought through `collect` and a ledger like any evidence.
fn collected(config: &Config) -> MemoryStore {
    let now: Instant = "2026-10-02T12:00:00Z".parse().unwrap();
    let holder = Holder {
        pid: 1,
        host: "test".to_owned(),
        since: now,
    };
    // A ledger brings every file to disk, which takes minutes on a busy one: where there is a file system in memory, use it.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    };
    let mut ledger = Ledger::open(&dir.path().join("ledger"), &holder).unwrap();
    let mut sources: Vec<_> = config
        .sources
        .iter()
        .map(|source| collect::open(&source.kind, &source.settings).unwrap())
        .collect();
    collect(
        &mut ledger,
        &mut sources,
        &|| now,
        &Narrowed::default(),
        &mut |_| {},
    )
    .unwrap();
    MemoryStore::copy_of(&ledger.seal().unwrap()).unwrap()
}
