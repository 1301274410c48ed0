//! What a verification found: every check under a stable code, the bottom line derived from them and never set.
//!
//! A check that could not be made is `Undecided`, never `Ok`; a report without a single check is undecided too.

use std::fmt;

/// What a check speaks about. The five are kept apart, because each can hold without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The bytes are those that were hashed or signed.
    Intact,
    /// The signature or the list of digests covers all that is there.
    Covered,
    /// The signer leads to a trust root that the reader named.
    Trusted,
    /// Certificates and time stamps hold at the time that counts.
    Timely,
    /// Nothing that belongs to the record is missing.
    Complete,
}

impl Aspect {
    /// Every aspect, in the order in which they are told.
    pub const ALL: [Aspect; 5] = [
        Self::Intact,
        Self::Covered,
        Self::Trusted,
        Self::Timely,
        Self::Complete,
    ];

    /// What it says when it holds, in one sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Intact => "These are the bytes that were hashed or signed.",
            Self::Covered => "The signature or the list of digests covers all that is there.",
            Self::Trusted => "The signer leads to a trust root that you named.",
            Self::Timely => "Certificates and time stamps hold at the time that counts.",
            Self::Complete => "Nothing that belongs to the record is missing.",
        }
    }

    /// The word as it stands in reports and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Covered => "covered",
            Self::Trusted => "trusted",
            Self::Timely => "timely",
            Self::Complete => "complete",
        }
    }
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Checked and found to hold.
    Ok,
    /// Could not be checked with what was given.
    Undecided,
    /// Checked and found not to hold.
    Failed,
}

impl Outcome {
    /// The word as it stands in reports and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
        }
    }
}

/// Declares `Code`: variant, stable text, aspect, meaning. A code, once released, keeps its text.
macro_rules! codes {
    ($($variant:ident = $text:literal, $aspect:ident, $meaning:literal;)*) => {
        /// The stable name of a check.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable text, for instance `zip.strict`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// What the check speaks about.
            pub const fn aspect(self) -> Aspect {
                match self { $(Code::$variant => Aspect::$aspect,)* }
            }

            /// What the check means when it holds, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    // Container and manifest (bundle)
    ZipStrict = "zip.strict", Intact, "The archive follows the strict ZIP profile: contiguous entries, equal headers, pinned fields, nothing before, between or after.";
    ZipNames = "zip.names", Intact, "Entry names are the fixed tag names and lower-case ASCII paths under data/, each once.";
    ZipUnpack = "zip.unpack", Intact, "Every entry unpacks to exactly its declared size and CRC-32, within its limit, and no packed byte is left over.";
    ZipPacking = "zip.packing", Intact, "The packed bytes are those that the signed bag-info.txt pins.";
    BundleComplete = "bundle.complete", Complete, "Every required tag file and every file of the manifest is in the archive.";
    BundleClosed = "bundle.closed-set", Covered, "Nothing is in the archive that the manifest does not list, and the entries stand in their order.";
    ManifestCanonical = "manifest.canonical", Intact, "manifest.json is canonical JSON (RFC 8785, integers only).";
    ManifestSchema = "manifest.schema", Intact, "manifest.json has exactly the fields of its schema.";
    ManifestSound = "manifest.sound", Intact, "The values of manifest.json agree with each other.";
    PayloadSize = "payload.size", Intact, "Every payload file declares the size that the manifest gives.";
    PayloadDigest = "payload.digests", Intact, "Every payload file has the SHA-256 digest that the manifest gives.";
    SumsFormat = "sums.format", Intact, "The digest lists are well formed, sorted and without repetition.";
    SumsCovered = "sums.covered", Covered, "SHA256SUMS lists every payload file and every tag file that it must.";
    SumsDigest = "sums.digests", Intact, "Every file has the digest that SHA256SUMS gives.";
    BagDeclaration = "bag.declaration", Intact, "bagit.txt declares BagIt 1.0 in UTF-8.";
    BagInfo = "bag.info", Intact, "bag-info.txt is well formed and agrees with the manifest.";
    BagOxum = "bag.oxum", Complete, "Payload-Oxum is the sum and the number of the payload files.";
    BagManifest = "bag.manifest", Covered, "manifest-sha256.txt lists exactly the payload, with its digests.";
    BagTagManifest = "bag.tagmanifest", Covered, "tagmanifest-sha256.txt lists exactly the tag files, signatures included, with their digests.";
    MerkleLeaves = "merkle.leaves", Intact, "Every leaf hash is that of its file's record.";
    MerkleRoot = "merkle.root", Intact, "The tree over the leaf hashes has the root that the manifest gives.";
    MerkleCheckpoint = "merkle.checkpoint", Intact, "The checkpoint states this bundle's origin, size and root.";
    AsicMimetype = "asic.mimetype", Intact, "The first entry declares an ASiC-E container.";
    AsicManifest = "asic.manifest", Covered, "ASiCManifest001.xml refers to exactly the root files, with their digests.";
    ReportRevision = "report.first-revision", Intact, "The report, without its signature, is the one that the manifest pins.";
    OneSigner = "bundle.one-signer", Trusted, "All signatures of the bundle were made with the same certificate.";
    BundleTimeStamps = "bundle.time-stamps", Complete, "The time stamps are there that the manifest says were made: over SHA256SUMS, and over the value of each signature.";
    // Redacted bundles and single proofs
    RedactedSet = "redacted.closed-set", Covered, "A redacted bundle holds its fixed files and the records that disclosure.json opens, in their order, and nothing else.";
    RedactedText = "redacted.text", Intact, "REDACTED.txt says how much is disclosed, word for word as it follows from the other files.";
    RedactedPacking = "redacted.packing", Intact, "The fixed files are stored, and the packed bytes of the records are those that disclosure.json pins.";
    DisclosureFormat = "disclosure.format", Intact, "disclosure.json is canonical JSON with exactly the fields of its schema, and its values agree with each other.";
    DisclosureRecords = "disclosure.records", Intact, "Every disclosed record has the size and the SHA-256 digest that its leaf is made of.";
    DisclosureLeaves = "disclosure.leaves", Intact, "The leaf hash of every disclosed record is that of its path, digest, size and salt.";
    DisclosureRoot = "disclosure.root", Intact, "The tree over all leaf hashes, those of withheld records too, has the size and the root of the checkpoint.";
    DisclosureCheckpoint = "disclosure.checkpoint", Covered, "The checkpoint is well formed, and the signed ASiC manifest, in its one form, gives its digest.";
    ProofFormat = "proof.format", Intact, "The proof is a C2SP tlog-proof in its one form, with the record's leaf, the checkpoint, and what signs it.";
    ProofInclusion = "proof.inclusion", Intact, "The leaf of the record stands at its index in the tree of the checkpoint.";
    // Signatures (CMS, X.509, PDF)
    CmsParse = "cms.parse", Intact, "The signature is a CMS SignedData of the accepted shape.";
    CmsAlgorithms = "cms.algorithms", Intact, "The signature uses SHA-256 with RSA PKCS#1 v1.5 or ECDSA P-256, and nothing weaker.";
    CmsAttributes = "cms.attributes", Intact, "The signature carries exactly the signed attributes content type, message digest and signing certificates, and no unsigned one but a time stamp.";
    CmsDigest = "cms.digest", Intact, "The signed digest is the SHA-256 of the content.";
    CmsCertificate = "cms.certificate", Intact, "The certificates in the signature are exactly those that the signer pinned by their digests, the signer's own first.";
    CmsSignature = "cms.signature", Intact, "The signature value was made over the signed attributes with the key of the signer's certificate.";
    CertificatePath = "certificate.path", Trusted, "An unbroken chain of signed certificates leads from the signer to a trust root that the reader named.";
    CertificateUsage = "certificate.usage", Trusted, "Every certificate of the chain may be used for what it does here, and has no critical extension that is not understood.";
    CertificateValidity = "certificate.validity", Timely, "Every certificate of the chain is within its validity at the time that counts: the time stamp's, else that of verification.";
    CertificateRevocation = "certificate.revocation", Timely, "No certificate of the chain was revoked at the time that counts, by lists and responses that its issuer signed.";
    TimestampToken = "timestamp.token", Intact, "The time stamp is an RFC 3161 token of the accepted shape, signed with the key of the certificate that it pins.";
    TimestampImprint = "timestamp.imprint", Covered, "The time stamp is over the very bytes that it stands by: a signature's value, or SHA256SUMS.";
    TimestampAuthority = "timestamp.authority", Trusted, "An unbroken chain of certificates that may do what they do here leads from the time stamp authority to a trust root that the reader named.";
    TimestampTime = "timestamp.time", Timely, "The time stamp is not of the future, and the authority's certificates hold at its time and at that of verification.";
    PdfSyntax = "pdf.syntax", Intact, "Every byte of the PDF belongs to the strict grammar that our writer uses: no repair, no hidden or duplicate objects, cross-references exact.";
    PdfRevisions = "pdf.revisions", Covered, "The PDF consists of the report, the update that certifies it, and updates that may follow: nothing came before, between or after, and the last one signs.";
    PdfReport = "pdf.report", Covered, "Every object of the report is in use, and none acts by itself, is shown on a condition or comes from outside the file.";
    PdfSignature = "pdf.signature", Covered, "The PDF carries one certifying signature of the form ETSI.CAdES.detached, reached from the document's form; what signs after it has its form, too.";
    PdfByteRange = "pdf.byte-range", Covered, "The signature covers every byte up to the end of its revision, which for the last one is the end of the file, but its own hexadecimal digits.";
    PdfChanges = "pdf.changes", Covered, "Each update adds what it is for, signature and form fields or revocation data, and changes nothing that is shown.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The stable code.
    pub code: Code,
    /// How it ended.
    pub outcome: Outcome,
    /// What was checked: an entry's path, a signature's name.
    pub subject: String,
    /// What was found, in words for a reader: numbers, digests, names.
    pub detail: String,
}

/// The bottom line, derived from the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every check was made and holds.
    Verified,
    /// Nothing failed, but something could not be checked (for instance no trust root was given).
    Undecided,
    /// At least one check failed.
    Failed,
}

impl Verdict {
    /// The word as it stands in reports and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Undecided => "undecided",
            Self::Failed => "failed",
        }
    }
}

/// All checks of one verification, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// No checks yet: the verdict over none is `Undecided`.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Records that a check holds.
    pub fn ok(&mut self, code: Code, subject: impl Into<String>, detail: impl Into<String>) {
        self.push(code, Outcome::Ok, subject, detail);
    }

    /// Records that a check could not be made.
    pub fn undecided(&mut self, code: Code, subject: impl Into<String>, detail: impl Into<String>) {
        self.push(code, Outcome::Undecided, subject, detail);
    }

    /// Records that a check does not hold.
    pub fn failed(&mut self, code: Code, subject: impl Into<String>, detail: impl Into<String>) {
        self.push(code, Outcome::Failed, subject, detail);
    }

    fn push(&mut self, code: Code, outcome: Outcome, subject: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Check {
            code,
            outcome,
            subject: legible(&subject.into()),
            detail: legible(&detail.into()),
        });
    }

    /// The checks in order.
    pub fn iter(&self) -> impl Iterator<Item = &Check> {
        self.0.iter()
    }

    /// Takes over the checks of a part.
    pub fn extend(&mut self, part: Checks) {
        self.0.extend(part.0);
    }

    /// The worst outcome of an aspect; `Undecided` where the aspect was not checked at all.
    pub fn aspect(&self, aspect: Aspect) -> Outcome {
        self.0
            .iter()
            .filter(|check| check.code.aspect() == aspect)
            .map(|check| check.outcome)
            .max()
            .unwrap_or(Outcome::Undecided)
    }

    /// The bottom line.
    pub fn verdict(&self) -> Verdict {
        match self.0.iter().map(|check| check.outcome).max() {
            Some(Outcome::Ok) => Verdict::Verified,
            Some(Outcome::Undecided) | None => Verdict::Undecided,
            Some(Outcome::Failed) => Verdict::Failed,
        }
    }
}

/// Longer texts are cut, in characters: a name of megabytes tells a reader nothing.
const TEXT_LENGTH_MAX: usize = 2000;

/// A text that may come from whoever made the file, fit for a reader's terminal: what would steer it or turn the direction
/// of writing is replaced, so that a file cannot print its own verdict.
pub(crate) fn legible(text: &str) -> String {
    let steers = |char: char| {
        char.is_control()
            || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut legible: String = text
        .chars()
        .take(TEXT_LENGTH_MAX)
        .map(|char| if steers(char) { '\u{fffd}' } else { char })
        .collect();
    if text.chars().nth(TEXT_LENGTH_MAX).is_some() {
        legible.push('\u{2026}');
    }
    legible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_was_not_made_is_never_ok() {
        let mut checks = Checks::new();
        assert_eq!(checks.verdict(), Verdict::Undecided);
        assert_eq!(checks.aspect(Aspect::Trusted), Outcome::Undecided);
        checks.ok(Code::ZipStrict, "a.zip", "3 entries");
        assert_eq!(checks.verdict(), Verdict::Verified);
        checks.undecided(Code::CmsParse, "SHA256SUMS.p7s", "");
        assert_eq!(checks.verdict(), Verdict::Undecided);
        checks.failed(Code::ZipStrict, "a.zip", "");
        checks.ok(Code::ZipStrict, "b.zip", "");
        assert_eq!(checks.verdict(), Verdict::Failed);
    }

    #[test]
    fn what_a_file_says_cannot_steer_the_terminal() {
        let mut checks = Checks::new();
        checks.failed(
            Code::ManifestSchema,
            "a\u{1b}[2J",
            "unknown field `\u{202e}\r\nverified`",
        );
        let check = checks.iter().next().unwrap();
        assert_eq!(check.subject, "a\u{fffd}[2J");
        assert_eq!(check.detail, "unknown field `\u{fffd}\u{fffd}\u{fffd}verified`");
        assert_eq!(
            legible(&"\u{e9}".repeat(1 << 20)).chars().count(),
            TEXT_LENGTH_MAX + 1
        );
        assert_eq!(legible("CN=Zo\u{eb}"), "CN=Zo\u{eb}");
    }

    #[test]
    fn codes_are_unique() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
