//! `assets/verify.html`: the verifier as one page for a browser, with its WebAssembly module in it.
//!
//! The page is committed, so that the program builds without a second target, and made anew by the gate, which compares it
//! byte for byte: the same sources and the same compiler give the same page wherever they lie. Its content security policy
//! names its one script and its one style by their digests and allows no connection at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64, Encoding as _};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::components::{run, say};

/// The page, as the program embeds it.
const PAGE: &str = "assets/verify.html";
/// Where its parts stand.
const PARTS: &str = "page/web";
const TARGET: &str = "wasm32-unknown-unknown";
/// The page stands in every bundle: it has to stay small.
const BYTES_MAX: usize = 768 << 10;

/// Makes the page, or with `check` only compares it with the one that is there.
pub fn make(root: &Path, check: bool) -> Result<()> {
    let page = assemble(root, &module(root)?)?;
    if page.len() > BYTES_MAX {
        bail!(
            "{PAGE} would have {} bytes, at most {BYTES_MAX} are wanted",
            page.len()
        );
    }
    let path = root.join(PAGE);
    if !check {
        fs::write(path, &page)?;
        println!("{PAGE}: {} bytes", page.len());
        return Ok(());
    }
    let committed = fs::read_to_string(&path).with_context(|| format!("can't read {PAGE}"))?;
    if committed == page {
        println!("{PAGE} is as made: {} bytes", page.len());
        return Ok(());
    }
    let generator = generator()?;
    if !committed.contains(&generator) {
        bail!(
            "{PAGE} was made by another version or compiler than this one ({generator}), and can't be compared: run cargo xtask page"
        );
    }
    bail!("{PAGE} is not what its sources make: run cargo xtask page, and commit it");
}

/// Adds the target to the toolchain where it is missing.
pub fn install_target() -> Result<()> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    let libraries = String::from_utf8(libraries.stdout)?;
    if !Path::new(libraries.trim()).exists() {
        say(&format!("adding the target {TARGET}"));
        run(Command::new("rustup").args(["target", "add", TARGET])).context(
            "the verifier must build for browsers: install the Rust target wasm32-unknown-unknown",
        )?;
    }
    Ok(())
}

/// Builds the WebAssembly module, small, and without a path of this machine in it.
fn module(root: &Path) -> Result<Vec<u8>> {
    install_target()?;
    let home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => PathBuf::from(std::env::var_os("HOME").context("neither CARGO_HOME nor HOME is set")?)
            .join(".cargo"),
    };
    // A registry's folder is named after where its index was fetched: left out as well.
    let registries = home.join("registry/src");
    let mut places = vec![(root.to_owned(), "/backproof"), (home, "/cargo")];
    for registry in
        fs::read_dir(&registries).with_context(|| format!("can't list {}", registries.display()))?
    {
        places.push((registry?.path(), "/crates"));
    }
    // Of several that begin a path, the last one given counts.
    let remap = places
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    let flags: Vec<_> = remap.collect();
    let target = root.join("target/page");
    let arguments = [
        "build",
        "--quiet",
        "--locked",
        "--package",
        "backproof-page",
        "--profile",
        "page",
    ];
    say(&format!("cargo {} --target {TARGET}", arguments.join(" ")));
    run(Command::new("cargo")
        .args(arguments)
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .current_dir(root))?;
    let module = target.join(TARGET).join("page/backproof_page.wasm");
    let bytes = fs::read(&module).with_context(|| format!("can't read {}", module.display()))?;
    for (place, _) in &places {
        let place = place.display().to_string();
        if bytes
            .windows(place.len())
            .any(|window| window == place.as_bytes())
        {
            bail!("the module of {PAGE} names {place}: it would differ from machine to machine");
        }
    }
    Ok(bytes)
}

/// Puts the parts together.
fn assemble(root: &Path, module: &[u8]) -> Result<String> {
    let part = |name: &str| {
        let path = root.join(PARTS).join(name);
        fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))
    };
    let (style, script, worker) = (part("style.css")?, part("page.js")?, part("worker.js")?);
    for (name, text) in [
        ("page.js", &script),
        ("worker.js", &worker),
        ("style.css", &style),
    ] {
        if text.contains("</") || text.contains("<!--") {
            bail!("{PARTS}/{name} has `</` or `<!--` in it, which would end it early in the page");
        }
    }
    let policy = format!(
        "default-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; worker-src blob:; base-uri 'none'; form-action 'none'",
        source(&script),
        source(&style)
    );
    let mut page = part("page.html")?;
    for (place, text) in [
        ("{{csp}}", policy),
        ("{{generator}}", generator()?),
        ("{{style}}", style),
        ("{{verifier}}", Base64::encode_string(&gzip(module)?)),
        ("{{worker}}", worker),
        ("{{script}}", script),
    ] {
        if !page.contains(place) {
            bail!("{PARTS}/page.html has no {place}");
        }
        page = page.replace(place, &text);
    }
    Ok(page)
}

/// The version, and the compiler that the module depends on.
fn generator() -> Result<String> {
    let rustc = Command::new("rustc").arg("--version").output()?;
    let rustc = String::from_utf8(rustc.stdout)?;
    let version = rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Ok(format!("backproof {}, {version}", env!("CARGO_PKG_VERSION")))
}

/// What a content security policy calls a text.
fn source(text: &str) -> String {
    format!(
        "sha256-{}",
        Base64::encode_string(&Sha256::digest(text.as_bytes()))
    )
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    Ok(packer.finish()?)
}
