//! Samples for an auditor's own re-performance. The tool tries every item; an auditor tries some again by hand.
//!
//! A sample follows from its population alone: the seed is a digest of the population and the test, and the items with the
//! least digests under the seed are drawn. Nobody can shop for a sample by drawing again, and anybody can draw it again
//! with `sha256sum`. An auditor who brings a seed of their own draws another one.

use crate::model::ids::{Sha256Digest, TestId};

/// The first line of what a seed is the digest of.
const PURPOSE: &str = "backproof.sample/v1";

/// What a draw depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(Sha256Digest);

impl Seed {
    /// The seed of a population: SHA-256 of `backproof.sample/v1`, the digest of the population's file and the test, each
    /// with a line feed after it.
    pub fn of_population(population: &Sha256Digest, test: &TestId) -> Self {
        Self(Sha256Digest::of(
            format!("{PURPOSE}\n{population}\n{test}\n").as_bytes(),
        ))
    }

    /// A seed that somebody brings.
    pub fn given(digest: Sha256Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    pub fn digest(&self) -> &Sha256Digest {
        &self.0
    }

    /// What decides about an item: SHA-256 of the seed and the item, each with a line feed after it.
    pub fn rank(&self, item: &str) -> Sha256Digest {
        Sha256Digest::of(format!("{}\n{item}\n", self.0).as_bytes())
    }
}

/// The positions in `items` of the sample: those with the `size` least ranks, in the order of their ranks. All of them
/// where there are no more.
pub fn draw(items: &[&str], size: usize, seed: &Seed) -> Vec<usize> {
    let mut ranked: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(position, item)| (seed.rank(item), position))
        .collect();
    ranked.sort();
    ranked
        .into_iter()
        .take(size)
        .map(|(_, position)| position)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seed() -> Seed {
        let population = Sha256Digest::of(b"item,state\r\n");
        Seed::of_population(&population, &"CT-05".parse().expect("a test"))
    }

    /// `printf 'backproof.sample/v1\n%s\nCT-05\n' "$(printf 'item,state\r\n' | sha256sum | cut -c1-64)" | sha256sum`, and
    /// `printf '%s\norders/2026-07-03\n' SEED | sha256sum`.
    #[test]
    fn seed_and_rank_are_what_sha256sum_says() {
        let seed = seed();
        assert_eq!(seed.digest().to_hex(), SEED);
        assert_eq!(seed.rank("orders/2026-07-03").to_hex(), RANK);
    }

    const SEED: &str = "7d1a586d7d2d91562bb995e154068b3f1c335ee17a342a0acffbc13fe2f5d54f";
    const RANK: &str = "6f4af76e4f105ccd72508534b43cd115eb65e023f9815f1d995fd75e606f4b0e";

    #[test]
    fn a_sample_is_a_part_of_the_population_each_item_once() {
        let items: Vec<String> = (0..90).map(|day| format!("orders/{day}")).collect();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let mut drawn = draw(&items, 25, &seed());
        assert_eq!(drawn.len(), 25);
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 25);
        assert_eq!(
            draw(&items, 200, &seed()).len(),
            90,
            "all, where there are no more"
        );
        assert!(draw(&[], 25, &seed()).is_empty());
        let other = Seed::given(Sha256Digest::of(b"the auditor's own"));
        assert_ne!(draw(&items, 25, &seed()), draw(&items, 25, &other));
    }

    proptest! {
        /// The order in which a population is listed decides nothing, and a larger sample begins with the smaller one.
        #[test]
        fn order_decides_nothing(
            items in proptest::collection::btree_set("[a-z]{1,6}", 1..60),
            size in 1_usize..70,
            more in 0_usize..20,
        ) {
            let forward: Vec<&str> = items.iter().map(String::as_str).collect();
            let backward: Vec<&str> = items.iter().rev().map(String::as_str).collect();
            let named = |items: &[&str], size| -> Vec<String> {
                draw(items, size, &seed()).into_iter().map(|at| items[at].to_owned()).collect()
            };
            prop_assert_eq!(named(&forward, size), named(&backward, size));
            let larger = named(&forward, size + more);
            prop_assert!(larger.starts_with(&named(&forward, size)));
        }
    }
}
