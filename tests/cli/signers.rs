//! Each kind of signer through the built program, up to what `verify` and the stock tools say of the result: a PKCS#12 file of
//! OpenSSL's, a token (SoftHSM), and a key management service (ministack).

use std::fs;
use std::path::Path;
use std::process::Command;

use base64ct::{Base64, Encoding as _};

use crate::harness::{command, end, fixtures};
use crate::ministack;
use crate::world::World;

const KINDS: [&str; 2] = ["rsa", "p256"];
const PIN: &str = "4711-canary";

/// Runs a stock tool in the world's place; all it printed.
#[track_caller]
fn tool(world: &World, environment: &[(&str, &str)], line: &[&str]) -> String {
    let output = Command::new(line[0])
        .args(&line[1..])
        .envs(environment.iter().copied())
        .current_dir(world.dir())
        .output();
    let output =
        output.unwrap_or_else(|error| panic!("{} must be installed for this test: {error}", line[0]));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{line:?}: {said}");
    said
}

/// A world in which everything is collected, with the certificates of `fixtures/pki`.
fn collected() -> World {
    let world = World::new();
    for name in ["root", "issuing", "signer-rsa", "signer-p256"] {
        for ending in ["pem", "key"] {
            let from = fixtures().join("pki").join(format!("{name}.{ending}"));
            if from.exists() {
                fs::copy(&from, world.path(&format!("{name}.{ending}"))).unwrap();
            }
        }
    }
    for kind in KINDS {
        let chain = ["signer-", "issuing"].map(|name| match name {
            "issuing" => fs::read_to_string(world.path("issuing.pem")).unwrap(),
            signer => fs::read_to_string(world.path(&format!("{signer}{kind}.pem"))).unwrap(),
        });
        world.write(&format!("chain-{kind}.pem"), &chain.concat());
    }
    world.backproof(&["collect"]).expect(4);
    world
}

/// Packages with this `[signing]` into `out`, and has everybody verify the result under `root`.
#[track_caller]
fn signs(world: &World, out: &str, signing: &str, root: &str, environment: &[(&str, &str)]) {
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    let plain = config.split("\n[signing]\n").next().unwrap();
    world.write("backproof.toml", &format!("{plain}\n[signing]\n{signing}"));
    let mut package = command(world.dir(), &["package", "--period", "2026-Q3", "--out", out]);
    package.envs(environment.iter().copied());
    let said = end(package).expect(3);
    let all = said.out + &said.err;
    assert!(!all.contains("canary"), "{out} shows a secret: {all}");

    let bundle = format!("{out}/luma-2026-Q3.zip");
    world.backproof(&["verify", &bundle, "--trust", root]).expect(0);
    let files = format!("{out}/files");
    tool(world, &[], &["unzip", "-q", &bundle, "-d", &files]);
    let [content, signature] = ["SHA256SUMS", "SHA256SUMS.p7s"].map(|name| format!("{files}/{name}"));
    let openssl = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ];
    let these = ["-in", &signature, "-content", &content, "-CAfile", root];
    tool(world, &[], &[&openssl[..], &these].concat());
    let report = format!("{out}/luma-2026-Q3.pdf");
    let pdfsig = tool(world, &[], &["pdfsig", "-nocert", &report]);
    assert!(pdfsig.contains("Signature is Valid."), "{pdfsig}");
}

/// The same where signing has to fail: what it says, and that nothing is made.
#[track_caller]
fn refuses(world: &World, signing: &str, environment: &[(&str, &str)], expected: &str) {
    let config = fs::read_to_string(world.path("backproof.toml")).unwrap();
    let plain = config.split("\n[signing]\n").next().unwrap();
    world.write("backproof.toml", &format!("{plain}\n[signing]\n{signing}"));
    let mut package = command(
        world.dir(),
        &["package", "--period", "2026-Q3", "--out", "refused"],
    );
    package.envs(environment.iter().copied());
    let said = end(package).expect(1);
    assert!(said.err.contains(expected), "{}", said.err);
    assert!(!said.err.contains("canary"), "{}", said.err);
    assert!(!world.path("refused").exists());
}

#[test]
fn a_pkcs12_file_signs() {
    let world = collected();
    world.write("password", "correct horse\n");
    for kind in KINDS {
        let (key, own, chain) = (
            format!("signer-{kind}.key"),
            format!("signer-{kind}.pem"),
            "issuing.pem",
        );
        let export = [
            "openssl",
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-in",
            &own,
            "-certfile",
            chain,
        ];
        tool(
            &world,
            &[],
            &[
                &export[..],
                &["-passout", "pass:correct horse", "-out", "signer.p12"],
            ]
            .concat(),
        );
        let signing = "pkcs12 = \"file:signer.p12\"\npassword = \"file:password\"\n";
        signs(&world, &format!("p12-{kind}"), signing, "root.pem", &[]);
    }
    let signing = "pkcs12 = \"file:signer.p12\"\npassword = \"env:PASSWORD\"\n";
    let wrong = [("PASSWORD", "canary")];
    refuses(
        &world,
        signing,
        &wrong,
        "because: the password is wrong, or the file is damaged",
    );
}

/// The library of SoftHSM.
fn softhsm() -> &'static str {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
    ];
    let place = places.into_iter().find(|place| Path::new(place).exists());
    place.expect("SoftHSM must be installed for this test")
}

#[test]
fn a_token_signs() {
    let world = collected();
    fs::create_dir(world.path("tokens")).unwrap();
    let tokens = world.path("tokens");
    world.write(
        "softhsm2.conf",
        &format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()),
    );
    let conf = world.path("softhsm2.conf").to_str().unwrap().to_owned();
    let environment = [("SOFTHSM2_CONF", conf.as_str()), ("PIN", PIN)];
    let init = [
        "softhsm2-util",
        "--init-token",
        "--free",
        "--label",
        "luma",
        "--so-pin",
        "5678",
        "--pin",
        PIN,
    ];
    tool(&world, &environment, &init);
    for (kind, id) in [("rsa", "01"), ("p256", "02")] {
        let key = format!("signer-{kind}.key");
        let import = ["softhsm2-util", "--import", &key, "--token", "luma", "--pin", PIN];
        tool(
            &world,
            &environment,
            &[&import[..], &["--label", kind, "--id", id]].concat(),
        );
    }
    let signing = |token: &str, label: &str, kind: &str, pin: &str| {
        format!(
            "pkcs11_module = {:?}\ntoken = {token:?}\nkey_label = {label:?}\npin = \"env:{pin}\"\ncertificates = \"file:chain-{kind}.pem\"\n",
            softhsm()
        )
    };
    for kind in KINDS {
        signs(
            &world,
            &format!("token-{kind}"),
            &signing("luma", kind, kind, "PIN"),
            "root.pem",
            &environment,
        );
    }
    for (wrong, expected) in [
        (
            signing("lumen", "rsa", "rsa", "PIN"),
            "because: 0 tokens are labelled \"lumen\", one is needed; there are: \"luma\"",
        ),
        (
            signing("luma", "dsa", "rsa", "PIN"),
            "because: 0 private keys of the token \"luma\" are labelled \"dsa\", one is needed",
        ),
        (
            signing("luma", "rsa", "p256", "PIN"),
            "because: the key \"rsa\" does not sign for its certificate: ",
        ),
        (
            signing("luma", "rsa", "rsa", "SOFTHSM2_CONF"),
            "because: the token \"luma\" refuses the PIN: ",
        ),
        (
            signing("luma", "rsa", "rsa", "PIN").replace(softhsm(), "nowhere.so"),
            "because: the PKCS#11 module ",
        ),
    ] {
        refuses(&world, &wrong, &environment, expected);
    }
}

/// Asks the key management service for something; its answer.
#[track_caller]
fn kms(call: &str, body: &str) -> serde_json::Value {
    let target = format!("TrentService.{call}");
    let headers = [
        ("X-Amz-Target", target.as_str()),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let said = ministack::does("POST", "/", &headers, body);
    assert!(said.head.contains("json"), "{said:?}");
    serde_json::from_slice(&said.body).unwrap()
}

#[test]
fn a_key_management_service_signs() {
    let world = collected();
    let subject = [
        "-subj",
        "/CN=kms root",
        "-days",
        "3650",
        "-addext",
        "keyUsage=critical,keyCertSign",
    ];
    let root = [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
    ];
    tool(&world, &[], &[&root[..], &subject].concat());
    world.write(
        "leaf.cnf",
        "basicConstraints = critical,CA:false\nkeyUsage = critical,digitalSignature\nextendedKeyUsage = 1.3.6.1.5.5.7.3.36\n",
    );
    let url = format!("http://127.0.0.1:{}", ministack::port());
    let environment = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_ACCESS_KEY_ID", "canary-id"),
        ("AWS_SECRET_ACCESS_KEY", "canary-secret"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ];
    let mut arns = Vec::new();
    for (kind, spec) in [("rsa", "RSA_3072"), ("p256", "ECC_NIST_P256")] {
        let made = kms(
            "CreateKey",
            &format!(r#"{{"KeySpec":"{spec}","KeyUsage":"SIGN_VERIFY"}}"#),
        );
        let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let public = kms("GetPublicKey", &format!(r#"{{"KeyId":"{arn}"}}"#));
        let public = Base64::decode_vec(public["PublicKey"].as_str().unwrap()).unwrap();
        fs::write(world.path("public.der"), public).unwrap();
        tool(
            &world,
            &[],
            &[
                "openssl",
                "pkey",
                "-pubin",
                "-inform",
                "DER",
                "-in",
                "public.der",
                "-out",
                "public.pem",
            ],
        );
        // A request has to be signed by its own key, which nobody has here: any key signs it, and the public half is then replaced.
        let request = [
            "openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "any.key", "-out",
            "any.csr",
        ];
        tool(
            &world,
            &[],
            &[&request[..], &["-subj", "/CN=kms signer"]].concat(),
        );
        let chain = format!("kms-{kind}.pem");
        let issue = [
            "openssl",
            "x509",
            "-req",
            "-in",
            "any.csr",
            "-force_pubkey",
            "public.pem",
            "-CA",
            "ca.pem",
        ];
        let ending = [
            "-CAkey", "ca.key", "-extfile", "leaf.cnf", "-days", "3650", "-out", &chain,
        ];
        tool(&world, &[], &[&issue[..], &ending].concat());
        let signing = format!("kms_key = {arn:?}\ncertificates = \"file:{chain}\"\n");
        signs(&world, &format!("kms-{kind}"), &signing, "ca.pem", &environment);
        arns.push(arn);
    }
    let policy = world.backproof(&["doctor", "--policy"]).expect(0).out;
    assert!(
        policy.contains("kms:GetPublicKey") && policy.contains(&arns[1]),
        "{policy}"
    );
    let signing = |key: &str, chain: &str| format!("kms_key = {key:?}\ncertificates = \"file:{chain}\"\n");
    let other = ") does not belong to the private key";
    refuses(&world, &signing(&arns[0], "kms-p256.pem"), &environment, other);
    let unknown = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000";
    refuses(
        &world,
        &signing(unknown, "kms-p256.pem"),
        &environment,
        "because: kms:GetPublicKey of arn:aws:kms:us-east-1",
    );
    let encrypts = kms(
        "CreateKey",
        r#"{"KeySpec":"RSA_3072","KeyUsage":"ENCRYPT_DECRYPT"}"#,
    );
    let encrypts = encrypts["KeyMetadata"]["Arn"].as_str().unwrap();
    refuses(
        &world,
        &signing(encrypts, "kms-rsa.pem"),
        &environment,
        "is not a key for signing",
    );
}
