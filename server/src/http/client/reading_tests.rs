//! Reading rooms over a real socket: timelines, single events, state, members, relations, receipts, typing.

use serde_json::{Value, json};

use crate::testing::{
    talk::{act, enc, join, room, say, send},
    wire::Wire,
};

fn bodies(events: &Value) -> Vec<String> {
    let events = events.as_array().unwrap().iter();
    events.filter_map(|event| event["content"]["body"].as_str().map(str::to_owned)).collect()
}

fn ids(events: &Value) -> Vec<&str> {
    events.as_array().unwrap().iter().map(|event| event["event_id"].as_str().unwrap()).collect()
}

fn relating(event: &str, rel_type: &str, body: &str) -> Value {
    json!({"msgtype": "m.text", "body": body, "m.relates_to": {"rel_type": rel_type, "event_id": event}})
}

#[tokio::test]
async fn a_timeline_is_paged_both_ways_without_a_gap() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    for n in 0..10 {
        say(&wire, &alice, &id, &n.to_string()).await;
    }
    let messages = |query: String| format!("v3/rooms/{}/messages?{query}", enc(&id));
    let mut heard = Vec::new();
    let mut from = String::new();
    loop {
        let page = wire.get(&messages(format!("dir=b&limit=4{from}")), &alice).await.ok();
        heard.extend(bodies(&page["chunk"]));
        let Some(end) = page["end"].as_str() else { break };
        from = format!("&from={end}");
    }
    assert_eq!(heard, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    let only = enc(&json!({"types": ["m.room.message"], "lazy_load_members": true}).to_string());
    let page = wire.get(&messages(format!("dir=f&limit=3&filter={only}")), &alice).await.ok();
    assert_eq!(bodies(&page["chunk"]), ["0", "1", "2"]);
    assert_eq!(page["state"][0]["state_key"], "@alice:test");
    assert_eq!(page["chunk"][0]["room_id"], json!(id));
    let to = page["end"].as_str().unwrap();
    let back = wire.get(&messages(format!("dir=b&limit=100&to={to}")), &alice).await.ok();
    assert_eq!(bodies(&back["chunk"]), ["9", "8", "7", "6", "5", "4", "3"]);
    for bad in ["", "dir=x", "dir=b&from=nonsense", "dir=b&filter=%7B"] {
        assert_eq!(wire.get(&messages(bad.to_owned()), &alice).await.0, 400, "{bad}");
    }
    let last = say(&wire, &alice, &id, "last").await;
    let sync = wire.get("v3/sync", &alice).await.ok();
    let next = sync["next_batch"].as_str().unwrap();
    let page = wire.get(&messages(format!("dir=b&limit=1&from={next}")), &alice).await.ok();
    assert_eq!(ids(&page["chunk"]), [last]);
}

#[tokio::test]
async fn outsiders_read_nothing_unless_everybody_may() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    let event = say(&wire, &alice, &id, "hello").await;
    let paths = [
        "messages?dir=b".to_owned(),
        format!("context/{}", enc(&event)),
        format!("event/{}", enc(&event)),
        "state".to_owned(),
        "state/m.room.create".to_owned(),
        "members".to_owned(),
        "aliases".to_owned(),
        "timestamp_to_event?ts=0&dir=f".to_owned(),
    ];
    let at = |path: &str| {
        let version = if path.starts_with("timestamp") { "v1" } else { "v3" };
        format!("{version}/rooms/{}/{path}", enc(&id))
    };
    for path in &paths {
        assert_eq!(wire.get(&at(path), &bob).await.code(), (403, "M_FORBIDDEN"), "{path}");
    }
    let open = json!({"history_visibility": "world_readable"});
    wire.put(&at("state/m.room.history_visibility"), &alice, open).await.ok();
    let later = say(&wire, &alice, &id, "for all").await;
    for path in &paths {
        let expected = if path.contains(&enc(&event)) { 404 } else { 200 };
        assert_eq!(wire.get(&at(path), &bob).await.0, expected, "{path}");
    }
    wire.get(&at(&format!("event/{}", enc(&later))), &bob).await.ok();
    let heard = wire.get(&at("messages?dir=b"), &bob).await.ok();
    assert_eq!(bodies(&heard["chunk"]), ["for all"]);
    assert_eq!(wire.get(&at("joined_members"), &bob).await.code(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn who_has_left_sees_the_room_as_it_was() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat", "topic": "then"})).await;
    join(&wire, &bob, &id).await;
    let before = say(&wire, &alice, &id, "before").await;
    act(&wire, &bob, &id, "leave", json!({})).await;
    let at = |path: &str| format!("v3/rooms/{}/{path}", enc(&id));
    wire.put(&at("state/m.room.topic"), &alice, json!({"topic": "now"})).await.ok();
    let edit = json!({"msgtype": "m.text", "body": "* x", "m.new_content": {"msgtype": "m.text", "body": "x"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": before}});
    send(&wire, &alice, &id, "edit", edit).await;
    let after = say(&wire, &alice, &id, "after").await;
    assert_eq!(wire.get(&at("state/m.room.topic"), &bob).await.ok()["topic"], "then");
    assert_eq!(wire.get(&at("state/m.room.topic"), &alice).await.ok()["topic"], "now");
    assert_eq!(bodies(&wire.get(&at("messages?dir=b"), &bob).await.ok()["chunk"]), ["before"]);
    let seen = wire.get(&at(&format!("event/{}", enc(&before))), &bob).await.ok();
    assert_eq!(seen["unsigned"]["m.relations"], Value::Null, "an edit after the leave");
    assert_eq!(wire.get(&at(&format!("event/{}", enc(&after))), &bob).await.code(), (404, "M_NOT_FOUND"));
    let members = wire.get(&at("members?membership=join"), &bob).await.ok();
    assert_eq!(members["chunk"].as_array().unwrap().len(), 1);
    act(&wire, &bob, &id, "forget", json!({})).await;
    assert_eq!(wire.get(&at("messages?dir=b"), &bob).await.code(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn state_is_read_whole_and_in_pieces() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({"name": "n"})).await;
    let at = |path: &str| format!("v3/rooms/{}/{path}", enc(&id));
    for path in ["state/m.room.name", "state/m.room.name/"] {
        assert_eq!(wire.get(&at(path), &alice).await.ok(), json!({"name": "n"}), "{path}");
    }
    let event = wire.get(&at("state/m.room.name?format=event"), &alice).await.ok();
    assert_eq!(
        (&event["type"], &event["state_key"], &event["sender"]),
        (&json!("m.room.name"), &json!(""), &json!("@alice:test"))
    );
    let member = wire.get(&at("state/m.room.member/@alice:test"), &alice).await.ok();
    assert_eq!(member["membership"], "join");
    for path in ["state/m.room.topic", "state/m.room.name/other", "state/never.seen"] {
        assert_eq!(wire.get(&at(path), &alice).await.code(), (404, "M_NOT_FOUND"), "{path}");
    }
    let whole = wire.get(&at("state"), &alice).await.ok();
    assert!(whole.as_array().unwrap().iter().all(|event| event["room_id"] == json!(id)));
    assert!(whole.as_array().unwrap().len() > 5);
    let joined = wire.get(&at("joined_members"), &alice).await.ok();
    assert_eq!(joined["joined"]["@alice:test"]["display_name"], "alice");
    let none = wire.get(&at("members?not_membership=join"), &alice).await.ok();
    assert_eq!(none["chunk"], json!([]));
}

#[tokio::test]
async fn the_words_around_an_event_and_the_event_of_a_time_are_found() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let mut said = Vec::new();
    for n in 0..5 {
        said.push(say(&wire, &alice, &id, &n.to_string()).await);
    }
    let path = format!("v3/rooms/{}/context/{}?limit=2", enc(&id), enc(&said[2]));
    let context = wire.get(&path, &alice).await.ok();
    assert_eq!(context["event"]["event_id"], json!(said[2]));
    assert_eq!(
        (bodies(&context["events_before"]), bodies(&context["events_after"])),
        (vec!["1".to_owned()], vec!["3".to_owned()])
    );
    assert!(context["state"].as_array().unwrap().len() > 3);
    let read = |dir: &str, from: &Value| {
        format!("v3/rooms/{}/messages?dir={dir}&limit=1&from={}", enc(&id), from.as_str().unwrap())
    };
    let earlier = wire.get(&read("b", &context["start"]), &alice).await.ok();
    let later = wire.get(&read("f", &context["end"]), &alice).await.ok();
    assert_eq!((bodies(&earlier["chunk"]), bodies(&later["chunk"])), (vec!["0".to_owned()], vec!["4".to_owned()]));
    let absent = format!("v3/rooms/{}/context/$absent", enc(&id));
    assert_eq!(wire.get(&absent, &alice).await.code(), (404, "M_NOT_FOUND"));
    let time = |dir: &str, ts: u64| format!("v1/rooms/{}/timestamp_to_event?ts={ts}&dir={dir}", enc(&id));
    let last = wire.get(&time("b", 9_000_000_000_000), &alice).await.ok();
    assert_eq!(last["event_id"], json!(said[4]));
    assert_eq!(wire.get(&time("f", 9_000_000_000_000), &alice).await.code(), (404, "M_NOT_FOUND"));
}

#[tokio::test]
async fn what_is_said_of_an_event_is_listed() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let root = say(&wire, &alice, &id, "root").await;
    let other = say(&wire, &alice, &id, "other").await;
    let first = send(&wire, &bob, &id, "1", relating(&root, "m.thread", "first")).await;
    let second = send(&wire, &bob, &id, "2", relating(&root, "m.thread", "second")).await;
    let deep = send(&wire, &bob, &id, "3", relating(&first, "m.reference", "deep")).await;
    send(&wire, &alice, &id, "4", relating(&other, "m.thread", "elsewhere")).await;
    let about = |path: &str| format!("v1/rooms/{}/relations/{}{path}", enc(&id), enc(&root));
    for (path, expected) in [
        ("", vec![&second, &first]),
        ("?dir=f", vec![&first, &second]),
        ("/m.thread", vec![&second, &first]),
        ("/m.thread/m.room.message", vec![&second, &first]),
        ("/m.thread/m.sticker", vec![]),
        ("/m.annotation", vec![]),
        ("?recurse=true&dir=f", vec![&first, &second, &deep]),
    ] {
        let found = wire.get(&about(path), &alice).await.ok();
        assert_eq!(ids(&found["chunk"]), expected, "{path}");
    }
    let page = wire.get(&about("?limit=1"), &alice).await.ok();
    let rest = wire.get(&about(&format!("?limit=1&from={}", page["next_batch"].as_str().unwrap())), &alice).await.ok();
    assert_eq!((ids(&page["chunk"]), ids(&rest["chunk"])), (vec![second.as_str()], vec![first.as_str()]));
    assert_eq!(rest["next_batch"], Value::Null);
    let threads = |query: &str| format!("v1/rooms/{}/threads{query}", enc(&id));
    let all = wire.get(&threads(""), &bob).await.ok();
    assert_eq!(ids(&all["chunk"]), [&other, &root]);
    assert_eq!(all["chunk"][1]["unsigned"]["m.relations"]["m.thread"]["count"], 2);
    let mine = wire.get(&threads("?include=participated"), &bob).await.ok();
    assert_eq!(ids(&mine["chunk"]), [&root]);
}

#[tokio::test]
async fn receipts_and_typing_reach_the_others_and_clear_what_is_unread() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let sync = async |token: &str, since: &Value| {
        let since = since.as_str().map(|since| format!("&since={since}")).unwrap_or_default();
        wire.get(&format!("v3/sync?timeout=0{since}"), token).await.ok()
    };
    let first = say(&wire, &alice, &id, "first").await;
    let second = say(&wire, &alice, &id, "@bob hello bob").await;
    let heard = sync(&bob, &Value::Null).await;
    let unread = |answer: &Value| answer["rooms"]["join"][&id]["unread_notifications"]["notification_count"].clone();
    assert_eq!(unread(&heard), 2);
    let alices = sync(&alice, &Value::Null).await;
    let receipt = |kind: &str, event: &str| format!("v3/rooms/{}/receipt/{kind}/{}", enc(&id), enc(event));
    wire.post(&receipt("m.read", &first), &bob, json!({})).await.ok();
    let (heard, seen) = (sync(&bob, &heard["next_batch"]).await, sync(&alice, &alices["next_batch"]).await);
    assert_eq!(unread(&heard), 1);
    let content = &seen["rooms"]["join"][&id]["ephemeral"]["events"][0]["content"];
    assert!(content[&first]["m.read"]["@bob:test"]["ts"].is_number(), "{seen}");
    wire.post(&receipt("m.read.private", &second), &bob, json!({})).await.ok();
    let (heard, quiet) = (sync(&bob, &heard["next_batch"]).await, sync(&alice, &seen["next_batch"]).await);
    assert_eq!(unread(&heard), 0);
    assert_eq!(quiet["rooms"], Value::Null, "others do not hear of private receipts");
    let markers = json!({"m.fully_read": second, "m.read": second});
    wire.post(&format!("v3/rooms/{}/read_markers", enc(&id)), &bob, markers).await.ok();
    let heard = sync(&bob, &heard["next_batch"]).await;
    assert_eq!(heard["rooms"]["join"][&id]["account_data"]["events"][0]["content"]["event_id"], json!(second));
    wire.post(&receipt("m.fully_read", &first), &bob, json!({})).await.ok();
    let marker = wire.get(&format!("v3/user/@bob:test/rooms/{}/account_data/m.fully_read", enc(&id)), &bob).await.ok();
    assert_eq!(marker["event_id"], json!(second), "the marker never moves back");
    assert_eq!(wire.post(&receipt("m.read", "$absent"), &bob, json!({})).await.code(), (404, "M_NOT_FOUND"));
    assert_eq!(wire.post(&receipt("m.other", &first), &bob, json!({})).await.0, 400);

    let typing = format!("v3/rooms/{}/typing/@bob:test", enc(&id));
    let alices = sync(&alice, &quiet["next_batch"]).await;
    wire.put(&typing, &bob, json!({"typing": true, "timeout": 300})).await.ok();
    let seen = sync(&alice, &alices["next_batch"]).await;
    let events = &seen["rooms"]["join"][&id]["ephemeral"]["events"];
    assert_eq!(events[0], json!({"type": "m.typing", "content": {"user_ids": ["@bob:test"]}}));
    let since = seen["next_batch"].as_str().unwrap();
    let stopped = wire.get(&format!("v3/sync?timeout=10000&since={since}"), &alice).await.ok();
    assert_eq!(stopped["rooms"]["join"][&id]["ephemeral"]["events"][0]["content"]["user_ids"], json!([]));
    assert_eq!(wire.put(&typing, &alice, json!({"typing": true})).await.code(), (403, "M_FORBIDDEN"));
}

#[tokio::test]
async fn what_is_unread_in_threads_is_counted_apart_when_asked_for() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let root = say(&wire, &alice, &id, "root").await;
    let reply = send(&wire, &alice, &id, "1", relating(&root, "m.thread", "reply")).await;
    let mention = json!({"msgtype": "m.text", "body": "you", "m.mentions": {"user_ids": ["@bob:test"]}});
    send(&wire, &alice, &id, "2", mention).await;
    let filter = enc(&json!({"room": {"timeline": {"unread_thread_notifications": true}}}).to_string());
    let heard = wire.get(&format!("v3/sync?filter={filter}"), &bob).await.ok();
    let inside = &heard["rooms"]["join"][&id];
    assert_eq!(inside["unread_notifications"], json!({"notification_count": 2, "highlight_count": 1}));
    assert_eq!(inside["unread_thread_notifications"][&root]["notification_count"], 1);
    let path = format!("v3/rooms/{}/receipt/m.read/{}", enc(&id), enc(&reply));
    wire.post(&path, &bob, json!({"thread_id": root})).await.ok();
    let heard = wire.get(&format!("v3/sync?filter={filter}"), &bob).await.ok();
    let inside = &heard["rooms"]["join"][&id];
    assert_eq!(inside["unread_notifications"]["notification_count"], 2);
    assert_eq!(inside["unread_thread_notifications"], Value::Null);
    assert_eq!(wire.post(&path, &bob, json!({"thread_id": ""})).await.code(), (400, "M_INVALID_PARAM"));
}

#[tokio::test]
async fn words_are_found_where_one_may_read_them() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat", "name": "Garden"})).await;
    for text in ["red apples", "green apples", "100% pears"] {
        send(&wire, &alice, &id, &enc(text), json!({"msgtype": "m.text", "body": text})).await;
    }
    let search = async |token: &str, criteria: Value| {
        let body = json!({"search_categories": {"room_events": criteria}});
        wire.post("v3/search", token, body).await.ok()["search_categories"]["room_events"].clone()
    };
    let found = |results: &Value| -> Vec<String> {
        let results = results["results"].as_array().unwrap().iter();
        results.filter_map(|one| one["result"]["content"]["body"].as_str().map(str::to_owned)).collect()
    };
    let both = search(&alice, json!({"search_term": "APPLES"})).await;
    assert_eq!(
        (both["count"].clone(), found(&both)),
        (json!(2), vec!["green apples".to_owned(), "red apples".to_owned()])
    );
    assert_eq!(found(&search(&alice, json!({"search_term": "apples red"})).await), ["red apples"]);
    assert_eq!(found(&search(&alice, json!({"search_term": "100%"})).await), ["100% pears"]);
    assert_eq!(found(&search(&alice, json!({"search_term": "0_%"})).await), [""; 0]);
    assert_eq!(search(&alice, json!({"search_term": "garden", "keys": ["content.name"]})).await["count"], 1);
    assert_eq!(search(&bob, json!({"search_term": "apples"})).await["count"], 0);
    let around = json!({"search_term": "green", "event_context": {"before_limit": 1, "after_limit": 0}});
    let around = search(&alice, around).await;
    assert_eq!(bodies(&around["results"][0]["context"]["events_before"]), ["red apples"]);
    assert_eq!(around["results"][0]["context"]["events_after"], json!([]));
    assert_eq!(wire.post("v3/search", &alice, json!({})).await.0, 400);
}

#[tokio::test]
async fn what_rang_is_listed() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let first = say(&wire, &alice, &id, "one").await;
    let mention = json!({"msgtype": "m.text", "body": "you", "m.mentions": {"user_ids": ["@bob:test"]}});
    send(&wire, &alice, &id, "2", mention).await;
    say(&wire, &bob, &id, "mine").await;
    wire.post(&format!("v3/rooms/{}/receipt/m.read/{}", enc(&id), enc(&first)), &bob, json!({})).await.ok();
    let all = wire.get("v3/notifications", &bob).await.ok();
    let list = all["notifications"].as_array().unwrap();
    assert_eq!(list.iter().map(|one| one["read"].clone()).collect::<Vec<_>>(), [json!(false), json!(true)]);
    assert_eq!(list[1]["event"]["event_id"], json!(first));
    let only = wire.get("v3/notifications?only=highlight", &bob).await.ok();
    assert_eq!(only["notifications"].as_array().unwrap().len(), 1);
    let page = wire.get("v3/notifications?limit=1", &bob).await.ok();
    let rest = wire.get(&format!("v3/notifications?from={}", page["next_token"].as_str().unwrap()), &bob).await.ok();
    assert_eq!(rest["notifications"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn events_are_chosen_by_who_speaks_of_them() {
    let wire = Wire::open().await;
    let alice = wire.person("alice").await;
    let id = room(&wire, &alice, json!({})).await;
    let root = say(&wire, &alice, &id, "root").await;
    say(&wire, &alice, &id, "other").await;
    send(&wire, &alice, &id, "1", relating(&root, "m.thread", "reply")).await;
    for (filter, expected) in [
        (json!({"related_by_rel_types": ["m.thread"]}), vec!["root"]),
        (json!({"related_by_senders": ["@alice:test"]}), vec!["root"]),
        (json!({"related_by_senders": ["@bob:test"]}), vec![]),
        (json!({"related_by_rel_types": ["m.reference"]}), vec![]),
    ] {
        let path = format!("v3/rooms/{}/messages?dir=b&filter={}", enc(&id), enc(&filter.to_string()));
        assert_eq!(bodies(&wire.get(&path, &alice).await.ok()["chunk"]), expected, "{filter}");
    }
}

#[tokio::test]
async fn nobody_reacts_twice_in_the_same_way() {
    let wire = Wire::open().await;
    let (alice, bob) = (wire.person("alice").await, wire.person("bob").await);
    let id = room(&wire, &alice, json!({"preset": "public_chat"})).await;
    join(&wire, &bob, &id).await;
    let said = say(&wire, &alice, &id, "lunch?").await;
    let react = |key: &str| json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": said, "key": key}});
    let path = |txn: &str| format!("v3/rooms/{}/send/m.reaction/{txn}", enc(&id));
    let first = wire.put(&path("1"), &alice, react("👍")).await.ok();
    assert_eq!(wire.put(&path("1"), &alice, react("👍")).await.ok(), first, "the same request is answered the same");
    let again = wire.put(&path("2"), &alice, react("👍")).await;
    assert_eq!((again.0, &again.1["errcode"]), (400, &json!("M_DUPLICATE_ANNOTATION")));
    for (token, txn, key) in [(&alice, "3", "👎"), (&bob, "4", "👍")] {
        wire.put(&path(txn), token, react(key)).await.ok();
    }
    let reaction = enc(first["event_id"].as_str().unwrap());
    wire.put(&format!("v3/rooms/{}/redact/{reaction}/5", enc(&id)), &alice, json!({})).await.ok();
    wire.put(&path("6"), &alice, react("👍")).await.ok();
}
