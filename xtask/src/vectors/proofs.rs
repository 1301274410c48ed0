//! Proofs of the Merkle tree, right and forged (RFC 9162 §2.1.3, §2.1.4): a file of its own, since no bundle carries one yet.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use backproof_verify::digest::Sha256Digest;
use backproof_verify::merkle::{consistency_proof, leaf_hash, root};

/// A claim that one tree is the beginning of another.
struct Claim {
    sizes: [usize; 2],
    roots: [Sha256Digest; 2],
    proof: Vec<Sha256Digest>,
}

fn leaves(what: &str) -> Vec<Sha256Digest> {
    (0..11)
        .map(|n| leaf_hash(format!("{what} {n}").as_bytes()))
        .collect()
}

/// The file `consistency.toml`.
pub(super) fn consistency() -> Result<String> {
    let (leaves, rewritten) = (leaves("leaf"), leaves("rewritten"));
    let (old, new) = (6, 11);
    let honest = |old: usize, new: usize| -> Result<Claim> {
        let proof = consistency_proof(&leaves[..new], old).context("a proof")?;
        let roots = [root(&leaves[..old]), root(&leaves[..new])];
        Ok(Claim {
            sizes: [old, new],
            roots,
            proof,
        })
    };
    let mut text = String::from(
        "# Made by `cargo xtask vectors`: is the tree of the old checkpoint the beginning of the new one?\n",
    );
    for (from, to) in [(6, 11), (8, 11), (1, 2), (11, 11)] {
        tell(
            &mut text,
            &format!("honest-{from}-{to}"),
            true,
            &honest(from, to)?,
        )?;
    }
    type Forge<'a> = (&'a str, &'a dyn Fn(&mut Claim));
    let forged: [Forge<'_>; 9] = [
        ("history-rewritten", &|claim| {
            claim.roots[0] = root(&rewritten[..old])
        }),
        ("new-tree-of-another", &|claim| claim.roots[1] = root(&rewritten)),
        ("proof-shorter", &|claim| {
            claim.proof.truncate(claim.proof.len() - 1)
        }),
        ("proof-longer", &|claim| claim.proof.push(leaf_hash(b"more"))),
        ("proof-empty", &|claim| claim.proof.clear()),
        ("proof-swapped", &|claim| claim.proof.swap(0, 1)),
        ("proof-altered", &|claim| claim.proof[0] = leaf_hash(b"other")),
        ("checkpoint-replayed", &|claim| {
            (claim.sizes, claim.roots) = ([new, old], [claim.roots[1], claim.roots[0]])
        }),
        ("old-tree-empty", &|claim| claim.sizes[0] = 0),
    ];
    for (name, forge) in forged {
        let mut claim = honest(old, new)?;
        forge(&mut claim);
        tell(&mut text, name, false, &claim)?;
    }
    let mut same_size = honest(new, new)?;
    same_size.roots[0] = root(&rewritten);
    tell(&mut text, "same-size-another-root", false, &same_size)?;
    Ok(text)
}

fn tell(text: &mut String, name: &str, holds: bool, claim: &Claim) -> Result<()> {
    let proof: Vec<_> = claim.proof.iter().map(|digest| format!("\"{digest}\"")).collect();
    let ([old, new], [old_root, new_root]) = (claim.sizes, claim.roots);
    write!(
        text,
        "\n[[claim]]\nname = \"{name}\"\nholds = {holds}\nold_size = {old}\nnew_size = {new}\nold_root = \"{old_root}\"\n\
         new_root = \"{new_root}\"\nproof = [{}]\n",
        proof.join(", ")
    )?;
    Ok(())
}
