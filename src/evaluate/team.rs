//! The teams that the policies name, and which of their names mean one team.
//!
//! The team in charge of backups has four names in the policies. Which of them are one team only management can say
//! (`team_aliases`): until it has, a member of another name can be judged nowhere.

/// A team that has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Team {
    /// The team in charge of backups: DevOps of 6.2, where management has said so SRE of 6.3 and the Ops Team of 13.3.
    InCharge,
    /// The Web Services Team of 13.3.
    WebServices,
    /// Those who verify the security controls in 13.5.2.
    InfoSec,
}

impl Team {
    /// Whether `name` means this team, given the names that management has approved for the one in charge; `None` where
    /// nobody has said.
    pub fn is(self, name: Option<&str>, aliases: Option<&[String]>) -> Option<bool> {
        let spelled = |spellings: &[&str]| {
            let letters = letters(name?);
            let bare = letters.strip_suffix("team").unwrap_or(&letters);
            Some(spellings.contains(&bare))
        };
        match self {
            Self::InCharge => match membership(name, aliases) {
                Membership::InCharge => Some(true),
                Membership::Unresolved => None,
                Membership::Other => Some(false),
            },
            Self::WebServices => spelled(&["webservices"]),
            Self::InfoSec => spelled(&["infosec", "informationsecurity"]),
        }
    }
}

/// Spaces, hyphens and letter case say nothing.
pub fn letters(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The policy's own word for the team that it designates (Data Management Policy 6.2(2)).
pub const IN_CHARGE: &str = "DevOps";
/// The other names by which the policies seem to speak of it, in letters.
const OTHER_NAMES: [&str; 2] = ["sre", "ops"];

/// How a team stands to the one in charge of backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Membership {
    /// It is that team, by its name or by one that management has approved for it.
    InCharge,
    /// The policies may mean it, and management has not said; or nobody says which team it is.
    Unresolved,
    /// Another team.
    Other,
}

/// How `team` stands to the team in charge, given the names that management has approved. A name counts as it is written:
/// of one that is spelled in another way, nobody can say whether it is meant.
pub fn membership(team: Option<&str>, aliases: Option<&[String]>) -> Membership {
    let Some(team) = team else {
        return Membership::Unresolved;
    };
    let mut approved = aliases.unwrap_or_default().iter().map(String::as_str);
    if team == IN_CHARGE || approved.any(|alias| alias == team) {
        return Membership::InCharge;
    }
    let spelled = letters(team);
    let bare = spelled.strip_suffix("team").unwrap_or(&spelled);
    let mut settled = aliases.unwrap_or_default().iter().map(|alias| letters(alias));
    let otherwise = bare == letters(IN_CHARGE) || settled.any(|alias| alias == bare);
    if otherwise || bare.is_empty() || (aliases.is_none() && OTHER_NAMES.contains(&bare)) {
        Membership::Unresolved
    } else {
        Membership::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_count_once_management_has_said_so() {
        use Membership::{InCharge, Other, Unresolved};
        let approved = ["SRE".to_owned()];
        for (team, before, after) in [
            (Some("DevOps"), InCharge, InCharge),
            (Some("SRE"), Unresolved, InCharge),
            (Some("Ops"), Unresolved, Other),
            (Some("Ops Team"), Unresolved, Other),
            (Some("Dev Ops"), Unresolved, Unresolved),
            (Some("DevOps Team"), Unresolved, Unresolved),
            (Some("sre"), Unresolved, Unresolved),
            (Some(" "), Unresolved, Unresolved),
            (Some("Web Services"), Other, Other),
            (None, Unresolved, Unresolved),
        ] {
            assert_eq!(membership(team, None), before, "{team:?}");
            assert_eq!(membership(team, Some(&approved)), after, "{team:?}");
        }
    }

    #[test]
    fn the_other_teams_go_by_their_names_in_any_spelling() {
        use Team::{InCharge, InfoSec, WebServices};
        for (name, team) in [
            ("Web-Services", WebServices),
            ("Information Security Team", InfoSec),
            ("DevOps", InCharge),
        ] {
            for other in [InCharge, WebServices, InfoSec] {
                assert_eq!(
                    other.is(Some(name), None),
                    Some(other == team),
                    "{name} {other:?}"
                );
            }
        }
        for team in [InCharge, WebServices, InfoSec] {
            assert_eq!(team.is(None, None), None);
        }
        assert_eq!(InCharge.is(Some("Ops"), None), None);
        assert_eq!(InfoSec.is(Some("Ops"), None), Some(false));
    }
}
