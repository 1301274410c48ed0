//! Other readers see the same files in a bundle as ours does.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use backproof_verify::bundle::check_content;
use backproof_verify::check::Verdict;
use backproof_verify::digest::Sha256Digest;
use backproof_verify::unpack::unpack;

use crate::archive::{Archive, File};
use crate::build;
use crate::run;

/// What a reader says of an entry: its place, its size, the digest of its bytes.
type Seen = BTreeMap<String, (usize, u64, String)>;

fn seen_by_us() -> Seen {
    let see = |(place, file): (usize, &File)| {
        let mut content = Vec::new();
        unpack(&file.entry(), |block| content.extend_from_slice(block)).unwrap();
        let digest = Sha256Digest::of(&content).to_hex();
        (file.path.clone(), (place, content.len() as u64, digest))
    };
    Archive::new().0.iter().enumerate().map(see).collect()
}

#[test]
fn the_zip_crate_sees_the_same_files() {
    let bytes = build();
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
    assert_eq!(archive.offset(), 0);
    assert_eq!(archive.comment(), b"");
    let mut seen = Seen::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert!(
            file.is_file() && !file.encrypted() && file.unix_mode() == Some(0o100_644),
            "{name}"
        );
        assert_eq!(
            file.enclosed_name().as_deref(),
            Some(std::path::Path::new(&name)),
            "leaves its folder"
        );
        let (size, digest) = (file.size(), Sha256Digest::of(&content).to_hex());
        seen.insert(name, (place, size, digest));
    }
    assert_eq!(seen, seen_by_us());
}

#[test]
fn python_sees_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bundle.zip"), build()).unwrap();
    let script = "import hashlib, zipfile\n\
                  archive = zipfile.ZipFile('bundle.zip')\n\
                  for place, entry in enumerate(archive.infolist()):\n    \
                      content = archive.read(entry)\n    \
                      print(entry.filename, place, entry.file_size, hashlib.sha256(content).hexdigest())\n";
    std::fs::write(folder.path().join("see.py"), script).unwrap();
    let printed = run(folder.path(), "python3 see.py");
    let see = |line: &str| {
        let [path, place, size, digest] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let seen = (place.parse().unwrap(), size.parse().unwrap(), digest.to_owned());
        (path.to_owned(), seen)
    };
    assert_eq!(printed.lines().map(see).collect::<Seen>(), seen_by_us());
}

/// Why the crate does not read bundles for us (`docs/adr/0005-own-zip-writer.md`).
#[test]
fn the_zip_crate_accepts_what_a_verifier_must_refuse() {
    let mut archive = Archive::new();
    let results = "data/results.json";
    archive.0.push(File::stored(results, b"another"));
    let doubled = archive.write();
    let mut seen = zip::ZipArchive::new(Cursor::new(&doubled[..])).unwrap();
    let mut content = Vec::new();
    seen.by_name(results).unwrap().read_to_end(&mut content).unwrap();
    assert_eq!(content, b"another", "of two equal names it takes the last");
    let prepended = [b"#!/bin/sh\n", &build()[..]].concat();
    let seen = zip::ZipArchive::new(Cursor::new(&prepended[..])).unwrap();
    assert_eq!(seen.offset(), 10, "what stands before is skipped");
    for bytes in [doubled, prepended] {
        assert_eq!(check_content(&bytes).verdict(), Verdict::Failed);
    }
}
