use crate::{
    AppService, BridgeConfig,
    testing::{FakeHomeserver, eventually},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_network_hears_events_in_order_and_answers_once() {
    let home = FakeHomeserver::start("welcome").await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("welcome.db").display());
    let failed = std::sync::atomic::AtomicBool::new(false);
    let failed = std::sync::Arc::new(failed);
    let running = AppService::new(BridgeConfig::new(home.registration(), home.url(), url))
        .on(move |event, bot| {
            let failed = failed.clone();
            async move {
                if event.kind == "m.room.member" && event.content["membership"] == "invite" {
                    bot.intent().join(&event.room_id).await?;
                }
                if let Some(body) = event.content["body"].as_str() {
                    bot.notice(&event.room_id, &format!("heard {body}")).await?;
                    // Failing after it spoke: the next try says the same under the same id.
                    anyhow::ensure!(failed.swap(true, std::sync::atomic::Ordering::SeqCst), "the first time it fails");
                }
                Ok(())
            }
        })
        .start()
        .await
        .unwrap();
    home.attach(Some(running.address()));
    let room = home.room("@alice:test", &[]);
    home.invite(&room, "@alice:test", "@welcomebot:test");
    eventually("the bot comes", || home.members(&room).contains(&"@welcomebot:test".to_owned()).then_some(())).await;
    home.say("@alice:test", &room, "one");
    home.say("@alice:test", &room, "two");
    eventually("both are answered", || (home.said(&room).len() >= 4).then_some(())).await;
    let answers: Vec<String> =
        home.said(&room).into_iter().filter(|(who, _)| who == "@welcomebot:test").map(|(_, body)| body).collect();
    assert_eq!(answers, ["heard one", "heard two"]);
    running.stop().await;
}
