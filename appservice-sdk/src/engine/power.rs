//! Power levels of ghosts. Pure.

use serde_json::{Value, json};

use crate::store::powers::PowerRow;

/// The most a ghost is given, whatever the bot may.
const MOST: i64 = 100;

/// The content of `m.room.power_levels` in which the ghosts have the levels they shall have, if that changes it. Nobody
/// gets more than the bot has, and nobody whose level is the bot's own or above is touched: the homeserver would refuse.
pub(crate) fn empower(content: &Value, bot: i64, wants: &[PowerRow]) -> Option<Value> {
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let default = content.get("users_default").and_then(number).unwrap_or(0);
    let mut after = content.clone();
    let mut users = content.get("users").and_then(Value::as_object).cloned().unwrap_or_default();
    let before = users.clone();
    for PowerRow { user_id, level } in wants {
        let now = users.get(user_id).and_then(number).unwrap_or(default);
        let wanted = (*level).clamp(0, bot.clamp(0, MOST));
        if now >= bot || now == wanted {
            continue;
        }
        match wanted == default {
            true => users.remove(user_id),
            false => users.insert(user_id.clone(), json!(wanted)),
        };
    }
    if users == before {
        return None;
    }
    after["users"] = Value::Object(users);
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghosts_get_what_they_shall_have_but_never_more_than_the_bot() {
        let levels = json!({ "users": { "@bot": 50, "@alice": 100, "@g1": 50, "@g2": 20 }, "events_default": 5 });
        let want = |user: &str, level: i64| PowerRow { user_id: user.into(), level };
        let cases = [
            (vec![want("@g3", 40)], Some(json!({ "@bot": 50, "@alice": 100, "@g1": 50, "@g2": 20, "@g3": 40 }))),
            (vec![want("@g3", 100)], Some(json!({ "@bot": 50, "@alice": 100, "@g1": 50, "@g2": 20, "@g3": 50 }))),
            (vec![want("@g2", 0)], Some(json!({ "@bot": 50, "@alice": 100, "@g1": 50 }))),
            (vec![want("@g1", 0)], None),
            (vec![want("@g2", 20), want("@g4", -7)], None),
        ];
        for (wants, users) in cases {
            let after = empower(&levels, 50, &wants);
            assert_eq!(after.as_ref().map(|after| after["users"].clone()), users, "{wants:?}");
            assert!(after.is_none_or(|after| after["events_default"] == 5));
        }
        assert_eq!(empower(&json!({}), i64::MAX, &[want("@g", 999)]), Some(json!({ "users": { "@g": 100 } })));
    }
}
