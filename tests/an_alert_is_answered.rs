//! A hook is made in its room; its alert mentions who is on call; a reaction ends it; what people say reaches a program
//! whose answer is posted. The bridge is killed on the way.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};

use crate::town::{Person, SOON, Town, segment};

#[tokio::test]
async fn an_alert_is_answered() {
    let town = Town::build().await;
    let (alice, bob) = (town.person("alice").await, town.person("bob").await);
    let asked = json!({ "name": "Alerts", "preset": "public_chat" });
    let room = alice.post("createRoom", asked).await["room_id"].as_str().unwrap().to_owned();
    bob.post(&format!("join/{}", segment(&room)), json!({})).await;
    let bot = "@webhooksbot:localhost";
    alice.post(&format!("rooms/{}/invite", segment(&room)), json!({ "user_id": bot })).await;
    alice.until_joined(&room, bot).await;

    // The room is told that there is a hook, and she alone its address.
    alice.say(&room, "!webhooks new CI").await;
    let told =
        alice.until(&room, |said| said.iter().find(|said| said.text.contains("Made the hook CI")).cloned()).await;
    assert!(!told.text.contains("/hooks/"), "{}", told.text);
    let alone = invitation(&alice, &room).await;
    alice.post(&format!("join/{}", segment(&alone)), json!({})).await;
    let line = alice.until(&alone, |said| said.iter().find(|said| said.text.contains("curl")).cloned()).await;
    let url = line.text.split_whitespace().find(|word| word.contains("/hooks/")).unwrap().to_owned();

    // What is urgent mentions who is on call, also when the bridge dies in between.
    alice.say(&room, "!webhooks oncall me").await;
    alice.until(&room, |said| said.iter().any(|said| said.text.contains("You are called")).then_some(())).await;
    let client = reqwest::Client::new();
    let native = url.replace("/hooks/", "/hook/");
    let fire = json!({ "text": "fire", "priority": 5, "key": "fire", "dedupe_key": "1" });
    let ids = |answer: Value| answer["ids"][0].as_str().unwrap().to_owned();
    let first = ids(client.post(&native).json(&fire).send().await.unwrap().json().await.unwrap());
    town.server.kill_bridge("webhooks").await;
    let again = loop {
        let answer = client.post(&native).json(&fire).send().await.unwrap();
        if answer.status().is_success() {
            break ids(answer.json().await.unwrap());
        }
    };
    assert_eq!(first, again, "the same message, before and after");
    let said = alice.until(&room, |said| said.iter().find(|said| said.text == "fire").cloned()).await;
    let event = alice.get(&format!("rooms/{}/event/{}", segment(&room), segment(&said.event))).await;
    assert_eq!(event["content"]["org.causeway.priority"], 5, "{event}");
    assert_eq!(event["content"]["m.mentions"], json!({ "user_ids": ["@alice:localhost"] }), "{event}");

    // A reaction ends it.
    let relation = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": said.event, "key": "👀" } });
    alice.send(&room, "m.reaction", relation).await;
    alice.until(&room, |said| said.iter().any(|said| said.text.contains("Acknowledged")).then_some(())).await;
    let all = alice.messages(&room).await;
    assert_eq!(all.iter().filter(|said| said.text == "fire").count(), 1);

    // A program hears a command, and its answer is posted.
    let (program, mut heard) = program(r#"{"text": "deployed *web*", "username": "deployer"}"#).await;
    alice.say(&room, &format!("!webhooks out {program} /deploy")).await;
    alice.until(&room, |said| said.iter().any(|said| said.text.contains("is told /deploy")).then_some(())).await;
    alice.say(&room, "nothing for programs").await;
    alice.say(&room, "!deploy web").await;
    let request = tokio::time::timeout(SOON, heard.recv()).await.unwrap().unwrap();
    assert!(request.contains("command=%2Fdeploy&text=web&"), "{request}");
    for header in ["webhook-signature: v1,", "x-slack-signature: v0=", "webhook-id: "] {
        assert!(request.contains(header), "{request}");
    }
    alice.until(&room, |said| said.iter().any(|said| said.text == "deployed web").then_some(())).await;
}

/// The room somebody is invited to.
async fn invitation(person: &Person, but: &str) -> String {
    let invited = async {
        loop {
            let sync = person.get("sync").await;
            let rooms = sync["rooms"]["invite"].as_object().cloned().unwrap_or_default();
            if let Some(room) = rooms.keys().find(|room| *room != but) {
                return room.clone();
            }
        }
    };
    tokio::time::timeout(SOON, invited).await.expect("the bot invites soon")
}

/// A program that hears over HTTP and always answers this.
async fn program(answer: &'static str) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/hear", listener.local_addr().unwrap());
    let (told, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut piece = [0; 4096];
            while !is_whole(&request) {
                match stream.read(&mut piece).await {
                    Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
                    _ => break,
                }
            }
            let _ = told.send(String::from_utf8_lossy(&request).into_owned());
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
            let _ = stream.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes()).await;
        }
    });
    (address, heard)
}

/// Whether all of a request is there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
