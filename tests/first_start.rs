//! What a stranger sees: the first start, the second, and what is said when something is in the way.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command, time::Duration};

use crate::town::{PROGRAM, Person, SOON, Town};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_start_makes_everything_and_the_second_finds_it() {
    let mut town = Town::build().await;
    let printed = town.server.printed();
    let value = |name: &str| {
        let line = printed.lines().find_map(|line| line.trim().strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {printed}")).trim().to_owned()
    };
    assert_eq!(value("name"), "@admin:localhost");
    assert_eq!(value("address"), town.server.url);
    let data = town.server.folder.join("data");
    assert_eq!(Path::new(&value("data")), data);
    assert_eq!(mode(&data), 0o700);
    for secret in ["signing.key", "running.json", "registrations/discord.yaml", "registrations/webhooks.yaml"] {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    // On PostgreSQL there is no such file.
    let database = data.join("causeway.db");
    assert!(!database.exists() || mode(&database) == 0o600);
    let key = fs::read(data.join("signing.key")).unwrap();

    assert!(town.server.stop().await, "a clean end");
    assert!(!data.join("running.json").exists());
    town.server.start_again().await;
    assert!(!town.server.printed().contains("password"), "told only once");
    assert_eq!(fs::read(data.join("signing.key")).unwrap(), key);
    let admin = Person::sign_in(&town.server.url, "admin", &value("password")).await;
    assert_eq!(admin.get("account/whoami").await["user_id"], "@admin:localhost");
}

#[tokio::test]
async fn accounts_are_made_beside_a_running_server_and_without_one() {
    let mut town = Town::build().await;
    let told = town.server.told(&["user", "add", "bob"]);
    let password = told.lines().find_map(|line| line.strip_prefix("password ")).unwrap().trim();
    Person::sign_in(&town.server.url, "bob", password).await;
    assert!(!town.server.command(&["user", "add", "bob"]).output().unwrap().status.success(), "taken");

    town.server.stop().await;
    town.server.told(&["user", "add", "carol", "--admin", "--password", "a long password"]);
    town.server.start_again().await;
    Person::sign_in(&town.server.url, "carol", "a long password").await;
}

#[tokio::test]
async fn what_is_in_the_way_is_said_in_one_sentence() {
    let town = Town::build().await;
    let folder = tempfile::tempdir().unwrap();
    let data = town.server.folder.join("data").display().to_string();
    let taken = town.server.url.trim_start_matches("http://").to_owned();
    for (settings, words) in [
        (vec![("SERVER__DATA", data.as_str())], "is in use by another running server"),
        (vec![("SERVER__LISTEN", taken.as_str())], "`server.listen`"),
        (vec![("SERVER__NAM", "x")], "did you mean `server.name`?"),
        (vec![("ROOMS__DEFAULT_VERSION", "1")], "`rooms.default_version`"),
        (vec![("SERVER__DATA", "/proc/nowhere")], "server.data"),
        (vec![("DATABASE__URL", "sqlite:/nonexistent/x.db")], "`database.url`"),
    ] {
        let mut command = Command::new(PROGRAM);
        command.current_dir(folder.path()).env("CAUSEWAY__SERVER__LISTEN", "127.0.0.1:0");
        command.envs(settings.into_iter().map(|(key, value)| (format!("CAUSEWAY__{key}"), value)));
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        let sentence = said.lines().last().unwrap_or_default();
        assert!(sentence.starts_with("causeway: ") && sentence.contains(words), "{said} without {words}");
    }
}

#[tokio::test]
async fn a_registration_is_picked_up_while_running() {
    let town = Town::build().await;
    let file = town.server.told(&["registration", "new", "irc"]);
    assert!(town.server.told(&["registration", "check"]).contains("irc.yaml: good (irc, no address)"));
    let file = Path::new(file.trim());
    let irc = registrations::Registration::load(file).unwrap();
    assert_eq!(mode(file), 0o600);

    let who = async |status: u16| {
        for _ in 0..100 {
            let url = format!("{}/_matrix/client/v3/account/whoami", town.server.url);
            let asked = reqwest::Client::new().get(url).bearer_auth(irc.as_token.reveal()).send().await.unwrap();
            if asked.status() == status {
                return asked.json::<serde_json::Value>().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never {status}: {}", town.server.log());
    };
    assert_eq!(who(200).await["user_id"], "@ircbot:localhost");
    // A slip of the pen changes nothing but the log; taking the file away does.
    fs::write(file, "id: irc\nurl: nonsense\n").unwrap();
    while !town.server.log().contains("`url`: `nonsense` is not an address") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!town.server.command(&["registration", "check"]).output().unwrap().status.success());
    assert_eq!(who(200).await["user_id"], "@ircbot:localhost");
    fs::remove_file(file).unwrap();
    assert_eq!(who(401).await["errcode"], "M_UNKNOWN_TOKEN");
}

#[tokio::test]
async fn a_bridge_that_cannot_work_is_told_of_and_takes_nothing_down() {
    let mut town = Town::build().await;
    town.server.stop().await;
    let config = town.server.folder.join("causeway.toml");
    let without_token = fs::read_to_string(&config).unwrap().replace("token = ", "tokn = ");
    fs::write(&config, without_token).unwrap();
    town.server.start_again().await;
    let bridges = async {
        loop {
            let bridges = town.server.bridges().await;
            if bridges["discord"]["state"] == "cannot_work" && bridges["webhooks"]["state"] == "running" {
                return bridges;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let bridges = tokio::time::timeout(SOON, bridges).await.expect("that is soon known");
    assert_eq!(bridges["discord"]["starts"], 1, "it is not tried again");
    assert!(town.server.log().contains("bridges.discord"), "{}", town.server.log());
}
