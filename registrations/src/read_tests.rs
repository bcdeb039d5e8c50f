//! Cases for reading registrations: files as other bridges write them, and every way to get one wrong.

use super::*;

const IRC: &str = r"
id: IRC Bridge
url: 'http://127.0.0.1:1234'
as_token: 30c05ae90a248a4188e620216fa72e349803310ec83e2a77b34fe90be6081f46
hs_token: 312df522183efd404ec1cd22d2ffa4bbc76a8c1ccf541dd692eef281356bb74e
sender_localpart: _irc_bot
namespaces:
  users:
    - exclusive: true
      regex: '@_irc_bridge_.*'
  aliases:
    - exclusive: false
      regex: '#_irc_bridge_.*'
  rooms: []
";

/// The file with one line replaced, or with one line more.
fn with(old: &str, new: &str) -> String {
    assert!(IRC.contains(old), "{old}");
    IRC.replacen(old, new, 1)
}

#[test]
fn the_example_of_the_specification_is_read() {
    let registration = Registration::parse(IRC).unwrap();
    assert_eq!(registration.id, "IRC Bridge");
    assert_eq!(registration.url.as_deref(), Some("http://127.0.0.1:1234"));
    assert_eq!(registration.sender("h"), "@_irc_bot:h");
    assert!(registration.rate_limited, "limited unless said otherwise");
    assert!(!registration.receive_ephemeral && !registration.device_extensions && !registration.device_management);
    assert!(registration.namespaces.users.claims("@_irc_bridge_bob:h"));
    assert!(registration.namespaces.aliases.covers("#_irc_bridge_x:h"));
    assert!(!registration.namespaces.aliases.claims("#_irc_bridge_x:h"));
    assert!(registration.as_token.reveal().starts_with("30c05a"));
}

#[test]
fn the_flags_of_other_bridges_are_read() {
    for (line, read) in [
        ("receive_ephemeral: true", [true, false, false]),
        ("de.sorunome.msc2409.push_ephemeral: true", [true, false, false]),
        ("receive_ephemeral: false\nde.sorunome.msc2409.push_ephemeral: true", [true, false, false]),
        ("org.matrix.msc3202: true", [false, true, false]),
        ("io.element.msc4190: true", [false, false, true]),
    ] {
        let registration = Registration::parse(&format!("{IRC}{line}\n")).unwrap();
        let flags = [registration.receive_ephemeral, registration.device_extensions, registration.device_management];
        assert_eq!(flags, read, "{line}");
    }
    assert!(!Registration::parse(&format!("{IRC}rate_limited: false\n")).unwrap().rate_limited);
}

#[test]
fn a_double_puppet_service_without_an_address_is_read() {
    let yaml = r"
        id: doublepuppet
        url: null
        as_token: random-string-one
        hs_token: random-string-two
        sender_localpart: random-string-three
        rate_limited: false
        namespaces:
          users:
          - regex: '@.*:your\.domain'
            exclusive: false
    ";
    let registration = Registration::parse(yaml).unwrap();
    assert_eq!(registration.url, None);
    assert!(registration.covers_user("@alice:your.domain", "your.domain"));
    assert!(!registration.claims_user("@alice:your.domain", "your.domain"));
}

#[test]
fn addresses_are_told_from_other_texts() {
    for (url, good) in [
        ("http://localhost:29334", true),
        ("https://bridge.example/path", true),
        ("unix:///run/bridge.sock", true),
        ("unix:/run/bridge.sock", true),
        ("http://[::1]:8080", true),
        ("localhost:29334", false),
        ("http://", false),
        ("http:///x", false),
        ("ftp://localhost", false),
        ("unix://relative", false),
        ("http://a b", false),
        ("http://a?b=c", false),
    ] {
        assert_eq!(is_address(url), good, "{url}");
    }
}

#[test]
fn every_mistake_is_named_with_its_key() {
    let url = "url: 'http://127.0.0.1:1234'";
    let hs_token = "hs_token: 312df522183efd404ec1cd22d2ffa4bbc76a8c1ccf541dd692eef281356bb74e";
    let user = "      regex: '@_irc_bridge_.*'";
    for (yaml, start) in [
        (with("id: IRC Bridge\n", ""), "`id`: it is missing"),
        (with("id: IRC Bridge", "id: 12"), "`id`: it is not text; put it in quotes"),
        (with("id: IRC Bridge", "id: ''"), "`id`: it is empty"),
        (with(url, ""), "`url`: it is missing; write the address"),
        (with(url, "url: localhost"), "`url`: `localhost` is not an address"),
        (with(url, "url: 8008"), "`url`: it is not text"),
        (with(hs_token, ""), "`hs_token`: it is missing"),
        (with(hs_token, "hs_token: 'a b'"), "`hs_token`: it contains a space"),
        (with("_irc_bot", "'@irc:h'"), "`sender_localpart`: `@irc:h` contains `@`"),
        (with("exclusive: true", "exclusive: 'yes'"), "`namespaces.users.0.exclusive`: it is missing or neither"),
        (with(user, "      regex: '@('"), "`namespaces.users.0.regex`: `@(` is not a regular expression"),
        (with(user, ""), "`namespaces.users.0.regex`: it is missing"),
        (with("  rooms: []", "  rooms: {}"), "`namespaces.rooms`: it is not a list"),
        (with("namespaces:", "spaces:"), "`namespaces`: it is missing"),
        (format!("{IRC}rate_limited: 'no'\n"), "`rate_limited`: it is neither true nor false"),
        (format!("{IRC}protocols: irc\n"), "`protocols`: it is not a list"),
        ("- a\n- b\n".to_owned(), "`file`: it holds no keys"),
        ("a: [".to_owned(), "`file`: it is not YAML"),
        (String::new(), "`file`: it holds no keys"),
    ] {
        let problem = Registration::parse(&yaml).unwrap_err().to_string();
        assert!(problem.starts_with(start), "{problem}\n  should start with {start}");
    }
}

#[test]
fn what_is_written_is_read_again_with_unknown_keys() {
    let yaml = format!("{IRC}receive_ephemeral: true\nprotocols: [irc]\nx.custom: {{a: [1, 2]}}\n");
    let first = Registration::parse(&yaml).unwrap();
    let second = Registration::parse(&first.to_yaml()).unwrap();
    assert_eq!(first.to_yaml(), second.to_yaml());
    assert!(second.to_yaml().contains("de.sorunome.msc2409.push_ephemeral: true"));
    assert!(second.other.contains_key("x.custom"));
    assert_eq!(second.protocols, ["irc"]);
    assert_eq!(second.as_token.reveal(), first.as_token.reveal());
}
