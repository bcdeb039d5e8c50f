//! The example is a whole bridge, and works.

#[path = "../../../examples/echo.rs"]
#[expect(dead_code, reason = "the example's main function")]
mod example;

use crate::{
    bridge::{Bridge, BridgeConfig, LinkConfig},
    testing::{FakeHomeserver, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_parrot_repeats_what_is_said_in_a_configured_room() {
    let home = FakeHomeserver::start("echo").await;
    let room = home.room("@alice:test", &[]);
    home.invite(&room, "@alice:test", "@echobot:test");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("echo.db").display());
    let mut config = BridgeConfig::new(home.registration(), home.url(), url);
    config.links = vec![LinkConfig { room: room.clone(), chat: "canyon".into() }];
    let running = Bridge::new(example::Echo, config).start().await.unwrap();
    home.attach(Some(running.address()));
    let joined = || home.members(&room).contains(&"@echobot:test".to_owned()).then_some(());
    eventually("the room is linked", joined).await;
    let linked = || (running.core.portals.len() == 1).then_some(());
    eventually("the room is linked", linked).await;
    home.say("@alice:test", &room, "hello");
    home.say("@alice:test", &room, "is there anybody?");
    eventually("the parrot speaks", || {
        let said = home.said(&room);
        let parrot: Vec<&str> =
            said.iter().filter(|(sender, _)| sender == "@echo_parrot:test").map(|(_, body)| body.as_str()).collect();
        (parrot == ["hello", "is there anybody?"]).then_some(())
    })
    .await;
    running.stop().await;
}
