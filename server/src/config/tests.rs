//! Cases for loading: layers, the environment, and every way to get something wrong.

use std::fs;

use super::*;

fn pairs<'a>(list: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (String, String)> + 'a {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
}

fn with_file(toml: &str) -> Result<Loaded, Problem> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("causeway.toml");
    fs::write(&file, toml).unwrap();
    load(Some(&file), [])
}

#[test]
fn the_documented_defaults_are_the_whole_configuration() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.server.name, "localhost");
    assert_eq!(config.server.listen, ["127.0.0.1:8008"]);
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.public_url(8009), "http://localhost:8009");
    assert_eq!(config.database_url(), "sqlite:causeway-data/causeway.db");
    assert_eq!(config.appservices_directory(), PathBuf::from("causeway-data/registrations"));
    assert_eq!(config.database.durability, Durability::Process);
    assert_eq!(config.registration.mode, Mode::Closed);
    assert_eq!(config.registration.shared_secret, None);
    assert_eq!(config.media.max_upload, Size(100 << 20));
    assert_eq!(config.rooms.default_version, RoomVersionId::V12);
    assert!(config.limits.enabled && !config.network.allow_private && !config.registration.guests);
    let enabled: Vec<_> = config.bridges.iter().map(|(name, bridge)| (name.as_str(), bridge.enabled)).collect();
    assert_eq!(enabled, [("discord", false), ("slack", false), ("telegram", false), ("webhooks", true)]);
}

#[test]
fn later_layers_win() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("causeway.toml");
    fs::write(
        &file,
        "[server]\nname = 'a.org'\nworkers = 1\npublic_url = 'https://m.a.org/'\n[limits]\nenabled = false",
    )
    .unwrap();
    fs::create_dir(folder.path().join("causeway.d")).unwrap();
    fs::write(folder.path().join("causeway.d/20.toml"), "[server]\nworkers = 3").unwrap();
    fs::write(folder.path().join("causeway.d/10.toml"), "[server]\nworkers = 2\nname = 'b.org'").unwrap();
    fs::write(folder.path().join("causeway.d/notes.txt"), "not read").unwrap();
    let loaded = load(Some(&file), pairs(&[("CAUSEWAY__SERVER__NAME", "c.org:8448"), ("HOME", "/x")])).unwrap();
    assert_eq!(loaded.config.server.name, "c.org:8448");
    assert_eq!(loaded.config.server.workers, 3);
    assert_eq!(loaded.config.public_url(1), "https://m.a.org");
    assert!(!loaded.config.limits.enabled);
    assert_eq!(loaded.files.len(), 3);
}

#[test]
fn the_environment_sets_every_kind_of_value() {
    let loaded = load(
        None,
        pairs(&[
            ("CAUSEWAY__SERVER__LISTEN", "127.0.0.1:0,[::1]:0"),
            ("CAUSEWAY__SERVER__WORKERS", "4"),
            ("CAUSEWAY__LIMITS__ENABLED", "false"),
            ("CAUSEWAY__MEDIA__MAX_UPLOAD", "5M"),
            ("CAUSEWAY__REGISTRATION__SHARED_SECRET", "0123"),
            ("CAUSEWAY__DATABASE__DURABILITY", "power"),
            ("CAUSEWAY__ROOMS__DEFAULT_VERSION", "11"),
            ("CAUSEWAY__BRIDGES__DISCORD__ENABLED", "true"),
            ("CAUSEWAY__BRIDGES__DISCORD__TOKEN", "abc"),
            ("CAUSEWAY__BRIDGES__DISCORD__LINKS", "[{ room = '#a:b', channel = '1' }]"),
        ]),
    )
    .unwrap();
    let config = loaded.config;
    assert_eq!(config.server.listen, ["127.0.0.1:0", "[::1]:0"]);
    assert_eq!((config.server.workers, config.limits.enabled), (4, false));
    assert_eq!(config.media.max_upload, Size(5 << 20));
    assert_eq!(config.registration.shared_secret.as_deref(), Some("0123"));
    assert_eq!(config.database.durability, Durability::Power);
    assert_eq!(config.rooms.default_version, RoomVersionId::V11);
    let discord = &config.bridges["discord"];
    assert!(discord.enabled);
    assert_eq!(
        serde_json::Value::Object(discord.settings.clone()),
        serde_json::json!({"token": "abc", "links": [{"room": "#a:b", "channel": "1"}]})
    );
    let list = load(None, pairs(&[("CAUSEWAY__SERVER__LISTEN", r#"["127.0.0.1:1"]"#)])).unwrap().config;
    assert_eq!(list.server.listen, ["127.0.0.1:1"]);
}

#[test]
fn a_mistake_in_a_file_is_one_sentence_with_key_place_and_cure() {
    for (toml, words) in [
        (
            "[server]\nnmae = 'x'",
            ["`server.nmae` in ", "causeway.toml: there is no such key; did you mean `server.name`?"],
        ),
        ("[sever]\nname = 'x'", ["`sever`", "there is no such key; did you mean `server`?"]),
        ("name = 'x'", ["`name` in ", "there is no such key"]),
        ("server = 'x'", ["`server` in ", "it is a section, not a value; write [server]"]),
        ("[server]\nname = 'no spaces'", ["`server.name` in ", "write a host name"]),
        ("[server]\nlisten = []", ["`server.listen` in ", "it names no address"]),
        ("[server]\nlisten = ['8008']", ["`8008` is not an address with a port", "127.0.0.1:8008"]),
        ("[server]\nlisten = 8008", ["`server.listen` in ", "not a"]),
        ("[server]\npublic_url = 'matrix.org'", ["`server.public_url` in ", "write something like \"https://"]),
        ("[server]\nworkers = 'many'", ["`server.workers` in ", "it is string \"many\", not"]),
        ("[registration]\nmode = 'token'", ["`registration.token`: it is not set", "mode \"token\" needs one"]),
        ("[registration]\nmode = 'maybe'", ["`registration.mode` in ", "write \"closed\", \"token\" or \"open\""]),
        ("[database]\nurl = 'mysql://x'", ["`database.url` in ", "begin it with sqlite: or postgres://"]),
        ("[database]\ndurability = 'none'", ["`database.durability` in ", "write \"process\" or \"power\""]),
        ("[media]\nmax_upload = 'big'", ["`media.max_upload` in ", "`big` is not a size"]),
        ("[rooms]\ndefault_version = '5'", ["`rooms.default_version` in ", "write one of \"6\" to \"12\""]),
        ("[limits]\nenabled = 'perhaps'", ["`limits.enabled` in ", "write a value of that kind"]),
        ("[bridges.discord]\nenabled = 'yes'", ["`bridges.discord.enabled` in ", "write true or false"]),
        ("[bridges.discrod]\nenabled = true", ["`bridges.discrod`", "did you mean `bridges.discord`?"]),
        ("[server\n", ["causeway.toml cannot be read", "correct that line"]),
    ] {
        let problem = with_file(toml).unwrap_err().to_string();
        for word in words {
            assert!(problem.contains(word), "{toml}\n  gives {problem}\n  without {word}");
        }
        assert!(!problem.contains('\n'), "{problem}");
    }
}

#[test]
fn a_mistake_in_the_environment_names_the_variable() {
    let problem = load(None, pairs(&[("CAUSEWAY__SERVER__PORT", "80")])).unwrap_err().to_string();
    assert!(problem.contains("`server.port` in the environment (CAUSEWAY__SERVER__PORT)"), "{problem}");
    let problem = load(None, pairs(&[("CAUSEWAY__LIMITS__ENABLED", "x")])).unwrap_err().to_string();
    assert!(problem.contains("in the environment (CAUSEWAY__LIMITS__ENABLED)"), "{problem}");
}

#[test]
fn a_named_file_has_to_exist() {
    let problem = load(Some(Path::new("/nonexistent/c.toml")), []).unwrap_err().to_string();
    assert!(problem.contains("/nonexistent/c.toml is not there"), "{problem}");
}

#[test]
fn what_is_shown_loads_again_and_keeps_secrets() {
    let loaded = with_file(
        "[database]\nurl = 'postgres://me:hunter2@db/x'\n[registration]\nshared_secret = 'hush'\n\
         [bridges.discord]\nbot_token = 'hush'\nguild = '12'",
    )
    .unwrap();
    let shown = loaded.show();
    for secret in ["hush", "hunter2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("postgres://me:…@db/x") && shown.contains("guild = \"12\""), "{shown}");
    assert!(with_file(&shown).is_ok());
}
