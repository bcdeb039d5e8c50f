//! The whole way: a homeserver, the SDK, the bridge and Slack.

use std::time::{Duration, Instant};

use appservice_sdk::prelude::*;
use appservice_sdk::testing::FakeHomeserver;
use bridge_slack::{Pace, SlackNetwork};
use serde_json::{Value, json};
use simulators::slack::{Fault, Line, Plan, Slack};

use crate::harness::settings;

const ALICE: &str = "@alice:test";
const BOB: &str = "@bob:test";
const BOT: &str = "@slackbot:test";

struct World {
    home: FakeHomeserver,
    slack: Slack,
    channel: String,
    ada: String,
    room: String,
    http: bool,
    folder: tempfile::TempDir,
    running: Option<Running>,
}

impl World {
    async fn new() -> Self {
        Self::build(false).await
    }

    async fn build(http: bool) -> Self {
        let slack = Slack::start(settings()).await.unwrap();
        let channel = slack.channel("harbour").unwrap();
        let ada = slack.person("ada").unwrap();
        slack.join(&channel, &ada).unwrap();
        let home = FakeHomeserver::start("slack").await;
        home.push_timeout(Duration::from_millis(500));
        let room = home.room(ALICE, &[BOB]);
        home.invite(&room, ALICE, BOT);
        let folder = tempfile::tempdir().unwrap();
        let mut world = Self { home, slack, channel, ada, room, http, folder, running: None };
        world.start().await;
        let up = |slack: &Slack| !slack.calls_to("conversations.list").is_empty();
        world.slack.wait_for(Duration::from_secs(10), up).await.unwrap();
        eventually(|| {
            let members = world.home.members(&world.room);
            if members.iter().any(|member| member == BOT) { Ok(()) } else { Err(format!("{members:?}")) }
        })
        .await;
        // From here on the channel is bridged: what was said before is nobody's business.
        world.home.say(ALICE, &world.room, "warm");
        world.line("warm").await;
        world
    }

    async fn start(&mut self) {
        let mut section = json!({
            "enabled": true, "token": self.slack.token(), "app_token": self.slack.app_token(),
            "api_url": self.slack.api_url(), "signing_secret": self.slack.signing_secret(),
        });
        if self.http {
            section["mode"] = "http".into();
        }
        let network = SlackNetwork::open(section).unwrap().with_pace(Pace { again: 1, ping: 1 });
        let url = format!("sqlite:{}", self.folder.path().join("slack.db").display());
        let mut config = BridgeConfig::new(self.home.registration(), self.home.url(), url);
        config.allow_private = true;
        config.links = vec![LinkConfig { room: self.room.clone(), chat: self.channel.clone() }];
        let running = Bridge::new(network, config).start().await.unwrap();
        self.home.attach(Some(running.address()));
        if self.http {
            let at = |what: &str| format!("http://{}/slack/{what}", running.address());
            self.slack.set_request_urls(&at("events"), &at("interactive"), &at("commands")).await.unwrap();
        }
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
        self.slack.transcript(&self.channel).into_iter().map(|line| (line.author, line.plain)).collect()
    }

    /// What ghosts and people said in the room.
    fn room(&self) -> Vec<(String, String)> {
        self.home.said(&self.room).into_iter().filter(|(sender, _)| sender != BOT).collect()
    }

    fn ghost(&self) -> String {
        let mut senders = self.room().into_iter().map(|(sender, _)| sender);
        senders.find(|sender| sender.starts_with("@slack_")).unwrap_or_else(|| panic!("no ghost: {:?}", self.room()))
    }

    /// Waits for a message of Slack in the room and gives its event.
    async fn event(&self, body: &str) -> Value {
        eventually(|| {
            let found = |event: &Value| event["content"]["body"] == body;
            let timeline = self.home.timeline(&self.room);
            timeline.iter().rfind(|event| found(event)).cloned().ok_or_else(|| format!("{timeline:#?}"))
        })
        .await
    }

    /// Waits for a message of Matrix in the channel.
    async fn line(&self, plain: &str) -> Line {
        eventually(|| {
            let found = |line: &Line| line.plain == plain;
            let all = self.slack.transcript(&self.channel);
            all.into_iter().rfind(found).ok_or_else(|| format!("{:#?}", self.channel()))
        })
        .await
    }
}

async fn eventually<T>(mut seen: impl FnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match seen() {
            Ok(found) => return found,
            Err(instead) => assert!(began.elapsed() < Duration::from_secs(40), "it did not happen; instead: {instead}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_conversation_crosses_both_ways() {
    for http in [false, true] {
        let world = World::build(http).await;
        let there = world.slack.say(&world.channel, &world.ada, "hello from *Slack*").unwrap();
        let event = world.event("hello from Slack").await;
        assert!(event["content"]["formatted_body"].as_str().unwrap().contains("<strong>"));
        assert_eq!(world.home.profile(&world.ghost()).0.as_deref(), Some("ada"));
        world.home.say(ALICE, &world.room, "hello from Matrix");
        assert_eq!(world.line("hello from Matrix").await.author, "alice");
        world.slack.reply(&world.channel, &world.ada, &there, "aside").unwrap();
        let aside = world.event("aside").await;
        assert_eq!(aside["content"]["m.relates_to"]["event_id"], event["event_id"]);
        world.slack.edit(&world.channel, &world.ada, &there, "hello again").unwrap();
        let edit = world.event("* hello again").await;
        assert_eq!(edit["content"]["m.relates_to"]["event_id"], event["event_id"]);
        assert_eq!(world.room().iter().filter(|(_, body)| body == "hello from Matrix").count(), 1);
    }
}

#[tokio::test]
async fn edits_reactions_and_deletions_reach_slack() {
    let world = World::new().await;
    let here = world.home.say(ALICE, &world.room, "gooday");
    let line = world.line("gooday").await;
    world.home.edit(ALICE, &world.room, &here, "good day");
    assert_eq!(world.line("good day").await.ts, line.ts);
    let first = world.home.react(BOB, &world.room, &here, "🎂");
    let shown = |wanted: &'static [(&str, usize)]| {
        let world = &world;
        move || {
            let all = world.slack.transcript(&world.channel);
            let reactions = all.last().map(|line| line.reactions.clone()).unwrap_or_default();
            let same = reactions.iter().map(|(emoji, count)| (emoji.as_str(), *count)).eq(wanted.iter().copied());
            if same { Ok(()) } else { Err(format!("{reactions:?}")) }
        }
    };
    eventually(shown(&[("birthday", 1)])).await;
    world.home.redact(BOB, &world.room, &first);
    eventually(shown(&[])).await;
    world.home.redact(ALICE, &world.room, &here);
    eventually(|| if world.channel().len() == 1 { Ok(()) } else { Err(format!("{:?}", world.channel())) }).await;
}

#[tokio::test]
async fn files_cross_both_ways() {
    let world = World::new().await;
    let file = world.slack.file(&world.ada, "cat.png", &b"\x89PNG meow"[..]).unwrap();
    world.slack.share(&world.channel, &world.ada, &file, "").unwrap();
    let cat = world.event("cat.png").await;
    assert_eq!(cat["content"]["msgtype"], "m.image");
    assert_eq!(world.home.bytes(cat["content"]["url"].as_str().unwrap()).unwrap(), b"\x89PNG meow");
    let dog = world.home.file("image/jpeg", b"woof");
    let content =
        json!({ "msgtype": "m.image", "body": "dog.jpg", "url": dog, "info": { "mimetype": "image/jpeg", "size": 4 } });
    world.home.send(ALICE, &world.room, "m.room.message", content);
    let line = eventually(|| {
        let last = world.slack.transcript(&world.channel).pop().unwrap();
        if last.files.first().is_some_and(|(name, _)| name == "dog.jpg") { Ok(last) } else { Err(format!("{last:?}")) }
    })
    .await;
    assert_eq!(line.author, "alice");
}

#[tokio::test]
async fn a_bridge_that_is_killed_again_and_again_loses_doubles_and_reorders_nothing() {
    let mut world = World::new().await;
    world.slack.inject(Plan::new(Fault::BadGatewayAfter, "chat.postMessage").chance(0.1, 1));
    world.slack.inject(Plan::new(Fault::InternalErrorAfter, "chat.postMessage").chance(0.05, 2));
    world.slack.inject(Plan::new(Fault::CutBefore, "chat.postMessage").chance(0.05, 3));
    world.slack.inject(Plan::new(Fault::Drop, "message.channels").chance(0.02, 4));
    world.slack.inject(Plan::new(Fault::AckLost, "message.channels").chance(0.05, 5));
    world.slack.inject(Plan::new(Fault::ServerErrorBefore, "conversations.history").chance(0.1, 6));
    let (mut from_matrix, mut from_slack) = (vec!["warm".to_owned()], Vec::new());
    for round in 0..12 {
        for n in 0..6 {
            from_matrix.push(format!("m{round}.{n}"));
            world.home.say(ALICE, &world.room, from_matrix.last().unwrap());
            from_slack.push(format!("s{round}.{n}"));
            world.slack.say(&world.channel, &world.ada, from_slack.last().unwrap()).unwrap();
            tokio::time::sleep(Duration::from_millis(7 * (round % 5))).await;
        }
        world.kill().await;
    }
    world.slack.clear_faults();
    let only = |all: Vec<(String, String)>, prefix: &str, who: &dyn Fn(&str) -> bool| -> Vec<String> {
        let said = all.into_iter().filter(|(author, _)| who(author)).map(|(_, said)| said);
        said.filter(|said| said == "warm" || said.starts_with(prefix)).collect()
    };
    eventually(|| {
        let there = only(world.channel(), "m", &|author| author == "alice");
        if there == from_matrix { Ok(()) } else { Err(format!("on Slack: {there:?}\nwanted: {from_matrix:?}")) }
    })
    .await;
    eventually(|| {
        let here = only(world.room(), "s", &|sender| sender.starts_with("@slack_"));
        if here == from_slack { Ok(()) } else { Err(format!("in Matrix: {here:?}\nwanted: {from_slack:?}")) }
    })
    .await;
}
