//! What of an answer may be kept. The addresses from which a snapshot can be downloaded are as good as the snapshot: they
//! are struck out before anything touches the disk, and the receipt says what was, with the digest of what was there.
//!
//! Everything else stays byte for byte as it came. A body that is no JSON can't be searched, and is not kept at all; nor is one
//! in which an address is the name of a member.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::model::acquisition::REDACTED;
use crate::model::ids::Sha256Digest;

/// Members whose values lead to snapshots: `deliveryUrl`, `components[].downloadUrl`, `privateDownloadDeliveryUrls`, and
/// what may be called like them.
const SECRET_MEMBERS: [&str; 2] = ["deliveryurl", "downloadurl"];

/// A body as it may be kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The bytes; `None` where there were none, or none may be kept.
    pub(super) body: Option<Vec<u8>>,
    /// What was struck out: the parameters of the page that say so.
    pub(super) redacted: BTreeMap<String, String>,
    /// What the body says; `None` where it is no JSON, or where none of it may be kept.
    pub(super) value: Option<Value>,
}

/// A value of the body that is not kept.
struct Struck {
    /// Its bytes, quotes included.
    span: Range<usize>,
    /// Where it stands: a JSON pointer.
    pointer: String,
    /// The digest of the text, or of the bytes of what is no text.
    digest: Sha256Digest,
}

/// Strikes out of a body what nobody may keep. Links that begin with one of `apis` lead to resources of the API itself.
pub(super) fn redact(bytes: Vec<u8>, apis: &[String]) -> Kept {
    if bytes.is_empty() {
        return Kept::default();
    }
    let whole = || BTreeMap::from([(REDACTED.to_owned(), Sha256Digest::of(&bytes).to_hex())]);
    let nothing = || Kept {
        redacted: whole(),
        ..Kept::default()
    };
    let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
        return nothing();
    };
    let scan = Scan::of(&bytes, apis);
    if scan.is_named_by_address {
        return nothing();
    }
    if scan.struck.is_empty() {
        return Kept {
            body: Some(bytes),
            value: Some(value),
            redacted: BTreeMap::new(),
        };
    }
    let mut redacted = whole();
    let mut kept = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for Struck {
        span,
        pointer,
        digest,
    } in scan.struck
    {
        kept.extend_from_slice(&bytes[from..span.start]);
        kept.extend_from_slice(format!("\"redacted, SHA-256 {digest}\"").as_bytes());
        from = span.end;
        redacted.insert(format!("{REDACTED}{pointer}"), digest.to_hex());
    }
    kept.extend_from_slice(&bytes[from..]);
    Kept {
        body: Some(kept),
        redacted,
        value: Some(value),
    }
}

/// Spellings of an address' colon and slashes inside a text that quotes JSON or another address, and what they mean.
const SPELLINGS: [(&str, &str); 5] = [
    ("\\u003a", ":"),
    ("\\u002f", "/"),
    ("%3a", ":"),
    ("%2f", "/"),
    ("\\", ""),
];

/// Whether there is an address of something on the web anywhere in a text.
fn holds_address(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    let read = SPELLINGS.iter().fold(folded, |text, (spelling, meaning)| {
        text.replace(spelling, meaning)
    });
    read.contains("https://") || read.contains("http://")
}

/// Whether a text is itself JSON, of which something would have to be struck out.
fn hides(text: &str, apis: &[String]) -> bool {
    let nested = text.trim_start().starts_with(['{', '[', '"']);
    if !nested || serde_json::from_str::<Value>(text).is_err() {
        return false;
    }
    let scan = Scan::of(text.as_bytes(), apis);
    scan.is_named_by_address || !scan.struck.is_empty()
}

/// A walk over a document that is known to be JSON, and no deeper than the parser allows.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    path: Vec<String>,
    /// How the addresses of the API's own resources begin.
    apis: &'a [String],
    struck: Vec<Struck>,
    /// Whether the name of a member holds an address. No other name can stand in its place.
    is_named_by_address: bool,
}

impl<'a> Scan<'a> {
    /// Walks over the whole document.
    fn of(bytes: &'a [u8], apis: &'a [String]) -> Self {
        let mut scan = Self {
            bytes,
            at: 0,
            path: Vec::new(),
            apis,
            struck: Vec::new(),
            is_named_by_address: false,
        };
        scan.value(false);
        scan
    }

    /// One value. `secret` is whether a member above it is.
    fn value(&mut self, secret: bool) {
        self.space();
        match self.bytes.get(self.at) {
            Some(b'{') => self.object(secret),
            Some(b'[') => self.array(secret),
            Some(b'"') => {
                let (span, text) = self.text();
                let leads =
                    || holds_address(&text) && !self.links_to_the_api(&text) || hides(&text, self.apis);
                if !text.is_empty() && (secret || leads()) {
                    self.strike(span, Sha256Digest::of(text.as_bytes()));
                }
            }
            _ => {
                let from = self.at;
                while let Some(byte) = self.bytes.get(self.at)
                    && !matches!(byte, b',' | b']' | b'}')
                    && !byte.is_ascii_whitespace()
                {
                    self.at += 1;
                }
                let span = from..self.at;
                let scalar = &self.bytes[span.clone()];
                if secret && !matches!(scalar, b"null" | b"true" | b"false") {
                    self.strike(span, Sha256Digest::of(scalar));
                }
            }
        }
        self.space();
    }

    fn object(&mut self, secret: bool) {
        self.at += 1;
        self.space();
        while self.bytes.get(self.at) == Some(&b'"') {
            let (_, name) = self.text();
            self.space();
            // The colon.
            self.at += 1;
            let folded = name.to_ascii_lowercase();
            self.is_named_by_address |= holds_address(&name);
            let here = SECRET_MEMBERS.iter().any(|member| folded.contains(member));
            self.path.push(name);
            self.value(secret || here);
            self.path.pop();
            self.next();
        }
        self.at += 1;
    }

    fn array(&mut self, secret: bool) {
        self.at += 1;
        self.space();
        let mut n = 0;
        while !matches!(self.bytes.get(self.at), None | Some(b']')) {
            self.path.push(n.to_string());
            self.value(secret);
            self.path.pop();
            self.next();
            n += 1;
        }
        self.at += 1;
    }

    /// Past the comma, where there is one.
    fn next(&mut self) {
        if self.bytes.get(self.at) == Some(&b',') {
            self.at += 1;
            self.space();
        }
    }

    fn space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// A text: where it stands, quotes included, and what it says.
    fn text(&mut self) -> (Range<usize>, String) {
        let from = self.at;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at)
            && *byte != b'"'
        {
            self.at += if *byte == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        let span = from..self.at;
        let text = serde_json::from_slice(&self.bytes[span.clone()]);
        (span, text.expect("invariant: the document was parsed before"))
    }

    /// Whether this is the address of a resource of the API itself: a row says by it which project it is of.
    fn links_to_the_api(&self, text: &str) -> bool {
        let link = matches!(self.path.as_slice(), [.., links, _, href] if links == "links" && href == "href");
        let mut rests = self.apis.iter().filter_map(|api| text.strip_prefix(api));
        link && rests.any(|rest| !holds_address(rest))
    }

    fn strike(&mut self, span: Range<usize>, digest: Sha256Digest) {
        let pointer = self.path.iter().map(|step| format!("/{}", escaped(step)));
        self.struck.push(Struck {
            span,
            pointer: pointer.collect(),
            digest,
        });
    }
}

/// A step of a JSON pointer (RFC 6901); what is no printable ASCII is escaped as in addresses, for a receipt's sake.
fn escaped(step: &str) -> String {
    let step = step.replace('~', "~0").replace('/', "~1");
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    step.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

/// A message of the service without the addresses that it may quote.
pub(super) fn without_addresses(message: &str) -> String {
    let words = message.split_inclusive(char::is_whitespace);
    words
        .map(|word| match word.contains("://") || holds_address(word) {
            true => "(address redacted) ",
            false => word,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> String {
        Sha256Digest::of(text.as_bytes()).to_hex()
    }

    fn apis() -> [String; 1] {
        ["https://cloud.mongodb.com/api/atlas/".to_owned()]
    }

    #[track_caller]
    fn check(body: &str, struck: &[(&str, &str)]) -> String {
        let kept = redact(body.as_bytes().to_vec(), &apis());
        let said: Vec<_> = kept
            .redacted
            .iter()
            .filter(|(name, _)| *name != "redacted")
            .collect();
        let expected: Vec<(String, String)> = struck
            .iter()
            .map(|(pointer, text)| (format!("redacted{pointer}"), digest(text)))
            .collect();
        assert_eq!(
            said,
            expected
                .iter()
                .map(|(name, digest)| (name, digest))
                .collect::<Vec<_>>()
        );
        let whole = kept.redacted.get("redacted");
        assert_eq!(whole, (!struck.is_empty()).then(|| digest(body)).as_ref());
        let kept = String::from_utf8(kept.body.expect("a body")).expect("text");
        let parsed: Value = serde_json::from_str(&kept).expect("still JSON");
        for (pointer, text) in struck {
            let here = parsed.pointer(pointer).and_then(Value::as_str);
            assert_eq!(here, Some(format!("redacted, SHA-256 {}", digest(text)).as_str()));
            assert!(!kept.contains(text));
        }
        kept
    }

    #[test]
    fn what_leads_to_a_snapshot_is_struck_out_and_all_else_stays_as_it_came() {
        let body = r#"{ "results":[ {"id":"a","deliveryUrl":["https://s/1?sig=x","https://s/2"],"n":1e5,
          "components": [{"downloadUrl":"https://s/3", "replicaSetName":"rs"}],
          "privateDownloadDeliveryUrls":[{"deliveryUrl":"https://s/4","endpointId":"vpce-1"}],
          "links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/g","rel":"self"}]} ],"totalCount":1}"#;
        let kept = check(
            body,
            &[
                ("/results/0/components/0/downloadUrl", "https://s/3"),
                ("/results/0/deliveryUrl/0", "https://s/1?sig=x"),
                ("/results/0/deliveryUrl/1", "https://s/2"),
                (
                    "/results/0/privateDownloadDeliveryUrls/0/deliveryUrl",
                    "https://s/4",
                ),
                ("/results/0/privateDownloadDeliveryUrls/0/endpointId", "vpce-1"),
            ],
        );
        let mut rest = body.to_owned();
        for text in [
            "https://s/1?sig=x",
            "https://s/2",
            "https://s/3",
            "https://s/4",
            "vpce-1",
        ] {
            rest = rest.replace(text, &format!("redacted, SHA-256 {}", digest(text)));
        }
        assert_eq!(kept, rest);
    }

    #[test]
    fn spelling_hides_nothing() {
        check(
            r#"{"\u0064eliveryUrl":"h\u0074tps:\/\/s\/1","DOWNLOADURL":"plain"}"#,
            &[("/DOWNLOADURL", "plain"), ("/deliveryUrl", "https://s/1")],
        );
        check(
            r#"[{"elsewhere":" HTTPS://s/5"}]"#,
            &[("/0/elsewhere", " HTTPS://s/5")],
        );
        check(
            r#"{"deliveryUrls":{"a":[98765432109876]}}"#,
            &[("/deliveryUrls/a/0", "98765432109876")],
        );
    }

    #[test]
    fn an_address_is_found_anywhere_in_a_text() {
        for text in [
            "link https://s/1?sig=x expired",
            r#"{"deliveryUrl":"https:\/\/s\/1"}"#,
            r#"{"deliveryUrl":"s/1?sig=x"}"#,
            r#"said {"url":"https:\/\/s\/1","#,
            r#"said {"url":"HTTPS\u003A\u002f\/s\/1","#,
            r#"["{\"a\":\"\u0068ttps://s/1\"}"]"#,
            r#"{"https://s/1":1}"#,
            "to=https%3A%2F%2Fs%2F1",
        ] {
            let detail = serde_json::to_string(text).expect("a text");
            check(
                &format!(r#"{{"detail":{detail},"error":404}}"#),
                &[("/detail", text)],
            );
        }
        let raw = r#"{"detail":"see https:\/\/s\/1"}"#;
        check(raw, &[("/detail", "see https://s/1")]);
    }

    #[test]
    fn a_link_is_kept_where_it_leads_to_the_api() {
        for href in [
            "https://s.example.net/api/atlas/v2/groups/g",
            "https://cloud.mongodb.com/download/1?sig=x",
            "https://cloud.mongodb.com.example.net/api/atlas/v2",
            "https://cloud.mongodb.com/api/atlas/v2?to=https://s/1",
        ] {
            let body = format!(r#"{{"links":[{{"href":"{href}"}}]}}"#);
            check(&body, &[("/links/0/href", href)]);
        }
    }

    #[test]
    fn a_body_with_an_address_for_a_name_is_not_kept() {
        let body = br#"{"results":[{"https://s/1?sig=x":"expired"}]}"#;
        let kept = redact(body.to_vec(), &apis());
        assert_eq!((kept.body, kept.value), (None, None));
        let digest = Sha256Digest::of(body).to_hex();
        assert_eq!(kept.redacted, BTreeMap::from([("redacted".to_owned(), digest)]));
    }

    #[test]
    fn nothing_to_hide_changes_nothing() {
        for body in [
            r#"{"deliveryUrl":[],"downloadUrl":null,"privateDownloadDeliveryUrls":"" }"#,
            "{\"connectionStrings\":{\"standardSrv\":\"mongodb+srv://c.example.net\"},\n \"x\":\"see wiki, or http: //\"}",
            "[]",
            " \"\\\"\" ",
        ] {
            assert_eq!(check(body, &[]), body);
        }
    }

    #[test]
    fn what_is_no_json_is_not_kept() {
        let half = br#"{"results":[{"deliveryUrl":["https://s/1"#;
        let kept = redact(half.to_vec(), &apis());
        assert_eq!((kept.body, kept.value), (None, None));
        assert_eq!(
            kept.redacted,
            BTreeMap::from([("redacted".to_owned(), Sha256Digest::of(half).to_hex())])
        );
        assert_eq!(redact(Vec::new(), &apis()), Kept::default());
        assert_eq!(
            without_addresses("gone: https://s/1?x see"),
            "gone: (address redacted) see"
        );
    }
}
