//! Who a message names, and who of them is really notified.
//! <https://discord.com/developers/docs/resources/message#allowed-mentions-object>

use serde_json::Value;

use crate::discord::{
    error::{Refusal, invalid},
    model::Pings,
    snowflake::Snowflake,
};

/// The sender's own restriction of whom the message may notify.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedMentions {
    users: Allowed,
    roles: Allowed,
    everyone: bool,
    pub(crate) replied_user: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Allowed {
    #[default]
    None,
    All,
    These(Vec<Snowflake>),
}

impl Allowed {
    fn has(&self, id: Snowflake) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

impl AllowedMentions {
    /// Without the field, everything named is notified.
    pub(crate) fn all() -> Self {
        Self { users: Allowed::All, roles: Allowed::All, everyone: true, replied_user: None }
    }

    pub(crate) fn parse(value: &Value) -> Result<Self, Refusal> {
        if value.is_null() {
            return Ok(Self::all());
        }
        let parse: Vec<&str> = value["parse"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some((n, _)) = parse.iter().enumerate().find(|(_, kind)| !["users", "roles", "everyone"].contains(kind))
        {
            let path = format!("allowed_mentions.parse.{n}");
            return Err(invalid(&path, "BASE_TYPE_CHOICES", "Value must be one of ('users', 'everyone', 'roles')."));
        }
        let list = |kind: &str| {
            let named: Vec<Snowflake> = value[kind].as_array().into_iter().flatten().filter_map(snowflake).collect();
            match (parse.contains(&kind), named.is_empty()) {
                (true, false) => Err(invalid(
                    "allowed_mentions",
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                    &format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive."),
                )),
                (true, true) => Ok(Allowed::All),
                (false, true) => Ok(Allowed::None),
                (false, false) => Ok(Allowed::These(named)),
            }
        };
        Ok(Self {
            users: list("users")?,
            roles: list("roles")?,
            everyone: parse.contains(&"everyone"),
            replied_user: value["replied_user"].as_bool(),
        })
    }

    /// Who of those named in `content` is notified.
    pub(crate) fn filter(&self, content: &str) -> Pings {
        let mut named = named(content);
        named.users.retain(|id| self.users.has(*id));
        named.roles.retain(|id| self.roles.has(*id));
        named.everyone &= self.everyone;
        named
    }
}

fn snowflake(value: &Value) -> Option<Snowflake> {
    serde_json::from_value(value.clone()).ok()
}

/// `<@1>`, `<@!1>`, `<@&1>`, `@everyone`, `@here`, outside of code.
fn named(content: &str) -> Pings {
    let mut pings = Pings::default();
    for (n, span) in content.split('`').enumerate() {
        if n % 2 == 1 {
            continue;
        }
        pings.everyone |= span.contains("@everyone") || span.contains("@here");
        for rest in span.split("<@").skip(1) {
            let Some((inside, _)) = rest.split_once('>') else { continue };
            let (list, digits) = match inside.strip_prefix('&') {
                Some(role) => (&mut pings.roles, role),
                None => (&mut pings.users, inside.strip_prefix('!').unwrap_or(inside)),
            };
            if let Ok(id) = digits.parse::<Snowflake>()
                && !list.contains(&id)
            {
                list.push(id);
            }
        }
    }
    pings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn allowed_mentions_decide_who_is_notified() {
        let text = "<@1> <@!2> <@&3> @everyone `<@4>`";
        for (allowed, users, roles, everyone) in [
            (json!(null), vec![1, 2], vec![3], true),
            (json!({ "parse": [] }), vec![], vec![], false),
            (json!({ "parse": ["users"] }), vec![1, 2], vec![], false),
            (json!({ "parse": ["everyone", "roles"] }), vec![], vec![3], true),
            (json!({ "users": ["2", "9"] }), vec![2], vec![], false),
        ] {
            let pings = AllowedMentions::parse(&allowed).unwrap().filter(text);
            let ids = |list: Vec<u64>| list.into_iter().map(Snowflake).collect::<Vec<_>>();
            assert_eq!(pings, Pings { users: ids(users), roles: ids(roles), everyone }, "{allowed}");
        }
    }

    #[test]
    fn parse_and_a_list_of_the_same_kind_contradict_each_other() {
        let refusal = AllowedMentions::parse(&json!({ "parse": ["users"], "users": ["1"] })).unwrap_err();
        assert_eq!(refusal.code, 50035);
    }
}
