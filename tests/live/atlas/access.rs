//! Who may ask: tokens of a service account, and HTTP digest. Both are checked to the last byte, by what the RFCs say and not
//! by the crate that the program uses.

use std::collections::{BTreeMap, BTreeSet};

use hyper::http::HeaderMap;
use md5::{Digest as _, Md5};

/// The public half of the API key.
pub(crate) const PUBLIC_KEY: &str = "apibkprf";
/// Its private half.
pub(crate) const PRIVATE_KEY: &str = "canary-private-key";
/// The service account.
pub(crate) const CLIENT_ID: &str = "mdb_sa_id_65f0c2a1b7e3d95a0c1e4f20";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "mdb_sa_sk_canary-client-secret";

/// What was given out, and how long it holds.
#[derive(Debug)]
pub(crate) struct Access {
    /// Requests that a token or nonce is good for.
    pub(crate) uses: usize,
    /// What the reply says of a token's life, in seconds.
    pub(crate) expires_in: u64,
    /// Projects that this identity may not see.
    pub(crate) forbidden: BTreeSet<String>,
    /// Tokens with the requests that they are still good for.
    tokens: BTreeMap<String, usize>,
    /// Nonces with the highest count seen, and the requests that they are still good for.
    nonces: BTreeMap<String, (u32, usize)>,
    /// Requests for a token that are answered with 429 before one is granted.
    pub(crate) busy: usize,
    /// Tokens asked for, granted or not.
    pub(crate) token_requests: usize,
    /// Challenges given.
    pub(crate) challenges: usize,
}

/// What became of a request's credentials.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// The challenge to answer, where one is given.
    Refused(Option<String>),
}

impl Access {
    pub(crate) fn new() -> Self {
        Self {
            uses: usize::MAX,
            expires_in: 3600,
            forbidden: BTreeSet::new(),
            tokens: BTreeMap::new(),
            nonces: BTreeMap::new(),
            busy: 0,
            token_requests: 0,
            challenges: 0,
        }
    }

    /// Grants a token, or says with which status and code it does not.
    pub(crate) fn grant(&mut self, head: &HeaderMap, body: &[u8]) -> Result<String, (u16, &'static str)> {
        self.token_requests += 1;
        if self.busy > 0 {
            self.busy -= 1;
            return Err((429, "RATE_LIMITED"));
        }
        let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok());
        if header("content-type") != Some("application/x-www-form-urlencoded")
            || body != b"grant_type=client_credentials"
        {
            return Err((400, "unsupported_grant_type"));
        }
        if header("authorization") != Some(basic(CLIENT_ID, CLIENT_SECRET).as_str()) {
            return Err((401, "invalid_client"));
        }
        let token = format!("canary-token-{}", self.token_requests);
        self.tokens.insert(token.clone(), self.uses);
        Ok(token)
    }

    /// Whether the request comes from somebody known.
    pub(crate) fn check(&mut self, head: &HeaderMap, method: &str, uri: &str) -> Verdict {
        let given = head.get("authorization").and_then(|value| value.to_str().ok());
        let good = match given.and_then(|given| given.split_once(' ')) {
            Some(("Bearer", token)) => spent(self.tokens.get_mut(token)),
            Some(("Digest", rest)) => self.digest(rest, method, uri),
            _ => false,
        };
        match given {
            _ if good => Verdict::Good,
            Some(given) if given.starts_with("Bearer") => Verdict::Refused(None),
            _ => Verdict::Refused(Some(self.challenge())),
        }
    }

    fn challenge(&mut self) -> String {
        self.challenges += 1;
        let nonce = format!("bm9uY2Ugb2YgdGhlIHRlc3Q{:08}", self.challenges);
        self.nonces.insert(nonce.clone(), (0, self.uses));
        format!(
            "Digest realm=\"MMS Public API\", domain=\"\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\", stale=false"
        )
    }

    /// RFC 7616 3.4: every part of the response, and a count that only rises.
    fn digest(&mut self, given: &str, method: &str, uri: &str) -> bool {
        let parts: BTreeMap<&str, &str> = given
            .split(", ")
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim_matches('"')))
            .collect();
        let part = |name: &str| parts.get(name).copied().unwrap_or_default();
        let known = [
            ("username", PUBLIC_KEY),
            ("realm", "MMS Public API"),
            ("uri", uri),
            ("qop", "auth"),
        ];
        if known.iter().any(|(name, value)| part(name) != *value) || part("cnonce").len() < 8 {
            return false;
        }
        let Ok(count) = u32::from_str_radix(part("nc"), 16) else {
            return false;
        };
        let Some((highest, uses)) = self.nonces.get_mut(part("nonce")) else {
            return false;
        };
        if count <= *highest || part("nc").len() != 8 || !spent(Some(uses)) {
            return false;
        }
        *highest = count;
        let secret = md5(&format!("{PUBLIC_KEY}:MMS Public API:{PRIVATE_KEY}"));
        let asked = md5(&format!("{method}:{uri}"));
        let (nonce, cnonce, nc) = (part("nonce"), part("cnonce"), part("nc"));
        part("response") == md5(&format!("{secret}:{nonce}:{nc}:{cnonce}:auth:{asked}"))
    }
}

/// Whether there was a use left, which there is no more.
fn spent(left: Option<&mut usize>) -> bool {
    left.is_some_and(|left| {
        let good = *left > 0;
        *left = left.saturating_sub(1);
        good
    })
}

fn md5(text: &str) -> String {
    Md5::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// RFC 7617.
fn basic(name: &str, secret: &str) -> String {
    use base64ct::{Base64, Encoding as _};
    format!(
        "Basic {}",
        Base64::encode_string(format!("{name}:{secret}").as_bytes())
    )
}

#[test]
fn a_digest_is_checked_as_the_rfc_says() {
    let mut access = Access::new();
    let uri = "/api/atlas/v2/groups/p/clusters?itemsPerPage=500";
    let asked = |header: &str| {
        let mut head = HeaderMap::new();
        head.insert("authorization", header.parse().unwrap());
        head
    };
    let Verdict::Refused(Some(challenge)) = access.check(&HeaderMap::new(), "GET", uri) else {
        panic!("nobody must be let in without a digest");
    };
    let nonce = challenge.split('"').nth(5).unwrap().to_owned();
    let response = |secret: &str, nc: &str, uri: &str| {
        let secret = md5(&format!("{PUBLIC_KEY}:MMS Public API:{secret}"));
        let asked = md5(&format!("GET:{uri}"));
        let response = md5(&format!("{secret}:{nonce}:{nc}:0a4f113b0a4f:auth:{asked}"));
        asked_of(&nonce, nc, uri, &response)
    };
    for (header, good) in [
        (response("wrong", "00000001", uri), false),
        (response(PRIVATE_KEY, "00000002", "/elsewhere"), false),
        (response(PRIVATE_KEY, "00000003", uri), true),
        (response(PRIVATE_KEY, "00000003", uri), false),
        (response(PRIVATE_KEY, "00000004", uri), true),
    ] {
        let verdict = access.check(&asked(&header), "GET", uri);
        assert_eq!(verdict == Verdict::Good, good, "{header}");
    }
}

fn asked_of(nonce: &str, nc: &str, uri: &str, response: &str) -> String {
    format!(
        "Digest username=\"{PUBLIC_KEY}\", realm=\"MMS Public API\", nonce=\"{nonce}\", uri=\"{uri}\", qop=auth, nc={nc}, \
         cnonce=\"0a4f113b0a4f\", response=\"{response}\", algorithm=MD5"
    )
}
