//! The whole way: a homeserver, the SDK, the bridge and Discord.

use std::time::{Duration, Instant};

use appservice_sdk::prelude::*;
use appservice_sdk::testing::FakeHomeserver;
use bridge_discord::{DiscordNetwork, Pace};
use serde_json::{Value, json};
use simulators::discord::{Discord, Fault, Limits, Plan, Settings, Snowflake};

const ALICE: &str = "@alice:test";
const BOB: &str = "@bob:test";
const BOT: &str = "@discordbot:test";

struct World {
    home: FakeHomeserver,
    discord: Discord,
    channel: Snowflake,
    ada: Snowflake,
    room: String,
    folder: tempfile::TempDir,
    running: Option<Running>,
}

impl World {
    async fn new() -> Self {
        let settings = Settings { limits: Limits::off(), ..Settings::default() };
        let discord = Discord::start(settings).await.unwrap();
        let guild = discord.guild("Harbour");
        let channel = discord.text_channel(guild, "general").unwrap();
        let ada = discord.person(guild, "ada").unwrap();
        let home = FakeHomeserver::start("discord").await;
        home.push_timeout(Duration::from_millis(500));
        let room = home.room(ALICE, &[BOB]);
        home.invite(&room, ALICE, BOT);
        let folder = tempfile::tempdir().unwrap();
        let mut world = Self { home, discord, channel, ada, room, folder, running: None };
        world.start().await;
        let connected = |discord: &Discord| discord.connected() == 1;
        world.discord.wait_for(Duration::from_secs(10), connected).await.unwrap();
        world
    }

    async fn start(&mut self) {
        let section = json!({
            "enabled": true, "token": self.discord.token(), "api_url": self.discord.url(),
            "cdn_url": self.discord.cdn_url(),
        });
        let pace = Pace {
            invalid_session: Duration::from_millis(10)..Duration::from_millis(20),
            shortest: Duration::from_millis(20),
            longest: Duration::from_millis(100),
        };
        let network = DiscordNetwork::open(section).unwrap().with_pace(pace);
        let url = format!("sqlite:{}", self.folder.path().join("discord.db").display());
        let mut config = BridgeConfig::new(self.home.registration(), self.home.url(), url);
        config.allow_private = true;
        config.links = vec![LinkConfig { room: self.room.clone(), chat: self.channel.to_string() }];
        let running = Bridge::new(network, config).start().await.unwrap();
        self.home.attach(Some(running.address()));
        self.running = Some(running);
    }

    /// The bridge dies now, wherever it is, and comes back.
    async fn kill(&mut self) {
        self.home.attach(None);
        if let Some(running) = self.running.take() {
            running.kill().await;
        }
        self.start().await;
    }

    fn channel(&self) -> Vec<(String, String)> {
        self.discord.transcript(self.channel).into_iter().map(|line| (line.author, line.content)).collect()
    }

    /// What ghosts and people said in the room.
    fn room(&self) -> Vec<(String, String)> {
        self.home.said(&self.room).into_iter().filter(|(sender, _)| sender != BOT).collect()
    }

    fn bodies(&self) -> Vec<String> {
        self.room().into_iter().map(|(_, body)| body).collect()
    }

    fn ghost(&self) -> String {
        format!("@discord_{}:test", self.ada)
    }

    /// Waits for a message of Discord in the room and gives its event.
    async fn event(&self, body: &str) -> Value {
        eventually(|| {
            let found = |event: &Value| event["content"]["body"] == body;
            self.home
                .timeline(&self.room)
                .into_iter()
                .rfind(found)
                .ok_or_else(|| format!("{:#?}", self.home.timeline(&self.room)))
        })
        .await
    }

    /// Waits for a message of Matrix in the channel and gives its id.
    async fn line(&self, content: &str) -> simulators::discord::Line {
        eventually(|| {
            let found = |line: &simulators::discord::Line| line.content == content;
            self.discord
                .transcript(self.channel)
                .into_iter()
                .rfind(found)
                .ok_or_else(|| format!("{:#?}", self.channel()))
        })
        .await
    }
}

async fn eventually<T>(mut seen: impl FnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match seen() {
            Ok(found) => return found,
            Err(instead) => assert!(began.elapsed() < Duration::from_secs(20), "it did not happen; instead: {instead}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn id(event: &Value) -> &str {
    event["event_id"].as_str().unwrap()
}

#[tokio::test]
async fn a_conversation_crosses_both_ways() {
    let world = World::new().await;
    world.discord.say(world.channel, world.ada, "hello from Discord").unwrap();
    let event = world.event("hello from Discord").await;
    assert_eq!(event["sender"], world.ghost());
    assert_eq!(world.home.profile(&world.ghost()).0.as_deref(), Some("ada"));
    world.home.say(ALICE, &world.room, "hello from Matrix");
    let line = world.line("hello from Matrix").await;
    assert_eq!(line.author, "alice");
    assert_eq!(world.room().len(), 2, "an echo came back: {:#?}", world.room());
}

#[tokio::test]
async fn styles_and_mentions_cross_both_ways() {
    let world = World::new().await;
    world.discord.say(world.channel, world.ada, "**bold** ||hidden|| `code`").unwrap();
    let event = world.event("bold [Spoiler] code").await;
    let html = event["content"]["formatted_body"].as_str().unwrap();
    assert!(html.contains("<strong>bold</strong>") && html.contains("data-mx-spoiler"), "{html}");
    world.discord.say(world.channel, world.ada, &format!("I am <@{}>", world.ada)).unwrap();
    let event = world.event("I am ada").await;
    assert_eq!(event["content"]["m.mentions"]["user_ids"], json!([world.ghost()]));

    let html = format!(r#"<em>hey</em> <a href="https://matrix.to/#/{}">ada</a>, a*b"#, world.ghost());
    let content = json!({
        "msgtype": "m.text", "body": "hey ada, a*b", "format": "org.matrix.custom.html", "formatted_body": html,
        "m.mentions": { "user_ids": [world.ghost()] },
    });
    world.home.send(ALICE, &world.room, "m.room.message", content);
    let written = |line: &simulators::discord::Line| line.author == "alice";
    let line =
        eventually(|| world.discord.transcript(world.channel).into_iter().find(written).ok_or_else(String::new)).await;
    assert_eq!(line.content, format!("*hey* <@{}>, a\\*b", world.ada));
    assert_eq!(line.pings.users, [world.ada]);
}

#[tokio::test]
async fn edits_and_deletions_cross_both_ways() {
    let world = World::new().await;
    let there = world.discord.say(world.channel, world.ada, "helo").unwrap();
    let event = world.event("helo").await;
    world.discord.edit(world.channel, there, "hello").unwrap();
    let edit = world.event("* hello").await;
    assert_eq!(edit["content"]["m.relates_to"]["event_id"], event["event_id"]);
    world.discord.delete(world.channel, there).unwrap();
    let gone = || {
        Some(world.bodies())
            .filter(|bodies| !bodies.contains(&"helo".to_owned()))
            .ok_or_else(|| format!("{:?}", world.bodies()))
    };
    eventually(gone).await;

    let here = world.home.say(ALICE, &world.room, "gooday");
    let line = world.line("gooday").await;
    world.home.edit(ALICE, &world.room, &here, "good day");
    assert_eq!(world.line("good day").await.id, line.id);
    world.home.redact(ALICE, &world.room, &here);
    eventually(|| if world.channel().is_empty() { Ok(()) } else { Err(format!("{:?}", world.channel())) }).await;
}

#[tokio::test]
async fn a_long_message_shrinks_and_grows_in_its_parts() {
    let world = World::new().await;
    let words = |count: usize| "word ".repeat(count).trim().to_owned();
    let here = world.home.say(ALICE, &world.room, &words(1000));
    let lines = |count: usize| {
        let world = &world;
        move || {
            let all = world.channel();
            let total: usize = all.iter().map(|(_, content)| content.split_whitespace().count()).sum();
            if total == count { Ok(all.len()) } else { Err(format!("{total} words in {} messages", all.len())) }
        }
    };
    assert_eq!(eventually(lines(1000)).await, 3);
    world.home.edit(ALICE, &world.room, &here, &words(300));
    assert_eq!(eventually(lines(300)).await, 1);
    world.home.edit(ALICE, &world.room, &here, &words(700));
    assert_eq!(eventually(lines(700)).await, 2);
    world.home.redact(ALICE, &world.room, &here);
    assert_eq!(eventually(lines(0)).await, 0);
}

#[tokio::test]
async fn reactions_are_counted_and_shown_once() {
    let world = World::new().await;
    let there = world.discord.say(world.channel, world.ada, "cake").unwrap();
    let cake = world.event("cake").await;
    let first = world.home.react(ALICE, &world.room, id(&cake), "🎂");
    let second = world.home.react(BOB, &world.room, id(&cake), "🎂");
    let shown = |wanted: &'static [(&str, usize)]| {
        let world = &world;
        move || {
            let reactions = world.discord.transcript(world.channel).remove(0).reactions;
            let same = reactions.iter().map(|(emoji, count)| (emoji.as_str(), *count)).eq(wanted.iter().copied());
            if same { Ok(()) } else { Err(format!("{reactions:?}")) }
        }
    };
    eventually(shown(&[("🎂", 1)])).await;
    world.home.redact(ALICE, &world.room, &first);
    world.home.say(ALICE, &world.room, "done");
    world.line("done").await;
    eventually(shown(&[("🎂", 1)])).await;
    world.home.redact(BOB, &world.room, &second);
    eventually(shown(&[])).await;
    world.discord.react(world.channel, there, world.ada, "👍").unwrap();
    eventually(|| {
        let timeline = world.home.timeline(&world.room);
        let by_ada =
            |event: &Value| event["sender"] == world.ghost() && event["content"]["m.relates_to"]["key"] == "👍";
        if timeline.iter().any(by_ada) { Ok(()) } else { Err(format!("{timeline:#?}")) }
    })
    .await;
}

#[tokio::test]
async fn replies_and_threads_cross_both_ways() {
    let world = World::new().await;
    let question = world.discord.say(world.channel, world.ada, "question").unwrap();
    let event = world.event("question").await;
    world.home.reply(ALICE, &world.room, id(&event), "answer");
    eventually(|| {
        let line = world.channel().pop().unwrap();
        if line.1.starts_with("-# ") && line.1.ends_with("\nanswer") && line.1.contains("ada") {
            Ok(())
        } else {
            Err(format!("{line:?}"))
        }
    })
    .await;
    world.discord.reply(world.channel, world.ada, "thanks", question).unwrap();
    let thanks = world.event("thanks").await;
    assert_eq!(thanks["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], event["event_id"]);

    let thread = world.discord.thread_on(world.channel, question, world.ada, "aside").unwrap();
    world.discord.say(thread, world.ada, "inside").unwrap();
    let inside = world.event("inside").await;
    assert_eq!(inside["content"]["m.relates_to"]["rel_type"], "m.thread");
    assert_eq!(inside["content"]["m.relates_to"]["event_id"], event["event_id"]);
    let relation = json!({
        "rel_type": "m.thread", "event_id": event["event_id"], "is_falling_back": true,
        "m.in_reply_to": { "event_id": inside["event_id"] },
    });
    let content = json!({ "msgtype": "m.text", "body": "me too", "m.relates_to": relation });
    world.home.send(BOB, &world.room, "m.room.message", content);
    eventually(|| {
        let told: Vec<String> = world.discord.transcript(thread).into_iter().map(|line| line.content).collect();
        if told.last().is_some_and(|last| last == "me too") { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;
}

#[tokio::test]
async fn files_cross_both_ways() {
    let world = World::new().await;
    let files = [("cat.png", "image/png", Bytes::from_static(b"\x89PNG meow"))];
    world.discord.upload(world.channel, world.ada, "", &files).unwrap();
    let cat = world.event("cat.png").await;
    assert_eq!(cat["content"]["msgtype"], "m.image");
    assert_eq!(world.home.bytes(cat["content"]["url"].as_str().unwrap()).unwrap(), b"\x89PNG meow");
    let dog = world.home.file("image/jpeg", b"woof");
    let content =
        json!({ "msgtype": "m.image", "body": "dog.jpg", "url": dog, "info": { "mimetype": "image/jpeg", "size": 4 } });
    world.home.send(ALICE, &world.room, "m.room.message", content);
    eventually(|| {
        let last = world.discord.transcript(world.channel).pop().unwrap();
        if last.attachments.first().is_some_and(|(name, _)| name == "dog.jpg") {
            Ok(())
        } else {
            Err(format!("{last:?}"))
        }
    })
    .await;
}

#[tokio::test]
async fn a_bridge_that_is_killed_again_and_again_loses_doubles_and_reorders_nothing() {
    let mut world = World::new().await;
    let execute = "POST /webhooks/{webhook}/{token}";
    world.home.say(ALICE, &world.room, "warm");
    world.line("warm").await;
    world.discord.inject(Plan::new(Fault::BadGatewayAfter, execute).chance(0.1, 1));
    world.discord.inject(Plan::new(Fault::CutBefore, execute).chance(0.05, 2));
    world.discord.inject(Plan::new(Fault::Drop, "MESSAGE_CREATE").chance(0.02, 3));
    world.discord.inject(Plan::new(Fault::InvalidSession { resumable: false }, "MESSAGE_CREATE").chance(0.02, 4));
    let (mut from_matrix, mut from_discord) = (vec!["warm".to_owned()], Vec::new());
    for round in 0..12 {
        for n in 0..6 {
            from_matrix.push(format!("m{round}.{n}"));
            world.home.say(ALICE, &world.room, from_matrix.last().unwrap());
            from_discord.push(format!("d{round}.{n}"));
            world.discord.say(world.channel, world.ada, from_discord.last().unwrap()).unwrap();
            tokio::time::sleep(Duration::from_millis(7 * (round % 5))).await;
        }
        world.kill().await;
    }
    world.discord.clear_faults();
    let ghost = world.ghost();
    let only = |all: Vec<(String, String)>, who: &str| -> Vec<String> {
        all.into_iter().filter(|(author, _)| author == who).map(|(_, said)| said).collect()
    };
    eventually(|| {
        let there = only(world.channel(), "alice");
        if there == from_matrix { Ok(()) } else { Err(format!("on Discord: {there:?}\nwanted: {from_matrix:?}")) }
    })
    .await;
    eventually(|| {
        let here = only(world.room(), &ghost);
        if here == from_discord { Ok(()) } else { Err(format!("in Matrix: {here:?}\nwanted: {from_discord:?}")) }
    })
    .await;
}
