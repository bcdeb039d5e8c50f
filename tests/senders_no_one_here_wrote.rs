//! Libraries and programs of others, with only the host changed, against the running server: each says itself whether it
//! is content, and what it sent is in the room.
//!
//! They are installed by `.ci/run` into the folder that `CAUSEWAY_SENDERS` names (`tests/senders/` says which). What is
//! absent is skipped with a word.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    a_webhook_is_posted::administrator,
    town::{Person, SOON, Town},
};

/// A hook, and whoever reads its room.
struct Stage {
    town: Town,
    admin: Person,
    room: String,
    secret: String,
}

impl Stage {
    async fn build() -> Self {
        let town = Town::build().await;
        let told = town.server.told(&["hook", "new", "#room", "--name", "CI"]);
        let secret: String = told.split("/hooks/").nth(1).unwrap().chars().take(26).collect();
        assert!(secret.chars().all(char::is_alphanumeric), "{told}");
        let admin = administrator(&town).await;
        let room = admin.get("directory/room/%23room%3Alocalhost").await["room_id"].as_str().unwrap().to_owned();
        Self { town, admin, room, secret }
    }

    /// Runs a script that sends, and waits until the room shows what it said.
    async fn drive(&self, script: &str, shown: &[&str]) {
        let Some(mut command) = interpreter(script) else {
            eprintln!("SKIPPED {script}: its library is not installed (see `.ci/run`)");
            return;
        };
        let token: String = self.secret.chars().cycle().take(68).collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/senders").join(script);
        command.arg(file).args([&self.town.server.url, &self.secret, "123456789012345678", &token]);
        let done = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap()).await.unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
        for text in shown {
            self.until_said(text).await;
        }
    }

    async fn until_said(&self, text: &str) {
        let said = |said: &[crate::town::Said]| said.iter().any(|said| said.text.contains(text)).then_some(());
        self.admin.until(&self.room, said).await;
    }
}

/// What runs a script, if its library is there.
fn interpreter(script: &str) -> Option<Command> {
    let home = PathBuf::from(std::env::var_os("CAUSEWAY_SENDERS")?);
    if script.ends_with(".cjs") {
        let modules = home.join("node_modules");
        modules.join("@slack/webhook").exists().then_some(())?;
        let mut node = Command::new("node");
        node.env("NODE_PATH", modules);
        return Some(node);
    }
    let python = home.join("venv/bin/python");
    let module = match script {
        "send_slack_sdk.py" => "slack_sdk",
        "send_discord_webhook.py" => "discord_webhook",
        "send_discord_py.py" => "discord",
        "send_telegram.py" => "telegram",
        "send_apprise.py" => "apprise",
        _ => "matterhook",
    };
    let found = Command::new(&python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success()).then(|| Command::new(python))
}

#[tokio::test]
async fn libraries_of_others_are_content() {
    let stage = Stage::build().await;
    stage.drive("send_slack_sdk.py", &["slack_sdk plain", "slack_sdk blocks"]).await;
    stage.drive("send_slack_webhook.cjs", &["@slack/webhook attachment"]).await;
    stage.drive("send_matterhook.py", &["matterhook plain"]).await;
    let shown = ["discord-webhook edited", "hello.txt"];
    stage.drive("send_discord_webhook.py", &shown).await;
    stage.drive("send_discord_py.py", &["discord.py edited", "note.txt", "discord.py silent"]).await;
    stage.drive("send_telegram.py", &["python-telegram-bot edited", "python-telegram-bot file"]).await;
    let apprise = [
        "mattermost",
        "rocketchat",
        "ntfy",
        "gotify",
        "json",
        "form",
        "api",
        "hookshot",
        "matrix-hook",
        "matrix-slack",
    ];
    let apprise: Vec<String> = apprise.iter().map(|name| format!("apprise {name}")).collect();
    stage.drive("send_apprise.py", &apprise.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // What was deleted is not there: all of a room goes in order, and what was said after it is.
    let left = stage.admin.messages(&stage.room).await;
    assert!(!left.iter().any(|said| said.text.ends_with(" gone")), "{left:#?}");
}

/// `curl`, as people write it in scripts.
#[tokio::test]
async fn what_people_write_with_curl_arrives() {
    let stage = Stage::build().await;
    let (url, secret) = (&stage.town.server.url, &stage.secret);
    let bearer = format!("Authorization: Bearer {secret}");
    let at = |path: &str| format!("{url}{path}");
    let mattermost = at(&format!("/hooks/{secret}"));
    let ntfy = at(&format!("/ntfy/{secret}"));
    let plain = at(&format!("/hook/{secret}"));
    for (arguments, answer) in [
        (vec!["-d", r#"{"text": "curl json"}"#, &mattermost], "ok"),
        (vec!["--data-urlencode", r#"payload={"text": "curl form"}"#, &mattermost], "ok"),
        (vec!["-H", &bearer, "-F", "message=curl line", &at("/api/notify")], r#"{"message":"ok","status":200}"#),
        (vec!["-H", "Title: T", "-d", "curl ntfy", &ntfy], r#""event":"message""#),
        (vec!["-H", "Content-Type: text/plain", "-d", "curl plain", &plain], r#""ok":true"#),
        (vec!["-H", &bearer, "-d", r#"{"message": "curl bearer"}"#, &at("/hook")], r#""ok":true"#),
        (vec!["-F", "message=curl gotify", &at(&format!("/message?token={secret}"))], r#""message":"curl gotify""#),
        (vec!["-d", r#"{"text": "curl slack"}"#, &at("/services/T1/B1/wrong")], "no_service"),
        (vec!["-I", &plain], "405"),
    ] {
        let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        let run = move || Command::new("curl").arg("-s").args(arguments).stdin(Stdio::null()).output();
        let Ok(done) = tokio::task::spawn_blocking(run).await.unwrap() else {
            eprintln!("SKIPPED curl: it is not installed");
            return;
        };
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(told.contains(answer), "{told} without {answer}");
    }
    for text in ["curl json", "curl form", "curl line", "curl ntfy", "curl plain", "curl bearer", "curl gotify"] {
        stage.until_said(text).await;
    }
}

/// A program that ends with its guard.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn an_alertmanager_tells_what_fires() {
    let program = ["prometheus-alertmanager", "alertmanager"];
    let version =
        |program: &&str| Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let Some(program) = program.into_iter().find(|program| version(program).is_ok()) else {
        eprintln!("SKIPPED Alertmanager: it is not installed (Debian: prometheus-alertmanager)");
        return;
    };
    let stage = Stage::build().await;
    let (url, secret) = (&stage.town.server.url, &stage.secret);
    let token: String = secret.chars().cycle().take(68).collect();
    let telegram: String = secret.chars().cycle().take(35).collect();
    let config = json!({
        "route": { "receiver": "all", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s" },
        "receivers": [{
            "name": "all",
            "webhook_configs": [{ "url": format!("{url}/hook/{secret}") }],
            "slack_configs": [{ "api_url": format!("{url}/services/T1/B1/{secret}"), "channel": "#x", "title": "by slack", "text": "t" }],
            "discord_configs": [{ "webhook_url": format!("{url}/api/webhooks/123456789012345678/{token}"), "title": "by discord" }],
            "telegram_configs": [{ "api_url": url, "bot_token": format!("1:{telegram}"), "chat_id": 7, "message": "by telegram" }],
        }],
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alertmanager.yml");
    std::fs::write(&file, config.to_string()).unwrap();
    let port = crate::town::free_port();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let process = Command::new(program)
        .args(["--config.file", file.to_str().unwrap(), "--storage.path", folder.path().to_str().unwrap()])
        .args([format!("--web.listen-address=127.0.0.1:{port}"), "--cluster.listen-address=".to_owned()])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let _running = Running(process.unwrap());
    let alert = json!([{ "labels": { "alertname": "DiskFull", "severity": "critical" }, "annotations": { "summary": "97 %" } }]);
    tell(port, &alert).await;
    for text in ["[FIRING:1] DiskFull", "by slack", "by discord", "by telegram"] {
        stage.until_said(text).await;
    }
    let told = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!told.contains("Notify for alerts failed") && !told.contains("level=error"), "{told}");
}

/// Gives Alertmanager an alert, once it answers.
async fn tell(port: u16, alert: &Value) {
    let url = format!("http://127.0.0.1:{port}/api/v2/alerts");
    let asking = async {
        loop {
            let asked = reqwest::Client::new().post(&url).json(alert).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, asking).await.expect("Alertmanager answers soon");
}
