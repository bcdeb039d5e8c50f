//! What messages and updates of Telegram are told as.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::*;
use crate::wire::{MemberUpdate, ReactionCounts, ReactionUpdate};

const GROUP: i64 = -1_001_000_000_001;

struct Linked(HashSet<String>);

impl Links for Linked {
    fn has(&self, chat: &ChatId) -> bool {
        self.0.contains(chat.as_str())
    }
}

struct Ground {
    people: People,
    albums: Albums,
    links: Linked,
    topics: Topics,
}

impl Ground {
    fn new(links: &[&str], topics: Topics) -> Self {
        let links = Linked(links.iter().map(|link| (*link).to_owned()).collect());
        Self { people: People::default(), albums: Albums::default(), links, topics }
    }

    fn view(&self) -> View<'_> {
        View { me: 99, topics: self.topics, people: &self.people, albums: &self.albums, links: &self.links }
    }
}

fn ground() -> Ground {
    Ground::new(&[], Topics::Rooms)
}

fn said(more: Value) -> Message {
    let mut message = json!({
        "message_id": 7, "date": 100, "chat": {"id": GROUP, "type": "supergroup", "title": "Harbour"},
        "from": {"id": 9, "is_bot": false, "first_name": "Ada"},
    });
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(message).unwrap()
}

fn heard(more: Value) -> Vec<Incoming> {
    message(&said(more), &ground().view())
}

fn parts_of(events: &[Incoming]) -> Vec<Part> {
    match &events[0].what {
        What::Message { parts, .. } => parts.clone(),
        other => panic!("{other:?}"),
    }
}

fn plain(more: Value) -> String {
    parts_of(&heard(more)).iter().filter_map(Part::doc).map(Doc::plain).collect::<Vec<_>>().join("|")
}

#[test]
fn a_text_is_told_with_its_author_and_time() {
    let events = heard(json!({"text": "hi"}));
    assert_eq!(events.len(), 1);
    let wanted = Incoming::new(
        ChatId::new(GROUP.to_string()),
        Author::them("9", UserInfo::named("Ada")),
        Timestamp(100_000),
        What::Message {
            id: MessageId::new("7"),
            parts: vec![Part::Text(Doc::text("hi"))],
            reply_to: None,
            thread: None,
            profile: None,
        },
    );
    assert_eq!(events[0], wanted);
}

#[test]
fn what_has_no_place_in_matrix_is_named() {
    let cases = [
        (json!({"contact": {"phone_number": "+1", "first_name": "Bob", "last_name": "B"}}), "👤 Bob B, +1"),
        (json!({"dice": {"emoji": "🎲", "value": 5}}), "🎲 5"),
        (json!({"game": {"title": "Chess", "description": "old"}}), "🎮 Chess\nold"),
        (json!({"story": {"id": 1}}), "A story, which can only be seen on Telegram"),
        (json!({"paid_media": {}}), "Something to be paid for, which can only be seen on Telegram"),
        (
            json!({"checklist": {"title": "Todo", "tasks": [{"text": "a"}, {"text": "b", "completion_date": 5}]}}),
            "Todo\n- ☐ a\n- ☑ b",
        ),
        (json!({"sticker": {"file_id": "s", "file_unique_id": "u", "is_animated": true, "emoji": "😀"}}), "😀"),
    ];
    for (more, wanted) in cases {
        assert_eq!(plain(more.clone()), wanted, "{more}");
    }
    assert!(heard(json!({"boost_added": {"boost_count": 1}})).is_empty());
}

#[test]
fn files_are_told_as_what_they_are() {
    let file = |more: Value| {
        let mut file = json!({"file_id": "F", "file_unique_id": "U", "file_size": 10});
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        file
    };
    let cases = [
        (
            json!({"photo": [file(json!({"width": 90, "height": 90})), file(json!({"width": 900, "height": 800}))]}),
            MediaKind::Image,
            "image/jpeg",
            "photo.jpg",
        ),
        (
            json!({"video": file(json!({"mime_type": "video/mp4", "file_name": "a.mp4"}))}),
            MediaKind::Video,
            "video/mp4",
            "a.mp4",
        ),
        (
            json!({"animation": file(json!({})), "document": file(json!({"file_name": "x"}))}),
            MediaKind::Video,
            "video/mp4",
            "animation.mp4",
        ),
        (
            json!({"video_note": file(json!({"length": 240, "duration": 3}))}),
            MediaKind::Video,
            "video/mp4",
            "video_message.mp4",
        ),
        (json!({"voice": file(json!({"duration": 3}))}), MediaKind::Voice, "audio/ogg", "voice.ogg"),
        (json!({"audio": file(json!({"performer": "A", "title": "B"}))}), MediaKind::Audio, "audio/mpeg", "A - B.mp3"),
        (
            json!({"document": file(json!({"mime_type": "application/pdf", "file_name": "a.pdf"}))}),
            MediaKind::File,
            "application/pdf",
            "a.pdf",
        ),
        (
            json!({"document": file(json!({"mime_type": "image/png", "file_name": "a.png"}))}),
            MediaKind::Image,
            "image/png",
            "a.png",
        ),
        (json!({"sticker": file(json!({"emoji": "😀"}))}), MediaKind::Sticker, "image/webp", "😀"),
        (json!({"sticker": file(json!({"is_video": true}))}), MediaKind::Video, "video/webm", "sticker.webm"),
    ];
    for (more, kind, mime, name) in cases {
        let parts = parts_of(&heard(more.clone()));
        let [Part::Media { kind: told, file, caption: None }] = &parts[..] else { panic!("{more}: {parts:?}") };
        assert_eq!((*told, file.mime.as_deref(), file.name.as_deref()), (kind, Some(mime), Some(name)), "{more}");
        assert_eq!((file.source.clone(), file.id.as_deref()), (MediaSource::Remote("F".into()), Some("U")));
    }
    let parts = parts_of(&heard(json!({"photo": [file(json!({}))], "caption": "look", "has_media_spoiler": true,
        "caption_entities": [{"type": "bold", "offset": 0, "length": 4}]})));
    let [Part::Media { file, caption: Some(caption), .. }] = &parts[..] else { panic!() };
    assert!(file.spoiler);
    assert_eq!(*caption, Doc::paragraph(vec![Inline::bold([Inline::text("look")])]));
}

#[test]
fn the_still_picture_stands_for_an_animated_sticker() {
    let parts = parts_of(&heard(json!({"sticker": {"file_id": "tgs", "file_unique_id": "t", "is_animated": true,
        "emoji": "😀", "thumbnail": {"file_id": "still", "file_unique_id": "s", "width": 128, "height": 128}}})));
    let [Part::Media { kind: MediaKind::Sticker, file, .. }] = &parts[..] else { panic!() };
    assert_eq!(file.source, MediaSource::Remote("still".into()));
}

#[test]
fn places_are_places_and_polls_are_polls() {
    let parts = parts_of(&heard(
        json!({"venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "Pier", "address": "Sea 1"},
        "location": {"latitude": 1.5, "longitude": 2.5}}),
    ));
    assert_eq!(parts, [Part::Location { latitude: 1.5, longitude: 2.5, label: Some("Pier, Sea 1".into()) }]);
    let parts = parts_of(&heard(json!({"poll": {"id": "p", "question": "Where?", "allows_multiple_answers": true,
        "options": [{"text": "Here", "voter_count": 0}, {"text": "There", "voter_count": 0}]}})));
    let [Part::Poll(poll)] = &parts[..] else { panic!() };
    assert_eq!((poll.question.as_str(), poll.max_choices), ("Where?", 2));
    assert_eq!(
        poll.answers.iter().map(|a| (a.id.as_str(), a.text.as_str())).collect::<Vec<_>>(),
        [("0", "Here"), ("1", "There")]
    );
}

#[test]
fn forwards_quotes_and_buttons_stand_around_the_text() {
    let cases = [
        (
            json!({"text": "x", "forward_origin": {"type": "user", "sender_user": {"id": 5, "first_name": "Bob"}}}),
            "Forwarded from Bob\n\nx",
        ),
        (
            json!({"text": "x", "forward_origin": {"type": "hidden_user", "sender_user_name": "Eve"}}),
            "Forwarded from Eve\n\nx",
        ),
        (
            json!({"text": "x", "forward_origin": {"type": "channel", "message_id": 4, "chat": {"id": -1001, "title": "News", "username": "news"}}}),
            "Forwarded from News (https://t.me/news/4)\n\nx",
        ),
        (
            json!({"text": "x", "is_automatic_forward": true, "forward_origin": {"type": "channel", "chat": {"id": -1001, "title": "News"}}}),
            "x",
        ),
        (json!({"text": "x", "quote": {"text": "said", "is_manual": true}}), "> said\nx"),
        (json!({"text": "x", "quote": {"text": "whole"}}), "x"),
        (
            json!({"text": "x", "quote": {"text": "said"}, "external_reply": {"origin": {"type": "hidden_user", "sender_user_name": "Eve"}}}),
            "> Eve:\n> \n> said\nx",
        ),
        (
            json!({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "Go", "url": "https://a.example"}, {"text": "Stay"}], [{"text": "Off"}]]}}),
            "x\n\n[Go] (https://a.example) · [Stay]\n[Off]",
        ),
    ];
    for (more, wanted) in cases {
        assert_eq!(plain(more.clone()), wanted, "{more}");
    }
}

#[test]
fn replies_find_their_message_even_in_an_album() {
    let reply = |more: Value, ground: &Ground| match message(&said(more), &ground.view()).remove(0).what {
        What::Message { reply_to, .. } => reply_to.map(|id| id.to_string()),
        _ => None,
    };
    let ground = ground();
    ground.albums.keep(Album { chat: GROUP, ids: vec![3, 4], parts: vec![] }, &mut Batch::new());
    let to = |id: i32| json!({"text": "x", "reply_to_message": {"message_id": id, "chat": {"id": GROUP}}});
    assert_eq!(reply(to(4), &ground).as_deref(), Some("3"));
    assert_eq!(reply(to(5), &ground).as_deref(), Some("5"));
    let topic = json!({"text": "x", "message_thread_id": 2, "is_topic_message": true, "reply_to_message": {"message_id": 2, "chat": {"id": GROUP}}});
    assert_eq!(reply(topic, &ground), None, "every message in a topic answers its first line");
}

#[test]
fn a_topic_is_a_room_or_a_thread() {
    let group = GROUP.to_string();
    let topic = format!("{GROUP}/2");
    let cases: [(&[&str], Topics, &str, Option<&str>); 5] = [
        (&[], Topics::Rooms, &topic, None),
        (&[&group, &topic], Topics::Rooms, &topic, None),
        (&[&group], Topics::Rooms, &group, Some("2")),
        (&[&group], Topics::Threads, &group, Some("2")),
        (&[], Topics::Threads, &group, Some("2")),
    ];
    for (links, topics, chat, thread) in cases {
        let ground = Ground::new(links, topics);
        let event =
            message(&said(json!({"text": "x", "message_thread_id": 2, "is_topic_message": true})), &ground.view())
                .remove(0);
        let What::Message { thread: told, .. } = event.what else { panic!() };
        assert_eq!((event.chat.as_str(), told.as_ref().map(MessageId::as_str)), (chat, thread), "{links:?} {topics:?}");
    }
    let events = heard(json!({"text": "x", "message_thread_id": 2}));
    assert_eq!(events[0].chat.as_str(), group, "a row of replies is no topic");
}

#[test]
fn chats_that_speak_have_ghosts_of_their_own() {
    let events = heard(json!({"text": "x", "from": {"id": 1_087_968_824, "first_name": "Group"},
        "sender_chat": {"id": GROUP, "title": "Harbour"}, "author_signature": "Captain"}));
    assert_eq!(events[0].from, Author::them(GROUP.to_string(), UserInfo::named("Harbour")));
    let What::Message { profile, .. } = &events[0].what else { panic!() };
    assert_eq!(profile.as_ref().map(|look| look.name.as_str()), Some("Harbour (Captain)"));
    let mine = heard(json!({"text": "x", "from": {"id": 99, "first_name": "Bot"}}));
    assert_eq!(mine[0].from, Author::Me);
}

#[test]
fn what_happens_to_the_chat_is_told() {
    let what = |more: Value| heard(more).into_iter().map(|event| event.what).collect::<Vec<_>>();
    let name = |name: &str| What::Chat(ChatDelta { name: Some(name.into()), ..ChatDelta::default() });
    assert_eq!(what(json!({"new_chat_title": "Port"})), [name("Port")]);
    assert_eq!(
        what(json!({"new_chat_members": [{"id": 5, "first_name": "B"}, {"id": 99, "first_name": "Bot"}]})),
        [What::Member { joined: true }]
    );
    assert_eq!(what(json!({"left_chat_member": {"id": 5, "first_name": "B"}})), [What::Member { joined: false }]);
    assert_eq!(what(json!({"pinned_message": {"message_id": 3}})), [What::Pin { id: MessageId::new("3"), on: true }]);
    assert_eq!(
        what(json!({"message_thread_id": 2, "is_topic_message": true, "forum_topic_edited": {"name": "Boats"}})),
        [name("Boats")]
    );
    let photo = what(json!({"new_chat_photo": [{"file_id": "f", "file_unique_id": "u", "width": 5, "height": 5}]}));
    assert!(matches!(&photo[..], [What::Chat(ChatDelta { avatar: Some(_), .. })]));
    assert!(what(json!({"migrate_from_chat_id": -5})).is_empty());
    assert_eq!(plain(json!({"video_chat_started": {}})), "A video chat began on Telegram.");
}

#[test]
fn an_album_is_one_message_with_its_parts() {
    let photo = |id: i32, caption: Option<&str>| {
        said(json!({"message_id": id, "media_group_id": "g", "caption": caption,
            "photo": [{"file_id": format!("f{id}"), "file_unique_id": format!("u{id}")}]}))
    };
    let ground = ground();
    let (event, album) =
        super::album(&[photo(7, Some("three")), photo(8, None), photo(9, None)], &ground.view()).unwrap();
    let What::Message { id, parts, .. } = &event.what else { panic!() };
    assert_eq!((id.as_str(), parts.len(), album.ids.clone()), ("7", 3, vec![7, 8, 9]));
    ground.albums.keep(album, &mut Batch::new());
    let (event, _) = edit(&photo(8, Some("the second")), 50, &ground.view()).unwrap();
    let What::Edit { id, parts } = &event.what else { panic!() };
    assert_eq!((id.as_str(), parts.len()), ("7", 3));
    assert_eq!(parts[1].doc().map(Doc::plain).as_deref(), Some("the second"));
    assert_eq!(parts[0].doc().map(Doc::plain).as_deref(), Some("three"));
}

#[test]
fn a_moving_place_is_not_told_at_every_step() {
    let moving = said(json!({"location": {"latitude": 1.0, "longitude": 2.0, "live_period": 60}, "edit_date": 101}));
    assert!(edit(&moving, 1, &ground().view()).is_none());
    let still = said(json!({"text": "x", "edit_date": 101}));
    assert_eq!(edit(&still, 1, &ground().view()).unwrap().0.at, Timestamp(101_000));
}

#[test]
fn reactions_are_told_as_differences() {
    let emoji = |key: &str| json!({"type": "emoji", "emoji": key});
    let told: ReactionUpdate = serde_json::from_value(json!({"chat": {"id": GROUP}, "message_id": 7, "date": 100,
        "user": {"id": 9, "first_name": "Ada"}, "old_reaction": [emoji("👍"), emoji("🔥")],
        "new_reaction": [emoji("🔥"), {"type": "custom_emoji", "custom_emoji_id": "5"}, {"type": "new kind"}]}))
    .unwrap();
    let chat = ChatId::new(GROUP.to_string());
    let events = reacted(&told, &chat, 3, &ground().view());
    let told = |event: &Incoming| match &event.what {
        What::React { emoji, on, .. } => (emoji.key.clone(), *on),
        other => panic!("{other:?}"),
    };
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), [("👍".to_owned(), false), ("5".to_owned(), true)]);
    assert_eq!(events.iter().map(|event| event.key.clone().unwrap()).collect::<Vec<_>>(), ["u:3:0", "u:3:1"]);
    let counts: ReactionCounts =
        serde_json::from_value(json!({"chat": {"id": GROUP, "title": "News"}, "message_id": 7, "date": 1,
        "reactions": [{"type": "emoji", "total_count": 4}]}))
        .unwrap();
    assert!(counts.reactions.is_empty(), "a reaction in the wrong form is left out");
    let counts: ReactionCounts =
        serde_json::from_value(json!({"chat": {"id": GROUP, "title": "News"}, "message_id": 7, "date": 1,
        "reactions": [{"type": {"type": "emoji", "emoji": "🔥"}, "total_count": 4}]}))
        .unwrap();
    let (events, after) = counted(&counts, &chat, &[Emoji::unicode("👍")], 4, &ground().view());
    assert_eq!(events.iter().map(told).collect::<Vec<_>>(), [("👍".to_owned(), false), ("🔥".to_owned(), true)]);
    assert_eq!(after, [Emoji::unicode("🔥")]);
}

#[test]
fn who_comes_goes_and_administers_is_told() {
    let update = |old: Value, new: Value| {
        let member = |mut value: Value| {
            value["user"] = json!({"id": 9, "first_name": "Ada"});
            value
        };
        let told: MemberUpdate = serde_json::from_value(json!({"chat": {"id": GROUP}, "date": 1,
            "old_chat_member": member(old), "new_chat_member": member(new)}))
        .unwrap();
        membership(&told, 1, &ground().view()).into_iter().map(|event| event.what).collect::<Vec<_>>()
    };
    let status = |status: &str| json!({ "status": status });
    let admin = json!({"status": "administrator", "can_restrict_members": true});
    assert_eq!(update(status("left"), status("member")), [What::Member { joined: true }]);
    assert_eq!(update(status("member"), status("kicked")), [What::Member { joined: false }]);
    assert_eq!(update(status("member"), admin.clone()), [What::Power { level: 50 }]);
    assert_eq!(update(admin, status("member")), [What::Power { level: 0 }]);
    assert_eq!(update(status("left"), status("creator")), [What::Member { joined: true }, What::Power { level: 100 }]);
    assert!(update(json!({"status": "restricted", "is_member": true}), status("member")).is_empty());
}
