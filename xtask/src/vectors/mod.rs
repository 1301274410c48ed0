//! The verifier's vectors, `fixtures/vectors`: files that must pass and files that must not, each named for its attack.
//!
//! Everything is made from fixed keys by a writer that shares no code with `src/sign`: an attacker who can sign is among
//! the cases. `vectors.toml` says of each file what it tries, how the verification must end and which check must say so;
//! the expectation is written by hand beside the attack and never read off the verifier.

mod asked;
mod asn1;
mod bundle;
mod bundle_attacks;
mod certified_attacks;
mod chain;
mod cms;
mod cms_attacks;
mod company;
mod good;
mod inexact_times;
mod later_attacks;
mod pdf;
mod pdf_attacks;
mod pki;
mod proof_attacks;
mod proofs;
mod redacted;
mod redacted_attacks;
mod responders;
mod revoked;
mod revoked_authorities;
mod roots;
mod shadow_attacks;
mod stamp;
mod time;
mod x509_attacks;
mod zip_attacks;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use base64ct::{Base64, Encoding as _};

use pki::House;

/// The file and how its verification must end.
pub(super) struct Vector {
    /// The file's name.
    file: String,
    /// What is tried, for a reader.
    attack: String,
    /// The bottom line.
    verdict: &'static str,
    /// The codes of checks that must end otherwise than ok, among others that may follow from the same fault.
    codes: Vec<&'static str>,
    /// The trust roots to verify with, a file beside it; none where empty.
    trust: &'static str,
    /// The same for time stamps.
    trust_timestamps: &'static str,
    /// The record that a proof is verified with, a file beside it; none where empty.
    record: &'static str,
    bytes: Vec<u8>,
}

/// Vectors while they are gathered.
#[derive(Default)]
pub(super) struct Vectors(Vec<Vector>);

impl Vectors {
    /// A file that must be refused by the check `code`.
    fn fails(&mut self, file: &str, attack: &str, code: &'static str, bytes: Vec<u8>) {
        self.push(file, attack, ("failed", &[code]), "root.pem", bytes);
    }

    /// A file that must pass.
    fn passes(&mut self, file: &str, story: &str, bytes: Vec<u8>) {
        self.push(file, story, ("verified", &[]), "root.pem", bytes);
    }

    fn push(
        &mut self,
        file: &str,
        attack: &str,
        (verdict, codes): (&'static str, &[&'static str]),
        trust: &'static str,
        bytes: Vec<u8>,
    ) {
        self.push_apart(file, attack, (verdict, codes), [trust, trust], bytes);
    }

    /// The same with trust roots for time stamps that are not the signers'.
    fn push_apart(
        &mut self,
        file: &str,
        attack: &str,
        (verdict, codes): (&'static str, &[&'static str]),
        [trust, trust_timestamps]: [&'static str; 2],
        bytes: Vec<u8>,
    ) {
        self.0.push(Vector {
            file: file.to_owned(),
            attack: attack.to_owned(),
            verdict,
            codes: codes.to_vec(),
            trust,
            trust_timestamps,
            record: "",
            bytes,
        });
    }

    /// A proof that must be refused by the check `code` beside the file `record`.
    fn fails_of(
        &mut self,
        file: &str,
        attack: &str,
        code: &'static str,
        record: &'static str,
        proof: String,
    ) {
        self.fails(file, attack, code, proof.into_bytes());
        self.with(record);
    }

    /// A proof that must pass beside the file `record`.
    fn passes_of(&mut self, file: &str, story: &str, record: &'static str, proof: String) {
        self.passes(file, story, proof.into_bytes());
        self.with(record);
    }

    fn with(&mut self, record: &'static str) {
        if let Some(last) = self.0.last_mut() {
            last.record = record;
        }
    }
}

const FOLDER: &str = "fixtures/vectors";
/// The folder has to stay small enough to be cloned without a thought.
const BYTES_MAX: usize = 5 << 20;

/// Writes the vectors, or with `check` only compares them with what would be written.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let made = make()?;
    let total: usize = made.values().map(Vec::len).sum();
    if total > BYTES_MAX {
        bail!("{FOLDER} would have {total} bytes, at most {BYTES_MAX} are wanted");
    }
    let folder = root.join(FOLDER);
    let mut present = BTreeMap::new();
    if folder.exists() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .context("a name")?;
            present.insert(name.to_owned(), fs::read(&path)?);
        }
    }
    let differing: Vec<_> = made
        .keys()
        .chain(present.keys())
        .filter(|name| made.get(*name) != present.get(*name))
        .collect();
    if check {
        if let Some(first) = differing.first() {
            bail!(
                "{} files of {FOLDER} are not as made, {first} for one: run cargo xtask vectors",
                differing.len()
            );
        }
        println!("{FOLDER} is as made: {} files, {total} bytes", made.len());
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    for name in differing {
        match made.get(name) {
            Some(bytes) => fs::write(folder.join(name), bytes)?,
            None => fs::remove_file(folder.join(name))?,
        }
    }
    println!("{FOLDER}: {} files, {total} bytes", made.len());
    Ok(())
}

fn make() -> Result<BTreeMap<String, Vec<u8>>> {
    let house = House::new();
    let mut vectors = Vectors::default();
    good::add(&house, &mut vectors)?;
    pdf_attacks::add(&house, &mut vectors);
    certified_attacks::add(&house, &mut vectors);
    shadow_attacks::add(&house, &mut vectors);
    cms_attacks::add(&house, &mut vectors);
    x509_attacks::add(&house, &mut vectors);
    time::add(&house, &mut vectors)?;
    roots::add(&house, &mut vectors);
    revoked::add(&house, &mut vectors);
    later_attacks::add(&house, &mut vectors);
    zip_attacks::add(&house, &mut vectors)?;
    bundle_attacks::add(&house, &mut vectors)?;
    redacted::add(&house, &mut vectors)?;

    let mut files = BTreeMap::from([
        ("root.pem".to_owned(), pem(&house.root.certificate)),
        ("other-root.pem".to_owned(), pem(&house.other_root.certificate)),
        ("issuing.pem".to_owned(), pem(&house.issuing.certificate)),
        ("consistency.toml".to_owned(), proofs::consistency()?.into_bytes()),
        ("vectors.toml".to_owned(), index(&vectors)?.into_bytes()),
    ]);
    files.extend(proof_attacks::records());
    for vector in vectors.0 {
        if files.insert(vector.file.clone(), vector.bytes).is_some() {
            bail!("two vectors have the name {}", vector.file);
        }
    }
    Ok(files)
}

fn index(vectors: &Vectors) -> Result<String> {
    let mut text = String::from(
        "# Made by `cargo xtask vectors`; what must come of each file stands beside its attack in xtask/src/vectors.\n\
         # `codes` are checks that must end otherwise than ok; others may fail with them. Nobody may trust these keys.\n",
    );
    for vector in &vectors.0 {
        let quoted: Vec<_> = vector.codes.iter().map(|code| format!("\"{code}\"")).collect();
        write!(
            text,
            "\n[[vector]]\nfile = \"{}\"\nattack = {:?}\nverdict = \"{}\"\ncodes = [{}]\ntrust = \"{}\"\ntrust_timestamps = \"{}\"\nrecord = \"{}\"\n",
            vector.file,
            vector.attack,
            vector.verdict,
            quoted.join(", "),
            vector.trust,
            vector.trust_timestamps,
            vector.record
        )?;
    }
    Ok(text)
}

fn pem(certificate: &[u8]) -> Vec<u8> {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let digits = Base64::encode_string(certificate);
    for line in digits.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text.into_bytes()
}
