//! Whatever is sent, every reader makes a message or refuses it, and every message fits into events.

use appservice_sdk::prelude::*;
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::{body::Body, convert, post::Post};

/// Names that the readers look for.
const KEYS: [&str; 40] = [
    "text",
    "blocks",
    "attachments",
    "type",
    "elements",
    "fields",
    "title",
    "value",
    "url",
    "color",
    "ts",
    "footer",
    "content",
    "embeds",
    "description",
    "image",
    "author",
    "name",
    "flags",
    "allowed_mentions",
    "parse",
    "message",
    "priority",
    "extras",
    "parse_mode",
    "entities",
    "offset",
    "length",
    "media",
    "reply_markup",
    "alerts",
    "labels",
    "annotations",
    "status",
    "commits",
    "object_attributes",
    "actions",
    "style",
    "rows",
    "payload",
];
/// Values that they know.
const WORDS: [&str; 20] = [
    "section",
    "header",
    "rich_text",
    "rich_text_list",
    "rich_text_section",
    "mrkdwn",
    "plain_text",
    "table",
    "image",
    "#ff0",
    "https://x.org/a.png",
    "attachment://a",
    "MarkdownV2",
    "HTML",
    "*b* _i_ <@U1|x> `c` ```",
    "2020-01-01T00:00:00Z",
    "<b>x</b>\n> y",
    "resolved",
    "bold",
    "| a |\n|---|\n| b |",
];

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(WORDS.as_slice()).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            object_of(inner).prop_map(Value::Object),
        ]
    })
}

fn object_of(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let key = proptest::sample::select(KEYS.as_slice()).prop_map(str::to_owned);
    proptest::collection::vec((key, inner), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

fn all(payload: &Map<String, Value>) -> Vec<Post> {
    let mut posts = Vec::new();
    posts.extend(slack::read(payload));
    posts.extend(mattermost::read(payload));
    posts.extend(discord::read(payload, &Body::default()));
    posts.extend(rocketchat::read(payload));
    posts.extend(gotify::read(payload));
    posts.extend(apprise::read(payload));
    posts.extend(hookshot::read(&Some(Value::Object(payload.clone())), None));
    posts.extend(hookshot::read_old(payload));
    posts.extend(adapter::alertmanager::read(Dialect::Grafana, payload));
    posts.extend(adapter::kuma::read(payload));
    posts.extend(adapter::gitlab::read(payload, Some("push")));
    posts.push(native::object(payload));
    for event in ["push", "issues", "pull_request", "workflow_run", "issue_comment", "release", "odd"] {
        posts.extend(adapter::github::read(Dialect::GitHub, event, payload));
    }
    for method in ["sendmessage", "sendphoto", "sendmediagroup", "sendlocation", "editmessagecaption"] {
        posts.extend(telegram::read(method, payload, &Body::default()).unwrap_or_default());
    }
    let given = ntfy::given::Given { values: payload.clone(), topic: "t".to_owned(), ..Default::default() };
    posts.extend(ntfy::read(&given));
    posts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn any_json_is_read_or_refused(payload in object_of(json())) {
        for post in all(&payload) {
            for part in convert::parts(&post) {
                if let Some(doc) = part.doc() {
                    let text = doc.to_matrix();
                    prop_assert!(text.mentions.is_empty() && !text.calls_room);
                    prop_assert!(text.body.len() + text.formatted_body.map_or(0, |html| html.len()) < 30_000);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(kind in "(application/json|multipart/form-data; boundary=X|application/x-www-form-urlencoded|text/plain|)", body in "[-a-z{}\"&=%+X\\r\\n:;,\\[\\] ]{0,120}") {
        let request = HttpRequest {
            method: "POST".into(),
            path: "/".into(),
            query: body.clone(),
            headers: vec![("content-type".into(), kind), ("title".into(), body.clone()), ("actions".into(), body.clone())],
            body: body.into(),
            peer: None,
            trusted: false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        if let Ok(read) = runtime.block_on(Body::read(&request)) {
            let _ = ntfy::read(&ntfy::given::Given::of(&request, &read, "t"));
            let _ = ntfy::given::basic(&request);
            let _ = telegram::parameters(&request, &read);
        }
    }
}
