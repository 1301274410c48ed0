//! `verify` of what is no bundle. What can't be read is an error; what can be read and isn't one fails.

use std::fs;

use crate::world::World;

const ABSENT: &str = "\n  because: No such file or directory (os error 2)";

#[test]
fn a_file_that_is_not_there() {
    let world = World::new();
    let said = world.backproof(&["verify", "nowhere.zip"]).expect(1);
    world.says(&said, &format!("error: can't read nowhere.zip{ABSENT}"));
}

#[test]
fn a_directory() {
    let world = World::new();
    let said = world.backproof(&["verify", "."]).expect(1);
    world.says(
        &said,
        "error: . is not a file: give a bundle (.zip) or a report (.pdf)",
    );
}

#[test]
fn a_device() {
    let world = World::new();
    let said = world.backproof(&["verify", "/dev/zero"]).expect(1);
    world.says(
        &said,
        "error: /dev/zero is not a file: give a bundle (.zip) or a report (.pdf)",
    );
}

#[test]
fn bytes_that_are_no_bundle() {
    let world = World::new();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"Everything is in order.\n"),
        ("zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ("half", b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0"),
        ("pdf", b"%PDF-1.7\n"),
        ("not-utf-8", &[0xff; 4096]),
    ] {
        fs::write(world.path(name), bytes).unwrap();
        let said = world.backproof(&["verify", name]).expect(5);
        assert_eq!(said.err, "");
        let last = said.out.lines().last().unwrap();
        assert!(last.starts_with("VERIFICATION FAILED: "), "{name}: {}", said.out);
        assert!(said.out.contains("  FAILED "), "{name}: {}", said.out);
    }
}

#[test]
fn a_trust_root_that_is_none() {
    let world = World::new();
    world.write("bundle.zip", "");
    let verify = |root| {
        world
            .backproof(&["verify", "bundle.zip", "--trust", root])
            .expect(1)
    };
    world.says(
        &verify("nowhere.pem"),
        &format!("error: can't read nowhere.pem{ABSENT}"),
    );
    world.says(
        &verify("bundle.zip"),
        "error: bundle.zip is no trust root\n  because: no certificate found, expected PEM blocks `-----BEGIN \
         CERTIFICATE-----`",
    );
}
