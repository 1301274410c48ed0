//! What a PEM signer takes, and what it refuses before anything is signed.

use backproof::sign::file::FileSigner;
use backproof::sign::{Algorithm, Signer as _};
use chrono::Months;

use super::identities::{load, read};
use super::now;

#[test]
fn keys_in_every_usual_form_sign_alike() {
    for (forms, chain, algorithm) in [
        (
            ["signer-rsa.key", "signer-rsa.pkcs1.key"],
            ["signer-rsa", "issuing"],
            Algorithm::RsaPkcs1Sha256,
        ),
        (
            ["signer-p256.key", "signer-p256.sec1.key"],
            ["signer-p256", "issuing"],
            Algorithm::EcdsaP256Sha256,
        ),
    ] {
        let signers = forms.map(|form| load(form, &chain).unwrap_or_else(|error| panic!("{form}: {error}")));
        assert_eq!(signers[0].algorithm(), algorithm);
        let signatures = signers.map(|signer| signer.sign(b"message").expect("signs"));
        assert_eq!(signatures[0], signatures[1]);
    }
}

#[test]
fn what_would_make_a_signature_worthless_is_refused() {
    let subject = |name: &str| format!("CN={name},O=backproof test\\, never trusted");
    for (key, chain, expected) in [
        (
            "root.pem",
            &["signer-p256"][..],
            "no private key found, expected a PEM block `-----BEGIN PRIVATE KEY-----`".into(),
        ),
        (
            "signer-p256.encrypted.key",
            &["signer-p256"],
            "the private key is encrypted: PEM keys are read without a password only; put key and certificates into a PKCS#12 file".to_owned(),
        ),
        (
            "ed25519.key",
            &["signer-p256"],
            "the private key cannot be read: neither RSA nor P-256".to_owned(),
        ),
        (
            "short-rsa.key",
            &["short-rsa"],
            "the RSA key has 1024 bits, at least 2048 are needed".to_owned(),
        ),
        (
            "signer-p256.key",
            &[],
            "the certificate chain cannot be read: no certificate found, expected PEM blocks \
             `-----BEGIN CERTIFICATE-----`"
                .to_owned(),
        ),
        (
            "signer-p256.key",
            &["signer-rsa"],
            format!(
                "the first certificate of the chain ({}) does not belong to the private key",
                subject("signer-rsa")
            ),
        ),
        (
            "wrong-usage.key",
            &["wrong-usage"],
            format!(
                "the certificate may not sign: {} is not for signatures: key usage lacks digitalSignature and \
                 nonRepudiation",
                subject("wrong-usage")
            ),
        ),
        (
            "wrong-purpose.key",
            &["wrong-purpose"],
            format!(
                "the certificate may not sign: {} is not for signing documents: extended key usage",
                subject("wrong-purpose")
            ),
        ),
        (
            "expired.key",
            &["expired", "issuing"],
            format!(
                "at the time of signing, 2026-10-05 00:00:00 UTC: {} expired at 2026-01-01T00:00:00Z",
                subject("expired")
            ),
        ),
        (
            "signer-p256.key",
            &["signer-p256", "root"],
            "certificate 2 of the chain did not issue the one before it".to_owned(),
        ),
    ] {
        let error = load(key, chain).expect_err(key).to_string();
        assert_eq!(error, expected, "{key} with {chain:?}");
    }
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    let early = now() - Months::new(36);
    let error =
        FileSigner::from_pem(&read("signer-p256.key"), &read("signer-p256.pem"), early).expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("is not valid before 2025-01-01T00:00:00Z"),
        "{error}"
    );
}
