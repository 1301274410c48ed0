//! Packs raw pages into a few tar files: thousands of entries would be refused by other readers of the container.
//!
//! Each source has one ustar file under `data/evidence/`, cut into segments of about 8 MiB where it is larger; a member
//! is named by its digest, so a page can be checked by itself. `data/evidence/index.csv` says which member came from
//! where. Invariant: the same pages, in any order, give the same bytes.

use std::collections::BTreeMap;
use std::io;

use backproof_verify::digest::Sha256Digest;
use backproof_verify::{layout, manifest::v1};
use chrono::{DateTime, Utc};

/// A segment is closed before it would exceed this many bytes of content; a single larger page has one of its own.
const SEGMENT_SIZE_MAX: usize = 8 << 20;
/// Modification time of every member, in seconds of Unix time: 1980-01-01, as in the ZIP. GNU tar warns about zero.
const MODIFIED: u64 = 315_532_800;
/// Where the index stands.
const INDEX: &str = "data/evidence/index.csv";

/// A page as a service sent it, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawPage {
    /// The source's slug, for instance `aws-backup`: `a-z 0-9 . _ -`.
    pub source: String,
    /// The account, project or organization that was asked.
    pub account: String,
    /// The region; empty where the source has none.
    pub region: String,
    /// When the response arrived.
    pub received_at: DateTime<Utc>,
    /// The page's number within its pull, counted from 1.
    pub page: u32,
    /// The service's own id of the request; empty where it has none.
    pub request_id: String,
    /// Whether the bytes are JSON, which gives the member its extension.
    pub json: bool,
    /// The response's body, verbatim.
    pub bytes: Vec<u8>,
}

/// The payload files, and where each page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedEvidence {
    /// Bytes by payload path: the tar files and the index.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The path of the tar file by a page's digest; the first one where sources share a page.
    pub locations: BTreeMap<Sha256Digest, String>,
}

/// Why pages could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A source's name can't stand in a path.
    #[error("source {0:?} is not a slug (a-z 0-9 . _ -), or too long for a path")]
    Source(String),
    /// Two sources' segments would have the same path.
    #[error("two sources would both be packed into {0}")]
    Collision(String),
    /// A tar file could not be built.
    #[error("packing {path}: {error}")]
    Tar {
        /// The file.
        path: String,
        /// What the tar writer says.
        error: io::Error,
    },
    /// The index could not be built.
    #[error("writing {INDEX}: {0}")]
    Index(#[from] csv::Error),
}

/// Packs `pages`; a page that several pulls brought is packed once per source and listed for each pull.
///
/// # Errors
/// When a source's name can't stand in a path, or two sources would share one.
pub fn pack(pages: &[RawPage]) -> Result<PackedEvidence, PackError> {
    let mut sources: BTreeMap<&str, BTreeMap<Sha256Digest, &RawPage>> = BTreeMap::new();
    let mut rows = Vec::with_capacity(pages.len());
    for page in pages {
        let digest = Sha256Digest::of(&page.bytes);
        let members = sources.entry(&page.source).or_default();
        // Of equal pages the lesser one names the member, so that the order of `pages` does not matter.
        let member = members.entry(digest).or_insert(page);
        *member = (*member).min(page);
        rows.push((page, digest));
    }
    let mut packed = PackedEvidence {
        files: BTreeMap::new(),
        locations: BTreeMap::new(),
    };
    let mut places = BTreeMap::new();
    for (source, members) in &sources {
        for (path, segment) in segments(source, members)? {
            if packed.files.contains_key(&path) {
                return Err(PackError::Collision(path));
            }
            packed.files.insert(path.clone(), tar_file(&path, &segment)?);
            for (digest, page) in segment {
                packed.locations.entry(digest).or_insert_with(|| path.clone());
                places.insert((*source, digest), (path.clone(), member_name(&digest, page)));
            }
        }
    }
    rows.sort();
    packed.files.insert(INDEX.to_owned(), index(&rows, &places)?);
    Ok(packed)
}

type Segment<'a> = Vec<(Sha256Digest, &'a RawPage)>;

/// Cuts a source's pages, in the order of their digests, into segments with their paths.
fn segments<'a>(
    source: &str,
    members: &BTreeMap<Sha256Digest, &'a RawPage>,
) -> Result<Vec<(String, Segment<'a>)>, PackError> {
    let mut segments: Vec<Segment<'a>> = Vec::new();
    let mut size = 0;
    for (digest, page) in members {
        match segments
            .last_mut()
            .filter(|_| size + page.bytes.len() <= SEGMENT_SIZE_MAX)
        {
            Some(segment) => segment.push((*digest, page)),
            None => {
                segments.push(vec![(*digest, page)]);
                size = 0;
            }
        }
        size += page.bytes.len();
    }
    let single = segments.len() == 1;
    let name = |number: u32| {
        if single {
            source.to_owned()
        } else {
            format!("{source}-{number:04}")
        }
    };
    let path = |number| {
        let path = format!("data/evidence/{}.tar", name(number));
        let holds = v1::is_slug(source) && layout::is_payload_path(&path);
        holds
            .then_some(path)
            .ok_or_else(|| PackError::Source(source.to_owned()))
    };
    (1..)
        .zip(segments)
        .map(|(number, segment)| Ok((path(number)?, segment)))
        .collect()
}

fn tar_file(path: &str, segment: &Segment<'_>) -> Result<Vec<u8>, PackError> {
    let build = || {
        let mut tar = tar::Builder::new(Vec::new());
        for (digest, page) in segment {
            let mut header = tar::Header::new_ustar();
            header.set_path(member_name(digest, page))?;
            header.set_size(page.bytes.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(MODIFIED);
            header.set_entry_type(tar::EntryType::Regular);
            header.set_cksum();
            tar.append(&header, page.bytes.as_slice())?;
        }
        tar.into_inner()
    };
    build().map_err(|error| PackError::Tar {
        path: path.to_owned(),
        error,
    })
}

fn member_name(digest: &Sha256Digest, page: &RawPage) -> String {
    format!("{digest}.{}", if page.json { "json" } else { "bin" })
}

/// Tar file and member by source and digest.
type Places<'a> = BTreeMap<(&'a str, Sha256Digest), (String, String)>;

fn index(rows: &[(&RawPage, Sha256Digest)], places: &Places<'_>) -> Result<Vec<u8>, PackError> {
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    out.write_record([
        "sha256",
        "tar",
        "member",
        "source",
        "account",
        "region",
        "received_at",
        "page",
        "request_id",
    ])?;
    for (page, digest) in rows {
        let (tar, member) = &places[&(page.source.as_str(), *digest)];
        out.write_record([
            &digest.to_hex(),
            tar,
            member,
            &page.source,
            &page.account,
            &page.region,
            &page
                .received_at
                .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            &page.page.to_string(),
            &page.request_id,
        ])?;
    }
    out.into_inner()
        .map_err(|error| PackError::Index(error.into_error().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(source: &str, number: u32, bytes: &[u8]) -> RawPage {
        RawPage {
            source: source.to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            received_at: DateTime::UNIX_EPOCH,
            page: number,
            request_id: format!("req,{number}"),
            json: number != 3,
            bytes: bytes.to_vec(),
        }
    }

    fn members(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = tar::Archive::new(tar);
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            (entry.path().unwrap().display().to_string(), bytes)
        });
        entries.collect()
    }

    #[test]
    fn the_order_of_pages_does_not_matter() {
        let mut pages = vec![
            page("b", 1, b"one"),
            page("a", 2, b"two"),
            page("a", 3, b"two"),
            page("a", 4, b"one"),
        ];
        let packed = pack(&pages).unwrap();
        pages.reverse();
        assert_eq!(packed, pack(&pages).unwrap());
        let paths: Vec<_> = packed.files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["data/evidence/a.tar", "data/evidence/b.tar", INDEX]);
    }

    #[test]
    fn a_member_is_named_by_its_digest_and_every_pull_has_its_line() {
        let pages = [
            page("a", 1, b"same"),
            page("a", 2, b"same"),
            page("a", 3, b"other"),
        ];
        let packed = pack(&pages).unwrap();
        let found = members(&packed.files["data/evidence/a.tar"]);
        assert_eq!(found.len(), 2);
        for (name, bytes) in &found {
            let extension = if bytes == b"other" { "bin" } else { "json" };
            assert_eq!(*name, format!("{}.{extension}", Sha256Digest::of(bytes)));
        }
        let index = std::str::from_utf8(&packed.files[INDEX]).unwrap();
        let digest = Sha256Digest::of(b"same");
        let line = format!(
            "{digest},data/evidence/a.tar,{digest}.json,a,111122223333,eu-west-1,1970-01-01T00:00:00Z,2,\"req,2\"\n"
        );
        assert!(index.contains(&line), "{index}");
        assert_eq!(index.lines().count(), 1 + pages.len());
        assert_eq!(packed.locations[&digest], "data/evidence/a.tar");
    }

    #[test]
    fn large_sources_are_cut_into_segments() {
        let third = SEGMENT_SIZE_MAX / 3;
        let mut pages: Vec<_> = (0..4u8).map(|n| page("a", 1, &vec![n; third])).collect();
        pages.push(page("a", 1, &vec![9; SEGMENT_SIZE_MAX + 1]));
        let packed = pack(&pages).unwrap();
        let segments: Vec<_> = packed.files.iter().filter(|(path, _)| *path != INDEX).collect();
        assert!(
            segments
                .iter()
                .all(|(path, _)| path.starts_with("data/evidence/a-000")),
            "{segments:?}"
        );
        let found: Vec<_> = segments.iter().flat_map(|(_, tar)| members(tar)).collect();
        assert_eq!(found.len(), pages.len());
        assert!(found.is_sorted());
        for (_, tar) in segments {
            let content: usize = members(tar).iter().map(|(_, bytes)| bytes.len()).sum();
            assert!(content <= SEGMENT_SIZE_MAX || members(tar).len() == 1);
        }
    }

    #[test]
    fn names_that_clash_or_escape_are_refused() {
        assert!(matches!(pack(&[page("../x", 1, b"")]), Err(PackError::Source(_))));
        assert!(matches!(pack(&[page("A", 1, b"")]), Err(PackError::Source(_))));
        let large = |n| page("a", 1, &vec![n; SEGMENT_SIZE_MAX]);
        let clash = [large(1), large(2), page("a-0001", 1, b"")];
        assert!(matches!(pack(&clash), Err(PackError::Collision(_))));
    }
}
