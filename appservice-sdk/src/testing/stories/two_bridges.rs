//! One room, two networks: each sees what the other says, once.

use std::{sync::Arc, time::Duration};

use crate::{
    bridge::{Bridge, BridgeConfig, Running},
    network::{ConnectError, Network, NetworkInfo, Remote},
    testing::{
        FakeHomeserver, RemoteMessage, ScriptedNetwork, ScriptedSession, SendFault, eventually,
        world::{ALICE, World},
    },
};

/// The scripted network under another name.
#[derive(Clone, Default)]
struct Other(ScriptedNetwork);

impl Network for Other {
    const INFO: NetworkInfo = NetworkInfo::new("other", "Other", "https://other.example");
    type Session = ScriptedSession;

    async fn connect(&self, remote: Remote) -> Result<ScriptedSession, ConnectError> {
        self.0.connect(remote).await
    }
}

/// A world whose room is linked to the chat `o` of another network, too.
struct Both {
    world: World,
    other: ScriptedNetwork,
    running: Running,
    _folder: tempfile::TempDir,
}

async fn both() -> Both {
    let world = World::new().await;
    let home: FakeHomeserver = world.home.also("other");
    let folder = tempfile::tempdir().unwrap();
    let url = crate::store::tests::database(folder.path()).await;
    let mut config = BridgeConfig::new(home.registration(), home.url(), url);
    (config.allow_private, config.siblings) = (true, vec!["net".to_owned()]);
    let other = ScriptedNetwork::default();
    let running = Bridge::new(Other(other.clone()), config).start().await.unwrap();
    home.attach(Some(running.address()));
    let core = running.core.clone();
    eventually("the other bridge is connected", || core.session.get().map(drop)).await;
    home.invite(&world.room, ALICE, "@otherbot:test");
    crate::portal::link::link(&running.core, &world.room, &"o".into(), false).await.unwrap();
    world.net.echo();
    other.echo();
    Both { world, other, running, _folder: folder }
}

impl Both {
    /// Waits until nothing waits anywhere.
    async fn settle(&self) {
        for _ in 0..3 {
            self.world.settle().await;
            let core: &Arc<crate::core::Core> = &self.running.core;
            while core.store.waiting().await.unwrap().count > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

fn lines(network: &ScriptedNetwork) -> Vec<(String, String)> {
    network.messages().into_iter().map(|RemoteMessage { name, text, .. }| (name, text)).collect()
}

fn line(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_echo_loops_with_two_bridges_on_one_room() {
    let both = both().await;
    let (net, other) = (&both.world.net, &both.other);
    let id = net.says("c", "b", "hello");
    eventually("it reaches the other network", || (lines(other) == [line("B", "hello")]).then_some(())).await;
    net.edits("c", "b", &id, "hello all");
    eventually("its edit, too", || (lines(other) == [line("B", "hello all")]).then_some(())).await;
    net.reacts("c", "b", &id, "👍", true);
    eventually("a reaction, too", || (other.reactions().len() == 1).then_some(())).await;
    let there = other.messages()[0].id.clone();
    other.reacts("o", "x", &there, "🎉", true);
    eventually("and one back", || (net.reactions() == [(id.clone(), "🎉".to_owned())]).then_some(())).await;
    other.says("o", "x", "hi");
    both.world.home.say(ALICE, &both.world.room, "from Matrix");
    eventually("the others hear it", || (lines(net).len() == 2 && lines(other).len() == 2).then_some(())).await;
    both.settle().await;
    let mut heard = lines(net);
    heard.sort();
    assert_eq!(heard, [line("X", "hi"), line("alice", "from Matrix")]);
    assert_eq!(lines(other), [line("B", "hello all"), line("alice", "from Matrix")]);
    assert_eq!((net.reactions().len(), other.reactions().len()), (1, 1));
    net.deletes("c", &id);
    eventually("a deletion, too", || (lines(other) == [line("alice", "from Matrix")]).then_some(())).await;
    both.settle().await;
    let said: Vec<String> = both.world.home.said(&both.world.room).into_iter().map(|(_, body)| body).collect();
    assert_eq!(said.len(), 3, "each message is in Matrix once, and the edit of the one that went: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bridge_says_about_itself_stays_in_the_room() {
    let both = both().await;
    let (net, other) = (&both.world.net, &both.other);
    net.fail([SendFault::Refuse("no".into())]);
    other.fail([SendFault::Refuse("no".into())]);
    both.world.home.say(ALICE, &both.world.room, "a word");
    both.world.home.say(ALICE, &both.world.room, "!net status");
    both.world.home.say(ALICE, &both.world.room, "end");
    eventually("the end is everywhere", || {
        (lines(net) == [line("alice", "end")] && lines(other) == [line("alice", "end")]).then_some(())
    })
    .await;
    both.settle().await;
    assert_eq!((lines(net).len(), lines(other).len()), (1, 1));
    let said = both.world.home.said(&both.world.room).into_iter();
    let refusals = said.filter(|(_, body)| body.starts_with("Not delivered")).count();
    assert_eq!(refusals, 2, "one of each bridge");
}
