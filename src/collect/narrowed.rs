//! What a run is narrowed to, and what can't be: a name that no source knows would ask nothing and look like success.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::CollectError;
use crate::model::acquisition::Acquisition;
use crate::model::ids::{Account, Region, RunName};
use crate::model::shard::Shard;
use crate::model::source::{Source, SourceKey};
use crate::model::time::{Instant, show};

/// An error names this many of the known names.
const NAMES_SHOWN: usize = 12;

/// What a run is narrowed to; by default it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Only these sources, where any is named.
    pub sources: BTreeSet<Source>,
    /// Only these accounts, projects and databases, where any is named.
    pub accounts: BTreeSet<Account>,
    /// Only these regions, where any is named.
    pub regions: BTreeSet<Region>,
    /// Where windows begin, instead of where the ledger's evidence ends.
    pub since: Option<Instant>,
    /// Where windows end, instead of now.
    pub until: Option<Instant>,
    /// The share of a run that several processes make together.
    pub share: Option<Share>,
}

/// One process's share of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What the shares have in common: their pulls are those of one run, as if one process had made them.
    pub run: RunName,
    /// Which places are in it.
    pub shard: Shard,
    /// The pulls of earlier runs: what the ledger lacks is lacking in these, not in the segment.
    pub earlier: Vec<Acquisition>,
    /// The directory of the ledger that holds their bodies.
    pub ledger: PathBuf,
}

impl Narrowed {
    /// Whether a source is to be asked in a place.
    pub fn takes(&self, key: &SourceKey) -> bool {
        let source = self.sources.is_empty() || self.sources.contains(&key.source);
        let account = self.accounts.is_empty() || self.accounts.contains(&key.account);
        let region = self.regions.is_empty() || self.regions.contains(&key.region);
        let mut share = self.share.iter();
        source && account && region && share.all(|share| share.shard.has(&key.account, &key.region))
    }

    /// Refuses what no source would be asked for: an empty answer must not look like a finished run.
    pub(super) fn refuse_strangers(&self, sources: &[Box<dyn super::Source>]) -> Result<(), CollectError> {
        if self.sources.is_empty() && self.accounts.is_empty() && self.regions.is_empty() {
            return Ok(());
        }
        let mut places = BTreeSet::new();
        for source in sources {
            places.extend(source.places()?);
        }
        let known = |of: fn(&SourceKey) -> String| places.iter().map(of).collect::<BTreeSet<_>>();
        let named: [(&'static str, BTreeSet<String>, BTreeSet<String>); 3] = [
            ("source", text(&self.sources), known(|key| key.source.to_string())),
            (
                "account",
                text(&self.accounts),
                known(|key| key.account.to_string()),
            ),
            ("region", text(&self.regions), known(|key| key.region.to_string())),
        ];
        for (name, named, known) in named {
            if let Some(found) = named.difference(&known).next() {
                return Err(NothingToAsk::Stranger {
                    name,
                    found: found.clone(),
                    advice: advice(found, &known),
                }
                .into());
            }
        }
        match places.iter().any(|place| self.takes(place)) {
            true => Ok(()),
            false => Err(NothingToAsk::Nowhere.into()),
        }
    }
}

fn text<T: ToString>(named: &BTreeSet<T>) -> BTreeSet<String> {
    named.iter().map(T::to_string).collect()
}

/// The known name that was probably meant, or those that there are.
fn advice(found: &str, known: &BTreeSet<String>) -> String {
    let near = super::nearest(found, known.iter().map(String::as_str));
    if !near.is_empty() {
        return near;
    }
    let shown: Vec<&str> = known.iter().take(NAMES_SHOWN).map(String::as_str).collect();
    let more = match known.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    format!("; asked are {}{more}", shown.join(", "))
}

/// A run is narrowed to what there is nothing of.
#[derive(Debug, thiserror::Error)]
pub enum NothingToAsk {
    /// A name that no configured source knows.
    #[error("--{name} {found}: no configured source asks for it{advice}")]
    Stranger {
        /// `source`, `account` or `region`.
        name: &'static str,
        /// As given.
        found: String,
        /// A suggestion, or what is known.
        advice: String,
    },
    /// Each name is known, and no place has them all.
    #[error(
        "nothing is asked for: no configured source asks for any of these sources in any of these accounts and regions; \
         name fewer of --source, --account and --region, or a place of the estate"
    )]
    Nowhere,
    /// The end lies before the beginning, which the ledger's evidence gives where nobody names one.
    #[error(
        "nothing is asked of {place}: its time would begin at {} and end at {}; name a --since that lies before",
        show(*.since), show(*.until)
    )]
    Before {
        /// The source in one place.
        place: SourceKey,
        /// Where its window would begin.
        since: Instant,
        /// Where it would end.
        until: Instant,
    },
}
