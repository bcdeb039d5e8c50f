//! Delivery against a service that answers, fails, cuts and hangs.

use std::{path::Path, sync::Arc, time::Duration};

use registrations::Registration;
use ruma::{OwnedUserId, RoomVersionId, UserId, owned_user_id};
use serde_json::{Map, Value, json};

use super::{
    ephemeral::{self, Receipt, typing},
    fake::{Act, Fake, Got},
    status,
};
use crate::{
    app::App,
    rooms::{
        Draft, Room,
        append::append,
        create::{NewRoom, create},
    },
    store::DeviceNid,
    testing,
};

/// A server with its workers, as long as this lives.
struct House {
    app: App,
    delivery: Option<super::Running>,
    folder: tempfile::TempDir,
}

impl House {
    async fn with(services: &[&Registration]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for service in services {
            save(folder.path(), service);
        }
        let app = testing::app(folder.path()).await;
        let delivery = Some(super::start(&app));
        Self { app, delivery, folder }
    }

    /// Ends the server and starts it again on the same database.
    async fn restart(self) -> Self {
        drop(self.delivery);
        drop(self.app);
        let app = testing::app(self.folder.path()).await;
        let delivery = Some(super::start(&app));
        Self { app, delivery, folder: self.folder }
    }

    /// A room of Alice's in which these are, too.
    async fn room(&self, others: &[&str]) -> Arc<Room> {
        let mut drafts = vec![member("@alice:test", "@alice:test", "join")];
        let open = object(json!({"join_rule": "public"}));
        drafts.push(Draft::state(alice(), "m.room.join_rules", "", open));
        drafts.extend(others.iter().map(|user| member(user, user, "join")));
        let new = NewRoom {
            version: RoomVersionId::V12,
            content: Map::new(),
            creator: alice(),
            alias: None,
            listed: false,
            drafts,
        };
        create(&self.app, new).await.unwrap()
    }

    async fn say(&self, room: &Arc<Room>, body: &str) {
        let message = Draft::message(alice(), "m.room.message", object(json!({"body": body})));
        append(&self.app, room, vec![message]).await.unwrap();
    }

    async fn queued(&self, id: &str) -> i64 {
        status::all(&self.app).await.unwrap().into_iter().find(|status| status.id == id).unwrap().queued
    }

    async fn receipt(&self, room: &Room, receipt: Receipt<'_>) {
        ephemeral::receipt(&self.app, room, receipt).await.unwrap();
    }

    /// Waits until the service has failed and is left alone for a while.
    async fn failing(&self, id: &str) {
        while status::all(&self.app).await.unwrap().iter().all(|status| status.id != id || status.failures == 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    async fn settled(&self, id: &str) {
        for _ in 0..500 {
            if self.queued(id).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} still has something queued");
    }
}

fn save(folder: &Path, service: &Registration) {
    let folder = folder.join("registrations");
    std::fs::create_dir_all(&folder).unwrap();
    service.save(&folder.join(format!("{}.yaml", service.id))).unwrap();
}

fn alice() -> OwnedUserId {
    owned_user_id!("@alice:test")
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn member(sender: &str, user: &str, membership: &str) -> Draft {
    let sender = UserId::parse(sender).unwrap();
    Draft::state(sender, "m.room.member", user, object(json!({"membership": membership})))
}

/// The bodies of the messages in what came, repeated transactions counted once; each the same every time.
fn heard(got: &[Got]) -> Vec<String> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut heard = Vec::new();
    for request in got {
        match seen.iter().find(|(path, _)| *path == request.path) {
            Some((_, body)) => assert_eq!(*body, request.body, "a retry is the same bytes"),
            None => {
                seen.push((&request.path, &request.body));
                heard.extend(request.bodies().into_iter().filter(|body| !body.is_empty()));
            }
        }
    }
    heard
}

#[tokio::test]
async fn events_arrive_in_order_and_as_specified() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    for n in 0..20 {
        house.say(&room, &n.to_string()).await;
    }
    let got = fake.until(|got| heard(got).len() == 20).await;
    assert_eq!(heard(&got), (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(fake.busiest(), 1);
    let first = &got[0];
    let token = fake.registration.hs_token.reveal();
    assert_eq!((first.method.as_str(), first.secret.as_str()), ("PUT", format!("Bearer {token}").as_str()));
    assert_eq!(first.query, format!("access_token={token}"));
    assert!(first.path.starts_with("/_matrix/app/v1/transactions/"), "{}", first.path);
    let last = got.last().unwrap().json();
    let event = last["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(event["room_id"], room.id.as_str());
    assert_eq!(event["sender"], "@alice:test");
    assert!(event["event_id"].as_str().unwrap().starts_with('$'), "{event}");
    assert!(event["unsigned"]["age"].is_u64() && event["origin_server_ts"].is_u64(), "{event}");
    assert!(event.get("prev_events").is_none() && event.get("state_key").is_none(), "{event}");
    assert!(last.get("ephemeral").is_none());
    house.settled("irc").await;
}

#[tokio::test]
async fn a_state_event_tells_what_it_replaced() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    append(&house.app, &room, vec![member("@alice:test", "@irc_bob:test", "leave")]).await.unwrap();
    let got = fake.until(|got| got.iter().any(|got| got.body.contains(r#""leave""#))).await;
    let events = got.last().unwrap().json();
    let kick = events["events"].as_array().unwrap().last().unwrap();
    assert_eq!(kick["unsigned"]["prev_content"], json!({"membership": "join"}));
    assert_eq!(kick["unsigned"]["prev_sender"], "@irc_bob:test");
}

#[tokio::test]
async fn only_success_counts_and_a_retry_is_the_same() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    fake.after(1).await;
    house.settled("irc").await;
    fake.script([Act::Answer(500, "{}"), Act::Answer(302, "{}"), Act::Cut, Act::Answer(403, "{}")]);
    house.say(&room, "one").await;
    for count in 2..=5 {
        fake.after(count).await;
        house.say(&room, &format!("during {count}")).await;
        house.failing("irc").await;
        house.app.delivery.heard_from("irc");
    }
    let got = fake.until(|got| heard(got).len() == 5).await;
    let tries: Vec<_> = got.iter().filter(|request| request.bodies() == ["one"]).collect();
    assert_eq!(tries.len(), 5, "four failures and a success");
    assert_eq!(heard(&got[1..]), ["one", "during 2", "during 3", "during 4", "during 5"]);
    assert_eq!(got.len(), 7, "what waited goes together: {got:#?}");
    assert_eq!(fake.busiest(), 1);
}

#[tokio::test]
async fn a_transaction_holds_a_hundred_events_at_most() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    fake.after(1).await;
    house.settled("irc").await;
    fake.script([Act::Slow(Duration::from_millis(500))]);
    house.say(&room, "first").await;
    fake.after(2).await;
    let many = (0..250).map(|n| Draft::message(alice(), "m.room.message", object(json!({"body": n.to_string()}))));
    append(&house.app, &room, many.collect()).await.unwrap();
    let got = fake.until(|got| heard(got).len() == 251).await;
    let sizes: Vec<usize> = got[2..].iter().map(|request| request.bodies().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(heard(&got[2..]), (0..250).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_restart_keeps_everything_and_repeats_only_the_same() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    fake.after(1).await;
    house.settled("irc").await;
    fake.script([Act::Slow(Duration::from_secs(30))]);
    house.say(&room, "under way").await;
    fake.after(2).await;
    house.say(&room, "waiting").await;
    drop(room);
    let house = house.restart().await;
    let got = fake.until(|got| heard(got).len() == 2).await;
    assert_eq!(heard(&got), ["under way", "waiting"]);
    assert_eq!((&got[1].path, &got[1].body), (&got[2].path, &got[2].body));
    house.settled("irc").await;
    let room = house.app.rooms.in_use();
    assert!(room.is_empty(), "nothing of the room is in memory");
    let id = got[1].json()["events"][0]["room_id"].as_str().unwrap().to_owned();
    let room = house.app.rooms.by_id(&house.app.store, &ruma::RoomId::parse(id).unwrap()).await.unwrap().unwrap();
    house.say(&room, "afterwards").await;
    let got = fake.until(|got| heard(got).len() == 3).await;
    let ids: std::collections::BTreeSet<_> = got.iter().map(|request| &request.path).collect();
    assert_eq!(ids.len(), got.len() - 1, "no id is used twice but for the retry");
}

#[tokio::test]
async fn a_service_hears_of_its_rooms_only() {
    let (irc, xmpp) = (Fake::start("irc").await, Fake::start("xmpp").await);
    let house = House::with(&[&irc.registration, &xmpp.registration]).await;
    let (one, two) = (house.room(&["@irc_bob:test"]).await, house.room(&["@xmpp_eve:test"]).await);
    let both = house.room(&["@irc_bob:test", "@xmpp_eve:test"]).await;
    house.say(&one, "one").await;
    house.say(&two, "two").await;
    house.say(&both, "both").await;
    append(&house.app, &one, vec![member("@irc_bob:test", "@irc_bob:test", "leave")]).await.unwrap();
    house.say(&one, "alone").await;
    house.say(&both, "end").await;
    assert_eq!(heard(&irc.until(|got| heard(got).len() == 3).await), ["one", "both", "end"]);
    assert_eq!(heard(&xmpp.until(|got| heard(got).len() == 3).await), ["two", "both", "end"]);
    append(&house.app, &one, vec![member("@alice:test", "@irc_bob:test", "invite")]).await.unwrap();
    irc.until(|got| got.iter().any(|got| got.body.contains(r#""invite""#))).await;
}

#[tokio::test]
async fn a_room_is_heard_of_by_its_alias_too() {
    let irc = Fake::start("irc").await;
    let house = House::with(&[&irc.registration]).await;
    let room = house.room(&[]).await;
    house.say(&room, "before").await;
    let alias = crate::store::entity::alias::Model {
        alias: "#irc_rust:test".to_owned(),
        room: room.nid,
        creator: house.app.store.atom("@alice:test").await.unwrap(),
    };
    house.app.store.add_alias(alias).await.unwrap();
    super::outbox::aliases_changed(&room);
    house.say(&room, "after").await;
    assert_eq!(heard(&irc.after(1).await), ["after"]);
}

#[tokio::test]
async fn a_registration_is_picked_up_changed_and_dropped_while_running() {
    let (fake, moved) = (Fake::start("irc").await, Fake::start("irc").await);
    let house = House::with(&[]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    house.say(&room, "before").await;
    save(house.folder.path(), &fake.registration);
    house.app.services.look();
    house.say(&room, "one").await;
    assert_eq!(heard(&fake.after(1).await), ["one"]);

    fake.script((0..9).map(|_| Act::Answer(500, "")));
    house.say(&room, "two").await;
    fake.after(2).await;
    let elsewhere = Registration { url: moved.registration.url.clone(), ..fake.registration.clone() };
    save(house.folder.path(), &elsewhere);
    house.app.services.look();
    assert_eq!(heard(&moved.after(1).await), ["two"], "a changed address is tried at once");

    save(house.folder.path(), &Registration { url: None, ..elsewhere.clone() });
    house.app.services.look();
    house.say(&room, "nobody hears").await;
    save(house.folder.path(), &elsewhere);
    house.app.services.look();
    house.say(&room, "three").await;
    assert_eq!(heard(&moved.after(2).await), ["two", "three"]);
}

#[tokio::test]
async fn an_older_service_is_reached_by_the_older_path() {
    let fake = Fake::start("irc").await;
    fake.at("/_matrix/app/v1/", Act::Answer(404, "Cannot PUT"));
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    house.settled("irc").await;
    house.say(&room, "hello").await;
    let got = fake.after(3).await;
    let paths: Vec<_> = got.iter().map(|got| got.path.rsplit_once('/').unwrap().0).collect();
    assert_eq!(paths, ["/_matrix/app/v1/transactions", "/transactions", "/transactions"]);
}

#[tokio::test]
async fn the_state_of_a_queue_is_told() {
    let fake = Fake::start("irc").await;
    fake.script((0..9).map(|_| Act::Answer(503, "busy")));
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    house.say(&room, "hello").await;
    fake.after(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let status = status::all(&house.app).await.unwrap().remove(0);
    assert_eq!((status.id.as_str(), status.failures), ("irc", 1));
    assert!(status.queued >= 2 && status.oldest_queued_ts.is_some() && status.next_try_ts.is_some(), "{status:?}");
    assert_eq!(status.last_error.as_deref(), Some("it answered with status 503"));
    assert_eq!(status.last_success_ts, None);
}

fn edus(got: &[Got]) -> Vec<Value> {
    got.iter().flat_map(|got| got.json()["ephemeral"].as_array().cloned().unwrap_or_default()).collect()
}

#[tokio::test]
async fn typing_and_receipts_reach_who_wants_them() {
    let (irc, mut deaf) = (Fake::start("irc").await, Fake::start("deaf").await);
    deaf.registration.receive_ephemeral = false;
    let house = House::with(&[&irc.registration, &deaf.registration]).await;
    let room = house.room(&["@irc_bob:test", "@deaf_eve:test"]).await;
    let elsewhere = house.room(&[]).await;
    let event = ruma::event_id!("$event");
    let receipt = |kind, user| Receipt { kind, user, event, thread: Some("main"), ts: 7 };
    typing(&house.app, &elsewhere, &[alice()]).await.unwrap();
    typing(&house.app, &room, &[alice()]).await.unwrap();
    house.receipt(&room, receipt("m.read", ruma::user_id!("@alice:test"))).await;
    house.receipt(&room, receipt("m.read.private", ruma::user_id!("@alice:test"))).await;
    house.receipt(&room, receipt("m.read.private", ruma::user_id!("@irc_bob:test"))).await;
    let got = irc.until(|got| edus(got).len() >= 3).await;
    let read = |kind: &str, user: &str| {
        let content = json!({"$event": {kind: {user: {"ts": 7, "thread_id": "main"}}}});
        json!({"type": "m.receipt", "room_id": room.id, "content": content})
    };
    let typed = json!({"type": "m.typing", "room_id": room.id, "content": {"user_ids": ["@alice:test"]}});
    let expected = [typed, read("m.read", "@alice:test"), read("m.read.private", "@irc_bob:test")];
    assert_eq!(edus(&got), expected);
    assert!(got.iter().all(|got| got.json()["ephemeral"] == got.json()["de.sorunome.msc2409.ephemeral"]));
    house.settled("deaf").await;
    assert_eq!(edus(&deaf.got()), [] as [Value; 0]);
}

#[tokio::test]
async fn of_a_service_that_was_away_only_receipts_are_kept_and_only_the_last() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    fake.after(1).await;
    house.settled("irc").await;
    fake.script([Act::Answer(500, "{}")]);
    house.say(&room, "fails").await;
    house.failing("irc").await;
    typing(&house.app, &room, &[alice()]).await.unwrap();
    for event in [ruma::event_id!("$one"), ruma::event_id!("$two")] {
        let user = ruma::user_id!("@alice:test");
        house.receipt(&room, Receipt { kind: "m.read", user, event, thread: None, ts: 7 }).await;
    }
    house.app.delivery.heard_from("irc");
    let got = fake.until(|got| !edus(got).is_empty()).await;
    let edus = edus(&got);
    assert_eq!(edus.len(), 1, "{edus:?}");
    assert_eq!(edus[0]["content"], json!({"$two": {"m.read": {"@alice:test": {"ts": 7}}}}));
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_behind() {
    let fake = Fake::start("irc").await;
    let house = House::with(&[&fake.registration]).await;
    let room = house.room(&["@irc_bob:test"]).await;
    house.settled("irc").await;
    let message = |txn: &str| Draft {
        txn: Some((DeviceNid(7), txn.to_owned())),
        ..Draft::message(alice(), "m.room.message", object(json!({"body": txn})))
    };
    for txn in ["one", "one", "two", "two", "one", "three"] {
        append(&house.app, &room, vec![message(txn)]).await.unwrap();
        house.settled("irc").await;
    }
    let got = fake.until(|got| heard(got).len() == 3).await;
    assert_eq!(heard(&got), ["one", "two", "three"]);
    assert_eq!(got.len(), 4, "{got:#?}");
}

#[tokio::test]
async fn nothing_is_lost_doubled_or_overtaken_under_load_with_faults() {
    let fake = Fake::start("irc").await;
    let house = Arc::new(House::with(&[&fake.registration]).await);
    fake.script((0..60).map(|n| match n % 6 {
        0 => Act::Answer(500, "{}"),
        3 => Act::Cut,
        5 => Act::Slow(Duration::from_millis(20)),
        _ => Act::Answer(200, "{}"),
    }));
    let mut talking = tokio::task::JoinSet::new();
    for room in 0..4 {
        let house = Arc::clone(&house);
        talking.spawn(async move {
            let inside = house.room(&["@irc_bob:test"]).await;
            for n in 0..100 {
                house.say(&inside, &format!("{room} {n}")).await;
                house.app.delivery.heard_from("irc");
                if n % 7 == room {
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            }
        });
    }
    talking.join_all().await;
    while heard(&fake.got()).len() < 400 {
        house.app.delivery.heard_from("irc");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.settled("irc").await;
    let heard = heard(&fake.got());
    for room in 0..4 {
        let of_room = heard.iter().filter(|body| body.starts_with(&format!("{room} ")));
        assert!(of_room.eq(&(0..100).map(|n| format!("{room} {n}")).collect::<Vec<_>>()), "{room}");
    }
    assert_eq!(heard.len(), 400);
    assert_eq!(fake.busiest(), 1);
}
