//! The comparison of a source manifest with the manifest of the restored copy, made again object by object.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::records::governance::{ContentManifest, ContentObject, RestoreTest};

/// What the two manifests say of each other.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Objects missing or added, and counts that differ, unexplained.
    pub incomplete: Vec<String>,
    /// Digests that differ, unexplained.
    pub inaccurate: Vec<String>,
    /// Objects whose digests can't be compared.
    pub undigested: Vec<String>,
    /// Objects whose digests are equal, or whose difference is explained.
    pub digested: u64,
    /// Differences that later writes are said to explain.
    pub explained: Vec<String>,
    /// Objects in the source manifest.
    pub objects: usize,
}

/// What is missing from a declared sample.
pub(super) fn sample_fault(test: &RestoreTest, comparison: &Comparison) -> Option<String> {
    let sample = test.sample.as_ref()?;
    if sample.seed.as_deref().is_none_or(|seed| seed.trim().is_empty()) {
        return Some(format!("the sample of test {} has no seed", test.id));
    }
    let Some(size) = sample.stated_size.filter(|size| *size > 0) else {
        return Some(format!("the sample of test {} has no stated size", test.id));
    };
    let compared = comparison.digested + comparison.inaccurate.len() as u64;
    (i64::try_from(compared).unwrap_or(i64::MAX) < size).then(|| {
        format!(
            "the sample of test {} states {size} objects, digests were compared of {compared}",
            test.id
        )
    })
}

/// Why a manifest can't be compared.
pub(super) fn unusable(manifest: &ContentManifest, which: &str) -> Option<String> {
    if manifest.objects.is_empty() {
        return Some(format!("the {which} manifest names no object"));
    }
    let mut names = BTreeSet::new();
    manifest.objects.iter().find_map(|object| {
        let again = !names.insert(&object.name);
        again
            .then(|| format!("the {which} manifest names {} twice", object.name))
            .or_else(|| {
                (object.count < 0).then(|| format!("the {which} manifest counts {} below zero", object.name))
            })
    })
}

/// The object's SHA-256 in hexadecimal digits. Anything else is no digest: two equal words prove no equal content.
fn digest(object: &ContentObject) -> Option<&str> {
    object
        .digest
        .as_deref()
        .filter(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Compares the manifests of `test`, each of which names an object once. Where the source's was taken `later` than the
/// backup, writes in between may explain a difference.
pub(super) fn compare(
    test: &RestoreTest,
    source: &ContentManifest,
    restored: &ContentManifest,
    later: bool,
) -> Comparison {
    let by_name = |manifest: &'_ ContentManifest| -> BTreeMap<String, ContentObject> {
        manifest
            .objects
            .iter()
            .map(|object| (object.name.clone(), object.clone()))
            .collect()
    };
    let (source, restored) = (by_name(source), by_name(restored));
    let explained = |name: &str| {
        let mut texts = test.explanations.iter();
        later && texts.any(|(object, text)| object == name && !text.trim().is_empty())
    };
    let mut found = Comparison {
        objects: source.len(),
        ..Comparison::default()
    };
    let names: BTreeSet<&String> = source.keys().chain(restored.keys()).collect();
    for name in names {
        let (difference, of_content) = match (source.get(name), restored.get(name)) {
            (Some(from), Some(to)) => {
                let counts = (from.count != to.count).then(|| {
                    format!(
                        "{name} has {} at the source and {} restored",
                        from.count, to.count
                    )
                });
                let digests = match (digest(from), digest(to)) {
                    (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b) => {
                        Some(format!("digests of {name} differ"))
                    }
                    (Some(_), Some(_)) => {
                        found.digested += 1;
                        None
                    }
                    // What was not drawn into the sample has no digest on either side.
                    (None, None) if test.sample.is_some() => None,
                    _ => {
                        found.undigested.push(name.clone());
                        None
                    }
                };
                (counts, digests)
            }
            (Some(_), None) => (Some(format!("{name} was not restored")), None),
            (None, _) => (Some(format!("{name} is not in the source")), None),
        };
        if explained(name) {
            found.digested += u64::from(of_content.is_some());
            found.explained.extend(difference.into_iter().chain(of_content));
        } else {
            found.incomplete.extend(difference);
            found.inaccurate.extend(of_content);
        }
    }
    found
}
