//! Roles as power levels, people who leave, and looks that differ from guild to guild.

use appservice_sdk::prelude::*;
use simulators::discord::permission::{ADMINISTRATOR, KICK_MEMBERS, MANAGE_CHANNELS, MANAGE_MESSAGES};

use crate::harness::House;

fn levels(house: &House) -> Vec<i64> {
    let level = |event: &Incoming| match &event.what {
        What::Power { level } => Some(*level),
        _ => None,
    };
    house.store.state().events.iter().filter_map(level).collect()
}

#[tokio::test]
async fn a_role_gives_power_and_takes_it_back() {
    let mut house = House::open().await;
    house.discord.say(house.general, house.ada, "hello").unwrap();
    house.store.hears(1).await;
    assert!(levels(&house).is_empty(), "most people have no power, and nobody is told so");
    let keeper = house.discord.role(house.guild, "keeper", KICK_MEMBERS).unwrap();
    house.discord.change_member(house.guild, house.ada, |member| member.roles.push(keeper)).unwrap();
    house.told(|event| event.what == What::Power { level: 50 }).await;
    house.discord.change_role(house.guild, keeper, |role| role.permissions = MANAGE_CHANNELS).unwrap();
    house.told(|event| event.what == What::Power { level: 75 }).await;
    house.discord.change_role(house.guild, keeper, |role| role.permissions = ADMINISTRATOR).unwrap();
    house.told(|event| event.what == What::Power { level: 100 }).await;
    // A new process remembers who has power, and takes it from whoever lost their role meanwhile.
    house.kill();
    house.discord.strike(&simulators::discord::Fault::ForgetReplay);
    house.discord.change_member(house.guild, house.ada, |member| member.roles.clear()).unwrap();
    house.try_start().await.unwrap();
    house.told(|event| event.what == What::Power { level: 0 }).await;
    assert_eq!(levels(&house), [50, 75, 100, 0]);
}

#[tokio::test]
async fn who_has_power_already_gets_it_with_their_first_word() {
    let house = House::open().await;
    let keeper = house.discord.role(house.guild, "keeper", MANAGE_MESSAGES).unwrap();
    let bea = house.discord.person(house.guild, "bea").unwrap();
    house.discord.change_member(house.guild, bea, |member| member.roles.push(keeper)).unwrap();
    house.discord.say(house.general, bea, "order!").unwrap();
    let event = house.told(|event| event.what == What::Power { level: 50 }).await;
    let Author::Them(who, _) = event.from else { panic!() };
    assert_eq!(who.as_str(), bea.to_string());
    house.discord.say(house.general, bea, "I said order!").unwrap();
    house.store.hears(2).await;
    assert_eq!(levels(&house), [50]);
}

#[tokio::test]
async fn who_leaves_the_guild_leaves_its_rooms() {
    let house = House::open().await;
    house.discord.kick(house.guild, house.ada).unwrap();
    let event = house.told(|event| event.what == What::Member { joined: false }).await;
    let Author::Them(who, _) = event.from else { panic!() };
    assert_eq!(who.as_str(), house.ada.to_string());
    assert_eq!(event.chat, house.chat());
}

#[tokio::test]
async fn a_nick_in_one_of_several_guilds_is_shown_there_and_nowhere_else() {
    let house = House::open().await;
    let other = house.discord.guild("Island");
    let beach = house.discord.text_channel(other, "beach").unwrap();
    house.told(|event| matches!(event.what, What::Found(_)) && event.chat.as_str() == beach.to_string()).await;
    house.link(beach).await;
    house.discord.join(other, house.ada).unwrap();
    house.discord.set_nick(other, house.ada, "Castaway").unwrap();
    house.discord.say(beach, house.ada, "a sail!").unwrap();
    house.discord.say(house.general, house.ada, "home").unwrap();
    house.store.hears(2).await;
    let looks: Vec<(String, Option<String>)> = house
        .store
        .state()
        .events
        .iter()
        .filter_map(|event| match (&event.what, &event.from) {
            (What::Message { profile, .. }, Author::Them(_, look)) => {
                Some((look.name.clone(), profile.as_ref().map(|look| look.name.clone())))
            }
            _ => None,
        })
        .collect();
    assert_eq!(looks, [("ada".to_owned(), Some("Castaway".to_owned())), ("ada".to_owned(), None)]);
}
