//! A configuration, a bundle and the program, in a directory of their own and with an environment that leads nowhere else.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::proxy::Proxy;
use crate::signing::{pki, signed};
use crate::store;

/// The bundle's file name.
pub(crate) const BUNDLE: &str = "luma-2026-Q3.zip";
/// Its key.
pub(crate) const KEY: &str = "packages/luma-2026-Q3.zip";

pub(crate) struct Desk {
    dir: TempDir,
    pub(crate) bucket: String,
    pub(crate) proxy: Proxy,
}

impl Desk {
    /// With a bucket that is fit, and these further lines of `[archive]`.
    pub(crate) fn new(lines: &str) -> Self {
        Self::with(store::locked(), lines)
    }

    pub(crate) fn with(bucket: String, lines: &str) -> Self {
        Self::before(Proxy::start(), bucket, lines)
    }

    /// With a bucket of the store that is behind `proxy`.
    pub(crate) fn before(proxy: Proxy, bucket: String, lines: &str) -> Self {
        let desk = Self {
            dir: TempDir::new().unwrap(),
            bucket,
            proxy,
        };
        desk.configure(lines);
        desk.write("root.pem", pki("root.pem").as_bytes());
        desk.write(BUNDLE, &signed("luma-2026-q3"));
        desk
    }

    pub(crate) fn configure(&self, lines: &str) {
        let prefix = if lines.contains("prefix") {
            ""
        } else {
            "prefix = \"packages\"\n"
        };
        let text = format!(
            "[entity]\nname = \"Luma\"\nslug = \"luma\"\n[[source]]\nkind = \"recorded\"\ndirectory = \"recorded\"\n\
             [estate.records]\ndatabase = \"compliance\"\n[archive]\nbucket = \"{}\"\nregion = \"us-east-1\"\n\
             {prefix}{lines}\n",
            self.bucket
        );
        self.write("backproof.toml", text.as_bytes());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn receipt_path(&self) -> PathBuf {
        self.path("archive").join(format!("{BUNDLE}.json"))
    }

    pub(crate) fn receipt(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.receipt_path()).unwrap()).unwrap()
    }

    /// Changes the text of the receipt, as somebody would with an editor.
    pub(crate) fn edit_receipt(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.receipt_path()).unwrap();
        assert!(text.contains(from), "{from:?} in {text}");
        std::fs::write(self.receipt_path(), text.replace(from, to)).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_backproof"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("AWS_ACCESS_KEY_ID", "AKIA111122223333")
            .env("AWS_SECRET_ACCESS_KEY", "canary-secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "2")
            .env("AWS_ENDPOINT_URL_S3", self.proxy.url())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    /// Archives the bundle.
    pub(crate) fn archive(&self) -> Ended {
        self.run(&["archive", BUNDLE, "--trust", "root.pem", "--json"])
    }

    /// Compares all that is archived.
    pub(crate) fn check(&self) -> Ended {
        self.run(&["archive", "--check", "--json"])
    }
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) said: String,
    pub(crate) told: String,
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        let ended = Self {
            code: output.status.code().unwrap_or(-1),
            said: String::from_utf8_lossy(&output.stdout).into_owned(),
            told: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(
            !ended.said.contains("canary") && !ended.told.contains("canary"),
            "{ended:?}"
        );
        ended
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// The one bundle that was told of.
    pub(crate) fn bundle(&self) -> Value {
        let json: Value =
            serde_json::from_str(&self.said).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let bundles = json["bundles"].as_array().unwrap();
        assert_eq!(bundles.len(), 1, "{json}");
        bundles[0].clone()
    }

    /// The codes of its deviations, and how much they weigh.
    pub(crate) fn deviations(&self) -> Vec<String> {
        let bundle = self.bundle();
        let deviations = bundle["deviations"].as_array().unwrap().iter();
        deviations
            .map(|one| {
                format!(
                    "{} {}",
                    one["grade"].as_str().unwrap(),
                    one["code"].as_str().unwrap()
                )
            })
            .collect()
    }
}
