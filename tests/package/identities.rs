//! Configured identities: RSA-3072 and P-256, through `[signing]`, verified with their root.

use std::fs;
use std::path::Path;

use crate::harness::{backproof, copy, fixtures, json, names, quarter_config};
use crate::quarter::{BUNDLE, REPORT, arguments, quarter};

/// Writes the recorded quarter's configuration with the identity `name` of `fixtures/pki` into `dir`.
pub(crate) fn configuration(dir: &Path, name: &str) -> String {
    let pki = fixtures().join("pki");
    let pem = |name: &str| fs::read_to_string(pki.join(name)).unwrap();
    fs::write(dir.join("signer.key"), pem(&format!("{name}.key"))).unwrap();
    let chain = pem(&format!("{name}.pem")) + &pem("issuing.pem");
    fs::write(dir.join("chain.pem"), chain).unwrap();
    let text = quarter_config();
    let signing = "\n[signing]\nkey = \"file:signer.key\"\ncertificates = \"file:chain.pem\"\n";
    fs::write(dir.join("backproof.toml"), text + signing).unwrap();
    "backproof.toml".to_owned()
}

fn check(name: &str) {
    let dir = quarter().ledger_copy();
    let config = configuration(dir.path(), name);
    // The ledger's development identity must not be taken in place of the configured one.
    let said = backproof(dir.path(), &arguments("package", &config, "out")).expect(3);
    assert_eq!(said.err, "exit 3: exceptions were noted\n");
    assert_eq!(names(&dir.path().join("out")), [REPORT, BUNDLE]);
    copy(&fixtures().join("pki"), &dir.path().join("pki"));
    for file in [BUNDLE, REPORT] {
        let verify = |root: &str| {
            let file = format!("out/{file}");
            backproof(dir.path(), &["verify", &file, "--json", "--trust", root])
        };
        let said = json(&verify("pki/root.pem").expect(0).out);
        assert_eq!(said["verdict"], "verified", "{said}");
        assert_eq!(said["signer"]["development"], false, "{said}");
        let subject = said["signer"]["subject"].as_str().unwrap();
        assert!(subject.contains(&format!("CN={name}")), "{subject}");
        verify("pki/other-root.pem").expect(5);
        verify("ledger/dev-identity/root.pem").expect(5);
    }
}

#[test]
fn an_rsa_3072_key_signs() {
    check("signer-rsa");
}

#[test]
fn a_p_256_key_signs() {
    check("signer-p256");
}
