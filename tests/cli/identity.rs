//! Signing identities that can't sign, or that give a secret away. All are refused before anything is collected.

use std::fs;

use crate::harness::{fixtures, names};
use crate::world::World;

/// A world whose configuration names this key and these certificates.
fn world(key: &str, certificates: &str) -> World {
    let world = World::new();
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    let signing = format!("\n[signing]\nkey = {key:?}\ncertificates = {certificates:?}\n");
    world.write("backproof.toml", &(config + &signing));
    for name in names(&fixtures().join("pki")) {
        fs::copy(fixtures().join("pki").join(&name), world.path(&name)).unwrap();
    }
    world
}

#[track_caller]
fn check(key: &str, certificates: &str, expected: &str) {
    world(key, certificates).refused(expected);
}

#[test]
fn a_secret_given_by_value() {
    let secret = "hunter2-hunter2-hunter2";
    let hint = "\n  hint: put the secret into a file or the environment, and name that";
    for (key, certificates, place) in [
        (secret, "file:signer-rsa.pem", "signing.key"),
        (
            "-----BEGIN PRIVATE KEY-----",
            "file:signer-rsa.pem",
            "signing.key",
        ),
        ("env:", "file:signer-rsa.pem", "signing.key"),
        ("file:signer-rsa.key", secret, "signing.certificates"),
    ] {
        let expected = format!(
            "error: backproof.toml: {place} is not a reference: write file:PATH or env:NAME, never the value \
             itself{hint}"
        );
        check(key, certificates, &expected);
    }
}

#[test]
fn a_key_that_is_not_there() {
    check(
        "file:nowhere.key",
        "file:signer-rsa.pem",
        "error: can't read signing.key\n  because: can't read nowhere.key\n  because: No such file or directory (os \
         error 2)",
    );
}

#[test]
fn a_variable_that_is_not_set() {
    check(
        "env:BACKPROOF_KEY",
        "file:signer-rsa.pem",
        "error: can't read signing.key\n  because: the environment has no BACKPROOF_KEY",
    );
}

#[test]
fn a_key_of_another_certificate() {
    let world = world("file:signer-rsa.key", "file:signer-p256.pem");
    let before = names(world.dir());
    let said = world.run().expect(1);
    let start = "error: the configured identity can't sign\n  because: the first certificate of the chain (";
    assert!(
        said.err.starts_with(start) && said.err.contains("CN=signer-p256"),
        "{}",
        said.err
    );
    assert!(
        said.err.ends_with(") does not belong to the private key\n"),
        "{}",
        said.err
    );
    assert_eq!(names(world.dir()), before);
}

#[test]
fn a_certificate_that_has_expired() {
    let world = world("file:expired.key", "file:expired.pem");
    let before = names(world.dir());
    let said = world.run().expect(1);
    let start = "error: the configured identity can't sign\n  because: at the time of signing, ";
    assert!(
        said.err.starts_with(start) && said.err.contains("2026-01-01"),
        "{}",
        said.err
    );
    assert_eq!(names(world.dir()), before);
}

#[test]
fn a_certificate_that_may_not_sign() {
    for name in ["wrong-usage", "wrong-purpose", "critical-extension"] {
        let world = world(&format!("file:{name}.key"), &format!("file:{name}.pem"));
        let said = world.run().expect(1);
        let start = "error: the configured identity can't sign\n  because: the certificate may not sign: ";
        assert!(said.err.starts_with(start), "{name}: {}", said.err);
    }
}

#[test]
fn a_key_that_is_too_short() {
    let world = world("file:short-rsa.key", "file:short-rsa.pem");
    let said = world.run().expect(1);
    assert!(
        said.err.contains("the RSA key has 1024 bits, at least "),
        "{}",
        said.err
    );
}

#[test]
fn a_key_with_a_password() {
    check(
        "file:signer-p256.encrypted.key",
        "file:signer-p256.pem",
        "error: the configured identity can't sign\n  because: the private key is encrypted: PEM keys are read \
         without a password only; put key and certificates into a PKCS#12 file",
    );
}

#[test]
fn a_file_that_is_no_key() {
    check(
        "file:signer-rsa.pem",
        "file:signer-rsa.pem",
        "error: the configured identity can't sign\n  because: no private key found, expected a PEM block `-----BEGIN \
         PRIVATE KEY-----`",
    );
}

#[test]
fn no_key_is_ever_shown() {
    let pem = fs::read_to_string(fixtures().join("pki/signer-rsa.key")).unwrap();
    let secret = pem.lines().nth(2).unwrap();
    for (key, certificates) in [
        (&pem[..], "file:signer-rsa.pem"),
        ("file:signer-rsa.key", "file:signer-p256.pem"),
        ("env:KEY", "file:signer-p256.pem"),
        ("file:signer-p256.pem", "env:KEY"),
    ] {
        let said = world(key, certificates).run_with(&[("KEY", &pem)]).expect(1);
        assert!(
            !said.err.contains(secret) && !said.out.contains(secret),
            "{}",
            said.err
        );
    }
}

#[test]
fn a_development_identity_that_was_damaged_is_never_replaced() {
    let world = World::new();
    world.backproof(&["collect"]).expect(4);
    world.backproof(&["package", "--period", "2026-Q3"]).expect(3);
    fs::remove_dir_all(world.path("out")).unwrap();
    let dir = world.path("ledger/dev-identity");
    for name in names(&dir) {
        let whole = fs::read(dir.join(&name)).unwrap();
        fs::write(dir.join(&name), &whole[..50]).unwrap();
        let said = world.backproof(&["package", "--period", "2026-Q3"]).expect(1);
        let start = "error: can't use the development identity in ledger/dev-identity: if it is damaged, remove it and \
                     run again for a new one\n  because: ";
        assert!(said.err.starts_with(start), "{name}: {}", said.err);
        assert!(!world.path("out").exists(), "{name}");
        assert_eq!(fs::read(dir.join(&name)).unwrap(), whole[..50], "{name}");
        fs::write(dir.join(&name), whole).unwrap();
    }
    world.backproof(&["package", "--period", "2026-Q3"]).expect(3);
}

#[test]
fn a_signer_that_is_not_one_signer() {
    let pem = "key = \"file:signer-rsa.key\"\n";
    let chain = "certificates = \"file:signer-rsa.pem\"\n";
    let kms = "kms_key = \"arn:aws:kms:us-east-1:111122223333:key/k-1\"\n";
    for (lines, expected) in [
        (
            chain.to_owned(),
            "signing names no private key: write key, pkcs12, kms_key or pkcs11_module",
        ),
        (
            format!("{pem}{kms}{chain}"),
            "signing names several private keys (key, kms_key): leave one",
        ),
        (pem.to_owned(), "signing.key needs signing.certificates"),
        (
            format!("{pem}{chain}pin = \"env:PIN\"\n"),
            "signing.pin is of no use with signing.key: leave it out",
        ),
        (
            "pkcs12 = \"file:a.p12\"\npassword = \"env:P\"\ncertificates = \"file:c.pem\"\n".to_owned(),
            "signing.certificates is of no use with signing.pkcs12: leave it out",
        ),
        (
            "pkcs12 = \"env:P12\"\npassword = \"env:P\"\n".to_owned(),
            "signing.pkcs12 is a file: write file:PATH",
        ),
        (
            format!("kms_key = \"alias/evidence\"\n{chain}"),
            "signing.kms_key is no ARN: say where the key is with signing.region",
        ),
        (
            format!("{kms}{chain}region = \"us-west-2\"\n"),
            "signing.region is us-west-2, the ARN of signing.kms_key says us-east-1",
        ),
        (
            format!("kms_key = \"alias/evidence\"\nregion = \"us-east-1\"\nrole = \"signer\"\n{chain}"),
            "signing.role needs signing.account: the account that the role is of",
        ),
        (
            format!("{kms}{chain}external_id = \"x\"\n"),
            "signing.external_id is for a role: name signing.role too",
        ),
        (
            format!("pkcs11_module = \"hsm.so\"\nkey_label = \"k\"\npin = \"env:PIN\"\n{chain}"),
            "signing.pkcs11_module needs signing.token",
        ),
    ] {
        let world = World::new();
        let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
        world.write("backproof.toml", &format!("{config}\n[signing]\n{lines}"));
        world.refused(&format!("error: backproof.toml: {expected}"));
    }
}
