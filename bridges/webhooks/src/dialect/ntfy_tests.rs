//! Cases for ntfy's form.

use super::*;
use crate::body::Body;

fn request(method: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> HttpRequest {
    HttpRequest {
        method: method.into(),
        path: "/ntfy/topic".into(),
        query: query.into(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: Bytes::copy_from_slice(body),
        peer: None,
        trusted: false,
    }
}

async fn of(method: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> (Given, Result<Post, Refusal>) {
    let request = request(method, query, headers, body);
    let given = Given::of(&request, &Body::read(&request).await.unwrap(), "topic");
    let post = read(&given);
    (given, post)
}

#[tokio::test]
async fn everything_comes_in_headers_or_the_query() {
    let headers =
        [("title", "=?UTF-8?B?w4RyZ2Vy?="), ("x-priority", "max"), ("tags", "warning,backup"), ("click", "https://x")];
    let (given, post) = of("POST", "", &headers, b"disk full").await;
    let post = post.unwrap();
    assert_eq!(
        crate::convert::parts(&post)[0].doc().unwrap().plain(),
        "⚠️ Ärger\n\ndisk full\n\nTags: backup\n\nhttps://x"
    );
    assert_eq!(post.urgency(), Priority::Urgent);
    let answer = message(&given, "1", None);
    assert_eq!(
        (&answer["event"], &answer["priority"], &answer["tags"]),
        (&json!("message"), &json!(5), &json!(["warning", "backup"]))
    );

    let (_, post) = of("GET", "message=a%5Cnb&p=low&t=T", &[], b"").await;
    let post = post.unwrap();
    assert_eq!((post.say.plain().as_str(), post.urgency()), ("a\nb", Priority::Low));
    let (_, post) = of("PUT", "", &[], b"").await;
    assert_eq!(post.unwrap().say.plain(), "triggered");
    let (_, post) = of("POST", "", &[("markdown", "yes")], b"**b**").await;
    assert_eq!(post.unwrap().say.to_html(), "<strong>b</strong>");
}

#[tokio::test]
async fn bodies_that_are_named_long_or_no_text_are_files() {
    for (headers, body) in
        [(vec![("filename", "a.txt")], b"short".to_vec()), (vec![], vec![b'x'; 5000]), (vec![], vec![0xff, 0xfe, 0x00])]
    {
        let (_, post) = of("PUT", "", &headers, &body).await;
        let post = post.unwrap();
        assert_eq!(post.files[0].from, From::Bytes(body.clone().into()));
        assert!(post.say.is_empty());
    }
}

#[tokio::test]
async fn json_names_its_topic() {
    let sent = json!({ "topic": "t1", "message": "m", "title": "T", "tags": ["tada"], "priority": 4, "actions": [
        { "action": "view", "label": "Open", "url": "https://x" }, { "action": "http", "label": "No", "url": "https://y" } ] });
    let request = request("POST", "", &[], sent.to_string().as_bytes());
    let given = Given::of(&request, &Body::read(&request).await.unwrap(), "");
    assert_eq!(given.topic, "t1");
    let post = read(&given).unwrap();
    assert_eq!((post.title, post.priority), (Some(Titled::plain("🎉 T")), Some(Priority::High)));
    assert_eq!(post.links, [Titled::link("Open", "https://x")]);
}

#[tokio::test]
async fn actions_have_a_short_form() {
    let headers = [(
        "actions",
        "view, Open portal, https://x/y, clear=true; http, Off, https://z; action=view, label=\"B\", url=https://b",
    )];
    let (_, post) = of("POST", "", &headers, b"m").await;
    assert_eq!(post.unwrap().links, [Titled::link("Open portal", "https://x/y"), Titled::link("B", "https://b")]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_as_ntfy_does() {
    let (_, post) = of("POST", "", &[("priority", "huge")], b"m").await;
    let answer = refuse(post.unwrap_err());
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &body["code"], &body["http"]), (400, &json!(40007), &json!(400)));
    let (_, post) = of("POST", "", &[("x-delay", "30m")], b"m").await;
    assert_eq!(post.unwrap_err(), Refusal::Field("delay"));
}

#[test]
fn headers_are_decoded() {
    for (value, text) in [
        ("plain", "plain"),
        ("=?utf-8?Q?=C3=A4_b?= c", "ä b c"),
        ("=?UTF-8?B?w6Q=?= =?UTF-8?B?w7Y=?=", "äö"),
        ("=?broken", "=?broken"),
    ] {
        assert_eq!(given::decoded(value), text);
    }
}
