//! Nothing that is secret, no address of a download and no field that nobody maps leaves the program: canaries in every source at
//! once, through collections that fail and succeed, the package, its verification and the archive.
//!
//! Every planted value has the word in it, so that the word itself is looked for, in each byte that the program wrote or said.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64ct::{Base64, Encoding as _};
use mongodb::bson::{Document, doc};
use tempfile::TempDir;

use crate::atlas::access::{CLIENT_ID, CLIENT_SECRET, PRIVATE_KEY, PUBLIC_KEY};
use crate::atlas::desk::{ACCOUNT, KEY};
use crate::atlas::estate::{CLUSTERS, HOME as PROJECT, path, small as atlas_small};
use crate::atlas::simulator::{Fault as AtlasFault, Kind as AtlasKind, Simulator as Atlas};
use crate::estate::{EAST, HOME, OTHER, furnish, small};
use crate::harness::{Ended, account};
use crate::mongod::{Account, Mongod};
use crate::registers::{furnish as furnish_registers, last_month};
use crate::simulator::{Fault, Kind, Simulator as Aws};
use crate::{ministack, store};

const WORD: &str = "canary";
const ROLE: &str = "backproof-collector";

/// All services, each with something that it must not give away, and a directory from which they are asked.
struct Desk {
    aws: Aws,
    atlas: Atlas,
    registers: Mongod,
    bucket: String,
    dir: TempDir,
    /// All that was said, on either stream.
    said: String,
}

impl Desk {
    fn new() -> Self {
        let mut world = small();
        furnish(&mut world, OTHER, EAST);
        for known in [HOME, OTHER] {
            world.roles.insert(known.to_owned(), vec![ROLE.to_owned()]);
        }
        let registers = Mongod::start();
        furnish_registers(&registers);
        let desk = Self {
            aws: Aws::start(world),
            atlas: Atlas::start(atlas_small()),
            registers,
            bucket: store::locked(),
            dir: TempDir::new().unwrap(),
            said: String::new(),
        };
        let pki = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pki");
        let read = |name: &str| fs::read_to_string(pki.join(name)).unwrap();
        desk.write("signer.key", &read("signer-p256.key"));
        desk.write(
            "chain.pem",
            &format!("{}{}", read("signer-p256.pem"), read("issuing.pem")),
        );
        desk.write("client-secret", &format!("{CLIENT_SECRET}\n"));
        desk
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// `atlas` are the lines that say who asks Atlas.
    fn configure(&self, atlas: &str) {
        let external = "external_id = \"canary-external-id\"";
        let config = format!(
            "[entity]\nname = \"Luma\"\nslug = \"luma\"\n\
             [[source]]\nkind = \"aws\"\nrole = \"{ROLE}\"\n{external}\norganisation_account = \"{HOME}\"\n\
             [[source]]\nkind = \"atlas\"\nurl = \"{}\"\nmax_attempts = \"2\"\n{atlas}\n\
             [[source]]\nkind = \"mongodb\"\nuri = \"env:MONGODB_URI\"\nca = {:?}\npage_size = \"2\"\n\
             [signing]\nkey = \"file:signer.key\"\ncertificates = \"file:chain.pem\"\n\
             [archive]\nbucket = \"{}\"\nregion = \"{EAST}\"\naccount = \"{HOME}\"\nrole = \"{ROLE}\"\n{external}\n\
             {}{}[[estate.atlas]]\nproject = \"{PROJECT}\"\nname = \"home\"\nclusters = {CLUSTERS:?}\n\
             [estate.records]\ndatabase = \"compliance\"\n",
            self.atlas.url(),
            self.registers.pki.dir().join("ca.pem"),
            self.bucket,
            account(HOME, &[EAST]),
            account(OTHER, &[EAST]),
        );
        self.write("backproof.toml", &config);
    }

    /// Runs a verb; what it says is kept to be searched.
    fn run(&mut self, arguments: &[&str]) -> Ended {
        let archives = arguments[0] == "archive";
        let mut command = Command::new(env!("CARGO_BIN_EXE_backproof"));
        command
            .args(arguments)
            .args(["--log", "json"])
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("AWS_ACCESS_KEY_ID", format!("ASIA{HOME}"))
            .env("AWS_SECRET_ACCESS_KEY", "canary-home-secret")
            .env("AWS_SESSION_TOKEN", "canary-home-session-token")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_MAX_ATTEMPTS", "2")
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .env("ATLAS_CLIENT_ID", CLIENT_ID)
            .env("ATLAS_PUBLIC_KEY", PUBLIC_KEY)
            .env("ATLAS_PRIVATE_KEY", PRIVATE_KEY)
            .env("MONGODB_URI", self.registers.uri(&Account::Reader));
        if archives {
            command.env(
                "AWS_ENDPOINT_URL_S3",
                format!("http://127.0.0.1:{}", ministack::port()),
            );
        }
        let ended = Ended::of(&command.output().unwrap());
        self.said += &format!("{arguments:?}\n{}\n{}\n", ended.said, ended.told);
        ended
    }
}

/// What must not be found: the word, and the forms in which secrets go over the wire.
fn forbidden() -> Vec<String> {
    let basic = Base64::encode_string(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes());
    let key = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pki/signer-p256.key"))
        .unwrap();
    vec![WORD.to_owned(), basic, key.lines().nth(1).unwrap().to_owned()]
}

/// Looks for words in all that is under a name, in the parts of ZIPs and in what PDFs draw and say, too.
struct Search<'w> {
    words: &'w [String],
    /// Where a word was found, with some bytes around it.
    found: Vec<String>,
}

impl Search<'_> {
    fn dir(&mut self, dir: &Path, name: &str) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                self.dir(&path, &name);
            } else {
                self.file(&path, &name);
            }
        }
    }

    fn file(&mut self, file: &Path, name: &str) {
        self.bytes(&fs::read(file).unwrap(), name);
        let unpacked = TempDir::new().unwrap();
        let (path, to) = (file.to_str().unwrap(), unpacked.path().to_str().unwrap());
        match file.extension().and_then(|ending| ending.to_str()) {
            Some("zip") => {
                tool("unzip", &["-q", path, "-d", to]);
                self.dir(unpacked.path(), name);
            }
            Some("pdf") => {
                self.bytes(&tool("pdftotext", &[path, "-"]), name);
                self.bytes(&tool("qpdf", &["--stream-data=uncompress", path, "-"]), name);
            }
            Some("gz") => self.bytes(&tool("gzip", &["-dc", path]), name),
            _ => {}
        }
    }

    fn bytes(&mut self, bytes: &[u8], name: &str) {
        for word in self.words {
            let word = word.as_bytes();
            let at = bytes
                .windows(word.len())
                .position(|part| part.eq_ignore_ascii_case(word));
            if let Some(at) = at {
                let around = &bytes[at.saturating_sub(100)..bytes.len().min(at + 100)];
                self.found
                    .push(format!("{name}: {}", String::from_utf8_lossy(around)));
            }
        }
    }
}

fn tool(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
    output.stdout
}

/// Where any of the words stands in what the program said and wrote.
fn found(desk: &Desk, words: &[String]) -> Vec<String> {
    let mut search = Search {
        words,
        found: Vec::new(),
    };
    search.bytes(desk.said.as_bytes(), "what was said");
    for dir in ["ledger", "out", "archive"] {
        search.dir(&desk.dir.path().join(dir), dir);
    }
    search.found
}

#[test]
fn no_canary_of_any_source_leaves_the_program() {
    let mut desk = Desk::new();
    desk.configure(ACCOUNT);
    // A run in which something of each fails, with answers in which canaries stand.
    for kind in [Kind::Denied, Kind::CutBody, Kind::Gateway] {
        desk.aws.fault(Fault {
            operation: "backup:ListBackupJobs",
            region: None,
            after: 0,
            times: 2,
            kind,
        });
    }
    let of_atlas = [
        ("events", AtlasKind::Gateway),
        ("backupCompliancePolicy", AtlasKind::Forbidden),
    ];
    for (what, kind) in of_atlas {
        desk.atlas.fault(AtlasFault {
            path: path(PROJECT, what),
            after: 0,
            times: 10,
            kind,
        });
    }
    desk.registers
        .fail("alwaysOn", "getMore", doc! { "errorCode": 43 });
    let ended = desk.run(&["collect"]);
    assert_eq!(ended.code, 4, "{ended:?}");
    for told in [
        "aws_backup_jobs",
        "atlas_events",
        "atlas_compliance_policy",
        "tickets",
    ] {
        assert!(ended.told.contains(told), "{told} did not fail: {}", ended.told);
    }
    // Nobody is let in.
    desk.registers.fail("off", "getMore", Document::new());
    let right = desk.dir.path().join("client-secret");
    fs::write(&right, "canary-of-a-wrong-secret").unwrap();
    desk.aws.state().world.roles.clear();
    assert_eq!(desk.run(&["collect", "--json"]).code, 4);
    fs::write(&right, CLIENT_SECRET).unwrap();
    for known in [HOME, OTHER] {
        desk.aws
            .state()
            .world
            .roles
            .insert(known.to_owned(), vec![ROLE.to_owned()]);
    }
    // All goes well, with either identity at Atlas.
    desk.atlas.state().faults.clear();
    for identity in [ACCOUNT, KEY] {
        desk.configure(identity);
        let ended = desk.run(&["collect"]);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let month = last_month();
    let bundle = format!("out/luma-{month}.zip");
    for arguments in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["status", "--period", &month],
        &["evaluate", "--period", &month],
        &["evaluate", "--period", &month, "--json"],
        &["package", "--period", &month],
        &["verify", &bundle, "--json"],
        &["archive", &bundle],
        &["archive", "--check", "--json"],
    ] {
        let ended = desk.run(arguments);
        assert!([0, 3, 4, 6].contains(&ended.code), "{arguments:?}: {ended:?}");
    }
    // What is wrong in the configuration is told without what stands there.
    desk.configure("client_id = \"canary-id-by-value\"\nclient_secret = \"canary-secret-by-value\"");
    assert_eq!(desk.run(&["collect"]).code, 1);

    assert_eq!(found(&desk, &forbidden()), [""; 0]);
    // The same search finds what is there: in words, in the ledger, in a part of the bundle, in the report, in a receipt; and what
    // led to a download stands as a digest.
    let there = [desk.bucket.as_str(), "Luma", "redacted, SHA-256"].map(str::to_owned);
    let there = found(&desk, &there);
    for place in [
        "what was said:",
        "ledger/objects/",
        &format!("{bundle}/data/results.json:"),
        &format!("out/luma-{month}.pdf: "),
        "archive/",
    ] {
        assert!(
            there.iter().any(|found| found.starts_with(place)),
            "{place}: {there:#?}"
        );
    }
}
