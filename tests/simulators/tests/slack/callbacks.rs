//! HTTP callbacks: signed, repeated, and accepted by slack-morphism's own verifier.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};
use simulators::slack::Settings;
use slack_morphism::{prelude::SlackSigningSecret, signature_verifier::SlackEventSignatureVerifier};

use crate::wire::{SOON, house_with};

const SECRET: &str = "simulated signing secret";

/// A body, and the number of the retry.
type Arrived = (String, Option<String>);

/// What arrived.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Arrived>>>);

/// The first event is refused, everything else is fine.
async fn hear(request: HttpRequest, body: String, heard: web::Data<Heard>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let verifier = SlackEventSignatureVerifier::new(&SlackSigningSecret::new(SECRET.to_owned()));
    let (signature, time) = (header("x-slack-signature").unwrap(), header("x-slack-request-timestamp").unwrap());
    verifier.verify(&signature, &body, &time).expect("the signature is right");
    if let Ok(Value::Object(event)) = serde_json::from_str(&body)
        && event["type"] == "url_verification"
    {
        return HttpResponse::Ok().json(json!({ "challenge": event["challenge"] }));
    }
    let mut all = heard.0.lock().unwrap();
    all.push((body, header("x-slack-retry-num")));
    match all.len() {
        1 => HttpResponse::InternalServerError().finish(),
        _ => HttpResponse::Ok().json(json!({ "text": "done" })),
    }
}

#[tokio::test]
async fn events_are_posted_signed_and_again_when_they_were_refused() {
    let settings = Settings { retries: vec![Duration::from_millis(20)], ..Settings::default() };
    assert_eq!(settings.signing_secret, SECRET);
    let house = house_with(settings).await;
    let heard = Heard::default();
    let data = web::Data::new(heard.clone());
    let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(hear)));
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/slack", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    let running = std::thread::spawn(move || actix_web::rt::System::new().block_on(server));
    assert!(house.slack.set_request_urls("http://127.0.0.1:9/", &url, &url).await.is_err(), "nobody answers there");
    house.slack.set_request_urls(&url, &url, &url).await.unwrap();
    house.slack.say(&house.news, &house.ada, "x").unwrap();
    house.slack.wait_for(SOON, |s| s.told().acknowledged == 1).await.unwrap();
    house.slack.command(&house.news, &house.ada, "/matrix", "who is here?").unwrap();
    house.slack.wait_for(SOON, |s| s.whispers().len() == 1).await.unwrap();
    let all = heard.0.lock().unwrap().clone();
    assert_eq!((&all[0].0, &all[0].1), (&all[1].0, &None));
    assert_eq!(all[1].1.as_deref(), Some("1"));
    assert!(all[2].0.contains("command=%2Fmatrix") && all[2].0.contains("text=who+is+here%3F"));
    handle.stop(false).await;
    running.join().unwrap().unwrap();
}
