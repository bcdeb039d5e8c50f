//! The gateway's protocol, frame by frame.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::discord::{
    Fault, Plan, Settings, intent,
    model::{Message, Overwrite},
    permission,
};

use crate::{
    everything::{EVENTS, everything},
    wire::{ALL, Heard, SOON, Socket, house, post},
};

fn contents(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["d"]["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_refused_is_refused_with_its_code() {
    let settings = Settings { privileged_intents: intent::GUILD_MEMBERS, ..Settings::default() };
    let house = house(settings).await;
    let token = house.discord.token().to_owned();
    let identify =
        |token: &str, intents: u64| json!({ "op": 2, "d": { "token": token, "intents": intents, "properties": {} } });
    for (messages, code) in [
        (vec![identify("wrong", 1)], 4004),
        (vec![identify(&token, intent::MESSAGE_CONTENT)], 4014),
        (vec![identify(&token, 1 << 40)], 4013),
        (vec![identify(&token, intent::GUILD_MEMBERS), identify(&token, 1)], 4005),
        (vec![json!({ "op": 8, "d": {} })], 4003),
        (vec![json!({ "op": 99 })], 4001),
        (vec![json!({ "op": 1, "d": "x".repeat(5000) })], 4002),
    ] {
        let mut socket = Socket::open(&house.discord).await;
        for message in messages {
            socket.say(message).await;
        }
        assert_eq!(socket.closed().await, Some(code));
    }
}

#[tokio::test]
async fn sequence_numbers_count_and_heartbeats_are_acknowledged() {
    let house = house(Settings::default()).await;
    let (mut socket, ready) = Socket::ready(&house.discord, ALL).await;
    assert_eq!(ready["s"], 1);
    assert_eq!(ready["d"]["guilds"][0], json!({ "id": house.guild, "unavailable": true }));
    assert_eq!(socket.event("GUILD_CREATE").await["s"], 2);
    house.discord.say(house.general, house.ada, "three").unwrap();
    assert_eq!(socket.event("MESSAGE_CREATE").await["s"], 3);
    socket.say(json!({ "op": 1, "d": 3 })).await;
    assert_eq!(socket.frame().await["op"], 11);
}

#[tokio::test]
async fn who_does_not_beat_is_closed_with_4009() {
    let settings = Settings { heartbeat_interval: Duration::from_millis(100), ..Settings::default() };
    let house = house(settings).await;
    let (mut socket, ready) = Socket::ready(&house.discord, ALL).await;
    assert_eq!(socket.closed().await, Some(4009));
    let mut again = Socket::open(&house.discord).await;
    again.resume(&house.discord, &ready["d"]["session_id"], 1).await;
    assert_eq!(again.frame().await, json!({ "op": 9, "d": false }));
}

#[tokio::test]
async fn resume_replays_exactly_what_was_missed() {
    let house = house(Settings::default()).await;
    let (mut socket, ready) = Socket::ready(&house.discord, ALL).await;
    house.discord.say(house.general, house.ada, "heard").unwrap();
    let seq = socket.event("MESSAGE_CREATE").await["s"].as_u64().unwrap();
    drop(socket);
    house.discord.wait_for(SOON, |d| d.connected() == 0).await.unwrap();
    for text in ["missed 1", "missed 2"] {
        house.discord.say(house.general, house.ada, text).unwrap();
    }
    let mut socket = Socket::open(&house.discord).await;
    socket.resume(&house.discord, &ready["d"]["session_id"], seq).await;
    let missed = [socket.frame().await, socket.frame().await];
    assert_eq!(contents(&missed), ["missed 1", "missed 2"]);
    assert_eq!(missed[0]["s"], seq + 1);
    assert_eq!(socket.frame().await["t"], "RESUMED");
}

#[tokio::test]
async fn what_cannot_be_replayed_is_an_invalid_session() {
    let house = house(Settings { replay: 2, ..Settings::default() }).await;
    let (socket, ready) = Socket::ready(&house.discord, ALL).await;
    drop(socket);
    for n in 0..5 {
        house.discord.say(house.general, house.ada, &n.to_string()).unwrap();
    }
    let mut socket = Socket::open(&house.discord).await;
    socket.resume(&house.discord, &ready["d"]["session_id"], 2).await;
    assert_eq!(socket.frame().await, json!({ "op": 9, "d": false }));
    socket.identify(house.discord.token(), ALL).await;
    assert_eq!(socket.event("READY").await["s"], 1);
}

#[tokio::test]
async fn a_clean_goodbye_ends_the_session() {
    let house = house(Settings::default()).await;
    let (mut socket, ready) = Socket::ready(&house.discord, ALL).await;
    socket.close(1000).await;
    house.discord.wait_for(SOON, |d| d.connected() == 0).await.unwrap();
    let mut socket = Socket::open(&house.discord).await;
    socket.resume(&house.discord, &ready["d"]["session_id"], 1).await;
    assert_eq!(socket.frame().await["op"], 9);
}

#[tokio::test]
async fn a_zombie_says_nothing_until_it_is_resumed() {
    let house = house(Settings::default()).await;
    let (mut socket, ready) = Socket::ready(&house.discord, ALL).await;
    house.discord.inject(Plan::new(Fault::Zombie, "MESSAGE_CREATE"));
    house.discord.say(house.general, house.ada, "last words").unwrap();
    let seq = socket.event("MESSAGE_CREATE").await["s"].as_u64().unwrap();
    house.discord.say(house.general, house.ada, "unheard").unwrap();
    socket.say(json!({ "op": 1, "d": seq })).await;
    assert!(socket.is_silent().await);
    assert_eq!(house.discord.connected(), 0);
    let mut fresh = Socket::open(&house.discord).await;
    fresh.resume(&house.discord, &ready["d"]["session_id"], seq).await;
    assert_eq!(fresh.event("MESSAGE_CREATE").await["d"]["content"], "unheard");
    assert_eq!(socket.closed().await, None);
}

#[tokio::test]
async fn faults_of_sockets_strike_on_command() {
    let house = house(Settings::default()).await;
    for (fault, heard) in [
        (Fault::Reconnect, Heard::Frame(json!({ "op": 7, "d": null }))),
        (Fault::InvalidSession { resumable: true }, Heard::Frame(json!({ "op": 9, "d": true }))),
        (Fault::InvalidSession { resumable: false }, Heard::Frame(json!({ "op": 9, "d": false }))),
        (Fault::Close(4000), Heard::Closed(Some(4000))),
        (Fault::Close(1001), Heard::Closed(Some(1001))),
        (Fault::Drop, Heard::Closed(None)),
    ] {
        let (mut socket, _) = Socket::ready(&house.discord, 0).await;
        house.discord.strike(&fault);
        assert_eq!(socket.hear().await, heard, "{fault:?}");
    }
}

#[tokio::test]
async fn a_dispatch_can_come_twice() {
    let house = house(Settings::default()).await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    house.discord.inject(Plan::new(Fault::DispatchTwice, "MESSAGE_CREATE"));
    house.discord.say(house.general, house.ada, "echo").unwrap();
    let (first, second) = (socket.event("MESSAGE_CREATE").await, socket.event("MESSAGE_CREATE").await);
    assert_eq!(first["d"], second["d"]);
    assert_eq!(house.discord.faults_struck(), 1);
}

#[tokio::test]
async fn intents_decide_what_is_heard() {
    let house = house(Settings::default()).await;
    let intents = intent::GUILD_MESSAGE_REACTIONS | intent::GUILD_MESSAGE_TYPING;
    let (mut socket, _) = Socket::ready(&house.discord, intents).await;
    let message = house.discord.say(house.general, house.ada, "not heard").unwrap();
    house.discord.type_in(house.general, house.ada).unwrap();
    house.discord.rename(house.general, "renamed").unwrap();
    house.discord.react(house.general, message, house.ada, "👍").unwrap();
    assert_eq!(socket.names_until("MESSAGE_REACTION_ADD").await, ["TYPING_START", "MESSAGE_REACTION_ADD"]);
}

#[tokio::test]
async fn every_change_has_its_event() {
    let house = house(Settings { unfurl: false, ..Settings::default() }).await;
    let d = &house.discord;
    let (mut socket, _) = Socket::ready(d, ALL).await;
    socket.event("GUILD_CREATE").await;
    everything(&house);
    assert_eq!(socket.names_until("GUILD_DELETE").await, EVENTS);
    let (general, ada) = (house.general, house.ada);
    d.say(general, ada, "among ourselves").unwrap();
    d.person(house.guild, "eve").unwrap();
    assert!(socket.is_silent().await, "who is not in the guild hears nothing of it");
    d.join(house.guild, d.bot()).unwrap();
    assert_eq!(socket.frame().await["t"], "GUILD_CREATE");
}

#[tokio::test]
async fn a_hidden_channel_is_silent_and_its_threads_come_with_sight_of_it() {
    let house = house(Settings::default()).await;
    let d = &house.discord;
    let hidden = d.text_channel(house.guild, "staff").unwrap();
    d.deny_bot(hidden, permission::VIEW_CHANNEL).unwrap();
    let thread = d.thread(hidden, house.ada, "secret").unwrap();
    let (mut socket, _) = Socket::ready(d, ALL).await;
    let guild = socket.event("GUILD_CREATE").await;
    assert_eq!(
        (guild["d"]["channels"].as_array().unwrap().len(), guild["d"]["threads"].as_array().unwrap().len()),
        (2, 0)
    );
    d.say(hidden, house.ada, "psst").unwrap();
    d.overwrite(hidden, Overwrite { id: d.bot(), member: true, allow: permission::VIEW_CHANNEL, deny: 0 }).unwrap();
    assert_eq!(socket.frame().await["t"], "CHANNEL_UPDATE");
    let sync = socket.frame().await;
    assert_eq!((&sync["t"], &sync["d"]["threads"][0]["id"]), (&json!("THREAD_LIST_SYNC"), &json!(thread)));
}

#[tokio::test]
async fn members_come_in_chunks_when_asked_for() {
    let house = house(Settings::default()).await;
    let d = &house.discord;
    for n in 0..1500 {
        d.person(house.guild, &format!("crew{n}")).unwrap();
    }
    let (mut socket, _) = Socket::ready(d, intent::GUILDS | intent::GUILD_MEMBERS).await;
    assert_eq!(socket.event("GUILD_CREATE").await["d"]["members"].as_array().unwrap().len(), 1);
    socket.say(json!({ "op": 8, "d": { "guild_id": house.guild, "query": "", "limit": 0, "nonce": "n" } })).await;
    let chunks = [socket.frame().await, socket.frame().await];
    assert_eq!(chunks[1]["d"]["chunk_index"], 1);
    assert_eq!(chunks.iter().map(|chunk| chunk["d"]["members"].as_array().unwrap().len()).sum::<usize>(), 1503);
    let ids = json!([house.ada, "1"]);
    socket.say(json!({ "op": 8, "d": { "guild_id": house.guild, "user_ids": ids, "limit": 0 } })).await;
    let chunk = socket.frame().await;
    assert_eq!(
        (&chunk["d"]["members"][0]["user"]["username"], &chunk["d"]["not_found"]),
        (&json!("ada"), &json!(["1"]))
    );
}

#[tokio::test]
async fn the_embed_of_a_link_follows_and_is_no_edit() {
    let house = house(Settings::default()).await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    house.discord.say(house.general, house.ada, "see https://example.org/x and <https://example.org/y>").unwrap();
    let created = socket.event("MESSAGE_CREATE").await;
    assert_eq!(created["d"]["embeds"], json!([]));
    let updated = socket.event("MESSAGE_UPDATE").await;
    assert_eq!(updated["d"]["embeds"].as_array().unwrap().len(), 1);
    assert_eq!(updated["d"]["edited_timestamp"], Value::Null);
}

#[tokio::test]
async fn with_a_slow_gateway_the_answer_overtakes_the_event() {
    let delay = Duration::from_millis(600);
    let house = house(Settings { gateway_delay: delay, unfurl: false, ..Settings::default() }).await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    socket.event("GUILD_CREATE").await;
    let begun = Instant::now();
    for n in 0..5 {
        post(&house.discord, &format!("/channels/{}/messages", house.general), json!({ "content": n.to_string() }))
            .await;
    }
    assert!(begun.elapsed() < delay, "REST is not slowed");
    for n in 0..5 {
        assert_eq!(socket.event("MESSAGE_CREATE").await["d"]["content"], n.to_string());
    }
    assert!((delay..delay * 3).contains(&begun.elapsed()), "every event is late, and none makes the next one later");
}

#[tokio::test]
async fn a_message_can_carry_anything_discord_sends() {
    let house = house(Settings::default()).await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    let sticker = json!([{ "id": "7", "name": "wave", "format_type": 1 }]);
    let carry = |message: &mut Message| drop(message.extra.insert("sticker_items".to_owned(), sticker.clone()));
    house.discord.post(house.general, house.ada, carry).unwrap();
    assert_eq!(socket.event("MESSAGE_CREATE").await["d"]["sticker_items"], sticker);
}

#[tokio::test]
async fn an_edit_changes_who_is_named() {
    let house = house(Settings::default()).await;
    let (mut socket, _) = Socket::ready(&house.discord, ALL).await;
    let message = house.discord.say(house.general, house.ada, "nobody").unwrap();
    house.discord.edit(house.general, message, &format!("<@{}> <@1>", house.ada)).unwrap();
    let update = socket.event("MESSAGE_UPDATE").await;
    assert_eq!(update["d"]["mentions"].as_array().unwrap().len(), 1, "only who exists: {update}");
    assert!(update["d"]["edited_timestamp"].is_string());
}
