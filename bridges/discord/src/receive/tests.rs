//! What Discord says, and what the SDK is told of it.

use serde_json::{Value, json};
use serenity::model::id::{ChannelId, GuildId, RoleId, UserId};

use super::*;

struct Nobody;

impl Names for Nobody {
    fn user(&self, _: UserId) -> Option<String> {
        None
    }
    fn channel(&self, _: ChannelId) -> Option<String> {
        None
    }
    fn role(&self, _: RoleId) -> Option<(String, u32)> {
        None
    }
}

const CHANNEL: ChannelId = ChannelId::new(20);
const THREAD: ChannelId = ChannelId::new(30);

fn place(thread: Option<ChannelId>) -> Place {
    Place { chat: CHANNEL, home: CHANNEL, thread, guild: GuildId::new(10) }
}

/// A message with the usual fields and these.
fn said(channel: ChannelId, fields: Value) -> wire::Message {
    let mut message = json!({
        "id": "175928847299117063", "channel_id": channel.to_string(), "type": 0, "content": "",
        "author": {"id": "5", "username": "ann"}, "timestamp": "2016-04-30T11:18:25.796000+00:00",
    });
    for (key, value) in fields.as_object().unwrap() {
        message[key] = value.clone();
    }
    serde_json::from_value(message).unwrap()
}

fn hear(said: &wire::Message, place: Place) -> Option<Incoming> {
    let cdn = Cdn::new("https://cdn");
    message(said, &View { place, cdn: &cdn, names: &Nobody }, UserInfo::named("Ann"), None)
}

/// Each part in a few words.
fn told(fields: Value) -> Vec<String> {
    let Some(incoming) = hear(&said(CHANNEL, fields), place(None)) else { return Vec::new() };
    let What::Message { parts, .. } = incoming.what else { panic!() };
    parts.iter().map(in_words).collect()
}

fn in_words(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("says {}", text.plain()),
        Part::Emote(text) => format!("does {}", text.plain()),
        Part::Notice(text) => format!("notes {}", text.plain()),
        Part::Media { kind, file, .. } => {
            let hidden = if file.spoiler { " hidden" } else { "" };
            format!("{kind:?} {}{hidden}", file.name.as_deref().unwrap_or_default())
        }
        Part::Poll(poll) => format!("poll {}", poll.question),
        Part::Location { .. } => "a place".to_owned(),
    }
}

#[test]
fn a_message_is_told_in_its_parts() {
    let file =
        |name: &str, mime: &str| json!({"id": "1", "filename": name, "url": "https://cdn/x", "content_type": mime});
    let bot = json!({"id": "6", "username": "bot", "bot": true});
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (json!({"content": "hi"}), vec!["says hi"]),
        (json!({"content": "hi", "author": bot}), vec!["notes hi"]),
        (json!({"content": "hi", "webhook_id": "9"}), vec!["notes hi"]),
        (
            json!({"content": "two", "attachments": [file("a.png", "image/png"), file("SPOILER_b.ogg", "audio/ogg; codecs=opus")]}),
            vec!["says two", "Image a.png", "Audio b.ogg hidden"],
        ),
        (json!({"attachments": [file("c.zip", "application/zip")]}), vec!["File c.zip"]),
        (json!({"sticker_items": [{"id": "3", "name": "wave", "format_type": 1}]}), vec!["Sticker wave"]),
        (
            json!({"sticker_items": [{"id": "3", "name": "wave", "format_type": 3}]}),
            vec!["notes (moving sticker: wave)"],
        ),
        (json!({"content": "x", "embeds": [{"type": "link", "title": "a page"}]}), vec!["says x"]),
        (
            json!({"author": bot, "embeds": [{"type": "rich", "title": "Build", "description": "failed", "footer": {"text": "ci"},
                "fields": [{"name": "branch", "value": "main", "inline": true}], "image": {"url": "https://x/y.png"}}]}),
            vec!["notes > Build\n> \n> failed\n> \n> branch\n> \n> main\n> \n> ci", "Image y.png"],
        ),
        (
            json!({"poll": {"question": {"text": "Tea?"}, "answers": [{"poll_media": {"text": "yes"}}, {"poll_media": {"text": "no"}}]}}),
            vec!["poll Tea?"],
        ),
        (
            json!({"message_reference": {"type": 1, "message_id": "4"}, "message_snapshots": [{"message": {"content": "old news"}}]}),
            vec!["says Forwarded\n> old news"],
        ),
        (json!({}), vec!["notes (something that can only be seen on Discord)"]),
        (json!({"type": 20, "flags": 128, "author": bot}), vec![]),
        (json!({"type": 6}), vec!["does pinned a message"]),
        (json!({"type": 7}), vec!["does joined the server"]),
        (json!({"type": 21}), vec![]),
        (json!({"type": 4, "content": "new name"}), vec![]),
        (json!({"type": 199, "content": "of the future"}), vec!["says of the future"]),
        (json!({"type": 199}), vec![]),
        (json!({"author": null, "content": "nobody"}), vec![]),
    ];
    for (fields, wanted) in cases {
        assert_eq!(told(fields.clone()), wanted, "{fields}");
    }
}

#[test]
fn a_message_keeps_its_time_its_chat_and_its_thread() {
    let incoming = hear(&said(THREAD, json!({"content": "hi"})), place(Some(THREAD))).unwrap();
    assert_eq!((incoming.chat.as_str(), incoming.at), ("20", Timestamp(1_462_015_105_796)));
    let What::Message { id, thread, .. } = incoming.what else { panic!() };
    assert_eq!((id.as_str(), thread.unwrap().as_str()), ("175928847299117063", "30"));
    // Without a time, its id has it.
    let undated = hear(&said(CHANNEL, json!({"content": "hi", "timestamp": null})), place(None)).unwrap();
    assert_eq!(undated.at, Timestamp(1_462_015_105_796));
}

#[test]
fn the_line_that_opens_a_thread_is_the_threads_root() {
    let line = said(CHANNEL, json!({"type": 18, "content": "plans", "message_reference": {"channel_id": "30"}}));
    let What::Message { id, thread, parts, .. } = hear(&line, place(None)).unwrap().what else { panic!() };
    assert_eq!((id.as_str(), thread), ("30", None));
    assert_eq!(in_words(&parts[0]), "notes Thread: plans");
}

#[test]
fn only_a_reply_in_the_same_place_names_what_it_answers() {
    let cases = [
        (json!({"type": 19, "message_reference": {"message_id": "4", "channel_id": "20"}}), Some("4")),
        (json!({"type": 19, "message_reference": {"message_id": "4"}}), Some("4")),
        (json!({"type": 0, "message_reference": {"message_id": "4", "channel_id": "21"}}), None),
        (json!({"type": 0, "message_reference": {"type": 1, "message_id": "4", "channel_id": "20"}}), None),
        (json!({"type": 6, "message_reference": {"message_id": "4", "channel_id": "20"}}), None),
    ];
    for (fields, wanted) in cases {
        let What::Message { reply_to, .. } = hear(&said(CHANNEL, fields.clone()), place(None)).unwrap().what else {
            panic!()
        };
        assert_eq!(reply_to.as_ref().map(MessageId::as_str), wanted, "{fields}");
    }
}

#[test]
fn an_update_is_an_edit_only_when_somebody_edited() {
    let cdn = Cdn::new("https://cdn");
    let view = View { place: place(None), cdn: &cdn, names: &Nobody };
    let edited = "2016-04-30T11:20:00.000000+00:00";
    let update = |fields| edit(&said(CHANNEL, fields), &view, Some(UserInfo::named("Ann")));
    let told = update(json!({"content": "now", "edited_timestamp": edited})).unwrap();
    assert_eq!(told.at, Timestamp(1_462_015_200_000));
    assert!(matches!(told.what, What::Edit { .. }));
    assert!(update(json!({"content": "same", "embeds": [{"title": "page"}]})).is_none());
    assert!(update(json!({"content": null, "edited_timestamp": edited})).is_none());
}

#[test]
fn a_late_answer_to_a_command_is_a_message() {
    let cases = [
        (json!({"type": 20, "flags": 128}), false),
        (json!({"type": 20, "flags": 0, "content": "done"}), true),
        (json!({"type": 20, "content": "again", "edited_timestamp": "2016-04-30T11:20:00.000000+00:00"}), false),
        (json!({"type": 0, "content": "with a preview now"}), false),
    ];
    for (fields, wanted) in cases {
        assert_eq!(answers_late(&said(CHANNEL, fields.clone())), wanted, "{fields}");
    }
}

#[test]
fn a_file_is_the_same_file_however_its_address_is_signed() {
    let parts = |url: &str| {
        let file = json!([{"id": "1", "filename": "a.png", "url": url, "content_type": "image/png"}]);
        let What::Message { parts, .. } =
            hear(&said(CHANNEL, json!({ "attachments": file })), place(None)).unwrap().what
        else {
            panic!()
        };
        parts
    };
    let (one, other) = (parts("https://cdn/a.png?ex=1"), parts("https://cdn/a.png?ex=2"));
    assert_eq!(one, other);
    let Part::Media { file: MediaRef { source: MediaSource::Remote(locator), .. }, .. } = &one[0] else { panic!() };
    let place = Locator::read(locator).unwrap();
    assert_eq!((place.channel, place.message.get(), place.file.get()), (CHANNEL, 175_928_847_299_117_063, 1));
    assert_eq!(Locator::read("https://cdn/a.png"), None);
    assert_eq!(Locator::read("attachment 1 2"), None);
}
