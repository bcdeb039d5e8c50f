//! The contract: serenity's own clients, which know nothing of this simulator, are content with it.

mod rest;

use std::{sync::Arc, time::Duration};

use serenity::{
    all::{
        ChannelId, ClientBuilder, Context, Event, EventHandler, GatewayIntents, GuildId, Http, HttpBuilder,
        RawEventHandler, Ready,
    },
    async_trait,
};
use simulators::discord::{Discord, Fault, Limits, Settings, Snowflake};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{
    everything::{EVENTS, everything},
    wire,
};

const SOON: Duration = Duration::from_secs(30);

struct House {
    discord: Discord,
    guild: Snowflake,
    general: Snowflake,
    ada: Snowflake,
    http: Arc<Http>,
}

async fn house(limits: Limits) -> House {
    let discord = Discord::start(Settings { limits, ..Settings::default() }).await.unwrap();
    let guild = discord.guild("Harbour");
    let general = discord.text_channel(guild, "general").unwrap();
    let ada = discord.person(guild, "ada").unwrap();
    let http = HttpBuilder::new(discord.token()).proxy(discord.url()).ratelimiter_disabled(true).build();
    House { discord, guild, general, ada, http: Arc::new(http) }
}

struct Ear(UnboundedSender<Event>);

#[async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _: Context, event: Event) {
        let _ = self.0.send(event);
    }
}

struct Greeted(UnboundedSender<Ready>);

#[async_trait]
impl EventHandler for Greeted {
    async fn ready(&self, _: Context, ready: Ready) {
        let _ = self.0.send(ready);
    }
}

/// Starts serenity's gateway client; its events come in `UnboundedReceiver`.
async fn listen(house: &House, intents: GatewayIntents) -> UnboundedReceiver<Event> {
    let (heard, events) = unbounded_channel();
    let http = HttpBuilder::new(house.discord.token()).proxy(house.discord.url()).ratelimiter_disabled(true).build();
    let builder = ClientBuilder::new_with_http(http, intents).raw_event_handler(Ear(heard));
    let mut client = builder.await.unwrap();
    tokio::spawn(async move { client.start().await });
    house.discord.wait_for(SOON, |d| d.connected() == 1).await.unwrap();
    events
}

/// The next event that `pick` takes.
async fn next<T>(events: &mut UnboundedReceiver<Event>, mut pick: impl FnMut(Event) -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = pick(events.recv().await.expect("the client is alive")) {
                return found;
            }
        }
    };
    tokio::time::timeout(SOON, looking).await.expect("the event comes")
}

async fn next_message(events: &mut UnboundedReceiver<Event>) -> serenity::all::Message {
    let pick = |event| match event {
        Event::MessageCreate(created) => Some(created.message),
        _ => None,
    };
    next(events, pick).await
}

fn channel(id: Snowflake) -> ChannelId {
    ChannelId::new(id.0)
}

#[tokio::test]
async fn a_bot_identifies_and_sees_its_guild() {
    let house = house(Limits::default()).await;
    house.discord.forum(house.guild, "ideas").unwrap();
    let message = house.discord.say(house.general, house.ada, "thread here").unwrap();
    house.discord.thread_on(house.general, message, house.ada, "a thread").unwrap();
    house.discord.emoji(house.guild, "blob", true).unwrap();
    house.discord.role(house.guild, "crew", 0).unwrap();
    let mut events = listen(&house, GatewayIntents::all()).await;
    let guild =
        next(&mut events, |event| if let Event::GuildCreate(created) = event { Some(created.guild) } else { None })
            .await;
    assert_eq!((guild.name.as_str(), guild.channels.len(), guild.threads.len()), ("Harbour", 2, 1));
    assert_eq!((guild.roles.len(), guild.emojis.len(), guild.members.len()), (3, 1, 3));
    house.discord.stop().await;
}

#[tokio::test]
async fn ready_carries_the_session_and_the_application() {
    let house = house(Limits::default()).await;
    let (heard, mut readies) = unbounded_channel();
    let http = HttpBuilder::new(house.discord.token()).proxy(house.discord.url()).ratelimiter_disabled(true).build();
    let mut client =
        ClientBuilder::new_with_http(http, GatewayIntents::GUILDS).event_handler(Greeted(heard)).await.unwrap();
    tokio::spawn(async move { client.start().await });
    let ready = tokio::time::timeout(SOON, readies.recv()).await.unwrap().unwrap();
    assert_eq!(ready.user.id.get(), house.discord.bot().0);
    assert_eq!((ready.version, ready.guilds.len()), (10, 1));
}

#[tokio::test]
async fn a_message_arrives_with_author_and_member() {
    let house = house(Limits::default()).await;
    house.discord.set_nick(house.guild, house.ada, "Countess").unwrap();
    let mut events = listen(&house, GatewayIntents::all()).await;
    house.discord.say(house.general, house.ada, "hello").unwrap();
    let first = next_message(&mut events).await;
    assert_eq!(first.author.name, "ada");
    assert_eq!(first.member.unwrap().nick.as_deref(), Some("Countess"));
    assert_eq!(first.guild_id, Some(GuildId::new(house.guild.0)));
    assert_eq!(first.timestamp.unix_timestamp() / 60, house.discord.now() as i64 / 60_000);
}

#[tokio::test]
async fn without_the_intent_content_is_blank_unless_the_bot_is_named() {
    let house = house(Limits::default()).await;
    let mut events = listen(&house, GatewayIntents::non_privileged()).await;
    house.discord.say(house.general, house.ada, "private").unwrap();
    assert_eq!(next_message(&mut events).await.content, "");
    let to_bot = format!("<@{}> hello", house.discord.bot());
    house.discord.say(house.general, house.ada, &to_bot).unwrap();
    assert_eq!(next_message(&mut events).await.content, to_bot);
}

#[tokio::test]
async fn a_dropped_socket_is_resumed_without_loss() {
    let house = house(Limits::default()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    house.discord.say(house.general, house.ada, "before").unwrap();
    assert_eq!(next_message(&mut events).await.content, "before");
    house.discord.strike(&Fault::Drop);
    house.discord.say(house.general, house.ada, "meanwhile").unwrap();
    assert_eq!(next_message(&mut events).await.content, "meanwhile");
    house.discord.wait_for(SOON, |d| d.sessions() == (1, 1)).await.unwrap();
}

#[tokio::test]
async fn op_7_is_obeyed_and_an_invalid_session_starts_anew() {
    let house = house(Limits::default()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    house.discord.strike(&Fault::Reconnect);
    house.discord.wait_for(SOON, |d| d.sessions() == (1, 1)).await.unwrap();
    house.discord.strike(&Fault::InvalidSession { resumable: false });
    house.discord.wait_for(SOON, |d| d.sessions() == (2, 1)).await.unwrap();
    house.discord.say(house.general, house.ada, "still here").unwrap();
    assert_eq!(next_message(&mut events).await.content, "still here");
}

#[tokio::test]
async fn every_event_is_understood() {
    let wired = wire::house(Settings { unfurl: false, ..Settings::default() }).await;
    let http = HttpBuilder::new(wired.discord.token()).proxy(wired.discord.url()).ratelimiter_disabled(true).build();
    let wire::House { discord, guild, general, ada } = wired;
    let house = House { discord: discord.clone(), guild, general, ada, http: Arc::new(http) };
    let mut events = listen(&house, GatewayIntents::all()).await;
    everything(&wire::House { discord, guild, general, ada });
    let mut missing = EVENTS.to_vec();
    while !missing.is_empty() {
        let heard =
            tokio::time::timeout(SOON, events.recv()).await.unwrap_or_else(|_| panic!("not understood: {missing:?}"));
        let name = match heard.unwrap() {
            // Documented without `burst` and `type`, which serenity 0.12 insists on: it hands this one over unread.
            Event::Unknown(event) if event.kind == "MESSAGE_REACTION_REMOVE_EMOJI" => event.kind,
            event => event.name().unwrap_or_else(|| panic!("not understood: {event:?}")),
        };
        if let Some(at) = missing.iter().position(|known| *known == name) {
            missing.remove(at);
        }
    }
}
