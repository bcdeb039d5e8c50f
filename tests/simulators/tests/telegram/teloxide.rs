//! A client that was not written for the simulator: teloxide's own.

use std::time::Duration;

use simulators::telegram::{Draft, Fault, Media, Plan};
use teloxide::{Bot, RequestError, net::Download as _, payloads::*, requests::Requester as _, types::*};

use crate::house::House;

fn bot(house: &House) -> Bot {
    Bot::new(house.telegram.token()).set_api_url(house.telegram.url().parse().unwrap())
}

#[tokio::test]
async fn teloxide_reads_every_update() {
    let house = House::open().await;
    let (t, group, ada) = (&house.telegram, house.group, house.ada);
    let bot = bot(&house);
    assert_eq!(bot.get_me().await.unwrap().username(), "causeway_bot");
    let all = [
        AllowedUpdate::Message,
        AllowedUpdate::EditedMessage,
        AllowedUpdate::MessageReaction,
        AllowedUpdate::ChatMember,
        AllowedUpdate::MyChatMember,
        AllowedUpdate::ChannelPost,
        AllowedUpdate::Poll,
        AllowedUpdate::CallbackQuery,
    ];
    bot.get_updates().allowed_updates(all).await.unwrap();
    let bold = serde_json::json!([{"type": "bold", "offset": 0, "length": 2}]);
    let hello = t.post(Draft::text(group, ada, "😀 hello").entities(bold)).unwrap();
    t.post(Draft::text(group, ada, "quoted").quote(hello, "hello", 3)).unwrap();
    t.edit(group, hello, "hullo").unwrap();
    t.react(group, hello, ada, &["👍"]).unwrap();
    t.pin(group, hello, ada).unwrap();
    for media in [
        Media::photo([1, 2, 3]),
        Media::video(),
        Media::animation(),
        Media::audio("shanty"),
        Media::voice(),
        Media::video_note(),
        Media::document("a.txt", "text/plain", "a"),
        Media::sticker("👍"),
        Media::animated_sticker("👍"),
        Media::video_sticker("👍"),
    ] {
        t.upload(group, ada, media, "").unwrap();
    }
    t.locate(group, ada, 53.5, 9.9).unwrap();
    t.contact(group, ada, "Bob", "+49").unwrap();
    t.dice(group, ada, 3).unwrap();
    t.poll(group, ada, "Tea?", &["yes", "no"], |_| {}).unwrap();
    t.forward(group, hello, group, ada).unwrap();
    let bob = t.person("Bob", None);
    t.join(group, bob).unwrap();
    t.leave(group, bob).unwrap();
    t.rename(group, "Haven", ada).unwrap();
    t.set_photo(group, Some(Media::photo([9, 9, 9])), ada).unwrap();
    let forum = t.forum("Docks", ada);
    t.add_bot(forum, ada).unwrap();
    t.topic(forum, ada, "Cranes").unwrap();
    let old = t.group("Small", ada);
    t.add_bot(old, ada).unwrap();
    t.migrate(old, ada).unwrap();
    let channel = t.channel("News", ada);
    t.add_bot(channel, ada).unwrap();
    t.link(channel, group).unwrap();
    t.say(channel, ada, "a ship").unwrap();
    let mine = house.says("press me").await;
    t.press(group, mine, ada, "data").unwrap();
    let updates = bot.get_updates().limit(100).await.unwrap();
    for update in &updates {
        assert!(!matches!(update.kind, UpdateKind::Error(_)), "{:?}", update.kind);
        if let UpdateKind::Message(message) = &update.kind {
            assert!(!matches!(message.kind, MessageKind::Empty {}), "{message:?}");
        }
    }
    assert!(updates.len() >= 37, "{}", updates.len());
}

#[tokio::test]
async fn teloxide_sends_everything() {
    let house = House::open().await;
    let (bot, chat) = (bot(&house), ChatId(house.group));
    let sent = bot.send_message(chat, "<b>hello</b>").parse_mode(ParseMode::Html).await.unwrap();
    assert_eq!(sent.text(), Some("hello"));
    assert_eq!(sent.entities().unwrap()[0].kind, MessageEntityKind::Bold);
    let reply = ReplyParameters::new(sent.id);
    bot.send_message(chat, "*again* \\.").parse_mode(ParseMode::MarkdownV2).reply_parameters(reply).await.unwrap();
    bot.edit_message_text(chat, sent.id, "hullo").await.unwrap();
    let same = bot.edit_message_text(chat, sent.id, "hullo").await.unwrap_err();
    assert!(matches!(same, RequestError::Api(teloxide::ApiError::MessageNotModified)), "{same:?}");
    let png = house.telegram.upload(house.group, house.ada, Media::photo([7, 7, 7]), "").unwrap();
    let png = InputFile::memory(house.telegram.bytes_of(house.group, png).unwrap()).file_name("a.png");
    let photo = bot.send_photo(chat, png.clone()).caption("seven").has_spoiler(true).await.unwrap();
    assert_eq!(photo.caption(), Some("seven"));
    let known = InputFile::file_id(photo.photo().unwrap()[1].file.id.clone());
    bot.send_photo(chat, known.clone()).await.unwrap();
    bot.send_document(chat, InputFile::memory("text").file_name("käse.txt")).await.unwrap();
    bot.send_voice(chat, InputFile::memory("OggS").file_name("v.ogg")).duration(3).await.unwrap();
    let album =
        [InputMedia::Photo(InputMediaPhoto::new(png).caption("album")), InputMedia::Photo(InputMediaPhoto::new(known))];
    let album = bot.send_media_group(chat, album).await.unwrap();
    assert!(album.len() == 2 && album[0].media_group_id().is_some());
    bot.send_location(chat, 53.5, 9.9).await.unwrap();
    bot.send_contact(chat, "+49", "Bob").await.unwrap();
    bot.send_dice(chat).await.unwrap();
    let poll = bot.send_poll(chat, "Tea?", ["yes", "no"].map(InputPollOption::new)).await.unwrap();
    assert!(bot.stop_poll(chat, poll.id).await.unwrap().is_closed);
    let thumb = vec![ReactionType::Emoji { emoji: "👍".to_owned() }];
    bot.set_message_reaction(chat, sent.id).reaction(thumb).await.unwrap();
    bot.pin_chat_message(chat, sent.id).await.unwrap();
    bot.unpin_chat_message(chat).message_id(sent.id).await.unwrap();
    bot.send_chat_action(chat, ChatAction::Typing).await.unwrap();
    bot.forward_message(chat, chat, sent.id).await.unwrap();
    bot.copy_message(chat, chat, sent.id).await.unwrap();
    bot.delete_messages(chat, [sent.id, photo.id]).await.unwrap();
    bot.set_my_commands([BotCommand::new("matrix", "the bridge")]).await.unwrap();
    assert_eq!(house.telegram.commands().len(), 1);
}

#[tokio::test]
async fn teloxide_looks_around() {
    let house = House::open().await;
    let (t, bot, chat) = (&house.telegram, bot(&house), ChatId(house.group));
    t.set_photo(house.group, Some(Media::photo([1, 1, 1])), house.ada).unwrap();
    t.set_avatar(house.ada, Media::photo([2, 2, 2])).unwrap();
    let full = bot.get_chat(chat).await.unwrap();
    assert_eq!(full.title(), Some("Harbour"));
    let file = bot.get_file(full.photo.unwrap().big_file_id).await.unwrap();
    let mut bytes = vec![];
    bot.download_file(&file.path, &mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
    let admins = bot.get_chat_administrators(chat).await.unwrap();
    assert_eq!(admins.len(), 2);
    assert_eq!(bot.get_chat_member_count(chat).await.unwrap(), 2);
    let ada = UserId(u64::try_from(house.ada).unwrap());
    assert!(bot.get_chat_member(chat, ada).await.unwrap().is_owner());
    assert_eq!(bot.get_user_profile_photos(ada).await.unwrap().total_count, 1);
    let heart = t.custom_emoji("❤", Media::sticker("❤"));
    let stickers = bot.get_custom_emoji_stickers([CustomEmojiId(heart)]).await.unwrap();
    assert_eq!(stickers[0].emoji.as_deref(), Some("❤"));
    let bob = t.person("Bob", None);
    t.join(house.group, bob).unwrap();
    let bob = UserId(u64::try_from(bob).unwrap());
    bot.restrict_chat_member(chat, bob, ChatPermissions::empty()).await.unwrap();
    bot.promote_chat_member(chat, bob).can_pin_messages(true).await.unwrap();
    bot.ban_chat_member(chat, bob).await.unwrap();
    bot.unban_chat_member(chat, bob).await.unwrap();
    bot.set_chat_title(chat, "Haven").await.unwrap();
    bot.set_chat_description(chat).description("ships").await.unwrap();
    assert_eq!(bot.get_webhook_info().await.unwrap().pending_update_count, 2);
    bot.leave_chat(chat).await.unwrap();
}

#[tokio::test]
async fn teloxide_understands_the_refusals() {
    let house = House::open().await;
    let (bot, chat) = (bot(&house), ChatId(house.group));
    house.telegram.inject(Plan::new(Fault::TooManyRequests { retry_after: 5 }, "sendMessage"));
    let limited = bot.send_message(chat, "x").await.unwrap_err();
    assert!(
        matches!(&limited, RequestError::RetryAfter(wait) if wait.duration() == Duration::from_secs(5)),
        "{limited:?}"
    );
    let old = house.telegram.group("Small", house.ada);
    house.telegram.add_bot(old, house.ada).unwrap();
    let new = house.telegram.migrate(old, house.ada).unwrap();
    let moved = bot.send_message(ChatId(old), "x").await.unwrap_err();
    assert!(matches!(&moved, RequestError::MigrateToChatId(to) if to.0 == new), "{moved:?}");
    let nowhere = bot.send_message(ChatId(5), "x").await.unwrap_err();
    assert!(matches!(nowhere, RequestError::Api(teloxide::ApiError::ChatNotFound)), "{nowhere:?}");
}
