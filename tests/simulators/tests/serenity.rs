//! The contract: serenity's own clients, which know nothing of this simulator, are content with it.

use std::{sync::Arc, time::Duration};

use serenity::{
    all::{
        ChannelId, ClientBuilder, Context, CreateAllowedMentions, CreateAttachment, CreateMessage, CreateThread,
        EditMessage, Event, EventHandler, ExecuteWebhook, GatewayIntents, GetMessages, GuildId, Http, HttpBuilder,
        MessageId, Nonce, RawEventHandler, ReactionType, Ready, UserId,
    },
    async_trait,
};
use simulators::discord::{Discord, Fault, Limits, Plan, Settings, Snowflake};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const SOON: Duration = Duration::from_secs(10);

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
async fn messages_arrive_in_order_with_author_and_member() {
    let house = house(Limits::default()).await;
    house.discord.set_nick(house.guild, house.ada, "Countess").unwrap();
    let mut events = listen(&house, GatewayIntents::all()).await;
    for n in 0..20 {
        house.discord.say(house.general, house.ada, &format!("message {n}")).unwrap();
    }
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
async fn a_message_is_sent_edited_reacted_to_pinned_and_deleted() {
    let house = house(Limits::off()).await;
    let (http, general) = (&house.http, channel(house.general));
    let question = house.discord.say(house.general, house.ada, "question").unwrap();
    let answer = CreateMessage::new()
        .content("answer <@1> @everyone")
        .nonce(Nonce::String("n1".to_owned()))
        .enforce_nonce(true)
        .allowed_mentions(CreateAllowedMentions::new())
        .reference_message((general, MessageId::new(question.0)));
    let sent = general.send_message(http, answer.clone()).await.unwrap();
    let again = general.send_message(http, answer).await.unwrap();
    assert_eq!(sent.id, again.id, "an enforced nonce is remembered");
    assert!(matches!(sent.nonce, Some(Nonce::String(nonce)) if nonce == "n1"));
    assert_eq!(sent.referenced_message.as_ref().unwrap().content, "question");
    let line = house.discord.transcript(house.general).pop().unwrap();
    assert!(!line.pings.everyone && line.reply_to == Some(question));

    let edited = general.edit_message(http, sent.id, EditMessage::new().content("better")).await.unwrap();
    assert!(edited.edited_timestamp.is_some());
    let thumb = ReactionType::Unicode("👍".to_owned());
    http.create_reaction(general, sent.id, &thumb).await.unwrap();
    assert_eq!(http.get_reaction_users(general, sent.id, &thumb, 10, None).await.unwrap().len(), 1);
    http.delete_reaction_me(general, sent.id, &thumb).await.unwrap();
    http.pin_message(general, sent.id, None).await.unwrap();
    assert_eq!(http.get_pins(general).await.unwrap().len(), 1);
    http.delete_message(general, sent.id, None).await.unwrap();
    let error = http.get_message(general, sent.id).await.unwrap_err();
    assert!(error.to_string().contains("Unknown Message"), "{error}");
}

#[tokio::test]
async fn history_is_paged_newest_first() {
    let house = house(Limits::off()).await;
    let ids: Vec<Snowflake> =
        (0..10).map(|n| house.discord.say(house.general, house.ada, &n.to_string()).unwrap()).collect();
    let general = channel(house.general);
    let http = &house.http;
    let page = |query: GetMessages| async move {
        let found = general.messages(http, query).await.unwrap();
        found.into_iter().map(|m| m.content).collect::<String>()
    };
    let id = |n: usize| MessageId::new(ids[n].0);
    assert_eq!(page(GetMessages::new().limit(3)).await, "987");
    assert_eq!(page(GetMessages::new().before(id(5)).limit(2)).await, "43");
    assert_eq!(page(GetMessages::new().after(id(5)).limit(2)).await, "76");
    assert_eq!(page(GetMessages::new().around(id(5)).limit(4)).await, "7654");
}

#[tokio::test]
async fn a_webhook_speaks_under_any_name_and_edits_what_it_said() {
    let house = house(Limits::off()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    let general = channel(house.general);
    let made = house.http.create_webhook(general, &serde_json::json!({ "name": "bridge" }), None).await.unwrap();
    let token = house.discord.webhooks(house.general)[0].token.clone();
    let hook = house.http.get_webhook_with_token(made.id, &token).await.unwrap();
    let file = CreateAttachment::bytes(b"bytes".to_vec(), "note.txt");
    let builder =
        ExecuteWebhook::new().content("hello").username("Bob").avatar_url("https://example.org/b.png").add_file(file);
    let sent = hook.execute(&house.http, true, builder).await.unwrap().unwrap();
    assert_eq!((sent.author.name.as_str(), sent.webhook_id), ("Bob", Some(hook.id)));
    let bytes = reqwest::get(&sent.attachments[0].url).await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"bytes");
    assert_eq!(next_message(&mut events).await.webhook_id, Some(hook.id));
}

#[tokio::test]
async fn the_sixth_execution_in_a_moment_is_429() {
    let house = house(Limits::real()).await;
    let hook = house.discord.make_webhook(house.general, house.ada, "bridge").unwrap();
    let url = format!("{}/api/v10/webhooks/{}/{}?&wait=true", house.discord.url(), hook.id, hook.token);
    let client = reqwest::Client::new();
    for n in 0..5 {
        let answer = client.post(&url).json(&serde_json::json!({ "content": n.to_string() })).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-ratelimit-remaining"], (4 - n).to_string().as_str());
    }
    let answer = client.post(&url).json(&serde_json::json!({ "content": "5" })).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["x-ratelimit-scope"], "user");
    assert!(answer.headers().contains_key("retry-after"));
    let body: serde_json::Value = answer.json().await.unwrap();
    assert!(body["retry_after"].as_f64().is_some_and(|wait| wait > 0.0 && wait <= 2.0), "{body}");
    assert_eq!(house.discord.transcript(house.general).len(), 5);
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
async fn a_thread_is_opened_on_a_message() {
    let house = house(Limits::off()).await;
    let mut events = listen(&house, GatewayIntents::all()).await;
    let message = house.discord.say(house.general, house.ada, "start").unwrap();
    let builder = CreateThread::new("side talk");
    let thread = channel(house.general)
        .create_thread_from_message(&house.http, MessageId::new(message.0), builder)
        .await
        .unwrap();
    assert_eq!(thread.id.get(), message.0);
    let mut names = vec![];
    while names.last() != Some(&"starter") {
        names.push(
            next(&mut events, |event| match event {
                Event::MessageUpdate(update) if update.flags.flatten().is_some() => Some("update"),
                Event::ThreadCreate(_) => Some("thread"),
                Event::MessageCreate(created) if created.message.channel_id == thread.id => Some("starter"),
                _ => None,
            })
            .await,
        );
    }
    names.sort_unstable();
    assert_eq!(names, ["starter", "thread", "update"]);
}

#[tokio::test]
async fn an_answer_lost_after_storing_leaves_the_message() {
    let house = house(Limits::off()).await;
    let general = channel(house.general);
    let route = "POST /channels/{channel}/messages";
    house.discord.inject(Plan::new(Fault::CutAfter, route));
    house.discord.inject(Plan::new(Fault::BadGatewayAfter, route).after(1));
    assert!(general.say(&house.http, "cut").await.is_err());
    assert!(general.say(&house.http, "fine").await.is_ok());
    let error = general.say(&house.http, "502").await.unwrap_err();
    assert!(error.to_string().contains("502") || format!("{error:?}").contains("502"), "{error:?}");
    let said: Vec<String> = house.discord.transcript(house.general).into_iter().map(|line| line.content).collect();
    assert_eq!(said, ["cut", "fine", "502"]);
    let statuses: Vec<u16> = house.discord.calls_to(route).iter().map(|call| call.status).collect();
    assert_eq!(statuses, [0, 200, 502]);
}

#[tokio::test]
async fn people_and_places_are_read() {
    let house = house(Limits::off()).await;
    let (http, guild) = (&house.http, GuildId::new(house.guild.0));
    assert_eq!(http.get_current_user().await.unwrap().name, "Causeway");
    assert_eq!(http.get_current_application_info().await.unwrap().id.get(), house.discord.bot().0);
    assert_eq!(http.get_channels(guild).await.unwrap().len(), 1);
    assert_eq!(http.get_guild_members(guild, Some(100), None).await.unwrap().len(), 3);
    assert_eq!(http.get_member(guild, UserId::new(house.ada.0)).await.unwrap().user.name, "ada");
    assert_eq!(http.get_guild_roles(guild).await.unwrap().len(), 2);
    assert_eq!(http.get_guild_active_threads(guild).await.unwrap().threads.len(), 0);
    assert_eq!(http.search_guild_members(guild, "ad", Some(5)).await.unwrap().len(), 1);
    assert!(http.get_bot_gateway().await.unwrap().url.starts_with("ws://"));
    assert_eq!(http.get_guild(guild).await.unwrap().name, "Harbour");
}
