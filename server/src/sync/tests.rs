//! `/sync` over a real socket, by two or three people.

use serde_json::{Value, json};

use crate::testing::{
    talk::{act, enc, join, room, say, send},
    wire::Wire,
};

async fn sync(wire: &Wire, token: &str, more: &str) -> Value {
    wire.get(&format!("v3/sync?{more}"), token).await.ok()
}

/// A sync from where `last` ended.
async fn next(wire: &Wire, token: &str, last: &Value, more: &str) -> Value {
    let since = last["next_batch"].as_str().unwrap();
    sync(wire, token, &format!("since={since}&{more}")).await
}

fn filter(filter: &Value) -> String {
    format!("filter={}", enc(&filter.to_string()))
}

fn bodies(timeline: &Value) -> Vec<String> {
    let events = timeline["events"].as_array().cloned().unwrap_or_default();
    events.iter().filter_map(|event| event["content"]["body"].as_str().map(str::to_owned)).collect()
}

fn types(events: &Value) -> Vec<String> {
    events.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

fn position(answer: &Value) -> i64 {
    let token = answer["next_batch"].as_str().unwrap();
    token.trim_start_matches('s').split('_').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_message_reaches_whoever_waits_for_it() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat", "name": "n"})).await;
    join(&wire, &bob, &id).await;
    let first = sync(&wire, &bob, "").await;
    let inside = &first["rooms"]["join"][&id];
    assert!(types(&inside["timeline"]["events"]).contains(&"m.room.member".to_owned()));
    assert_eq!(inside["summary"]["m.joined_member_count"], 2);
    assert_eq!(first["account_data"]["events"][0]["type"], "m.push_rules");
    assert_eq!(first["device_unused_fallback_key_types"], json!([]));

    let quiet = next(&wire, &bob, &first, "timeout=0").await;
    assert_eq!(quiet["rooms"], Value::Null);
    let waiting = next(&wire, &bob, &quiet, "timeout=20000");
    let speaking = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        say(&wire, &alice, &id, "hello").await
    };
    let started = std::time::Instant::now();
    let (heard, event) = tokio::join!(waiting, speaking);
    assert!(started.elapsed().as_secs() < 10);
    let inside = &heard["rooms"]["join"][&id];
    assert_eq!(inside["timeline"]["events"][0]["event_id"], json!(event));
    assert_eq!(inside["timeline"]["events"].as_array().unwrap().len(), 1);
    assert_eq!(inside["timeline"]["limited"], false);
    assert_eq!(inside["state"]["events"], json!([]));
    assert_eq!(inside["timeline"]["events"][0]["room_id"], Value::Null);
    assert_eq!(inside["timeline"]["events"][0]["unsigned"]["membership"], "join");
    assert_eq!(inside["unread_notifications"], json!({"notification_count": 1, "highlight_count": 0}));
    assert!(position(&heard) > position(&quiet));
}

#[tokio::test]
async fn only_the_sending_device_is_told_its_transaction_id() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    say(&wire, &alice, &id, "hello").await;
    let txn = |answer: &Value| {
        let events = answer["rooms"]["join"][&id]["timeline"]["events"].as_array().unwrap().clone();
        events.last().unwrap()["unsigned"]["transaction_id"].clone()
    };
    assert_eq!(txn(&sync(&wire, &alice, "").await), "say-hello");
    assert_eq!(txn(&sync(&wire, &bob, "").await), Value::Null);
}

#[tokio::test]
async fn a_gap_is_told_with_the_state_that_changed_in_it() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let few = filter(&json!({"room": {"timeline": {"limit": 3}}}));
    let first = sync(&wire, &alice, &few).await;
    wire.put(&format!("v3/rooms/{}/state/m.room.topic", enc(&id)), &alice, json!({"topic": "t"})).await.ok();
    for n in 0..5 {
        say(&wire, &alice, &id, &n.to_string()).await;
    }
    let later = next(&wire, &alice, &first, &few).await;
    let inside = &later["rooms"]["join"][&id];
    assert_eq!(bodies(&inside["timeline"]), ["2", "3", "4"]);
    assert_eq!(inside["timeline"]["limited"], true);
    assert_eq!(types(&inside["state"]["events"]), ["m.room.topic"]);
    let after = next(&wire, &alice, &first, &format!("{few}&use_state_after=true")).await;
    assert_eq!(types(&after["rooms"]["join"][&id]["state_after"]["events"]), ["m.room.topic"]);
    assert_eq!(after["rooms"]["join"][&id]["state"], Value::Null);
    let whole = next(&wire, &alice, &later, "full_state=true").await;
    let whole = types(&whole["rooms"]["join"][&id]["state"]["events"]);
    assert!(whole.contains(&"m.room.create".to_owned()) && whole.contains(&"m.room.topic".to_owned()), "{whole:?}");
}

#[tokio::test]
async fn members_are_sent_when_they_speak_and_once() {
    let wire = Wire::open().await;
    let (alice, bob, carol) = (wire.person("alice").await, wire.person("bob").await, wire.person("carol").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat", "name": "n"})).await;
    join(&wire, &bob, &id).await;
    join(&wire, &carol, &id).await;
    for n in 0..4 {
        say(&wire, &alice, &id, &n.to_string()).await;
    }
    let lazy = filter(&json!({"room": {"timeline": {"limit": 2}, "state": {"lazy_load_members": true}}}));
    let members = |answer: &Value| -> Vec<String> {
        let events = answer["rooms"]["join"][&id]["state"]["events"].as_array().cloned().unwrap_or_default();
        let members = events.iter().filter(|event| event["type"] == "m.room.member");
        let mut names: Vec<String> = members.map(|event| event["state_key"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let first = sync(&wire, &carol, &lazy).await;
    assert_eq!(members(&first), ["@alice:test", "@carol:test"]);
    say(&wire, &alice, &id, "known").await;
    let second = next(&wire, &carol, &first, &lazy).await;
    assert_eq!(members(&second), [""; 0]);
    say(&wire, &bob, &id, "unknown").await;
    let third = next(&wire, &carol, &second, &lazy).await;
    assert_eq!(members(&third), ["@bob:test"]);
    let again = next(&wire, &carol, &second, &lazy).await;
    assert_eq!(members(&again), ["@bob:test"], "the answer may have been lost");
}

#[tokio::test]
async fn an_invitation_comes_and_goes() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let first = sync(&wire, &bob, "").await;
    let id = room(&wire, &alice, json!({"name": "Secret", "invite": ["@bob:test"]})).await;
    say(&wire, &alice, &id, "not for him").await;
    let invited = next(&wire, &bob, &first, "timeout=1000").await;
    let stripped = &invited["rooms"]["invite"][&id]["invite_state"]["events"];
    assert!(types(stripped).contains(&"m.room.name".to_owned()), "{stripped}");
    let own = stripped.as_array().unwrap().iter().find(|event| event["state_key"] == "@bob:test").unwrap();
    assert_eq!(own["content"]["membership"], "invite");
    assert!(!invited.to_string().contains("not for him"));
    assert_eq!(
        sync(&wire, &bob, "").await["rooms"]["invite"][&id]["invite_state"],
        invited["rooms"]["invite"][&id]["invite_state"]
    );
    act(&wire, &alice, &id, "kick", json!({"user_id": "@bob:test"})).await;
    let retracted = next(&wire, &bob, &invited, "timeout=1000").await;
    let timeline = &retracted["rooms"]["leave"][&id]["timeline"]["events"];
    assert_eq!(timeline.as_array().unwrap().len(), 1, "{timeline}");
    assert_eq!(timeline[0]["content"]["membership"], "leave");
    assert!(!retracted.to_string().contains("not for him"));
    assert_eq!(next(&wire, &bob, &retracted, "").await["rooms"], Value::Null);
}

#[tokio::test]
async fn who_leaves_hears_the_end_and_who_returns_hears_it_all() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let first = sync(&wire, &bob, "").await;
    say(&wire, &alice, &id, "before").await;
    act(&wire, &bob, &id, "leave", json!({})).await;
    say(&wire, &alice, &id, "after").await;
    let left = next(&wire, &bob, &first, "").await;
    assert_eq!(bodies(&left["rooms"]["leave"][&id]["timeline"]), ["before"]);
    assert_eq!(left["rooms"]["join"], Value::Null);
    assert!(!sync(&wire, &bob, "").await.to_string().contains(&id));
    let with_left = sync(&wire, &bob, &filter(&json!({"room": {"include_leave": true}}))).await;
    assert_eq!(bodies(&with_left["rooms"]["leave"][&id]["timeline"]), ["before"]);
    join(&wire, &bob, &id).await;
    let back = next(&wire, &bob, &left, "").await;
    let inside = &back["rooms"]["join"][&id];
    assert_eq!(inside["timeline"]["limited"], true);
    assert!(bodies(&inside["timeline"]).contains(&"after".to_owned()));
    let state = types(&inside["state"]["events"]);
    let timeline = types(&inside["timeline"]["events"]);
    assert!(state.iter().chain(&timeline).any(|kind| kind == "m.room.create"));
}

#[tokio::test]
async fn what_was_said_before_the_join_stays_hidden_where_it_must() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let hidden =
        json!([{"type": "m.room.history_visibility", "state_key": "", "content": {"history_visibility": "joined"}}]);
    let id = room(&wire, &alice, json!({"preset": "public_chat", "initial_state": hidden})).await;
    say(&wire, &alice, &id, "secret").await;
    let first = sync(&wire, &bob, "").await;
    join(&wire, &bob, &id).await;
    say(&wire, &alice, &id, "welcome").await;
    for answer in [next(&wire, &bob, &first, "").await, sync(&wire, &bob, "").await] {
        assert_eq!(bodies(&answer["rooms"]["join"][&id]["timeline"]), ["welcome"]);
        assert!(!answer.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn edits_and_threads_come_with_their_event_and_redacted_events_are_empty() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let event = say(&wire, &alice, &id, "frist").await;
    let edit = json!({"msgtype": "m.text", "body": "* first", "m.new_content": {"msgtype": "m.text", "body": "first"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event}});
    let edit = send(&wire, &alice, &id, "edit", edit).await;
    let reply =
        json!({"msgtype": "m.text", "body": "reply", "m.relates_to": {"rel_type": "m.thread", "event_id": event}});
    let reply = send(&wire, &alice, &id, "reply", reply).await;
    let find = |answer: &Value, id_: &str| {
        let events = answer["rooms"]["join"][&id]["timeline"]["events"].as_array().unwrap().clone();
        events.into_iter().find(|event| event["event_id"] == json!(id_)).unwrap()
    };
    let first = sync(&wire, &alice, "").await;
    let relations = find(&first, &event)["unsigned"]["m.relations"].clone();
    assert_eq!(relations["m.replace"]["event_id"], json!(edit));
    assert_eq!(relations["m.thread"]["count"], 1);
    assert_eq!(relations["m.thread"]["latest_event"]["event_id"], json!(reply));
    assert_eq!(relations["m.thread"]["current_user_participated"], true);
    let path = format!("v3/rooms/{}/redact/{}/r", enc(&id), enc(&edit));
    let redaction = wire.put(&path, &alice, json!({"reason": "oops"})).await.ok()["event_id"].clone();
    let second = sync(&wire, &alice, "").await;
    assert_eq!(find(&second, &event)["unsigned"]["m.relations"]["m.replace"], Value::Null);
    let emptied = find(&second, &edit);
    assert_eq!(emptied["content"], json!({}));
    assert_eq!(emptied["unsigned"]["redacted_because"]["event_id"], redaction);
    let because = find(&second, redaction.as_str().unwrap());
    assert_eq!((&because["redacts"], &because["content"]["redacts"]), (&json!(edit), &json!(edit)));
}

#[tokio::test]
async fn state_in_a_timeline_says_what_it_replaced() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({"topic": "one"})).await;
    let first = sync(&wire, &alice, "").await;
    wire.put(&format!("v3/rooms/{}/state/m.room.topic", enc(&id)), &alice, json!({"topic": "two"})).await.ok();
    let later = next(&wire, &alice, &first, "").await;
    let event = &later["rooms"]["join"][&id]["timeline"]["events"][0];
    assert_eq!(event["unsigned"]["prev_content"]["topic"], "one");
    assert!(event["unsigned"]["replaces_state"].as_str().unwrap().starts_with('$'));
}

#[tokio::test]
async fn a_filter_is_taken_by_id_and_written_out() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    say(&wire, &alice, &id, "hello").await;
    let messages = json!({"room": {"timeline": {"types": ["m.room.mess*"]}}});
    let kept = wire.post("v3/user/@alice:test/filter", &alice, messages.clone()).await.ok();
    for query in [filter(&messages), format!("filter={}", kept["filter_id"].as_str().unwrap())] {
        let answer = sync(&wire, &alice, &query).await;
        let inside = &answer["rooms"]["join"][&id];
        assert_eq!(types(&inside["timeline"]["events"]), ["m.room.message"]);
        assert!(types(&inside["state"]["events"]).contains(&"m.room.create".to_owned()));
    }
    let none = sync(&wire, &alice, &filter(&json!({"room": {"not_rooms": [id]}}))).await;
    assert_eq!(none["rooms"], Value::Null);
    for bad in ["filter=nonsense", "filter=%7B", "since=nonsense", "since=s99999999999"] {
        assert_eq!(wire.get(&format!("v3/sync?{bad}"), &alice).await.0, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_client_far_behind_is_told_the_same_as_one_close_behind() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    let other = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    join(&wire, &bob, &other).await;
    let first = sync(&wire, &bob, "").await;
    say(&wire, &alice, &id, "hello").await;
    let mut close = next(&wire, &bob, &first, "").await;
    // As after a restart: nothing is in memory.
    wire.app.sync.live.start_after(wire.app.stream.current());
    let mut far = next(&wire, &bob, &first, "").await;
    for answer in [&mut close, &mut far] {
        answer["next_batch"] = Value::Null;
        let event = &mut answer["rooms"]["join"][&id]["timeline"]["events"][0];
        event["unsigned"]["age"] = Value::Null;
    }
    assert_eq!(close, far);
}

#[tokio::test]
async fn a_room_without_a_name_comes_with_its_heroes() {
    let wire = Wire::open().await;
    let (alice, _bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"invite": ["@bob:test"]})).await;
    let lazy = filter(&json!({"room": {"timeline": {"limit": 1}, "state": {"lazy_load_members": true}}}));
    say(&wire, &alice, &id, "hello").await;
    let answer = sync(&wire, &alice, &lazy).await;
    let inside = &answer["rooms"]["join"][&id];
    assert_eq!(inside["summary"]["m.heroes"], json!(["@bob:test"]));
    assert_eq!(inside["summary"]["m.invited_member_count"], 1);
    let state = inside["state"]["events"].as_array().unwrap();
    assert!(state.iter().any(|event| event["state_key"] == "@bob:test"));
}

#[tokio::test]
async fn whom_one_ignores_is_not_heard() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    say(&wire, &alice, &id, "before").await;
    let first = sync(&wire, &bob, "").await;
    let path = "v3/user/@bob:test/account_data/m.ignored_user_list";
    wire.put(path, &bob, json!({"ignored_users": {"@alice:test": {}}})).await.ok();
    say(&wire, &alice, &id, "unheard").await;
    wire.put(&format!("v3/rooms/{}/state/m.room.topic", enc(&id)), &alice, json!({"topic": "t"})).await.ok();
    let later = next(&wire, &bob, &first, "").await;
    let timeline = &later["rooms"]["join"][&id]["timeline"];
    assert_eq!((bodies(timeline), types(&timeline["events"])), (vec![], vec!["m.room.topic".to_owned()]));
    assert_eq!(later["account_data"]["events"][0]["type"], "m.ignored_user_list");
    act(&wire, &bob, &id, "leave", json!({})).await;
    act(&wire, &alice, &id, "invite", json!({"user_id": "@bob:test"})).await;
    assert_eq!(next(&wire, &bob, &later, "").await["rooms"]["invite"], Value::Null);
}

#[tokio::test]
async fn messages_to_a_device_wait_until_they_were_received() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let first = sync(&wire, &bob, "").await;
    for batch in 0..2 {
        let messages: Vec<Value> = (0..60).map(|n| json!({"n": batch * 60 + n})).collect();
        for (n, content) in messages.into_iter().enumerate() {
            let path = format!("v3/sendToDevice/x.test/{batch}-{n}");
            wire.put(&path, &alice, json!({"messages": {"@bob:test": {"*": content}}})).await.ok();
        }
    }
    let heard = |answer: &Value| -> Vec<i64> {
        let events = answer["to_device"]["events"].as_array().cloned().unwrap_or_default();
        events.iter().map(|event| event["content"]["n"].as_i64().unwrap()).collect()
    };
    let some = next(&wire, &bob, &first, "timeout=1000").await;
    let again = next(&wire, &bob, &first, "timeout=1000").await;
    assert_eq!((heard(&some), heard(&again)), ((0..100).collect(), (0..100).collect()));
    let rest = next(&wire, &bob, &some, "timeout=1000").await;
    assert_eq!(heard(&rest), (100..120).collect::<Vec<_>>());
    assert_eq!(heard(&next(&wire, &bob, &rest, "").await), [0; 0]);
}
