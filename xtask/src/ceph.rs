//! A second opinion on the archive: the tests against the S3 gateway of Ceph, which keeps locks strictly and knows less of
//! the rest.
//!
//! It stays outside of the gate: its packages are about a hundred, 500 MB with services of their own that a developer's machine
//! should not be given unasked. Once they are there it starts in a quarter of a minute.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::components::{self, Components, run, say};

/// Debian package and the program that shows that it is there.
const PACKAGES: &[(&str, &str)] = &[
    ("ceph-mon", "ceph-mon"),
    ("ceph-osd", "ceph-osd"),
    ("ceph-mgr", "ceph-mgr"),
    ("radosgw", "radosgw"),
    ("ceph-common", "ceph"),
];
const PORT: &str = "7481";
/// What the tests sign their requests with; it opens nothing but this store.
const KEY: &str = "AKIA111122223333";
const SECRET: &str = "canary-secret";

/// A cluster that ends with this value.
struct Cluster(PathBuf);

impl Cluster {
    fn start(dir: PathBuf) -> Result<Self> {
        say("starting Ceph");
        fs::create_dir_all(&dir)?;
        let script = dir.with_extension("sh");
        fs::write(&script, include_str!("ceph.sh"))?;
        let cluster = Self(dir);
        run(Command::new("bash")
            .arg(script)
            .arg(&cluster.0)
            .args([PORT, KEY, SECRET])
            .stdout(Stdio::null()))?;
        Ok(cluster)
    }
}

impl Drop for Cluster {
    /// Ends each of its processes by its own id.
    fn drop(&mut self) {
        let Ok(files) = fs::read_dir(self.0.join("run")) else {
            return;
        };
        let pids = files.filter_map(|file| fs::read_to_string(file.ok()?.path()).ok());
        for pid in pids.filter_map(|pid| pid.trim().parse::<u32>().ok()) {
            drop(Command::new("kill").arg(pid.to_string()).status());
        }
    }
}

/// Runs the archive's tests against Ceph.
pub fn run_all(root: &Path) -> Result<()> {
    let components = Components::install(root)?;
    components::debian(PACKAGES, &[])?;
    let _cluster = Cluster::start(root.join("target/components/ceph")).context("Ceph does not start")?;
    run(Command::new("cargo")
        .args(["test", "--test", "archive", "--", "--ignored", "ceph"])
        .envs(components.environment())
        .env("BACKPROOF_CEPH_PORT", PORT)
        .current_dir(root))
}
