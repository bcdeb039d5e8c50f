//! Commands on Discord, moderation from Matrix, PluralKit.

use appservice_sdk::prelude::*;
use simulators::discord::permission::{CREATE_INSTANT_INVITE, KICK_MEMBERS, MANAGE_CHANNELS};
use simulators::discord::{Discord, Snowflake};

use crate::harness::{House, SOON};

/// What somebody with these permissions is answered.
async fn answered(house: &House, held: u64, subcommand: &str, options: &[(&str, &str)]) -> String {
    let role = house.discord.role(house.guild, "asker", held).unwrap();
    house.discord.change_member(house.guild, house.ada, |member| member.roles = vec![role]).unwrap();
    let asked = house.discord.command(house.general, house.ada, subcommand, options).unwrap();
    read(house, asked).await
}

async fn read(house: &House, asked: Snowflake) -> String {
    house.discord.wait_for(SOON, |discord: &Discord| discord.answer(asked).is_some()).await.unwrap();
    let (said, hidden) = house.discord.answer(asked).unwrap();
    assert!(hidden, "only the asker sees it");
    said
}

#[tokio::test]
async fn the_commands_are_told_to_discord_once() {
    let mut house = House::open().await;
    let names: Vec<String> =
        house.discord.commands().iter().map(|command| command["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["matrix", "Matrix info"]);
    house.kill();
    house.try_start().await.unwrap();
    assert_eq!(house.discord.calls_to("PUT /applications/{application}/commands").len(), 1);
}

#[tokio::test]
async fn commands_are_for_those_who_may() {
    let house = House::open().await;
    assert!(answered(&house, 0, "link", &[]).await.contains("«Manage Channels»"));
    assert!(answered(&house, 0, "unlink", &[]).await.contains("«Manage Channels»"));
    assert!(answered(&house, 0, "invite", &[("user", "@bob:test")]).await.contains("«Create Invite»"));
    assert!(answered(&house, MANAGE_CHANNELS, "kick", &[("user", "@bob:test")]).await.contains("«Kick Members»"));
    assert!(answered(&house, KICK_MEMBERS, "ban", &[("user", "@bob:test")]).await.contains("«Ban Members»"));
    assert!(house.store.state().done.is_empty());
}

#[tokio::test]
async fn commands_do_what_they_say() {
    let house = House::open().await;
    let info = answered(&house, 0, "info", &[]).await;
    assert!(info.contains(&format!("!{}:test", house.general)), "{info}");
    assert_eq!(answered(&house, 0, "who", &[]).await, "- Alice `@alice:test`");
    let link = answered(&house, MANAGE_CHANNELS, "link", &[]).await;
    assert!(link.contains("!discord link code-for-"), "{link}");
    let link = answered(&house, MANAGE_CHANNELS, "link", &[("code", "wrong")]).await;
    assert!(link.contains("the code is wrong"), "{link}");
    answered(&house, CREATE_INSTANT_INVITE, "invite", &[("user", "@bob:test")]).await;
    answered(&house, KICK_MEMBERS, "kick", &[("user", "@bob:test"), ("reason", "noise")]).await;
    assert_eq!(house.store.state().done, ["Invite @bob:test", "Kick @bob:test noise"]);
    answered(&house, MANAGE_CHANNELS, "unlink", &[]).await;
    assert!(house.store.state().chats.is_empty());
}

#[tokio::test]
async fn where_a_message_came_from_is_told_from_its_menu() {
    let house = House::open().await;
    let ours = house.says("hello").await;
    house.store.state().origins.insert(ours.id.to_string(), ours.clone());
    let id: Snowflake = ours.id.as_str().parse().unwrap();
    let asked = house.discord.menu(house.general, house.ada, "Matrix info", id).unwrap();
    let said = read(&house, asked).await;
    assert!(said.contains("@alice:test") && said.contains("$event"), "{said}");
}

#[tokio::test]
async fn kicks_and_bans_of_matrix_are_done_with_their_reason_and_may_be_done_twice() {
    let house = House::open().await;
    let order = |act| Moderate {
        chat: house.chat(),
        user: RemoteUserId::new(house.ada.to_string()),
        act,
        reason: Some("noise ä".to_owned()),
        by: "@mod:test".to_owned(),
    };
    for _ in 0..2 {
        house.bridge().moderate(&order(Act::Kick)).await.unwrap();
        assert!(house.discord.member(house.guild, house.ada).is_none());
    }
    for _ in 0..2 {
        house.bridge().moderate(&order(Act::Ban)).await.unwrap();
        assert_eq!(house.discord.bans(house.guild), [house.ada]);
    }
    for _ in 0..2 {
        house.bridge().moderate(&order(Act::Unban)).await.unwrap();
        assert!(house.discord.bans(house.guild).is_empty());
    }
    let reason = house.discord.calls_to("DELETE /guilds/{guild}/members/{user}").remove(0).reason;
    assert_eq!(reason.as_deref(), Some("@mod:test: noise %C3%A4"));
    house.discord.change_role(house.guild, bot_role(&house), |role| role.permissions &= !KICK_MEMBERS).unwrap();
    let refused = house.bridge().moderate(&order(Act::Kick)).await.unwrap_err();
    assert!(refused.to_string().contains("Kick Members"), "{refused}");
    assert!(house.bridge().moderate(&order(Act::Invite)).await.is_err());
}

fn bot_role(house: &House) -> Snowflake {
    house.discord.member(house.guild, house.discord.bot()).unwrap().roles[0]
}

#[tokio::test]
async fn names_and_topics_of_matrix_are_taken_over_and_the_bot_speaks_for_itself() {
    let house = House::open().await;
    let look = ChatDelta { name: Some("pier".into()), topic: Some("boats".into()), ..ChatDelta::default() };
    house.bridge().change(&house.chat(), &look).await.unwrap();
    let channel = house.discord.channel(house.general).unwrap();
    assert_eq!((channel.name.as_str(), channel.topic.as_deref()), ("pier", Some("boats")));
    house.bridge().announce(&house.chat(), "hello @everyone").await.unwrap();
    let line = house.discord.transcript(house.general).remove(0);
    assert_eq!((line.author_id, line.pings.everyone), (house.discord.bot(), false));
    house.discord.say(house.general, house.ada, "after").unwrap();
    assert_eq!(house.store.hears(1).await, ["after"]);
}

#[tokio::test]
async fn what_pluralkit_says_again_is_told_once_under_the_members_name() {
    let house = House::open().await;
    let webhook = house.discord.pluralkit(house.guild, house.general).unwrap();
    let first = house.discord.say(house.general, house.ada, "hello").unwrap();
    house.discord.proxy(&webhook, "Lin", first).unwrap();
    house.discord.say(house.general, house.ada, "as myself").unwrap();
    assert_eq!(house.store.hears(2).await, ["hello", "as myself"]);
    let events = house.store.state().events.clone();
    let told = events.iter().find(|event| matches!(event.what, What::Message { .. })).unwrap();
    let Author::Them(_, look) = &told.from else { panic!() };
    assert_eq!(look.name, "Lin");
    assert!(!events.iter().any(|event| matches!(event.what, What::Delete { .. })), "nothing was told to be deleted");
}

#[tokio::test]
async fn what_waits_for_pluralkit_when_the_bridge_is_killed_is_told_afterwards() {
    let mut house = House::open().await;
    house.discord.pluralkit(house.guild, house.general).unwrap();
    let other = house.discord.text_channel(house.guild, "other").unwrap();
    house.link(other).await;
    house.discord.say(house.general, house.ada, "waiting").unwrap();
    house.discord.say(other, house.ada, "at once").unwrap();
    assert_eq!(house.store.hears(1).await, ["at once"]);
    house.kill();
    house.try_start().await.unwrap();
    assert_eq!(house.store.hears(2).await, ["at once", "waiting"]);
}
