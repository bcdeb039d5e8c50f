//! What is said arrives as Telegram shows it.

use serde_json::json;
use simulators::telegram::{Draft, Media};

use crate::house::House;

#[tokio::test]
async fn the_bot_hears_people_and_not_itself_nor_other_bots() {
    let house = House::open().await;
    let (t, group) = (&house.telegram, house.group);
    let robot = t.other_bot("Robot", "robot_bot");
    t.join(group, robot).unwrap();
    house.drain().await;
    t.say(group, robot, "beep").unwrap();
    house.says("I am here").await;
    let id = t.say(group, house.ada, "see https://example.org #ships @causeway_bot").unwrap();
    let heard = house.next("message").await;
    assert_eq!((heard["message_id"].as_i64(), &heard["from"]["first_name"]), (Some(id.into()), &json!("Ada")));
    let kinds: Vec<&str> =
        heard["entities"].as_array().unwrap().iter().map(|entity| entity["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["url", "hashtag", "mention"]);
}

#[tokio::test]
async fn privacy_mode_leaves_what_is_meant_for_the_bot() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    t.demote(group, t.bot(), ada).unwrap();
    t.set_privacy(true);
    house.drain().await;
    let mine = house.says("here").await;
    t.say(group, ada, "/help").unwrap();
    t.say(group, ada, "a secret").unwrap();
    t.say(group, ada, "/help").unwrap();
    t.say(group, ada, "/help@another_bot").unwrap();
    t.say(group, ada, "/help@causeway_bot").unwrap();
    t.reply(group, ada, "an answer", mine).unwrap();
    let heard = house.drain().await;
    let texts: Vec<&str> = heard.iter().map(|update| update["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["/help", "/help@causeway_bot", "an answer"]);
}

#[tokio::test]
async fn answers_quote_and_name_their_thread() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let first = t.say(group, ada, "the ship is in").unwrap();
    let second = t.reply(group, ada, "good", first).unwrap();
    t.post(Draft::text(group, ada, "which?").quote(second, "good", 0)).unwrap();
    let heard = house.drain().await.pop().unwrap()["message"].take();
    assert_eq!((&heard["message_thread_id"], &heard["quote"]["text"]), (&json!(first), &json!("good")));
    assert_eq!(heard["reply_to_message"]["message_id"], second);
    assert!(heard["reply_to_message"]["reply_to_message"].is_null());
    let quote = json!({"message_id": first, "quote": "the boat"});
    let refused = house.refused("sendMessage", json!({"chat_id": group, "text": "x", "reply_parameters": quote})).await;
    assert_eq!(refused, "Bad Request: QUOTE_TEXT_INVALID");
}

#[tokio::test]
async fn an_album_is_messages_that_share_a_group() {
    let house = House::open().await;
    let parts = vec![Media::photo([1, 2, 3]), Media::video(), Media::photo([4, 5, 6]).spoiler()];
    house.telegram.album(house.group, house.ada, parts, "three").unwrap();
    let heard = house.drain().await;
    assert_eq!(heard.len(), 3);
    let groups: Vec<_> = heard.iter().map(|update| &update["message"]["media_group_id"]).collect();
    assert!(groups[0].is_string() && groups.iter().all(|group| *group == groups[0]));
    assert_eq!(heard[0]["message"]["caption"], "three");
    assert_eq!(heard[2]["message"]["has_media_spoiler"], true);
}

#[tokio::test]
async fn files_are_fetched_by_the_path_that_was_asked_for() {
    let house = House::open().await;
    let (t, group) = (&house.telegram, house.group);
    for (media, ending) in [
        (Media::sticker("👍"), "webp"),
        (Media::animated_sticker("👍"), "tgs"),
        (Media::video_sticker("👍"), "webm"),
        (Media::voice(), "oga"),
        (Media::document("käse.txt", "text/plain", "cheese"), "txt"),
    ] {
        let id = t.upload(group, house.ada, media, "").unwrap();
        let heard = house.next("message").await;
        let object = ["sticker", "voice", "document"].iter().find_map(|kind| heard.get(*kind)).unwrap();
        let file = house.done("getFile", json!({"file_id": object["file_id"]})).await;
        let path = file["file_path"].as_str().unwrap();
        assert!(path.ends_with(ending), "{path}");
        let url = format!("{}/file/bot{}/{}", t.url(), t.token(), path.replace('/', "%2F"));
        let bytes = reqwest::get(url).await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        assert_eq!(Some(bytes), t.bytes_of(group, id));
    }
    let large = Media::document("a.iso", "application/octet-stream", "x").weighing((20 << 20) + 1);
    t.upload(group, house.ada, large, "").unwrap();
    let heard = house.next("message").await;
    let refused = house.refused("getFile", json!({"file_id": heard["document"]["file_id"]})).await;
    assert_eq!(refused, "Bad Request: file is too big");
}

#[tokio::test]
async fn edits_are_heard_and_deletions_are_not() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let id = t.say(group, ada, "helo").unwrap();
    t.edit(group, id, "hello").unwrap();
    t.delete(group, id).unwrap();
    let heard = house.drain().await;
    assert_eq!(heard.len(), 2);
    let edited = &heard[1]["edited_message"];
    assert_eq!((&edited["text"], edited["edit_date"].is_i64()), (&json!("hello"), true));
}

#[tokio::test]
async fn reactions_are_told_to_administrators_who_ask() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let mine = house.says("like this").await;
    t.react(group, mine, ada, &["👍"]).unwrap();
    assert!(house.drain().await.is_empty(), "nobody asked for message_reaction");
    house.done("getUpdates", json!({"allowed_updates": ["message", "message_reaction"]})).await;
    t.react(group, mine, ada, &["🔥"]).unwrap();
    let heard = house.next("message_reaction").await;
    assert_eq!(heard["old_reaction"][0]["emoji"], "👍");
    assert_eq!(heard["new_reaction"][0]["emoji"], "🔥");
    t.demote(group, t.bot(), ada).unwrap();
    house.drain().await;
    t.react(group, mine, ada, &[]).unwrap();
    assert!(house.drain().await.is_empty(), "the bot is no administrator any more");
}

#[tokio::test]
async fn polls_tell_of_votes_only_to_the_bot_that_sent_them() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let theirs = t.poll(group, ada, "Tea?", &["yes", "no"], |poll| poll.is_anonymous = false).unwrap();
    assert_eq!(house.next("message").await["poll"]["question"], "Tea?");
    t.vote(group, theirs, ada, &[0]).unwrap();
    assert!(house.drain().await.is_empty());
    let params =
        json!({"chat_id": group, "question": "Rum?", "options": [{"text": "yes"}, "no"], "is_anonymous": false});
    let sent = house.done("sendPoll", params).await;
    let mine = i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap();
    t.vote(group, mine, ada, &[1]).unwrap();
    let heard = house.drain().await;
    assert_eq!(heard[0]["poll"]["options"][1]["voter_count"], 1);
    assert_eq!(heard[1]["poll_answer"]["option_ids"], json!([1]));
    let stopped = house.done("stopPoll", json!({"chat_id": group, "message_id": mine})).await;
    assert_eq!(stopped["is_closed"], true);
}
