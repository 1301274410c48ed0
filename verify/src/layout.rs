//! Which files a bundle has, in which order, how large each may be, and which list covers it.
//!
//! The order is: the tag files of [`TAG_FILES`] (an optional one may be missing), then the payload under `data/`,
//! sorted bytewise. Invariant: a path is a tag file's, or a payload path by [`is_payload_path`], never both. The
//! allowed characters leave no room for traversal, for absolute paths, or for two names that differ only by case or by
//! Unicode normalization.

/// Declares an ASiC-E container (EN 319 162-1 A.1).
pub const MIMETYPE: &str = "mimetype";
/// How to check the bundle with stock tools.
pub const VERIFY_TEXT: &str = "VERIFY.txt";
/// The verifier as a page for a browser.
pub const VERIFY_PAGE: &str = "verify.html";
/// The bag declaration (RFC 8493 2.1.1).
pub const BAG_DECLARATION: &str = "bagit.txt";
/// The bag's metadata (RFC 8493 2.2.2).
pub const BAG_INFO: &str = "bag-info.txt";
/// The bundle's own manifest, canonical JSON.
pub const MANIFEST: &str = "manifest.json";
/// The head of the Merkle tree over the payload.
pub const CHECKPOINT: &str = "checkpoint";
/// The payload manifest (RFC 8493 2.1.3).
pub const BAG_MANIFEST: &str = "manifest-sha256.txt";
/// The digests of tag files and payload, for `sha256sum -c`.
pub const SUMS: &str = "SHA256SUMS";
/// The CMS signature over `SHA256SUMS`.
pub const SUMS_SIGNATURE: &str = "SHA256SUMS.p7s";
/// The RFC 3161 reply over `SHA256SUMS`.
pub const SUMS_TIME_STAMP: &str = "SHA256SUMS.tsr";
/// The tag manifest (RFC 8493 2.2.1).
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// The list of what the container's signature covers (EN 319 162-1 A.4).
pub const ASIC_MANIFEST: &str = "META-INF/ASiCManifest001.xml";
/// The CAdES signature over the ASiC manifest.
pub const ASIC_SIGNATURE: &str = "META-INF/signature001.p7s";
/// The signed report.
pub const REPORT: &str = "data/report.pdf";

/// What `mimetype` holds.
pub const ASIC_E: &str = "application/vnd.etsi.asic-e+zip";

/// A bundle has at most this many entries: EU DSS refuses more than 1,000.
pub const ENTRIES_MAX: usize = 900;
/// The report is the only payload file that is held in memory whole, so it has a limit of its own, in bytes.
pub const REPORT_SIZE_MAX: u32 = 256 << 20;
/// Payload paths are at most this long, in bytes: Windows allows 259 characters with the folder before it.
pub const PATH_LENGTH_MAX: usize = 120;

/// A file outside the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagFile {
    /// Its path in the archive.
    pub path: &'static str,
    /// Its largest size, in bytes.
    pub size_max: u32,
    /// Whether a bundle must have it.
    pub required: bool,
    /// Whether `SHA256SUMS` lists it.
    pub in_sums: bool,
    /// Whether the ASiC manifest refers to it.
    pub in_roots: bool,
}

const fn tag(path: &'static str, size_max: u32, required: bool, in_sums: bool, in_roots: bool) -> TagFile {
    TagFile {
        path,
        size_max,
        required,
        in_sums,
        in_roots,
    }
}

const KIB: u32 = 1024;

/// Every tag file, in the order of the archive.
///
/// `bag-info.txt` and `manifest-sha256.txt` are no roots: they follow from the payload alone, or nearly so, and a redacted
/// bundle shows the digests of the roots. Whoever guesses what is withheld must find nothing to compare his guess with.
pub const TAG_FILES: [TagFile; 14] = [
    //   path             size_max    required in_sums in_roots
    tag(MIMETYPE, 64, true, true, false),
    tag(VERIFY_TEXT, 64 * KIB, true, true, true),
    tag(VERIFY_PAGE, 1024 * KIB, true, true, true),
    tag(BAG_DECLARATION, KIB, true, true, true),
    tag(BAG_INFO, 4 * KIB, true, true, false),
    tag(MANIFEST, 4096 * KIB, true, true, true),
    tag(CHECKPOINT, KIB, true, true, true),
    tag(BAG_MANIFEST, 512 * KIB, true, true, false),
    tag(SUMS, 512 * KIB, true, false, true),
    tag(SUMS_SIGNATURE, 1024 * KIB, true, false, false),
    tag(SUMS_TIME_STAMP, 256 * KIB, false, false, false),
    tag(TAG_MANIFEST, 64 * KIB, true, false, false),
    tag(ASIC_MANIFEST, 64 * KIB, true, false, false),
    tag(ASIC_SIGNATURE, 1024 * KIB, true, false, false),
];

/// What a redacted bundle says of itself, in words.
pub const REDACTED_TEXT: &str = "REDACTED.txt";
/// All leaf hashes of a redacted bundle, and the records that it opens.
pub const DISCLOSURE: &str = "disclosure.json";

/// The files of a redacted bundle before its payload, in the order of the archive, with their largest sizes in bytes. All
/// are required.
pub const REDACTED_FILES: [(&str, u32); 5] = [
    (REDACTED_TEXT, 64 * KIB),
    (DISCLOSURE, 1024 * KIB),
    (CHECKPOINT, KIB),
    (ASIC_MANIFEST, 64 * KIB),
    (ASIC_SIGNATURE, 1024 * KIB),
];

/// Whether `path` is that of a file outside the payload, in a bundle or in a redacted one.
pub fn is_fixed_name(path: &str) -> bool {
    tag_file(path).is_some() || REDACTED_FILES.iter().any(|(fixed, _)| *fixed == path)
}

/// The tag file at `path`, with its place in the order.
pub fn tag_file(path: &str) -> Option<(usize, &'static TagFile)> {
    TAG_FILES.iter().enumerate().find(|(_, tag)| tag.path == path)
}

/// Names that Windows keeps for devices, whatever follows the first dot.
const RESERVED: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Whether `path` may name a payload file: `data/` and segments of `a-z 0-9 . _ -`, each beginning with a letter or a
/// digit and not ending with a dot.
pub fn is_payload_path(path: &str) -> bool {
    let Some(below) = path.strip_prefix("data/") else {
        return false;
    };
    path.len() <= PATH_LENGTH_MAX && below.split('/').all(is_segment)
}

fn is_segment(segment: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let stem = segment.split('.').next().unwrap_or_default();
    segment.bytes().next().is_some_and(alphanumeric)
        && segment
            .bytes()
            .all(|b| alphanumeric(b) || matches!(b, b'.' | b'_' | b'-'))
        && !segment.ends_with('.')
        && !RESERVED.contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_paths_are_tame() {
        for good in [
            "data/report.pdf",
            "data/evidence/aws-backup-0001.tar",
            "data/a_b/0.csv",
        ] {
            assert!(is_payload_path(good), "{good:?}");
        }
        for bad in [
            "",
            "data",
            "data/",
            "data//a",
            "data/a/",
            "/data/a",
            "data/../a",
            "data/..",
            "data/.a",
            "data/a.",
            "data/-a",
            "data/A",
            "data/a b",
            "data/a\\b",
            "data/c:a",
            "data/a\0",
            "data/\u{e9}",
            "data/e\u{301}",
            "data/nul",
            "data/com1.txt",
            "other/a",
            "SHA256SUMS",
        ] {
            assert!(!is_payload_path(bad), "{bad:?}");
        }
        assert!(!is_payload_path(&format!("data/{}", "a".repeat(PATH_LENGTH_MAX))));
    }

    #[test]
    fn tag_files_are_told_apart_even_without_case() {
        let mut names: Vec<_> = TAG_FILES.iter().map(|tag| tag.path.to_lowercase()).collect();
        assert!(names.iter().all(|name| !is_payload_path(name)));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), TAG_FILES.len());
    }
}
