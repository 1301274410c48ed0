//! The Merkle tree of RFC 9162 2.1: leaf and node hashing, the root, inclusion and consistency proofs.
//!
//! Invariant: a leaf is never taken for a node, since the two are hashed under different prefixes (2.1.1), and a proof
//! is accepted only at its exact length.

use sha2::{Digest as _, Sha256};

use crate::digest::Sha256Digest;

/// The hash of a leaf: `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> Sha256Digest {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(data);
    Sha256Digest::from_bytes(hasher.finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Sha256Digest, right: &Sha256Digest) -> Sha256Digest {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Sha256Digest::from_bytes(hasher.finalize().into())
}

/// The root over leaf hashes, in order; the digest of nothing for an empty tree.
pub fn root(leaves: &[Sha256Digest]) -> Sha256Digest {
    match leaves {
        [] => Sha256Digest::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The size of the left subtree: the largest power of two smaller than `size` (which must be at least 2).
fn left_size(size: usize) -> usize {
    1 << (size - 1).ilog2()
}

/// The proof that the leaf at `index` is in the tree (2.1.3.1), from the leaf upwards; `None` beyond the tree.
pub fn inclusion_proof(leaves: &[Sha256Digest], index: usize) -> Option<Vec<Sha256Digest>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let split = left_size(leaves.len());
    let (left, right) = leaves.split_at(split);
    let (mut proof, sibling) = if index < split {
        (inclusion_proof(left, index)?, root(right))
    } else {
        (inclusion_proof(right, index - split)?, root(left))
    };
    proof.push(sibling);
    Some(proof)
}

/// Whether `proof` shows that `leaf` is at `index` of the tree with `size` leaves and this `root` (2.1.3.2).
#[must_use]
pub fn verify_inclusion(
    leaf: &Sha256Digest,
    index: u64,
    size: u64,
    proof: &[Sha256Digest],
    root: &Sha256Digest,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            skip_levels_without_sibling(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The proof that the first `old_size` leaves are a prefix of the tree (2.1.4.1); `None` for zero or beyond the tree.
pub fn consistency_proof(leaves: &[Sha256Digest], old_size: usize) -> Option<Vec<Sha256Digest>> {
    if old_size == 0 || old_size > leaves.len() {
        return None;
    }
    Some(subproof(leaves, old_size, true))
}

/// `SUBPROOF` of 2.1.4.1; `known` says that the verifier already has the root over the first `old_size` leaves.
fn subproof(leaves: &[Sha256Digest], old_size: usize, known: bool) -> Vec<Sha256Digest> {
    if old_size == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let split = left_size(leaves.len());
    let (left, right) = leaves.split_at(split);
    let (mut proof, sibling) = if old_size <= split {
        (subproof(left, old_size, known), root(right))
    } else {
        (subproof(right, old_size - split, false), root(left))
    };
    proof.push(sibling);
    proof
}

/// Whether `proof` shows that the tree `(old_size, old_root)` is a prefix of the tree `(new_size, new_root)` (2.1.4.2).
///
/// An empty old tree is refused: anything is consistent with it, so it proves nothing.
#[must_use]
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    old_root: &Sha256Digest,
    new_root: &Sha256Digest,
    proof: &[Sha256Digest],
) -> bool {
    if old_size == 0 || old_size > new_size {
        return false;
    }
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    // A whole subtree is not repeated in the proof: the verifier has it.
    let (first, rest) = match proof {
        _ if old_size.is_power_of_two() => (*old_root, proof),
        [first, rest @ ..] => (*first, rest),
        [] => return false,
    };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_levels_without_sibling(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

/// The right edge of an uneven tree has levels on which a node has no sibling; both proofs pass over them.
fn skip_levels_without_sibling(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;

    const SIZE_MAX: usize = 40;

    fn record(index: usize) -> Vec<u8> {
        format!("leaf {index}").into_bytes()
    }

    fn leaves(size: usize) -> Vec<Sha256Digest> {
        (0..size).map(|index| leaf_hash(&record(index))).collect()
    }

    /// An independent implementation over the same leaves.
    fn peer(size: usize) -> MemoryBackedTree<Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        (0..size).for_each(|index| tree.push(record(index)));
        tree
    }

    fn flat(proof: &[Sha256Digest]) -> Vec<u8> {
        proof.iter().flat_map(|digest| *digest.as_bytes()).collect()
    }

    #[test]
    fn known_roots() {
        // The digest of nothing, and the test vectors of certificate-transparency for leaves "" and {"", 00}.
        assert_eq!(
            root(&[]).to_hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            root(&[leaf_hash(b"")]).to_hex(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            root(&[leaf_hash(b""), leaf_hash(&[0])]).to_hex(),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn roots_and_proofs_equal_those_of_ct_merkle() {
        for size in 1..SIZE_MAX {
            let (leaves, peer) = (leaves(size), peer(size));
            assert_eq!(root(&leaves).as_bytes()[..], peer.root().as_bytes()[..]);
            for index in 0..size {
                let proof = inclusion_proof(&leaves, index).unwrap();
                assert_eq!(flat(&proof), peer.prove_inclusion(index).as_bytes());
            }
            for old in 1..=size {
                let proof = consistency_proof(&leaves, old).unwrap();
                assert_eq!(flat(&proof), peer.prove_consistency(size - old).as_bytes());
            }
        }
    }

    #[test]
    fn only_the_right_inclusion_proof_is_accepted() {
        for size in 1..SIZE_MAX {
            let all = leaves(size);
            let (head, wide) = (root(&all), size as u64);
            assert!(inclusion_proof(&all, size).is_none());
            for index in 0..size {
                let proof = inclusion_proof(&all, index).unwrap();
                let at = index as u64;
                let (verify, other) = (verify_inclusion, leaf_hash(b"other"));
                assert!(verify(&all[index], at, wide, &proof, &head));
                let longer: Vec<_> = proof.iter().copied().chain([head]).collect();
                assert!(!verify(&other, at, wide, &proof, &head));
                assert!(!verify(&all[index], at, wide, &longer, &head));
                assert!(!verify(&all[index], wide, wide, &proof, &head));
                for other in (0..size).filter(|other| *other != index) {
                    assert!(!verify(&all[index], other as u64, wide, &proof, &head));
                }
                if let Some(shorter) = proof.split_last().map(|(_, rest)| rest) {
                    assert!(!verify(&all[index], at, wide, shorter, &head));
                }
            }
        }
    }

    #[test]
    fn only_the_right_consistency_proof_is_accepted() {
        for size in 2..SIZE_MAX {
            let all = leaves(size);
            let head = root(&all);
            assert!(consistency_proof(&all, 0).is_none() && consistency_proof(&all, size + 1).is_none());
            for old in 1..=size {
                let proof = consistency_proof(&all, old).unwrap();
                let (old_root, m, n) = (root(&all[..old]), old as u64, size as u64);
                assert!(verify_consistency(m, n, &old_root, &head, &proof));
                let longer: Vec<_> = proof.iter().copied().chain([head]).collect();
                assert!(!verify_consistency(m, n, &old_root, &head, &longer));
                assert!(!verify_consistency(m, n, &leaf_hash(b"x"), &head, &proof));
                assert!(!verify_consistency(m, n, &old_root, &leaf_hash(b"x"), &proof));
                assert!(!verify_consistency(0, n, &old_root, &head, &proof));
                assert!(!verify_consistency(n + 1, n, &old_root, &head, &proof));
                if let Some(shorter) = proof.split_last().map(|(_, rest)| rest) {
                    assert!(!verify_consistency(m, n, &old_root, &head, shorter));
                }
            }
        }
    }

    #[test]
    fn a_node_does_not_pass_as_a_leaf() {
        let two = leaves(2);
        assert_ne!(root(&two), leaf_hash(&flat(&two)));
    }
}
