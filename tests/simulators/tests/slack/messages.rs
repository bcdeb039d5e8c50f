//! Messages, threads, files and reactions, as events and as history.

use serde_json::{Value, json};
use simulators::slack::{Note, Settings};

use crate::wire::{SOON, house, house_with};

#[tokio::test]
async fn what_people_do_is_told_in_slacks_words() {
    let house = house().await;
    let (slack, news, ada) = (&house.slack, &house.news, &house.ada);
    let mut socket = house.socket().await;
    let ts = slack.say(news, ada, "hello *there* :wave:").unwrap();
    let said = socket.event("message").await;
    assert_eq!((&said["ts"], &said["user"], &said["channel_type"]), (&json!(ts), &json!(ada), &json!("channel")));
    assert_eq!(said["blocks"][0]["elements"][0]["elements"][1]["style"]["bold"], true);
    slack.edit(news, ada, &ts, "bye").unwrap();
    let edited = socket.event("message").await;
    assert_eq!((&edited["subtype"], &edited["message"]["text"]), (&json!("message_changed"), &json!("bye")));
    assert_eq!(edited["message"]["edited"]["user"], json!(ada));
    assert_eq!(edited["previous_message"]["text"], "hello *there* :wave:");
    slack.unfurl(news, &ts, "https://example.org", "Example").unwrap();
    let unfurled = socket.event("message").await;
    assert_eq!(unfurled["message"]["text"], "bye");
    assert_eq!(unfurled["message"]["attachments"][0]["from_url"], "https://example.org");
    slack.react(news, ada, &ts, "+1").unwrap();
    let reacted = socket.event("reaction_added").await;
    assert_eq!((&reacted["item"]["ts"], &reacted["item_user"]), (&json!(ts), &json!(ada)));
    slack.pin(news, ada, &ts).unwrap();
    assert_eq!(socket.event("pin_added").await["item"]["message"]["ts"], json!(ts));
    slack.delete(news, &ts).unwrap();
    let deleted = loop {
        let event = socket.event("message").await;
        if event["subtype"] == "message_deleted" {
            break event;
        }
    };
    assert_eq!(deleted["deleted_ts"], json!(ts));
}

#[tokio::test]
async fn a_thread_is_a_parent_and_replies_and_leaves_a_tombstone() {
    let house = house().await;
    let (slack, news, ada) = (&house.slack, &house.news, &house.ada);
    let mut socket = house.socket().await;
    let root = slack.say(news, ada, "root").unwrap();
    slack.reply(news, ada, &root, "inside").unwrap();
    slack.broadcast(news, ada, &root, "for all").unwrap();
    socket.event("message").await;
    let inside = socket.event("message").await;
    assert_eq!((&inside["thread_ts"], &inside["subtype"]), (&json!(root), &Value::Null));
    let both = socket.event("message").await;
    assert_eq!((&both["subtype"], &both["root"]["ts"]), (&json!("thread_broadcast"), &json!(root)));
    let history = house.done("conversations.history", json!({ "channel": news })).await;
    let texts = |answer: &Value| -> Vec<String> {
        answer["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&history)[..2], ["for all", "root"]);
    assert_eq!(history["messages"][1]["reply_count"], 2);
    let replies = house.done("conversations.replies", json!({ "channel": news, "ts": root })).await;
    assert_eq!(texts(&replies), ["root", "inside", "for all"]);
    slack.delete(news, &root).unwrap();
    let gone = socket.event("message").await;
    assert_eq!((&gone["subtype"], &gone["message"]["subtype"]), (&json!("message_changed"), &json!("tombstone")));
    let replies = house.done("conversations.replies", json!({ "channel": news, "ts": root })).await;
    assert_eq!(texts(&replies), ["This message was deleted.", "inside", "for all"]);
}

#[tokio::test]
async fn the_bot_speaks_under_another_name_and_with_metadata() {
    let house = house().await;
    let metadata = json!({ "event_type": "matrix", "event_payload": { "event_id": "$1" } });
    let post = json!({ "channel": house.news, "text": "hi", "username": "Bob", "icon_url": "https://example.org/b.png",
        "metadata": metadata });
    let ts = house.done("chat.postMessage", post).await["ts"].clone();
    let line = house.slack.transcript(&house.news).pop().unwrap();
    assert_eq!(
        (line.author.as_str(), line.user, line.icon.as_deref()),
        ("Bob", None, Some("https://example.org/b.png"))
    );
    let seen = async |all: bool| {
        let args = json!({ "channel": house.news, "include_all_metadata": all });
        house.done("conversations.history", args).await["messages"][0].clone()
    };
    assert_eq!(seen(false).await["metadata"], Value::Null);
    assert_eq!(seen(true).await["metadata"], metadata);
    assert_eq!(seen(true).await["subtype"], "bot_message");
    house.done("chat.update", json!({ "channel": house.news, "ts": ts, "text": "ho" })).await;
    house.done("chat.delete", json!({ "channel": house.news, "ts": ts })).await;
    house.slack.set_scopes("chat:write");
    let answer = house.done("chat.postMessage", json!({ "channel": house.news, "text": "x", "username": "Bob" })).await;
    assert_eq!(answer["message"]["username"], Value::Null);
    let by_ada = house.slack.say(&house.news, &house.ada, "mine").unwrap();
    let args = json!({ "channel": house.news, "ts": by_ada, "text": "no" });
    assert_eq!(house.refused("chat.update", args.clone()).await, "cant_update_message");
    assert_eq!(house.refused("chat.delete", args).await, "cant_delete_message");
}

#[tokio::test]
async fn a_file_goes_up_in_three_steps_and_shows_up_a_moment_later() {
    let house = house().await;
    let mut socket = house.socket().await;
    let got = house.done("files.getUploadURLExternal", json!({ "filename": "cat.png", "length": 3 })).await;
    let url = got["upload_url"].as_str().unwrap();
    assert_eq!(house.http().post(url).body("four").send().await.unwrap().status(), 404, "the length is another");
    assert_eq!(house.http().post(url).body("cat").send().await.unwrap().status(), 200);
    let args = json!({ "files": [{ "id": got["file_id"], "title": "A cat" }], "channel_id": house.news,
        "initial_comment": "look", "username": "Bob" });
    let answer = house.done("files.completeUploadExternal", args).await;
    assert_eq!(answer["files"][0]["shares"]["public"], json!({}), "it is nowhere yet");
    let shared = socket.event("message").await;
    assert_eq!(
        (&shared["subtype"], &shared["text"], &shared["username"]),
        (&json!("file_share"), &json!("look"), &json!("Bob"))
    );
    assert_eq!(shared["files"][0]["file_access"], "check_file_info", "files in events are slim");
    let info = house.done("files.info", json!({ "file": got["file_id"] })).await;
    assert_eq!(info["file"]["shares"]["public"][&house.news][0]["ts"], shared["ts"]);
    let private = info["file"]["url_private"].as_str().unwrap();
    let bytes = house.http().get(private).bearer_auth(house.slack.token()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"cat");
    let stranger = house.http().get(private).send().await.unwrap();
    assert!(stranger.text().await.unwrap().contains("Sign in"), "without the token there is a page to sign in");
}

#[tokio::test]
async fn files_of_people_come_whole_if_slack_is_in_the_mood() {
    let house = house_with(Settings { slim_files: false, ..Settings::default() }).await;
    let mut socket = house.socket().await;
    let file = house.slack.file(&house.ada, "note.txt", "words").unwrap();
    house.slack.share(&house.news, &house.ada, &file, "read this").unwrap();
    let shared = socket.event("message").await;
    assert_eq!((&shared["subtype"], &shared["files"][0]["mimetype"]), (&json!("file_share"), &json!("text/plain")));
}

#[tokio::test]
async fn buttons_and_commands_are_answered_with_the_acknowledgement_or_later() {
    let house = house().await;
    let blocks = json!([{ "type": "actions", "elements": [
        { "type": "button", "action_id": "yes", "text": { "type": "plain_text", "text": "Yes" }, "value": "1" } ] }]);
    let ts =
        house.done("chat.postMessage", json!({ "channel": house.news, "text": "Vote", "blocks": blocks })).await["ts"]
            .clone();
    let ts = ts.as_str().unwrap();
    let refused = house.slack.command(&house.news, &house.ada, "/matrix", "link").unwrap_err();
    assert_eq!(refused.error, "dispatch_failed", "nobody is connected");
    let mut socket = house.socket().await;
    house.slack.command(&house.news, &house.ada, "/matrix", "link").unwrap();
    let command = socket.next().await;
    assert_eq!((&command["type"], &command["payload"]["text"]), (&json!("slash_commands"), &json!("link")));
    assert_eq!(command["accepts_response_payload"], true);
    let answer = json!({ "envelope_id": command["envelope_id"], "payload": { "text": "the code is 7" } });
    socket.answer(&command, answer).await;
    house.slack.wait_for(SOON, |s| s.whispers().iter().any(|w| w.text == "the code is 7")).await.unwrap();
    house.slack.press(&house.news, &house.ada, ts, "yes").unwrap();
    let pressed = socket.next().await;
    socket.ack(&pressed).await;
    let payload = &pressed["payload"];
    assert_eq!((&payload["type"], &payload["actions"][0]["value"]), (&json!("block_actions"), &json!("1")));
    let later = house.http().post(payload["response_url"].as_str().unwrap());
    let later = later.json(&json!({ "replace_original": true, "text": "Voted" })).send().await.unwrap();
    assert_eq!(later.status(), 200);
    assert_eq!(house.slack.message(&house.news, ts).unwrap().text, "Voted");
}

#[tokio::test]
async fn channels_and_people_come_and_go() {
    let house = house().await;
    let mut socket = house.socket().await;
    let bob = house.slack.person("bob").unwrap();
    assert_eq!(socket.event("team_join").await["user"]["id"], json!(bob));
    house.slack.join(&house.news, &bob).unwrap();
    assert_eq!(socket.event("member_joined_channel").await["user"], json!(bob));
    house.slack.rename(&house.news, "olds").unwrap();
    assert_eq!(socket.event("channel_rename").await["channel"]["name"], "olds");
    house.slack.set_topic(&house.news, &bob, "all that was").unwrap();
    let topic = loop {
        let event = socket.event("message").await;
        if event["subtype"] == "channel_topic" {
            break event;
        }
    };
    assert_eq!(topic["topic"], "all that was");
    house.slack.change_user(&bob, |bob| bob.display_name = "Bobby".to_owned()).unwrap();
    assert_eq!(socket.event("user_change").await["user"]["profile"]["display_name"], "Bobby");
    house.slack.kick(&house.news, &house.slack.bot_user()).unwrap();
    assert_eq!(socket.event("channel_left").await["channel"], json!(house.news));
    house.slack.write(&house.news, &bob, Note::new("nobody hears")).unwrap();
    let secret = house.slack.private_channel("secret").unwrap();
    assert_eq!(socket.event("member_joined_channel").await["channel"], json!(secret));
}
