//! Proofs of inclusion and consistency: the one that the tree gives holds, and no other.
#![no_main]

use backproof_verify::digest::Sha256Digest;
use backproof_verify::merkle;
use backproof_verify_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// The genuine proof with changes: each byte keeps, leaves out, repeats or replaces the digest at its place.
fn changed(proof: &[Sha256Digest], changes: &[u8]) -> Vec<Sha256Digest> {
    let mut changes = changes.iter();
    let mut changed = Vec::new();
    for digest in proof {
        match changes.next().map_or(0, |change| change % 4) {
            0 => changed.push(*digest),
            1 => {}
            2 => changed.extend([*digest, *digest]),
            _ => changed.push(merkle::node_hash(digest, digest)),
        }
    }
    changed.extend(changes.map(|byte| merkle::leaf_hash(&[*byte])));
    changed
}

fuzz_target!(|bytes: &[u8]| {
    let [size, index, claimed_index, claimed_size, changes @ ..] = bytes else {
        return;
    };
    bounded(bytes, |_| {
        let leaves: Vec<_> = (0..*size).map(|leaf| merkle::leaf_hash(&[leaf])).collect();
        let root = merkle::root(&leaves);
        let (place, size) = (usize::from(*index), u64::from(*size));
        let (claimed_index, claimed_size) = (u64::from(*claimed_index), u64::from(*claimed_size));
        if let Some(genuine) = merkle::inclusion_proof(&leaves, place) {
            let proof = changed(&genuine, changes);
            let leaf = &leaves[place];
            assert!(merkle::verify_inclusion(
                leaf,
                place as u64,
                size,
                &genuine,
                &root
            ));
            let held = merkle::verify_inclusion(leaf, claimed_index, claimed_size, &proof, &root);
            // A leaf's place is told by its path: another place or size may have the same one, another proof never.
            assert!(!held || proof == genuine, "included by another proof");
        }
        if let Some(genuine) = merkle::consistency_proof(&leaves, place) {
            let proof = changed(&genuine, changes);
            let old_root = merkle::root(&leaves[..place]);
            assert!(merkle::verify_consistency(
                place as u64,
                size,
                &old_root,
                &root,
                &genuine
            ));
            let held = merkle::verify_consistency(place as u64, size, &old_root, &root, &proof);
            assert_eq!(
                held,
                proof == genuine,
                "consistent by another proof, or not by its own"
            );
        }
    });
});
