//! The team in charge of backups, which the policies call by four names.

/// The policy's own word for the team that it designates (Data Management Policy 6.2(2)).
pub const IN_CHARGE: &str = "DevOps";
/// The other names by which the policies seem to speak of it.
const OTHER_NAMES: [&str; 3] = ["SRE", "Ops", "Dev Ops"];

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

/// How `team` stands to the team in charge, given the names that management has approved.
pub fn membership(team: Option<&str>, aliases: Option<&[String]>) -> Membership {
    let Some(team) = team else {
        return Membership::Unresolved;
    };
    let approved = aliases.is_some_and(|aliases| aliases.iter().any(|alias| alias == team));
    if team == IN_CHARGE || approved {
        Membership::InCharge
    } else if aliases.is_none() && OTHER_NAMES.contains(&team) {
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
            (Some("Web Services"), Other, Other),
            (None, Unresolved, Unresolved),
        ] {
            assert_eq!(membership(team, None), before, "{team:?}");
            assert_eq!(membership(team, Some(&approved)), after, "{team:?}");
        }
    }
}
