//! Default push rules for messages that say how urgent they are: `org.causeway.priority` in the content, from 1 (silent)
//! to 5 (urgent). They are ordinary rules: every client shows them, and a user changes or switches them off.
//!
//! Anybody in a room can write that key, so it never does what they could not do anyway: it makes quieter, or adds a
//! sound to what notifies. To highlight takes a mention.

use ruma::push::{
    Action, ConditionalPushRule, ConditionalPushRuleInit, EventPropertyIsConditionData, PushCondition, Ruleset,
    SoundTweakValue, Tweak,
};

/// Its place in an event; dots inside a key are escaped.
const KEY: &str = r"content.org\.causeway\.priority";

/// The defaults with the rules for priorities. The silent one comes before all but the master rule, so that a mention in
/// a silent message is silent; the quiet one comes last, behind mentions and what keeps edits quiet.
pub(super) fn added(mut defaults: Ruleset) -> Ruleset {
    let (at, _) = defaults.override_.insert_full(rule(".org.causeway.rule.priority_silent", 1, Vec::new()));
    defaults.override_.move_index(at, 1.min(at));
    defaults.override_.insert(rule(".org.causeway.rule.priority_low", 2, vec![Action::Notify]));
    for (id, level) in [(".org.causeway.rule.priority_high", 4), (".org.causeway.rule.priority_urgent", 5)] {
        let sound = Action::SetTweak(Tweak::Sound(SoundTweakValue::Default));
        let (at, _) = defaults.underride.insert_full(rule(id, level, vec![Action::Notify, sound]));
        defaults.underride.move_index(at, 0);
    }
    defaults
}

fn rule(id: &str, level: i32, actions: Vec<Action>) -> ConditionalPushRule {
    let is = EventPropertyIsConditionData::new(KEY.to_owned(), ruma::Int::from(level).into());
    let conditions = vec![PushCondition::EventPropertyIs(is)];
    ConditionalPushRuleInit { actions, default: true, enabled: true, rule_id: id.to_owned(), conditions }.into()
}

#[cfg(test)]
mod tests {
    use ruma::{UserId, push::PushConditionRoomCtx, serde::Raw, uint};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn each_priority_rings_as_it_should_in_a_room_of_two_and_of_many() {
        let bob = UserId::parse("@bob:test").unwrap();
        let rules = added(Ruleset::server_default(&bob));
        let mention = json!({ "user_ids": ["@bob:test"] });
        // What rings, with sound, with highlight: in a room of two, and of three.
        let (none, notify, sound, loud) = ("", "n", "ns", "nsh");
        for (msgtype, priority, mentions, two, three) in [
            ("m.text", json!(null), json!({}), sound, notify),
            ("m.notice", json!(1), json!({}), none, none),
            ("m.image", json!(1), json!({}), none, none),
            ("m.text", json!(1), mention.clone(), none, none),
            ("m.text", json!(2), json!({}), notify, notify),
            ("m.text", json!(2), mention.clone(), loud, loud),
            ("m.text", json!(3), json!({}), sound, notify),
            ("m.text", json!(4), json!({}), sound, sound),
            ("m.text", json!(4), mention.clone(), loud, loud),
            ("m.text", json!(5), json!({}), sound, sound),
            ("m.text", json!(5), mention, loud, loud),
            ("m.text", json!("5"), json!({}), sound, notify),
        ] {
            for (members, expected) in [(uint!(2), two), (uint!(3), three)] {
                let content = json!({
                    "msgtype": msgtype, "body": "x", "m.mentions": mentions, "org.causeway.priority": priority,
                });
                let event = json!({
                    "type": "m.room.message", "event_id": "$e", "room_id": "!r:test", "sender": "@hook:test",
                    "origin_server_ts": 1, "content": content,
                });
                let raw: Raw<serde_json::Value> = Raw::new(&event).unwrap();
                let room = ruma::RoomId::parse("!r:test").unwrap();
                let context = PushConditionRoomCtx::new(room, members, bob.clone(), "bob".to_owned());
                let actions = rules.get_actions(&raw, &context).await;
                let got: String = [
                    ("n", actions.iter().any(Action::should_notify)),
                    ("s", actions.iter().any(|action| action.sound().is_some())),
                    ("h", actions.iter().any(Action::is_highlight)),
                ]
                .iter()
                .filter_map(|(letter, is)| is.then_some(*letter))
                .collect();
                assert_eq!(got, expected, "{msgtype} {priority} {members}");
            }
        }
    }

    #[test]
    fn what_a_user_changed_stays_changed() {
        let bob = UserId::parse("@bob:test").unwrap();
        let mut rules = added(Ruleset::server_default(&bob));
        assert_eq!(rules.override_.get_index(0).unwrap().rule_id, ".m.rule.master");
        rules.set_enabled(ruma::push::RuleKind::Override, ".org.causeway.rule.priority_low", false).unwrap();
        rules.update_with_server_default(added(Ruleset::server_default(&bob)));
        assert!(!rules.override_.get(".org.causeway.rule.priority_low").unwrap().enabled);
        assert!(rules.override_.get(".org.causeway.rule.priority_silent").unwrap().enabled);
        // An account from before these rules gets them.
        let mut old = Ruleset::server_default(&bob);
        old.update_with_server_default(added(Ruleset::server_default(&bob)));
        assert!(old.underride.get(".org.causeway.rule.priority_urgent").is_some());
    }
}
