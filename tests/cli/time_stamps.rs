//! Time stamps through the built program, of authorities that stamp and of those that don't: what the package, `verify`, the stock
//! tools and `doctor` then say.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::authority::{Authority, Fault, nowhere};
use crate::harness::{Ended, command, end, json as read};
use crate::world::World;

/// A world in which everything is collected, and the places of two authorities.
struct Desk {
    world: World,
    authorities: Vec<Authority>,
}

type Faults = fn(usize) -> Fault;

impl Desk {
    fn new(faults: &[Faults]) -> Self {
        let world = World::new();
        let authorities = (0..)
            .zip(faults)
            .map(|(n, fault)| Authority::new(&world.path(&format!("tsa-{n}")), *fault));
        let authorities: Vec<_> = authorities.collect();
        let roots: String = authorities
            .iter()
            .map(|authority| fs::read_to_string(authority.root()).unwrap())
            .collect();
        world.write("tsa-roots.pem", &roots);
        let plain = fs::read_to_string(world.path("backproof.toml")).unwrap();
        world.write("plain.toml", &plain);
        world.backproof(&["collect"]).expect(4);
        Self { world, authorities }
    }

    fn url(&self, n: usize) -> String {
        self.authorities[n].url()
    }

    /// Has these be asked.
    fn asks(&self, urls: &[&str]) {
        let plain = fs::read_to_string(self.world.path("plain.toml")).unwrap();
        let asked = urls
            .iter()
            .map(|url| format!("[[time_stamps.authority]]\nurl = {url:?}\nwait_seconds = 5\n"));
        let asked: String = asked.collect();
        self.world.write(
            "backproof.toml",
            &format!("{plain}\n[time_stamps]\ntrust = \"tsa-roots.pem\"\n{asked}"),
        );
    }

    fn package(&self, out: &str, more: &[&str]) -> Ended {
        let package = ["package", "--period", "2026-Q3", "--out", out];
        self.world.backproof(&[&package[..], more].concat())
    }

    /// Unpacks what was made, and gives what its manifest says of time stamps.
    #[track_caller]
    fn manifest(&self, out: &str) -> Value {
        tool(
            self.world.dir(),
            &format!("unzip -q {out}/luma-2026-Q3.zip -d {out}/files"),
        );
        let manifest = fs::read_to_string(self.world.path(&format!("{out}/files/manifest.json"))).unwrap();
        read(&manifest)["time_stamps"].clone()
    }

    /// The report's text, in one line.
    fn report(&self, out: &str) -> String {
        let text = tool(
            self.world.dir(),
            &format!("pdftotext -layout {out}/luma-2026-Q3.pdf -"),
        );
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn verify(&self, out: &str, more: &[&str]) -> Ended {
        let bundle = format!("{out}/luma-2026-Q3.zip");
        let verify = ["verify", &bundle, "--trust", "ledger/dev-identity/root.pem"];
        self.world.backproof(&[&verify[..], more].concat())
    }
}

/// Runs a stock tool; all it printed.
#[track_caller]
fn tool(dir: &Path, line: &str) -> String {
    let mut words = line.split(' ');
    let output = Command::new(words.next().unwrap())
        .args(words)
        .current_dir(dir)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{line}: must be installed for this test: {error}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{line}: {said}");
    said
}

const STAMPS: [&str; 2] = ["--trust-timestamps", "tsa-roots.pem"];

#[test]
fn one_authority_vouches_for_all_of_a_package_and_who_did_not_is_named() {
    // The second one stamps the report and then no more; so the third one stamps everything.
    let desk = Desk::new(&[
        |n| if n < 2 { Fault::None } else { Fault::Status(403) },
        |_| Fault::None,
    ]);
    let gone = nowhere();
    let (second, third) = (desk.url(0), desk.url(1));
    desk.asks(&[&gone, &second, &third]);
    let made = desk.package("out", &["--require-timestamp"]).expect(3);
    assert!(
        made.out.contains(&format!("time stamps of {third}\n")),
        "{}",
        made.out
    );
    let unreachable = "could not be reached: Connection refused (os error 111)";
    for note in [
        format!("note: the time stamp authority {gone} {unreachable}\n"),
        format!("note: the time stamp authority {second} answered with HTTP status 403\n"),
    ] {
        assert!(made.err.contains(&note), "{}", made.err);
    }
    assert_eq!((desk.authorities[0].asked(), desk.authorities[1].asked()), (3, 4));

    assert_eq!(
        desk.manifest("out"),
        json!([
            {"authority": gone, "failure": unreachable},
            {"authority": second, "failure": "answered with HTTP status 403"},
            {"authority": third, "failure": null},
        ])
    );
    let report = desk.report("out");
    for said in [
        format!("Time of signing Time stamps of {third}, in the signatures"),
        format!("This time stamp authority was asked in vain: {gone} {unreachable}."),
        format!("This time stamp authority was asked in vain: {second} answered with HTTP status 403."),
    ] {
        assert!(report.contains(&said), "the report does not say: {said}");
    }
    let verified = desk.verify("out", &STAMPS).expect(0);
    let note = format!("the time stamp authority {second} answered with HTTP status 403");
    assert!(verified.out.contains(&note), "{}", verified.out);
    // Who does not name the authority's root is told that nobody can tell whose the stamps are.
    desk.verify("out", &[]).expect(6);

    let files = desk.world.path("out/files");
    let text = fs::read_to_string(files.join("VERIFY.txt")).unwrap();
    assert!(
        text.contains(&format!("{third}\n      stamped the list")),
        "{text}"
    );
    assert!(
        text.contains(&format!("{gone}\n      gave no time stamp: it {unreachable}\n")),
        "{text}"
    );
    fs::copy(desk.authorities[1].root(), files.join("tsa-root.pem")).unwrap();
    let line = text
        .lines()
        .find(|line| line.trim().starts_with("openssl ts -verify"))
        .unwrap();
    assert!(tool(&files, line.trim()).contains("Verification: OK"));
    let pdfsig = tool(desk.world.dir(), "pdfsig -nocert out/luma-2026-Q3.pdf");
    assert!(
        pdfsig.contains("Signature is Valid.") && pdfsig.contains("Total document signed"),
        "{pdfsig}"
    );

    // A time stamp that is taken away is missed, although nothing signs where it stood.
    fs::remove_file(files.join("SHA256SUMS.tsr")).unwrap();
    let whole = fs::read(desk.world.path("out/luma-2026-Q3.zip")).unwrap();
    fs::write(desk.world.path("out/luma-2026-Q3.zip"), without_reply(&whole)).unwrap();
    let refused = desk.verify("out", &STAMPS).expect(5);
    assert!(
        refused.out.contains("FAILED bundle.time-stamps SHA256SUMS.tsr"),
        "{}",
        refused.out
    );
}

/// A bundle as it would be had its time stamp over the list never been there; its lists say so, too.
fn without_reply(bundle: &[u8]) -> Vec<u8> {
    use backproof_verify::check::Checks;
    use backproof_verify::digest::Sha256Digest;
    use backproof_verify::layout;
    use backproof_verify::sums::{Sums, encode};
    use backproof_verify::zip::{Entry, Method, end_record, read};

    let found = read(bundle, &mut Checks::new()).unwrap();
    let mut entries: Vec<_> = found.iter().map(|found| found.entry(bundle).unwrap()).collect();
    entries.retain(|entry| entry.path != layout::SUMS_TIME_STAMP);
    let tags = entries
        .iter()
        .filter(|entry| layout::tag_file(entry.path).is_some() && entry.path != layout::TAG_MANIFEST);
    let tags: Sums = tags
        .map(|entry| (entry.path.to_owned(), Sha256Digest::of(entry.packed)))
        .collect();
    let tags = encode(&tags);
    let mut crc = flate2::Crc::new();
    crc.update(&tags);
    let own = entries
        .iter_mut()
        .find(|entry| entry.path == layout::TAG_MANIFEST)
        .unwrap();
    *own = Entry {
        path: layout::TAG_MANIFEST,
        method: Method::Stored,
        crc32: crc.sum(),
        size: tags.len() as u32,
        packed: &tags,
    };
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in &entries {
        directory.extend(entry.central_header(out.len() as u32));
        out.extend(entry.local_header());
        out.extend(entry.packed);
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(end_record(entries.len() as u16, directory.len() as u32, start));
    out
}

#[test]
fn where_nobody_stamps_everything_says_so_and_nothing_is_made_where_it_is_required() {
    let desk = Desk::new(&[|_| Fault::Imprint]);
    let wrong = desk.url(0);
    desk.asks(&[&wrong]);
    let refused = desk.package("out", &["--require-timestamp"]).expect(1);
    let why = format!(
        "no authority gave a time stamp, so nothing was packaged: {wrong} gave a time stamp that does not hold: "
    );
    assert!(refused.err.contains(&why), "{}", refused.err);
    assert!(
        !desk.world.path("out/luma-2026-Q3.zip").exists()
            && !desk.world.path("out/luma-2026-Q3.pdf").exists()
    );

    let made = desk.package("out", &["--json"]).expect(3);
    let stamps = desk.manifest("out");
    assert_eq!(read(&made.out)["time_stamps"], stamps);
    assert_eq!(stamps.as_array().map(Vec::len), Some(1));
    let failure = stamps[0]["failure"].as_str().unwrap();
    assert!(
        failure.starts_with("gave a time stamp that does not hold: timestamp.imprint: "),
        "{failure}"
    );
    let report = desk.report("out");
    for said in [
        "Claimed by whoever signs: no authority gave a time stamp, see section 11",
        &format!(
            "This time stamp authority was asked in vain: {wrong} gave a time stamp that does not hold: "
        ),
        "So when the report was signed is what its signer says: no authority vouches for it.",
    ] {
        assert!(report.contains(said), "the report does not say: {said}");
    }
    let verified = desk.verify("out", &STAMPS).expect(0);
    assert!(
        verified.out.contains("SHA256SUMS.tsr is absent"),
        "{}",
        verified.out
    );
    let told = desk.package("again", &[]).expect(3).err;
    assert!(
        told.contains("NO TIME STAMP: no authority vouches for the time of signing."),
        "{told}"
    );

    desk.asks(&[]);
    let nobody = desk.package("nobody", &[]).expect(1);
    assert!(
        nobody.err.contains("[time_stamps] names 0 authorities"),
        "{}",
        nobody.err
    );
    fs::copy(desk.world.path("plain.toml"), desk.world.path("backproof.toml")).unwrap();
    let nobody = desk.package("nobody", &["--require-timestamp"]).expect(1);
    assert!(
        nobody.err.contains("--require-timestamp needs somebody to ask"),
        "{}",
        nobody.err
    );
    assert!(!desk.world.path("nobody").exists());
    desk.package("plain", &[]).expect(3);
    assert_eq!(desk.manifest("plain"), json!([]));
    let report = desk.report("plain");
    for said in [
        "Time of signing Claimed by whoever signs: no time stamp was asked for",
        "When the report was signed is what its signer says: no time stamp was asked for.",
    ] {
        assert!(report.contains(said), "the report does not say: {said}");
    }
}

#[test]
fn the_unattended_run_asks_over_tls_too_and_verifies_what_was_stamped_since_it_began() {
    let world = World::new();
    let authority = Authority::over_tls(&world.path("tsa"), |_| Fault::None);
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    let stamps = format!(
        "{config}\n[schedule]\nfirst_month = \"2026-09\"\n[time_stamps]\ntrust = {:?}\n[[time_stamps.authority]]\nurl = {:?}\n",
        authority.root(),
        authority.url()
    );
    world.write("backproof.toml", &stamps);
    let run = |environment: &[(&str, &str)]| {
        let mut run = command(
            world.dir(),
            &["run", "--scheduled", "--require-timestamp", "--log", "json"],
        );
        run.envs(environment.iter().copied());
        end(run)
    };
    // Whose server it is, nobody knows: no period is packaged, and the run has failed.
    let refused = run(&[]).expect(1);
    assert!(
        refused
            .err
            .contains("could not be reached: invalid peer certificate"),
        "{}",
        refused.err
    );
    assert!(!world.path("out/luma-2026-09.zip").exists());

    let root = world.path("tsa/tls-root.pem");
    let made = run(&[("SSL_CERT_FILE", root.to_str().unwrap())]).expect(3);
    let packaged = made
        .err
        .lines()
        .map(read)
        .any(|event| event["event"] == "packaged" && event["period"] == "2026-09");
    assert!(packaged, "{}", made.err);
    let trust = [
        "--trust",
        "ledger/dev-identity/root.pem",
        "--trust-timestamps",
        "tsa/tsa-root.pem",
    ];
    world
        .backproof(&[&["verify", "out/luma-2026-09.zip"], &trust[..]].concat())
        .expect(0);
    assert_eq!(authority.asked(), 4);
}

#[test]
fn doctor_has_each_authority_stamp() {
    let desk = Desk::new(&[|_| Fault::None, |_| Fault::Reject]);
    let (good, refuses, gone) = (desk.url(0), desk.url(1), nowhere());
    desk.asks(&[&good, &refuses, &gone]);
    let doctor = || read(&desk.world.backproof(&["doctor", "--json"]).out);
    let told = |json: &Value, name: &str| {
        let check = json["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["check"] == name);
        let check = check.unwrap_or_else(|| panic!("no {name}: {json}"));
        let text = |member: &str| check[member].as_str().unwrap().to_owned();
        (text("outcome"), text("said"))
    };
    let json = doctor();
    let expected = (
        "ok".to_owned(),
        "CN=stamping stamps by policy 1.2.3.4.1".to_owned(),
    );
    assert_eq!(told(&json, &good), expected);
    let (outcome, said) = told(&json, &refuses);
    assert!(
        outcome == "failed" && said.starts_with("it refuses with status 2: unacceptedPolicy"),
        "{said}"
    );
    let (outcome, said) = told(&json, &gone);
    assert!(
        outcome == "failed" && said.starts_with("it could not be reached: "),
        "{said}"
    );
    assert_eq!(told(&json, "clock").0, "ok");

    // Roots that are not there, or none.
    fs::write(desk.world.path("tsa-roots.pem"), "").unwrap();
    let (outcome, said) = told(&doctor(), "trust roots");
    assert!(outcome == "failed" && said.contains("is no trust root"), "{said}");
    fs::remove_file(desk.world.path("tsa-roots.pem")).unwrap();
    let refused = desk.package("out", &[]).expect(1);
    assert!(
        refused.err.contains("can't read time_stamps.trust: "),
        "{}",
        refused.err
    );
    fs::copy(desk.world.path("plain.toml"), desk.world.path("backproof.toml")).unwrap();
    assert_eq!(told(&doctor(), "time stamps").0, "note");
}
