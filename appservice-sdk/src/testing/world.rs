//! A homeserver, a network and the bridge between them, which can die and come back.

use std::{sync::atomic::Ordering, time::Duration};

use super::{FakeHomeserver, ScriptedNetwork, eventually};
use crate::{
    bridge::{Bridge, BridgeConfig, LinkConfig, Running},
    settings::Settings,
};

pub(crate) const ALICE: &str = "@alice:test";
pub(crate) const BOB: &str = "@bob:test";
pub(crate) const BOT: &str = "@netbot:test";

pub(crate) struct World {
    pub(crate) home: FakeHomeserver,
    pub(crate) net: ScriptedNetwork,
    /// A room of Alice and Bob that is linked to the chat `c`.
    pub(crate) room: String,
    /// The links of the configuration, from the next start on.
    pub(crate) links: Vec<LinkConfig>,
    /// The common keys of the configuration, from the next start on.
    pub(crate) settings: Settings,
    folder: tempfile::TempDir,
    running: Option<Running>,
}

impl World {
    /// Everything runs; the room and the chat `c` are linked.
    pub(crate) async fn new() -> Self {
        let home = FakeHomeserver::start("net").await;
        home.push_timeout(Duration::from_millis(300));
        let room = home.room(ALICE, &[BOB]);
        home.set_state(
            ALICE,
            &room,
            "m.room.power_levels",
            "",
            serde_json::json!({ "users": { ALICE: 100, BOT: 50 } }),
        );
        home.invite(&room, ALICE, BOT);
        let mut world = Self {
            home,
            net: ScriptedNetwork::default(),
            room,
            links: Vec::new(),
            settings: Settings { admins: vec![ALICE.to_owned()], ..Settings::default() },
            folder: tempfile::tempdir().unwrap(),
            running: None,
        };
        world.start().await;
        let chat = "c".into();
        let link = crate::portal::link::link(&world.running().core, &world.room, &chat, false);
        link.await.unwrap();
        world
    }

    pub(crate) fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// Starts the bridge (again) and waits until it is connected.
    pub(crate) async fn start(&mut self) {
        let url = crate::store::tests::database(self.folder.path()).await;
        let mut config = BridgeConfig::new(self.home.registration(), self.home.url(), url);
        config.allow_private = true;
        config = self.settings.clone().fill(config);
        config.links = self.links.clone();
        let running = Bridge::new(self.net.clone(), config).start().await.unwrap();
        self.home.attach(Some(running.address()));
        let core = running.core.clone();
        self.running = Some(running);
        eventually("the bridge is connected", || core.session.get().map(drop)).await;
    }

    /// The bridge dies now, wherever it is.
    pub(crate) async fn kill(&mut self) {
        self.home.attach(None);
        if let Some(running) = self.running.take() {
            running.kill().await;
        }
    }

    pub(crate) async fn restart(&mut self) {
        self.kill().await;
        self.start().await;
    }

    /// The bridge hangs for ever at its `commits`-th commit from now.
    pub(crate) fn die_after(&self, commits: i64) {
        self.running().core.store.fuse.store(commits, Ordering::SeqCst);
    }

    /// Whether the bridge hangs.
    pub(crate) fn is_dead(&self) -> bool {
        self.running().core.store.fuse.load(Ordering::SeqCst) < 0
    }

    /// Waits until nothing waits on either side.
    pub(crate) async fn settle(&self) {
        let core = self.running().core.clone();
        let mut calm = 0;
        let begun = std::time::Instant::now();
        while calm < 3 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never settles");
            let quiet = self.home.is_drained() && core.store.waiting().await.unwrap().count == 0;
            calm = if quiet { calm + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What others than the bot said in the room, without names.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.home.said(&self.room).into_iter().filter(|(sender, _)| sender != BOT).map(|(_, body)| body).collect()
    }

    /// What the bot said in the room.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.home.said(&self.room).into_iter().filter(|(sender, _)| sender == BOT).map(|(_, body)| body).collect()
    }
}
