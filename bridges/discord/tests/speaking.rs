//! From Matrix to Discord.

use appservice_sdk::prelude::*;
use simulators::discord::model::Pings;

use crate::harness::House;

#[tokio::test]
async fn a_message_is_shown_under_its_senders_name_and_picture() {
    let house = House::open().await;
    let mut message = house.message("hello");
    message.sender.avatar = Some(MediaRef::new(MediaSource::Matrix("mxc://test/face".into())));
    house.send(message).await.unwrap();
    house.reads(&["hello"]).await;
    let line = house.discord.transcript(house.general).remove(0);
    assert_eq!(line.author, "Alice");
    assert!(line.webhook.is_some());
    let address = line.avatar_url.unwrap();
    assert!(address.starts_with("https://matrix.test/_bridge/discord/avatar/"), "{address}");
    assert!(address.ends_with("/test/face"), "{address}");
}

#[tokio::test]
async fn a_senders_picture_can_be_fetched_at_its_signed_address_and_nothing_else() {
    let house = House::open().await;
    for (mxc, mime) in [("mxc://test/face", "image/png"), ("mxc://test/page", "text/html")] {
        house.store.state().media.insert(mxc.into(), (mime.into(), Bytes::from_static(b"bytes")));
    }
    let mut paths = Vec::new();
    for mxc in ["mxc://test/face", "mxc://test/page"] {
        let mut message = house.message("look");
        message.sender.avatar = Some(MediaRef::new(MediaSource::Matrix(mxc.into())));
        house.send(message).await.unwrap();
        let address = house.discord.transcript(house.general).pop().unwrap().avatar_url.unwrap();
        paths.push(address.strip_prefix("https://matrix.test/_bridge/discord").unwrap().to_owned());
    }
    let face = house.http(&paths[0]).await;
    assert_eq!((face.status, &face.body[..]), (200, &b"bytes"[..]));
    assert!(face.headers.contains(&("content-type".into(), "image/png".into())));
    let forged = paths[0].replace("/test/face", "/test/page");
    for path in [paths[1].as_str(), &forged, "/avatar/", "/avatar//test/face", "/"] {
        assert_eq!(house.http(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn one_webhook_serves_a_channel_for_ever() {
    let mut house = House::open().await;
    house.says("one").await;
    house.says("two").await;
    house.kill();
    house.start().await;
    house.says("three").await;
    house.reads(&["one", "two", "three"]).await;
    assert_eq!(house.discord.calls_to("POST /channels/{channel}/webhooks").len(), 1);
}

#[tokio::test]
async fn a_message_is_edited_and_deleted() {
    let house = House::open().await;
    let known = house.says("helo").await;
    let message = std::sync::Arc::new(house.message("hello"));
    let payload = house.bridge().plan(&message).unwrap().remove(0);
    let edit = Edit { target: known.clone(), payload, message };
    let same = house.bridge().edit(&edit).await.unwrap();
    assert_eq!(same.id, known.id);
    house.reads(&["hello"]).await;
    assert!(house.discord.transcript(house.general)[0].edited);
    house.bridge().delete(&known).await.unwrap();
    house.reads(&[]).await;
    // After a crash it may be asked again.
    house.bridge().delete(&known).await.unwrap();
    assert!(matches!(house.bridge().edit(&edit).await, Err(SendError::Refused(Refusal::TargetUnknown))));
    assert!(!house.store.state().events.iter().any(|event| matches!(event.what, What::Delete { .. })));
}

#[tokio::test]
async fn what_others_wrote_is_deleted_as_the_bot() {
    let house = House::open().await;
    let id = house.discord.say(house.general, house.ada, "rude").unwrap();
    house.bridge().delete(&house.theirs(id)).await.unwrap();
    house.reads(&[]).await;
}

#[tokio::test]
async fn a_long_message_is_sent_in_parts_that_discord_accepts() {
    let house = House::open().await;
    let text: String = (0..600).map(|n| format!("word{n} ")).collect();
    let sent = house.send(house.message(text.trim())).await.unwrap();
    let lines = house.discord.transcript(house.general);
    assert_eq!(lines.len(), sent.len());
    assert!(sent.len() >= 3);
    assert!(lines.iter().all(|line| line.content.chars().count() <= 2000));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let all: Vec<String> = lines.iter().flat_map(|line| words(&line.content)).collect();
    assert_eq!(all, words(&text));
}

#[tokio::test]
async fn nobody_is_called_who_was_not_meant() {
    let house = House::open().await;
    house.says(&format!("@everyone @here <@{}>", house.ada)).await;
    let quiet = house.discord.transcript(house.general).remove(0);
    assert_eq!(quiet.pings, Pings::default());
    let mention = || Inline::mention(appservice_sdk::content::Id::Remote(house.ada.to_string()), "ada");
    let text = |inlines| vec![Part::Text(Doc::paragraph(inlines))];
    house.send(house.parts(text(vec![mention()]))).await.unwrap();
    let called = house.discord.transcript(house.general).remove(1);
    assert_eq!(called.pings.users.to_vec(), [house.ada]);
    let all = || text(vec![Inline::Everyone(appservice_sdk::content::Everyone::Room)]);
    house.send(house.parts(all())).await.unwrap();
    assert!(!house.discord.transcript(house.general).remove(2).pings.everyone);
    house.send(Outgoing { may_ping_everyone: true, ..house.parts(all()) }).await.unwrap();
    assert!(house.discord.transcript(house.general).remove(3).pings.everyone);
}

#[tokio::test]
async fn an_answer_shows_what_it_answers() {
    let house = House::open().await;
    let question = house.discord.say(house.general, house.ada, "how are you?").unwrap();
    let mut message = house.message("fine");
    message.reply_to = Some(Known { excerpt: "how are you?".into(), ..house.theirs(question) });
    house.send(message).await.unwrap();
    let line = house.discord.transcript(house.general).remove(1);
    let address = format!("https://discord.com/channels/{}/{}/{question}", house.guild, house.general);
    assert_eq!(line.content, format!("-# ↪ [**ada**: how are you?]({address})\nfine"));
    assert_eq!(line.pings, Pings::default());
}

#[tokio::test]
async fn the_bot_reacts_for_everybody() {
    let house = House::open().await;
    let id = house.discord.say(house.general, house.ada, "cake").unwrap();
    let reaction = |emoji: &str| React { target: house.theirs(id), emoji: Emoji::unicode(emoji) };
    house.bridge().react(&reaction("🎂")).await.unwrap();
    house.bridge().react(&reaction("🎂")).await.unwrap();
    house.bridge().react(&reaction("❤\u{fe0f}")).await.unwrap();
    let shown = || house.discord.transcript(house.general).remove(0).reactions;
    assert_eq!(shown().len(), 2);
    assert_eq!(shown()[0], ("🎂".to_owned(), 1));
    house.bridge().unreact(&reaction("🎂")).await.unwrap();
    house.bridge().unreact(&reaction("🎂")).await.unwrap();
    assert_eq!(shown().len(), 1);
    let word = house.bridge().react(&reaction("lol")).await.unwrap_err();
    assert!(matches!(word, SendError::Refused(_)), "{word}");
}

#[tokio::test]
async fn a_thread_is_opened_by_its_first_answer_and_used_by_the_next() {
    let mut house = House::open().await;
    let root = house.says("root").await;
    let inside = |text: &str, house: &House| Outgoing { thread: Some(root.clone()), ..house.message(text) };
    let first = house.send(inside("one", &house)).await.unwrap();
    house.kill();
    house.start().await;
    house.send(inside("two", &house)).await.unwrap();
    let thread: simulators::discord::Snowflake = root.id.as_str().parse().unwrap();
    let told = || house.discord.transcript(thread).into_iter().map(|line| line.content).collect::<Vec<_>>();
    assert_eq!(told().iter().filter(|text| !text.is_empty()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(house.discord.channel(thread).unwrap().name, "it began");
    let known = Known { thread: Some(root.id.clone()), ..house.known(&first[0]) };
    house.bridge().delete(&known).await.unwrap();
    assert!(!told().contains(&"one".to_owned()));
}

#[tokio::test]
async fn a_file_is_sent_with_its_words_and_its_description() {
    let house = House::open().await;
    let picture = Bytes::from(vec![7_u8; 300_000]);
    house.store.state().media.insert("mxc://test/cat".into(), ("image/png".into(), picture.clone()));
    let mut file = MediaRef::new(MediaSource::Matrix("mxc://test/cat".into()));
    file.name = Some("cat.png".into());
    file.spoiler = true;
    let caption = Some(Doc::text("my cat"));
    house.send(house.parts(vec![Part::Media { kind: MediaKind::Image, file, caption }])).await.unwrap();
    let line = house.discord.transcript(house.general).remove(0);
    assert_eq!((line.content.as_str(), line.attachments[0].0.as_str()), ("my cat", "SPOILER_cat.png"));
    let media = MediaRef::remote(line.attachments[0].1.clone());
    let back = house.bridge().fetch(&media).await.unwrap().collect(1_000_000).await.unwrap();
    assert_eq!(back, picture);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let house = House::open().await;
    let mut file = MediaRef::new(MediaSource::Matrix("mxc://test/film".into()));
    file.size = Some(200 * 1024 * 1024);
    let message = house.parts(vec![Part::Media { kind: MediaKind::Video, file, caption: None }]);
    let refused = house.send(message).await.unwrap_err();
    assert!(matches!(refused, SendError::Refused(Refusal::TooLarge { .. })), "{refused}");
}

#[tokio::test]
async fn typing_is_shown_by_the_bot() {
    let house = House::open().await;
    house.bridge().typing(&house.chat(), true).await.unwrap();
    house.bridge().typing(&house.chat(), false).await.unwrap();
    assert_eq!(house.discord.calls_to("POST /channels/{channel}/typing").len(), 1);
}
